// A context that is changed after it was used: a new SSL_CTX takes over, the old one serves those who have it.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  type ContextStats,
  SSL,
  SSL_OP_NO_TICKET,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import { attempt, carry, connected, ends, join, pump } from './helpers/handshake';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';
import { visit } from './helpers/node-client';

const other = Certificate.generate({ commonName: 'localhost', issuer: authority });
const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

const changes: Record<string, (context: SSLContext) => unknown> = {
  setVerify: (context) => context.setVerify(0),
  verifyDepth: (context) => (context.verifyDepth = 4),
  setCiphers: (context) => context.setCiphers('HIGH'),
  ciphersuites: (context) => (context.ciphersuites = 'TLS_AES_128_GCM_SHA256'),
  groups: (context) => (context.groups = 'X25519'),
  signatureAlgorithms: (context) => (context.signatureAlgorithms = 'ECDSA+SHA256'),
  alpnProtocols: (context) => (context.alpnProtocols = 'h2'),
  minVersion: (context) => (context.minVersion = 'TLSv1.2'),
  maxVersion: (context) => (context.maxVersion = 'TLSv1.3'),
  securityLevel: (context) => (context.securityLevel = 1),
  options: (context) => (context.options = context.options),
  mode: (context) => (context.mode = context.mode),
  sessionIdContext: (context) => (context.sessionIdContext = Buffer.from('x')),
  numTickets: (context) => (context.numTickets = 2),
  useCertificate: (context) => context.useCertificate(localhost.certificate),
  usePrivateKey: (context) => context.usePrivateKey(localhost.privateKey),
  addCA: (context) => context.addCA(authority.certificate),
  loadDefaultTrust: (context) => context.loadDefaultTrust(),
  verifyFlags: (context) => (context.verifyFlags = 0),
  verifyPurpose: (context) => (context.verifyPurpose = 'any'),
  verifyTime: (context) => (context.verifyTime = new Date()),
  checkConfig: (context) => (context.checkConfig = 0),
  clientCAs: (context) => (context.clientCAs = []),
  maxCertList: (context) => (context.maxCertList = 5000),
  onVerify: (context) => (context.onVerify = () => true),
  verifyChain: (context) => (context.verifyChain = () => true),
};

test('getPointer: each kind of change makes a new SSL_CTX, and a use none', () => {
  const context = new TLSContext();
  for (const [name, change] of Object.entries(changes)) {
    const before = context.getPointer();
    const ssl = new SSL(context);
    assert.equal(context.getPointer(), before, name);
    change(context);
    assert.notEqual(context.getPointer(), before, name);
    ssl.free();
  }
});

test('getPointer: looking changes nothing', () => {
  const context = serverContext();
  new SSL(context);
  const before = context.getPointer();
  const { ciphers, groups, options, stats, trustSource } = context;
  assert.ok([ciphers, groups, options, stats, trustSource]);
  assert.equal(context.getPointer(), before);
});

test('getPointer: a refused change is no change', () => {
  const context = new TLSContext();
  for (const used of [false, true]) {
    if (used) new SSL(context);
    const before = context.getPointer();
    assert.throws(() => context.setCiphers('nonsense'), { code: 'ERR_SSL_NO_CIPHER_MATCH' });
    assert.throws(() => context.useCertificate('/missing'), { code: 'ENOENT' });
    assert.throws(() => (context.numTickets = -1), RangeError);
    assert.equal(context.getPointer(), before, `used: ${used}`);
  }
});

test('an SSL keeps the identity that it began with, a new one has the new', () => {
  const context = serverContext();
  const { client, server } = ends(clientContext(), context);
  show(context, other);
  assert.equal(pump(client, server).clientError, undefined);
  assert.equal(client.peerCertificate?.serialNumber, localhost.certificate.serialNumber);
  const { client: later } = connected(clientContext(), context);
  assert.equal(later.peerCertificate?.serialNumber, other.certificate.serialNumber);
});

test('an SSL keeps the trust, the versions and the ALPN list that it began with', () => {
  const client = new TLSClientContext();
  client.alpnProtocols = ['h2', 'http/1.1'];
  const server = serverContext();
  server.alpnProtocols = 'h2';
  const early = ends(client, server);
  const earlyToo = ends(clientContext(), server);
  client.addCA(authority.certificate);
  client.maxVersion = 'TLSv1.2';
  server.alpnProtocols = 'http/1.1';
  server.minVersion = 'TLSv1.2';
  assert.equal(pump(early.client, early.server).clientError?.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
  assert.equal(early.server.alpnProtocol, 'h2');
  assert.equal(pump(earlyToo.client, earlyToo.server).clientError, undefined);
  assert.equal(earlyToo.client.version, 'TLSv1.3');
  const late = connected(client, server);
  assert.equal(late.client.alpnProtocol, 'http/1.1');
  assert.equal(late.client.version, 'TLSv1.2');
});

test('a change in the middle of a handshake leaves the handshake alone', () => {
  for (const version of versions) {
    const [client, server] = [clientContext(), serverContext()];
    client.maxVersion = version;
    const half = ends(client, server);
    assert.equal(half.client.connect(), -1);
    assert.equal(half.server.accept(), -1);
    client.minVersion = 'TLSv1.3';
    client.addCA(other.certificate);
    show(server, other);
    server.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
    server.free();
    const { clientError, serverError } = pump(half.client, half.server);
    assert.equal(clientError ?? serverError, undefined);
    assert.equal(half.client.version, version);
    assert.equal(half.client.peerCertificate?.serialNumber, localhost.certificate.serialNumber);
    assert.equal(carry(half.client, half.server, 'well'), 'well');
  }
});

test('a connection is not touched by what becomes of its context', () => {
  const [client, server] = [clientContext(), serverContext()];
  const pair = connected(client, server);
  for (const context of [client, server]) {
    for (const [name, change] of Object.entries(changes)) {
      if (context === server || !/sessionIdContext|numTickets/.test(name)) change(context);
    }
    new SSL(context).free();
    context.free();
  }
  assert.equal(carry(pair.client, pair.server, 'on'), 'on');
  assert.equal(carry(pair.server, pair.client, 'and on'), 'and on');
});

const nothing: ContextStats = {
  accept: 0,
  acceptGood: 0,
  acceptRenegotiate: 0,
  connect: 0,
  connectGood: 0,
  connectRenegotiate: 0,
  hits: 0,
  callbackHits: 0,
  misses: 0,
  timeouts: 0,
  cacheFull: 0,
  cached: 0,
};

test('stats: all zero at first; each handshake counts on its side', () => {
  const [client, server] = [clientContext(), serverContext()];
  assert.deepEqual(client.stats, nothing);
  connected(client, server);
  assert.deepEqual(client.stats, { ...nothing, connect: 1, connectGood: 1 });
  assert.equal(server.stats.accept, 1);
  assert.equal(server.stats.acceptGood, 1);
  assert.equal(server.stats.connect, 0);
});

test('stats: a handshake that fails is begun and not good', () => {
  const [client, server] = [new TLSClientContext(), serverContext()];
  assert.notEqual(attempt(client, server).clientError, undefined);
  assert.deepEqual(client.stats, { ...nothing, connect: 1 });
  assert.equal(server.stats.accept, 1);
  assert.equal(server.stats.acceptGood, 0);
});

test('stats: what is read is a picture of that moment', () => {
  const [client, server] = [clientContext(), serverContext()];
  const before = client.stats;
  connected(client, server);
  assert.equal(before.connect, 0);
});

test('stats add up over changes, whether the old SSLs live, finish later or are freed', () => {
  const [client, server] = [clientContext(), serverContext()];
  const late = ends(client, server);
  const kept: SSL[] = [];
  for (let round = 1; round <= 5; round++) {
    const pair = connected(client, server);
    if (round % 2 === 0) for (const ssl of [pair.client, pair.server]) ssl.free();
    else kept.push(pair.client, pair.server);
    for (const context of [client, server]) context.securityLevel = round % 2;
    assert.equal(client.stats.connectGood, round);
    assert.equal(server.stats.acceptGood, round);
  }
  pump(late.client, late.server);
  for (const ssl of kept) ssl.free();
  assert.deepEqual(client.stats, { ...nothing, connect: 6, connectGood: 6 });
  assert.equal(server.stats.acceptGood, 6);
});

for (const version of versions) {
  test(`${version}: a ticket from before a change is taken after it`, async () => {
    const context = serverContext();
    const first = await visit(context, version);
    assert.equal(first.reused, false);
    const before = context.getPointer();
    context.numTickets = 1;
    show(context, other);
    const second = await visit(context, version, first.sessions[0]);
    assert.notEqual(context.getPointer(), before);
    assert.equal(second.reused, true);
    assert.equal(second.ssl.sessionReused, true);
    assert.equal(context.stats.hits, 1);
    assert.equal(context.stats.acceptGood, 2);
  });

  test(`${version}: a ticket of another context is not taken`, async () => {
    const { sessions } = await visit(serverContext(), version);
    const { reused, ssl } = await visit(serverContext(), version, sessions[0]);
    assert.equal(reused, false);
    assert.equal(ssl.sessionReused, false);
  });

  test(`${version}: another session id context makes strangers of the tickets`, async () => {
    const context = serverContext();
    context.sessionIdContext = Buffer.from('one');
    const { sessions } = await visit(context, version);
    assert.equal((await visit(context, version, sessions[0])).reused, true);
    const { sessions: more } = await visit(context, version);
    context.sessionIdContext = Buffer.from('two');
    assert.equal((await visit(context, version, more[0])).reused, false);
    context.sessionIdContext = Buffer.from('one');
    assert.equal((await visit(context, version, more[0])).reused, true);
  });
}

test('TLS 1.3: as many tickets as numTickets says', async () => {
  for (const count of [0, 1, 2, 5]) {
    const context = serverContext();
    context.numTickets = count;
    assert.equal((await visit(context, 'TLSv1.3')).sessions.length, count);
  }
});

test('sessions without tickets lie in the internal cache, which a change leaves behind', async () => {
  const context = serverContext();
  context.options = [context.options, SSL_OP_NO_TICKET];
  const { sessions } = await visit(context, 'TLSv1.2');
  assert.equal(context.stats.cached, 1);
  assert.equal((await visit(context, 'TLSv1.2', sessions[0])).reused, true);
  context.numTickets = 1;
  assert.equal(context.stats.cached, 0);
  assert.equal((await visit(context, 'TLSv1.2', sessions[0])).reused, false);
  assert.equal(context.stats.hits, 1);
  assert.equal(context.stats.misses, 1);
});

test('a change between setBio and the first step is one after the use', () => {
  const context = serverContext();
  const server = new SSL(context);
  const client = new SSL(clientContext());
  join(client, server);
  context.useCertificate(other.certificate);
  assert.equal(pump(client, server).clientError, undefined);
});

test('many changes and uses leave one SSL_CTX behind', () => {
  const context = new TLSServerContext();
  for (let i = 0; i < 500; i++) {
    context.numTickets = i % 5;
    new SSL(context).free();
  }
  assert.equal(context.numTickets, 499 % 5);
  assert.deepEqual(context.stats, nothing);
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: a ticket from before client certificates were asked for is none any more`, async () => {
    const context = only(serverContext(), version).addCA(authority.certificate);
    const { sessions } = await visit(context, version);
    assert.equal((await visit(context, version, sessions[0])).reused, true);
    const later = (await visit(context, version)).sessions[0];
    context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    const own = { cert: someone.certificate.pem, key: someone.privateKey.pem };
    const known = await visit(context, version, later, own);
    assert.deepEqual([known.reused, known.ssl.peerCertificate?.subject], [false, 'CN=someone']);
  });
}
