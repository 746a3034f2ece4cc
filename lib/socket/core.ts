// One connection of the addon's and everything that a socket knows of it. A TLSSocket and the plain Socket
// below it share one.

import { type BigIntStats, lstatSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { type SSLError, usageError } from '../errors';
import { abortAbandoned } from '../handshake-question';
import { native } from '../native';
import {
  Ending,
  type NativeConnection,
  type NativeDescriptor,
  SocketEvent,
  type SocketOwner,
} from '../native-socket';
import type { Acceptor } from './acceptor';
import { announce } from './diagnostics';
import { Incoming } from './incoming';
import type { CompleteSocketOptions } from './options';
import { Outgoing } from './outgoing';
import type { EncodedOption } from './socket-options';

native.setSocketEvents(function tell(event, first, second, third) {
  if (event === SocketEvent.closed || event === SocketEvent.failure) abortAbandoned();
  this.happened(event, first, second, third);
});

/** Who moves the bytes of a connection that has no descriptor of its own. */
export interface StreamBelow {
  send(bytes: Buffer): void;
  setReading(on: boolean): void;
  finish(): void;
  destroy(reset: boolean): void;
  /** The connection is over; the peer's end is not waited for much longer. */
  closed(): void;
}

/** What somebody may wait for. */
export type Moment = 'secured' | 'finished' | 'ended' | 'closed';

interface Waiter {
  readonly moment: Moment;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Where a socket stands. `connected`: TLS is to begin on the connection, and has not. */
export type State = 'new' | 'connecting' | 'connected' | 'handshaking' | 'open' | 'listening' | 'closed';

/** Which face reads. */
export type Reader = 'nobody' | 'pull' | 'push' | 'stream';

const nothing = Buffer.alloc(0);

/** The error of what is asked of the plain socket below a TLSSocket. */
export function securedError(): SSLError {
  return usageError('ERR_SOCKET_SECURED', 'a TLSSocket speaks through this socket: use that');
}

/** The file of a Unix socket that was bound. */
export class BoundFile {
  readonly #path: string;
  readonly #seen: BigIntStats;

  constructor(path: string) {
    this.#path = resolve(path);
    this.#seen = lstatSync(this.#path, { bigint: true });
  }

  /** Something else may have come in its place; and closing a socket never fails over its file. */
  remove(): void {
    try {
      const { dev, ino } = lstatSync(this.#path, { bigint: true });
      if (dev === this.#seen.dev && ino === this.#seen.ino) rmSync(this.#path);
    } catch {}
  }
}

/** The error of what is asked of a closed socket. */
export function closedError(): SSLError {
  return usageError('ERR_CLOSED', 'the socket is closed');
}

export class Core implements SocketOwner {
  options: CompleteSocketOptions;
  state: State = 'new';
  /** The public object that it belongs to, for those who listen to diagnostics. */
  socket: object | undefined;
  native: NativeConnection | undefined;
  /** Before there is a connection: the socket that was bound. */
  descriptor: NativeDescriptor | undefined;
  below: StreamBelow | undefined;
  host = 'localhost';
  port = 0;
  /** AF_*: what is asked for; undefined for AF_INET to bind to, and any to connect to. */
  family: number | undefined;
  bound = false;
  /** The file of a Unix socket that was bound: it goes with the socket. */
  boundFile: BoundFile | undefined;
  blocking = true;
  keepsLoop = true;
  /** Set on every descriptor that is made for it. */
  descriptorOptions: EncodedOption[] | undefined;
  /** While it is being connected. */
  stopConnecting: ((error: unknown) => void) | undefined;
  /** While it listens. */
  acceptor: Acceptor<unknown> | undefined;
  /** Whether this side asked for the connection. */
  isClient = false;
  /** Whether a listener has given the connection. */
  isAccepted = false;
  /** Whether TLS runs over it: then the plain socket below is not to be used. */
  secured = false;
  ended = false;
  ending = false;
  shutdownReason = -1;
  failure: Error | undefined;

  reader: Reader = 'nobody';
  #incoming: Incoming | undefined;
  #outgoing: Outgoing | undefined;
  #drainOwed = false;
  onData: ((chunk: Buffer) => void) | undefined;
  onEnd: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onClose: ((error?: Error) => void) | undefined;
  /** The same for its stream. */
  onStreamClose: ((error?: Error) => void) | undefined;
  #waiters: Waiter[] | undefined;

  constructor(options: CompleteSocketOptions) {
    native.requireSockets();
    this.options = options;
  }

  /** Makes a connection of the addon's this one's. */
  adopt(connection: NativeConnection): void {
    this.native = connection;
    this.state = this.secured ? 'connected' : 'open';
    connection.setHighWaterMark(this.options.highWaterMark);
    connection.own(this);
  }

  /** The connection, whatever may be done with it; an error says why there is none. */
  get anyConnection(): NativeConnection {
    if (this.native !== undefined && this.state !== 'closed') return this.native;
    throw this.unconnected();
  }

  /** The connection, for bytes. What is meant for TLS never leaves, or comes, in the clear. */
  get connection(): NativeConnection {
    this.requireSecurity();
    return this.anyConnection;
  }

  requireConnection(): void {
    void this.connection;
  }

  requireSecurity(): void {
    if (this.state !== 'connected') return;
    throw usageError('ERR_WRONG_STATE', 'the connection is still in the clear: handshake() comes first');
  }

  /**
   * From here on it is a TLSSocket's. What has come and nobody has received was not protected: it goes back
   * below, where TLS takes it for the peer's first record. Whoever still waits for it is refused.
   */
  takeOver(): void {
    if (this.state === 'open') {
      this.state = 'connected';
      this.native?.setReading(false);
      const unread = this.#incoming?.takeRest(-1) ?? nothing;
      if (unread.length > 0) this.native?.putBack(unread);
      this.#incoming?.end(securedError());
      this.#incoming = undefined;
      this.onData = this.onEnd = this.onDrain = undefined;
      this.reader = 'nobody';
    }
    this.secured = true;
  }

  unconnected(): Error {
    if (this.state === 'closed') return this.failure ?? closedError();
    return usageError('ERR_NOT_CONNECTED', 'the socket is not connected');
  }

  /** The bytes that came, for whoever pulls them; reading begins. */
  get incoming(): Incoming {
    if (this.#incoming !== undefined) return this.#incoming;
    const incoming = new Incoming(this.options.highWaterMark, (on) => this.native?.setReading(on));
    this.#incoming = incoming;
    if (this.state === 'closed') incoming.end(this.failure ?? closedError());
    else if (this.ended) incoming.end();
    else this.native?.setReading(true);
    return incoming;
  }

  /** Drops what has come, and what comes from now on: reading on, so as to see the peer's end. */
  discard(): void {
    if (this.reader === 'nobody') this.reader = 'pull';
    if (this.reader === 'pull') this.incoming.drop();
    else this.onData = () => {};
    this.native?.setReading(true);
  }

  get outgoing(): Outgoing {
    if (this.#outgoing !== undefined) return this.#outgoing;
    this.#outgoing = new Outgoing(this.connection, () => this.#tellDrained());
    return this.#outgoing;
  }

  /** Whether something is sent that takes a while. */
  get busy(): boolean {
    return this.#outgoing?.busy ?? false;
  }

  get buffered(): number {
    if (this.native === undefined || this.state === 'closed') return 0;
    return this.#outgoing?.buffered ?? this.native.queued();
  }

  /** Takes all of it; false when it is enough for now (`onDrain` will tell), or when the connection is over. */
  write(bytes: Uint8Array): boolean {
    const taken = this.take(bytes);
    if (!taken) this.#drainOwed = true;
    return taken;
  }

  /** The same for those whom `onDrain` need not tell. */
  take(bytes: Uint8Array): boolean {
    if (this.state === 'closed') return false;
    if (this.ending) throw usageError('ERR_WRITE_AFTER_END', 'this side has said that it sends no more');
    this.requireSecurity();
    const taken = this.#outgoing === undefined ? this.connection.write(bytes) : this.#outgoing.write(bytes);
    if (taken) return true;
    if (this.buffered > this.options.maxBufferedAmount) {
      const limit = `${this.options.maxBufferedAmount} bytes (maxBufferedAmount)`;
      this.fail(usageError('ERR_BUFFER_FULL', `more than ${limit} wait to be sent`));
    }
    return false;
  }

  /** Sends what is left, and the end. */
  end(): void {
    if (this.ending || this.state === 'closed') return;
    const { connection } = this;
    this.ending = true;
    if (this.busy) void this.#outgoing?.run(async () => connection.end());
    else connection.end();
  }

  /** The same, and closes. */
  closeWhenSent(): void {
    this.ending = true;
    const { anyConnection: connection } = this;
    if (!this.busy) return connection.close(Ending.graceful);
    connection.expectProgress();
    void this.#outgoing?.run(async () => connection.close(Ending.graceful));
  }

  /** Closes what has no connection: a new socket, one that listens or is about to be connected. */
  giveUp(): void {
    this.stopConnecting?.(closedError());
    this.acceptor?.close();
    this.descriptor?.close();
    this.#closed(undefined);
  }

  /** Ends the connection at once, with an error. */
  fail(error: Error): void {
    if (this.state === 'closed') return;
    this.failure = error;
    this.native?.close(Ending.now);
  }

  /** Resolves at a moment, or rejects when the connection is over before. Call `cancel` to stop waiting. */
  when(moment: Moment): { promise: Promise<void>; cancel: () => void } {
    let waiter: Waiter | undefined;
    const promise = new Promise<void>((resolve, reject) => {
      waiter = { moment, resolve, reject };
      this.#waiters ??= [];
      this.#waiters.push(waiter);
    });
    // Whoever asks may be stopped by something else before it begins to wait.
    promise.catch(() => {});
    const cancel = (): void => {
      this.#waiters = this.#waiters?.filter((other) => other !== waiter);
    };
    return { promise, cancel };
  }

  happened(event: SocketEvent, first: unknown, second: unknown, third: unknown): void {
    switch (event) {
      case SocketEvent.data:
        return this.#received((first as Buffer).subarray(second as number, third as number));
      case SocketEvent.drain:
        this.#outgoing?.drained();
        return this.#tellDrained();
      case SocketEvent.end:
        return this.#ended();
      case SocketEvent.secured:
        this.state = 'open';
        return this.#reached('secured');
      case SocketEvent.finished:
        return this.#reached('finished');
      case SocketEvent.closed:
        return this.#closed(first as Error | undefined);
      case SocketEvent.send:
        return this.below?.send(first as Buffer);
      case SocketEvent.reading:
        return this.below?.setReading(first as boolean);
      case SocketEvent.finish:
        return this.below?.finish();
      case SocketEvent.destroy:
        return this.below?.destroy(first as boolean);
      default:
    }
  }

  // Who was told that it is enough is told when there is room again, and nothing else is being sent.
  #tellDrained(): void {
    if (!this.#drainOwed || this.busy || this.state === 'closed') return;
    this.#drainOwed = false;
    this.onDrain?.();
  }

  #received(chunk: Buffer): void {
    if (this.onData !== undefined) this.onData(chunk);
    else this.#incoming?.push(chunk);
  }

  #ended(): void {
    this.ended = true;
    this.#incoming?.end();
    this.#reached('ended');
    this.onEnd?.();
  }

  #closed(error: Error | undefined): void {
    this.failure ??= error;
    this.state = 'closed';
    this.boundFile?.remove();
    const reason = this.failure ?? closedError();
    this.#incoming?.end(reason);
    this.#outgoing?.fail(reason);
    this.#reached('closed');
    for (const { reject } of this.#waiters?.splice(0) ?? []) reject(reason);
    this.below?.closed();
    announce(this, this.failure);
    this.onStreamClose?.(this.failure);
    this.onClose?.(this.failure);
  }

  #reached(moment: Moment): void {
    if (this.#waiters === undefined) return;
    const reached = this.#waiters.filter((waiter) => waiter.moment === moment);
    this.#waiters = this.#waiters.filter((waiter) => waiter.moment !== moment);
    for (const { resolve } of reached) resolve();
  }
}
