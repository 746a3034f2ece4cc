// Happy Eyeballs (RFC 8305): a name's addresses are tried one after another, and none is waited for long
// before the next one is tried beside it.

import { isIPv6 } from 'node:net';
import { usageError } from '../errors';

/** How a race is run. */
export interface RaceOptions {
  /** Milliseconds from the start of one attempt to that of the next. Default: 250 (RFC 8305, 5). */
  readonly delay?: number | undefined;
  /** Ends the race: every attempt is aborted, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One try at one address. It should give up, and reject, when the signal is aborted. */
export type Attempt<T> = (address: string, signal: AbortSignal) => Promise<T>;

const defaultDelay = 250;

/**
 * The addresses with their families taking turns, the first one's family first (RFC 8305, 4). Inside a
 * family the order stays.
 */
export function interleave(addresses: readonly string[]): string[] {
  const [first] = addresses;
  if (first === undefined) return [];
  const leads = (address: string): boolean => isIPv6(address) === isIPv6(first);
  const leading = addresses.filter(leads);
  const others = addresses.filter((address) => !leads(address));
  const rounds = Math.max(leading.length, others.length);
  return Array.from({ length: rounds }, (_, round) => [
    ...leading.slice(round, round + 1),
    ...others.slice(round, round + 1),
  ]).flat();
}

/**
 * What the first attempt gives that succeeds (RFC 8305, 5). Attempts start in the order of the addresses:
 * the next one when `delay` has passed, or at once when the latest one has failed. The losers' signals are
 * aborted.
 *
 * @param discard is given what an attempt brings after the race; it must not throw.
 * @throws when all fail: the last failure that came from the system (it has a `syscall`), else the last
 * one. The others are its `cause`, an AggregateError, unless it has a cause already. SSLError
 * (ERR_NO_ADDRESS) when there is no address; the signal's reason.
 */
export async function raceAddresses<T>(
  addresses: readonly string[],
  attempt: Attempt<T>,
  discard: (loser: T) => void,
  options: RaceOptions = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  if (addresses.length === 0) throw usageError('ERR_NO_ADDRESS', 'there is no address to connect to');
  return await new Race(addresses, attempt, discard, options).run();
}

class Race<T> {
  readonly #waiting: string[];
  readonly #attempt: Attempt<T>;
  readonly #discard: (loser: T) => void;
  readonly #delay: number;
  readonly #signal: AbortSignal | undefined;
  readonly #underWay = new Set<AbortController>();
  readonly #failures: unknown[] = [];
  readonly #result: Promise<T>;
  readonly #onAbort = (): void => {
    this.#end();
    this.#reject(this.#signal?.reason);
  };
  #resolve!: (winner: T) => void;
  #reject!: (reason: unknown) => void;
  #state: 'open' | 'over' = 'open';
  #latest: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    addresses: readonly string[],
    attempt: Attempt<T>,
    discard: (loser: T) => void,
    options: RaceOptions,
  ) {
    this.#waiting = [...addresses];
    this.#attempt = attempt;
    this.#discard = discard;
    this.#delay = options.delay ?? defaultDelay;
    this.#signal = options.signal;
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  run(): Promise<T> {
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#startNext();
    return this.#result;
  }

  #startNext(): void {
    clearTimeout(this.#timer);
    const address = this.#waiting.shift();
    if (address === undefined) return;
    const controller = new AbortController();
    this.#underWay.add(controller);
    this.#latest = controller;
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#startNext(), this.#delay);
    void this.#run(address, controller);
  }

  async #run(address: string, controller: AbortController): Promise<void> {
    let value: T;
    try {
      value = await this.#attempt(address, controller.signal);
    } catch (error) {
      this.#failed(error, controller);
      return;
    }
    this.#succeeded(value, controller);
  }

  #succeeded(value: T, controller: AbortController): void {
    if (this.#state === 'over') return this.#discard(value);
    this.#underWay.delete(controller);
    this.#end();
    this.#resolve(value);
  }

  #failed(error: unknown, controller: AbortController): void {
    if (this.#state === 'over') return;
    this.#underWay.delete(controller);
    this.#failures.push(error);
    if (this.#latest === controller) this.#startNext();
    if (this.#underWay.size > 0 || this.#waiting.length > 0) return;
    this.#end();
    this.#reject(summary(this.#failures));
  }

  #end(): void {
    this.#state = 'over';
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#waiting.length = 0;
    for (const controller of this.#underWay) controller.abort();
    this.#underWay.clear();
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall !== undefined;
}

function summary(failures: readonly unknown[]): unknown {
  const told = failures.findLast(isSystemError) ?? failures.at(-1);
  if (failures.length === 1 || !(told instanceof Error) || told.cause !== undefined) return told;
  // Without `told` itself: an error that is among its own causes could not be turned into JSON.
  const others = failures.filter((failure) => failure !== told);
  const cause = new AggregateError(others, 'the other addresses failed as well');
  // As the constructor of Error defines it.
  return Object.defineProperty(told, 'cause', {
    value: cause,
    configurable: true,
    enumerable: false,
    writable: true,
  });
}
