import { type InspectOptions, inspect } from 'node:util';

/** What every object of the addon has. */
export interface NativeObject {
  free(): void;
  isFreed(): boolean;
  pointer(): bigint;
}

/** An object of the addon's that is given to a public constructor instead of its arguments. */
export class Wrapped<Native> {
  constructor(readonly native: Native) {}
}

/** The names of the members that `console.log` shows; of each class. */
export const shownMembers: unique symbol = Symbol('shown members');

// Some are not to be had at every moment, and a peer may send a certificate that cannot be read.
function valueOf(object: object, member: string): unknown {
  try {
    return Reflect.get(object, member);
  } catch (error) {
    return `[${(error as { code?: string }).code ?? 'unreadable'}]`;
  }
}

/** Those members that have a value, for `console.log`. */
export function knownMembers(object: object, members: readonly string[]): Record<string, unknown> {
  const shown = members.map((member) => [member, valueOf(object, member)] as const);
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined));
}

/** The addon's object behind a handle; for the classes that build on it. */
export let nativeOf: <Native extends NativeObject>(handle: Handle<Native>) => Native;

/**
 * An object that owns something of OpenSSL's. It is freed by hand, by `using`, or by the garbage
 * collector. Once it is freed every member throws FreedError (`ERR_FREED`), but `freed`, `free` and
 * `inspect`.
 */
export abstract class Handle<Native extends NativeObject> {
  readonly #native: Native;

  /** @internal */
  static {
    nativeOf = (handle) => handle.#native;
  }

  /** @internal */
  protected constructor(native: Native) {
    this.#native = native;
  }

  /** Whether `free` has been called. */
  get freed(): boolean {
    return this.#native.isFreed();
  }

  /** OpenSSL's pointer. It is good for as long as this object is alive and unchanged. */
  getPointer(): bigint {
    return this.#native.pointer();
  }

  /** Gives up what this object owns. May be called again. */
  free(): void {
    this.#native.free();
  }

  /** The same as `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  /** What `console.log` shows: the members that tell the most, as far as they have a value. Never throws. */
  [inspect.custom](depth: number, options: InspectOptions): unknown {
    // A class's prototype is no handle.
    if (!(#native in this)) return this;
    const { name } = this.constructor;
    if (depth < 0) return `[${name}]`;
    const members = this.freed ? ['freed'] : this[shownMembers];
    return `${name} ${inspect(knownMembers(this, members), options)}`;
  }

  /** @internal */
  protected abstract get [shownMembers](): readonly string[];
}
