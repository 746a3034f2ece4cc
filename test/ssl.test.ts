// SSL as an object: its role, its transport, its settings, its states, and its end.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  BIO,
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
import { carry, connected, ends, join, pump } from './helpers/handshake';
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

test('without a transport every call says so, and none spoils the SSL', () => {
  for (const [role, context] of Object.entries({ client: clientContext(), server: serverContext() })) {
    const ssl = new SSL(context);
    const calls: (() => unknown)[] = [
      () => ssl.doHandshake(),
      () => (role === 'client' ? ssl.connect() : ssl.accept()),
      () => ssl.read(),
      () => ssl.peek(),
      () => ssl.readInto(Buffer.alloc(1)),
      () => ssl.write('x'),
      () => ssl.writev(['x']),
    ];
    for (const call of calls) {
      assert.throws(call, { name: 'SSLError', code: 'ERR_NO_TRANSPORT' }, `${role} ${call}`);
    }
    const other = new SSL(role === 'client' ? serverContext() : clientContext());
    const [client, server] = role === 'client' ? [ssl, other] : [other, ssl];
    join(client, server);
    const { clientError, serverError } = pump(client, server);
    assert.equal(clientError ?? serverError, undefined);
  }
});

test('setBio: what was set is what is read; one BIO serves both ways', () => {
  const ssl = new SSL(new TLSContext());
  assert.equal(ssl.rbio, undefined);
  assert.equal(ssl.wbio, undefined);
  assert.equal(ssl.fd, undefined);
  const [a, b] = [new MemoryBIO(), new MemoryBIO()];
  assert.equal(ssl.setBio(a, b), ssl);
  assert.equal(ssl.rbio, a);
  assert.equal(ssl.wbio, b);
  ssl.setBio(b);
  assert.equal(ssl.rbio, b);
  assert.equal(ssl.wbio, b);
  assert.equal(ssl.fd, undefined);
  ssl.setBio(undefined);
  assert.equal(ssl.rbio, undefined);
  assert.equal(ssl.wbio, undefined);
});

test('setBio: what is no BIO, or is freed; the old transport stays', () => {
  const bio = new MemoryBIO();
  const ssl = new SSL(new TLSContext()).setBio(bio);
  for (const bad of [null, 5, {}, 'x', ssl, BIO, Object.create(BIO.prototype)]) {
    assert.throws(() => ssl.setBio(bad as BIO), TypeError);
    assert.throws(() => ssl.setBio(bio, bad as BIO), TypeError);
  }
  for (const bad of [null, 5, ssl]) {
    assert.throws(() => ssl.setBio(bad as unknown as BIO), { ...wrongType, message: /^rbio must be a BIO/ });
    assert.throws(() => ssl.setBio(bio, bad as unknown as BIO), {
      ...wrongType,
      message: /^wbio must be a BIO/,
    });
  }
  const freed = new MemoryBIO();
  freed.free();
  assert.throws(() => ssl.setBio(freed), { name: 'FreedError', code: 'ERR_FREED' });
  assert.throws(() => ssl.setBio(bio, freed), { name: 'FreedError', code: 'ERR_FREED' });
  assert.equal(ssl.rbio, bio);
  assert.equal(ssl.wbio, bio);
});

test('setBio: the BIOs stay usable, and the SSL keeps its own hold on them when they are freed', () => {
  const { client, server } = connected(clientContext(), serverContext());
  assert.equal(client.write('ping'), 4);
  assert.ok((client.wbio as BIO).pending > 4);
  for (const ssl of [client, server]) {
    ssl.rbio?.free();
    ssl.wbio?.free();
  }
  assert.equal(server.read()?.toString(), 'ping');
  assert.equal(carry(server, client, 'pong'), 'pong');
  assert.throws(() => client.rbio?.read(), { code: 'ERR_FREED' });
  assert.equal(client.fd, undefined);
});

test('setBio: another transport in the middle of a connection', () => {
  const { client, server } = connected(clientContext(), serverContext());
  assert.equal(client.read(), null, 'the tickets must not stay behind in the old one');
  for (const transport of ['pair', 'memory', 'pair'] as const) {
    join(client, server, transport);
    assert.equal(carry(client, server, transport), transport);
    assert.equal(carry(server, client, transport), transport);
  }
});

test('setBio: a transport taken away and given back', () => {
  const { client, server } = connected(clientContext(), serverContext());
  const { rbio, wbio } = client;
  client.setBio(undefined);
  assert.throws(() => client.write('x'), { name: 'SSLError', code: 'ERR_NO_TRANSPORT' });
  assert.throws(() => client.read(), { name: 'SSLError', code: 'ERR_NO_TRANSPORT' });
  client.setBio(rbio, wbio);
  assert.equal(carry(client, server, 'back'), 'back');
});

test('setBio: an SSL is not its own transport, however far below', () => {
  const ssl = new SSL(new TLSClientContext());
  const chain = new SSLBIO(ssl).push(new MemoryBIO());
  assert.throws(() => ssl.setBio(chain), { name: 'SSLError', code: 'ERR_BIO_IN_CHAIN' });
  const [inner, outer] = [new SSL(new TLSClientContext()), new SSL(new TLSClientContext())];
  const onInner = new SSLBIO(inner);
  outer.setBio(onInner);
  assert.throws(() => onInner.push(new SSLBIO(outer)), {
    name: 'SSLError',
    code: /^ERR_BIO_(CYCLE|IN_CHAIN)$/,
  });
  const onOuter = new BIO(onInner.method);
  assert.throws(() => inner.setBio(new SSLBIO(new SSL(new TLSClientContext())).push(onInner)), {
    name: 'SSLError',
    code: /^ERR_BIO_(CYCLE|IN_CHAIN)$/,
  });
  onOuter.free();
  assert.equal(outer.rbio, onInner);
});

test('setBio: TLS inside of TLS', () => {
  const outside = connected(clientContext(), serverContext());
  const [client, server] = [new SSL(clientContext()), new SSL(serverContext())];
  client.setBio(new SSLBIO(outside.client));
  server.setBio(new SSLBIO(outside.server));
  assert.equal(outside.client.rbio, client.rbio?.next);
  const { clientError, serverError } = pump(client, server);
  assert.equal(clientError ?? serverError, undefined);
  assert.equal(carry(client, server, 'twice wrapped'), 'twice wrapped');
});

test('setFd: what is no descriptor', () => {
  const ssl = new SSL(new TLSContext());
  for (const bad of [-1, 2 ** 31, 1.5, Number.NaN, Infinity]) {
    assert.throws(() => ssl.setFd(bad), {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: /^fd must/,
    });
  }
  for (const bad of [undefined, null, '1', 1n, {}, true]) {
    assert.throws(() => ssl.setFd(bad as number), { ...wrongType, message: /^fd must/ });
  }
  assert.equal(ssl.fd, undefined);
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

  test(`${name}: IP addresses, empty, long and wrong values`, () => {
    const ssl = new SSL(new TLSClientContext());
    ssl[name] = 'kept';
    for (const bad of ['', '.', '.example.org', '127.0.0.1', '::1', 'x'.repeat(256), 'a\0b', 'x\0', '\0']) {
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
      verifyName: ['localhost'],
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
