// The garbage collector on call, and proof that it has been there.

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** One full collection, here and now. What the addon holds is given back in a later turn of the loop. */
export const collectGarbage: () => void = runInNewContext('gc');

/** A collection, with a turn of the loop before it (a WeakRef keeps what it has shown until then) and after. */
export async function collect(): Promise<void> {
  await nextTurn();
  collectGarbage();
  await nextTurn();
}

/** Collects until `done`, and says so when that does not come. What waits for a turn of the loop gets it. */
export async function collectUntil(done: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 50 && !done(); turn++) await collect();
  assert.ok(done(), `${what} after 50 collections`);
}

/** Objects that are expected to be collected. */
export class Doomed {
  readonly #objects: WeakRef<object>[] = [];

  /** Watches an object, and returns it. */
  add<T extends object>(object: T): T {
    this.#objects.push(new WeakRef(object));
    return object;
  }

  /** How many are left. */
  get alive(): number {
    return this.#objects.filter((object) => object.deref() !== undefined).length;
  }

  /** Waits until all of them are gone, and with them what the addon held for them. */
  async gone(): Promise<void> {
    await collectUntil(() => this.alive === 0, `not all of ${this.#objects.length} objects were collected`);
  }
}
