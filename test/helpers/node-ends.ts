// The other end is node:tls, in this process.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import type { SSLContext, TLSSocket } from 'bladessl';
import { authority, clientContext, localhost, serverContext, someone } from './identities';
import { accepted, connectedTo, listeningSocket } from './tls-sockets';

/** What Node trusts, and who it is. */
export const ca = authority.certificate.pem;
export const ours = { cert: localhost.certificate.pem, key: localhost.privateKey.pem };
export const theirs = { cert: someone.certificate.pem, key: someone.privateKey.pem };
/** Much to send. */
export const megabytes = Buffer.alloc(5 << 20, 'bladessl and node:tls, ');

/** What comes up to the end; the stream stays as it is (those of node:stream/consumers destroy it). */
export async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

/** The same as text. */
export async function textOf(stream: Readable): Promise<string> {
  return (await bytesOf(stream)).toString();
}

/** Lets a word go to Node: it sends no close_notify in the turn in which the handshake of TLS 1.3 has ended. */
export async function greet({ socket, peer }: Met<tls.TLSSocket>): Promise<void> {
  await Promise.all([socket.send('hello'), once(peer, 'data')]);
}

/** Connects a client of Node's to a listener; it is destroyed when the test is over. */
export function nodeClient(
  t: TestContext,
  { port }: TLSSocket,
  options: tls.ConnectionOptions,
): tls.TLSSocket {
  const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', ca, ...options, port });
  t.after(() => socket.destroy());
  return socket;
}

/** Both sides of node:tls take it; the types know it of one. */
interface HalfOpen {
  readonly allowHalfOpen?: boolean | undefined;
}

/** A connection: our end and theirs. */
export interface Met<Peer> {
  readonly socket: TLSSocket;
  readonly peer: Peer;
}

/** A client of Node's and what we accept of it. */
export async function serve(
  t: TestContext,
  options: HalfOpen & tls.ConnectionOptions,
  context: SSLContext = serverContext(),
): Promise<Met<tls.TLSSocket>> {
  const listener = await listeningSocket(t, context, { allowHalfOpen: options.allowHalfOpen });
  const peer = nodeClient(t, listener, options);
  const [socket] = await Promise.all([accepted(t, listener), once(peer, 'secureConnect')]);
  return { socket, peer };
}

/** A server of Node's on a port of 127.0.0.1. */
export async function nodeServer(
  t: TestContext,
  options: tls.TlsOptions,
): Promise<{ server: tls.Server; port: number }> {
  const server = tls.createServer({ ...ours, ca, ...options }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  server.on('secureConnection', (socket) => t.after(() => socket.destroy()));
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A client of ours and what a server of Node's accepts of it. */
export async function visit(
  t: TestContext,
  options: tls.TlsOptions,
  context: SSLContext = clientContext(),
): Promise<Met<tls.TLSSocket>> {
  const { server, port } = await nodeServer(t, options);
  const arrival = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
  const socket = await connectedTo(t, port, context, { allowHalfOpen: options.allowHalfOpen });
  const [peer] = await arrival;
  return { socket, peer };
}
