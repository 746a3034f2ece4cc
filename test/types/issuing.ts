// Certificate.generate.

import type { KeyObject } from 'node:crypto';
import type {
  Bytes,
  CertificateExtensionOptions,
  CertificateFault,
  CertificateGenerateOptions,
  CertificateIssuer,
  CertificateIssuingOptions,
  CertificateValidityOptions,
  DistinguishedName,
  ExtensionInput,
  KeyUsage,
  NameConstraintsInput,
  PrivateKeyGenerateOptions,
  PublicKeyCertificateOptions,
  SubjectInput,
} from 'bladessl';
import { Certificate, PrivateKey } from 'bladessl';
import { expectTypeOf } from 'expect-type';

type Texts = readonly string[];

expectTypeOf<CertificateIssuer>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
}>();
expectTypeOf<CertificateFault>().toEqualTypeOf<'issuer-not-ca' | 'version-1' | 'bad-signature'>();
expectTypeOf<SubjectInput>().toEqualTypeOf<
  string | DistinguishedName | Readonly<Record<string, string | Texts | undefined>>
>();
expectTypeOf<KeyUsage>().toEqualTypeOf<
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'
>();
expectTypeOf<ExtensionInput>().toEqualTypeOf<{
  readonly oid: string;
  readonly critical?: boolean | undefined;
  readonly value: Bytes;
}>();
expectTypeOf<NameConstraintsInput>().toEqualTypeOf<{
  readonly permitted?: Texts | undefined;
  readonly excluded?: Texts | undefined;
}>();
expectTypeOf<CertificateExtensionOptions>().toEqualTypeOf<{
  readonly altNames?: Texts | undefined;
  readonly ca?: boolean | undefined;
  readonly pathLength?: number | undefined;
  readonly keyUsage?: readonly KeyUsage[] | undefined;
  readonly extendedKeyUsage?: Texts | undefined;
  readonly crlDistributionPoints?: Texts | undefined;
  readonly ocspURLs?: Texts | undefined;
  readonly caIssuersURLs?: Texts | undefined;
  readonly mustStaple?: boolean | undefined;
  readonly nameConstraints?: NameConstraintsInput | undefined;
  readonly policies?: Texts | undefined;
  readonly extensions?: readonly ExtensionInput[] | undefined;
}>();
expectTypeOf<CertificateValidityOptions>().toEqualTypeOf<{
  readonly days?: number | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}>();

type Own = Omit<
  CertificateIssuingOptions,
  keyof CertificateExtensionOptions | keyof CertificateValidityOptions
>;
expectTypeOf<CertificateIssuingOptions>().toExtend<
  CertificateExtensionOptions & CertificateValidityOptions
>();
expectTypeOf<Own>().toEqualTypeOf<{
  readonly commonName?: string | undefined;
  readonly subject?: SubjectInput | undefined;
  readonly serialNumber?: string | bigint | undefined;
  readonly digest?: string | undefined;
  readonly issuer?: CertificateIssuer | undefined;
  readonly faults?: readonly CertificateFault[] | undefined;
}>();
expectTypeOf<Omit<CertificateGenerateOptions, keyof CertificateIssuingOptions>>().toEqualTypeOf<{
  readonly key?: 'ec' | 'rsa' | 'ed25519' | PrivateKeyGenerateOptions | PrivateKey | undefined;
  readonly publicKey?: undefined;
}>();
expectTypeOf<Pick<PublicKeyCertificateOptions, 'publicKey' | 'issuer' | 'key'>>().toEqualTypeOf<{
  readonly publicKey: KeyObject | string | URL | Bytes;
  readonly issuer: CertificateIssuer;
  readonly key?: undefined;
}>();

const root = Certificate.generate({ commonName: 'x', key: 'ed25519', altNames: ['a'] });
expectTypeOf(root).toEqualTypeOf<{ certificate: Certificate; privateKey: PrivateKey }>();
const certified = Certificate.generate({ commonName: 'y', issuer: root, publicKey: 'key.pem' });
expectTypeOf(certified).toEqualTypeOf<{ certificate: Certificate; privateKey: undefined }>();
Certificate.generate({ subject: { CN: 'x', OU: ['a', 'b'] }, key: PrivateKey.generate() });

// @ts-expect-error no such kind of key
Certificate.generate({ commonName: 'x', key: 'dsa' });
// @ts-expect-error both belong to an issuer
Certificate.generate({ commonName: 'x', issuer: { certificate: root.certificate } });
// @ts-expect-error somebody else's key needs somebody who signs
Certificate.generate({ commonName: 'x', publicKey: 'key.pem' });
// @ts-expect-error one key, not two
Certificate.generate({ commonName: 'x', publicKey: 'key.pem', issuer: root, key: 'ec' });
