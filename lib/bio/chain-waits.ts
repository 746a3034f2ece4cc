// The calls on a chain that wait for the event loop: try, and when the chain says "not now", wait for what
// it waits for and try again.

import { BIO_RR_CONNECT } from '../constants';
import { requireAlive, usageError } from '../errors';
import type { NativeBIO } from '../native';
import { readOnce } from '../read-window';
import { turnIfDue } from './fairness';
import { Deadline, READABLE, type WaitOptions, WRITABLE } from './readiness';

/** One call on a chain, with its clock. */
export class Turn {
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
  on(native: NativeBIO): Turn {
    return new Turn(native, this.#deadline);
  }

  /** Repeats a step of this chain until it is done (0 or more). */
  async until(step: () => number): Promise<number> {
    for (;;) {
      const result = step();
      if (result >= 0) return result;
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

  async writeAll(bytes: Uint8Array): Promise<number> {
    for (let sent = 0; sent < bytes.byteLength; ) {
      await turnIfDue();
      const from = sent;
      sent += await this.until(() => this.#native.write(bytes.subarray(from)));
    }
    await this.until(() => this.#native.flush());
    return bytes.byteLength;
  }

  /** What the last call on the chain waits for. */
  events(): number {
    if (this.#native.shouldIoSpecial() !== 0) {
      return this.#native.retryReason() === BIO_RR_CONNECT ? WRITABLE : READABLE;
    }
    const read = this.#native.shouldRead() !== 0 ? READABLE : 0;
    const write = this.#native.shouldWrite() !== 0 ? WRITABLE : 0;
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

/** The waits of the chain from one link down. */
export class ChainWaits {
  readonly #native: NativeBIO;
  readonly #running = new Set<Deadline>();
  #nonBlocking: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(native: NativeBIO) {
    this.#native = native;
  }

  /** Runs one call: its clock is started and stopped, its socket does not block. */
  async run<T>(what: string, options: WaitOptions | undefined, body: (turn: Turn) => Promise<T>): Promise<T> {
    requireAlive(this.#native, 'BIO');
    const deadline = new Deadline(what, options);
    this.#running.add(deadline);
    try {
      this.#unblock();
      await turnIfDue();
      return await body(new Turn(this.#native, deadline));
    } finally {
      this.#running.delete(deadline);
      deadline.dispose();
    }
  }

  /** Runs `body` when those before it are over, however they ended. */
  async inOrder<T>(body: () => Promise<T>): Promise<T> {
    const own = this.#last.then(body);
    this.#last = own.catch(() => undefined);
    return await own;
  }

  /** Ends all calls that were begun on this link with an error. */
  end(error: unknown): void {
    for (const deadline of this.#running) deadline.fail(error);
  }

  /** For `setNonBlocking`: the mode may have changed. */
  forget(): void {
    this.#nonBlocking = undefined;
  }

  #unblock(): void {
    const fd = this.#native.fd(false);
    if (fd === undefined || fd === this.#nonBlocking) return;
    this.#native.setNonBlocking(1);
    this.#nonBlocking = fd;
  }
}
