// TLSSocket and Socket: what they are made from, and what is known of them in each state.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  IPPROTO_TCP,
  SHUT_WR,
  SOCK_STREAM,
  Socket,
  SSL,
  TLSClientContext,
  TLSContext,
  TLSSocket,
} from 'bladessl';
import { authority, clientContext, localhost, only, serverContext, show } from '../helpers/identities';
import { closedError, closing, plainSockets, tlsClient, tlsListener, tlsSockets } from '../helpers/sockets';

suite('making one', () => {
  test('from nothing: a context for clients that verifies', () => {
    for (const socket of [new TLSSocket(), new TLSSocket(null), new TLSSocket({})]) {
      assert.ok(socket.context instanceof TLSClientContext);
      assert.equal(socket.context, new TLSSocket().context);
      assert.notEqual(socket.context.verifyMode, 0);
      assert.equal(socket.ssl.context, socket.context);
    }
  });

  test('from parts, one by one or in an object', (t) => {
    const context = clientContext();
    const ssl = new SSL(context);
    const socket = closing(t, new Socket());
    const made = new TLSSocket(socket, context, ssl);
    assert.equal(made.socket, socket);
    assert.equal(made.context, context);
    assert.equal(made.ssl, ssl);
    assert.equal(new TLSSocket({ ssl }).context, context);
    assert.equal(new TLSSocket({ context, ssl }).ssl, ssl);
    assert.ok(new TLSSocket({ context }).socket instanceof Socket);
  });

  test('wrong parts are refused by name', () => {
    const context = clientContext();
    const type = (message: RegExp) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message });
    assert.throws(() => new TLSSocket('x' as never), type(/^socket must be /));
    assert.throws(() => new TLSSocket({ socket: {} as never }), type(/^socket must be /));
    assert.throws(() => new TLSSocket(null, {} as never), type(/^context must be an SSLContext/));
    assert.throws(() => new TLSSocket(null, context, {} as never), type(/^ssl must be an SSL/));
    assert.throws(() => new TLSSocket(null, clientContext(), new SSL(context)), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^ssl must be made from the context/,
    });
    assert.throws(() => Socket.from({} as never), type(/^socket must be a net.Socket or a Duplex/));
  });

  test('wrong options are refused by name', () => {
    const wrong: [object, RegExp][] = [
      [{ highWaterMark: 0 }, /options\.highWaterMark/],
      [{ maxBufferedAmount: -1 }, /options\.maxBufferedAmount/],
      [{ noDelay: 1 }, /options\.noDelay/],
      [{ keepAlive: 10 }, /options\.keepAlive/],
      [{ allowHalfOpen: 'yes' }, /options\.allowHalfOpen/],
      [{ sendTimeout: -1 }, /options\.sendTimeout/],
      [{ receiveTimeout: 1.5 }, /options\.receiveTimeout/],
      [{ handshakeTimeout: NaN }, /options\.handshakeTimeout/],
      [{ handshakeBudget: 0 }, /options\.handshakeBudget/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new TLSSocket(options), { message });
      assert.throws(() => new Socket(options), { message });
    }
    assert.throws(() => new Socket(7 as never), { name: 'TypeError', message: /options/ });
  });

  test('one plain socket carries one TLSSocket', (t) => {
    const socket = closing(t, new Socket());
    new TLSSocket(socket);
    assert.throws(() => new TLSSocket(socket), { code: 'ERR_SOCKET_SECURED' });
  });
});

suite('properties', () => {
  test('of a new one', () => {
    for (const socket of [new TLSSocket(), new Socket()]) {
      assert.deepEqual([socket.host, socket.port, socket.family], ['localhost', 0, AF_INET]);
      assert.deepEqual([socket.type, socket.protocol, socket.id], [SOCK_STREAM, IPPROTO_TCP, -1]);
      const { isClient, isBound, isConnected, isListening, isClosed, isShutdown, isBlocking } = socket;
      assert.deepEqual([isClient, isBound, isConnected, isListening], [false, false, false, false]);
      assert.deepEqual([isClosed, isShutdown, isBlocking], [false, false, true]);
      assert.deepEqual([socket.shutdownReason, socket.sendTimeout, socket.receiveTimeout], [-1, 0, 0]);
      assert.deepEqual(
        [socket.localAddress, socket.remoteAddress, socket.remotePort],
        Array(3).fill(undefined),
      );
      assert.deepEqual([socket.bytesRead, socket.bytesWritten, socket.bufferedAmount], [0, 0, 0]);
      assert.deepEqual(socket.info(), {});
      assert.equal(socket.handshakeFailures, 0);
      assert.equal(socket.state, 'new');
    }
    const tls = new TLSSocket();
    assert.deepEqual(
      [tls.version, tls.cipher, tls.alpnProtocol, tls.peerCertificate],
      Array(4).fill(undefined),
    );
    assert.deepEqual(tls.peerChain, []);
  });

  test('can be set, and wrong values are refused by name', () => {
    const socket = new Socket();
    socket.host = 'example.org';
    socket.port = 443;
    socket.family = AF_INET6;
    socket.isBlocking = false;
    socket.sendTimeout = 5;
    socket.receiveTimeout = 6;
    assert.deepEqual([socket.host, socket.port, socket.family], ['example.org', 443, AF_INET6]);
    assert.deepEqual([socket.isBlocking, socket.sendTimeout, socket.receiveTimeout], [false, 5, 6]);
    assert.equal(socket.setBlocking(true), socket);
    assert.equal(socket.isBlocking, true);
    for (const [name, value] of [
      ['host', ''],
      ['host', 7],
      ['port', 65536],
      ['port', '80'],
      ['family', AF_UNIX],
      ['isBlocking', 0],
      ['sendTimeout', -1],
      ['receiveTimeout', '1'],
    ] as const) {
      assert.throws(() => Reflect.set(socket, name, value), { message: new RegExp(`^${name} `) });
    }
  });

  test('of a listening one and both ends', async (t) => {
    const listener = await tlsListener(t);
    assert.deepEqual([listener.isListening, listener.isBound, listener.isConnected], [true, true, false]);
    assert.deepEqual([listener.host, listener.localAddress], ['127.0.0.1', '127.0.0.1']);
    assert.equal(listener.localPort, listener.port);
    assert.ok(listener.port > 0 && listener.id >= 0);
    assert.deepEqual(listener.info(), { address: '127.0.0.1', port: listener.port, family: AF_INET });
    const client = tlsClient(t);
    const [server] = await Promise.all([listener.accept(), client.connect('localhost', listener.port)]);
    closing(t, server);
    assert.deepEqual([client.isClient, client.isConnected, client.host], [true, true, 'localhost']);
    assert.deepEqual([client.port, client.remotePort], [listener.port, listener.port]);
    assert.deepEqual([server.isClient, server.isConnected, server.isBound], [false, true, false]);
    assert.deepEqual([server.host, server.port], [client.localAddress, client.localPort]);
    assert.equal(server.localPort, listener.port);
    assert.equal(server.context, listener.context);
  });

  test('what the handshake came to', async (t) => {
    const options = { alpnProtocols: ['h2', 'http/1.1'] };
    const { client, server } = await tlsSockets(t, {
      client: Object.assign(only(clientContext(), 'TLSv1.3'), options),
      server: Object.assign(serverContext(), options),
    });
    for (const end of [client, server]) {
      assert.equal(end.version, 'TLSv1.3');
      assert.match(end.cipher?.name ?? '', /^TLS_/);
      assert.equal(typeof end.group, 'string');
      assert.equal(end.alpnProtocol, 'h2');
      assert.equal(end.sessionReused, false);
    }
    assert.match(client.peerCertificate?.subject ?? '', /localhost/);
    assert.equal(client.peerChain.length, 1);
    assert.equal(server.peerCertificate, undefined);
    assert.equal(client.verifyResult.name, 'X509_V_OK');
  });

  test('the name that was asked for is the one that was connected to', async (t) => {
    const listener = await tlsListener(t);
    const client = tlsClient(t);
    const [server] = await Promise.all([listener.accept(), client.connect('localhost', listener.port)]);
    closing(t, server);
    assert.deepEqual([client.servername, server.servername], ['localhost', 'localhost']);
  });

  test('a session is taken from one connection, and resumed by the next', async (t) => {
    const listener = await tlsListener(t);
    const context = clientContext();
    const connect = async (session?: Buffer): Promise<TLSSocket> => {
      const client = tlsClient(t, { client: context });
      if (session !== undefined) client.session = session;
      const [server] = await Promise.all([listener.accept(), client.connect('localhost', listener.port)]);
      // The tickets of TLS 1.3 come with the first data.
      await closing(t, server).send('hello');
      assert.equal((await client.receive(5)).toString(), 'hello');
      assert.equal(server.sessionReused, session !== undefined);
      return client;
    };
    const first = await connect();
    assert.equal(first.sessionReused, false);
    const { session } = first;
    assert.ok(session instanceof Buffer);
    assert.equal((await connect(session)).sessionReused, true);
    assert.throws(
      () => {
        tlsClient(t).session = Buffer.from('no session');
      },
      { name: 'SSLError' },
    );
  });

  test('its Duplex knows the name and the protocol that were agreed on', async (t) => {
    const { client } = await tlsSockets(t);
    assert.equal(client.stream.servername, false);
    const listener = await tlsListener(t);
    const named = tlsClient(t);
    const [server] = await Promise.all([listener.accept(), named.connect('localhost', listener.port)]);
    assert.deepEqual(
      [named.stream.servername, closing(t, server).stream.servername],
      ['localhost', 'localhost'],
    );
    assert.equal(named.stream.alpnProtocol, false);
  });

  test('bytes are counted without what TLS adds', async (t) => {
    const { client, server } = await tlsSockets(t);
    await client.send('twelve bytes');
    await server.receive(12);
    assert.deepEqual([client.bytesWritten, server.bytesRead, server.bytesWritten], [12, 12, 0]);
  });

  test('of a closed one', async (t) => {
    const { client } = await tlsSockets(t);
    const { version } = client;
    await client.close();
    const { isClosed, isConnected, isListening, isBound, id, localAddress, version: after } = client;
    assert.deepEqual([isClosed, isConnected, isListening, isBound], [true, false, false, false]);
    assert.deepEqual([id, localAddress, after], [-1, undefined, version]);
    assert.deepEqual(client.info(), {});
    assert.equal(client.bufferedAmount, 0);
    assert.equal(client.ref().unref(), client);
  });

  test('shutdownReason is how', async (t) => {
    const { client } = await plainSockets(t);
    await client.shutdown();
    assert.deepEqual([client.isShutdown, client.shutdownReason], [true, SHUT_WR]);
  });

  test('inspect shows where it stands, and survives anything', async (t) => {
    const { client } = await tlsSockets(t);
    assert.match(inspect(client), /^TLSSocket \{[^]*state: 'open'[^]*version: 'TLSv1/);
    await client.close();
    assert.match(inspect(client), /state: 'closed'/);
    assert.match(inspect(new Socket()), /^Socket \{[^]*state: 'new'/);
    assert.equal(inspect(Object.create(TLSSocket.prototype)).includes('TLSSocket'), true);
  });
});

suite('the plain socket below', () => {
  test('can be looked at, and is not to be used', async (t) => {
    const { client } = await tlsSockets(t);
    const { socket } = client;
    assert.equal(socket, client.socket);
    assert.deepEqual([socket.isConnected, socket.id, socket.host], [true, client.id, client.host]);
    const secured = { name: 'SSLError', code: 'ERR_SOCKET_SECURED' };
    for (const call of [
      () => socket.send('x'),
      () => socket.receive(),
      () => socket.read(),
      () => socket.shutdown(),
      () => socket.connect('127.0.0.1', 1),
      () => socket.bind(0),
      () => socket.listen(),
      () => socket.accept(),
    ]) {
      await assert.rejects(call, secured);
    }
    for (const call of [
      () => socket.write('x'),
      () => socket.end(),
      () => socket.onData(() => {}),
      () => socket.onEnd(() => {}),
      () => socket.onDrain(() => {}),
      () => socket.pause(),
      () => socket.resume(),
      () => socket.stream,
    ]) {
      assert.throws(call, secured);
    }
    await socket.close();
    assert.equal(client.isClosed, true);
  });
});

suite('a closed socket', () => {
  test('refuses everything with ERR_CLOSED, whether it was connected or not', async (t) => {
    const { client } = await plainSockets(t);
    const fresh = new TLSSocket();
    await Promise.all([client.close(), fresh.close()]);
    for (const socket of [client, fresh]) {
      for (const call of [
        () => socket.connect('127.0.0.1', 1),
        () => socket.send('x'),
        () => socket.receive(),
        () => socket.read(),
        () => socket.shutdown(),
        () => socket.accept(),
      ]) {
        await assert.rejects(call, closedError);
      }
      assert.throws(() => socket.setOption('TCP_NODELAY', true), closedError);
      assert.throws(() => socket.getOption('TCP_NODELAY'), closedError);
      assert.equal(socket.write('x'), false);
      assert.equal(socket.end(), socket);
      await socket.close();
    }
  });

  test('bind and listen on it are ERR_WRONG_STATE or ERR_CLOSED', async () => {
    const socket = new Socket();
    await socket.close();
    for (const call of [() => socket.bind(0), () => socket.listen()]) {
      await assert.rejects(call, (error: { code: string }) => /^ERR_(CLOSED|WRONG_STATE)$/.test(error.code));
    }
  });
});

test('a context for clients is refused by listen', async (t) => {
  const socket = tlsClient(t);
  await socket.bind(0, '127.0.0.1');
  await assert.rejects(socket.listen(), {
    name: 'SSLError',
    code: 'ERR_WRONG_STATE',
    message: /for clients/,
  });
});

test('handshakes come to their end under the smallest budget of time', async (t) => {
  const { client } = await tlsSockets(t, { options: { handshakeBudget: Number.MIN_VALUE } });
  assert.equal(client.isConnected, true);
});

test('contexts for both sides shake hands as the side that they are on', async (t) => {
  const pair = await plainSockets(t);
  const client = new TLSSocket(pair.client, new TLSContext().addCA(authority.certificate));
  const server = new TLSSocket(pair.server, show(new TLSContext(), localhost));
  await Promise.all([client.handshake({ servername: 'localhost' }), server.handshake({ server: true })]);
  assert.deepEqual([client.ssl.role, server.ssl.role], ['client', 'server']);
  await client.send('as a client');
  assert.equal((await server.receive(11)).toString(), 'as a client');
});

test('contexts for both sides take the side that is asked for', async (t) => {
  const context = new TLSContext();
  const socket = new TLSSocket(null, context);
  assert.equal(socket.ssl.role, undefined);
  const controller = new AbortController();
  const listener = await tlsListener(t);
  context.loadDefaultTrust();
  const failed = socket.connect('127.0.0.1', listener.port, { signal: controller.signal });
  controller.abort();
  await assert.rejects(failed, { name: 'AbortError' });
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  await socket.close();
});
