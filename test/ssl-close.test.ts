// The end of a connection: close_notify, truncation, and what is possible after each.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  MemoryBIO,
  NullBIO,
  SSL,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_ZERO_RETURN,
  SSL_OP_IGNORE_UNEXPECTED_EOF,
  SSL_RECEIVED_SHUTDOWN,
  SSL_SENT_SHUTDOWN,
  type TLSVersion,
} from 'bladessl';
import { carry, connected, ends, opened, transports } from './helpers/handshake';
import { clientContext, only, serverContext } from './helpers/identities';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];
const both = SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN;
const truncated = { name: 'SSLError', code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' };

/** What is written to an end can be read no further: the connection was cut. */
function cut(ssl: SSL): void {
  (ssl.wbio as MemoryBIO).end();
}

for (const version of versions) {
  for (const transport of transports) {
    test(`${version} over ${transport}: one side closes, the other answers`, () => {
      const { client, server } = opened(version, transport);
      assert.equal(client.shutdown(), 0);
      assert.equal(client.error(), SSL_ERROR_NONE);
      assert.equal(client.shutdownState, SSL_SENT_SHUTDOWN);
      assert.deepEqual(server.read(), Buffer.alloc(0));
      assert.equal(server.error(), SSL_ERROR_ZERO_RETURN);
      assert.equal(server.shutdownState, SSL_RECEIVED_SHUTDOWN);
      assert.equal(client.shutdown(), -1);
      assert.equal(client.error(), SSL_ERROR_WANT_READ);
      assert.equal(server.shutdown(), 1);
      assert.equal(server.shutdownState, both);
      assert.equal(client.shutdown(), 1);
      assert.equal(client.shutdownState, both);
      assert.equal(client.shutdown(), 1);
    });
  }

  test(`${version}: both close at once`, () => {
    const { client, server } = opened(version);
    assert.deepEqual([client.shutdown(), server.shutdown()], [0, 0]);
    assert.deepEqual([client.shutdown(), server.shutdown()], [1, 1]);
  });

  test(`${version}: what was said before the close is still read`, () => {
    const { client, server } = opened(version);
    client.write('last');
    client.write('words');
    client.shutdown();
    assert.equal(server.read()?.toString(), 'last');
    assert.equal(server.shutdownState, 0);
    assert.equal(server.read()?.toString(), 'words');
    assert.deepEqual(server.read(), Buffer.alloc(0));
    assert.equal(server.readInto(Buffer.alloc(5)), 0);
    assert.deepEqual(server.peek(), Buffer.alloc(0));
  });

  test(`${version}: half closed: the other direction stays open`, () => {
    const { client, server } = opened(version);
    client.shutdown();
    assert.equal(server.read()?.length, 0);
    assert.equal(server.write('answer'), 6);
    assert.equal(client.read()?.toString(), 'answer');
    assert.equal(client.shutdownState, SSL_SENT_SHUTDOWN);
    assert.equal(server.shutdown(), 1);
    assert.equal(client.read()?.length, 0);
    assert.equal(client.shutdownState, both);
  });

  test(`${version}: nothing is written after one's own close`, () => {
    const { client } = opened(version);
    client.shutdown();
    const closed = { name: 'SSLError', code: 'ERR_SSL_PROTOCOL_IS_SHUTDOWN' };
    assert.throws(() => client.write('x'), closed);
    assert.equal(client.error(), SSL_ERROR_SSL);
    assert.throws(() => client.writev(['x']), closed);
    assert.equal(client.shutdownState, SSL_SENT_SHUTDOWN);
  });

  test(`${version}: a connection that ends without close_notify is an error, in every way of reading`, () => {
    const reads: ((ssl: SSL) => unknown)[] = [
      (ssl) => ssl.read(),
      (ssl) => ssl.peek(),
      (ssl) => ssl.readInto(Buffer.alloc(1)),
    ];
    for (const read of reads) {
      const { client, server } = opened(version);
      client.write('half');
      cut(client);
      assert.equal(server.read()?.toString(), 'half');
      assert.throws(() => read(server), truncated);
      assert.equal(server.error(), SSL_ERROR_SSL);
      assert.equal(server.shutdownState & SSL_RECEIVED_SHUTDOWN, 0);
    }
  });

  test(`${version}: a record cut in the middle is an error too`, () => {
    const { client, server } = opened(version);
    client.write('whole');
    const record = client.wbio?.read(100) as Buffer;
    client.wbio?.write(record.subarray(0, record.length - 1));
    cut(client);
    assert.throws(() => server.read(), truncated);
  });

  test(`${version}: SSL_OP_IGNORE_UNEXPECTED_EOF takes the cut for a close`, () => {
    const context = serverContext();
    context.options = [context.options, SSL_OP_IGNORE_UNEXPECTED_EOF];
    const { client, server } = connected(only(clientContext(), version), context);
    client.write('all there is');
    cut(client);
    assert.equal(server.read()?.toString(), 'all there is');
    assert.deepEqual(server.read(), Buffer.alloc(0));
    assert.equal(server.error(), SSL_ERROR_ZERO_RETURN);
  });

  test(`${version}: a handshake that is cut off`, () => {
    const { client, server } = ends(only(clientContext(), version), serverContext());
    client.doHandshake();
    cut(client);
    assert.throws(() => server.doHandshake(), truncated);
    const early = new SSL(only(clientContext(), version)).setBio(new NullBIO());
    assert.throws(() => early.connect(), truncated);
  });

  test(`${version}: an SSL that is freed says nothing: its peer sees a cut`, () => {
    const { client, server } = opened(version);
    const { wbio } = client;
    client.free();
    assert.equal(wbio?.pending, 0);
    (wbio as MemoryBIO).end();
    assert.throws(() => server.read(), truncated);
  });
}

test('truncation: the shape of the error', () => {
  const { client, server } = opened();
  cut(client);
  assert.throws(() => server.read(), {
    ...truncated,
    library: 'SSL routines',
    reason: 'unexpected eof while reading',
    hint: 'the peer closed the connection without close_notify',
  });
});

test('shutdown: before the handshake, and in the middle of it', () => {
  const early = { name: 'SSLError', code: 'ERR_SSL_SHUTDOWN_WHILE_IN_INIT' };
  const { client, server } = ends(clientContext(), serverContext());
  assert.throws(() => client.shutdown(), early);
  client.doHandshake();
  server.doHandshake();
  for (const ssl of [client, server]) {
    assert.throws(() => ssl.shutdown(), early);
    assert.equal(ssl.shutdownState, 0);
  }
  while (client.doHandshake() === -1 || server.doHandshake() === -1);
  assert.equal(carry(client, server, 'no harm done'), 'no harm done');
});

test('shutdown: would block where the transport is full, and goes on later', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  while (client.write(Buffer.alloc(1000)) > 0);
  assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
  while (server.read() !== null);
  while (client.write(Buffer.alloc(1000)) < 0);
  const room = 17408 - (server.rbio?.pending ?? 0);
  assert.ok(room > 30);
  client.wbio?.write(Buffer.alloc(room));
  assert.equal(client.shutdown(), -1);
  assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
  assert.equal(client.shutdownState & SSL_RECEIVED_SHUTDOWN, 0);
});

test('a handshake that the peer answers with close_notify', () => {
  const { client } = ends(clientContext(), serverContext());
  client.doHandshake();
  client.rbio?.write(Buffer.of(0x15, 3, 3, 0, 2, 1, 0));
  assert.throws(() => client.doHandshake(), { name: 'SSLZeroReturnError', code: 'ERR_SSL_ZERO_RETURN' });
  assert.equal(client.error(), SSL_ERROR_ZERO_RETURN);
});

test('after a fatal error every call leads back to it', () => {
  const { client, server } = opened();
  server.rbio?.write(Buffer.of(0x17, 3, 3, 0, 20, ...Buffer.alloc(20)));
  assert.throws(() => server.read(), { code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' });
  const dead = {
    name: 'SSLError',
    code: 'ERR_CONNECTION_FAILED',
    message: /decryption failed or bad record mac/,
  };
  const calls: (() => unknown)[] = [
    () => server.read(),
    () => server.peek(),
    () => server.readInto(Buffer.alloc(1)),
    () => server.write('x'),
    () => server.writev(['x']),
    () => server.doHandshake(),
    () => server.accept(),
  ];
  for (const call of calls) assert.throws(call, dead, String(call));
  assert.throws(() => server.shutdown(), { name: 'SSLError' });
  assert.throws(() => client.read(), {
    alert: { name: 'bad_record_mac', number: 20, direction: 'received' },
  });
});

test('a close that was refused to be read does not come back as data', () => {
  const { client, server } = opened();
  client.write('x');
  client.shutdown();
  assert.equal(server.peek()?.toString(), 'x');
  assert.equal(server.peek()?.toString(), 'x');
  assert.equal(server.shutdownState, 0);
  assert.equal(server.read()?.toString(), 'x');
  assert.equal(server.peek()?.length, 0);
  assert.equal(server.shutdownState, SSL_RECEIVED_SHUTDOWN);
});
