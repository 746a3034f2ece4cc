// Makes calls: any member of any object, with arguments made from its types; or one that is named.

import { closeSync, openSync } from 'node:fs';
import { inspect } from 'node:util';
import * as bladessl from 'bladessl';
import type { Calls } from './calls';
import type { Random } from './random';
import type { Class, Member, Model } from './typings';
import { Values } from './values';
import type { World } from './world';

const maxDepth = 3;

/** Members that are called so much less often than others, for the time that they take. */
const rarely: ReadonlyMap<string, number> = new Map([['loadDefaultTrust', 0.3]]);

/** How often an object of a class is made: the more, the more of it there is to be called. */
function shareOf({ name, members }: Class): number {
  if (members.every(({ kind }) => kind === 'getter')) return 2;
  return 10 + 3 * Math.min(10, members.filter(({ key }) => key.startsWith(`${name}#`)).length);
}

// The more arguments, the more of them can be wrong; many settings can be made at certain times only; and what
// one class has and its base has not is called on objects of that class only.
function lotsOf({ name, members }: Class): Member[] {
  const own = members.filter(({ key }) => key.startsWith(`${name}#`));
  const rare = new Set(own.length < members.length / 4 ? own : []);
  return members.flatMap((member) => {
    const { kind, signatures } = member;
    const lots = kind === 'setter' ? 3 : 1 + (signatures[0]?.length ?? 0);
    return Array<Member>(rare.has(member) ? 4 * lots : lots).fill(member);
  });
}

/** Plays with a world. */
export class Player {
  readonly world: World;
  readonly calls: Calls;
  readonly #functions: readonly Member[];
  readonly #memberLots: ReadonlyMap<Class, readonly Member[]>;
  readonly #lots: readonly Class[];
  #depth = 0;

  constructor(model: Model, world: World, calls: Calls) {
    this.world = world;
    this.calls = calls;
    this.#functions = model.functions;
    this.#lots = model.classes.flatMap((one) =>
      Array<Class>(one.makers.length === 0 ? 0 : shareOf(one)).fill(one),
    );
    this.#memberLots = new Map(model.classes.map((one) => [one, lotsOf(one)]));
    world.retire = (object, random) => this.#retire(object, random);
  }

  /** Makes an object, by its constructor or a static member of its class, and may begin to use it. */
  create(random: Random): void {
    const type = random.pick(this.#lots);
    const made = this.#call(random, random.pick(type.makers), type.type);
    if (typeof made !== 'object' || made === null) return;
    for (let left = random.below(6); left > 0; left--) this.callMember(random, made);
  }

  /** Calls a member of any object, or a function. */
  callAny(random: Random): unknown {
    if (this.#functions.length > 0 && random.chance(0.03)) {
      return this.#call(random, random.pick(this.#functions), bladessl);
    }
    return this.callMember(random, this.world.any(random));
  }

  /** Calls a member of an object, with arguments made from its types; one whose name is like that. */
  callMember(random: Random, object: object | undefined, like?: RegExp): unknown {
    const found = object && this.world.classOf(object);
    if (found === undefined) return undefined;
    const lots = this.#memberLots.get(found) as readonly Member[];
    const member = random.pick(like === undefined ? lots : lots.filter(({ name }) => like.test(name)));
    return member && this.#call(random, member, object as object);
  }

  /** Calls a method, or reads a property, of an object; undefined when it fails. */
  use(random: Random, object: object | undefined, name: string, ...values: unknown[]): unknown {
    const member = object && this.world.classOf(object)?.members.find((one) => one.name === name);
    if (object === undefined || member === undefined) return undefined;
    return this.#carryOut(random, member, object, values);
  }

  /** Makes an object of a class with these arguments. */
  make<T extends object>(
    random: Random,
    type: abstract new (...args: never[]) => T,
    ...values: unknown[]
  ): T | undefined {
    const found = this.world.classes.get(type.name);
    const maker = found?.makers.find(({ kind }) => kind === 'constructor');
    return maker && (this.#carryOut(random, maker, found?.type as object, values) as T | undefined);
  }

  #call(random: Random, member: Member, object: object): unknown {
    if (!random.chance(rarely.get(member.name) ?? 1)) return undefined;
    if (member.name === 'setFd' || /^(Fd|Socket)BIO$/.test(member.name)) {
      return this.#callWithDescriptor(random, member, object);
    }
    const receiver = member.kind === 'constructor' ? undefined : object;
    const scope = {
      world: this.world,
      random,
      member: member.name,
      receiver,
      isHonest: isForOthers(member, object),
    };
    const values = new Values(scope, (own, of) => this.#reenter(own, of));
    return this.#carryOut(random, member, object, values.list(random.pick(member.signatures)));
  }

  // A descriptor that is not shared is its own, and closed by whoever takes it.
  #callWithDescriptor(random: Random, member: Member, object: object): unknown {
    const { sharedFd } = this.world;
    if (object instanceof bladessl.SSL || random.chance(0.5)) {
      return this.#carryOut(random, member, object, [sharedFd, bladessl.BIO_NOCLOSE]);
    }
    const fd = openSync('own-file', 'w+');
    const taken = this.#carryOut(random, member, object, [fd, bladessl.BIO_CLOSE]);
    if (taken === undefined) closeSync(fd);
    return taken;
  }

  #carryOut(random: Random, member: Member, object: object, values: readonly unknown[]): unknown {
    const shown = (): string => {
      const list = values.map((value) => inspect(value, { depth: 0, breakLength: Infinity })).join(', ');
      return `${member.key} ${list}`;
    };
    const result = this.calls.attempt(member.key, shown, () => perform(member, object, values));
    if (member.name === 'session' && Buffer.isBuffer(result)) this.world.sessions[random.below(8)] = result;
    this.#follow(random, member, result);
    return result;
  }

  /** Objects that a call hands out are played with as well, and what can be iterated is, for a while. */
  #follow(random: Random, member: Member, result: unknown): void {
    if (result instanceof Promise) {
      void result.then((value) => this.#follow(random, member, value));
    } else if (isGenerator(result)) {
      void this.#walk(random, member, result);
    } else {
      this.world.adopt(random, result);
    }
  }

  async #walk(random: Random, member: Member, items: AsyncGenerator<unknown>): Promise<void> {
    const { attempt } = this.calls;
    for (let left = random.below(4); left > 0; left--) {
      const next = attempt.call(
        this.calls,
        member.key,
        () => `${member.key} next`,
        () => items.next(),
      );
      const item = (await next) as IteratorResult<unknown> | undefined;
      if (item === undefined || item.done === true) return;
      this.world.adopt(random, item.value);
    }
    attempt.call(
      this.calls,
      member.key,
      () => `${member.key} return`,
      () => items.return(undefined),
    );
  }

  /** What a callback of the caller's does: anything, also to the object that has called it. */
  #reenter(random: Random, receiver: object | undefined): void {
    if (this.#depth >= maxDepth) return;
    this.#depth++;
    try {
      if (receiver !== undefined && random.chance(0.3)) this.#end(random, receiver);
      else if (receiver !== undefined && random.chance(0.5)) this.callMember(random, receiver);
      else this.callAny(random);
    } finally {
      this.#depth--;
    }
  }

  #end(random: Random, object: object): void {
    if ('freed' in object) this.use(random, object, 'free');
    else this.use(random, object, 'close', { abort: random.chance(0.5) });
  }

  // Most of what is dropped is ended as well, so that no run holds more than the system has; the rest is the
  // garbage collector's.
  #retire(object: object, random: Random): void {
    if (random.chance('freed' in object ? 0.3 : 0.9)) this.#end(random, object);
  }

  /** Ends all that is left. */
  endAll(random: Random): void {
    for (const object of this.world.everything()) this.#end(random, object);
    this.world.end();
  }
}

/** Members that Node calls, or the package itself, and always with the right arguments. */
function isForOthers({ kind, property }: Member, object: object): boolean {
  const makesError = kind === 'constructor' && (object as { prototype?: unknown }).prototype instanceof Error;
  return makesError || property === inspect.custom;
}

function perform(member: Member, object: object, values: readonly unknown[]): unknown {
  const { kind, property } = member;
  if (kind === 'getter') return Reflect.get(object, property);
  if (kind === 'setter') return Reflect.set(object, property, values[0]);
  if (kind === 'constructor') return nonBlocking(Reflect.construct(object as new () => object, values));
  return Reflect.apply(Reflect.get(object, property) as () => unknown, object, values);
}

/** The members of a BIO that would block on a descriptor that blocks find none. */
function nonBlocking(made: object): object {
  if (!(made instanceof bladessl.BIO)) return made;
  const { method } = made;
  const waits = method === bladessl.BIO_s_connect || method === bladessl.BIO_s_accept;
  return waits ? made.setNonBlocking() : made;
}

function isGenerator(value: unknown): value is AsyncGenerator<unknown> {
  return Object.prototype.toString.call(value) === '[object AsyncGenerator]';
}
