// What `Certificate.generate` makes, and of what.

import { KeyObject } from 'node:crypto';
import { altNamesOf } from './alt-names';
import {
  type Bytes,
  invalidType,
  invalidValue,
  isPlainObject,
  type OptionNames,
  outOfRange,
  readInput,
  readList,
  requireObject,
  requireOptions,
} from './arguments';
import type { Certificate } from './certificate';
import {
  type CertificateExtensionOptions,
  extensionOptionNames,
  requireExtensions,
} from './extension-options';
import { nativeOf } from './handle';
import { type PrivateKeyGenerateOptions, requireKeySpec } from './key-generation';
import { native } from './native';
import type { NativeCertificate, NativeFaults, NativeGenerateOptions } from './native-certificate';
import { PrivateKey, requirePrivateKey } from './private-key';
import { readDigest } from './signing-digest';
import { requireAttributeText, requireSubject, type SubjectInput } from './subject';
import { type CertificateValidityOptions, requireValidity, validityOptionNames } from './validity';

/** Who signs a certificate that `Certificate.generate` makes. */
export interface CertificateIssuer {
  /** The certificate of a CA: one that `Certificate.generate` made without an issuer, or with `ca: true`. */
  readonly certificate: Certificate;
  /** Its private key. */
  readonly privateKey: PrivateKey;
}

/**
 * What a certificate is made with on purpose, for tests of refusal: signed by an issuer that is no CA; of
 * version 1, which has no extensions at all; with one bit of its signature turned over.
 */
export type CertificateFault = 'issuer-not-ca' | 'version-1' | 'bad-signature';

/** What the options of `Certificate.generate` have in common. */
export interface CertificateIssuingOptions extends CertificateExtensionOptions, CertificateValidityOptions {
  /** The subject's CN, 1 to 64 characters. */
  readonly commonName?: string | undefined;
  /**
   * The whole subject instead of `commonName`: its attributes, the least specific first, an array for one that
   * comes several times (`{ C: 'DE', O: 'Example', OU: ['a', 'b'], CN: 'x' }`), or a text after RFC 4514, which has
   * the most specific first (`'CN=x,OU=b,OU=a,O=Example,C=DE'`), as `Certificate.subject` has it, or a DistinguishedName
   * (`Certificate.subjectName`). Attributes are called as OpenSSL does, or by their object identifiers. Values in hexadecimal (`#...`) are not taken.
   * Empty for no subject, which makes the alternative names critical.
   */
  readonly subject?: SubjectInput | undefined;
  /** Positive, below 2^159 (RFC 5280, 4.1.2.2): a bigint, or hex digits. Default: a random one. */
  readonly serialNumber?: string | bigint | undefined;
  /**
   * The digest of the signature: `'sha256'`, `'sha384'`, ... With a signer whose key hashes by itself (Ed25519) it is
   * refused. Weak ones (`'sha1'`, `'md5'`) are taken, for tests of refusal. Default: what suits the signer's key,
   * SHA-256.
   */
  readonly digest?: string | undefined;
  /** Who signs it. Default: itself. */
  readonly issuer?: CertificateIssuer | undefined;
  /** What is wrong with it on purpose. Default: nothing. */
  readonly faults?: readonly CertificateFault[] | undefined;
}

/** Options of `Certificate.generate`. */
export interface CertificateGenerateOptions extends CertificateIssuingOptions {
  /**
   * Its key: a new one, `'ec'` (P-256), `'rsa'` (2048 bits), `'ed25519'` or what `PrivateKey.generate` takes; or
   * one that there is. Default: `'ec'`.
   */
  readonly key?: 'ec' | 'rsa' | 'ed25519' | PrivateKeyGenerateOptions | PrivateKey | undefined;
  /** See `PublicKeyCertificateOptions`. */
  readonly publicKey?: undefined;
}

/** Options of `Certificate.generate` for the key of somebody else. */
export interface PublicKeyCertificateOptions extends CertificateIssuingOptions {
  /** The key that is certified: a public KeyObject, or SubjectPublicKeyInfo as PEM text, bytes or a file. */
  readonly publicKey: KeyObject | string | URL | Bytes;
  /** Who signs it: nobody else can. */
  readonly issuer: CertificateIssuer;
  /** There is none besides `publicKey`. */
  readonly key?: undefined;
}

/** A certificate, and its private key as far as that is known here. */
interface Issued {
  readonly certificate: NativeCertificate;
  readonly privateKey: PrivateKey | undefined;
}

const optionNames: OptionNames<CertificateGenerateOptions> = {
  ...extensionOptionNames,
  ...validityOptionNames,
  commonName: true,
  subject: true,
  serialNumber: true,
  digest: true,
  issuer: true,
  faults: true,
  key: true,
  publicKey: true,
};

type RequireCertificate = (value: unknown, name: string) => Certificate;

/** Makes what the options ask for. `requireCertificate` is of the class, which needs this file. */
export function issue(
  given: CertificateGenerateOptions | PublicKeyCertificateOptions,
  requireCertificate: RequireCertificate,
): Issued {
  const options = requireOptions(given, 'options', optionNames);
  const { key, publicKey, issuer, serialNumber, digest, faults } = options;
  const { subject, names } = requireSubjectNames(options);
  const complete: Omit<NativeGenerateOptions, 'key'> = {
    subject,
    ...requireValidity(options),
    serialNumber: serialNumber === undefined ? '' : requireSerial(serialNumber),
    digest: readDigest(digest, 'options.digest'),
    extensions: requireExtensions(options, issuer === undefined, names),
    faults: requireFaults(faults ?? []),
    ...requireIssuer(issuer, requireCertificate),
  };
  if (publicKey === undefined) {
    const privateKey = requireKey(key);
    return {
      certificate: native.generateCertificate({ ...complete, key: nativeOf(privateKey) }),
      privateKey,
    };
  }
  if (key !== undefined) throw invalidValue('options.key', 'must not be given together with publicKey', key);
  if (issuer === undefined) throw invalidType('options.issuer', '{ certificate, privateKey }', issuer);
  const bytes = requirePublicKey(publicKey);
  return { certificate: native.generateCertificate({ ...complete, key: bytes }), privateKey: undefined };
}

function requireSubjectNames({ commonName, subject }: CertificateIssuingOptions) {
  if (subject === undefined) {
    const text = requireAttributeText(commonName, 'options.commonName');
    if ([...text].length > 64) throw outOfRange('options.commonName', 'at most 64 characters long', text);
    return { subject: [{ type: 'CN', value: text, joined: false }], names: altNamesOf(text) };
  }
  if (commonName !== undefined) {
    throw invalidValue('options.commonName', 'must not be given together with subject', commonName);
  }
  const attributes = requireSubject(subject, 'options.subject');
  const own = attributes.filter(({ type }) => type === 'CN' || type === '2.5.4.3').at(-1);
  return { subject: attributes, names: own === undefined ? [] : altNamesOf(own.value) };
}

function requireSerial(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'bigint') {
    throw invalidType('options.serialNumber', 'hex digits or a bigint', value);
  }
  if (typeof value === 'string' && !/^[\da-f]{1,64}$/i.test(value)) {
    throw invalidValue('options.serialNumber', 'must be hex digits', value);
  }
  const number = BigInt(typeof value === 'string' ? `0x${value}` : value);
  if (number > 0n && number < 2n ** 159n) return number.toString(16);
  throw outOfRange('options.serialNumber', 'positive and below 2^159', value);
}

function requireFaults(value: unknown): NativeFaults {
  const faults = readList(value, 'options.faults', 'an array of strings', (item, name) => {
    if (knownFaults.includes(item)) return item;
    throw invalidValue(name, `must be one of ${knownFaults.join(', ')}`, item);
  });
  return {
    issuerNotCA: faults.includes('issuer-not-ca'),
    version1: faults.includes('version-1'),
    badSignature: faults.includes('bad-signature'),
  };
}

const knownFaults: readonly unknown[] = ['issuer-not-ca', 'version-1', 'bad-signature'];

function requireIssuer(
  issuer: CertificateIssuer | undefined,
  requireCertificate: RequireCertificate,
): Pick<NativeGenerateOptions, 'issuer' | 'issuerKey'> {
  if (issuer === undefined) return { issuer: undefined, issuerKey: undefined };
  const { certificate, privateKey } = requireObject(issuer, 'options.issuer', '{ certificate, privateKey }');
  return {
    issuer: nativeOf(requireCertificate(certificate, 'options.issuer.certificate')),
    issuerKey: nativeOf(requirePrivateKey(privateKey, 'options.issuer.privateKey')),
  };
}

const kinds: readonly unknown[] = ['ec', 'rsa', 'ed25519'];

function requireKey(key: unknown): PrivateKey {
  if (key instanceof PrivateKey) return key;
  if (typeof key === 'string' && !kinds.includes(key)) {
    throw invalidValue('options.key', "must be 'ec', 'rsa' or 'ed25519'", key);
  }
  // Any other object may be a key of another library's, and would be taken for options with nothing in them.
  if (typeof key !== 'string' && key !== undefined && !isPlainObject(key)) {
    throw invalidType('options.key', "'ec', 'rsa', 'ed25519', a PrivateKey or plain options", key);
  }
  const spec: PrivateKeyGenerateOptions | undefined = typeof key === 'string' ? { type: key } : key;
  return PrivateKey.wrap(native.generatePrivateKey(...requireKeySpec(spec, 'options.key')));
}

function requirePublicKey(key: unknown): Uint8Array {
  if (!(key instanceof KeyObject)) return readInput(key, 'options.publicKey').bytes;
  if (key.type === 'public') return key.export({ type: 'spki', format: 'der' });
  throw invalidValue('options.publicKey', 'must be a public key', key.type);
}
