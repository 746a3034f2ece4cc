// CertificateStore: what a file of certificates and keys has.

import type { KeyObject } from 'node:crypto';
import { type InspectOptions, inspect } from 'node:util';
import {
  type Bytes,
  type OptionNames,
  outOfRange,
  type Password,
  readList,
  requireInteger,
  requireOptions,
  requireString,
} from './arguments';
import { Certificate, requireCertificate } from './certificate';
import { CRL } from './crl';
import { nativeOf } from './handle';
import { native } from './native';
import type { NativeCertificate, NativePrivateKey } from './native-certificate';
import { requirePassword, withSecret } from './password';
import { type PrivateKey, requirePrivateKey } from './private-key';
import { readStore, type StoreContent, withKeys } from './stores/read';
import { select } from './stores/select';
import { type CertStoreTypes, requireStoreType } from './stores/types';
import { type DefaultTrust, defaultCertificates } from './trust';

/** A store to open. */
export interface CertificateStoreOptions {
  /** One of `CertStoreTypes`. Default: `cstAuto`, what the store turns out to be. */
  readonly type?: CertStoreTypes | undefined;
  /** The store: a file, or text or bytes, as its type says; see `CertStoreTypes`. */
  readonly store: string | URL | Bytes;
  /** What opens the store, if it needs something: what is no password is refused. A function is called only then. */
  readonly password?: Password | undefined;
  /** What opens the private keys in it, in the same way. Default: `password`. */
  readonly keyPassword?: Password | undefined;
}

/** Options of `CertificateStore.exportPKCS12`. */
export interface ExportPKCS12Options {
  /** What is to open the file: a string (taken as UTF-8) or bytes, 1024 at most, without NUL; it may be empty. */
  readonly password: string | Bytes;
  /** A name for the keys and their certificates, which other programs show. Default: none. */
  readonly friendlyName?: string | undefined;
  /**
   * How many times the password is hashed, 1 to 1,000,000: once for the certificates, for each key and for
   * the MAC, and at most 5,000,000 in all, as many as are read. Default: 100,000, a tenth of a second or so.
   */
  readonly iterations?: number | undefined;
}

const exportNames: OptionNames<ExportPKCS12Options> = {
  password: true,
  friendlyName: true,
  iterations: true,
};

const mostIterations = 5_000_000;

/**
 * What a store of certificates and keys has in it: a file of any of `CertStoreTypes`, read once. It does not
 * change, and holds nothing but the objects that it shows: free those.
 */
export class CertificateStore implements Iterable<Certificate> {
  readonly #content: Shown;

  /**
   * Opens a store and reads all that is in it.
   *
   * @throws SSLError `ERR_STORE_TYPE_UNAVAILABLE` (a type that cannot be had here; the message says what to
   * do instead), `ERR_STORE_FORMAT` (it is of another type, or of none), `ERR_PASSWORD_REQUIRED`,
   * `ERR_OSSL_EVP_BAD_DECRYPT` (a wrong password), `ERR_TOO_MANY_ITERATIONS` (more than 5,000,000 in all),
   * `ERR_FEATURE_UNAVAILABLE` (a PPK file encrypted with Argon2), `ERR_NOT_PKCS12`, `ERR_TRAILING_DATA`, or
   * OpenSSL's reason for refusing what is in it (`ERR_OSSL_ASN1_...`; for RC2 `ERR_OSSL_EVP_UNSUPPORTED`);
   * SSLSyscallError (`ENOENT`, ...) when the file cannot be read; TypeError and RangeError for wrong options.
   * Stands on d2i_PKCS12(3), d2i_PKCS7(3), PEM_read_bio_ex(3), and node:crypto for JWK.
   */
  constructor(options: CertificateStoreOptions) {
    this.#content = options instanceof Given ? options : open(options);
  }

  /**
   * A store of certificates, with private keys or without: each key is given to the certificate that it
   * belongs to.
   *
   * @throws TypeError when something in the arrays is neither.
   */
  static from(
    certificates: readonly Certificate[],
    privateKeys: readonly PrivateKey[] = [],
  ): CertificateStore {
    const keys = readList(privateKeys, 'privateKeys', 'an array of PrivateKey objects', requirePrivateKey);
    const given = readList(
      certificates,
      'certificates',
      'an array of Certificate objects',
      requireCertificate,
    );
    // Copies: what others do with the certificates they have given is theirs.
    const copies = given.map((certificate) => native.parseCertificates(certificate.raw)[0]);
    const all = withKeys(copies, keys).map(({ privateKey }, index) => {
      const copy = copies[index] as NativeCertificate;
      return Certificate.wrap(copy, privateKey ?? given[index]?.privateKey, copies);
    });
    const own = all.flatMap(({ privateKey }) => privateKey ?? []);
    const content = { type: undefined, certificates: all, privateKeys: [...new Set([...keys, ...own])] };
    return new CertificateStore(new Given({ ...content, publicKeys: [], crls: [] }) as never);
  }

  /**
   * The certificates that the system trusts, which `context.loadDefaultTrust()` takes, to look through. They are
   * read anew each time, some 140 in some 10 ms; in directories those named by hash (openssl-rehash(1)), without
   * what is no certificate.
   *
   * @throws SSLSyscallError when what the environment names (SSL_CERT_FILE, SSL_CERT_DIR) cannot be read; SSLError
   * when it has no certificate.
   */
  static system(): CertificateStore {
    return trustedBy('system');
  }

  /** The roots inside Node (`tls.rootCertificates`), to look through; read anew each time, in some 10 ms. */
  static node(): CertificateStore {
    return trustedBy('node');
  }

  /** What the store was found to be, one of `CertStoreTypes`; undefined for one that is not read from a store. */
  get type(): CertStoreTypes | undefined {
    return this.#content.type;
  }

  /** All certificates in their order, each with its `privateKey` where the store has it. */
  get certificates(): readonly Certificate[] {
    return this.#content.certificates;
  }

  /** All private keys in their order, also those without a certificate. */
  get privateKeys(): readonly PrivateKey[] {
    return this.#content.privateKeys;
  }

  /** All public keys in their order that stand by themselves, as in files of SSH. */
  get publicKeys(): readonly KeyObject[] {
    return this.#content.publicKeys;
  }

  /** All CRLs in their order; `context.addCRL` and `verify` take them. */
  get crls(): readonly CRL[] {
    return this.#content.crls;
  }

  /** How many certificates there are. */
  get size(): number {
    return this.#content.certificates.length;
  }

  /**
   * One of the certificates.
   *
   * @param subject as `subject` of StoredCertificateOptions: `*`, a subject or a part of one, `Thumbprint=`
   * and hex.
   * @throws SSLError `ERR_NO_SUCH_CERTIFICATE`; FreedError when one of the certificates has been freed;
   * TypeError for a subject that is none.
   */
  select(subject = '*'): Certificate {
    const all = this.certificates.map((certificate) => ({
      certificate,
      native: nativeOf(certificate),
      privateKey: certificate.privateKeyAvailable ? certificate.privateKey : undefined,
    }));
    return select(all, subject, 'subject').certificate;
  }

  /**
   * The certificates and private keys as a PFX (PKCS#12) file: encrypted with AES-256 and PBKDF2, with a
   * MAC of SHA-256. CRLs and public keys are left out.
   *
   * @throws RangeError for too many iterations; TypeError for wrong options; FreedError when something in the
   * store has been freed. Stands on PKCS12_add_cert(3), PKCS12_add_key_ex(3), PKCS12_set_mac(3).
   */
  exportPKCS12(options: ExportPKCS12Options): Buffer {
    const given = requireOptions(options, 'options', exportNames);
    const { password, friendlyName = '', iterations = 100_000 } = given;
    const name = requireString(friendlyName, 'options.friendlyName');
    requireInteger(iterations, 'options.iterations', 1, 1_000_000);
    if (iterations * (this.privateKeys.length + 2) > mostIterations) {
      throw outOfRange('options.iterations', `at most ${mostIterations} for all parts`, iterations);
    }
    const keys = this.privateKeys.map(nativeOf<NativePrivateKey>);
    return withSecret(password, 'options.password', (secret) =>
      native.writePkcs12(this.certificates.map(nativeOf), keys, secret, name, iterations),
    );
  }

  /** Iterates over `certificates`. */
  [Symbol.iterator](): IterableIterator<Certificate> {
    return this.certificates[Symbol.iterator]();
  }

  /** What `console.log` shows: what there is, and no key. Never throws. */
  [inspect.custom](depth: number, options: InspectOptions): unknown {
    if (!(#content in this)) return this;
    if (depth < 0) return '[CertificateStore]';
    const { type, certificates, privateKeys, publicKeys, crls } = this.#content;
    const shown = { type, certificates, privateKeys, publicKeys, crls: crls.length };
    return `CertificateStore ${inspect(shown, { ...options, depth: (options.depth ?? 2) - 1 })}`;
  }
}

/** What a store shows; none of it can be changed. */
class Given {
  readonly type: CertStoreTypes | undefined;
  readonly certificates: readonly Certificate[];
  readonly privateKeys: readonly PrivateKey[];
  readonly publicKeys: readonly KeyObject[];
  readonly crls: readonly CRL[];

  constructor(content: Shown) {
    this.type = content.type;
    this.certificates = Object.freeze([...content.certificates]);
    this.privateKeys = Object.freeze([...content.privateKeys]);
    this.publicKeys = Object.freeze([...content.publicKeys]);
    this.crls = Object.freeze([...content.crls]);
  }
}

type Shown = Omit<StoreContent, 'type' | 'certificates' | 'crls'> & {
  readonly type: CertStoreTypes | undefined;
  readonly certificates: readonly Certificate[];
  readonly crls: readonly CRL[];
};

const optionNames: OptionNames<CertificateStoreOptions> = {
  type: true,
  store: true,
  password: true,
  keyPassword: true,
};

function open(options: CertificateStoreOptions): Shown {
  const { type, store, password, keyPassword } = requireOptions(options, 'options', optionNames);
  const content = readStore(store, 'options.store', requireStoreType(type, 'options.type'), {
    password: requirePassword(password, 'options.password'),
    keyPassword: requirePassword(keyPassword, 'options.keyPassword'),
  });
  const neighbours = content.certificates.map((one) => one.native);
  const certificates = content.certificates.map((one) =>
    Certificate.wrap(one.native, one.privateKey, neighbours),
  );
  return new Given({ ...content, certificates, crls: content.crls.map((der) => new CRL(der)) });
}

function trustedBy(source: DefaultTrust): CertificateStore {
  const certificates = defaultCertificates(source);
  const content = { type: undefined, certificates, privateKeys: [], publicKeys: [], crls: [] };
  return new CertificateStore(new Given(content) as never);
}
