// RemoteKey.

import type { KeyObject } from 'node:crypto';
import type {
  Bytes,
  CertificateInput,
  KeyType,
  PrivateKeySummary,
  RemoteKeyOptions,
  RemoteSign,
  RemoteSignatureAlgorithm,
  RemoteSignInfo,
} from 'bladessl';
import { RemoteKey, TLSServerContext } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<RemoteKey>>().toEqualTypeOf<{
  readonly type: KeyType;
  readonly bits: number;
  readonly group: string | undefined;
  readonly publicKey: string;
  readonly publicKeyRaw: Buffer;
  free(): void;
  toString(): string;
  toJSON(): PrivateKeySummary;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof RemoteKey>>().toEqualTypeOf<{ prototype: RemoteKey }>();
expectTypeOf(RemoteKey).constructorParameters.toEqualTypeOf<
  [publicKey: CertificateInput | KeyObject, options: RemoteKeyOptions]
>();
expectTypeOf<RemoteKey>().toExtend<Disposable>();
expectTypeOf<RemoteKeyOptions>().toEqualTypeOf<{
  readonly sign: RemoteSign;
  readonly verify?: boolean | undefined;
}>();
expectTypeOf<RemoteSign>().toEqualTypeOf<
  (algorithm: RemoteSignatureAlgorithm, data: Buffer, info: RemoteSignInfo) => Bytes | PromiseLike<Bytes>
>();
expectTypeOf<RemoteSignInfo>().toEqualTypeOf<{
  readonly digest: 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | undefined;
  readonly padding: 'pkcs1' | 'pss' | undefined;
  readonly saltLength: number | undefined;
  readonly publicKey: string;
  readonly signal: AbortSignal;
}>();
expectTypeOf<RemoteSignatureAlgorithm>().toEqualTypeOf<
  | `ecdsa_secp${'256r1_sha256' | '384r1_sha384' | '521r1_sha512'}`
  | `ecdsa_sha${224 | 1}`
  | `rsa_pss_${'rsae' | 'pss'}_sha${256 | 384 | 512}`
  | `rsa_pkcs1_sha${256 | 384 | 512 | 224 | 1}`
  | 'ed25519'
  | 'ed448'
>();

const key = new RemoteKey('cert.pem', { sign: async (_algorithm, data) => data });
new TLSServerContext().usePrivateKey(key);
new RemoteKey('cert.pem', { sign: () => new Uint8Array(64), verify: true });
// @ts-expect-error -- nobody signs
new RemoteKey('cert.pem', {});
// @ts-expect-error -- a signature is no text
new RemoteKey('cert.pem', { sign: () => 'signature' });
