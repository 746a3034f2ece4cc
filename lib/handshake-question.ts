// What a handshake asks its user, who answers at once or by a promise.

import { usageError } from './errors';
import { native } from './native';

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What each callback of a handshake is told, beside what it is about. */
export interface HandshakeQuestion {
  /**
   * Is aborted when nobody waits for the answer any more: the connection was closed, or its time was over
   * (`handshakeTimeout`). Its reason is an SSLError `ERR_CLOSED`. For a callback that answers by a promise.
   */
  readonly signal: AbortSignal;
}

/** An answer that will come: the addon waits for the promise, and has `abort` called when it waits no more. */
export interface LaterAnswer<T> {
  readonly promise: Promise<T>;
  abort(): void;
}

let waiting = 0;

/** Aborts the signals of questions that nobody waits for any more. */
export function abortAbandoned(): void {
  if (waiting === 0) return;
  for (const later of native.takeAbandoned()) later.abort();
}

/** One question: it calls the user, and makes of what he says an answer that the addon takes. */
export class Question {
  readonly #name: string;
  #controller: AbortController | undefined;
  #aborted = false;

  /** @param name of the callback, for errors. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Made when it is looked at: most callbacks answer at once. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#abort();
    }
    return this.#controller.signal;
  }

  /** An event: what it is about, with the signal. */
  eventOf<T extends object>(facts: T): T & HandshakeQuestion {
    questions.set(facts, this);
    return Object.setPrototypeOf(facts, eventPrototype);
  }

  /** `read` makes an answer of what `callback` returned, or throws. */
  ask<T>(callback: () => unknown, read: (value: unknown) => T): T | LaterAnswer<T> {
    try {
      const value = callback();
      return isPromiseLike(value) ? this.#later(value, read) : read(value);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #later<T>(promise: PromiseLike<unknown>, read: (value: unknown) => T): LaterAnswer<T> {
    ++waiting;
    const answer = Promise.resolve(promise)
      .then(read)
      .catch((error: unknown) => {
        throw this.#failure(error);
      });
    const over = () => {
      --waiting;
    };
    answer.then(over, over);
    // Perhaps it is refused as soon as it is there: this handshake cannot wait, or too many do.
    queueMicrotask(abortAbandoned);
    return { promise: answer, abort: () => this.#abort() };
  }

  #abort(): void {
    this.#aborted = true;
    this.#controller?.abort(usageError('ERR_CLOSED', 'nobody waits for the answer any more'));
  }

  /** That nothing was thrown cannot be told from `undefined` further on. */
  #failure(error: unknown): unknown {
    if (error !== undefined && error !== null) return error;
    return usageError('ERR_CALLBACK_FAILED', `${this.#name} has thrown ${error}`);
  }
}

const questions = new WeakMap<object, Question>();

// A getter of the prototype: one that each event had for itself would cost more than the rest of the question.
const eventPrototype = {
  get signal(): AbortSignal {
    return (questions.get(this) as Question).signal;
  },
};

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
