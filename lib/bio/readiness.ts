// Waiting for a descriptor on the event loop. However many wait for one descriptor, libuv watches it
// once. Who was woken mostly waits again at once: the watcher is given up when a turn of the loop ends
// and nobody does.

import { constants } from 'node:os';
import { invalidType, requireInteger, requireOptionsObject } from '../arguments';
import { syscallError, timeoutError } from '../errors';
import { type NativeWatcher, native } from '../native';

/** How long a wait may last, and what may end it. */
export interface WaitOptions {
  /** Milliseconds for the whole call; then TimeoutError. Default: undefined, no limit. */
  readonly timeout?: number | undefined;
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** libuv's UV_READABLE. */
export const READABLE = 1;
/** libuv's UV_WRITABLE. */
export const WRITABLE = 2;

interface Wait {
  readonly events: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class DescriptorWaits {
  readonly #fd: number;
  readonly #watcher: NativeWatcher;
  readonly #waits = new Set<Wait>();
  #watched = 0;

  constructor(fd: number) {
    this.#fd = fd;
    this.#watcher = native.newWatcher(fd, (status, events) => this.#happened(status, events));
  }

  add(wait: Wait): void {
    this.#waits.add(wait);
    this.#update();
  }

  remove(wait: Wait): void {
    if (this.#waits.delete(wait)) this.#update();
  }

  watches(fd: number): boolean {
    return this.#watcher.watches(fd);
  }

  /** Nobody waits, and the descriptor may be closed: gives it up. */
  release(): void {
    if (this.#waits.size > 0) return;
    if (byDescriptor.get(this.#fd) === this) byDescriptor.delete(this.#fd);
    this.#watcher.free();
  }

  rejectAll(error: unknown): void {
    const waits = [...this.#waits];
    this.#waits.clear();
    idle.delete(this);
    this.release();
    for (const wait of waits) wait.reject(error);
  }

  // A descriptor in error is ready for everything: the call that follows finds out what it is.
  #happened(status: number, events: number): void {
    const ready = status === 0 ? events : READABLE | WRITABLE;
    const waits = [...this.#waits].filter((wait) => (wait.events & ready) !== 0);
    for (const wait of waits) this.#waits.delete(wait);
    this.#update();
    for (const wait of waits) wait.resolve();
  }

  #update(): void {
    if (this.#waits.size === 0) {
      if (idle.size === 0) setImmediate(releaseIdle);
      idle.add(this);
      return;
    }
    let events = 0;
    for (const wait of this.#waits) events |= wait.events;
    if (events !== this.#watched) this.#watcher.watch(events);
    this.#watched = events;
  }
}

const byDescriptor = new Map<number, DescriptorWaits>();
const idle = new Set<DescriptorWaits>();

function releaseIdle(): void {
  for (const waits of idle) waits.release();
  idle.clear();
}

const badDescriptor = { code: 'EBADF', errno: -constants.errno.EBADF, syscall: 'poll' };

function waitsOf(fd: number): DescriptorWaits {
  const known = byDescriptor.get(fd);
  if (known?.watches(fd)) return known;
  // Somebody has closed it, and its number has come back as another.
  known?.rejectAll(syscallError(badDescriptor, `descriptor ${fd} was closed while something waited for it`));
  const waits = new DescriptorWaits(fd);
  byDescriptor.set(fd, waits);
  return waits;
}

/** For the owner of a descriptor, before it closes it: nobody may go on waiting for it. */
export function abandon(fd: number, reason: () => unknown): void {
  byDescriptor.get(fd)?.rejectAll(reason());
}

/** The timeout and the signal of one call, which may wait several times. */
export class Deadline {
  readonly #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failure: { readonly error: unknown } | undefined;
  #interrupt: ((error: unknown) => void) | undefined;
  readonly #onAbort = (): void => this.fail(this.#signal?.reason);

  /** Starts the clock. `what` names the call in the TimeoutError. */
  constructor(what: string, options: WaitOptions | undefined) {
    const { timeout, signal } = requireOptionsObject(options, 'options');
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw invalidType('options.signal', 'an AbortSignal', signal);
    }
    signal?.throwIfAborted();
    if (timeout !== undefined) {
      requireInteger(timeout, 'options.timeout', 0, 2 ** 31 - 1);
      this.#timer = setTimeout(() => this.fail(timeoutError(what, timeout)), timeout);
    }
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Waits until one descriptor can be read from or the other written to; they may be the same one. */
  async ready(readable: number | undefined, writable: number | undefined): Promise<void> {
    await this.race<void>((resolve, reject) => {
      const cancels: (() => void)[] = [];
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T): void => {
          for (const cancel of cancels) cancel();
          how(value);
        };
      const watch = (fd: number, events: number): void => {
        const waits = waitsOf(fd);
        const wait: Wait = { events, resolve: settle<void>(resolve), reject: settle(reject) };
        cancels.push(() => waits.remove(wait));
        waits.add(wait);
      };
      try {
        if (readable !== undefined) watch(readable, readable === writable ? READABLE | WRITABLE : READABLE);
        if (writable !== undefined && writable !== readable) watch(writable, WRITABLE);
      } catch (error) {
        settle(reject)(error);
      }
      return () => {
        for (const cancel of cancels) cancel();
      };
    });
  }

  /** Waits until a promise is settled, one way or the other. */
  async settled(promise: Promise<unknown>): Promise<void> {
    await this.race<void>((resolve) => {
      promise.then(
        () => resolve(),
        () => resolve(),
      );
    });
  }

  /** Runs `start` until it settles or the time is over; what `start` returns is called in that case. */
  async race<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | void,
  ): Promise<T> {
    this.requireRunning();
    try {
      return await new Promise<T>((resolve, reject) => {
        const cancel = start(resolve, reject);
        this.#interrupt = (error) => {
          cancel?.();
          reject(error);
        };
      });
    } finally {
      this.#interrupt = undefined;
    }
  }

  /** Throws what has ended the call, if something has. */
  requireRunning(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Ends the wait that is under way, and all that follow, with an error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#interrupt?.(error);
  }

  /** Ends the clock. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}
