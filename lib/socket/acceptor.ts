// Accepting: connections that are ready wait here for whoever asks for them.

import type { SSLError } from '../errors';
import { abortAbandoned } from '../handshake-question';
import type { NativeSSLContext } from '../native';
import { native } from '../native';
import {
  Ending,
  type NativeAddress,
  type NativeConnection,
  type NativeDescriptor,
  type NativeListener,
  type NativeListenerSettings,
  SocketEvent,
  type SocketOwner,
} from '../native-socket';
import { closedError } from './core';

/** What an acceptor makes of a new connection. */
type Wrap<T> = (connection: NativeConnection) => T;

/** Who waits for a connection. */
export interface Waiter<T> {
  readonly resolve: (socket: T) => void;
  readonly reject: (error: unknown) => void;
}

export class Acceptor<T> implements SocketOwner {
  readonly native: NativeListener = native.newListener();
  readonly #wrap: Wrap<T>;
  readonly #limit: number;
  #ready: { socket: T; connection: NativeConnection }[] = [];
  #waiters: Waiter<T>[] = [];
  #closed = false;
  /** Takes each connection as it comes; while it is set nobody else gets any. */
  #listener: ((socket: T) => void) | undefined;
  onFailure: (error: SSLError, address: NativeAddress | undefined) => void = () => {};
  /** How many connections were not accepted because their handshake failed. */
  failures = 0;

  constructor(wrap: Wrap<T>, limit: number) {
    this.#wrap = wrap;
    this.#limit = limit;
  }

  start(
    descriptor: NativeDescriptor,
    context: NativeSSLContext | undefined,
    settings: NativeListenerSettings,
  ): void {
    this.native.start(this, descriptor, context, settings);
  }

  happened(event: SocketEvent, first: unknown, second: unknown): void {
    if (event === SocketEvent.failure) {
      // Without an address it is the listener that has failed, not a handshake.
      if (second !== undefined) this.failures += 1;
      this.onFailure(first as SSLError, second as NativeAddress | undefined);
      return;
    }
    const connection = first as NativeConnection;
    const socket = this.#wrap(connection);
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter.resolve(socket);
    else if (this.#listener !== undefined) this.#listener(socket);
    else this.#keep(socket, connection);
  }

  setListener(listener: ((socket: T) => void) | undefined): void {
    this.#listener = listener;
    if (listener === undefined) return;
    for (let socket = this.take(); socket !== undefined; socket = this.take()) listener(socket);
  }

  /** One that is ready. */
  take(): T | undefined {
    const next = this.#ready.shift();
    if (next !== undefined && this.#ready.length === this.#limit - 1) this.native.setAccepting(true);
    return next?.socket;
  }

  /** Gives the next one to a waiter, at once when it comes. */
  add(waiter: Waiter<T>): void {
    if (this.#closed) waiter.reject(closedError());
    else this.#waiters.push(waiter);
  }

  /** Takes a waiter back. */
  withdraw(waiter: Waiter<T>): void {
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.native.close();
    for (const { connection } of this.#ready.splice(0)) connection.close(Ending.now);
    for (const { reject } of this.#waiters.splice(0)) reject(closedError());
    abortAbandoned();
  }

  #keep(socket: T, connection: NativeConnection): void {
    this.#ready.push({ socket, connection });
    if (this.#ready.length >= this.#limit) this.native.setAccepting(false);
  }
}
