// What the extensions of a certificate tell (RFC 5280, 4.2).

import { requireText } from './arguments';
import { CertificateFields, colonHex } from './certificate-fields';
import { type GeneralName, generalNames } from './general-names';
import { nativeOf } from './handle';
import type { NativeCertificate } from './native-certificate';
import { requireType } from './object-identifiers';

/** One extension of a certificate as it is. */
export interface CertificateExtension {
  /** Its object identifier: `2.5.29.19`. */
  readonly oid: string;
  /** OpenSSL's short name for it: `basicConstraints`; or the `oid` of one that it does not know. */
  readonly name: string;
  /** Whether a certificate is to be refused by those who do not know this extension. */
  readonly critical: boolean;
  /** What is inside of its OCTET STRING, as a rule DER. */
  readonly value: Buffer;
}

/** Which key, or which certificate, has signed a certificate. */
export interface AuthorityKeyIdentifier {
  /** The issuer's `subjectKeyIdentifier`: hex in lower case, a colon between bytes. */
  readonly keyIdentifier: string | undefined;
  /** The names of the issuer's issuer; as a rule none. */
  readonly issuer: readonly GeneralName[];
  /** The serial number of the issuer's certificate, in the form of `Certificate.serialNumber`. */
  readonly serialNumber: string | undefined;
}

/** What names may be in the certificates below a CA. */
export interface NameConstraints {
  /** Names have to be within one of these of their kind; a kind of which there is none is free. */
  readonly permitted: readonly GeneralName[];
  /** Names must not be within one of these. */
  readonly excluded: readonly GeneralName[];
}

// KU_* of x509v3.h.
const keyUsages = [
  [0x80, 'Digital Signature'],
  [0x40, 'Non-Repudiation'],
  [0x20, 'Key Encipherment'],
  [0x10, 'Data Encipherment'],
  [0x08, 'Key Agreement'],
  [0x04, 'Certificate Signing'],
  [0x02, 'CRL Signing'],
  [0x01, 'Encipher Only'],
  [0x8000, 'Decipher Only'],
] as const;

/** status_request, by which a server is asked for an OCSP response (RFC 7633). */
const statusRequest = 5;

/**
 * What a certificate says in its extensions. Each of these members throws an SSLError when its extension
 * cannot be read (`ERR_OSSL_ASN1_...`) or is there twice (`ERR_DUPLICATE_EXTENSION`). Stands on
 * X509_get_ext_d2i(3).
 */
export abstract class CertificateExtensions extends CertificateFields {
  /** All extensions as they are, in their order (X509_get_ext(3)). */
  get extensions(): CertificateExtension[] {
    return nativeOf(this).extensions();
  }

  /**
   * One extension, of several the first; undefined when there is none.
   *
   * @param type its object identifier (`'2.5.29.19'`) or OpenSSL's short name (`'basicConstraints'`).
   * @throws TypeError when it is neither.
   */
  extension(type: string): CertificateExtension | undefined {
    const wanted = requireText(type, 'type');
    const found = this.extensions.find(({ oid, name }) => oid === wanted || name === wanted);
    if (found === undefined) requireType(wanted, 'type');
    return found;
  }

  /**
   * The names and addresses that it is for: `DNS:example.org`, `IP:::1`, `email:...`, `URI:...`,
   * `dirName:...` (RFC 2253), `RID:...` and `otherName:...` (object identifiers); empty when there are
   * none. In DNS names, URIs and addresses all but printable ASCII is escaped as `\XX`.
   */
  get altNames(): string[] {
    return nativeOf(this).altNames();
  }

  /** The same names as values, each with its type; none is left out. */
  get subjectAltNames(): GeneralName[] {
    return generalNames(nativeOf(this).subjectAltNames());
  }

  /** The alternative names of the issuer, in the form of `subjectAltNames`. */
  get issuerAltNames(): GeneralName[] {
    return generalNames(nativeOf(this).issuerAltNames());
  }

  /**
   * What the key may be used for, in words, with commas between them: `Digital Signature`,
   * `Non-Repudiation`, `Key Encipherment`, `Data Encipherment`, `Key Agreement`, `Certificate Signing`,
   * `CRL Signing`, `Encipher Only`, `Decipher Only`. Undefined when the certificate does not restrict it.
   */
  get usage(): string | undefined {
    const flags = nativeOf(this).keyUsage();
    if (flags === undefined) return undefined;
    return keyUsages.flatMap(([flag, word]) => ((flags & flag) === 0 ? [] : [word])).join(',');
  }

  /**
   * The same as bits, in the order of `usage`: 0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01, 0x8000 (the
   * KU_ constants of OpenSSL). Undefined when the certificate does not restrict it, which allows everything.
   */
  get usageFlags(): number | undefined {
    return nativeOf(this).keyUsage();
  }

  /**
   * The purposes that the key may be used for, as object identifiers: `1.3.6.1.5.5.7.3.1` for a server.
   * Undefined when the certificate does not restrict them, which allows all.
   */
  get extendedKeyUsage(): string[] | undefined {
    return nativeOf(this)
      .extendedKeyUsage()
      ?.map(({ oid }) => oid);
  }

  /** The same by OpenSSL's short names (`serverAuth`), object identifiers where it knows none. */
  get extendedKeyUsageNames(): string[] | undefined {
    return nativeOf(this)
      .extendedKeyUsage()
      ?.map(({ name }) => name);
  }

  /** Whether its basic constraints say that it may sign certificates. */
  get isCA(): boolean {
    return nativeOf(this).basicConstraints()?.ca ?? false;
  }

  /** How many CAs may stand between it and the last certificate of a chain; undefined when any number may. */
  get pathLength(): number | undefined {
    return nativeOf(this).basicConstraints()?.pathLength;
  }

  /** The identifier of its key: hex in lower case, a colon between bytes; undefined without one. */
  get subjectKeyIdentifier(): string | undefined {
    const keyId = nativeOf(this).subjectKeyId();
    return keyId && colonHex(keyId);
  }

  /** The identifier of the key that has signed it; undefined without one. */
  get authorityKeyIdentifier(): AuthorityKeyIdentifier | undefined {
    return authorityKeyIdentifierOf(nativeOf(this).authorityKeyId());
  }

  /**
   * URIs of the revocation lists that it may be on. In these and other URIs all but printable ASCII is
   * escaped as `\XX`. Empty when there are none.
   */
  get crlDistributionPoints(): string[] {
    return nativeOf(this).crlDistributionPoints();
  }

  /** URIs of the OCSP responders that know about it; empty when there are none. */
  get ocspURLs(): string[] {
    return nativeOf(this).informationAccess().ocsp;
  }

  /** URIs of certificates of its issuer; empty when there are none. */
  get caIssuersURLs(): string[] {
    return nativeOf(this).informationAccess().caIssuers;
  }

  /** Whether it is valid only together with an OCSP response that the server staples (RFC 7633). */
  get mustStaple(): boolean {
    return nativeOf(this).tlsFeatures().includes(statusRequest);
  }

  /** The policies that it was issued under, as object identifiers; empty when there are none. */
  get policies(): string[] {
    return nativeOf(this)
      .policies()
      .map(({ oid }) => oid);
  }

  /** What names may be in the certificates below it; undefined when any may. */
  get nameConstraints(): NameConstraints | undefined {
    const constraints = nativeOf(this).nameConstraints();
    if (constraints === undefined) return undefined;
    const { permitted, excluded } = constraints;
    return { permitted: generalNames(permitted), excluded: generalNames(excluded) };
  }
}

/** What the addon says of the signer of a certificate or a CRL. */
export function authorityKeyIdentifierOf(
  found: ReturnType<NativeCertificate['authorityKeyId']>,
): AuthorityKeyIdentifier | undefined {
  if (found === undefined) return undefined;
  const { keyId, issuer, serialNumber } = found;
  return { keyIdentifier: keyId && colonHex(keyId), issuer: generalNames(issuer), serialNumber };
}
