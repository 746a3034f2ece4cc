// Data, methods, versions, and some of the constants: test/types.test.ts compares them all with their types.

import type {
  AlgorithmFeature,
  AsyncHandshakeFeature,
  BIOMethod,
  Bytes,
  Data,
  Feature,
  Features,
  FileType,
  Flavour,
  Password,
  SSLMethod,
  VerifyFlags,
  Versions,
  WaitingHandshakes,
} from 'bladessl';
import {
  AF_INET,
  BIO_CLOSE,
  BIO_f_buffer,
  BIO_f_ssl,
  BIO_s_accept,
  BIO_s_bio,
  BIO_s_connect,
  BIO_s_fd,
  BIO_s_file,
  BIO_s_mem,
  BIO_s_null,
  BIO_s_socket,
  features,
  SO_BINDTODEVICE,
  SSL_OP_CRYPTOPRO_TLSEXT_BUG,
  SSL_VERIFY_PEER,
  SSLv23_client_method,
  SSLv23_method,
  SSLv23_server_method,
  TLS_client_method,
  TLS_method,
  TLS_server_method,
  TLS1_3_VERSION,
  versions,
  waitingHandshakes,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Bytes>().toEqualTypeOf<ArrayBufferView | ArrayBufferLike>();
expectTypeOf<Data>().toEqualTypeOf<string | Bytes>();
expectTypeOf<Password>().toEqualTypeOf<Data | (() => Data)>();
for (const bytes of [
  Buffer.alloc(1),
  new ArrayBuffer(1),
  new DataView(new ArrayBuffer(1)),
  new Float32Array(1),
]) {
  expectTypeOf(bytes).toExtend<Bytes>();
}
expectTypeOf<number[]>().not.toExtend<Bytes>();
expectTypeOf<object>().not.toExtend<Data>();

expectTypeOf<Versions>().toEqualTypeOf<{
  readonly bladessl: string;
  readonly addon: string;
  readonly node: string;
  readonly openssl: string;
  readonly opensslHeaders: string;
  readonly napi: number;
  readonly flavour: Flavour;
}>();
expectTypeOf(versions).toEqualTypeOf<Versions>();
expectTypeOf<Flavour>().toEqualTypeOf<'node' | 'static'>();

expectTypeOf<Feature>().toEqualTypeOf<{ readonly available: boolean; readonly reason?: string }>();
expectTypeOf<AlgorithmFeature>().toExtend<Feature & { readonly algorithms: readonly string[] }>();
expectTypeOf<AsyncHandshakeFeature>().toExtend<Feature & { readonly mechanism: 'jobs' | 'retries' }>();
expectTypeOf(waitingHandshakes).toEqualTypeOf<WaitingHandshakes>();
expectTypeOf<WaitingHandshakes>().toEqualTypeOf<{
  readonly now: number;
  readonly most: number;
  readonly abandoned: number;
  limit: number;
}>();
expectTypeOf<Features>().toEqualTypeOf<{
  readonly asyncHandshake: AsyncHandshakeFeature;
  readonly certCompression: AlgorithmFeature;
  readonly dgramPair: Feature;
  readonly ech: Feature;
  readonly fips: Feature;
  readonly ktls: Feature;
  readonly mlkem: Feature;
  readonly quic: Feature;
  readonly quicServer: Feature;
  readonly rawPublicKeys: Feature;
  readonly sockets: Feature;
}>();
expectTypeOf(features).toEqualTypeOf<Features>();

for (const method of [
  TLS_method,
  TLS_client_method,
  TLS_server_method,
  SSLv23_method,
  SSLv23_client_method,
  SSLv23_server_method,
]) {
  expectTypeOf(method).toEqualTypeOf<SSLMethod>();
}
for (const method of [
  BIO_s_mem,
  BIO_s_bio,
  BIO_s_connect,
  BIO_s_accept,
  BIO_s_socket,
  BIO_s_fd,
  BIO_s_file,
  BIO_s_null,
  BIO_f_ssl,
  BIO_f_buffer,
]) {
  expectTypeOf(method).toEqualTypeOf<BIOMethod>();
}
expectTypeOf<Face<SSLMethod>>().toEqualTypeOf<{ readonly name: string }>();
expectTypeOf<Face<BIOMethod>>().toEqualTypeOf<{ readonly name: string }>();
expectTypeOf<SSLMethod>().not.toExtend<BIOMethod>();
expectTypeOf<BIOMethod>().not.toExtend<SSLMethod>();

expectTypeOf<FileType>().toEqualTypeOf<1 | 2>();
expectTypeOf<VerifyFlags>().toEqualTypeOf<number>();
expectTypeOf<typeof SSL_VERIFY_PEER>().toEqualTypeOf<1>();
expectTypeOf<typeof BIO_CLOSE>().toEqualTypeOf<1>();
expectTypeOf<typeof TLS1_3_VERSION>().toEqualTypeOf<0x304>();
expectTypeOf<typeof SSL_OP_CRYPTOPRO_TLSEXT_BUG>().toEqualTypeOf<0x80000000>();
expectTypeOf<typeof AF_INET>().toEqualTypeOf<number>();
expectTypeOf<typeof SO_BINDTODEVICE>().toEqualTypeOf<number | undefined>();
