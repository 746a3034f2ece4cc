// setOption(), getOption(), and the options of the constructor and of listen() that the system sees.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AF_UNIX, SO_KEEPALIVE, SOL_SOCKET, Socket, TLSSocket } from 'bladessl';
import { clientContext } from '../helpers/identities';
import { closing, plainListener, plainSockets, tlsListener, tlsSockets } from '../helpers/sockets';

suite('setOption and getOption', () => {
  test('on a connection', async (t) => {
    for (const pair of [plainSockets, tlsSockets]) {
      const { client } = await pair(t);
      assert.equal(client.setOption('SO_LINGER', 3), client);
      assert.equal(client.getOption('SO_LINGER'), 3);
      client.setOption('SO_LINGER', false).setOption(SO_KEEPALIVE, true, SOL_SOCKET);
      assert.deepEqual([client.getOption('SO_LINGER'), client.getOption('SO_KEEPALIVE')], [false, true]);
      assert.equal(client.getOption('SO_ERROR'), 0);
    }
  });

  test('before there is a descriptor they are kept, also under a TLSSocket', async (t) => {
    const listener = await plainListener(t);
    const plain = closing(t, new Socket().setOption('TCP_KEEPIDLE', 77));
    assert.equal(typeof plain.getOption('SO_RCVBUF'), 'number');
    await plain.connect('127.0.0.1', listener.port);
    assert.equal(plain.getOption('TCP_KEEPIDLE'), 77);
    const secure = await tlsListener(t);
    const below = closing(t, new Socket().setOption('TCP_KEEPIDLE', 78));
    const socket = new TLSSocket(below, clientContext());
    const [server] = await Promise.all([secure.accept(), socket.connect('localhost', secure.port)]);
    closing(t, server);
    assert.deepEqual([socket.getOption('TCP_KEEPIDLE'), below.getOption('TCP_KEEPIDLE')], [78, 78]);
  });

  test('wrong ones are refused by name', () => {
    const socket = new Socket();
    assert.throws(() => socket.setOption('SO_NONE' as never, 1), { message: /^option / });
    assert.throws(() => socket.setOption('SO_ERROR', 1), { message: /^option / });
    assert.throws(() => socket.setOption('TCP_NODELAY', 1), { message: /^value of TCP_NODELAY / });
    assert.throws(() => socket.setOption('TCP_NODELAY', true, SOL_SOCKET), { message: /^level / });
    assert.throws(() => socket.getOption({} as never), { message: /^option / });
  });

  test('what the system refuses is its error', async (t) => {
    const { client } = await plainSockets(t);
    assert.throws(() => client.setOption('TCP_CONGESTION', 'none'), {
      name: 'SSLSyscallError',
      code: 'ENOENT',
      syscall: 'setsockopt',
    });
    assert.throws(() => client.getOption(9999), { name: 'SSLSyscallError', code: 'ENOPROTOOPT' });
  });
});

suite('noDelay and keepAlive', () => {
  test('by default, and when they are given, at both ends', async (t) => {
    for (const pair of [plainSockets, tlsSockets]) {
      const usual = await pair(t);
      for (const end of [usual.client, usual.server]) {
        assert.deepEqual([end.getOption('TCP_NODELAY'), end.getOption('SO_KEEPALIVE')], [true, false]);
      }
      const other = await pair(t, { options: { noDelay: false, keepAlive: 9000 } });
      for (const end of [other.client, other.server]) {
        assert.deepEqual([end.getOption('TCP_NODELAY'), end.getOption('SO_KEEPALIVE')], [false, true]);
        assert.equal(end.getOption('TCP_KEEPIDLE'), 9);
      }
    }
  });
});

test('options of listen() are those of what it accepts', async (t) => {
  const listener = await plainListener(t, { listen: { receiveTimeout: 7, highWaterMark: 10 } });
  const client = closing(t, new Socket());
  const [server] = await Promise.all([listener.accept(), client.connect('127.0.0.1', listener.port)]);
  closing(t, server);
  assert.equal(server.receiveTimeout, 7);
  assert.equal(server.write('12345678901'), false);
  server.receiveTimeout = 9;
  assert.equal(listener.receiveTimeout, 7);
});

test('a constructor that takes over a socket changes only what it is told', async (t) => {
  const { client } = await plainSockets(t, { options: { receiveTimeout: 5, sendTimeout: 6 } });
  client.isBlocking = false;
  const secure = new TLSSocket({ socket: client, context: clientContext(), sendTimeout: 8 });
  assert.deepEqual([secure.receiveTimeout, secure.sendTimeout, secure.isBlocking], [5, 8, false]);
  assert.notEqual(secure.family, AF_UNIX);
});
