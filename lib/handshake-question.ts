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

/** What a callback is told: what it is about, as members of its own. */
export class Question implements HandshakeQuestion {
  #controller: AbortController | undefined;
  #isOver = false;

  /** Made of what it is about. Nothing is assigned: whatever others have put on all objects stays out of it. */
  static about<Facts extends object>(facts: Facts): Facts & Question {
    const question = new Question();
    for (const [name, value] of Object.entries(facts)) {
      const member = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(question, name, member);
    }
    return question as Facts & Question;
  }

  /** Nobody waits for the answer any more. */
  static abandon(question: Question): void {
    question.#isOver = true;
    question.#controller?.abort(reasonOfAbort());
  }

  /** Made when it is looked at: most callbacks answer at once. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isOver) this.#controller.abort(reasonOfAbort());
    }
    return this.#controller.signal;
  }
}

function reasonOfAbort(): Error {
  return usageError('ERR_CLOSED', 'nobody waits for the answer any more');
}

/**
 * Calls the user's function called `name`, and makes of what it says an answer that the addon takes: `read` makes it of
 * what was returned, or throws.
 */
export function ask<Event extends Question, T>(
  name: string,
  event: Event,
  callback: (event: Event) => unknown,
  read: (value: unknown, event: Event) => T,
): T | LaterAnswer<T> {
  try {
    const value = callback(event);
    if (!isPromiseLike(value)) return read(value, event);
    return later(name, event, value, (answer) => read(answer, event));
  } catch (error) {
    throw failureOf(name, error);
  }
}

function later<T>(
  name: string,
  event: Question,
  promise: PromiseLike<unknown>,
  read: (value: unknown) => T,
): LaterAnswer<T> {
  const answer = Promise.resolve(promise)
    .then(read)
    .catch((error: unknown) => {
      throw failureOf(name, error);
    });
  let waits = true;
  const over = () => {
    if (waits) --waiting;
    waits = false;
  };
  ++waiting;
  answer.then(over, over);
  // Perhaps it is refused as soon as it is there: this handshake cannot wait, or too many do.
  queueMicrotask(abortAbandoned);
  const abort = () => {
    over();
    Question.abandon(event);
  };
  return { promise: answer, abort };
}

/** That nothing was thrown cannot be told from `undefined` further on. */
function failureOf(name: string, error: unknown): unknown {
  if (error !== undefined && error !== null) return error;
  return usageError('ERR_CALLBACK_FAILED', `${name} has thrown ${error}`);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
