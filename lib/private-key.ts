// PrivateKey: EVP_PKEY.

import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { invalidType, type Password } from './arguments';
import { usageError } from './errors';
import { Handle, nativeOf, shownMembers, Wrapped } from './handle';
import { type PrivateKeyGenerateOptions, requireKeySpec } from './key-generation';
import { native } from './native';
import type { NativePrivateKey } from './native-certificate';
import { type AsyncPassword, withPassword, withPasswordAsync } from './password';
import { type PrivateKeyExportOptions, withKeyEncoding } from './private-key-export';
import { loadKeyInput, type PrivateKeySource, readKeyInput, withKeyBytes } from './private-key-input';

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
  return withKeyBytes(readKeyInput(input, name), (bytes) =>
    withPassword(password, (secret) => native.parsePrivateKey(bytes, secret)),
  );
}

/**
 * A private key, with its public part (EVP_PKEY). The key itself shows only through `pem`, `raw`, `toPEM`,
 * `toDER`, `toJWK` and `toKeyObject`: `util.inspect`, `JSON.stringify` and `String` tell its kind.
 *
 * Every member throws FreedError (`ERR_FREED`) once the key is freed, but `freed`, `free` and `inspect`.
 */
export class PrivateKey extends Handle<NativePrivateKey> {
  readonly #native: NativePrivateKey;

  /**
   * Reads a key: PKCS#8, PKCS#1 (RSA), SEC1 (EC) or the traditional DSA form, as PEM or DER, encrypted or
   * not. In a PEM text it takes the first private key and passes over everything else.
   *
   * @param input PEM text (a string with `-----BEGIN` in it), a JWK (RFC 7517, of the kinds that node:crypto
   * reads, RSA with two primes) as an object with `kty` or as JSON text (a string from `{` to `}`), DER in
   * base64, a file name (a string that does not begin like any of these, or like a store; or a file URL), bytes
   * of PEM, DER, its base64 or JWK text, or a private KeyObject of node:crypto. Bytes that were read from a file
   * are wiped; yours are left alone.
   * @param password for an encrypted key: a string (taken as UTF-8), bytes (1024 at most), or a function
   * that returns one of these and is called only when the key is encrypted; what it throws reaches the
   * caller. No password is asked for on the terminal. Ignored when the key is not encrypted.
   * @throws SSLError `ERR_PASSWORD_REQUIRED` (encrypted, and no password), `ERR_TOO_MANY_ITERATIONS` (its
   * password would have to be hashed more than 5,000,000 times), `ERR_OSSL_EVP_BAD_DECRYPT` (a wrong
   * password), `ERR_NOT_A_PRIVATE_KEY` (a certificate, a public key, a file for CertificateStore),
   * `ERR_INVALID_JWK`, `ERR_TRAILING_DATA` (bytes after the DER object), `ERR_OSSL_PEM_NO_START_LINE` (text
   * without PEM), or OpenSSL's reason for refusing; SSLSyscallError (`ENOENT`, ...) when the file cannot be read;
   * TypeError and RangeError for wrong arguments. Stands on d2i_AutoPrivateKey(3), PEM_read_bio_ex(3), PKCS8_decrypt(3).
   */
  constructor(input: PrivateKeySource, password?: Password) {
    const given: unknown = input;
    super(given instanceof Wrapped ? given.native : parse(given, 'input', password));
    this.#native = nativeOf(this);
  }

  /** @internal */
  static wrap(key: NativePrivateKey): PrivateKey {
    return new PrivateKey(new Wrapped(key) as never);
  }

  /**
   * The constructor without blocking: a file is read, and a password hashed, aside.
   *
   * @param input as for the constructor. Bytes must not change before the promise is settled.
   * @param password as for the constructor; the function may return a promise.
   * @throws what the constructor throws, as the rejection.
   */
  static async load(input: PrivateKeySource, password?: AsyncPassword): Promise<PrivateKey> {
    const source = await loadKeyInput(input, 'input');
    try {
      const key = await withPasswordAsync(password, (secret) =>
        native.parsePrivateKeyAside(source.bytes, secret),
      );
      return PrivateKey.wrap(key);
    } finally {
      if (source.owned) source.bytes.fill(0);
    }
  }

  /**
   * Makes a key. It blocks: no time for the kinds on curves, a tenth of a second or so for RSA of 2048 bits, seconds
   * for 4096 and minutes for 16384; `generateAsync` does not.
   *
   * @throws TypeError and RangeError for wrong options, and for a type or a curve that this OpenSSL does not
   * have; SSLError with OpenSSL's reason when it fails. Stands on EVP_PKEY_generate(3).
   */
  static generate(options?: PrivateKeyGenerateOptions): PrivateKey {
    return PrivateKey.wrap(native.generatePrivateKey(...requireKeySpec(options)));
  }

  /**
   * Makes a key on a thread of Node's pool. It cannot be cancelled: a process or a worker that ends waits for it.
   *
   * @throws what `generate` throws, as the rejection.
   */
  static async generateAsync(options?: PrivateKeyGenerateOptions): Promise<PrivateKey> {
    return PrivateKey.wrap(await native.generatePrivateKeyAside(...requireKeySpec(options)));
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

  /** Its public part as PEM text: SubjectPublicKeyInfo (PEM_write_bio_PUBKEY(3)). */
  get publicKey(): string {
    return this.#native.publicKey();
  }

  /** Its public part as DER: SubjectPublicKeyInfo; a fresh copy each time (i2d_PUBKEY(3)). */
  get publicKeyRaw(): Buffer {
    return this.#native.publicKeyRaw();
  }

  /**
   * The key itself as PEM text. Without a password the same as `pem`, and what is said there holds.
   *
   * @throws TypeError and RangeError for wrong options, such as a form that the key does not have. Stands on
   * PKCS8_encrypt(3), i2d_PrivateKey(3).
   */
  toPEM(options: PrivateKeyExportOptions = {}): string {
    return withKeyEncoding(options, this.type, (...encoding) => this.#native.pem(...encoding));
  }

  /**
   * The key itself as DER. Without a password the same as `raw`, and what is said there holds.
   *
   * @throws as `toPEM`.
   */
  toDER(options: PrivateKeyExportOptions = {}): Buffer {
    return withKeyEncoding(options, this.type, (...encoding) => this.#native.raw(...encoding));
  }

  /**
   * The key itself as a JWK (RFC 7517), **not encrypted**, as node:crypto makes it.
   *
   * @throws SSLError `ERR_JWK_UNSUPPORTED` for a kind of key that has no such form (`'rsa-pss'`, `'dsa'`, EC on
   * other curves than P-256, P-384, P-521 and secp256k1).
   */
  toJWK(): JsonWebKey {
    const key = this.toKeyObject();
    try {
      return key.export({ format: 'jwk' });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code?.startsWith('ERR_CRYPTO_JWK_') ? usageError('ERR_JWK_UNSUPPORTED', message) : error;
    }
  }

  /** The key for node:crypto: a copy, which `free` does not touch. */
  toKeyObject(): KeyObject {
    const key = this.raw;
    try {
      return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    } finally {
      key.fill(0);
    }
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
