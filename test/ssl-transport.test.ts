// What an SSL reads from and writes to.

import assert from 'node:assert/strict';
import test from 'node:test';
import { BIO, MemoryBIO, SSL, SSLBIO, TLSClientContext, TLSContext } from 'bladessl';
import { carry, connected, join, pump } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';

const wrongType = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };

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
