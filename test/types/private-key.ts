// PrivateKey.

import type { JsonWebKey, KeyObject } from 'node:crypto';
import type {
  AsyncPassword,
  Bytes,
  Data,
  GeneratedKeyType,
  KeyType,
  Password,
  PrivateKeyExportOptions,
  PrivateKeyGenerateOptions,
  PrivateKeyInput,
  PrivateKeySource,
  PrivateKeySummary,
} from 'bladessl';
import { PrivateKey } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<PrivateKey>>().toEqualTypeOf<{
  readonly type: KeyType;
  readonly bits: number;
  readonly group: string | undefined;
  readonly pem: string;
  readonly raw: Buffer;
  readonly publicKey: string;
  readonly publicKeyRaw: Buffer;
  toPEM(options?: PrivateKeyExportOptions): string;
  toDER(options?: PrivateKeyExportOptions): Buffer;
  toJWK(): JsonWebKey;
  toKeyObject(): KeyObject;
  equals(other: PrivateKey): boolean;
  free(): void;
  toString(): string;
  toJSON(): PrivateKeySummary;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof PrivateKey>>().toEqualTypeOf<{
  prototype: PrivateKey;
  load(input: PrivateKeySource, password?: AsyncPassword): Promise<PrivateKey>;
  generate(options?: PrivateKeyGenerateOptions): PrivateKey;
  generateAsync(options?: PrivateKeyGenerateOptions): Promise<PrivateKey>;
}>();
expectTypeOf(PrivateKey).constructorParameters.toEqualTypeOf<
  [input: PrivateKeySource, password?: Password | undefined]
>();
expectTypeOf<PrivateKey>().toExtend<Disposable>();
expectTypeOf<PrivateKeyInput>().toEqualTypeOf<PrivateKey | PrivateKeySource>();
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

expectTypeOf<
  'ec' | 'rsa' | 'rsa-pss' | 'ed25519' | 'ed448' | 'x25519' | 'x448'
>().toExtend<GeneratedKeyType>();
expectTypeOf<string>().toExtend<GeneratedKeyType>();
expectTypeOf<PrivateKeySource>().toEqualTypeOf<string | URL | Bytes | KeyObject | JsonWebKey>();
expectTypeOf<AsyncPassword>().toEqualTypeOf<Data | (() => Data | PromiseLike<Data>)>();
expectTypeOf<Password>().toExtend<AsyncPassword>();
expectTypeOf<PrivateKeyGenerateOptions>().toEqualTypeOf<{
  readonly type?: GeneratedKeyType | undefined;
  readonly curve?: string | undefined;
  readonly bits?: number | undefined;
  readonly publicExponent?: number | undefined;
}>();
expectTypeOf<PrivateKeyExportOptions>().toEqualTypeOf<{
  readonly type?: 'pkcs8' | 'pkcs1' | 'sec1' | undefined;
  readonly password?: Data;
  readonly cipher?: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | undefined;
  readonly iterations?: number | undefined;
}>();

const key = new PrivateKey('key.pem', 'password');
// What it gives it takes.
new PrivateKey(key.toJWK());
new PrivateKey(key.toKeyObject());

// @ts-expect-error a password that comes too late
new PrivateKey('key.pem', async () => 'password');
// @ts-expect-error no such form
key.toPEM({ type: 'spki' });
