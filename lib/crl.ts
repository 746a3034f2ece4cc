// CRL: X509_CRL.

import type { KeyObject } from 'node:crypto';
import { type Bytes, invalidType, readInput } from './arguments';
import { Certificate, requireCertificate, requirePublicKey } from './certificate';
import { type AuthorityKeyIdentifier, authorityKeyIdentifierOf } from './certificate-extensions';
import { colonHex } from './certificate-fields';
import { type CRLGenerateOptions, requireCRLOptions } from './crl-issuing';
import { dateOf } from './dates';
import { Handle, nativeOf, shownMembers, Wrapped } from './handle';
import { native } from './native';
import type { NativeCRL, NativeRevoked } from './native-revocation';
import { printable } from './printable';
import { type RevocationReason, reasonName, requireSerialNumber } from './revocation';

/** One entry of a CRL. */
export interface RevokedCertificate {
  /** In the form of `Certificate.serialNumber`. */
  readonly serialNumber: string;
  /** When it was revoked. */
  readonly revocationDate: Date;
  /** Why; absent where the CRL does not say. */
  readonly revocationReason?: RevocationReason;
  /** Since when it should not be trusted, in the eyes of its issuer; absent where the CRL does not say. */
  readonly invalidityDate?: Date;
  /** Who has issued it (RFC 2253), where that is not the issuer of the CRL: only in indirect CRLs. */
  readonly certificateIssuer?: string;
}

/**
 * A list of revoked certificates (X509_CRL, RFC 5280, 5).
 *
 * Every member throws FreedError (`ERR_FREED`) once it is freed, but `freed`, `free` and `inspect`.
 */
export class CRL extends Handle<NativeCRL> {
  readonly #native: NativeCRL;

  /**
   * Reads a CRL; of several in a PEM text the first (`CRL.parse` takes all). Blocks of other kinds, such as
   * certificates, are passed over. The signature is not looked at: see `verifySignature`.
   *
   * @param input PEM text (a string with `-----BEGIN` in it), a file name (any other string, or a file
   * URL), or PEM or DER bytes.
   * @throws SSLError `ERR_OSSL_PEM_NO_START_LINE` (text without PEM), `ERR_NOT_A_CRL` (a certificate, a
   * file for CertificateStore), `ERR_TRAILING_DATA` (bytes after the DER object), or OpenSSL's reason for
   * refusing (`ERR_OSSL_ASN1_...`); SSLSyscallError (`ENOENT`, ...) when the file cannot be read; TypeError for wrong
   * arguments. Stands on d2i_X509_CRL(3), PEM_read_bio_ex(3).
   */
  constructor(input: string | URL | Bytes) {
    const given: unknown = input;
    super(given instanceof Wrapped ? given.native : parse(given)[0]);
    this.#native = nativeOf(this);
  }

  /** @internal */
  static wrap(crl: NativeCRL): CRL {
    return new CRL(new Wrapped(crl) as never);
  }

  /**
   * Reads all CRLs of an input, in their order, at least one.
   *
   * @param input as for the constructor. One CRL that cannot be read spoils them all.
   * @throws as the constructor.
   */
  static parse(input: string | URL | Bytes): [CRL, ...CRL[]] {
    const [first, ...rest] = parse(input);
    return [CRL.wrap(first), ...rest.map((crl) => CRL.wrap(crl))];
  }

  /**
   * Makes and signs a CRL: version 2, with its number and the key identifier of its issuer.
   *
   * @throws SSLError `ERR_ISSUER_NOT_CA` when the issuer may not sign CRLs, `ERR_OSSL_X509_KEY_VALUES_MISMATCH`
   * when its key is another's; TypeError and RangeError for wrong options. Stands on X509_CRL_sign(3).
   */
  static generate(options: CRLGenerateOptions): CRL {
    return CRL.wrap(native.generateCRL(requireCRLOptions(options)));
  }

  /** PEM text (PEM_write_bio_X509_CRL(3)). */
  get pem(): string {
    return this.#native.pem();
  }

  /** DER; a fresh copy each time (i2d_X509_CRL(3)). */
  get raw(): Buffer {
    return this.#native.raw();
  }

  /** The issuer's name, in the form of `Certificate.subject` (X509_CRL_get_issuer(3)). */
  get issuer(): string {
    return this.#native.issuer();
  }

  /** Its version: `'V2'` where it has extensions, `'V1'` without (X509_CRL_get_version(3)). */
  get version(): `V${number}` {
    return `V${this.#native.version() + 1}`;
  }

  /** Its number, which grows from one CRL of an issuer to the next; undefined without one (RFC 5280, 5.2.3). */
  get number(): bigint | undefined {
    const hex = this.#native.number();
    if (hex === undefined) return undefined;
    return hex.startsWith('-') ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`);
  }

  /** Whether it only tells what has changed since another CRL (RFC 5280, 5.2.4). */
  get isDelta(): boolean {
    return this.#native.isDelta();
  }

  /** When it was made (X509_CRL_get0_lastUpdate(3)). */
  get lastUpdate(): Date {
    return dateOf(this.#native.lastUpdate());
  }

  /** By when there is a newer one; undefined where it does not say (X509_CRL_get0_nextUpdate(3)). */
  get nextUpdate(): Date | undefined {
    const seconds = this.#native.nextUpdate();
    return seconds === undefined ? undefined : dateOf(seconds);
  }

  /** What it is signed with, as OpenSSL names it: `'ecdsa-with-SHA256'`; an OID in digits where it has no name. */
  get signatureAlgorithm(): string {
    return this.#native.signatureAlgorithm();
  }

  /** Which key has signed it; undefined without such an extension (RFC 5280, 5.2.1). */
  get authorityKeyIdentifier(): AuthorityKeyIdentifier | undefined {
    return authorityKeyIdentifierOf(this.#native.authorityKeyIdentifier());
  }

  /** SHA-256 of `raw`: lower-case hex, a colon between bytes (X509_CRL_digest(3)). */
  get fingerprintSHA256(): string {
    return colonHex(this.#native.fingerprint());
  }

  /** How many certificates are on the list. */
  get size(): number {
    return this.#native.size();
  }

  /**
   * What is on the list, in its order; read anew each time. To look one certificate up, `find` is faster.
   * An entry with the reason `'removeFromCRL'` (in delta CRLs) is one that is not revoked any more.
   *
   * @throws SSLError when an entry has a date or an extension that is unreadable. Stands on
   * X509_CRL_get_REVOKED(3).
   */
  get revoked(): RevokedCertificate[] {
    return this.#native.revoked().map(entryOf);
  }

  /**
   * The entry of a certificate; undefined when it is not on the list, or taken off again (`'removeFromCRL'`).
   * A certificate of another issuer than the CRL's is found in an indirect CRL only.
   *
   * @param certificate the certificate, or the serial number (hex, as `Certificate.serialNumber` has it) of
   * one from the CRL's own issuer.
   * @throws TypeError for anything else. Stands on X509_CRL_get0_by_cert(3), X509_CRL_get0_by_serial(3).
   */
  find(certificate: Certificate | string): RevokedCertificate | undefined {
    const found =
      certificate instanceof Certificate
        ? this.#native.findCertificate(nativeOf(certificate))
        : this.#native.findSerialNumber(requireSerialNumber(certificate, 'certificate'));
    return found === undefined ? undefined : entryOf(found);
  }

  /**
   * Whether `issuer` has issued it: its subject is the CRL's issuer, its key the one that the CRL names, may sign
   * CRLs, and has signed this one. Nothing is said about dates, or about trust. Stands on X509_check_akid(3),
   * X509_CRL_verify(3).
   *
   * @throws TypeError when it is no Certificate; SSLError when the CRL's key identifier cannot be read.
   */
  isIssuedBy(issuer: Certificate): boolean {
    return this.#native.isIssuedBy(nativeOf(requireCertificate(issuer, 'issuer')));
  }

  /**
   * Whether a key has signed it; nothing else is looked at, no name and no date. False too when that kind of key
   * or signature is unknown. Stands on X509_CRL_verify(3).
   *
   * @param key the certificate of the signer, or its key from node:crypto, public or private.
   * @throws TypeError when it is neither.
   */
  verifySignature(key: Certificate | KeyObject): boolean {
    return this.#native.isSignedBy(requirePublicKey(key, 'key'));
  }

  /** Whether `other` is the same CRL, byte for byte. */
  equals(other: CRL): boolean {
    if (!(other instanceof CRL)) throw invalidType('other', 'a CRL', other);
    return this.raw.equals(other.raw);
  }

  /** Gives the CRL up; contexts that have taken it keep it. May be called again (X509_CRL_free(3)). */
  override free(): void {
    super.free();
  }

  /** The whole CRL in words, as `openssl crl -text -noout` prints it; what a terminal would not just show is escaped as `\uXXXX`. */
  override toString(): string {
    return printable(this.#native.text());
  }

  /** The same as `pem`; `new CRL` reads it. */
  toJSON(): string {
    return this.pem;
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['issuer', 'number', 'lastUpdate', 'nextUpdate', 'size', 'fingerprintSHA256'];
  }
}

function parse(input: unknown): [NativeCRL, ...NativeCRL[]] {
  return native.parseCRLs(readInput(input, 'input').bytes);
}

function entryOf([
  serialNumber,
  date,
  reason,
  invalidity,
  certificateIssuer,
]: NativeRevoked): RevokedCertificate {
  return {
    serialNumber,
    revocationDate: dateOf(date),
    ...(reason !== undefined && { revocationReason: reasonName(reason) }),
    ...(invalidity !== undefined && { invalidityDate: dateOf(invalidity) }),
    ...(certificateIssuer !== undefined && { certificateIssuer }),
  };
}
