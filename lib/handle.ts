/** What every object of the addon has. */
export interface NativeObject {
  free(): void;
  isFreed(): boolean;
  pointer(): bigint;
}

/** The addon's object behind a handle; for the classes that build on it. */
export let nativeOf: <Native extends NativeObject>(handle: Handle<Native>) => Native;

/**
 * An object that owns something of OpenSSL's. It is freed by hand, by `using`, or by the garbage
 * collector. Once it is freed every member throws FreedError (`ERR_FREED`), but `freed` and `free`.
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
}
