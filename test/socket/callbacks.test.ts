// What a listener may do with its socket, and with everything else, while it is being told something.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Socket, TLSSocket } from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { collectGarbage } from '../helpers/gc';
import { clientContext, serverContext } from '../helpers/identities';
import {
  closing,
  plainSockets,
  rawClient,
  type SocketPair,
  tlsClient,
  tlsListener,
  tlsSockets,
} from '../helpers/socket-peers';

async function overDuplexes(t: TestContext): Promise<SocketPair<TLSSocket>> {
  const [near, far] = duplexPair();
  const client = closing(t, new TLSSocket(near, clientContext()));
  const server = closing(t, new TLSSocket(far, serverContext()));
  await Promise.all([client.handshake({ servername: 'localhost' }), server.handshake()]);
  return { client, server };
}

const grounds: Record<string, (t: TestContext) => Promise<SocketPair<Socket | TLSSocket>>> = {
  TLS: tlsSockets,
  'in the clear': plainSockets,
  'TLS over a Duplex': overDuplexes,
};

type Act = (socket: Socket | TLSSocket, peer: Socket | TLSSocket) => void;

const acts: Record<string, Act> = {
  nothing: () => {},
  close: (socket) => void socket.close(),
  abort: (socket) => void socket.close({ abort: true }),
  end: (socket) => void (socket.isClosed || socket.end()),
  'write and close': (socket) => {
    if (socket.write('x'.repeat(100_000)) || !socket.isClosed) void socket.close();
  },
  'pause, and resume later': (socket) => {
    if (socket.isClosed) return;
    socket.pause();
    setImmediate(() => socket.isClosed || socket.resume());
  },
  'abort the peer': (_, peer) => void peer.close({ abort: true }),
  'abort both': (socket, peer) => {
    void peer.close({ abort: true });
    void socket.close({ abort: true });
  },
  'close, with a collection': (socket) => {
    collectGarbage();
    void socket.close();
    collectGarbage();
  },
  'free the context and the SSL': (socket) => {
    if (!(socket instanceof TLSSocket)) return;
    socket.context.free();
    socket.ssl.free();
    collectGarbage();
  },
  'no more listeners': (socket) => {
    if (!socket.isClosed) socket.onData(null).onDrain(null);
    socket.onClose(null);
  },
};

const moments = ['onData', 'onEnd', 'onDrain', 'onClose'] as const;

for (const [ground, make] of Object.entries(grounds)) {
  for (const moment of moments) {
    test(`${ground}: ${moment} may do anything`, async (t) => {
      for (const [name, act] of Object.entries(acts)) {
        const { client, server } = await make(t);
        let told = 0;
        const reached = new Promise<void>((resolve) => {
          const tell = (): void => {
            told += 1;
            if (told === 1) act(server, client);
            resolve();
          };
          server.onData(() => (moment === 'onData' ? tell() : undefined));
          if (moment === 'onEnd') server.onEnd(tell);
          if (moment === 'onDrain') server.onDrain(tell);
          if (moment === 'onClose') server.onClose(tell);
        });
        client.onData(() => {}).onClose(() => {});
        client.write('x'.repeat(50_000));
        client.write('y');
        if (moment === 'onDrain') while (!server.isClosed && server.write('z'.repeat(20_000)));
        if (moment === 'onClose') void server.close();
        if (moment === 'onEnd') client.end();
        await reached;
        await nextTurn();
        await Promise.all([client.close({ abort: true }), server.close({ abort: true })]);
        assert.deepEqual([client.isClosed, server.isClosed], [true, true], name);
        if (moment === 'onClose' || moment === 'onEnd') assert.equal(told, 1, name);
      }
    });
  }

  test(`${ground}: the events of the stream may do anything`, async (t) => {
    for (const event of ['data', 'end', 'finish', 'close', 'drain', 'pause', 'resume'] as const) {
      for (const act of [
        (stream: Duplex) => stream.destroy(),
        (stream: Duplex) => stream.end(),
        (stream: Duplex) => stream.destroy(new Error('on purpose')),
        (stream: Duplex) => stream.pause(),
      ]) {
        const { client, server } = await make(t);
        const { stream } = server;
        stream.on('error', () => {});
        const reached = new Promise<void>((resolve) =>
          stream.once(event, () => {
            act(stream);
            resolve();
          }),
        );
        stream.resume();
        client.onData(() => {});
        client.write('x'.repeat(100_000));
        while (event === 'drain' && stream.write(Buffer.alloc(60_000)));
        if (event === 'pause') stream.pause();
        if (event === 'end' || event === 'close') client.end();
        if (event === 'finish' || event === 'close') stream.end();
        await reached;
        stream.destroy();
        if (!stream.closed) await once(stream, 'close').catch(() => {});
        await server.close({ abort: true });
        await client.close({ abort: true });
      }
    }
  });
}

test('onConnection and onHandshakeError may close the listener, or free its context', async (t) => {
  for (const act of [
    (listener: TLSSocket) => void listener.close(),
    (listener: TLSSocket) => listener.context.free(),
    (listener: TLSSocket) => {
      void listener.close({ abort: true });
      collectGarbage();
    },
    (listener: TLSSocket) => listener.onConnection(null).onHandshakeError(null),
  ]) {
    for (const moment of ['onConnection', 'onHandshakeError'] as const) {
      const listener = await tlsListener(t);
      const told = new Promise<TLSSocket | undefined>((resolve) => {
        listener[moment]((socket: unknown) => {
          act(listener);
          resolve(socket instanceof TLSSocket ? socket : undefined);
        });
      });
      const others = [];
      for (let i = 0; i < 5; i++) others.push(await rawClient(t, listener.port));
      for (const other of others) other.write('\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff', 'latin1');
      const client = tlsClient(t);
      const connected = client.connect('127.0.0.1', listener.port).then(
        () => 'connected',
        () => 'refused',
      );
      const socket = await told;
      if (socket !== undefined) assert.equal(await connected, 'connected');
      await socket?.close({ abort: true });
      await listener.close();
      await connected;
    }
  }
});

test('a Duplex below whose methods and listeners interfere', async (t) => {
  // A deadline alone keeps no process alive.
  await tlsListener(t);
  for (const interfere of [
    (stream: Duplex) => stream.destroy(),
    (stream: Duplex) => stream.destroy(new Error('on purpose')),
    (stream: Duplex) => stream.push(Buffer.alloc(10)),
    (stream: Duplex) => stream.emit('error', new Error('on purpose')),
    (stream: Duplex) => stream.emit('close'),
  ]) {
    for (const moment of ['pause', 'resume', 'data'] as const) {
      const [near, far] = duplexPair();
      const client = closing(t, new TLSSocket(near, clientContext()));
      const server = closing(t, new TLSSocket(far, serverContext()));
      // Neither hears of it when the other gives up.
      const timeout = 50;
      const shaken = [client.handshake({ servername: 'localhost', timeout }), server.handshake({ timeout })];
      far.once(moment, () => interfere(far));
      const echoed = Promise.all(shaken).then(async () => {
        server.onData((chunk) => server.write(chunk));
        await client.send('x'.repeat(100_000), { timeout });
        server.pause();
        server.resume();
        await client.read(100_000, { timeout });
      });
      await Promise.allSettled([...shaken, echoed]);
      await Promise.all([client.close({ abort: true }), server.close({ abort: true })]);
    }
  }
});

test('a Duplex whose peer never ends is destroyed in the end', async (t) => {
  // A deadline alone keeps no process alive.
  await tlsListener(t);
  const [near] = duplexPair();
  const plain = Socket.from(near);
  await plain.send('x');
  const closed = once(near, 'close');
  await plain.close();
  await closed;
});
