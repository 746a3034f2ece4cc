// The options of `Certificate.generate` that become extensions (RFC 5280, 4.2).

import { requireAltNames, requireSubtrees, requireURI } from './alt-names';
import {
  type Bytes,
  invalidType,
  invalidValue,
  type OptionNames,
  readList,
  requireInteger,
  requireOptions,
  requireText,
  toBytes,
} from './arguments';
import type { NativeAltName, NativeExtensions } from './native-certificate';
import { isOID } from './object-identifiers';

/** What a key may be used for, as OpenSSL spells it (RFC 5280, 4.2.1.3). */
export type KeyUsage = (typeof keyUsages)[number];

/** An extension in bytes, for `CertificateGenerateOptions.extensions`. */
export interface ExtensionInput {
  /** The object identifier in numbers: `'1.3.6.1.4.1.11129.2.4.3'`. */
  readonly oid: string;
  /** Whether who does not know it has to refuse the certificate. Default: false. */
  readonly critical?: boolean | undefined;
  /** Its value in DER, which goes into the OCTET STRING as it is: it is not looked at. */
  readonly value: Bytes;
}

/** What a CA may certify, for `CertificateGenerateOptions.nameConstraints` (RFC 5280, 4.2.1.10). */
export interface NameConstraintsInput {
  /** All names of the kinds that are here must lie below one of them. */
  readonly permitted?: readonly string[] | undefined;
  /** No name may lie below one of these. */
  readonly excluded?: readonly string[] | undefined;
}

/** Options of `Certificate.generate` that become extensions. */
export interface CertificateExtensionOptions {
  /**
   * The names and addresses that the certificate is for. Each is an IP address if it parses as one, else a
   * DNS name (`*.example.org` for a wildcard; what is not ASCII becomes its xn-- form), or says what it is
   * by a prefix: `DNS:`, `IP:`, `URI:`, `email:`. Default: the common name, and none where that is neither
   * an IP address nor possible as a DNS name (`'Test CA'`); an empty array for none.
   */
  readonly altNames?: readonly string[] | undefined;
  /** Whether it may sign certificates. Default: true without an issuer, false with one. */
  readonly ca?: boolean | undefined;
  /** For a CA: how many CAs may stand between it and the last certificate, 0 and more. Default: any number. */
  readonly pathLength?: number | undefined;
  /**
   * What the key may be used for. Default: `digitalSignature` (`keyAgreement` for X25519 and X448), for RSA
   * `keyEncipherment` too, and for a CA `keyCertSign` and `cRLSign`; an empty array leaves the extension out.
   */
  readonly keyUsage?: readonly KeyUsage[] | undefined;
  /**
   * What the certificate may be used for: `serverAuth`, `clientAuth`, `codeSigning`, `emailProtection`,
   * `timeStamping`, `OCSPSigning`, `anyExtendedKeyUsage`, or object identifiers in numbers. Default:
   * `['serverAuth', 'clientAuth']`; an empty array leaves the extension out.
   */
  readonly extendedKeyUsage?: readonly string[] | undefined;
  /** Where the issuer's CRL is: absolute URLs. Default: none. */
  readonly crlDistributionPoints?: readonly string[] | undefined;
  /** Where the issuer's OCSP responder is: absolute URLs. Default: none. */
  readonly ocspURLs?: readonly string[] | undefined;
  /** Where the issuer's certificate is: absolute URLs. Default: none. */
  readonly caIssuersURLs?: readonly string[] | undefined;
  /** Whether a server has to staple an OCSP response (RFC 7633). Default: false. */
  readonly mustStaple?: boolean | undefined;
  /**
   * For a CA: the names below which it may certify, and may not: `'DNS:example.org'` (with all names below it;
   * `'DNS:'` for all there are), `'IP:10.0.0.0/8'`, `'email:example.org'` (all mailboxes of the host; of those
   * below it with a dot first), `'email:a@example.org'`, `'URI:example.org'` (the host; with a dot first
   * those below it). Critical. Default: no constraints.
   */
  readonly nameConstraints?: NameConstraintsInput | undefined;
  /** The policies under which it is issued: object identifiers in numbers, or `anyPolicy`. Default: none. */
  readonly policies?: readonly string[] | undefined;
  /** Any others, each at most once. One that would be there by itself is replaced. Default: none. */
  readonly extensions?: readonly ExtensionInput[] | undefined;
}

/** The names of these options. */
export const extensionOptionNames: OptionNames<CertificateExtensionOptions> = {
  altNames: true,
  ca: true,
  pathLength: true,
  keyUsage: true,
  extendedKeyUsage: true,
  crlDistributionPoints: true,
  ocspURLs: true,
  caIssuersURLs: true,
  mustStaple: true,
  nameConstraints: true,
  policies: true,
  extensions: true,
};

// With the name that an extension of a certificate has for reading.
const extensionNames: OptionNames<ExtensionInput & { name: string }> = {
  oid: true,
  name: true,
  critical: true,
  value: true,
};

const constraintNames: OptionNames<NameConstraintsInput> = { permitted: true, excluded: true };

// In the order of their bits.
const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

const extendedKeyUsages: ReadonlySet<string> = new Set([
  ...['serverAuth', 'clientAuth', 'codeSigning', 'emailProtection', 'timeStamping', 'OCSPSigning'],
  'anyExtendedKeyUsage',
]);

/** The options as the addon takes them; `isCA` and `names` stand for what is not given. */
export function requireExtensions(
  options: CertificateExtensionOptions,
  isCA: boolean,
  names: NativeAltName[],
): NativeExtensions {
  const { altNames, ca = isCA, pathLength, keyUsage, mustStaple = false, extensions = [] } = options;
  const { extendedKeyUsage = ['serverAuth', 'clientAuth'], policies = [] } = options;
  const { crlDistributionPoints = [], ocspURLs = [], caIssuersURLs = [] } = options;
  const { permitted = [], excluded = [] } = requireConstraints(options.nameConstraints, ca);
  return {
    ca: requireFlag(ca, 'options.ca'),
    pathLength: pathLength === undefined ? undefined : requirePathLength(pathLength, ca),
    keyUsage: keyUsage === undefined ? undefined : requireKeyUsage(keyUsage),
    extendedKeyUsage: texts(extendedKeyUsage, 'options.extendedKeyUsage', requireUsage),
    altNames: altNames === undefined ? names : requireAltNames(altNames, 'options.altNames'),
    crlDistributionPoints: texts(crlDistributionPoints, 'options.crlDistributionPoints', requireURI),
    ocspURLs: texts(ocspURLs, 'options.ocspURLs', requireURI),
    caIssuersURLs: texts(caIssuersURLs, 'options.caIssuersURLs', requireURI),
    mustStaple: requireFlag(mustStaple, 'options.mustStaple'),
    permitted: requireSubtrees(permitted, 'options.nameConstraints.permitted'),
    excluded: requireSubtrees(excluded, 'options.nameConstraints.excluded'),
    policies: texts(policies, 'options.policies', requirePolicy),
    others: requireOthers(extensions),
  };
}

type Read<T> = (item: unknown, name: string) => T;

function texts(value: unknown, name: string, read: Read<string>): string[] {
  return readList(value, name, 'an array of strings', read);
}

function requireFlag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value);
  return value;
}

function requireConstraints(value: NameConstraintsInput | undefined, ca: boolean): NameConstraintsInput {
  if (value === undefined) return {};
  if (!ca) throw invalidValue('options.nameConstraints', 'is for a CA only', value);
  return requireOptions(value, 'options.nameConstraints', constraintNames);
}

function requirePathLength(value: unknown, ca: boolean): number {
  if (!ca) throw invalidValue('options.pathLength', 'is for a CA only', value);
  return requireInteger(value, 'options.pathLength', 0, 2 ** 31 - 1);
}

function requireKeyUsage(value: unknown): number {
  const bits = readList(value, 'options.keyUsage', 'an array of strings', (item, name) => {
    const bit = keyUsages.indexOf(item as KeyUsage);
    if (bit === -1) throw invalidValue(name, `must be one of ${keyUsages.join(', ')}`, item);
    return 2 ** bit;
  });
  return [...new Set(bits)].reduce((sum, bit) => sum + bit, 0);
}

function requireUsage(item: unknown, name: string): string {
  const text = requireText(item, name);
  return extendedKeyUsages.has(text) ? text : requireOID(text, name);
}

function requirePolicy(item: unknown, name: string): string {
  // By its number: OpenSSL's own name for it has spaces.
  return item === 'anyPolicy' ? '2.5.29.32.0' : requireOID(item, name);
}

function requireOID(value: unknown, name: string): string {
  const text = requireText(value, name);
  if (isOID(text)) return text;
  throw invalidValue(name, 'must be an object identifier in numbers', value);
}

function requireOthers(value: unknown): NativeExtensions['others'] {
  const seen = new Set<string>();
  return readList(value, 'options.extensions', 'an array of { oid, critical, value }', (item, name) => {
    const given = requireOptions(item as ExtensionInput & { name: string }, name, extensionNames);
    const { oid: type, critical = false, value: bytes } = given;
    const text = requireOID(type, `${name}.oid`);
    if (seen.has(text)) throw invalidValue(`${name}.oid`, 'must not be there twice', type);
    seen.add(text);
    return {
      oid: text,
      critical: requireFlag(critical, `${name}.critical`),
      value: toBytes(bytes, `${name}.value`),
    };
  });
}
