// The jobs with a full collection before and after each call of a member, and inside of constructors.

import { Duplex } from 'node:stream';
import * as bladessl from 'bladessl';
import { collectGarbage } from '../helpers/gc';

type Callable = (this: unknown, ...values: unknown[]) => unknown;

function collectingAround(call: Callable): Callable {
  return function around(...values) {
    collectGarbage();
    try {
      return call.apply(this, values);
    } finally {
      collectGarbage();
    }
  };
}

function stress(prototype: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor') continue;
    for (const part of ['get', 'set', 'value'] as const) {
      if (typeof descriptor[part] === 'function') descriptor[part] = collectingAround(descriptor[part]);
    }
    Object.defineProperty(prototype, name, descriptor);
  }
}

const prototypes = new Set<object>();
for (const value of Object.values(bladessl)) {
  if (typeof value !== 'function' || value.prototype === undefined) continue;
  if (value.prototype instanceof Error) continue;
  // Streams of Node's are Node's.
  const foreign = new Set([Object.prototype, Duplex.prototype]);
  for (let one = value.prototype; !foreign.has(one); one = Object.getPrototypeOf(one)) prototypes.add(one);
}
for (const prototype of prototypes) stress(prototype);

require('./jobs');
