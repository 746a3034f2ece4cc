// How long a call may wait.

import { invalidType, requireInteger, requireOptionsObject } from './arguments';
import { TimeoutError, timeoutError } from './errors';

/** How long a wait may last, and what may end it. */
export interface WaitOptions {
  /** Milliseconds for the whole call; then TimeoutError. Default: undefined, no limit. */
  readonly timeout?: number | undefined;
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
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

  /** Whether the call has taken longer than its timeout. */
  get timedOut(): boolean {
    return this.#failure?.error instanceof TimeoutError;
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

/** Runs a call with its clock. */
export async function within<T>(
  what: string,
  options: WaitOptions | undefined,
  body: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(what, options);
  try {
    return await body(deadline);
  } finally {
    deadline.dispose();
  }
}
