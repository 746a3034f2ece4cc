// Certificate: X509.

import { createPublicKey, KeyObject, X509Certificate } from 'node:crypto';
import {
  type Bytes,
  invalidType,
  invalidValue,
  type OptionNames,
  readInput,
  requireOptions,
} from './arguments';
import { CertificateExtensions } from './certificate-extensions';
import { requireAlive } from './errors';
import { nativeOf, shownMembers, Wrapped } from './handle';
import { requireAddress, requireEmail, requireHostName } from './host-names';
import { type CertificateGenerateOptions, issue, type PublicKeyCertificateOptions } from './issuing';
import { native } from './native';
import { CheckFlag, type NativeCertificate } from './native-certificate';
import { printable } from './printable';
import { type PrivateKey, requirePrivateKey } from './private-key';
import { isStoreOptions, openStored, type StoredCertificateOptions } from './stores/stored';

/** Options of `Certificate.checkHost`. */
export interface CheckHostOptions {
  /**
   * Whether the subject's CN counts as a name: `'default'` (when there are no DNS names), `'always'` (beside
   * them) or `'never'`. Default: `'default'`.
   */
  readonly subject?: 'default' | 'always' | 'never' | undefined;
  /** Whether names of the certificate may begin with `*.`. Default: true. */
  readonly wildcards?: boolean | undefined;
  /** Whether a `*` may stand for a part of a label (`w*.example.org`). Default: false, as for an SSL. */
  readonly partialWildcards?: boolean | undefined;
}

const subjectFlags = { default: 0, always: CheckFlag.alwaysSubject, never: CheckFlag.neverSubject };

/** The issuers that its store had beside a certificate, from its own upwards. */
export let issuersBeside: (certificate: Certificate) => NativeCertificate[];

/**
 * One certificate (X509).
 *
 * Every member throws FreedError (`ERR_FREED`) once it is freed, but `freed`, `free` and `inspect`.
 */
export class Certificate extends CertificateExtensions {
  readonly #privateKey: PrivateKey | undefined;
  readonly #neighbours: readonly NativeCertificate[];

  /** @internal */
  static {
    issuersBeside = (certificate) => {
      const alive = certificate.#neighbours.filter((one) => !one.isFreed());
      return native.issuersOf(nativeOf(certificate), alive);
    };
  }

  /**
   * Reads a certificate; of several in a PEM text the first (`Certificate.parse` takes all). Blocks of
   * other kinds, such as private keys, are passed over. With an object it opens a store and selects one of
   * its certificates, which has its private key then.
   *
   * @param input PEM text (a string with `-----BEGIN` in it), a file name (any other string, or a file
   * URL), PEM or DER bytes, a certificate of node:crypto, or a store: see StoredCertificateOptions.
   * @throws SSLError `ERR_OSSL_PEM_NO_START_LINE` (text without PEM), `ERR_NOT_A_CERTIFICATE` (a key, a
   * CRL, a file for CertificateStore), `ERR_TRAILING_DATA` (bytes after the DER object), or OpenSSL's reason
   * for refusing (`ERR_OSSL_ASN1_...`); SSLSyscallError (`ENOENT`, ...) when the file cannot be read; TypeError
   * for wrong arguments. Of a store as `new CertificateStore`, and `ERR_NO_SUCH_CERTIFICATE`,
   * `ERR_NO_PRIVATE_KEY` (for `encoded`). Stands on d2i_X509(3), d2i_X509_AUX(3) (for `TRUSTED
   * CERTIFICATE`), PEM_read_bio_ex(3).
   */
  constructor(input: string | URL | Bytes | X509Certificate | StoredCertificateOptions) {
    const opened = open(input);
    super(opened.native);
    this.#privateKey = opened.privateKey;
    this.#neighbours = opened.neighbours ?? [];
  }

  /** @internal Of a store: with its private key and the certificates beside it, itself among them or not. */
  static wrap(
    certificate: NativeCertificate,
    privateKey?: PrivateKey,
    neighbours?: readonly NativeCertificate[],
  ): Certificate {
    return new Certificate(new Stored(certificate, privateKey, neighbours) as never);
  }

  /** @internal What the constructor makes of the options of a store, the argument `name`. */
  static open(options: StoredCertificateOptions, name: string): Certificate {
    return new Certificate(openStore(options, name) as never);
  }

  /**
   * Reads all certificates of an input, in their order, at least one.
   *
   * @param input as for the constructor. One certificate that cannot be read spoils them all.
   * @throws as the constructor.
   */
  static parse(input: string | URL | Bytes | X509Certificate): [Certificate, ...Certificate[]] {
    const [first, ...rest] = parse(input);
    return [Certificate.wrap(first), ...rest.map((certificate) => Certificate.wrap(certificate))];
  }

  /**
   * Makes a key and a certificate for it: for tests, examples, development, and a small CA. X.509 v3, a random
   * serial number, valid from five minutes ago. Without an issuer it signs itself, and then serves both
   * ways: as the certificate of a server or client whose peer trusts it by itself, and as the issuer of others.
   * It takes no time for keys on curves; RSA blocks for a tenth of a second or so, and the longer the larger:
   * give it as `key` what `PrivateKey.generateAsync` has made.
   *
   * Of the issuer is asked that it may sign certificates, and that the key is its own. That the issuer's path
   * length, name constraints and validity allow the new certificate is for whoever verifies it to see.
   *
   * @returns with a `publicKey`, the certificate alone; with a PrivateKey as `key`, that very one.
   * @throws SSLError `ERR_ISSUER_NOT_CA` when the issuer may not sign, `ERR_OSSL_X509_KEY_VALUES_MISMATCH`
   * when the issuer's key is another's, `ERR_NOT_A_PUBLIC_KEY`, or OpenSSL's reason, where a key cannot sign;
   * TypeError and RangeError for wrong options, names of options that are none among them. Stands on X509_sign(3).
   */
  static generate(options: CertificateGenerateOptions): { certificate: Certificate; privateKey: PrivateKey };
  static generate(options: PublicKeyCertificateOptions): { certificate: Certificate; privateKey: undefined };
  static generate(options: CertificateGenerateOptions | PublicKeyCertificateOptions): {
    certificate: Certificate;
    privateKey: PrivateKey | undefined;
  } {
    const { certificate, privateKey } = issue(options, requireCertificate);
    return { certificate: Certificate.wrap(certificate), privateKey };
  }

  /** PEM text (PEM_write_bio_X509(3)); the trust settings of a `TRUSTED CERTIFICATE` are not in it. */
  get pem(): string {
    return nativeOf(this).pem();
  }

  /** DER; a fresh copy each time (i2d_X509(3)). */
  get raw(): Buffer {
    return nativeOf(this).raw();
  }

  /**
   * The name in the certificate that fits a host, or undefined when it is for none like that. The subject's
   * CN counts only when there are no DNS names at all. Stands on X509_check_host(3).
   *
   * @param name a host name, without a port; what is not ASCII becomes its xn-- form.
   * @throws TypeError when it is no host name (for an IP address there is `checkIP`); SSLError when the
   * names of the certificate cannot be read.
   */
  checkHost(name: string, options?: CheckHostOptions): string | undefined {
    return nativeOf(this).checkHost(requireHostName(name, 'name'), requireCheckFlags(options));
  }

  /**
   * `address` if the certificate is for that e-mail address, else undefined. Upper and lower case differ
   * before the `@` only. The subject's emailAddress counts only when there are no others. Stands on
   * X509_check_email(3).
   *
   * @throws TypeError when it is no e-mail address; SSLError when the names cannot be read.
   */
  checkEmail(address: string): string | undefined {
    return nativeOf(this).checkEmail(requireEmail(address, 'address')) ? address : undefined;
  }

  /**
   * `address` if the certificate is for that IP address, else undefined (X509_check_ip_asc(3)).
   *
   * @throws TypeError when it is no IP address; SSLError when the names cannot be read.
   */
  checkIP(address: string): string | undefined {
    return nativeOf(this).checkIP(requireAddress(address, 'address')) ? address : undefined;
  }

  /**
   * Whether `issuer` has issued this certificate: their names and key identifiers fit, its key may sign
   * certificates, and has signed this one. Nothing is said about dates, or about trust. Stands on
   * X509_check_issued(3), X509_verify(3).
   *
   * @throws TypeError when it is no Certificate.
   */
  isIssuedBy(issuer: Certificate): boolean {
    return nativeOf(this).isIssuedBy(nativeOf(requireCertificate(issuer, 'issuer')));
  }

  /** Whether it is its own issuer: names and key identifiers fit, and its key has signed it (X509_self_signed(3)). */
  get isSelfSigned(): boolean {
    return nativeOf(this).isSelfSigned();
  }

  /**
   * Whether a key has signed this certificate; nothing else of it is looked at. False too when that kind of
   * key or signature is unknown. Stands on X509_verify(3).
   *
   * @param key the certificate of the signer, or its key from node:crypto, public or private.
   * @throws TypeError when it is neither.
   */
  verifySignature(key: Certificate | KeyObject): boolean {
    return nativeOf(this).isSignedBy(requirePublicKey(key, 'key'));
  }

  /**
   * Whether `other` is the same certificate, byte for byte (i2d_X509(3)).
   *
   * @throws TypeError when it is no Certificate.
   */
  equals(other: Certificate): boolean {
    return nativeOf(this).equals(nativeOf(requireCertificate(other, 'other')));
  }

  /** The same certificate for node:crypto. */
  toX509Certificate(): X509Certificate {
    return new X509Certificate(this.raw);
  }

  /**
   * Whether `privateKey` is the key of this certificate (X509_check_private_key(3)).
   *
   * @throws TypeError when it is no PrivateKey.
   */
  checkPrivateKey(privateKey: PrivateKey): boolean {
    return nativeOf(this).hasKey(nativeOf(requirePrivateKey(privateKey, 'privateKey')));
  }

  /** The private key that its store had for it; undefined without one. `free` of the certificate leaves it. */
  get privateKey(): PrivateKey | undefined {
    requireAlive(nativeOf(this), 'Certificate');
    return this.#privateKey;
  }

  /**
   * Whether it has come with its private key, which is not freed, so that a context can show it: see
   * `SSLContext.useCertificate`.
   */
  get privateKeyAvailable(): boolean {
    requireAlive(nativeOf(this), 'Certificate');
    return this.#privateKey?.freed === false;
  }

  /** Always empty: the name of a key container is a thing of Windows' own stores. */
  get privateKeyContainer(): string {
    requireAlive(nativeOf(this), 'Certificate');
    return '';
  }

  /** Gives the certificate up; contexts that have taken it keep it. May be called again (X509_free(3)). */
  override free(): void {
    super.free();
  }

  /**
   * All of it for people, as `openssl x509 -text -noout` prints it, with names in UTF-8. What a terminal would
   * take for a command is escaped as `\uXXXX`. Stands on X509_print_ex(3), X509V3_EXT_print(3).
   */
  override toString(): string {
    return printable(nativeOf(this).text());
  }

  /** `pem`, which `new Certificate` reads. */
  toJSON(): string {
    return this.pem;
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['subject', 'issuer', 'serialNumber', 'effectiveDate', 'expirationDate', 'fingerprintSHA256'];
  }
}

/** A native certificate with what its store had beside it. */
class Stored extends Wrapped<NativeCertificate> {
  constructor(
    certificate: NativeCertificate,
    readonly privateKey?: PrivateKey,
    readonly neighbours?: readonly NativeCertificate[],
  ) {
    super(certificate);
  }
}

function open(input: unknown): Stored {
  if (input instanceof Stored) return input;
  if (input instanceof X509Certificate || !isStoreOptions(input)) return new Stored(parse(input)[0]);
  return openStore(input, 'input');
}

function openStore(options: StoredCertificateOptions, name: string): Stored {
  const { native: certificate, privateKey, neighbours } = openStored(options, name);
  return new Stored(certificate, privateKey, neighbours);
}

function parse(input: unknown): [NativeCertificate, ...NativeCertificate[]] {
  const given = input instanceof X509Certificate ? input.raw : input;
  return native.parseCertificates(readInput(given, 'input').bytes);
}

/** @internal */
export function requireCertificate(value: unknown, name: string): Certificate {
  if (value instanceof Certificate) return value;
  throw invalidType(name, 'a Certificate', value);
}

/** As DER. */
/** The SubjectPublicKeyInfo of a certificate, or of a key of node:crypto. */
export function requirePublicKey(value: unknown, name: string): Buffer {
  if (value instanceof Certificate) return value.publicKeyRaw;
  if (!(value instanceof KeyObject) || value.type === 'secret') {
    throw invalidType(name, 'a Certificate or a KeyObject with a public key', value);
  }
  const key = value.type === 'private' ? createPublicKey(value) : value;
  return key.export({ format: 'der', type: 'spki' });
}

const checkNames: OptionNames<CheckHostOptions> = { subject: true, wildcards: true, partialWildcards: true };

function requireCheckFlags(options: CheckHostOptions = {}): number {
  const given = requireOptions(options, 'options', checkNames);
  const { subject = 'default', wildcards = true, partialWildcards = false } = given;
  if (typeof subject !== 'string' || !Object.hasOwn(subjectFlags, subject)) {
    throw invalidValue('options.subject', "must be 'default', 'always' or 'never'", subject);
  }
  if (typeof wildcards !== 'boolean') throw invalidType('options.wildcards', 'a boolean', wildcards);
  if (typeof partialWildcards !== 'boolean') {
    throw invalidType('options.partialWildcards', 'a boolean', partialWildcards);
  }
  const { noWildcards, noPartialWildcards } = CheckFlag;
  return subjectFlags[subject] | (wildcards ? 0 : noWildcards) | (partialWildcards ? 0 : noPartialWildcards);
}
