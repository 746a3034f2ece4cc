// Sockets on the loopback: pairs, listeners, and a relay that can cut a connection.

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket as NetSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ListenOptions, Socket, type SSLContext, TLSSocket, type TLSSocketOptions } from 'bladessl';
import { clientContext, serverContext } from './identities';

/** The errors that sockets share. */
export const closedError = { name: 'SSLError', code: 'ERR_CLOSED' };
export const timedOut = { name: 'TimeoutError', code: 'ERR_TIMEOUT' };

/** Closes a socket when its test is over. */
export function closing<S extends Socket | TLSSocket>(t: TestContext, socket: S): S {
  t.after(() => socket.close({ abort: true }));
  return socket;
}

export interface SocketsOptions {
  readonly client?: SSLContext;
  readonly server?: SSLContext;
  readonly options?: TLSSocketOptions;
  readonly listen?: ListenOptions;
  readonly host?: string;
}

/** A TLSSocket that listens on a port of the loopback. */
export async function tlsListener(t: TestContext, options: SocketsOptions = {}): Promise<TLSSocket> {
  const context = options.server ?? serverContext();
  const server = closing(t, new TLSSocket({ ...options.options, context }));
  await server.bind(0, options.host ?? '127.0.0.1');
  await server.listen(options.listen);
  return server;
}

/** A Socket that listens on a port of the loopback. */
export async function plainListener(t: TestContext, options: SocketsOptions = {}): Promise<Socket> {
  const server = closing(t, new Socket(options.options));
  await server.bind(0, options.host ?? '127.0.0.1');
  await server.listen(options.listen);
  return server;
}

/** A client that is not connected yet. */
export function tlsClient(t: TestContext, options: SocketsOptions = {}): TLSSocket {
  return closing(t, new TLSSocket({ ...options.options, context: options.client ?? clientContext() }));
}

/** The two ends of a connection. */
export interface Pair<S extends Socket | TLSSocket> {
  readonly client: S;
  readonly server: S;
}

/** A TLS connection on the loopback; its listener is closed again. */
export async function tlsSockets(t: TestContext, options: SocketsOptions = {}): Promise<Pair<TLSSocket>> {
  const listener = await tlsListener(t, options);
  const client = tlsClient(t, options);
  const [server] = await Promise.all([listener.accept(), client.connect(listener.host, listener.port)]);
  closing(t, server);
  await listener.close();
  return { client, server };
}

/** A connection without TLS. */
export async function plainSockets(t: TestContext, options: SocketsOptions = {}): Promise<Pair<Socket>> {
  const listener = await plainListener(t, options);
  const client = closing(t, new Socket(options.options));
  const [server] = await Promise.all([listener.accept(), client.connect(listener.host, listener.port)]);
  closing(t, server);
  await listener.close();
  return { client, server };
}

/** The same of node:net. */
export async function netSockets(t: TestContext): Promise<{ client: NetSocket; server: NetSocket }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [[server]] = (await Promise.all([once(listener, 'connection'), once(client, 'connect')])) as [
    [NetSocket],
    unknown,
  ];
  for (const socket of [client, server]) {
    t.after(() => socket.destroy());
    socket.on('error', () => {});
  }
  return { client, server };
}

/** Passes bytes on, both ways, until it is cut. */
export interface Relay {
  readonly port: number;
  /** Ends both TCP connections in order: no close_notify has been sent. */
  cut(): void;
  /** Resets them. */
  reset(): void;
}

/** A relay to a port of the loopback, for one connection. */
export async function relayTo(t: TestContext, port: number): Promise<Relay> {
  const sockets: NetSocket[] = [];
  const listener = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      socket.on('error', () => {});
      sockets.push(socket);
    }
    near.pipe(far);
    far.pipe(near);
  }).listen(0, '127.0.0.1');
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) socket.unpipe().end();
    },
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

/** A TLS connection through a relay. */
export async function relayedSockets(
  t: TestContext,
  options: SocketsOptions = {},
): Promise<Pair<TLSSocket> & { readonly relay: Relay }> {
  const listener = await tlsListener(t, options);
  const relay = await relayTo(t, listener.port);
  const client = tlsClient(t, options);
  const [server] = await Promise.all([listener.accept(), client.connect('127.0.0.1', relay.port)]);
  closing(t, server);
  await listener.close();
  return { client, server, relay };
}

/** A folder that is removed when the test is over. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bladessl-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Receives up to the end. */
export async function receiveAll(socket: Socket | TLSSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let chunk = await socket.receive(); chunk.length > 0; chunk = await socket.receive())
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Writes until it is told to wait; how many bytes that was. */
export function fill(socket: Socket | TLSSocket, piece = 65536): number {
  const bytes = Buffer.alloc(piece, 'f');
  let sent = 0;
  do sent += piece;
  while (socket.write(bytes));
  return sent;
}
