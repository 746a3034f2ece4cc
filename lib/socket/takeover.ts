// Taking over what is connected already: a socket of node:net by its descriptor, or any Duplex as it is.

import type { Socket as NetSocket } from 'node:net';
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { usageError } from '../errors';
import { native } from '../native';
import { Ending } from '../native-socket';
import type { Core, StreamBelow } from './core';

/** A net.Socket as it is inside: libuv's handle knows the descriptor. */
interface Inside {
  readonly _handle?: { readonly fd?: number } | null;
  readonly encrypted?: boolean;
}

// kLingerTime of native/io/connection.cc, in milliseconds.
const lingerTime = 2000;

/** What a net.Socket has read already comes first; without a descriptor, or with bytes to be sent, it is a Duplex. */
export function takeNetSocket(core: Core, socket: NetSocket): void {
  if (socket.destroyed || socket.readyState === 'closed') {
    throw usageError('ERR_NOT_CONNECTED', 'the net.Socket is not connected');
  }
  requireBytes(socket);
  const { _handle: handle, encrypted = false } = socket as Inside;
  const fd = handle?.fd ?? -1;
  const isPlain = fd >= 0 && !encrypted && !socket.connecting && socket.writableLength === 0;
  if (!isPlain || socket.readableEnded || socket.writableEnded) {
    takeDuplex(core, socket);
    return;
  }
  socket.pause();
  const connection = native.newSocketConnection(native.adoptDescriptor(fd, true));
  const unread: Buffer[] = [];
  for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) unread.push(Buffer.from(chunk));
  connection.putBack(Buffer.concat(unread));
  socket.on('error', () => {});
  socket.destroy();
  core.adopt(connection);
}

// What setEncoding() has made of bytes cannot be undone.
function requireBytes(duplex: Duplex): void {
  const { readableObjectMode, writableObjectMode, readableEncoding } = duplex;
  if (!readableObjectMode && !writableObjectMode && readableEncoding === null) return;
  throw usageError(
    'ERR_NOT_CONNECTED',
    'the stream is not one of bytes (objectMode, or setEncoding() was called)',
  );
}

/** The bytes of a connection go through a Duplex. */
export function takeDuplex(core: Core, duplex: Duplex): void {
  if (duplex.destroyed) throw usageError('ERR_NOT_CONNECTED', 'the stream is destroyed');
  requireBytes(duplex);
  const connection = native.newStreamConnection();
  core.adopt(connection);
  core.below = new DuplexBelow(core, duplex);
}

class DuplexBelow implements StreamBelow {
  readonly #core: Core;
  readonly #duplex: Duplex;
  #finished = false;

  constructor(core: Core, duplex: Duplex) {
    this.#core = core;
    this.#duplex = duplex;
    // When to end is said from above: there is a close_notify to be sent after the peer's end.
    duplex.allowHalfOpen = true;
    duplex.pause();
    duplex.on('data', (chunk: Buffer | string) => core.native?.feed(Buffer.from(chunk as Buffer)));
    duplex.on('end', () => core.native?.feedEnd());
    duplex.on('error', (error) => this.#over(error));
    duplex.on('close', () => this.#over(undefined));
    duplex.pause();
    if (duplex.readableEnded) queueMicrotask(() => core.native?.feedEnd());
  }

  send(bytes: Buffer): void {
    if (this.#finished || this.#duplex.destroyed) return;
    this.#duplex.write(bytes, (error) => {
      if (!error) this.#core.native?.acknowledge(bytes.length);
    });
  }

  setReading(on: boolean): void {
    if (on) this.#duplex.resume();
    else this.#duplex.pause();
  }

  finish(): void {
    this.#finished = true;
    this.#duplex.end();
  }

  // After the end has been said the stream closes by itself, when the peer's end has come.
  destroy(reset: boolean): void {
    if (this.#finished && !reset) this.#duplex.resume();
    else this.#duplex.destroy();
  }

  closed(): void {
    if (!this.#finished || this.#duplex.closed) return;
    const timer = setTimeout(() => this.#duplex.destroy(), lingerTime).unref();
    this.#duplex.once('close', () => clearTimeout(timer)).resume();
  }

  #over(error: Error | undefined): void {
    if (this.#core.state === 'closed') return;
    // The peer has said its end: nothing is missing.
    if (error === undefined && this.#core.ended) return this.#core.native?.close(Ending.now);
    if (error !== undefined) this.#core.failure ??= error;
    this.#core.native?.feedError(constants.errno.ECONNRESET);
  }
}
