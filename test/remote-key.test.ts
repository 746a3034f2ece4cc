// RemoteKey: what it is made of, what it shows, and how long it lives.

import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import {
  Certificate,
  MemoryBIO,
  PrivateKey,
  RemoteKey,
  type RemoteKeyOptions,
  SSL,
  SSLBIO,
  type SSLContext,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { collect, collectGarbage, Doomed } from './helpers/gc';
import { connected, ends } from './helpers/handshake';
import { authority, clientContext, localhost, serverContext } from './helpers/identities';
import { pathOf, write } from './helpers/openssl-files';
import { runNode } from './helpers/programs';
import {
  identityOf,
  kinds,
  pumpLater,
  remoteKeyOf,
  showRemotely,
  signingLater,
  signingWith,
} from './helpers/remote-keys';

const { certificate, privateKey } = localhost;
const nobody: RemoteKeyOptions = { sign: () => assert.fail('nobody is to be asked') };

write('remote.pem', certificate.pem);
write('remote-public.pem', privateKey.publicKey);
write('remote-public.der', privateKey.publicKeyRaw);

test('its public part comes in all shapes', () => {
  const shapes = {
    'a Certificate': certificate,
    'an X509Certificate': new X509Certificate(certificate.raw),
    'PEM text of a certificate': certificate.pem,
    'PEM bytes of a certificate': Buffer.from(certificate.pem),
    'DER of a certificate': certificate.raw,
    'a file with a certificate': pathOf('remote.pem'),
    'a URL of one': pathToFileURL(pathOf('remote.pem')),
    'PEM text of a public key': privateKey.publicKey,
    'DER of a public key': privateKey.publicKeyRaw,
    'a file with a public key': pathOf('remote-public.pem'),
    'a file with DER': pathOf('remote-public.der'),
    'a KeyObject': createPublicKey(privateKey.publicKey),
    'PEM with other blocks before it': privateKey.pem + certificate.pem,
  };
  for (const [what, shape] of Object.entries(shapes)) {
    const key = new RemoteKey(shape, nobody);
    assert.equal(key.publicKey, privateKey.publicKey, what);
    assert.deepEqual(key.publicKeyRaw, privateKey.publicKeyRaw, what);
  }
});

test('what it tells is what a PrivateKey tells', () => {
  for (const [, identity] of kinds) {
    const key = remoteKeyOf(identity);
    const { type, bits, group } = identity.privateKey;
    assert.deepEqual([key.type, key.bits, key.group], [type, bits, group]);
    assert.deepEqual(JSON.parse(JSON.stringify(key)), JSON.parse(JSON.stringify(identity.privateKey)));
    assert.equal(String(key), `RemoteKey(${type}, ${bits} bits)`);
    const shown = inspect(key);
    assert.match(shown, /^RemoteKey \{/);
    assert.ok(shown.includes(`type: '${type}'`) && shown.includes('BEGIN PUBLIC KEY'));
    assert.ok(key.getPointer() > 0n);
  }
});

test('wrong arguments', () => {
  const make = RemoteKey as unknown as new (...args: unknown[]) => RemoteKey;
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
  for (const wrong of [undefined, null, 7, {}, Symbol('key'), privateKey]) {
    assert.throws(() => new make(wrong, nobody), { ...type, message: /^publicKey must be/ });
  }
  for (const wrong of [undefined, null, 7, 'sign', () => Buffer.alloc(0)]) {
    assert.throws(() => new make(certificate, wrong), { ...type, message: /^options/ });
  }
  for (const wrong of [undefined, null, 'sign', {}]) {
    assert.throws(() => new make(certificate, { sign: wrong }), {
      ...type,
      message: /^options\.sign must be a function/,
    });
  }
  for (const wrong of [null, 1, 'yes']) {
    const options = { ...nobody, verify: wrong };
    assert.throws(() => new make(certificate, options), { ...type, message: /^options\.verify must be/ });
  }
  assert.throws(() => new make(privateKey.toKeyObject(), nobody), {
    ...value,
    message: "publicKey must be a public key: 'private'",
  });
  assert.throws(() => new make('/no/such/file', nobody), { code: 'ENOENT' });
});

test('what is no public key', () => {
  assert.throws(() => new RemoteKey(privateKey.pem, nobody), { code: 'ERR_NOT_A_PUBLIC_KEY' });
  assert.throws(() => new RemoteKey(Buffer.alloc(0), nobody), { name: 'SSLError' });
  assert.throws(() => new RemoteKey(Buffer.from([0x30, 0x80]), nobody), { name: 'SSLError' });
  const trailing = Buffer.concat([privateKey.publicKeyRaw, Buffer.alloc(1)]);
  assert.throws(() => new RemoteKey(trailing, nobody), { code: 'ERR_TRAILING_DATA' });
  const cut = privateKey.publicKeyRaw.subarray(0, -1);
  assert.throws(() => new RemoteKey(cut, nobody), { name: 'SSLError' });
});

test('keys that TLS does not sign with', () => {
  for (const spec of [{ type: 'x25519' }, { type: 'ec', curve: 'secp256k1' }, { type: 'x448' }] as const) {
    const key = PrivateKey.generate(spec);
    assert.throws(() => new RemoteKey(key.publicKey, nobody), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^publicKey must be RSA, EC on P-256, P-384 or P-521, Ed25519 or Ed448/,
    });
  }
});

test('a context takes it for its own certificate only', () => {
  for (const [, identity] of kinds) {
    const stranger = identityOf({ type: identity.privateKey.type as 'ec' });
    for (const wrong of [
      remoteKeyOf(stranger),
      remoteKeyOf(authority),
      remoteKeyOf(identityOf({ type: 'rsa' })),
    ]) {
      for (const context of [new TLSServerContext(), new TLSClientContext()]) {
        context.useCertificate(identity.certificate);
        assert.throws(() => context.usePrivateKey(wrong), { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' });
        context.usePrivateKey(remoteKeyOf(identity));
      }
    }
  }
});

test('a context changes from one to another, and back to a key of its own', async () => {
  const other = identityOf({ type: 'ec' });
  const asked: string[] = [];
  const named = (name: string, identity = localhost) =>
    remoteKeyOf(identity, (...args) => {
      asked.push(name);
      return signingWith(identity)(...args);
    });
  const server = showRemotely(new TLSServerContext(), localhost, named('first'));
  connected(clientContext(), server);
  server.usePrivateKey(named('second'));
  connected(clientContext(), server);
  server.usePrivateKey(privateKey);
  connected(clientContext(), server);
  assert.deepEqual(asked, ['first', 'second']);
  showRemotely(server, other, named('third', other));
  const outcome = await pumpLater(ends(clientContext(), server));
  assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
  assert.deepEqual(asked, ['first', 'second', 'third']);
});

test('another certificate drops it', () => {
  const server = showRemotely(new TLSServerContext(), localhost, new RemoteKey(certificate, nobody));
  const other = identityOf({ type: 'ec' });
  server.useCertificate(other.certificate);
  server.usePrivateKey(other.privateKey);
  connected(clientContext(), server);
});

test('keys of several kinds, here and elsewhere, side by side', async () => {
  const [rsa, ec] = [identityOf({ type: 'rsa' }), identityOf({ type: 'ec' })];
  const server = showRemotely(new TLSServerContext(), rsa, remoteKeyOf(rsa, signingLater(rsa)));
  server.useCertificate(ec.certificate).usePrivateKey(ec.privateKey);
  for (const [algorithm, { certificate: shown }] of [
    ['rsa_pss_rsae_sha256', rsa],
    ['ecdsa_secp256r1_sha256', ec],
  ] as const) {
    const client = clientContext();
    client.signatureAlgorithms = [algorithm, 'ecdsa_secp256r1_sha256'].slice(
      0,
      algorithm.startsWith('rsa') ? 2 : 1,
    );
    const made = ends(client, server);
    const outcome = await pumpLater(made);
    assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
    assert.equal(made.client.peerCertificate?.fingerprintSHA256, shown.fingerprintSHA256);
  }
});

test('a freed key', () => {
  const key = new RemoteKey(certificate, nobody);
  using again = key;
  assert.equal(key.freed, false);
  key.free();
  key.free();
  assert.equal(again.freed, true);
  const calls: (() => unknown)[] = [
    () => key.type,
    () => key.bits,
    () => key.group,
    () => key.publicKey,
    () => key.publicKeyRaw,
    () => key.getPointer(),
    () => key.toString(),
    () => key.toJSON(),
    () => new TLSServerContext().useCertificate(certificate).usePrivateKey(key),
  ];
  for (const call of calls) assert.throws(call, { name: 'FreedError', code: 'ERR_FREED' });
  assert.equal(inspect(key), 'RemoteKey { freed: true }');
});

test('a context that has taken a key goes on with it when it is freed', () => {
  const key = remoteKeyOf(localhost);
  const server = showRemotely(new TLSServerContext(), localhost, key);
  key.free();
  connected(clientContext(), server);
});

test('a chain whose reads shake hands says that a promise cannot be waited for', () => {
  const server = showRemotely(
    new TLSServerContext(),
    localhost,
    remoteKeyOf(localhost, signingLater(localhost)),
  );
  const [toServer, toClient] = [new MemoryBIO(), new MemoryBIO()];
  const client = new SSL(clientContext()).setConnectState().setBio(toClient, toServer);
  assert.equal(client.doHandshake(), -1);
  const chain = new SSLBIO(server).push(toServer);
  chain.ssl.setAcceptState();
  assert.throws(() => chain.read(1), { code: 'ERR_ASYNC_NOT_POSSIBLE' });
});

test('without jobs a key answers at once, and a promise is refused', async (t) => {
  const { stdout, stderr } = await runNode(t, ['build-test/remote-key-without-jobs.js'], {
    BLADESSL_NO_ASYNC_JOBS: '1',
  });
  assert.equal(stderr, '');
  assert.equal(stdout, 'done done\nERR_ASYNC_NOT_POSSIBLE internal_error\n');
});

test('an SSLBIO has it sign at once', () => {
  const server = showRemotely(new TLSServerContext(), localhost, remoteKeyOf(localhost));
  const client = showRemotely(clientContext(), localhost, remoteKeyOf(localhost));
  const made = connected(client, server);
  assert.equal(made.client.isInitFinished, true);
});

test('10,000 keys come and go', async () => {
  const doomed = new Doomed();
  for (let round = 0; round < 10; round++) {
    for (let index = 0; index < 1000; index++) {
      const key = new RemoteKey(certificate, { sign: () => Buffer.from(String(index)) });
      if (index % 100 === 0) doomed.add(key);
    }
    await collect();
  }
  await doomed.gone();
});

test('1,000 contexts have one key, and it is theirs until the last has gone', async () => {
  const doomed = new Doomed();
  const contexts: SSLContext[] = [];
  (() => {
    const key = doomed.add(remoteKeyOf(localhost));
    for (let index = 0; index < 1000; index++) {
      contexts.push(doomed.add(showRemotely(new TLSServerContext(), localhost, key)));
    }
  })();
  collectGarbage();
  connected(clientContext(), contexts[999] as SSLContext);
  contexts.length = 0;
  await doomed.gone();
});

test('a key that knows its context keeps neither of them', async () => {
  const doomed = new Doomed();
  (() => {
    const server = doomed.add(new TLSServerContext().useCertificate(certificate));
    const sign = signingWith(localhost);
    const key = doomed.add(
      new RemoteKey(certificate, {
        sign(...args) {
          assert.equal(server.freed, false);
          return sign(...args);
        },
      }),
    );
    server.usePrivateKey(key);
    connected(clientContext(), server);
  })();
  await doomed.gone();
});

test('a handshake keeps its key, whatever is collected', async () => {
  const made = (() => {
    const key = remoteKeyOf(localhost, signingLater(localhost));
    return ends(clientContext(), showRemotely(new TLSServerContext(), localhost, key));
  })();
  await collect();
  assert.equal(made.client.doHandshake(), -1);
  assert.equal(made.server.doHandshake(), -1);
  await collect();
  const outcome = await pumpLater(made);
  assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
});

test('sign is called on its options, with three arguments', async () => {
  const sign = signingWith(localhost);
  let seen: unknown[] = [];
  const options: RemoteKeyOptions = {
    sign(...args) {
      seen = [this, args.length];
      return sign(...args);
    },
  };
  connected(clientContext(), showRemotely(serverContext(), localhost, new RemoteKey(certificate, options)));
  assert.deepEqual(seen, [options, 3]);
  assert.equal(seen[0], options);
});

test('a Certificate of the same key is what it signs for', () => {
  const again = Certificate.generate({
    commonName: 'localhost',
    issuer: authority,
    key: privateKey,
  }).certificate;
  const server = new TLSServerContext().useCertificate(again).usePrivateKey(remoteKeyOf(localhost));
  connected(clientContext(), server);
});
