// The sockets of the addon, as lib/ sees them.

import type { NativeObject } from './handle';
import type { NativeSSL, NativeSSLContext } from './native';

/** What the addon tells about connections and listeners, and what comes with it. */
export const SocketEvent = {
  /** The connection is made. */
  connected: 0,
  /** The handshake is done. */
  secured: 1,
  /** The peer sends no more. */
  end: 2,
  /** There is room again after a write that said it was enough. */
  drain: 3,
  /** Everything has been sent, and the end too. */
  finished: 4,
  /** It is over: `(error?)`. */
  closed: 5,
  /** `(slab, start, end)`: bytes that nobody else will write to. */
  data: 6,
  /** `(bytes)`: to be passed on to the stream below. */
  send: 7,
  /** `(on)`: whether the stream below is to be read. */
  reading: 8,
  /** The stream below is to be ended. */
  finish: 9,
  /** `(reset)`: the stream below is to be destroyed. */
  destroy: 10,
  /** `(connection)`: a listener has a new one. */
  connection: 11,
  /** `(error, address?)`: a handshake has failed. */
  failure: 12,
} as const;
export type SocketEvent = (typeof SocketEvent)[keyof typeof SocketEvent];

/** How a connection is closed: after what was written; at once; at once, with a reset. */
export const Ending = { graceful: 0, now: 1, reset: 2 } as const;
export type Ending = (typeof Ending)[keyof typeof Ending];

export interface NativeAddress {
  /** A numeric address, or a path. */
  readonly address: string;
  readonly port: number;
  /** AF_*. */
  readonly family: number;
}

export interface NativeDescriptor extends NativeObject {
  /** -1 when it is closed. */
  fd(): number;
  /** No port: `address` is a path. */
  bind(address: string, port: number | undefined): void;
  listen(backlog: number): void;
  setOption(level: number, name: number, value: Uint8Array): void;
  getOption(level: number, name: number, size: number): Buffer;
  localAddress(): NativeAddress | undefined;
  peerAddress(): NativeAddress | undefined;
  close(): void;
}

export interface NativeTLSSettings {
  /** Whom the certificate must be for, if the SSL does not say; empty for nobody. */
  readonly servername: string;
  /** Milliseconds for a handshake; 0 for no limit. */
  readonly timeout: number;
  /** Milliseconds of one turn of the loop that handshakes may take. */
  readonly budget: number;
  /** How many threads carry handshakes out; 0 for none. */
  readonly threads: number;
}

export interface NativeConnection extends NativeObject {
  /** Who is told what happens; kept alive until it is over. */
  own(owner: SocketOwner): void;
  /** What is told from now on is told in the present asynchronous context. */
  capture(): void;
  connect(address: string, port: number | undefined): void;
  startTls(ssl: NativeSSL, settings: NativeTLSSettings): void;
  /** Takes all of it; false when it is enough for now. */
  write(data: Uint8Array): boolean;
  end(): void;
  /** `close` will be asked for: a peer that takes nothing for half a minute is reset until then too. */
  expectProgress(): void;
  close(ending: Ending): void;
  setReading(on: boolean): void;
  keepLoop(on: boolean): void;
  setHighWaterMark(size: number): void;
  queued(): number;
  bytesRead(): number;
  bytesWritten(): number;
  descriptor(): NativeDescriptor | undefined;
  ssl(): NativeSSL | undefined;
  /** Is received before anything else. */
  putBack(data: Uint8Array): void;
  feed(data: Uint8Array): void;
  feedEnd(): void;
  feedError(errno: number): void;
  acknowledge(size: number): void;
}

export interface NativeListenerSettings extends NativeTLSSettings {
  readonly maxPending: number;
  readonly noDelay: boolean;
  /** Seconds until an idle peer is probed; 0: never. */
  readonly keepAlive: number;
}

export interface NativeListener extends NativeObject {
  start(
    owner: SocketOwner,
    descriptor: NativeDescriptor,
    context: NativeSSLContext | undefined,
    settings: NativeListenerSettings,
  ): void;
  close(): void;
  setAccepting(on: boolean): void;
  keepLoop(on: boolean): void;
  /** How many handshakes are under way. */
  pending(): number;
}

/** Who is told what happens to a connection or a listener. */
export interface SocketOwner {
  happened(event: SocketEvent, first: unknown, second: unknown, third: unknown): void;
}

export interface NativeSocketFunctions {
  openDescriptor(family: number): NativeDescriptor;
  adoptDescriptor(fd: number, duplicate: boolean): NativeDescriptor;
  newSocketConnection(descriptor: NativeDescriptor): NativeConnection;
  newStreamConnection(): NativeConnection;
  newListener(): NativeListener;
  setSocketEvents(
    tell: (this: SocketOwner, event: SocketEvent, first: unknown, second: unknown, third: unknown) => void,
  ): void;
}
