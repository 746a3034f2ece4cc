// TLSSockets on the loopback, for a peer that is another implementation.

import type { TestContext } from 'node:test';
import {
  AF_INET,
  type ConnectOptions,
  type ListenOptions,
  type SSLContext,
  type SSLError,
  TLSSocket,
  type TLSSocketOptions,
} from 'bladessl';
import { clientContext, serverContext } from './identities';

/** Resets a socket when its test is over, if it is still open then. */
export function closing<Closable extends TLSSocket>(t: TestContext, socket: Closable): Closable {
  t.after(() => socket.close({ abort: true }));
  return socket;
}

/** A socket that listens on a port of 127.0.0.1. */
export async function listeningSocket(
  t: TestContext,
  context: SSLContext = serverContext(),
  options?: ListenOptions,
): Promise<TLSSocket> {
  const listener = closing(t, new TLSSocket(null, context));
  await listener.bind(0, '127.0.0.1');
  await listener.listen(options);
  return listener;
}

/** The next connection of a listener; a handshake that fails first is the failure. */
export async function accepted(t: TestContext, listener: TLSSocket): Promise<TLSSocket> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    listener.onHandshakeError(reject);
    listener.accept().then(resolve, reject);
  });
  return closing(t, socket);
}

/** What the next handshake of a listener fails with. */
export async function refused(listener: TLSSocket): Promise<SSLError> {
  return await new Promise<SSLError>((resolve, reject) => {
    listener.onHandshakeError((error) => resolve(error as SSLError));
    listener.onConnection((socket) => {
      void socket.close({ abort: true });
      reject(new Error('the handshake did not fail'));
    });
  });
}

/** A socket that is to be connected. */
export function newClient(
  t: TestContext,
  context: SSLContext = clientContext(),
  options?: TLSSocketOptions,
): TLSSocket {
  return closing(t, new TLSSocket({ context, ...options }));
}

/** A socket that is connected to a port of 127.0.0.1, where it looks for `localhost`. */
export async function connectedTo(
  t: TestContext,
  port: number,
  context?: SSLContext,
  options?: ConnectOptions & TLSSocketOptions,
): Promise<TLSSocket> {
  const socket = newClient(t, context, options);
  await socket.connect('localhost', port, { family: AF_INET, ...options });
  return socket;
}

/** Receives until what has come ends with a text. */
export async function receiveUntil(socket: TLSSocket, end: string): Promise<string> {
  let text = '';
  while (!text.endsWith(end)) {
    const chunk = await socket.receive();
    if (chunk.length === 0) throw new Error(`the end came after ${JSON.stringify(text)}`);
    text += chunk;
  }
  return text;
}

/** Receives up to the end. */
export async function receiveAll(socket: TLSSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}
