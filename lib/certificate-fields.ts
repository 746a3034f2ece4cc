// What the body of a certificate tells: names, dates, numbers, its key, and fingerprints of the whole.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { requireText } from './arguments';
import { DistinguishedName } from './distinguished-name';
import { Handle, nativeOf } from './handle';
import type { NativeCertificate } from './native-certificate';

/** The version of a certificate; `'V3'` is the one that has extensions, others than these are not defined. */
export type CertificateVersion = 'V1' | 'V2' | 'V3' | (string & {});

/** What a certificate says without its extensions. */
export abstract class CertificateFields extends Handle<NativeCertificate> {
  /**
   * The subject's name after RFC 2253, most specific part first: `CN=example.org,O=Example`. What is not
   * ASCII stands as it is. Stands on X509_NAME_print_ex(3).
   */
  get subject(): string {
    return nativeOf(this).subject();
  }

  /** The issuer's name, in the form of `subject`. */
  get issuer(): string {
    return nativeOf(this).issuer();
  }

  /** The subject's name in its parts (X509_get_subject_name(3)). */
  get subjectName(): DistinguishedName {
    return DistinguishedName.of(nativeOf(this).subjectName());
  }

  /** The issuer's name in its parts (X509_get_issuer_name(3)). */
  get issuerName(): DistinguishedName {
    return DistinguishedName.of(nativeOf(this).issuerName());
  }

  /** The subject's CN, of several the most specific one; undefined without one. */
  get commonName(): string | undefined {
    return this.subjectName.get('CN');
  }

  /** The serial number: hex digits in upper case, after a `-` if it is negative (X509_get0_serialNumber(3)). */
  get serialNumber(): string {
    return nativeOf(this).serialNumber();
  }

  /** `'V1'`, `'V2'` or `'V3'` (X509_get_version(3)). */
  get version(): CertificateVersion {
    return `V${nativeOf(this).version()}`;
  }

  /**
   * The first second of its validity (X509_get0_notBefore(3)).
   *
   * @throws SSLError when the certificate has no date there.
   */
  get effectiveDate(): Date {
    return new Date(nativeOf(this).notBefore());
  }

  /**
   * The last second of its validity (X509_get0_notAfter(3)).
   *
   * @throws SSLError when the certificate has no date there.
   */
  get expirationDate(): Date {
    return new Date(nativeOf(this).notAfter());
  }

  /** MD5 of `raw`: hex in lower case, a colon between bytes (X509_digest(3)). */
  get fingerprint(): string {
    return colonHex(this.digest('md5'));
  }

  /** SHA-1 of `raw`, in the form of `fingerprint`. */
  get fingerprintSHA1(): string {
    return colonHex(this.digest('sha1'));
  }

  /** SHA-256 of `raw`, in the form of `fingerprint`. */
  get fingerprintSHA256(): string {
    return colonHex(this.digest('sha256'));
  }

  /** SHA-512 of `raw`, in the form of `fingerprint`. */
  get fingerprintSHA512(): string {
    return colonHex(this.digest('sha512'));
  }

  /** MD5 of `raw` as Windows shows it: hex in upper case. */
  get thumbprintMD5(): string {
    return hex(this.digest('md5')).toUpperCase();
  }

  /** SHA-1 of `raw`, in the form of `thumbprintMD5`. */
  get thumbprintSHA1(): string {
    return hex(this.digest('sha1')).toUpperCase();
  }

  /** SHA-256 of `raw`, in the form of `thumbprintMD5`. */
  get thumbprintSHA256(): string {
    return hex(this.digest('sha256')).toUpperCase();
  }

  /**
   * A digest of `raw` (X509_digest(3)).
   *
   * @param algorithm `'sha256'`, `'sha3-256'` or what else OpenSSL knows.
   * @throws TypeError when it knows no such digest; SSLError when it may not be used (MD5 under FIPS).
   */
  digest(algorithm: string): Buffer {
    return nativeOf(this).digest(requireText(algorithm, 'algorithm'));
  }

  /**
   * The algorithm of the signature: OpenSSL's long name (`'sha256WithRSAEncryption'`, `'ecdsa-with-SHA256'`,
   * `'ED25519'`), or the object identifier of one that it does not know. Stands on X509_get0_signature(3).
   */
  get signatureAlgorithm(): string {
    return nativeOf(this).signature().algorithm;
  }

  /** The signature; a fresh copy each time (X509_get0_signature(3)). */
  get signature(): Buffer {
    return nativeOf(this).signature().value;
  }

  /** The public key as PEM text: a SubjectPublicKeyInfo, `-----BEGIN PUBLIC KEY-----` (X509_get_X509_PUBKEY(3)). */
  get publicKey(): string {
    return nativeOf(this).publicKeyPem();
  }

  /** The public key as DER: a SubjectPublicKeyInfo; a fresh copy each time (X509_get_X509_PUBKEY(3)). */
  get publicKeyRaw(): Buffer {
    return nativeOf(this).publicKeyRaw();
  }

  /**
   * The public key for node:crypto.
   *
   * @throws Node's own error when it cannot read the key.
   */
  get publicKeyObject(): KeyObject {
    return createPublicKey({ key: this.publicKeyRaw, format: 'der', type: 'spki' });
  }

  /**
   * The kind of public key: `'RSA'`, `'RSA-PSS'`, `'EC'`, `'ED25519'`, ... (EVP_PKEY_get0_type_name(3)). Of
   * a key that OpenSSL cannot read, its long name of the algorithm, or the object identifier.
   */
  get publicKeyAlgorithm(): string {
    return nativeOf(this).publicKey().algorithm;
  }

  /** The size of the public key in bits: 2048, 256, ... (EVP_PKEY_get_bits(3)); undefined when it cannot be read. */
  get publicKeyLength(): number | undefined {
    return nativeOf(this).publicKey().bits;
  }

  /**
   * The curve (or group) of the public key, as OpenSSL spells it: `'prime256v1'`; undefined for keys that
   * have none, or one without a name (EVP_PKEY_get_group_name(3)).
   */
  get publicKeyCurve(): string | undefined {
    return nativeOf(this).publicKey().curve;
  }
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}

/** Hex in lower case, a colon between bytes. */
export function colonHex(bytes: Buffer): string {
  return hex(bytes).replace(/..(?=.)/g, '$&:');
}
