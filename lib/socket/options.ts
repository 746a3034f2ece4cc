// What a socket can be told when it is made, and when it begins to listen.

import { invalidType, outOfRange, requireInteger, requireOptionsObject } from '../arguments';

const maxDelay = 2 ** 31 - 1;

/** Options of every socket. */
export interface SocketOptions {
  /**
   * Bytes. So many may wait to be sent before `write` answers false and `send` waits, and so many may wait
   * to be received before no more are read. Default: 65536.
   */
  readonly highWaterMark?: number | undefined;
  /**
   * Bytes. A `write` that finds more than this waiting ends the connection (`ERR_BUFFER_FULL`): a peer that
   * takes nothing cannot fill the memory of a caller who does not look at what `write` answers. Default:
   * 67108864 (64 MiB); Infinity for no limit.
   */
  readonly maxBufferedAmount?: number | undefined;
  /** Sends small segments at once (TCP_NODELAY). Default: true. */
  readonly noDelay?: boolean | undefined;
  /** Probes idle peers: after so many milliseconds (at least 1000), true for the system's time. Default: false. */
  readonly keepAlive?: boolean | number | undefined;
  /** Whether this side may go on sending when the peer has ended; else it ends too. For `stream`. Default: false. */
  readonly allowHalfOpen?: boolean | undefined;
  /** Milliseconds that a `send` may wait; 0 for no limit. Default: 0. */
  readonly sendTimeout?: number | undefined;
  /** Milliseconds that a `receive` may wait; 0 for no limit. Default: 0. */
  readonly receiveTimeout?: number | undefined;
}

/** Options of what shakes hands. */
export interface TLSSocketOptions extends SocketOptions {
  /** Milliseconds that a handshake may take in all; 0 for no limit. Default: 30000. */
  readonly handshakeTimeout?: number | undefined;
  /**
   * Milliseconds of one turn of the event loop that handshakes may take; those beyond it go on in the next
   * turn, so that the connections that exist do not wait for the new ones. Default: 2.
   */
  readonly handshakeBudget?: number | undefined;
  /**
   * How many threads carry handshakes out, 0 to 64: more CPU time in all, on all cores, and the event loop
   * stays free. The threads are the environment's; as many are made as the largest number asks for. While a
   * handshake is on a thread, its `ssl` answers `ERR_BUSY`. Default: 0, the event loop does it.
   */
  readonly handshakeThreads?: number | undefined;
}

/** Options of `listen`. */
export interface ListenOptions extends TLSSocketOptions {
  /**
   * How many connections may wait for `accept`, and how many the system may keep waiting before that.
   * Default: -1, the system's SOMAXCONN.
   */
  readonly queueLength?: number | undefined;
  /** How many handshakes may be under way; more connections wait in the system's queue. Default: 1024. */
  readonly maxPendingHandshakes?: number | undefined;
}

/** The options of a socket, complete. */
export interface CompleteSocketOptions {
  readonly highWaterMark: number;
  readonly maxBufferedAmount: number;
  readonly noDelay: boolean;
  /** Seconds; 0 for never, undefined for the system's time. */
  readonly keepAlive: number | undefined;
  readonly allowHalfOpen: boolean;
  readonly sendTimeout: number;
  readonly receiveTimeout: number;
  readonly handshakeTimeout: number;
  readonly handshakeBudget: number;
  readonly handshakeThreads: number;
  readonly maxPendingHandshakes: number;
}

const defaults: CompleteSocketOptions = {
  highWaterMark: 65536,
  maxBufferedAmount: 64 * 1024 * 1024,
  noDelay: true,
  keepAlive: 0,
  allowHalfOpen: false,
  sendTimeout: 0,
  receiveTimeout: 0,
  handshakeTimeout: 30_000,
  handshakeBudget: 2,
  handshakeThreads: 0,
  maxPendingHandshakes: 1024,
};

type Reader = (value: unknown, name: string) => unknown;

/** Milliseconds, 0 for no limit. */
export function requireDelay(value: unknown, name: string): number {
  return requireInteger(value, name, 0, maxDelay);
}

function requireFlag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value);
  return value;
}

function requireSize(value: unknown, name: string): number {
  return requireInteger(value, name, 1, maxDelay);
}

function requireLimit(value: unknown, name: string): number {
  return value === Infinity ? Infinity : requireInteger(value, name, 1, Number.MAX_SAFE_INTEGER);
}

function requireKeepAlive(value: unknown, name: string): number | undefined {
  if (typeof value === 'boolean') return value ? undefined : 0;
  return Math.floor(requireInteger(value, name, 1000, maxDelay) / 1000);
}

function requireBudget(value: unknown, name: string): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!(value > 0 && value <= maxDelay)) throw outOfRange(name, `above 0 and at most ${maxDelay}`, value);
  return value;
}

function requireThreads(value: unknown, name: string): number {
  return requireInteger(value, name, 0, 64);
}

const readers: Readonly<Record<keyof CompleteSocketOptions, Reader>> = {
  highWaterMark: requireSize,
  maxBufferedAmount: requireLimit,
  noDelay: requireFlag,
  keepAlive: requireKeepAlive,
  allowHalfOpen: requireFlag,
  sendTimeout: requireDelay,
  receiveTimeout: requireDelay,
  handshakeTimeout: requireDelay,
  handshakeBudget: requireBudget,
  handshakeThreads: requireThreads,
  maxPendingHandshakes: requireSize,
};

/** What is given, over what there was before. */
export function readSocketOptions(
  given: object | undefined,
  before: CompleteSocketOptions = defaults,
): CompleteSocketOptions {
  const options = requireOptionsObject(given, 'options') as Record<string, unknown>;
  const changed = Object.entries(readers).filter(([name]) => options[name] !== undefined);
  if (changed.length === 0) return before;
  const values = changed.map(([name, read]) => [name, read(options[name], `options.${name}`)]);
  return { ...before, ...Object.fromEntries(values) };
}
