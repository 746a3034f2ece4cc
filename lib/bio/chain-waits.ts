// The calls on a chain that wait for the event loop: try, and when the chain says "not now", wait for what
// it waits for and try again.

import { invalidValue } from '../arguments';
import { BIO_RR_CONNECT } from '../constants';
import { Deadline, type WaitOptions } from '../deadline';
import { requireAlive, usageError } from '../errors';
import type { NativeBIO } from '../native';
import { readOnce } from '../read-window';
import { yieldIfDue } from './fairness';
import { READABLE, untilReady, WRITABLE, wake } from './readiness';

/** One call on a chain, with its clock. */
export class Operation {
  readonly #native: NativeBIO;
  readonly #deadline: Deadline;

  constructor(native: NativeBIO, deadline: Deadline) {
    this.#native = native;
    this.#deadline = deadline;
  }

  get deadline(): Deadline {
    return this.#deadline;
  }

  /** The same call, going on with another link. */
  on(native: NativeBIO): Operation {
    return new Operation(native, this.#deadline);
  }

  /**
   * Repeats a step of this chain until it is done (0 or more).
   *
   * @param answer what the step waits for, if that is not the chain.
   */
  async until(step: () => number, answer?: () => Promise<void> | undefined): Promise<number> {
    for (;;) {
      this.#deadline.requireRunning();
      const result = step();
      if (result >= 0) return result;
      const awaited = answer?.();
      await (awaited === undefined ? this.ready(this.events()) : this.#deadline.settled(awaited));
    }
  }

  /** Repeats a step of this chain until it has something. */
  async take<T>(step: () => T | undefined): Promise<T> {
    for (;;) {
      this.#deadline.requireRunning();
      const result = step();
      if (result !== undefined) return result;
      await this.ready(this.events());
    }
  }

  async read(size: number): Promise<Buffer> {
    for (;;) {
      this.#deadline.requireRunning();
      const chunk = readOnce(this.#native, size);
      if (chunk !== null) return chunk;
      // What a buffer keeps back may be what the peer waits for.
      const events = this.events();
      await this.ready(this.#native.flush() < 0 ? events | this.events() : events);
    }
  }

  /** Writes all of it and flushes. */
  async writeAll(bytes: Uint8Array): Promise<number> {
    const size = bytes.byteLength;
    for (let sent = 0; sent < size; ) {
      const pause = yieldIfDue();
      if (pause !== undefined) await pause;
      this.#deadline.requireRunning();
      requireSize(bytes, size);
      const taken = this.#native.write(bytes.subarray(sent));
      if (taken >= 0) sent += taken;
      else await this.ready(this.events());
    }
    await this.until(() => this.#native.flush());
    return size;
  }

  /** What the last call on the chain waits for. */
  events(): number {
    if (this.#native.shouldIoSpecial()) {
      return this.#native.retryReason() === BIO_RR_CONNECT ? WRITABLE : READABLE;
    }
    const read = this.#native.shouldRead() ? READABLE : 0;
    const write = this.#native.shouldWrite() ? WRITABLE : 0;
    return read | write;
  }

  /** Lets the others who wait for this chain try again. */
  wakeOthers(): void {
    if (this.#native.isFreed()) return;
    const fd = this.#native.fd(false);
    if (fd !== undefined) wake(fd);
  }

  async ready(events: number): Promise<void> {
    const readable = (events & READABLE) === 0 ? undefined : this.#native.fd(false);
    const writable = (events & WRITABLE) === 0 ? undefined : this.#native.fd(true);
    if (readable === undefined && writable === undefined) {
      throw usageError('ERR_NO_SOCKET', 'this chain has no socket to wait for: use the synchronous calls');
    }
    await untilReady(this.#deadline, readable, writable);
  }
}

// The memory may be transferred away while a write waits.
function requireSize(bytes: Uint8Array, size: number): void {
  if (bytes.byteLength !== size)
    throw invalidValue('data', 'must not be detached while it is written', bytes);
}

interface Writes {
  running: number;
  /** Settles when all that were begun so far have ended. */
  over: Promise<unknown>;
}

// Writes to one end are carried out one after the other, whichever link of the chain they were begun on.
// The last link of a chain stands for its end.
const writesTo = new WeakMap<object, Writes>();

/** For a write that does not wait: it would go in between the parts of one that does. */
export function requireNoWriter(end: object): void {
  if (writesTo.has(end)) throw usageError('ERR_BUSY', 'a writeAsync() on this chain is under way');
}

/** The waits of the chain from one link down. */
export class ChainWaits {
  readonly #native: NativeBIO;
  readonly #running = new Set<Deadline>();

  constructor(native: NativeBIO) {
    this.#native = native;
  }

  /** Runs one call: its clock is started and stopped, its socket does not block. */
  async run<T>(
    what: string,
    options: WaitOptions | undefined,
    body: (operation: Operation) => Promise<T>,
  ): Promise<T> {
    requireAlive(this.#native, 'BIO');
    const deadline = new Deadline(what, options);
    this.#running.add(deadline);
    try {
      if (this.#native.hasSource()) this.#native.setNonBlocking(true);
      const pause = yieldIfDue();
      if (pause !== undefined) await pause;
      deadline.requireRunning();
      return await body(new Operation(this.#native, deadline));
    } finally {
      this.#running.delete(deadline);
      deadline.dispose();
    }
  }

  /**
   * Writes all of it, after the writes before it to the same end, however those ended. What libssl has half
   * sent when a wait ends goes out whole before the next write.
   */
  async write(bytes: Uint8Array, end: object, options: WaitOptions | undefined): Promise<number> {
    const writes = writesTo.get(end) ?? { running: 0, over: Promise.resolve() };
    const before = writes.running > 0 ? writes.over : undefined;
    const own = this.run('writeAsync', options, (operation) => this.#writeAfter(before, bytes, operation));
    writes.running += 1;
    writes.over = Promise.allSettled([before, own]);
    writesTo.set(end, writes);
    try {
      return await own;
    } finally {
      writes.running -= 1;
      if (writes.running === 0) writesTo.delete(end);
    }
  }

  async #writeAfter(
    before: Promise<unknown> | undefined,
    bytes: Uint8Array,
    operation: Operation,
  ): Promise<number> {
    if (before !== undefined) await operation.deadline.settled(before);
    try {
      return await operation.writeAll(bytes);
    } catch (error) {
      if (!this.#native.isFreed()) this.#native.abandonWrite();
      throw error;
    }
  }

  /** Ends all calls that were begun on this link with an error. */
  end(reason: () => unknown): void {
    if (this.#running.size === 0) return;
    const error = reason();
    for (const deadline of this.#running) deadline.fail(error);
  }
}
