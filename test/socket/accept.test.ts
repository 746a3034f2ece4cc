// listen(), accept(), connections(), iteration, onConnection() and onHandshakeError().

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners, once } from 'node:events';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { Socket, TLSSocket } from 'bladessl';
import { serverContext } from '../helpers/identities';
import { closedError, closing, plainListener, timedOut, tlsClient, tlsListener } from '../helpers/sockets';

/** A connected plain client. */
async function visitor(t: TestContext, listener: Socket | TLSSocket): Promise<Socket> {
  const client = closing(t, new Socket());
  await client.connect('127.0.0.1', listener.port);
  return client;
}

suite('listen', () => {
  test('without bind: the system chooses', async (t) => {
    const socket = closing(t, new Socket());
    await socket.listen();
    assert.ok(socket.isListening && socket.port > 0);
  });

  test('takes a queueLength as a number or an option', async (t) => {
    for (const options of [511, -1, { queueLength: 1 }, {}, undefined]) {
      const socket = closing(t, new Socket());
      await socket.bind(0, '127.0.0.1');
      await socket.listen(options);
      await socket.close();
    }
  });

  test('wrong arguments are refused by name, and change nothing', async (t) => {
    const socket = closing(t, new TLSSocket(null, serverContext()));
    const wrong: [unknown, RegExp][] = [
      [0, /^queueLength /],
      [{ queueLength: 'x' }, /^queueLength /],
      [{ maxPendingHandshakes: 0 }, /^options\.maxPendingHandshakes /],
      ['x', /^options /],
    ];
    for (const [options, message] of wrong)
      await assert.rejects(socket.listen(options as never), { message });
    assert.equal(socket.state, 'new');
  });

  test('a TLSSocket without a context: ERR_NO_CONTEXT', async (t) => {
    const socket = closing(t, new TLSSocket());
    await assert.rejects(socket.listen(), { name: 'SSLError', code: 'ERR_NO_CONTEXT' });
    assert.equal(socket.state, 'new');
  });
});

suite('accept', () => {
  test('what does not listen: ERR_NOT_LISTENING', async () => {
    const expected = { name: 'SSLError', code: 'ERR_NOT_LISTENING' };
    await assert.rejects(new Socket().accept(), expected);
    assert.throws(() => new TLSSocket().onConnection(() => {}), expected);
  });

  test('connections that came before and after are given in order', async (t) => {
    const listener = await plainListener(t);
    const first = await visitor(t, listener);
    const accepted = [closing(t, await listener.accept())];
    const waiting = [listener.accept(), listener.accept()];
    const others = [await visitor(t, listener), await visitor(t, listener)];
    for (const socket of await Promise.all(waiting)) accepted.push(closing(t, socket));
    assert.deepEqual(
      accepted.map((socket) => socket.remotePort),
      [first, ...others].map((socket) => socket.localPort),
    );
  });

  test('a timeout and a signal lose nothing, and leave nothing', async (t) => {
    const listener = await plainListener(t);
    const controller = new AbortController();
    const { signal } = controller;
    await assert.rejects(listener.accept({ timeout: 1 }), timedOut);
    const waiting = listener.accept({ signal });
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, { message: 'enough' });
    await assert.rejects(listener.accept({ signal }), { message: 'enough' });
    await assert.rejects(listener.accept({ timeout: -1 }), { message: /^options\.timeout / });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    const client = await visitor(t, listener);
    assert.equal(closing(t, await listener.accept()).remotePort, client.localPort);
  });

  test('close(): those who wait get ERR_CLOSED, accepted ones live on, others are closed', async (t) => {
    const listener = await plainListener(t);
    const client = await visitor(t, listener);
    const server = closing(t, await listener.accept());
    const waiting = [listener.accept(), listener.accept({ timeout: 60_000 })].map((one) =>
      assert.rejects(one, closedError),
    );
    await listener.close();
    await Promise.all(waiting);
    await assert.rejects(listener.accept(), closedError);
    await client.send('still here');
    assert.equal((await server.receive()).toString(), 'still here');
  });

  test('connections that nobody has accepted are closed with it', async (t) => {
    const listener = await tlsListener(t);
    const client = tlsClient(t);
    await client.connect('127.0.0.1', listener.port);
    const other = tlsClient(t);
    const [server] = await Promise.all([listener.accept(), other.connect('127.0.0.1', listener.port)]);
    closing(t, server);
    await listener.close();
    await assert.rejects(other.receive());
  });

  test('not blocking: ERR_WOULD_BLOCK, until one is ready', async (t) => {
    const listener = await plainListener(t);
    listener.isBlocking = false;
    await assert.rejects(listener.accept(), { name: 'SSLError', code: 'ERR_WOULD_BLOCK' });
    listener.isBlocking = true;
    const waiting = listener.accept();
    await visitor(t, listener);
    closing(t, await waiting);
  });

  test('queueLength: those beyond it are accepted when there is room', async (t) => {
    const listener = await plainListener(t, { listen: { queueLength: 1 } });
    const clients = await Promise.all([visitor(t, listener), visitor(t, listener)]);
    const ports: unknown[] = [];
    for (const _ of clients) ports.push(closing(t, await listener.accept()).remotePort);
    assert.deepEqual(ports.sort(), clients.map((client) => client.localPort).sort());
  });
});

suite('iteration', () => {
  test('over connections, until the socket is closed; leaving the loop closes nothing', async (t) => {
    const listener = await plainListener(t);
    const clients = [await visitor(t, listener), await visitor(t, listener), await visitor(t, listener)];
    const ports: unknown[] = [];
    for await (const server of listener.connections()) {
      ports.push(closing(t, server).remotePort);
      break;
    }
    assert.equal(listener.isListening, true);
    for await (const server of listener as unknown as AsyncIterable<Socket>) {
      ports.push(closing(t, server).remotePort);
      if (ports.length === 3) await listener.close();
    }
    assert.deepEqual(
      ports,
      clients.map((client) => client.localPort),
    );
  });

  test('close() ends a loop that waits', async (t) => {
    const listener = await plainListener(t);
    const next = listener.connections().next();
    await listener.close();
    assert.equal((await next).done, true);
  });
});

suite('onConnection', () => {
  test('takes what is ready and what comes; accept() comes first; null takes it off', async (t) => {
    const listener = await plainListener(t);
    const seen: Socket[] = [];
    const ready = await visitor(t, listener);
    const one = closing(t, await listener.accept());
    assert.equal(one.remotePort, ready.localPort);
    const store = new AsyncLocalStorage<string>();
    const came = new Promise<string | undefined>((resolve) => {
      store.run('here', () =>
        listener.onConnection((socket) => {
          seen.push(closing(t, socket));
          resolve(store.getStore());
        }),
      );
    });
    const waiting = listener.accept();
    const first = await visitor(t, listener);
    assert.equal(closing(t, await waiting).remotePort, first.localPort);
    const second = await visitor(t, listener);
    assert.equal(await came, 'here');
    assert.deepEqual([seen.length, seen[0]?.remotePort], [1, second.localPort]);
    listener.onConnection(null);
    const third = await visitor(t, listener);
    assert.equal(closing(t, await listener.accept()).remotePort, third.localPort);
    assert.equal(seen.length, 1);
    assert.throws(() => listener.onConnection(7 as never), { message: /^listener / });
  });
});

suite('handshakes that fail', () => {
  test('are told to onHandshakeError and counted; accept() does not see them', async (t) => {
    const listener = await tlsListener(t);
    const store = new AsyncLocalStorage<string>();
    const told = new Promise<unknown[]>((resolve) => {
      store.run('here', () =>
        listener.onHandshakeError((error, from) => resolve([error, from, store.getStore()])),
      );
    });
    const waiting = listener.accept();
    const noise = connect(listener.port, '127.0.0.1');
    await once(noise, 'connect');
    const { localPort } = noise;
    noise.on('error', () => {}).end('GET / HTTP/1.0\r\n\r\n');
    const [error, from, stored] = await told;
    assert.equal((error as { code: string }).code, 'ERR_SSL_HTTP_REQUEST');
    assert.deepEqual(from, { remoteAddress: '127.0.0.1', remotePort: localPort });
    assert.equal(stored, 'here');
    assert.equal(listener.handshakeFailures, 1);
    const client = tlsClient(t);
    await client.connect('localhost', listener.port);
    closing(t, await waiting);
    listener.onHandshakeError(null);
    assert.throws(() => listener.onHandshakeError('x' as never), { message: /^listener / });
  });

  test('who says nothing is told off by handshakeTimeout, and holds nobody up', async (t) => {
    const listener = await tlsListener(t, { listen: { handshakeTimeout: 50 } });
    const told = new Promise((resolve) => listener.onHandshakeError((error) => resolve(error)));
    await visitor(t, listener);
    const client = tlsClient(t);
    const [server] = await Promise.all([listener.accept(), client.connect('localhost', listener.port)]);
    closing(t, server);
    assert.equal(((await told) as { code: string }).code, 'ERR_HANDSHAKE_TIMEOUT');
  });

  test('maxPendingHandshakes: the next one begins when one is over', async (t) => {
    const listener = await tlsListener(t, { listen: { maxPendingHandshakes: 1 } });
    const silent = await visitor(t, listener);
    const client = tlsClient(t);
    const connecting = client.connect('localhost', listener.port);
    await silent.close();
    const [server] = await Promise.all([listener.accept(), connecting]);
    closing(t, server);
    assert.equal(listener.handshakeFailures, 1);
  });
});
