// The record of a run: which calls came back, which were refused, and which ended in a way that no fault of
// the caller explains.

import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { CallerError } from './hostile-values';

/** Calls that were begun and have not ended, by what they are called. */
type Pending = Map<Promise<unknown>, string>;

// How the language itself refuses an object that only looks like one of a class.
const notOfClass =
  /^(Cannot (read|write) private (member|method)|Receiver must be|Object must be an instance)/;

/** Whether an error is one that the documentation foresees: an error without a code is one that nobody has. */
export function isTyped(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof TypeError && notOfClass.test(error.message)) return true;
  const { code } = error as { code?: unknown };
  return error.name === 'AbortError' || (typeof code === 'string' && code !== 'ERR_INTERNAL');
}

/** What the calls of a run came to. */
export class Calls {
  readonly wrong: string[] = [];
  /** How often each member has succeeded. */
  readonly succeeded = new Map<string, number>();
  made = 0;
  refused = 0;
  step = 0;
  readonly #trace: boolean;
  readonly #pending: Pending = new Map();

  constructor(trace: boolean) {
    this.#trace = trace;
  }

  /** At once: the next call may be the last. */
  tell(line: () => string): void {
    if (this.#trace) writeSync(1, `${this.step} ${line()}\n`);
  }

  report(what: string, error: unknown): void {
    this.wrong.push(`step ${this.step}: ${what}: ${inspect(error)}`);
  }

  /** Carries out a call of the member `key`. The answer to a call that failed is undefined. */
  attempt(key: string, shown: () => string, call: () => unknown): unknown {
    this.made++;
    this.tell(shown);
    try {
      const result = call();
      if (!(result instanceof Promise)) this.#succeed(key);
      return result instanceof Promise ? this.#settle(key, result) : result;
    } catch (error) {
      this.judge(key, error);
      return undefined;
    }
  }

  judge(key: string, error: unknown): void {
    this.refused++;
    this.tell(() => `${key}: ${(error as { code?: unknown } | null)?.code}`);
    if (!isTyped(error)) this.report(key, error);
  }

  /** What nobody has caught: only a listener of the caller's may be behind it. */
  judgeUncaught(error: unknown): void {
    if (!(error instanceof CallerError)) this.report('uncaught', error);
  }

  /** Waits until all calls have ended; those that have not in time are wrong. */
  async settled(time: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, time);
    });
    while (this.#pending.size > 0) {
      const all = Promise.all(this.#pending.keys()).then(() => true);
      if ((await Promise.race([all, late])) !== true) break;
    }
    clearTimeout(timer);
    for (const what of this.#pending.values()) this.report(what, new Error('the call has never ended'));
  }

  /** What there is to be said to a parent process. */
  summary(): object {
    const { made, refused, step, succeeded } = this;
    return { made, refused, step, succeeded: Object.fromEntries(succeeded) };
  }

  #succeed(key: string): void {
    this.succeeded.set(key, (this.succeeded.get(key) ?? 0) + 1);
  }

  #settle(key: string, promise: Promise<unknown>): Promise<unknown> {
    const { step } = this;
    const settled = promise.then(
      (value) => {
        this.#succeed(key);
        return value;
      },
      (error: unknown) => this.judge(`${key} of step ${step}`, error),
    );
    const forgotten = settled.finally(() => this.#pending.delete(forgotten));
    this.#pending.set(forgotten, `${key} of step ${step}`);
    return forgotten;
  }
}
