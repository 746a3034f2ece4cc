// SSL as an object: its role, its transport, its settings, its states, and its end.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  MemoryBIO,
  NullBIO,
  SSL,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_WANT_READ,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLContext,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
} from 'bladessl';
import { connected, ends, join, pump } from './helpers/handshake';
import { clientContext, localhost, serverContext, show } from './helpers/identities';
import { assertAllFreed } from './helpers/members';

const wrongState = { name: 'SSLError', code: 'ERR_WRONG_STATE' };
const wrongType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const wrongValue = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };

test('an SSL is made from a context and from nothing else', () => {
  const context = new TLSContext();
  const ssl = new SSL(context);
  assert.equal(ssl.context, context);
  assert.ok(ssl.getPointer() > 0n);
  assert.notEqual(ssl.getPointer(), context.getPointer());
  for (const bad of [undefined, null, {}, 'TLS', ssl, TLSContext, Object.create(TLSContext.prototype)]) {
    assert.throws(() => new SSL(bad as SSLContext), TypeError);
  }
});

test('the role comes from the context, or has to be set', () => {
  assert.equal(new SSL(new TLSClientContext()).role, 'client');
  assert.equal(new SSL(new TLSServerContext()).role, 'server');
  const ssl = new SSL(new TLSContext());
  assert.equal(ssl.role, undefined);
  assert.equal(ssl.setConnectState(), ssl);
  assert.equal(ssl.role, 'client');
  assert.equal(ssl.setAcceptState(), ssl);
  assert.equal(ssl.role, 'server');
});

test('connect and accept say the role too, once', () => {
  const [client, server] = [new SSL(new TLSContext()), new SSL(show(new TLSContext(), localhost))];
  join(client, server);
  assert.equal(client.connect(), -1);
  assert.equal(client.role, 'client');
  assert.equal(server.accept(), -1);
  assert.equal(server.role, 'server');
  assert.throws(() => client.accept(), wrongState);
  assert.throws(() => server.connect(), wrongState);
  assert.equal(client.connect(), 1);
  assert.equal(server.accept(), 1);
  assert.equal(client.connect(), 1, 'calling again does no harm');
});

test("a role that is not the context's, and a change of it too late", () => {
  const client = new SSL(new TLSClientContext());
  assert.throws(() => client.setAcceptState(), wrongState);
  assert.throws(() => client.accept(), wrongState);
  assert.equal(client.setConnectState().role, 'client');
  const server = new SSL(new TLSServerContext());
  assert.throws(() => server.setConnectState(), wrongState);
  assert.throws(() => server.connect(), wrongState);
  const generic = ends(new TLSContext(), serverContext());
  generic.client.doHandshake();
  assert.throws(() => generic.client.setAcceptState(), wrongState);
  assert.throws(() => generic.client.setConnectState(), wrongState);
  assert.equal(pump(generic.client, generic.server).serverError, undefined);
  assert.throws(() => generic.server.setAcceptState(), wrongState);
});

test('without a role nothing can begin', () => {
  const calls: ((ssl: SSL) => unknown)[] = [
    (ssl) => ssl.doHandshake(),
    (ssl) => ssl.read(),
    (ssl) => ssl.peek(),
    (ssl) => ssl.readInto(Buffer.alloc(1)),
    (ssl) => ssl.write('x'),
    (ssl) => ssl.writev(['x']),
    (ssl) => ssl.shutdown(),
  ];
  for (const call of calls) {
    const ssl = new SSL(new TLSContext()).setBio(new MemoryBIO());
    const code = /^ERR_SSL_(CONNECTION_TYPE_NOT_SET|UNINITIALIZED)$/;
    assert.throws(() => call(ssl), { name: 'SSLError', code }, String(call));
    assert.equal(ssl.error(), SSL_ERROR_SSL);
  }
});

for (const name of ['hostname', 'verifyName'] as const) {
  test(`${name}: a host name, or undefined for none`, () => {
    const ssl = new SSL(new TLSClientContext());
    assert.equal(ssl[name], undefined);
    for (const value of ['localhost', 'a.b.example.org', 'x'.repeat(255), undefined, 'again', undefined]) {
      ssl[name] = value;
      assert.equal(ssl[name], value);
    }
  });

  test(`${name}: what is not ASCII becomes what the DNS has for it`, () => {
    const ssl = new SSL(new TLSClientContext());
    ssl[name] = 'bücher.example';
    assert.equal(ssl[name], 'xn--bcher-kva.example');
  });

  test(`${name}: IP addresses, empty, long and wrong values`, () => {
    const odd = [
      'a b',
      'ü b',
      'ü.example/x',
      'ü.example?x',
      'ü.example#x',
      'ü@x',
      'ü%2ex',
      '１２７．０．０．１',
    ];
    const ssl = new SSL(new TLSClientContext());
    ssl[name] = 'kept';
    for (const bad of [
      '',
      '.',
      '.example.org',
      '127.0.0.1',
      '127.0.0.1.',
      '::1.',
      '::1%.',
      '::1',
      'x'.repeat(256),
      'a\0b',
      'x\0',
      '\0',
      ...odd,
    ]) {
      assert.throws(() => (ssl[name] = bad), { ...wrongValue, message: new RegExp(`^${name} must`) }, bad);
    }
    for (const bad of [null, 5, {}, ['x'], Buffer.from('x')]) {
      assert.throws(() => (ssl[name] = bad as string), {
        ...wrongType,
        message: new RegExp(`^${name} must`),
      });
    }
    assert.equal(ssl[name], 'kept');
  });
}

test('verifyIP: an address of either family, or undefined for none', () => {
  const ssl = new SSL(new TLSClientContext());
  assert.equal(ssl.verifyIP, undefined);
  for (const value of ['127.0.0.1', '::1', '2001:db8::7', undefined]) {
    ssl.verifyIP = value;
    assert.equal(ssl.verifyIP, value);
  }
  ssl.verifyIP = '127.0.0.1';
  for (const bad of [
    '',
    'localhost',
    '127.0.0',
    '1.2.3.256',
    ':::1',
    '127.0.0.1:80',
    '127.0.0.1\0',
    'fe80::1%eth0',
  ]) {
    assert.throws(() => (ssl.verifyIP = bad), { ...wrongValue, message: /^verifyIP must/ }, bad);
  }
  for (const bad of [null, 5, {}, Buffer.from([127, 0, 0, 1])]) {
    assert.throws(() => (ssl.verifyIP = bad as string), { ...wrongType, message: /^verifyIP must/ });
  }
  assert.equal(ssl.verifyIP, '127.0.0.1');
});

test('names are refused when it is too late for them, and a server sends none', () => {
  const { client, server } = connected(clientContext(), serverContext());
  for (const member of ['hostname', 'verifyName', 'verifyIP'] as const) {
    const before = client[member];
    assert.throws(() => (client[member] = member === 'verifyIP' ? '127.0.0.1' : 'other.example'), {
      ...wrongState,
      message: `the handshake has begun: ${member} cannot change any more`,
    });
    assert.equal(client[member], before);
  }
  for (const ssl of [server, new SSL(serverContext())]) {
    assert.throws(() => (ssl.hostname = 'localhost'), {
      ...wrongState,
      message: /a server sends no hostname/,
    });
  }
});

test("verifyMode and setVerify: the context's at first, then its own", () => {
  const context = new TLSClientContext();
  const [ssl, other] = [new SSL(context), new SSL(context)];
  assert.equal(ssl.verifyMode, SSL_VERIFY_PEER);
  assert.equal(ssl.setVerify(SSL_VERIFY_NONE), ssl);
  assert.equal(ssl.verifyMode, SSL_VERIFY_NONE);
  ssl.verifyMode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  assert.equal(ssl.verifyMode, 3);
  assert.equal(other.verifyMode, SSL_VERIFY_PEER);
  assert.equal(context.verifyMode, SSL_VERIFY_PEER);
  for (const bad of [2, 16, -1, 1.5]) assert.throws(() => ssl.setVerify(bad), { name: 'RangeError' });
  for (const bad of [undefined, null, '1']) assert.throws(() => (ssl.verifyMode = bad as never), wrongType);
  assert.equal(ssl.verifyMode, 3);
});

test('before the handshake there is nothing to tell', () => {
  for (const ssl of [new SSL(new TLSContext()), new SSL(clientContext()), new SSL(serverContext())]) {
    for (const absent of [
      'version',
      'cipher',
      'group',
      'alpnProtocol',
      'peerCertificate',
      'hostname',
    ] as const) {
      assert.equal(ssl[absent], undefined, absent);
    }
    assert.deepEqual(ssl.peerChain, []);
    assert.deepEqual(ssl.verifyResult, { code: 0, name: 'X509_V_OK', message: 'ok' });
    assert.equal(ssl.isInitFinished, false);
    assert.equal(ssl.sessionReused, false);
    assert.equal(ssl.pending, 0);
    assert.equal(ssl.hasPending, false);
    assert.equal(ssl.shutdownState, 0);
    assert.equal(ssl.error(), SSL_ERROR_NONE);
    assert.equal(ssl.stateString.trim(), 'PINIT');
    assert.equal(ssl.stateStringLong, 'before SSL initialization');
  }
});

test('the state strings follow the handshake', () => {
  const { client, server } = ends(clientContext(), serverContext());
  client.doHandshake();
  assert.match(client.stateStringLong, /write client hello$/);
  assert.equal(client.stateString.length, 4);
  assert.equal(client.error(), SSL_ERROR_WANT_READ);
  pump(client, server);
  for (const ssl of [client, server]) {
    assert.equal(ssl.stateString.trim(), 'SSLOK');
    assert.equal(ssl.stateStringLong, 'SSL negotiation finished successfully');
    assert.equal(ssl.isInitFinished, true);
    assert.equal(ssl.doHandshake(), 1);
    assert.equal(ssl.error(), SSL_ERROR_NONE);
  }
});

test('a freed SSL refuses everything but free and freed', () => {
  const { client, server } = connected(clientContext(), serverContext());
  for (const ssl of [client, server]) {
    ssl.free();
    assertAllFreed(ssl, {
      setConnectState: [],
      setAcceptState: [],
      setBio: [new NullBIO()],
      setFd: [1],
      connect: [],
      accept: [],
      doHandshake: [],
      read: [],
      peek: [],
      readInto: [Buffer.alloc(1)],
      write: ['x'],
      writev: [['x']],
      shutdown: [],
      error: [],
      hostname: ['localhost'],
      session: [Buffer.alloc(1)],
      verifyName: ['localhost'],
      onVerify: [() => true, undefined],
      verifyChain: [() => true, undefined],
      onClientHello: [() => undefined, undefined],
      onServerName: [() => undefined, undefined],
      onAlpn: [() => undefined, undefined],
      onCertificate: [() => undefined, undefined],
      onPsk: [() => undefined, undefined],
      onOcsp: [() => undefined, undefined],
      verifyIP: ['127.0.0.1'],
      verifyMode: [SSL_VERIFY_NONE],
      setVerify: [SSL_VERIFY_NONE],
      getPointer: [],
    });
    ssl.free();
  }
  assert.throws(() => new SSLBIO(client), { name: 'FreedError', code: 'ERR_FREED' });
});

test('an SSL is freed by `using`, its transport is not', () => {
  const bio = new MemoryBIO('x');
  const ssl = new SSL(new TLSContext()).setBio(bio);
  {
    using _owned = ssl;
  }
  assert.equal(ssl.freed, true);
  assert.equal(bio.read()?.toString(), 'x');
});

test('an SSL freed in the middle of a handshake leaves its peer in peace', () => {
  const { client, server } = ends(clientContext(), serverContext());
  client.doHandshake();
  server.doHandshake();
  client.free();
  assert.equal(server.doHandshake(), -1);
  assert.equal(server.error(), SSL_ERROR_WANT_READ);
});

test('members are not for other objects', () => {
  for (const impostor of [{}, Object.create(SSL.prototype), new TLSContext(), new MemoryBIO()]) {
    assert.throws(() => SSL.prototype.read.call(impostor), TypeError);
    assert.throws(() => SSL.prototype.doHandshake.call(impostor), TypeError);
  }
});
