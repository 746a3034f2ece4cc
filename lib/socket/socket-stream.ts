import { Duplex } from 'node:stream';
import { invalidType, outOfRange } from '../arguments';
import { AF_INET, AF_INET6, IPPROTO_TCP } from '../constants';
import { Core } from './core';
import type { SocketOption } from './socket-options';
import type { StreamSocket } from './stream-socket';

type Callback = (error?: Error | null) => void;

/** A socket as a Duplex of Node's, with the members of a net.Socket that servers and clients of Node ask for. */
export class SocketStream extends Duplex {
  readonly #socket: StreamSocket;
  readonly #core: Core;
  #written: Callback | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @internal */
  static of(socket: StreamSocket, core: Core): SocketStream {
    return new SocketStream(socket, core);
  }

  /** Only a socket makes one: `socket.stream`. */
  private constructor(socket: StreamSocket, core: Core) {
    if (!(core instanceof Core)) throw invalidType('socket', 'a connected socket', socket);
    const { allowHalfOpen, highWaterMark } = core.options;
    super({ allowHalfOpen, highWaterMark });
    this.#socket = socket;
    this.#core = core;
    core.onData = (chunk) => this.#received(chunk);
    core.onEnd = () => this.#ended();
    core.onDrain = () => this.#drained();
    core.onStreamClose = (error) => this.#closed(error);
    if (core.ended) this.#ended();
    if (core.state === 'closed') this.#closed(core.failure);
  }

  /** The socket below. */
  get socket(): StreamSocket {
    return this.#socket;
  }

  /** @internal */
  override _read(): void {
    if (this.#core.state !== 'closed') this.#core.native?.setReading(true);
  }

  /** @internal */
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#wrote(this.#core.write(chunk), callback);
  }

  /** @internal */
  override _writev(chunks: { chunk: Buffer }[], callback: Callback): void {
    let room = true;
    for (const { chunk } of chunks) room = this.#core.write(chunk);
    this.#wrote(room, callback);
  }

  /** @internal */
  override _final(callback: Callback): void {
    if (this.#core.state === 'closed') return callback(this.#core.failure);
    const done = (): void => callback(this.#core.failure);
    this.#core.when('finished').promise.then(done, done);
    this.#core.end();
  }

  /** @internal */
  override _destroy(error: Error | null, callback: Callback): void {
    clearTimeout(this.#timer);
    const done = (): void => callback(error);
    this.#socket.close({ abort: error !== null || !this.writableFinished }).then(done, done);
  }

  #received(chunk: Buffer): void {
    this.#timer?.refresh();
    if (!this.push(chunk)) this.#core.native?.setReading(false);
  }

  #ended(): void {
    this.push(null);
    // Somebody has to take it from the buffer for 'end' to come.
    if (this.readableLength === 0) this.read(0);
  }

  #wrote(room: boolean, callback: Callback): void {
    this.#timer?.refresh();
    if (room) return callback();
    if (this.#core.state === 'closed') return callback(this.#core.failure ?? this.#core.unconnected());
    this.#written = callback;
  }

  #drained(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  #closed(error: Error | undefined): void {
    const written = this.#written;
    this.#written = undefined;
    written?.(error ?? this.#core.unconnected());
    if (error !== undefined) this.destroy(error);
    else if (!this.readableEnded && !this.#core.ended) this.destroy();
  }

  // What follows is there for those who take a net.Socket for granted: node:http, node:http2, drivers.

  /** Always false: the connection is made. */
  get connecting(): boolean {
    return false;
  }

  /** Whether TLS runs over the connection, as `encrypted` of a tls.TLSSocket. */
  get encrypted(): boolean {
    return this.#core.secured;
  }

  /** The peer's address. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** The peer's port. */
  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  /** `IPv4`, `IPv6`; undefined for others. */
  get remoteFamily(): string | undefined {
    return familyName(this.#socket.family);
  }

  /** This side's address. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** This side's port. */
  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** How many bytes have been received. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** How many bytes have been written. */
  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  /** The protocol that ALPN chose; false when none was, as in node:tls. */
  get alpnProtocol(): string | false {
    const { alpnProtocol } = this.#socket as { alpnProtocol?: string };
    return alpnProtocol ?? false;
  }

  /** The name that SNI asked for; false without one, as in node:tls. */
  get servername(): string | false {
    const { servername } = this.#socket as { servername?: string };
    return servername ?? false;
  }

  /** This side's address, as `address()` of a net.Socket. */
  address(): { address: string; port: number; family: string } | Record<string, never> {
    const { localAddress: address, localPort: port } = this;
    if (address === undefined || port === undefined) return {};
    return { address, port, family: familyName(this.#socket.family) ?? 'Unix' };
  }

  /**
   * Emits `timeout` when nothing has been read or written for so many milliseconds; 0 for never.
   *
   * @throws TypeError and RangeError for what is no such time.
   */
  setTimeout(time: number, listener?: () => void): this {
    const delay = requireTime(time, 'time');
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (listener !== undefined && delay > 0) this.once('timeout', listener);
    if (listener !== undefined && delay === 0) this.off('timeout', listener);
    if (delay > 0) this.#timer = setTimeout(() => this.emit('timeout'), delay).unref();
    return this;
  }

  /** See TCP_NODELAY. */
  setNoDelay(on: boolean = true): this {
    return this.#setOption('TCP_NODELAY', on);
  }

  /**
   * See SO_KEEPALIVE; `delay` is in milliseconds.
   *
   * @throws TypeError and RangeError for what is no such time.
   */
  setKeepAlive(on: boolean = false, delay: number = 0): this {
    const time = requireTime(delay, 'delay');
    const seconds = Math.min(Math.floor(time / 1000), maxKeepIdle);
    if (on && seconds > 0) this.#setOption('TCP_KEEPIDLE', seconds);
    return this.#setOption('SO_KEEPALIVE', on);
  }

  /** Keeps the process from ending. */
  ref(): this {
    this.#socket.ref();
    return this;
  }

  /** Lets the process end. */
  unref(): this {
    this.#socket.unref();
    return this;
  }

  /** Ends, and destroys when everything has been sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  // Unix sockets and streams have none of these.
  #setOption(option: SocketOption, value: boolean | number): this {
    if (this.#socket.protocol === IPPROTO_TCP && this.#socket.id >= 0) this.#socket.setOption(option, value);
    return this;
  }
}

// Above it a timer of Node's would run out at once.
const maxDelay = 2 ** 31 - 1;

/** Linux takes no more: MAX_TCP_KEEPIDLE. */
const maxKeepIdle = 32_767;

/** Milliseconds as those of a net.Socket: fractions are allowed, and too many are as many as can be. */
function requireTime(value: unknown, name: string): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!(value >= 0 && value < Infinity)) throw outOfRange(name, 'a number of milliseconds', value);
  return Math.min(value, maxDelay);
}

function familyName(family: number): string | undefined {
  if (family === AF_INET) return 'IPv4';
  return family === AF_INET6 ? 'IPv6' : undefined;
}
