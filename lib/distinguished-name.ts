// Distinguished names: X509_NAME.

import { type InspectOptions, inspect } from 'node:util';
import { requireText } from './arguments';
import type { NativeName } from './native-certificate';
import { requireType } from './object-identifiers';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** OpenSSL's short name of its type: `CN`, `O`, `OU`, `C`, `ST`, `L`, `emailAddress`; or the `oid` of one that it does not know. */
  readonly name: string;
  /** The object identifier of its type: `2.5.4.3`. */
  readonly oid: string;
  /**
   * Its value, whatever character string of ASN.1 it is (those of one byte a character are taken for
   * Latin-1), with all that is in it: control characters too. `#` and hex digits (the DER form; RFC 4514,
   * 2.4) where it is no character string, or a broken one.
   */
  readonly value: string;
}

/**
 * A distinguished name, such as the subject of a certificate, in its parts (X509_NAME). `for (const { name,
 * value } of subject)` gives all attributes in the order of the certificate. It stays when the certificate is
 * freed.
 */
export class DistinguishedName {
  readonly #rdns: readonly (readonly NameAttribute[])[];
  readonly #text: string;

  private constructor({ rdns, text }: NativeName) {
    this.#rdns = rdns;
    this.#text = text;
  }

  /** @internal */
  static of(name: NativeName): DistinguishedName {
    return new DistinguishedName(name);
  }

  /**
   * The relative distinguished names as the certificate has them, most significant first: `C`, `O`, ...,
   * `CN`. Each has one attribute, or several that stand beside each other.
   */
  get rdns(): readonly (readonly NameAttribute[])[] {
    return this.#rdns;
  }

  /**
   * The value of an attribute: of several the most specific one, which is the last; undefined when there is
   * none.
   *
   * @param type its short name (`'CN'`) or its object identifier (`'2.5.4.3'`).
   * @throws TypeError when it is neither.
   */
  get(type: string): string | undefined {
    return this.getAll(type).at(-1);
  }

  /**
   * The values of all attributes of a type, in the order of the certificate.
   *
   * @param type as for `get`.
   * @throws as `get`.
   */
  getAll(type: string): string[] {
    const wanted = requireText(type, 'type');
    const found = [...this].filter(({ name, oid }) => name === wanted || oid === wanted);
    if (found.length === 0) requireType(wanted, 'type');
    return found.map(({ value }) => value);
  }

  /** All attributes, in the order of the certificate. */
  [Symbol.iterator](): IterableIterator<NameAttribute> {
    return this.#rdns.flat().values();
  }

  /** The name after RFC 2253, most specific part first: `CN=example.org,O=Example` (X509_NAME_print_ex(3)). */
  toString(): string {
    return this.#text;
  }

  /** The same as `toString`. */
  toJSON(): string {
    return this.#text;
  }

  /** What `console.log` shows: the same. */
  [inspect.custom](_depth: number, options: InspectOptions): unknown {
    // A class's prototype is no name.
    if (!(#text in this)) return this;
    return `DistinguishedName ${inspect(this.#text, options)}`;
  }
}
