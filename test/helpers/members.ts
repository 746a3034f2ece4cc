// What a class has, so that a test can go through all of it and forget nothing.

import assert from 'node:assert/strict';

/** One member that instances inherit, and what it is. */
export interface Member {
  readonly name: string;
  readonly kind: 'getter' | 'setter' | 'method';
}

/** The members of an object's class and of those above it; not symbols, nor what Object has. */
export function membersOf(object: object): Member[] {
  const members = new Map<string, Member>();
  let prototype: object = Object.getPrototypeOf(object);
  for (; prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    for (const [name, { get, set, value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name === 'constructor') continue;
      const add = (kind: Member['kind']) => members.set(`${kind} ${name}`, { name, kind });
      if (get !== undefined) add('getter');
      if (set !== undefined) add('setter');
      if (value !== undefined) add('method');
    }
  }
  return [...members.values()];
}

/** Members that may be used after `free`. */
const immortal = ['free', 'freed'];

function use(object: object, { name, kind }: Member, values: readonly unknown[]): unknown {
  if (kind === 'getter') return Reflect.get(object, name);
  if (kind === 'setter') {
    (object as Record<string, unknown>)[name] = values[0];
    return undefined;
  }
  return (object as Record<string, (...list: unknown[]) => unknown>)[name]?.(...values);
}

/**
 * Asserts that every member of a freed object throws FreedError. `values` has the arguments of each
 * method, and in a list of one the value for each setter: valid ones, so that nothing else can throw.
 */
export function assertAllFreed(object: { readonly freed: boolean }, values: Record<string, unknown[]>): void {
  assert.equal(object.freed, true);
  const members = membersOf(object).filter(({ name }) => !immortal.includes(name));
  for (const member of members) {
    const { name, kind } = member;
    assert.ok(kind === 'getter' || values[name] !== undefined, `no values for the ${kind} ${name}`);
    assert.throws(
      () => use(object, member, values[name] ?? []),
      { name: 'FreedError', code: 'ERR_FREED' },
      `${kind} ${name}`,
    );
  }
}
