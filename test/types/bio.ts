// The BIOs.

import type {
  BIOMethod,
  Bytes,
  CloseFlag,
  ConnectAddress,
  Data,
  HandshakeOptions,
  WaitOptions,
} from 'bladessl';
import {
  AcceptBIO,
  AcceptedBIO,
  BIO,
  BIO_s_mem,
  BufferBIO,
  ConnectBIO,
  FdBIO,
  FileBIO,
  MemoryBIO,
  NullBIO,
  SocketBIO,
  type SSL,
  SSLBIO,
  type SSLContext,
  TLS_method,
  TLSClientContext,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face, Own } from './face';

expectTypeOf<Face<BIO>>().toEqualTypeOf<{
  read(n?: number): Buffer | null;
  readInto(buffer: Bytes, offset?: number, length?: number): number;
  write(data: Data): number;
  flush(): 1 | -1;
  readonly pending: number;
  readonly wpending: number;
  readonly eof: boolean;
  shouldRetry(): boolean;
  shouldRead(): boolean;
  shouldWrite(): boolean;
  shouldIoSpecial(): boolean;
  readonly retryReason: number;
  readonly fd: number | undefined;
  setFd(fd: number, close?: CloseFlag): BIO;
  setNonBlocking(on?: boolean): BIO;
  connHostname: string | undefined;
  connAddress: string | undefined;
  connPort: string | undefined;
  connFamily: number;
  acceptName: string | undefined;
  acceptPort: string | undefined;
  acceptFamily: number;
  doConnect(): 1 | -1;
  doHandshake(): 1 | -1;
  doAccept(): 1 | -1;
  error(): number;
  errorString(code?: number): string;
  connect(options?: WaitOptions): Promise<void>;
  listen(options?: WaitOptions): Promise<void>;
  accept(options?: WaitOptions): Promise<BIO>;
  handshake(options?: HandshakeOptions): Promise<void>;
  readAsync(n?: number, options?: WaitOptions): Promise<Buffer>;
  writeAsync(data: Data, options?: WaitOptions): Promise<number>;
  flushAsync(options?: WaitOptions): Promise<void>;
  free(): void;
  readonly method: BIOMethod;
  push(next: BIO): BIO;
  pop(): BIO | undefined;
  readonly next: BIO | undefined;
  find(method: BIOMethod): BIO | undefined;
  setSsl(ssl: SSL, close?: CloseFlag): BIO;
  readonly ssl: SSL | undefined;
  freeAll(): void;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof BIO>>().toEqualTypeOf<{
  prototype: BIO;
  pair(firstSize?: number, secondSize?: number): [BIO, BIO];
}>();
expectTypeOf(BIO).constructorParameters.toEqualTypeOf<[method: BIOMethod]>();
expectTypeOf<BIO>().toExtend<Disposable>();

expectTypeOf(MemoryBIO).constructorParameters.toEqualTypeOf<[data?: Data | undefined]>();
expectTypeOf<Own<MemoryBIO, BIO>>().toEqualTypeOf<{ end: () => MemoryBIO }>();
expectTypeOf(BufferBIO).constructorParameters.toEqualTypeOf<[size?: number | undefined]>();
expectTypeOf<keyof Own<BufferBIO, BIO>>().toBeNever();
expectTypeOf(NullBIO).constructorParameters.toEqualTypeOf<[]>();
expectTypeOf<keyof Own<NullBIO, BIO>>().toBeNever();
expectTypeOf(FileBIO).constructorParameters.toEqualTypeOf<[path: string, mode?: string | undefined]>();
expectTypeOf<keyof Own<FileBIO, BIO>>().toBeNever();
expectTypeOf(FdBIO).constructorParameters.toEqualTypeOf<[fd: number, close?: CloseFlag | undefined]>();
expectTypeOf<keyof Own<FdBIO, BIO>>().toBeNever();
expectTypeOf(SocketBIO).constructorParameters.toEqualTypeOf<[fd: number, close?: CloseFlag | undefined]>();
expectTypeOf<keyof Own<SocketBIO, BIO>>().toBeNever();
expectTypeOf(ConnectBIO).constructorParameters.toEqualTypeOf<
  [target?: string | ConnectAddress | undefined]
>();
expectTypeOf<keyof Own<ConnectBIO, BIO>>().toBeNever();
expectTypeOf(AcceptBIO).constructorParameters.toEqualTypeOf<[name?: string | undefined]>();
expectTypeOf<keyof Own<AcceptBIO, BIO>>().toBeNever();
expectTypeOf<typeof AcceptedBIO>().toEqualTypeOf<typeof AcceptBIO>();
expectTypeOf<AcceptedBIO>().toEqualTypeOf<AcceptBIO>();
expectTypeOf(SSLBIO).constructorParameters.toEqualTypeOf<
  [contextOrSsl: SSLContext | SSL, options?: { readonly server?: boolean | undefined } | undefined]
>();
expectTypeOf<keyof Own<SSLBIO, BIO>>().toBeNever();
expectTypeOf<SSLBIO['ssl']>().toEqualTypeOf<SSL>();

expectTypeOf<CloseFlag>().toEqualTypeOf<0 | 1>();
expectTypeOf<ConnectAddress>().toEqualTypeOf<{
  readonly host: string;
  readonly port: number | string;
  readonly family?: number | undefined;
}>();
expectTypeOf<WaitOptions>().toEqualTypeOf<{
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}>();
expectTypeOf<HandshakeOptions>().toEqualTypeOf<{
  readonly servername?: string | undefined;
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}>();

const chain: SSLBIO = new SSLBIO(new TLSClientContext()).push(new ConnectBIO({ host: '::1', port: 1 }));
chain.handshake({ servername: 'localhost', timeout: 5, signal: AbortSignal.timeout(5) });
// What a setter takes beyond what its getter answers.
chain.connPort = 443;
chain.acceptPort = 443;
new BIO(BIO_s_mem);

// @ts-expect-error an SSL_METHOD is no BIO_METHOD
new BIO(TLS_method);
// @ts-expect-error a chain is made of BIOs
chain.push(chain.ssl);
// @ts-expect-error a host cannot be taken back
chain.connHostname = undefined;
// @ts-expect-error would-block has to be looked at
chain.read().toString();
// @ts-expect-error milliseconds are a number
chain.readAsync(1, { timeout: '5' });
