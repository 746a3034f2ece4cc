// Certificate: X509.

import { altNamesOf, requireAltNames } from './alt-names';
import {
  type Bytes,
  invalidType,
  invalidValue,
  outOfRange,
  readInput,
  requireInteger,
  requireText,
} from './arguments';
import { Handle, nativeOf, shownMembers, Wrapped } from './handle';
import { native } from './native';
import { KeyKind, type NativeCertificate, type NativeGenerateOptions } from './native-certificate';
import { PrivateKey, requirePrivateKey } from './private-key';

/** Who signs a certificate that `Certificate.generate` makes. */
export interface CertificateIssuer {
  /** The certificate of a CA: one that `Certificate.generate` made without an issuer, or with `ca: true`. */
  readonly certificate: Certificate;
  /** Its private key. */
  readonly privateKey: PrivateKey;
}

/** Options of `Certificate.generate`. */
export interface CertificateGenerateOptions {
  /** The subject's CN, 1 to 64 characters. */
  readonly commonName: string;
  /**
   * The names and addresses that the certificate is for. Each is an IP address if it parses as one, else a
   * DNS name (`*.example.org` for a wildcard; what is not ASCII becomes its xn-- form), or says what it is
   * by a prefix: `DNS:`, `IP:`, `URI:`, `email:`. Default: `[commonName]`, and none where that is neither
   * an IP address nor possible as a DNS name (`'Test CA'`); an empty array for none.
   */
  readonly altNames?: readonly string[] | undefined;
  /**
   * How many days it is valid from now, -36500 to 36500. Default: 30. With 0 or less it has expired that
   * many days ago, for tests of refusal, and was valid for one day before.
   */
  readonly days?: number | undefined;
  /** The kind of its key: `'ec'` (P-256), `'rsa'` (2048 bits) or `'ed25519'`. Default: `'ec'`. */
  readonly key?: 'ec' | 'rsa' | 'ed25519' | undefined;
  /** Whether it may sign certificates. Default: true without an issuer, false with one. */
  readonly ca?: boolean | undefined;
  /** Who signs it. Default: itself. */
  readonly issuer?: CertificateIssuer | undefined;
}

/**
 * One certificate (X509).
 *
 * Every member throws FreedError (`ERR_FREED`) once it is freed, but `freed`, `free` and `inspect`.
 */
export class Certificate extends Handle<NativeCertificate> {
  readonly #native: NativeCertificate;

  /**
   * Reads a certificate; of several in a PEM text the first (`Certificate.parse` takes all). Blocks of
   * other kinds, such as private keys, are passed over.
   *
   * @param input PEM text (a string with `-----BEGIN` in it), a file name (any other string, or a file
   * URL), or PEM or DER bytes.
   * @throws SSLError `ERR_OSSL_PEM_NO_START_LINE` (text without PEM), `ERR_NOT_A_CERTIFICATE` (PEM of
   * other kinds only), `ERR_TRAILING_DATA` (bytes after the DER object), or OpenSSL's reason for refusing
   * (`ERR_OSSL_ASN1_...`); SSLSyscallError (`ENOENT`, ...) when the file cannot be read; TypeError for
   * wrong arguments. Stands on d2i_X509(3), d2i_X509_AUX(3) (for `TRUSTED CERTIFICATE`), PEM_read_bio_ex(3).
   */
  constructor(input: string | URL | Bytes) {
    const given: unknown = input;
    super(given instanceof Wrapped ? given.native : parse(given)[0]);
    this.#native = nativeOf(this);
  }

  /** @internal */
  static wrap(certificate: NativeCertificate): Certificate {
    return new Certificate(new Wrapped(certificate) as never);
  }

  /**
   * Reads all certificates of an input, in their order, at least one.
   *
   * @param input as for the constructor. One certificate that cannot be read spoils them all.
   * @throws as the constructor.
   */
  static parse(input: string | URL | Bytes): [Certificate, ...Certificate[]] {
    const [first, ...rest] = parse(input);
    return [Certificate.wrap(first), ...rest.map((certificate) => Certificate.wrap(certificate))];
  }

  /**
   * Makes a key and a certificate for it: for tests, examples and development. X.509 v3, a random serial
   * number, valid from five minutes ago. Without an issuer it signs itself, and then serves both ways: as
   * the certificate of a server or client whose peer trusts it by itself, and as the issuer of others.
   * It takes no time for `'ec'` and `'ed25519'`; `'rsa'` blocks for a tenth of a second or so.
   *
   * @throws SSLError `ERR_ISSUER_NOT_CA` when the issuer may not sign, `ERR_OSSL_X509_KEY_VALUES_MISMATCH`
   * when the issuer's key is another's; TypeError and RangeError for wrong options. Stands on X509_sign(3).
   */
  static generate(options: CertificateGenerateOptions): { certificate: Certificate; privateKey: PrivateKey } {
    const made = native.generateCertificate(requireGenerateOptions(options));
    return { certificate: Certificate.wrap(made.certificate), privateKey: PrivateKey.wrap(made.privateKey) };
  }

  /** PEM text (PEM_write_bio_X509(3)); the trust settings of a `TRUSTED CERTIFICATE` are not in it. */
  get pem(): string {
    return this.#native.pem();
  }

  /** DER; a fresh copy each time (i2d_X509(3)). */
  get raw(): Buffer {
    return this.#native.raw();
  }

  /**
   * The subject's name after RFC 2253, most specific part first: `CN=example.org,O=Example`. What is not
   * ASCII stands as it is. Stands on X509_NAME_print_ex(3).
   */
  get subject(): string {
    return this.#native.subject();
  }

  /** The issuer's name, in the form of `subject`. */
  get issuer(): string {
    return this.#native.issuer();
  }

  /** The serial number: hex digits in upper case (X509_get0_serialNumber(3)). */
  get serialNumber(): string {
    return this.#native.serialNumber();
  }

  /** The first second of its validity (X509_get0_notBefore(3)). */
  get validFrom(): Date {
    return new Date(this.#native.notBefore());
  }

  /** The last second of its validity (X509_get0_notAfter(3)). */
  get validTo(): Date {
    return new Date(this.#native.notAfter());
  }

  /** SHA-1 of `raw`: hex in upper case, a colon between bytes (X509_digest(3)). */
  get fingerprint(): string {
    return colonHex(this.#native.digest('sha1'));
  }

  /** SHA-256 of `raw`, in the form of `fingerprint`. */
  get fingerprint256(): string {
    return colonHex(this.#native.digest('sha256'));
  }

  /** SHA-512 of `raw`, in the form of `fingerprint`. */
  get fingerprint512(): string {
    return colonHex(this.#native.digest('sha512'));
  }

  /**
   * The names and addresses that it is for: `DNS:example.org`, `IP:::1`, `email:...`, `URI:...`,
   * `dirName:...` (RFC 2253), `RID:...` and `otherName:...` (object identifiers); empty when there are
   * none. In DNS names, URIs and addresses all but printable ASCII is escaped as `\XX`.
   */
  get altNames(): string[] {
    return this.#native.altNames();
  }

  /**
   * Whether `privateKey` is the key of this certificate (X509_check_private_key(3)).
   *
   * @throws TypeError when it is no PrivateKey.
   */
  checkPrivateKey(privateKey: PrivateKey): boolean {
    return this.#native.hasKey(nativeOf(requirePrivateKey(privateKey, 'privateKey')));
  }

  /** Gives the certificate up; contexts that have taken it keep it. May be called again (X509_free(3)). */
  override free(): void {
    super.free();
  }

  /** The same as `pem`. */
  override toString(): string {
    return this.pem;
  }

  /** The same as `pem`; `new Certificate` reads it. */
  toJSON(): string {
    return this.pem;
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['subject', 'issuer', 'serialNumber', 'validFrom', 'validTo', 'fingerprint256'];
  }
}

function parse(input: unknown): [NativeCertificate, ...NativeCertificate[]] {
  return native.parseCertificates(readInput(input, 'input').bytes);
}

function colonHex(bytes: Buffer): string {
  return bytes
    .toString('hex')
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:');
}

function requireGenerateOptions(options: CertificateGenerateOptions): NativeGenerateOptions {
  if (typeof options !== 'object' || options === null) throw invalidType('options', 'an object', options);
  const { altNames, days = 30, key = 'ec', issuer, ca = issuer === undefined } = options;
  const commonName = requireText(options.commonName, 'options.commonName');
  if ([...commonName].length > 64)
    throw outOfRange('options.commonName', 'at most 64 characters long', commonName);
  if (typeof ca !== 'boolean') throw invalidType('options.ca', 'a boolean', ca);
  if (typeof key !== 'string' || !Object.hasOwn(KeyKind, key))
    throw invalidValue('options.key', "must be 'ec', 'rsa' or 'ed25519'", key);
  return {
    commonName,
    altNames: altNames === undefined ? altNamesOf(commonName) : requireAltNames(altNames, 'options.altNames'),
    days: requireInteger(days, 'options.days', -36500, 36500),
    key: KeyKind[key],
    ca,
    ...requireIssuer(issuer),
  };
}

function requireIssuer(issuer: unknown): Pick<NativeGenerateOptions, 'issuer' | 'issuerKey'> {
  if (issuer === undefined) return { issuer: undefined, issuerKey: undefined };
  if (typeof issuer !== 'object' || issuer === null) {
    throw invalidType('options.issuer', '{ certificate, privateKey }', issuer);
  }
  const { certificate, privateKey } = issuer as Partial<CertificateIssuer>;
  if (!(certificate instanceof Certificate)) {
    throw invalidType('options.issuer.certificate', 'a Certificate', certificate);
  }
  const key = requirePrivateKey(privateKey, 'options.issuer.privateKey');
  return { issuer: nativeOf(certificate), issuerKey: nativeOf(key) };
}
