// What `features` and `versions` say, held against what the process itself tells.

import assert from 'node:assert/strict';
import test from 'node:test';
import { features, TLSClientContext, versions } from 'bladessl';
import { runCompiled } from './helpers/child';
import { nextMessage, startWorker } from './helpers/worker';

const [major = 0, minor = 0] = versions.openssl.split('.').map(Number);
const atLeast = (wantedMajor: number, wantedMinor: number): boolean =>
  major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);

test('features: each is available, or says why it is not', () => {
  for (const [name, { available, reason }] of Object.entries(features)) {
    assert.equal(reason === undefined, available, name);
    if (!available) assert.match(reason, /\S/, name);
  }
  assert.ok(Object.isFrozen(features) && Object.isFrozen(features.certCompression.algorithms));
});

test('features: what came with OpenSSL 3.2, 3.5 and 4.0', () => {
  for (const name of ['dgramPair', 'quic', 'rawPublicKeys'] as const) {
    assert.equal(features[name].available, atLeast(3, 2), name);
  }
  assert.equal(features.quicServer.available, atLeast(3, 5));
  assert.equal(features.ech.available, atLeast(4, 0));
  if (!atLeast(3, 2)) {
    assert.deepEqual(features.dgramPair, {
      available: false,
      reason: `OpenSSL ${versions.openssl} has no BIO_s_dgram_pair`,
    });
  }
});

test('features: certificate compression has algorithms, or none is available', () => {
  const { available, algorithms } = features.certCompression;
  assert.equal(available, algorithms.length > 0);
  for (const name of algorithms) assert.match(name, /^(brotli|zlib|zstd)$/);
});

test('features: mlkem is what a context finds', () => {
  const context = new TLSClientContext();
  const set = (): void => {
    context.groups = 'X25519MLKEM768';
  };
  if (features.mlkem.available) assert.doesNotThrow(set);
  else assert.throws(set, { code: 'ERR_UNKNOWN_GROUP' });
});

test('features: sockets are there in Node', () => {
  assert.deepEqual(features.sockets, { available: true });
});

test('features: handshakes wait by jobs in Node', () => {
  assert.deepEqual(features.asyncHandshake, { available: true, mechanism: 'jobs' });
});

test('features: a worker finds the same', async () => {
  const started = startWorker('lifecycle/features.js', undefined);
  assert.deepEqual(await nextMessage(started), features);
  assert.deepEqual(await started.ended, { code: 0, error: undefined });
});

test('features: where sockets cannot be had, all that needs one says so, and the rest works', async (t) => {
  const { stdout, stderr, status } = await runCompiled(t, 'lifecycle/no-sockets.js');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const refusal = { code: 'ERR_FEATURE_UNAVAILABLE', message: 'no sockets here: the moon is full' };
  assert.deepEqual(JSON.parse(stdout), {
    sockets: { available: false, reason: 'the moon is full' },
    socket: refusal,
    tlsSocket: refusal,
    connect: refusal,
    accept: refusal,
    inMemory: 'TLSv1.3',
  });
});

test('versions: the package, Node, OpenSSL and the addon', () => {
  assert.equal(versions.bladessl, require('../package.json').version);
  assert.equal(versions.addon, versions.bladessl);
  assert.equal(versions.node, process.versions.node);
  assert.equal(versions.napi, 8);
  assert.match(versions.opensslHeaders, /^3\.\d+\.\d+/);
  if (versions.flavour === 'node') assert.equal(versions.openssl, process.versions.openssl?.split('+')[0]);
  else assert.equal(versions.openssl, versions.opensslHeaders);
  assert.ok(Object.isFrozen(versions));
});
