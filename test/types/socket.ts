// Socket and what it shares with TLSSocket.

import type { Socket as NetSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import type {
  CloseOptions,
  ConnectOptions,
  Data,
  FailedConnection,
  HandshakeErrorListener,
  ListenOptions,
  Sendable,
  SendOptions,
  ShutdownOptions,
  SocketAddress,
  SocketOption,
  SocketOptions,
  SocketOptionValue,
  SSLError,
  TLSSocket,
  TLSSocketOptions,
  UnixEndpoint,
  WaitOptions,
} from 'bladessl';
import { Socket, SocketStream } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face, Own } from './face';

expectTypeOf<Face<Socket>>().toEqualTypeOf<{
  send(data: Sendable, options?: SendOptions | number): Promise<number>;
  receive(length?: number, options?: WaitOptions | number): Promise<Buffer>;
  read(length?: number, options?: WaitOptions): Promise<Buffer>;
  shutdown(how?: number, options?: ShutdownOptions): Promise<void>;
  close(options?: CloseOptions): Promise<void>;
  onData(listener: ((chunk: Buffer) => void) | null): Socket;
  onEnd(listener: (() => void) | null): Socket;
  onDrain(listener: (() => void) | null): Socket;
  onClose(listener: ((error?: Error) => void) | null): Socket;
  write(data: Data): boolean;
  end(data?: Data): Socket;
  pause(): Socket;
  resume(): Socket;
  readonly stream: SocketStream;
  connect(host?: string | UnixEndpoint, port?: number, options?: number | ConnectOptions): Promise<void>;
  bind(port: number | UnixEndpoint, host?: string, options?: WaitOptions): Promise<void>;
  listen(options?: number | ListenOptions): Promise<void>;
  accept(options?: WaitOptions): Promise<Socket>;
  connections(): AsyncGenerator<Socket, void, undefined>;
  onConnection(listener: ((socket: Socket) => void) | null): Socket;
  onHandshakeError(listener: HandshakeErrorListener | null): Socket;
  readonly handshakeFailures: number;
  host: string;
  port: number;
  family: number;
  readonly type: number;
  readonly protocol: number;
  readonly id: number;
  readonly isClient: boolean;
  readonly isBound: boolean;
  readonly isConnected: boolean;
  readonly isListening: boolean;
  readonly isClosed: boolean;
  readonly isShutdown: boolean;
  readonly shutdownReason: number;
  isBlocking: boolean;
  setBlocking(on: boolean): Socket;
  sendTimeout: number;
  receiveTimeout: number;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly bufferedAmount: number;
  info(): SocketAddress | Record<string, never>;
  setOption(option: SocketOption | number, value: SocketOptionValue, level?: number): Socket;
  getOption(option: SocketOption | number, level?: number): SocketOptionValue;
  unref(): Socket;
  ref(): Socket;
  readonly state: string;
}>();
expectTypeOf<Face<typeof Socket>>().toEqualTypeOf<{
  prototype: Socket;
  from(socket: NetSocket | Duplex, options?: SocketOptions): Socket;
}>();
expectTypeOf(Socket).constructorParameters.toEqualTypeOf<[options?: SocketOptions | undefined]>();
expectTypeOf<Socket>().toExtend<AsyncDisposable>();
expectTypeOf<Socket>().toExtend<AsyncIterable<Buffer>>();

expectTypeOf<Own<SocketStream, Duplex>>().toEqualTypeOf<{
  readonly socket: SocketStream['socket'];
  readonly connecting: boolean;
  readonly encrypted: boolean;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly alpnProtocol: string | false;
  readonly servername: string | false;
  address(): { address: string; port: number; family: string } | Record<string, never>;
  setTimeout(time: number, listener?: () => void): SocketStream;
  setNoDelay(on?: boolean): SocketStream;
  setKeepAlive(on?: boolean, delay?: number): SocketStream;
  ref(): SocketStream;
  unref(): SocketStream;
  destroySoon(): void;
}>();
expectTypeOf<SocketStream>().toExtend<Duplex>();
// @ts-expect-error only a socket makes one
new SocketStream();
expectTypeOf<Socket | TLSSocket>().toExtend<SocketStream['socket']>();

interface Wait {
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}
expectTypeOf<Face<ConnectOptions>>().toEqualTypeOf<
  Face<Wait & { readonly family?: number | undefined; readonly servername?: string | undefined }>
>();
expectTypeOf<Face<SendOptions>>().toEqualTypeOf<
  Face<Wait & { readonly onProgress?: ((sent: number, total: number | undefined) => void) | undefined }>
>();
expectTypeOf<Face<ShutdownOptions>>().toEqualTypeOf<Face<Wait & { readonly wait?: boolean | undefined }>>();
expectTypeOf<Face<CloseOptions>>().toEqualTypeOf<Face<Wait & { readonly abort?: boolean | undefined }>>();

expectTypeOf<SocketOptions>().toEqualTypeOf<{
  readonly highWaterMark?: number | undefined;
  readonly maxBufferedAmount?: number | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | number | undefined;
  readonly allowHalfOpen?: boolean | undefined;
  readonly sendTimeout?: number | undefined;
  readonly receiveTimeout?: number | undefined;
}>();
expectTypeOf<Own<TLSSocketOptions, SocketOptions>>().toEqualTypeOf<{
  readonly handshakeTimeout?: number | undefined;
  readonly handshakeBudget?: number | undefined;
  readonly handshakeThreads?: number | undefined;
}>();
expectTypeOf<Own<ListenOptions, TLSSocketOptions>>().toEqualTypeOf<{
  readonly queueLength?: number | undefined;
  readonly maxPendingHandshakes?: number | undefined;
}>();

expectTypeOf<UnixEndpoint>().toEqualTypeOf<{ readonly path: string }>();
expectTypeOf<SocketAddress>().toEqualTypeOf<{
  readonly address: string;
  readonly port: number;
  readonly family: number;
}>();
expectTypeOf<FailedConnection>().toEqualTypeOf<{
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
}>();
expectTypeOf<HandshakeErrorListener>().toEqualTypeOf<
  (error: SSLError, connection: FailedConnection) => void
>();
expectTypeOf<SocketOptionValue>().toEqualTypeOf<boolean | number | string>();
expectTypeOf<'SO_REUSEPORT' | 'TCP_NODELAY' | 'IP_TOS' | 'IPV6_V6ONLY'>().toExtend<SocketOption>();
expectTypeOf<SocketOption>().toExtend<`${'SO' | 'TCP' | 'IP' | 'IPV6'}_${string}`>();
expectTypeOf<
  Data | URL | { readonly path: string } | AsyncIterable<Buffer> | string[]
>().toExtend<Sendable>();

const socket = new Socket({ noDelay: true });
socket.setOption('TCP_NODELAY', true).setOption(6, 1, 6);
socket.connect('localhost', 443, 5000);
socket.connect({ path: '/tmp/socket' });
socket.listen(5);

// @ts-expect-error no such option
socket.setOption('TCP_NO_SUCH', true);
// @ts-expect-error an option's value is no object
socket.setOption('SO_LINGER', { onoff: 1 });
// @ts-expect-error a port is a number
socket.connect('localhost', '443');
// @ts-expect-error numbers are no data
socket.write(5);
// @ts-expect-error numbers are nothing to send either
socket.send(5);
// @ts-expect-error no such option
new Socket({ nodelay: true });
// @ts-expect-error a listener is taken off by null
socket.onData(undefined);
