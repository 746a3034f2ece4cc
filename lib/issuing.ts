// The options of `Certificate.generate`.

import { altNamesOf, requireAltNames } from './alt-names';
import { invalidType, invalidValue, outOfRange, requireInteger, requireText } from './arguments';
import { Certificate } from './certificate';
import { nativeOf } from './handle';
import { KeyKind, type NativeGenerateOptions } from './native-certificate';
import { type PrivateKey, requirePrivateKey } from './private-key';

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

/** The options as the addon takes them. */
export function requireGenerateOptions(options: CertificateGenerateOptions): NativeGenerateOptions {
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
