// PrivateKey: EVP_PKEY.

import { type Bytes, invalidType, type Password, readInput, withCode } from './arguments';
import { Handle, nativeOf, shownMembers, Wrapped } from './handle';
import { native } from './native';
import type { NativePrivateKey } from './native-certificate';
import { withPassword } from './password';

/** The kind of a key, in lower case; newer versions of OpenSSL know more (`'ml-dsa-65'`, ...). */
export type KeyType =
  | 'rsa'
  | 'rsa-pss'
  | 'ec'
  | 'ed25519'
  | 'ed448'
  | 'x25519'
  | 'x448'
  | 'dsa'
  | 'dh'
  | (string & {});

/** What `JSON.stringify` shows of a key: nothing secret. */
export interface PrivateKeySummary {
  /** See `PrivateKey.type`. */
  readonly type: KeyType;
  /** See `PrivateKey.bits`. */
  readonly bits: number;
  /** See `PrivateKey.group`. */
  readonly group?: string;
}

function parse(input: unknown, name: string, password: Password | undefined): NativePrivateKey {
  if (typeof input === 'string' && input.includes('\0')) {
    // Not with the value, as elsewhere: it may be a key.
    throw withCode(new TypeError(`${name} must not contain a NUL character`), 'ERR_INVALID_ARG_VALUE');
  }
  const { bytes, owned } = readInput(input, name);
  try {
    return withPassword(password, (secret) => native.parsePrivateKey(bytes, secret));
  } finally {
    if (owned) bytes.fill(0);
  }
}

/**
 * A private key, with its public part (EVP_PKEY). The key itself shows only through `pem` and `raw`:
 * `util.inspect`, `JSON.stringify` and `String` tell its kind.
 *
 * Every member throws FreedError (`ERR_FREED`) once the key is freed, but `freed`, `free` and `inspect`.
 */
export class PrivateKey extends Handle<NativePrivateKey> {
  readonly #native: NativePrivateKey;

  /**
   * Reads a key: PKCS#8, PKCS#1 (RSA), SEC1 (EC) or the traditional DSA form, as PEM or DER, encrypted or
   * not. In a PEM text it takes the first private key and passes over everything else.
   *
   * @param input PEM text (a string with `-----BEGIN` in it), a file name (any other string, or a file
   * URL), or PEM or DER bytes. Bytes that were read from a file are wiped; yours are left alone.
   * @param password for an encrypted key: a string (taken as UTF-8), bytes (1024 at most), or a function
   * that returns one of these and is called only when the key is encrypted; what it throws reaches the
   * caller. No password is asked for on the terminal. Ignored when the key is not encrypted.
   * @throws SSLError `ERR_PASSWORD_REQUIRED` (encrypted, and no password), `ERR_TOO_MANY_ITERATIONS` (its
   * password would have to be hashed more than 5,000,000 times), `ERR_OSSL_EVP_BAD_DECRYPT` (a wrong
   * password), `ERR_NOT_A_PRIVATE_KEY` (a certificate, a public key), `ERR_TRAILING_DATA` (bytes after the
   * DER object), `ERR_OSSL_PEM_NO_START_LINE` (text without PEM), or OpenSSL's reason for refusing;
   * SSLSyscallError (`ENOENT`, ...) when the file cannot be read; TypeError and RangeError for wrong
   * arguments. Stands on d2i_AutoPrivateKey(3), PEM_read_bio_ex(3), PKCS8_decrypt(3).
   */
  constructor(input: string | URL | Bytes, password?: Password) {
    const given: unknown = input;
    super(given instanceof Wrapped ? given.native : parse(given, 'input', password));
    this.#native = nativeOf(this);
  }

  /** @internal */
  static wrap(key: NativePrivateKey): PrivateKey {
    return new PrivateKey(new Wrapped(key) as never);
  }

  /** The kind of key: `'ec'`, `'rsa'`, `'ed25519'`, ... (EVP_PKEY_get0_type_name(3)). */
  get type(): KeyType {
    return this.#native.type();
  }

  /** Its size in bits: 2048, 256, ... (EVP_PKEY_get_bits(3)). */
  get bits(): number {
    return this.#native.bits();
  }

  /**
   * The curve or group, as OpenSSL spells it: `'prime256v1'`; undefined for keys that have none, or one
   * without a name (EVP_PKEY_get_group_name(3)).
   */
  get group(): string | undefined {
    return this.#native.group();
  }

  /**
   * The key itself as PEM text: PKCS#8, **not encrypted**. A string cannot be wiped; it stays in memory
   * until the garbage collector has reused its place, and shows in heap snapshots. Prefer to hand the
   * PrivateKey on, or use `raw` and fill it with zeros afterwards. Stands on PEM_write_bio(3).
   */
  get pem(): string {
    return this.#native.pem();
  }

  /**
   * The key itself as DER: PKCS#8 (PrivateKeyInfo), **not encrypted**. A fresh copy each time, outside of
   * what `free` wipes: fill it with zeros when you are done. Stands on EVP_PKEY2PKCS8(3).
   */
  get raw(): Buffer {
    return this.#native.raw();
  }

  /** Whether `other` is the same key: they have the same kind and public part (EVP_PKEY_eq(3)). */
  equals(other: PrivateKey): boolean {
    return this.#native.equals(requirePrivateKey(other, 'other').#native);
  }

  /**
   * Gives the key up; OpenSSL wipes it when its last user is gone (contexts that have taken it are users).
   * May be called again. Stands on EVP_PKEY_free(3).
   */
  override free(): void {
    super.free();
  }

  /** The kind of key, not the key: `PrivateKey(ec, 256 bits)`. */
  override toString(): string {
    return `PrivateKey(${this.type}, ${this.bits} bits)`;
  }

  /** The kind of key, not the key. */
  toJSON(): PrivateKeySummary {
    const { type, bits, group } = this;
    return group === undefined ? { type, bits } : { type, bits, group };
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['type', 'bits', 'group'];
  }
}

/** @internal */
export function requirePrivateKey(value: unknown, name: string): PrivateKey {
  if (value instanceof PrivateKey) return value;
  throw invalidType(name, 'a PrivateKey', value);
}

/** What the constructor makes of an argument of another name. */
export function readPrivateKey(input: unknown, name: string, password: Password | undefined): PrivateKey {
  return PrivateKey.wrap(parse(input, name, password));
}
