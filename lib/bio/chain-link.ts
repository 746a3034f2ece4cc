import { invalidType, requireInteger } from '../arguments';
import { BIO_CLOSE, BIO_NOCLOSE, type CloseFlag } from '../constants';
import { requireAlive, usageError } from '../errors';
import { Handle, nativeOf, shownMembers, Wrapped } from '../handle';
import { BIO_f_ssl, BIO_s_accept, type BIOMethod, nameOfMethod } from '../methods';
import { type NativeBIO, native } from '../native';
import { SSL, setDriver } from '../ssl';
import type { BIO } from './bio';
import { ChainWaits } from './chain-waits';
import { abandon } from './readiness';

/** BIO_CLOSE or BIO_NOCLOSE, as a truth value. */
export function requireCloseFlag(value: unknown): boolean {
  return requireInteger(value, 'close', BIO_NOCLOSE, BIO_CLOSE) === BIO_CLOSE;
}

/** Follows what the addon has linked below a link. */
export let adopt: (above: ChainLink, below: BIO) => void;
/** The descriptor that is a link's own, not one further down. */
export let ownDescriptor: (link: ChainLink) => number | undefined;
/** The last link of a chain: where its bytes leave it. */
export let endOf: (link: ChainLink) => object;
/** The calls that wait on a link. */
export let waitsOf: (link: ChainLink) => ChainWaits;
/** Takes a link out of its chain without a word to those who wait on it. */
export let detach: (link: ChainLink) => void;

/**
 * What makes a BIO a link of a chain. The addon's links own each other downwards; here they know each
 * other both ways, so that a chain stays whole for as long as one of its links is referenced.
 */
export abstract class ChainLink extends Handle<NativeBIO> {
  readonly #native: NativeBIO;
  readonly #method: BIOMethod;
  readonly #waits: ChainWaits;
  #next: BIO | undefined;
  #prev: BIO | undefined;
  #ssl: SSL | undefined;
  #closesSsl = false;

  /** @internal */
  static {
    adopt = (above, below) => above.#adopt(below);
    ownDescriptor = (link) => link.#ownDescriptor();
    endOf = (link) => link.#last();
    waitsOf = (link) => link.#waits;
    detach = (link) => {
      link.#native.pop();
      link.#unlink();
    };
  }

  /** @internal */
  protected constructor(method: BIOMethod, wrapped?: Wrapped<NativeBIO>) {
    const link = wrapped instanceof Wrapped ? wrapped.native : native.newBIO(nameOfMethod(method));
    super(link);
    this.#native = link;
    this.#method = method;
    this.#waits = new ChainWaits(link);
  }

  /** The method that the link was made with. */
  get method(): BIOMethod {
    requireAlive(this.#native, 'BIO');
    return this.#method;
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['fd', 'pending', 'wpending', 'ssl', 'next'];
  }

  /**
   * Appends a link, or a chain, below the last link of this chain. The chain owns it from here on.
   *
   * @returns this link.
   * @throws TypeError when `next` is no BIO; SSLError `ERR_BIO_IN_CHAIN` when it has a link above it,
   * `ERR_BIO_CYCLE` when it is in this chain already, `ERR_BIO_CHAIN_TOO_LONG`. Stands on BIO_push(3).
   */
  push(next: BIO): this {
    if (!(next instanceof ChainLink)) throw invalidType('next', 'a BIO', next);
    this.#native.push(nativeOf(next));
    this.#last().#adopt(next);
    return this;
  }

  /**
   * Takes this link out of its chain; what was above it is joined with what was below it. Calls that wait
   * and run through this link end with SSLError `ERR_BIO_CHAIN_CHANGED`.
   *
   * @returns what followed it. Stands on BIO_pop(3).
   */
  pop(): BIO | undefined {
    this.#native.pop();
    const changed = (): unknown => usageError('ERR_BIO_CHAIN_CHANGED', 'a link has left the chain');
    if (this.#next !== undefined) this.#waits.end(changed);
    this.#endAbove(changed);
    if (this.#ssl !== undefined) setDriver(this.#ssl, this as unknown as BIO);
    return this.#unlink();
  }

  /** The link below this one (BIO_next(3)). */
  get next(): BIO | undefined {
    requireAlive(this.#native, 'BIO');
    return this.#next;
  }

  /** The first link from here down that has the method; undefined when none has (BIO_find_type(3)). */
  find(method: BIOMethod): BIO | undefined {
    nameOfMethod(method);
    requireAlive(this.#native, 'BIO');
    return this.#find(method) as BIO | undefined;
  }

  /**
   * Puts an SSL into a link of method `BIO_f_ssl`.
   *
   * @param close BIO_CLOSE: freeing the link says close_notify and frees the SSL; BIO_NOCLOSE (default):
   * the SSL stays the caller's.
   * @throws TypeError when `ssl` is none; SSLError `ERR_WRONG_BIO_TYPE`, `ERR_BIO_IN_CHAIN` when the SSL is
   * in use elsewhere, `ERR_BIO_CYCLE`. Stands on BIO_set_ssl(3).
   */
  setSsl(ssl: SSL, close: CloseFlag = BIO_NOCLOSE): this {
    if (!(ssl instanceof SSL)) throw invalidType('ssl', 'an SSL', ssl);
    const closes = requireCloseFlag(close);
    const transport = ssl.rbio;
    const wbio = ssl.wbio === transport ? undefined : ssl.wbio;
    this.#native.setSsl(nativeOf(ssl), closes);
    this.#closesSsl = closes;
    if (this.#ssl === ssl) return this;
    const changed = (): unknown => usageError('ERR_BIO_CHAIN_CHANGED', 'the link has another SSL');
    this.#waits.end(changed);
    this.#endAbove(changed);
    if (this.#ssl !== undefined) setDriver(this.#ssl, undefined);
    this.#ssl = ssl;
    setDriver(ssl, this as unknown as BIO, wbio);
    if (transport !== undefined) this.#adopt(transport);
    return this;
  }

  /** The SSL of the first SSL link from here down (BIO_get_ssl(3)). */
  get ssl(): SSL | undefined {
    requireAlive(this.#native, 'BIO');
    const link = this.#find(BIO_f_ssl);
    return link === undefined ? undefined : link.#ssl;
  }

  /** Takes this link out of its chain and frees it. May be called again. Stands on BIO_free(3). */
  override free(): void {
    if (this.#native.isFreed()) return;
    const fd = this.#ownDescriptor();
    this.#native.close();
    const freed = (): unknown => usageError('ERR_FREED', 'the BIO has been freed');
    if (fd !== undefined) abandon(fd, freed);
    this.#waits.end(freed);
    this.#endAbove(freed);
    this.#unlink();
    if (this.#ssl === undefined) return;
    setDriver(this.#ssl, undefined);
    if (this.#closesSsl) this.#ssl.free();
    this.#ssl = undefined;
  }

  /** Frees this link and all that are below it (BIO_free_all(3)). May be called again. */
  freeAll(): void {
    for (let link: ChainLink | undefined = this; link !== undefined; ) {
      const next: ChainLink | undefined = link.#next;
      link.free();
      link = next;
    }
  }

  /** The same as `freeAll`, for `using`. */
  override [Symbol.dispose](): void {
    this.freeAll();
  }

  #ownDescriptor(): number | undefined {
    const isSource = this.#next === undefined || this.#method === BIO_s_accept;
    return isSource ? this.#native.fd(false) : undefined;
  }

  /** Ends the calls that were begun further up and run through this link. */
  #endAbove(reason: () => unknown): void {
    for (let link = this.#prev as ChainLink | undefined; link !== undefined; ) {
      link.#waits.end(reason);
      link = link.#prev as ChainLink | undefined;
    }
  }

  #adopt(link: BIO): void {
    this.#next = link;
    (link as ChainLink).#prev = this as unknown as BIO;
  }

  #last(): ChainLink {
    let link: ChainLink = this;
    while (link.#next !== undefined) link = link.#next;
    return link;
  }

  #find(method: BIOMethod): ChainLink | undefined {
    let link: ChainLink | undefined = this;
    while (link !== undefined && link.#method !== method) link = link.#next;
    return link;
  }

  #unlink(): BIO | undefined {
    const next = this.#next;
    const prev = this.#prev as ChainLink | undefined;
    if (prev !== undefined) prev.#next = next;
    if (next !== undefined) (next as ChainLink).#prev = prev as BIO | undefined;
    this.#next = undefined;
    this.#prev = undefined;
    return next;
  }
}
