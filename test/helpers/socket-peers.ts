// Sockets on the loopback, and peers that misbehave.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket as NetSocket, type Server } from 'node:net';
import type { TestContext } from 'node:test';
import { type FailedConnection, Socket, type SSLContext, TLSSocket, type TLSSocketInit } from 'bladessl';
import { clientContext, serverContext } from './identities';

/** Closes a socket when its test is over. */
export function closing<S extends Socket | TLSSocket>(t: TestContext, socket: S): S {
  t.after(() => socket.close({ abort: true }));
  return socket;
}

/** A TLSSocket that listens on a port of 127.0.0.1. */
export async function tlsListener(
  t: TestContext,
  options: TLSSocketInit & { maxPendingHandshakes?: number } = {},
): Promise<TLSSocket> {
  const listener = closing(t, new TLSSocket({ context: serverContext(), ...options }));
  await listener.bind(0, '127.0.0.1');
  await listener.listen(options);
  return listener;
}

/** A TLSSocket that connects to a port of 127.0.0.1 and trusts the tests' CA. */
export function tlsClient(t: TestContext, options: TLSSocketInit = {}): TLSSocket {
  return closing(t, new TLSSocket({ context: clientContext(), ...options }));
}

/** The two ends of a connection. */
export interface SocketPair<S extends Socket | TLSSocket> {
  readonly client: S;
  readonly server: S;
}

/** Connects to a listener, and accepts there. */
export async function joined<S extends Socket | TLSSocket>(
  t: TestContext,
  listener: S,
  client: S,
): Promise<SocketPair<S>> {
  const accepted = listener.accept();
  await client.connect('127.0.0.1', listener.port);
  return { client, server: closing(t, (await accepted) as S) };
}

/** A TLS connection on the loopback. */
export async function tlsSockets(
  t: TestContext,
  options: { client?: SSLContext; server?: SSLContext } & Omit<TLSSocketInit, 'context'> = {},
): Promise<SocketPair<TLSSocket>> {
  const { client = clientContext(), server = serverContext(), ...both } = options;
  const listener = await tlsListener(t, { context: server, ...both });
  return await joined(t, listener, tlsClient(t, { context: client, ...both }));
}

/** A plain connection on the loopback. */
export async function plainSockets(t: TestContext): Promise<SocketPair<Socket>> {
  const listener = closing(t, new Socket());
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  return await joined(t, listener, closing(t, new Socket()));
}

/** A connection of node:net to a port of 127.0.0.1; its errors are no test's failure. */
export async function rawClient(t: TestContext, port: number): Promise<NetSocket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** A server of node:net, which does with each connection what the test says. */
export async function rawServer(t: TestContext, serve: (socket: NetSocket) => void): Promise<number> {
  const sockets = new Set<NetSocket>();
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Everything that a raw socket receives, up to its end or its failure. */
export async function allFrom(socket: NetSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  if (!socket.closed && !socket.readableEnded) {
    await new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  }
  return Buffer.concat(chunks);
}

/** How a handshake came out at a listener. */
export type Outcome =
  | TLSSocket
  | { readonly error: Error & { code: string }; readonly peer: FailedConnection };

/** The next connection of a listener, or the next handshake that fails there. */
export async function nextOutcome(listener: TLSSocket): Promise<Outcome> {
  return await new Promise((resolve) => {
    listener.onConnection(resolve);
    listener.onHandshakeError((error, peer) => resolve({ error: error as Error & { code: string }, peer }));
  });
}
