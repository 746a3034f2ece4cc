// Sockets in every state that they can be in, for processes and workers that end in the middle of it.

import { connect, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Socket, TLSSocket } from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { clientContext, serverContext } from '../helpers/identities';
import { plainSockets, rawServer, tlsClient, tlsListener, tlsSockets } from '../helpers/socket-peers';

/** Nobody tidies up: that is the point. */
const untidy = { after: () => undefined } as unknown as TestContext;

const ignore = (): void => {};
const client = clientContext();
const server = serverContext();

export const states: Readonly<Record<string, () => unknown>> = {
  new: () => [new Socket(), new TLSSocket(null, client)],
  bound: async () => {
    const socket = new Socket();
    await socket.bind(0, '127.0.0.1');
    return socket;
  },
  listening: async () => {
    const listener = await tlsListener(untidy, { context: server });
    listener.accept().catch(ignore);
    return listener;
  },
  connecting: async () => {
    const [listener, socket] = [await tlsListener(untidy, { context: server }), tlsClient(untidy)];
    socket.connect('127.0.0.1', listener.port).catch(ignore);
    return [listener, socket];
  },
  'connecting to nobody': () => {
    const socket = new Socket();
    socket.connect('127.0.0.1', 1).catch(ignore);
    return socket;
  },
  'a client that shakes hands': async () => {
    const socket = tlsClient(untidy);
    socket.connect('127.0.0.1', await rawServer(untidy, ignore)).catch(ignore);
    while (socket.state !== 'handshaking') await nextTurn();
    return socket;
  },
  'a server that shakes hands': async () => {
    const listener = await tlsListener(untidy, { context: server });
    const raw = connect(listener.port, '127.0.0.1').on('error', ignore);
    raw.write(Buffer.from('160301', 'hex'));
    await nextTurn();
    return [listener, raw];
  },
  'handshakes on threads': async () => {
    const listener = await tlsListener(untidy, { context: server, handshakeThreads: 2 });
    const sockets = Array.from({ length: 4 }, () => new TLSSocket({ context: client, handshakeThreads: 2 }));
    for (const socket of sockets) socket.connect('127.0.0.1', listener.port).catch(ignore);
    while (sockets[0]?.state === 'connecting') await nextTurn();
    return [listener, sockets];
  },
  'a handshake that has failed': async () => {
    const listener = await tlsListener(untidy, { context: server });
    const raw = connect(listener.port, '127.0.0.1').on('error', ignore);
    raw.write(Buffer.from('160301000501000001ff', 'hex'));
    await new Promise<void>((resolve) => listener.onHandshakeError(() => resolve()));
    return [listener, raw];
  },
  'connections that nobody accepts': async () => {
    const listener = await tlsListener(untidy, { context: server });
    const socket = tlsClient(untidy);
    await socket.connect('127.0.0.1', listener.port);
    return [listener, socket];
  },
  open: async () => [await tlsSockets(untidy, { client, server }), await plainSockets(untidy)],
  reading: async () => {
    const pair = await tlsSockets(untidy, { client, server });
    pair.client.receive(5).catch(ignore);
    pair.client.receive(5, { timeout: 1_000_000 }).catch(ignore);
    pair.server.onData(ignore).onEnd(ignore).onClose(ignore);
    pair.client.write('four');
    return pair;
  },
  'streams of Node': async () => {
    const pair = await tlsSockets(untidy, { client, server });
    pair.server.stream.on('error', ignore).pipe(pair.server.stream);
    pair.client.stream.on('error', ignore).write('x'.repeat(100_000));
    return pair;
  },
  'with much to send': async () => {
    const pair = await tlsSockets(untidy, { client, server });
    pair.client.send(Buffer.alloc(1 << 24)).catch(ignore);
    pair.client.send('behind it').catch(ignore);
    pair.server.write('corked');
    return pair;
  },
  'closing with much to send': async () => {
    const pair = await tlsSockets(untidy, { client, server });
    pair.client.write(Buffer.alloc(1 << 24));
    pair.client.close().catch(ignore);
    return pair;
  },
  lingering: async () => {
    const pair = await tlsSockets(untidy, { client, server });
    await pair.client.close();
    return pair;
  },
  reset: async () => {
    const pair = await tlsSockets(untidy, { client, server });
    await pair.client.close({ abort: true });
    return pair;
  },
  'half closed': async () => {
    const pair = await plainSockets(untidy);
    await pair.client.shutdown();
    return pair;
  },
  'over a Duplex': async () => {
    const [near, far] = duplexPair();
    const one = new TLSSocket(near, clientContext());
    const other = new TLSSocket(far, server);
    await Promise.all([one.handshake({ servername: 'localhost' }), other.handshake()]);
    other.onData(ignore);
    one.write('x'.repeat(100_000));
    return [one, other];
  },
  'over a Duplex, in the middle of the handshake': () => {
    const [near] = duplexPair();
    const one = new TLSSocket(near, clientContext());
    one.handshake({ servername: 'localhost' }).catch(ignore);
    return one;
  },
  'over a Duplex, lingering': async () => {
    const [near] = duplexPair();
    const one = Socket.from(near);
    await one.send('x');
    await one.close();
    return one;
  },
  'over a Duplex that takes nothing': async () => {
    const one = Socket.from(new Duplex({ read: ignore, write: ignore }));
    one.write('x');
    one.close().catch(ignore);
    await nextTurn();
    return one;
  },
  'taken over from node:net': async () => {
    const listener = createServer(ignore).listen(0, '127.0.0.1').unref();
    await new Promise((resolve) => listener.once('listening', resolve));
    const raw = connect((listener.address() as { port: number }).port, '127.0.0.1');
    await new Promise((resolve) => raw.once('connect', resolve));
    const socket = Socket.from(raw);
    socket.receive().catch(ignore);
    return socket;
  },
};

/** Everything at once. */
export async function socketsInAllStates(): Promise<unknown[]> {
  return await Promise.all(Object.values(states).map((make) => make()));
}
