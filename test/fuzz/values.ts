// Arguments for a member that was picked at random, made from its types: right as often as not.

import * as bladessl from 'bladessl';
import { guarded, hints, type Scope } from './hints';
import { bytes, CallerError, listOf, numbers, texts } from './hostile-values';
import { Random } from './random';
import type { Field, Shape } from './shapes';

/** Calls others from inside a callback. */
export type Reenter = (random: Random, receiver: object | undefined) => void;

const exported = bladessl as unknown as Readonly<Record<string, unknown>>;
const maxDepth = 3;
// A callback that is called for ever would make no end.
const maxReentries = 20;

/** Makes values for what a shape asks for. */
export class Values {
  readonly #scope: Scope;
  readonly #reenter: Reenter;
  #depth = 0;

  constructor(scope: Scope, reenter: Reenter) {
    this.#scope = scope;
    this.#reenter = reenter;
  }

  /** The arguments of a call. */
  list(parameters: readonly Field[]): unknown[] {
    const { random, world, isHonest } = this.#scope;
    const values: unknown[] = [];
    for (const parameter of parameters) {
      if (parameter.optional && random.chance(0.3)) break;
      values.push(this.of(parameter.name, parameter.shape));
    }
    if (!isHonest && random.chance(0.03)) values.push(world.hostile(random));
    return values;
  }

  /** A value for a parameter or an option. */
  of(name: string, shape: Shape): unknown {
    const { random, world, member, isHonest } = this.#scope;
    const key = Object.hasOwn(hints, `${member}.${name}`) ? `${member}.${name}` : name;
    const hint = Object.hasOwn(hints, key) ? hints[key] : undefined;
    if (isHonest) return (hint ?? (() => this.#like(shape)))(this.#scope);
    const luck = random.below(100);
    if (hint !== undefined && guarded.has(key)) return luck < 92 ? hint(this.#scope) : world.odd(random);
    if (luck < 10) return world.hostile(random);
    return hint !== undefined && luck < 70 ? hint(this.#scope) : this.#like(shape);
  }

  #like(shape: Shape): unknown {
    const { random, world } = this.#scope;
    switch (shape.kind) {
      case 'any':
        return world.hostile(random);
      case 'string':
        return random.pick(texts);
      case 'number':
        return random.pick(numbers);
      case 'bigint':
        return random.pick([0n, 1n, 255n, -1n, 1n << 40n, 1n << 64n]);
      case 'boolean':
        return random.chance(0.5);
      case 'bytes':
        return random.pick(bytes)(random);
      case 'literal':
        return shape.value;
      case 'instance':
        return world.instance(random, shape.name);
      case 'constant':
        return exported[random.pick(shape.names)];
      case 'union':
        return this.#like(random.pick(shape.choices));
      default:
        return this.#compound(shape);
    }
  }

  #compound(shape: Shape): unknown {
    if (this.#depth >= maxDepth) return undefined;
    const { random } = this.#scope;
    this.#depth++;
    try {
      if (shape.kind === 'object') return this.#object(shape.fields);
      if (shape.kind === 'list') return Array.from({ length: random.below(4) }, () => this.#like(shape.item));
      if (shape.kind === 'tuple') return shape.items.map((item) => this.#like(item));
      if (shape.kind === 'function') return this.callback(shape.result);
      return shape.kind === 'foreign' ? this.#foreign(shape.name) : undefined;
    } finally {
      this.#depth--;
    }
  }

  // Options are read one after the other: what a getter does in between may change everything.
  #object(fields: readonly Field[]): object {
    const { random, receiver } = this.#scope;
    const object: Record<string, unknown> = random.chance(0.05) ? Object.create(null) : {};
    for (const { name, shape, optional } of fields) {
      if (random.chance(optional && name !== 'timeout' ? 0.6 : 0.04)) continue;
      object[name] = this.of(name, shape);
    }
    const trapped = random.chance(0.05) ? random.pick(fields)?.name : undefined;
    if (trapped === undefined) return object;
    const [value, own] = [object[trapped], this.#fork()];
    const get = (): unknown => {
      this.#reenter(own, receiver);
      return value;
    };
    return Object.defineProperty(object, trapped, { get, enumerable: true });
  }

  /** A function that calls others, frees what it was given to, throws, or answers wrongly. */
  callback(result: Shape): (...args: unknown[]) => unknown {
    const { world, receiver } = this.#scope;
    const own = this.#fork();
    let left = maxReentries;
    return (...args) => {
      world.adopt(own, args);
      if (left-- > 0 && own.chance(0.6)) this.#reenter(own, receiver);
      if (own.chance(0.05)) throw new CallerError('from a callback');
      return own.chance(0.8)
        ? new Values({ ...this.#scope, random: own }, this.#reenter).#like(result)
        : world.hostile(own);
    };
  }

  #foreign(name: string): unknown {
    const { random, world } = this.#scope;
    switch (name) {
      case 'AbortSignal':
        return this.#signal();
      case 'URL':
        return random.pick(listOf(new URL('file:///nowhere'), new URL('https://localhost/')));
      case 'FileHandle':
        return world.file(random);
      case 'Socket':
        return world.netSocket(random);
      case 'Duplex':
        return world.duplex(random);
      case 'InspectOptions':
        return { depth: random.below(3), colors: random.chance(0.5) };
      case 'Iterable':
        return this.#chunks();
      case 'AsyncIterable':
        return this.#laterChunks();
      default:
        return world.hostile(random);
    }
  }

  #signal(): AbortSignal {
    const { random, receiver } = this.#scope;
    if (random.chance(0.3))
      return AbortSignal.abort(random.chance(0.5) ? undefined : new CallerError('aborted'));
    const controller = new AbortController();
    const own = this.#fork();
    if (random.chance(0.3)) controller.signal.addEventListener('abort', () => this.#reenter(own, receiver));
    if (random.chance(0.7)) setImmediate(() => controller.abort());
    return controller.signal;
  }

  *#chunks(): Generator<unknown> {
    const { random, receiver } = this.#scope;
    const own = this.#fork();
    for (let left = random.below(4); left > 0; left--) yield this.of('data', { kind: 'bytes' });
    if (own.chance(0.2)) this.#reenter(own, receiver);
    if (own.chance(0.1)) throw new CallerError('from an iterable');
  }

  async *#laterChunks(): AsyncGenerator<unknown> {
    yield* this.#chunks();
  }

  // What is called later has numbers of its own, so that the others stay what they are.
  #fork(): Random {
    return new Random(this.#scope.random.below(2 ** 32));
  }
}
