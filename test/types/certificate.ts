// Certificate.

import type { KeyObject, X509Certificate } from 'node:crypto';
import type {
  AuthorityKeyIdentifier,
  Bytes,
  CertificateExtension,
  CertificateInput,
  CertificateStore,
  CertificatesInput,
  CertificateVersion,
  CheckHostOptions,
  DirectoryName,
  GeneralName,
  NameAttribute,
  NameConstraints,
  OtherName,
  StoredCertificateOptions,
  TextName,
  UnknownName,
} from 'bladessl';
import { Certificate, DistinguishedName, type PrivateKey } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<Certificate>>().toEqualTypeOf<{
  readonly pem: string;
  readonly raw: Buffer;
  readonly subject: string;
  readonly issuer: string;
  readonly subjectName: DistinguishedName;
  readonly issuerName: DistinguishedName;
  readonly commonName: string | undefined;
  readonly serialNumber: string;
  readonly version: CertificateVersion;
  readonly effectiveDate: Date;
  readonly expirationDate: Date;
  readonly fingerprint: string;
  readonly fingerprintSHA1: string;
  readonly fingerprintSHA256: string;
  readonly fingerprintSHA512: string;
  readonly thumbprintMD5: string;
  readonly thumbprintSHA1: string;
  readonly thumbprintSHA256: string;
  readonly signatureAlgorithm: string;
  readonly signature: Buffer;
  readonly publicKey: string;
  readonly publicKeyRaw: Buffer;
  readonly publicKeyObject: KeyObject;
  readonly publicKeyAlgorithm: string;
  readonly publicKeyLength: number | undefined;
  readonly publicKeyCurve: string | undefined;
  readonly extensions: CertificateExtension[];
  readonly altNames: string[];
  readonly subjectAltNames: GeneralName[];
  readonly issuerAltNames: GeneralName[];
  readonly usage: string | undefined;
  readonly usageFlags: number | undefined;
  readonly extendedKeyUsage: string[] | undefined;
  readonly extendedKeyUsageNames: string[] | undefined;
  readonly isCA: boolean;
  readonly pathLength: number | undefined;
  readonly subjectKeyIdentifier: string | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  readonly crlDistributionPoints: string[];
  readonly ocspURLs: string[];
  readonly caIssuersURLs: string[];
  readonly mustStaple: boolean;
  readonly policies: string[];
  readonly nameConstraints: NameConstraints | undefined;
  readonly isSelfSigned: boolean;
  digest(algorithm: string): Buffer;
  extension(type: string): CertificateExtension | undefined;
  checkHost(name: string, options?: CheckHostOptions): string | undefined;
  checkEmail(address: string): string | undefined;
  checkIP(address: string): string | undefined;
  isIssuedBy(issuer: Certificate): boolean;
  verifySignature(key: Certificate | KeyObject): boolean;
  equals(other: Certificate): boolean;
  toX509Certificate(): X509Certificate;
  checkPrivateKey(privateKey: PrivateKey): boolean;
  readonly privateKey: PrivateKey | undefined;
  readonly privateKeyAvailable: boolean;
  readonly privateKeyContainer: string;
  free(): void;
  toString(): string;
  toJSON(): string;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof Certificate>>().toEqualTypeOf<{
  prototype: Certificate;
  parse(input: string | URL | Bytes | X509Certificate): [Certificate, ...Certificate[]];
  generate: typeof Certificate.generate;
}>();
expectTypeOf(Certificate).constructorParameters.toEqualTypeOf<
  [input: string | URL | Bytes | X509Certificate | StoredCertificateOptions]
>();
expectTypeOf<CertificateVersion>().toEqualTypeOf<'V1' | 'V2' | 'V3' | (string & {})>();
expectTypeOf<CheckHostOptions>().toEqualTypeOf<{
  readonly subject?: 'default' | 'always' | 'never' | undefined;
  readonly wildcards?: boolean | undefined;
  readonly partialWildcards?: boolean | undefined;
}>();
expectTypeOf<CertificateExtension>().toEqualTypeOf<{
  readonly oid: string;
  readonly name: string;
  readonly critical: boolean;
  readonly value: Buffer;
}>();
expectTypeOf<AuthorityKeyIdentifier>().toEqualTypeOf<{
  readonly keyIdentifier: string | undefined;
  readonly issuer: readonly GeneralName[];
  readonly serialNumber: string | undefined;
}>();
expectTypeOf<NameConstraints>().toEqualTypeOf<{
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}>();

expectTypeOf<Face<DistinguishedName>>().toEqualTypeOf<{
  readonly rdns: readonly (readonly NameAttribute[])[];
  get(type: string): string | undefined;
  getAll(type: string): string[];
  toString(): string;
  toJSON(): string;
}>();
expectTypeOf<Face<typeof DistinguishedName>>().toEqualTypeOf<{ prototype: DistinguishedName }>();
expectTypeOf<DistinguishedName>().toExtend<Iterable<NameAttribute>>();
expectTypeOf<NameAttribute>().toEqualTypeOf<{
  readonly name: string;
  readonly oid: string;
  readonly value: string;
}>();
expectTypeOf<TextName>().toEqualTypeOf<{
  readonly type: 'dns' | 'email' | 'uri' | 'ip' | 'rid';
  readonly value: string;
}>();
expectTypeOf<DirectoryName>().toEqualTypeOf<{
  readonly type: 'dirName';
  readonly value: DistinguishedName;
}>();
expectTypeOf<OtherName>().toEqualTypeOf<{
  readonly type: 'otherName';
  readonly oid: string;
  readonly value: Buffer;
  readonly text?: string;
}>();
expectTypeOf<UnknownName>().toEqualTypeOf<{
  readonly type: 'unknown';
  readonly tag: number;
  readonly value: Buffer;
}>();
expectTypeOf<GeneralName>().toEqualTypeOf<TextName | DirectoryName | OtherName | UnknownName>();
// The type tells which it is.
declare const generalName: GeneralName;
if (generalName.type === 'dns') expectTypeOf(generalName.value).toEqualTypeOf<string>();
if (generalName.type === 'dirName') expectTypeOf(generalName.value).toEqualTypeOf<DistinguishedName>();
if (generalName.type === 'otherName') expectTypeOf(generalName.text).toEqualTypeOf<string | undefined>();

expectTypeOf<Certificate>().toExtend<Disposable>();
expectTypeOf<CertificateInput>().toEqualTypeOf<Certificate | string | URL | Bytes | X509Certificate>();
expectTypeOf<CertificatesInput>().toEqualTypeOf<
  CertificateInput | readonly CertificateInput[] | CertificateStore
>();

declare const certificate: Certificate;
// @ts-expect-error only to be read
certificate.subject = 'CN=y';
