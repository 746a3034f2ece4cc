// The addon's certificates and keys, as lib/ sees them.

import type { CertificateExtension } from './certificate-extensions';
import type { NameAttribute } from './distinguished-name';
import type { OtherName, TextName, UnknownName } from './general-names';
import type { NativeObject } from './handle';
import type { NativeCRL, NativeRevocationFunctions } from './native-revocation';

/** `Name` in native/openssl/name.h. */
export interface NativeName {
  readonly text: string;
  readonly rdns: readonly (readonly NameAttribute[])[];
}

/** `GeneralName` in native/openssl/general_name.h. */
export type NativeGeneralName =
  | TextName
  | { readonly type: 'dirName'; readonly value: NativeName }
  | OtherName
  | UnknownName;

/** Numbers of `X509_CHECK_FLAG_*`, which are the same in all versions. */
export const CheckFlag = {
  alwaysSubject: 1,
  noWildcards: 2,
  noPartialWildcards: 4,
  neverSubject: 32,
} as const;

export interface NativeCertificate extends NativeObject {
  pem(): string;
  raw(): Buffer;
  text(): string;
  subject(): string;
  issuer(): string;
  subjectName(): NativeName;
  issuerName(): NativeName;
  version(): number;
  serialNumber(): string;
  /** Milliseconds since 1970, as a Date counts them. */
  notBefore(): number;
  notAfter(): number;
  digest(algorithm: string): Buffer;
  publicKey(): { algorithm: string; bits: number | undefined; curve: string | undefined };
  publicKeyPem(): string;
  publicKeyRaw(): Buffer;
  signature(): { algorithm: string; value: Buffer };
  extensions(): CertificateExtension[];
  altNames(): string[];
  subjectAltNames(): NativeGeneralName[];
  issuerAltNames(): NativeGeneralName[];
  keyUsage(): number | undefined;
  extendedKeyUsage(): { oid: string; name: string }[] | undefined;
  basicConstraints(): { ca: boolean; pathLength: number | undefined } | undefined;
  subjectKeyId(): Buffer | undefined;
  authorityKeyId():
    | { keyId: Buffer | undefined; issuer: NativeGeneralName[]; serialNumber: string | undefined }
    | undefined;
  crlDistributionPoints(): string[];
  informationAccess(): { ocsp: string[]; caIssuers: string[] };
  tlsFeatures(): number[];
  policies(): { oid: string; name: string }[];
  nameConstraints(): { permitted: NativeGeneralName[]; excluded: NativeGeneralName[] } | undefined;
  hasKey(key: NativePrivateKey): boolean;
  checkHost(name: string, flags: number): string | undefined;
  checkEmail(address: string): boolean;
  checkIP(address: string): boolean;
  isSelfSigned(): boolean;
  isSignedBy(publicKey: Uint8Array): boolean;
  isIssuedBy(issuer: NativeCertificate): boolean;
  equals(other: NativeCertificate): boolean;
}

/** How a key is written: traditional (PKCS#1, SEC1) or PKCS#8, the password, the cipher, PBKDF2's iterations. */
export type NativeKeyEncoding = [
  traditional: boolean,
  password: Uint8Array | undefined,
  cipher: string,
  iterations: number,
];

/** Type, curve (empty for none), bits (0 for none) and public exponent. */
export type NativeKeySpec = [type: string, curve: string, bits: number, publicExponent: number];

export interface NativePrivateKey extends NativeObject {
  /** PKCS#8, not encrypted, without arguments. */
  pem(...encoding: NativeKeyEncoding | []): string;
  raw(...encoding: NativeKeyEncoding | []): Buffer;
  publicKey(): string;
  publicKeyRaw(): Buffer;
  type(): string;
  bits(): number;
  group(): string | undefined;
  equals(other: NativePrivateKey): boolean;
}

/** Certificates that all contexts of the process may share. */
export interface NativeAnchors extends NativeObject {
  certificates(): NativeCertificate[];
  size(): number;
}

/** Whom a verification trusts. */
export interface NativeTrust {
  readonly trusted: readonly NativeCertificate[];
  readonly anchors: NativeAnchors | undefined;
  readonly crls: readonly NativeCRL[];
  readonly directories: readonly string[];
}

/** `VerifyParameters` in native/openssl/verify.h, and what goes with them. */
export interface NativeVerifyOptions extends NativeTrust {
  readonly chain: readonly NativeCertificate[];
  readonly hosts: readonly string[];
  readonly ip: string;
  readonly email: string;
  readonly time: number | undefined;
  readonly purpose: number | undefined;
  readonly depth: number | undefined;
  readonly securityLevel: number | undefined;
  readonly flags: number;
  readonly forgiven: number;
}

/** An answer, or the promise of one and what is called when nobody waits for it any more. */
export type NativeAnswer<T> = T | { readonly promise: Promise<T>; abort(): void };

/** A function that a handshake calls; it answers a signature. `padding` is a number of `Padding` in native/openssl. */
export interface NativeSigner {
  sign(
    algorithm: string,
    data: Buffer,
    digest: string,
    padding: number,
    saltLength: number,
  ): NativeAnswer<Uint8Array>;
}

export interface NativeRemoteKey extends NativeObject {
  publicKey(): string;
  publicKeyRaw(): Buffer;
  type(): string;
  bits(): number;
  group(): string | undefined;
}

/** The numbers of `AltNameKind` in native/openssl/extensions.h. */
export const AltNameKind = { DNS: 0, IP: 1, URI: 2, email: 3 } as const;

/** One alternative name: ASCII; an IP address as text. */
export interface NativeAltName {
  readonly kind: (typeof AltNameKind)[keyof typeof AltNameKind];
  readonly value: string;
}

/** The names below one, or the addresses that share its first `prefix` bits. */
export interface NativeSubtree extends NativeAltName {
  readonly prefix: number;
}

/** One attribute of a distinguished name; `joined` to the one before it in an RDN of several. */
export interface NativeNameAttribute {
  readonly type: string;
  readonly value: string;
  readonly joined: boolean;
}

/** `ExtensionOptions` in native/openssl/extensions.h, complete. */
export interface NativeExtensions {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
  /** Bit n is the bit n of RFC 5280; undefined for what the kind of key can do. */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: readonly string[];
  readonly altNames: readonly NativeAltName[];
  readonly crlDistributionPoints: readonly string[];
  readonly ocspURLs: readonly string[];
  readonly caIssuersURLs: readonly string[];
  readonly mustStaple: boolean;
  readonly permitted: readonly NativeSubtree[];
  readonly excluded: readonly NativeSubtree[];
  readonly policies: readonly string[];
  readonly others: readonly {
    readonly oid: string;
    readonly critical: boolean;
    readonly value: Uint8Array;
  }[];
}

/** `IssueFaults` in native/openssl/issue.h. */
export interface NativeFaults {
  readonly issuerNotCA: boolean;
  readonly version1: boolean;
  readonly badSignature: boolean;
}

/** `IssueOptions` in native/openssl/issue.h, complete. */
export interface NativeGenerateOptions {
  readonly subject: readonly NativeNameAttribute[];
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Hex; empty for a random one. */
  readonly serialNumber: string;
  /** Empty for the one that suits the key. */
  readonly digest: string;
  readonly extensions: NativeExtensions;
  readonly faults: NativeFaults;
  /** A private key, or a public one in PEM or DER. */
  readonly key: NativePrivateKey | Uint8Array;
  readonly issuer: NativeCertificate | undefined;
  readonly issuerKey: NativePrivateKey | undefined;
}

/** `StoreContent` in native/openssl/store.h. */
export interface NativeStoreContent {
  readonly certificates: NativeCertificate[];
  readonly keys: NativePrivateKey[];
  /** DER. */
  readonly crls: Buffer[];
  /** DER: SubjectPublicKeyInfo. */
  readonly publicKeys: Buffer[];
}

export interface NativeCertificateFunctions extends NativeRevocationFunctions {
  /** At least one, or it throws. */
  parseCertificates(bytes: Uint8Array): [NativeCertificate, ...NativeCertificate[]];
  /** DER. */
  parseName(bytes: Uint8Array): NativeName;
  parsePrivateKey(bytes: Uint8Array, password: Uint8Array | undefined): NativePrivateKey;
  /** The same on another thread. The arguments have been copied when it returns. */
  parsePrivateKeyAside(bytes: Uint8Array, password: Uint8Array | undefined): Promise<NativePrivateKey>;
  generatePrivateKey(...spec: NativeKeySpec): NativePrivateKey;
  generatePrivateKeyAside(...spec: NativeKeySpec): Promise<NativePrivateKey>;
  /** A public key or a certificate, PEM or DER. */
  newRemoteKey(bytes: Uint8Array, signer: NativeSigner, verify: boolean): NativeRemoteKey;
  parsePkcs12(
    bytes: Uint8Array,
    password: Uint8Array | undefined,
  ): { certificate: NativeCertificate; privateKey: NativePrivateKey; chain: NativeCertificate[] };
  newAnchors(certificates: readonly NativeCertificate[]): NativeAnchors;
  /** Those that are kept under this name, by any thread. */
  findAnchors(name: string): NativeAnchors | undefined;
  /** Keeps them, and forgets those of the stale name. */
  keepAnchors(
    name: string,
    certificates: readonly NativeCertificate[],
    stale: string | undefined,
  ): NativeAnchors;
  verify(
    certificate: NativeCertificate,
    options: NativeVerifyOptions,
  ): { code: number; depth: number; chain: NativeCertificate[] };
  generateCertificate(options: NativeGenerateOptions): NativeCertificate;
  /** PEM, or one object of DER. */
  readBlocks(bytes: Uint8Array, password: Uint8Array | undefined, withKeys: boolean): NativeStoreContent;
  readPkcs7(der: Uint8Array): NativeStoreContent;
  /** Keys are opened with `keyPassword` if they have one of their own, else with `password`. */
  readPkcs12(
    der: Uint8Array,
    password: Uint8Array | undefined,
    keyPassword: Uint8Array | undefined,
    keysHaveTheirOwn: boolean,
  ): NativeStoreContent;
  writePkcs12(
    certificates: readonly NativeCertificate[],
    keys: readonly NativePrivateKey[],
    password: Uint8Array,
    friendlyName: string,
    iterations: number,
  ): Buffer;
  /** For each certificate the index of its key, or -1. */
  matchKeys(certificates: readonly NativeCertificate[], keys: readonly NativePrivateKey[]): number[];
  /** Those of the others that stand above it, its issuer first. */
  issuersOf(certificate: NativeCertificate, others: readonly NativeCertificate[]): NativeCertificate[];
}
