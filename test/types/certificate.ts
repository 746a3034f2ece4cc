// Certificate and PrivateKey.

import type {
  Bytes,
  CertificateGenerateOptions,
  CertificateInput,
  CertificateIssuer,
  KeyType,
  Password,
  PrivateKeyInput,
  PrivateKeySummary,
} from 'bladessl';
import { Certificate, PrivateKey } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<Certificate>>().toEqualTypeOf<{
  readonly pem: string;
  readonly raw: Buffer;
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  readonly fingerprint: string;
  readonly fingerprint256: string;
  readonly fingerprint512: string;
  readonly altNames: string[];
  checkPrivateKey(privateKey: PrivateKey): boolean;
  free(): void;
  toString(): string;
  toJSON(): string;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof Certificate>>().toEqualTypeOf<{
  prototype: Certificate;
  parse(input: string | URL | Bytes): [Certificate, ...Certificate[]];
  generate(options: CertificateGenerateOptions): { certificate: Certificate; privateKey: PrivateKey };
}>();
expectTypeOf(Certificate).constructorParameters.toEqualTypeOf<[input: string | URL | Bytes]>();
expectTypeOf<Certificate>().toExtend<Disposable>();
expectTypeOf<CertificateInput>().toEqualTypeOf<Certificate | string | URL | Bytes>();

expectTypeOf<CertificateGenerateOptions>().toEqualTypeOf<{
  readonly commonName: string;
  readonly altNames?: readonly string[] | undefined;
  readonly days?: number | undefined;
  readonly key?: 'ec' | 'rsa' | 'ed25519' | undefined;
  readonly ca?: boolean | undefined;
  readonly issuer?: CertificateIssuer | undefined;
}>();
expectTypeOf<CertificateIssuer>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
}>();

expectTypeOf<Face<PrivateKey>>().toEqualTypeOf<{
  readonly type: KeyType;
  readonly bits: number;
  readonly group: string | undefined;
  readonly pem: string;
  readonly raw: Buffer;
  equals(other: PrivateKey): boolean;
  free(): void;
  toString(): string;
  toJSON(): PrivateKeySummary;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof PrivateKey>>().toEqualTypeOf<{ prototype: PrivateKey }>();
expectTypeOf(PrivateKey).constructorParameters.toEqualTypeOf<
  [input: string | URL | Bytes, password?: Password | undefined]
>();
expectTypeOf<PrivateKey>().toExtend<Disposable>();
expectTypeOf<PrivateKeyInput>().toEqualTypeOf<PrivateKey | string | URL | Bytes>();
expectTypeOf<PrivateKeySummary>().toEqualTypeOf<{
  readonly type: KeyType;
  readonly bits: number;
  readonly group?: string;
}>();
// The known ones are offered, and what a later OpenSSL has is possible.
expectTypeOf<
  'rsa' | 'rsa-pss' | 'ec' | 'ed25519' | 'ed448' | 'x25519' | 'x448' | 'dsa' | 'dh'
>().toExtend<KeyType>();
expectTypeOf<string>().toExtend<KeyType>();

const { certificate, privateKey } = Certificate.generate({
  commonName: 'x',
  key: 'ed25519',
  altNames: ['a'],
});
Certificate.generate({ commonName: 'y', issuer: { certificate, privateKey } });

// @ts-expect-error no such kind of key
Certificate.generate({ commonName: 'x', key: 'dsa' });
// @ts-expect-error a name is a must
Certificate.generate({});
// @ts-expect-error both belong to an issuer
Certificate.generate({ commonName: 'x', issuer: { certificate } });
// @ts-expect-error only to be read
certificate.subject = 'CN=y';
// @ts-expect-error a password that comes too late
new PrivateKey('key.pem', async () => 'password');
