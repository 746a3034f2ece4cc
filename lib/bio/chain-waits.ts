// The calls on a chain that wait for the event loop: try, and when the chain says "not now", wait for what
// it waits for and try again.

import { BIO_RR_CONNECT } from '../constants';
import { requireAlive, usageError } from '../errors';
import type { NativeBIO } from '../native';
import { readOnce } from '../read-window';
import { yieldIfDue } from './fairness';
import { Deadline, READABLE, type WaitOptions, WRITABLE } from './readiness';

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

  /** Repeats a step of this chain until it is done (0 or more). */
  async until(step: () => number): Promise<number> {
    for (;;) {
      const result = step();
      if (result >= 0) return result;
      await this.ready(this.events());
    }
  }

  /** Repeats a step of this chain until it has something. */
  async take<T>(step: () => T | undefined): Promise<T> {
    for (;;) {
      const result = step();
      if (result !== undefined) return result;
      await this.ready(this.events());
    }
  }

  async read(size: number): Promise<Buffer> {
    for (;;) {
      const chunk = readOnce(this.#native, size);
      if (chunk !== null) return chunk;
      // What a buffer keeps back may be what the peer waits for.
      const events = this.events();
      await this.ready(this.#native.flush() < 0 ? events | this.events() : events);
    }
  }

  /** Writes all of it and flushes. `unsent` is told what libssl may hold half sent when a wait ends it. */
  async writeAll(bytes: Uint8Array, unsent: (rest: Uint8Array) => void): Promise<number> {
    for (let sent = 0; sent < bytes.byteLength; ) {
      const pause = yieldIfDue();
      if (pause !== undefined) await pause;
      const rest = bytes.subarray(sent);
      const taken = this.#native.write(rest);
      if (taken >= 0) sent += taken;
      else await this.ready(this.events()).catch(rethrowAfter(() => unsent(rest)));
    }
    await this.until(() => this.#native.flush());
    return bytes.byteLength;
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

  async ready(events: number): Promise<void> {
    const readable = (events & READABLE) === 0 ? undefined : this.#native.fd(false);
    const writable = (events & WRITABLE) === 0 ? undefined : this.#native.fd(true);
    if (readable === undefined && writable === undefined) {
      throw usageError('ERR_NO_SOCKET', 'this chain has no socket to wait for: use the synchronous calls');
    }
    await this.#deadline.ready(readable, writable);
  }
}

function rethrowAfter(action: () => void): (error: unknown) => never {
  return (error) => {
    action();
    throw error;
  };
}

// The most that libssl holds of one write: a record.
const recordSize = 16384;

/** The waits of the chain from one link down. */
export class ChainWaits {
  readonly #native: NativeBIO;
  readonly #running = new Set<Deadline>();
  #lastWrite: Promise<unknown> | undefined;
  #halfSent: Uint8Array | undefined;

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
      return await body(new Operation(this.#native, deadline));
    } finally {
      this.#running.delete(deadline);
      deadline.dispose();
    }
  }

  /**
   * Writes all of it, after the writes before it, however those ended. Under TLS a record that was half sent
   * when a wait ended goes out whole first: what follows it would be taken for its rest.
   */
  async write(bytes: Uint8Array, tls: boolean, options: WaitOptions | undefined): Promise<number> {
    const before = this.#lastWrite;
    const own = this.run('writeAsync', options, async (operation) => {
      if (before !== undefined) await operation.deadline.settled(before);
      await this.#finishRecord(operation);
      return await operation.writeAll(bytes, (rest) => {
        if (tls) this.#halfSent = rest.slice(0, recordSize);
      });
    });
    const last = Promise.allSettled([before, own]).then(() => {
      if (this.#lastWrite === last) this.#lastWrite = undefined;
    });
    this.#lastWrite = last;
    return await own;
  }

  /** Ends all calls that were begun on this link with an error. */
  end(reason: () => unknown): void {
    if (this.#running.size === 0) return;
    const error = reason();
    for (const deadline of this.#running) deadline.fail(error);
  }

  async #finishRecord(operation: Operation): Promise<void> {
    const record = this.#halfSent;
    if (record === undefined) return;
    await operation.until(() => this.#native.write(record));
    this.#halfSent = undefined;
  }
}
