import { type InspectOptions, inspect } from 'node:util';
import { invalidType, requireInteger, requireText } from '../arguments';
import { AF_INET, AF_UNIX, IPPROTO_IP, IPPROTO_TCP, SOCK_STREAM } from '../constants';
import { knownMembers, shownMembers } from '../handle';
import { native } from '../native';
import type { NativeAddress, NativeDescriptor } from '../native-socket';
import { BoundFile, Core } from './core';
import { requireAddressFamily } from './endpoints';
import { type CompleteSocketOptions, requireDelay } from './options';
import {
  decodeOption,
  type EncodedOption,
  encodeOption,
  type SocketOption,
  type SocketOptionValue,
} from './socket-options';

/** An address of a socket, as `info()` gives it. */
export interface SocketAddress {
  /** A numeric address, or the path of a Unix socket; empty when that has none. */
  readonly address: string;
  /** The port; 0 for a Unix socket. */
  readonly port: number;
  /** AF_INET, AF_INET6 or AF_UNIX. */
  readonly family: number;
}

/** What is behind a socket; for the classes that build on it. */
export let coreOf: (socket: SocketProperties) => Core;

/** What can be known of a socket and set on it, without any waiting. */
export abstract class SocketProperties {
  readonly #core: Core;

  /** @internal */
  static {
    coreOf = (socket) => socket.#core;
  }

  /** @internal */
  protected constructor(core: Core) {
    this.#core = core;
  }

  /** The host that the socket is bound or connected to, or will be: a name, an address, or the path of a Unix socket. Default: `localhost`. */
  get host(): string {
    return this.#core.isAccepted ? (this.remoteAddress ?? '') : this.#core.host;
  }
  set host(host: string) {
    this.#core.host = requireText(host, 'host');
  }

  /** The port that the socket is bound or connected to, or will be. Default: 0. */
  get port(): number {
    return this.#core.isAccepted ? (this.remotePort ?? 0) : this.#core.port;
  }
  set port(port: number) {
    this.#core.port = requireInteger(port, 'port', 0, 65535);
  }

  /** AF_INET, AF_INET6 or AF_UNIX: what the socket is; before that what it is to be bound to. Default: AF_INET. */
  get family(): number {
    return this.#address()?.family ?? this.#core.family ?? AF_INET;
  }
  set family(family: number) {
    this.#core.family = requireAddressFamily(family, 'family');
  }

  /** Always SOCK_STREAM. */
  get type(): number {
    return SOCK_STREAM;
  }

  /** IPPROTO_TCP; IPPROTO_IP for a Unix socket. */
  get protocol(): number {
    return this.family === AF_UNIX ? IPPROTO_IP : IPPROTO_TCP;
  }

  /** The descriptor; -1 when there is none. It stays the socket's: do not close it. */
  get id(): number {
    return this.#descriptor()?.fd() ?? -1;
  }

  /** Whether this side asked for the connection. */
  get isClient(): boolean {
    return this.#core.isClient;
  }

  /** Whether `bind` has given the socket an address. */
  get isBound(): boolean {
    return this.#core.bound && this.#core.state !== 'closed';
  }

  /** Whether there is a connection. */
  get isConnected(): boolean {
    return ['connected', 'handshaking', 'open'].includes(this.#core.state);
  }

  /** Whether the socket listens. */
  get isListening(): boolean {
    return this.#core.state === 'listening';
  }

  /** Whether it is over: `close` was called, both sides have ended, or something has failed. */
  get isClosed(): boolean {
    return this.#core.state === 'closed';
  }

  /** Whether `shutdown` was called. */
  get isShutdown(): boolean {
    return this.#core.shutdownReason !== -1;
  }

  /** How `shutdown` was called: SHUT_RD, SHUT_WR or SHUT_RDWR; -1 before. */
  get shutdownReason(): number {
    return this.#core.shutdownReason;
  }

  /**
   * Whether calls wait. When false, a call that would have to wait rejects with `ERR_WOULD_BLOCK`, and
   * `connect` with `ERR_IN_PROGRESS`. Default: true.
   */
  get isBlocking(): boolean {
    return this.#core.blocking;
  }
  set isBlocking(on: boolean) {
    if (typeof on !== 'boolean') throw invalidType('isBlocking', 'a boolean', on);
    this.#core.blocking = on;
  }

  /** The same as `isBlocking = on`. */
  setBlocking(on: boolean): this {
    this.isBlocking = on;
    return this;
  }

  /** Milliseconds that a `send` may wait; 0, the default, for no limit. */
  get sendTimeout(): number {
    return this.#core.options.sendTimeout;
  }
  set sendTimeout(timeout: number) {
    this.#change({ sendTimeout: requireDelay(timeout, 'sendTimeout') });
  }

  /** Milliseconds that a `receive` may wait; 0, the default, for no limit. */
  get receiveTimeout(): number {
    return this.#core.options.receiveTimeout;
  }
  set receiveTimeout(timeout: number) {
    this.#change({ receiveTimeout: requireDelay(timeout, 'receiveTimeout') });
  }

  /** This side's address; undefined when there is none (getsockname(2)). */
  get localAddress(): string | undefined {
    return this.#address()?.address;
  }

  /** This side's port (getsockname(2)). */
  get localPort(): number | undefined {
    return this.#address()?.port;
  }

  /** The peer's address; undefined without a connection (getpeername(2)). */
  get remoteAddress(): string | undefined {
    return this.#peer()?.address;
  }

  /** The peer's port (getpeername(2)). */
  get remotePort(): number | undefined {
    return this.#peer()?.port;
  }

  /** How many bytes have been received, without what TLS adds. */
  get bytesRead(): number {
    return this.#core.native?.bytesRead() ?? 0;
  }

  /** How many bytes have been written, without what TLS adds. */
  get bytesWritten(): number {
    return this.#core.native?.bytesWritten() ?? 0;
  }

  /** How many bytes wait to be sent. */
  get bufferedAmount(): number {
    return this.#core.buffered;
  }

  /** This side's address, port and family; `{}` when there is none. */
  info(): SocketAddress | Record<string, never> {
    return this.#address() ?? {};
  }

  /**
   * Sets an option (setsockopt(2)). Before there is a descriptor it is kept, and set on each that is made.
   *
   * @param option its name (`'TCP_NODELAY'`), or the number of a SO_* constant.
   * @param value a boolean, a number (milliseconds for a time, seconds or false for SO_LINGER) or a text.
   * @param level for a number: SOL_SOCKET by default.
   * @throws TypeError and RangeError for what is no option or no value of it; SSLSyscallError
   * (`ENOPROTOOPT`, `EPERM`, ...) when the system refuses; SSLError `ERR_CLOSED`.
   */
  setOption(option: SocketOption | number, value: SocketOptionValue, level?: number): this {
    const encoded = encodeOption(option, value, level);
    const descriptor = this.#openDescriptor();
    if (descriptor === undefined) this.#keepOption(encoded);
    else descriptor.setOption(encoded.level, encoded.name, encoded.bytes);
    return this;
  }

  /**
   * What an option is set to (getsockopt(2)). Before there is a descriptor: what one would have.
   *
   * @throws as `setOption`.
   */
  getOption(option: SocketOption | number, level?: number): SocketOptionValue {
    const { level: own, name, size, decode } = decodeOption(option, level);
    const present = this.#openDescriptor();
    if (present !== undefined) return decode(present.getOption(own, name, size));
    const probe = this.openDescriptor(this.#core.family ?? AF_INET);
    try {
      return decode(probe.getOption(own, name, size));
    } finally {
      probe.close();
    }
  }

  /** Lets the process end while the socket is open. */
  unref(): this {
    return this.#keepLoop(false);
  }

  /** Keeps the process from ending while the socket is open, as it does at first. */
  ref(): this {
    return this.#keepLoop(true);
  }

  /** What `console.log` shows. */
  [inspect.custom](depth: number, options: InspectOptions): unknown {
    if (!(#core in this)) return this;
    const { name } = this.constructor;
    if (depth < 0) return `[${name}]`;
    return `${name} ${inspect(knownMembers(this, this[shownMembers]), options)}`;
  }

  /** @internal */
  protected get [shownMembers](): readonly string[] {
    return ['state', 'localAddress', 'localPort', 'remoteAddress', 'remotePort', 'bytesRead', 'bytesWritten'];
  }

  /**
   * Where the socket stands: `new`, `connecting`, `connected` (a TLSSocket that has not begun to shake hands),
   * `handshaking`, `open`, `listening` or `closed`.
   */
  get state(): string {
    return this.#core.state;
  }

  /** @internal A new descriptor with the options that were set. */
  protected openDescriptor(family: number): NativeDescriptor {
    const descriptor = native.openDescriptor(family);
    try {
      for (const { level, name, bytes } of this.#core.descriptorOptions ?? [])
        descriptor.setOption(level, name, bytes);
    } catch (error) {
      descriptor.close();
      throw error;
    }
    return descriptor;
  }

  /** @internal */
  protected named(host: string, port: number): void {
    this.#core.host = host;
    this.#core.port = port;
  }

  /** @internal */
  protected bound(descriptor: NativeDescriptor, host: string): void {
    this.#core.descriptor = descriptor;
    if (descriptor.localAddress()?.family === AF_UNIX) this.#core.boundFile = new BoundFile(host);
    this.#core.bound = true;
    this.named(host, descriptor.localAddress()?.port ?? 0);
  }

  /** @internal Whether the process is kept from ending; for a connection that is made later. */
  protected get keepsLoop(): boolean {
    return this.#core.keepsLoop;
  }

  #keepOption(option: EncodedOption): void {
    this.#core.descriptorOptions ??= [];
    this.#core.descriptorOptions.push(option);
  }

  #change(options: Partial<CompleteSocketOptions>): void {
    this.#core.options = { ...this.#core.options, ...options };
  }

  // What is closed may still wait for the peer's end, but has nothing to offer any more.
  #descriptor(): NativeDescriptor | undefined {
    if (this.#core.state === 'closed') return undefined;
    return this.#core.descriptor ?? this.#core.native?.descriptor();
  }

  #openDescriptor(): NativeDescriptor | undefined {
    if (this.#core.state === 'closed') throw this.#core.unconnected();
    return this.#descriptor();
  }

  #address(): NativeAddress | undefined {
    const descriptor = this.#descriptor();
    return descriptor === undefined || descriptor.fd() < 0 ? undefined : descriptor.localAddress();
  }

  #peer(): NativeAddress | undefined {
    return this.#core.native?.descriptor()?.peerAddress();
  }

  #keepLoop(on: boolean): this {
    this.#core.keepsLoop = on;
    this.#core.native?.keepLoop(on);
    this.#core.acceptor?.native.keepLoop(on);
    return this;
  }
}
