// CertificateStore, and certificates out of stores.

import type { KeyObject } from 'node:crypto';
import type {
  Bytes,
  CertificateStoreOptions,
  CRL,
  ExportPKCS12Options,
  Password,
  PrivateKey,
  StoredCertificateOptions,
} from 'bladessl';
import { Certificate, CertificateStore, CertStoreTypes } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<CertificateStore>>().toEqualTypeOf<{
  readonly type: CertStoreTypes | undefined;
  readonly certificates: readonly Certificate[];
  readonly privateKeys: readonly PrivateKey[];
  readonly publicKeys: readonly KeyObject[];
  readonly crls: readonly CRL[];
  readonly size: number;
  select(subject?: string): Certificate;
  exportPKCS12(options: ExportPKCS12Options): Buffer;
}>();
expectTypeOf<Face<typeof CertificateStore>>().toEqualTypeOf<{
  prototype: CertificateStore;
  system(): CertificateStore;
  node(): CertificateStore;
  from(certificates: readonly Certificate[], privateKeys?: readonly PrivateKey[]): CertificateStore;
}>();
expectTypeOf(CertificateStore).constructorParameters.toEqualTypeOf<[options: CertificateStoreOptions]>();
expectTypeOf<CertificateStore>().toExtend<Iterable<Certificate>>();

expectTypeOf<CertificateStoreOptions>().toEqualTypeOf<{
  readonly type?: CertStoreTypes | undefined;
  readonly store: string | URL | Bytes;
  readonly password?: Password | undefined;
  readonly keyPassword?: Password | undefined;
}>();
expectTypeOf<ExportPKCS12Options>().toEqualTypeOf<{
  readonly password: string | Bytes;
  readonly friendlyName?: string | undefined;
  readonly iterations?: number | undefined;
}>();
expectTypeOf<StoredCertificateOptions>().toEqualTypeOf<{
  readonly storeType?: CertStoreTypes | undefined;
  readonly store: string | URL | Bytes;
  readonly storePassword?: Password | undefined;
  readonly keyPassword?: Password | undefined;
  readonly subject?: string | undefined;
  readonly encoded?: string | Bytes | undefined;
  readonly configurationString?: string | undefined;
}>();

expectTypeOf(CertStoreTypes.cstUser).toEqualTypeOf<0>();
expectTypeOf(CertStoreTypes.cstPFXFile).toEqualTypeOf<2>();
expectTypeOf(CertStoreTypes.cstAuto).toEqualTypeOf<99>();
expectTypeOf<keyof typeof CertStoreTypes>().toEqualTypeOf<
  | 'cstUser'
  | 'cstMachine'
  | 'cstPFXFile'
  | 'cstPFXBlob'
  | 'cstJKSFile'
  | 'cstJKSBlob'
  | 'cstPEMKeyFile'
  | 'cstPEMKeyBlob'
  | 'cstPublicKeyFile'
  | 'cstPublicKeyBlob'
  | 'cstSSHPublicKeyBlob'
  | 'cstP7BFile'
  | 'cstP7BBlob'
  | 'cstSSHPublicKeyFile'
  | 'cstPPKFile'
  | 'cstPPKBlob'
  | 'cstXMLFile'
  | 'cstXMLBlob'
  | 'cstJWKFile'
  | 'cstJWKBlob'
  | 'cstSecurityKey'
  | 'cstBCFKSFile'
  | 'cstBCFKSBlob'
  | 'cstPKCS11'
  | 'cstAuto'
>();
expectTypeOf<18>().toExtend<CertStoreTypes>();

const store = new CertificateStore({
  type: CertStoreTypes.cstPFXFile,
  store: 'file.p12',
  password: () => 'x',
});
for (const certificate of store) expectTypeOf(certificate).toEqualTypeOf<Certificate>();
new Certificate({ storeType: 2, store: new URL('file:///file.p12'), storePassword: 'x', subject: 'CN=x' });

// @ts-expect-error a store is a must
new Certificate({ storePassword: 'x' });
// @ts-expect-error no such type
new CertificateStore({ type: 24, store: 'x' });
// @ts-expect-error only to be read
CertStoreTypes.cstAuto = 98;
// @ts-expect-error it does not change
store.certificates.push(new Certificate('x'));
// @ts-expect-error a password is a must
store.exportPKCS12({});
