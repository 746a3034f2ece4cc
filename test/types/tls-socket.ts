// TLSSocket: what it has beside a Socket.

import type { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import type {
  Certificate,
  CipherInfo,
  SocketHandshakeOptions,
  SSL,
  SSLContext,
  TLSSocketInit,
  TLSSocketOptions,
  VerifyResult,
  WaitOptions,
} from 'bladessl';
import { Socket, TLSClientContext, TLSSocket } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face, Own } from './face';

expectTypeOf<Own<TLSSocket, Socket>>().toEqualTypeOf<{
  readonly socket: Socket;
  readonly context: SSLContext;
  readonly ssl: SSL;
  handshake(options?: SocketHandshakeOptions): Promise<void>;
  readonly version: string | undefined;
  readonly cipher: CipherInfo | undefined;
  readonly group: string | undefined;
  readonly alpnProtocol: string | undefined;
  readonly servername: string | undefined;
  readonly peerCertificate: Certificate | undefined;
  readonly peerChain: Certificate[];
  readonly verifyResult: VerifyResult;
  session: Buffer | undefined;
  readonly sessionReused: boolean;
}>();
expectTypeOf<keyof Own<Socket, TLSSocket>>().toBeNever();
expectTypeOf<Face<typeof TLSSocket>>().toEqualTypeOf<{ prototype: TLSSocket }>();
expectTypeOf<ReturnType<TLSSocket['accept']>>().toEqualTypeOf<Promise<TLSSocket>>();
expectTypeOf<ReturnType<TLSSocket['connections']>>().toEqualTypeOf<
  AsyncGenerator<TLSSocket, void, undefined>
>();
expectTypeOf<ReturnType<TLSSocket['pause']>>().toEqualTypeOf<TLSSocket>();
expectTypeOf<TLSSocket>().toExtend<AsyncDisposable>();
expectTypeOf<TLSSocket>().toExtend<AsyncIterable<Buffer>>();

expectTypeOf(TLSSocket).constructorParameters.toEqualTypeOf<
  [
    socket?: TLSSocketInit | Socket | NetSocket | Duplex | null | undefined,
    context?: SSLContext | undefined,
    ssl?: SSL | undefined,
  ]
>();
expectTypeOf<Own<TLSSocketInit, TLSSocketOptions>>().toEqualTypeOf<{
  readonly socket?: Socket | NetSocket | Duplex | null | undefined;
  readonly context?: SSLContext | undefined;
  readonly ssl?: SSL | undefined;
}>();
expectTypeOf<Own<SocketHandshakeOptions, WaitOptions>>().toEqualTypeOf<{
  readonly servername?: string | undefined;
  readonly server?: boolean | undefined;
}>();

const socket = new TLSSocket({ context: new TLSClientContext(), handshakeTimeout: 5 });
new TLSSocket(new Socket(), new TLSClientContext());
socket.session = new ArrayBuffer(1);
socket.onConnection((accepted) => expectTypeOf(accepted).toEqualTypeOf<TLSSocket>());
socket.onHandshakeError((error) => expectTypeOf(error.code).toEqualTypeOf<string>());

// @ts-expect-error a session is bytes
socket.session = 'text';
// @ts-expect-error a context is no socket
new TLSSocket(new TLSClientContext());
// @ts-expect-error no such option
new TLSSocket({ rejectUnauthorized: false });
// @ts-expect-error nobody may be at the other end yet
socket.peerCertificate.subject;
