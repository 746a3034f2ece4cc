// SSL, and what it tells of a connection.

import type {
  ALPNCallback,
  Bytes,
  CertificateCallback,
  CipherInfo,
  ClientHelloCallback,
  Data,
  OCSPCallback,
  PSKCallback,
  ServerNameCallback,
  ShutdownState,
  SSLErrorCode,
  VerifyCallback,
  VerifyChainCallback,
  VerifyMode,
  VerifyResult,
  VerifyResultCode,
} from 'bladessl';
import {
  type BIO,
  type Certificate,
  MemoryBIO,
  type OCSPResponse,
  SSL,
  SSL_VERIFY_NONE,
  type SSLContext,
  TLSClientContext,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<SSL>>().toEqualTypeOf<{
  readonly context: SSLContext;
  setConnectState(): SSL;
  setAcceptState(): SSL;
  readonly role: 'client' | 'server' | undefined;
  setBio(rbio: BIO | undefined, wbio?: BIO | undefined): SSL;
  readonly rbio: BIO | undefined;
  readonly wbio: BIO | undefined;
  readonly fd: number | undefined;
  setFd(fd: number): SSL;
  connect(): 1 | -1;
  accept(): 1 | -1;
  doHandshake(): 1 | -1;
  read(n?: number): Buffer | null;
  peek(n?: number): Buffer | null;
  readInto(buffer: Bytes, offset?: number, length?: number): number;
  write(data: Data): number;
  writev(list: readonly Data[]): number;
  shutdown(): 1 | 0 | -1;
  error(): SSLErrorCode;
  readonly settled: Promise<void>;
  onOcsp: OCSPCallback | undefined;
  onClientHello: ClientHelloCallback | undefined;
  onServerName: ServerNameCallback | undefined;
  onAlpn: ALPNCallback | undefined;
  onCertificate: CertificateCallback | undefined;
  onPsk: PSKCallback | undefined;
  readonly pending: number;
  readonly hasPending: boolean;
  readonly isInitFinished: boolean;
  hostname: string | undefined;
  verifyName: string | undefined;
  verifyIP: string | undefined;
  verifyMode: number;
  setVerify(mode: VerifyMode, callback?: VerifyCallback): SSL;
  onVerify: VerifyCallback | undefined;
  verifyChain: VerifyChainCallback | undefined;
  readonly verifyResult: VerifyResult;
  readonly peerCertificate: Certificate | undefined;
  readonly peerChain: Certificate[];
  readonly verifiedChain: Certificate[];
  readonly verifiedName: string | undefined;
  readonly peerCAs: string[];
  readonly ocspResponse: OCSPResponse | undefined;
  readonly version: string | undefined;
  readonly cipher: CipherInfo | undefined;
  readonly group: string | undefined;
  readonly alpnProtocol: string | undefined;
  session: Buffer | undefined;
  readonly sessionReused: boolean;
  readonly shutdownState: number;
  readonly stateString: string;
  readonly stateStringLong: string;
  free(): void;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof SSL>>().toEqualTypeOf<{ prototype: SSL }>();
expectTypeOf(SSL).constructorParameters.toEqualTypeOf<[context: SSLContext]>();
expectTypeOf<SSL>().toExtend<Disposable>();

expectTypeOf<CipherInfo>().toEqualTypeOf<{
  readonly name: string;
  readonly standardName: string;
  readonly bits: number;
}>();
expectTypeOf<VerifyResult>().toEqualTypeOf<{
  readonly code: VerifyResultCode;
  readonly name: string;
  readonly message: string;
}>();
expectTypeOf<SSLErrorCode>().toEqualTypeOf<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12>();
expectTypeOf<ShutdownState>().toEqualTypeOf<number>();
expectTypeOf<VerifyResultCode>().toEqualTypeOf<number>();

const ssl: SSL = new SSL(new TLSClientContext()).setConnectState().setBio(new MemoryBIO());
ssl.setBio(undefined).setFd(3).setVerify(SSL_VERIFY_NONE);
ssl.write('text');
ssl.write(new DataView(new ArrayBuffer(1)));
ssl.writev(['text', new Uint8Array(1), new SharedArrayBuffer(1)] as const);
ssl.hostname = undefined;
ssl.session = new ArrayBuffer(1);

// @ts-expect-error there has to be a context
new SSL();
// @ts-expect-error and nothing else
new SSL(ssl);
// @ts-expect-error numbers are no data
ssl.write(5);
// @ts-expect-error nor is a list, but for writev
ssl.write(['text']);
// @ts-expect-error a session is bytes
ssl.session = 'text';
// @ts-expect-error would-block has to be looked at
ssl.read().toString();
// @ts-expect-error the role is set by methods
ssl.role = 'client';
// @ts-expect-error an SSL is no transport
ssl.setBio(ssl);
