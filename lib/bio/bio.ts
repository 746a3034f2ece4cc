import {
  type Bytes,
  type Data,
  invalidType,
  plainView,
  requireInteger,
  requireOptionsObject,
  requireText,
  toASCIIHost,
  toData,
} from '../arguments';
import { AF_INET, AF_INET6, AF_UNSPEC, BIO_NOCLOSE, type CloseFlag } from '../constants';
import type { WaitOptions } from '../deadline';
import { requireAlive, usageError } from '../errors';
import { nativeOf, Wrapped } from '../handle';
import { BIO_s_accept, BIO_s_bio, BIO_s_connect, BIO_s_socket, type BIOMethod } from '../methods';
import { type NativeBIO, native } from '../native';
import { maxReadSize, readInto, readOnce } from '../read-window';
import { awaitedAnswer } from '../ssl';
import { adopt, ChainLink, endOf, ownDescriptor, requireCloseFlag, waitsOf } from './chain-link';
import { requireNoWriter } from './chain-waits';
import { connectLink } from './connecting';
import { type HandshakeOptions, useServerName } from './handshaking';
import { listenLink, takeConnection } from './listening';
import { abandon } from './readiness';

const defaultReadSize = 1024;
const maxDescriptor = 2 ** 31 - 1;
const defaultPairSize = 17 * 1024;
const maxPairSize = 2 ** 30;

// What is left of a pair when one end is collected would read as broken.
const otherEnd = new WeakMap<BIO, BIO>();

/** A port, or the name of a service, as text. */
export function portText(value: number | string, name: string): string {
  return typeof value === 'number' ? String(requireInteger(value, name, 0, 65535)) : requireText(value, name);
}

/** AF_INET, AF_INET6 or AF_UNSPEC. */
export function requireFamily(value: unknown, name: string): number {
  const families = [AF_UNSPEC, AF_INET, AF_INET6];
  if (!families.includes(value as number)) throw invalidType(name, 'AF_INET, AF_INET6 or AF_UNSPEC', value);
  return value as number;
}

/**
 * One link of a chain of sources, sinks and filters (BIO).
 *
 * The synchronous calls do not block if the source does not: would-block is a value (`-1` or `null`).
 * The calls that return promises are for chains with a socket at their end: they make it non-blocking and
 * wait on the event loop.
 *
 * A chain owns its links, and each link may be used by itself: `push` appends, `pop` and `free` take a
 * link out. Every member throws FreedError once the link is freed; nothing else depends on the order in
 * which links are freed or collected.
 */
export class BIO extends ChainLink {
  readonly #native: NativeBIO;

  /**
   * A link of its own.
   *
   * @param method `BIO_s_mem` and its like.
   * @throws TypeError (ERR_INVALID_ARG_TYPE) when `method` is none. Stands on BIO_new(3).
   */
  constructor(method: BIOMethod);
  /** @internal */
  constructor(method: BIOMethod, wrapped?: Wrapped<NativeBIO>);
  constructor(method: BIOMethod, wrapped?: Wrapped<NativeBIO>) {
    super(method, wrapped);
    this.#native = nativeOf(this);
  }

  /**
   * Two ends joined in memory: what one writes the other reads.
   *
   * @param firstSize how many bytes the first end can have written and not yet read by the other; default:
   * 17408, one TLS record.
   * @param secondSize the same for the second end; default: `firstSize`.
   * @throws RangeError (ERR_OUT_OF_RANGE). Stands on BIO_new_bio_pair(3).
   */
  static pair(firstSize: number = defaultPairSize, secondSize: number = firstSize): [BIO, BIO] {
    const [first, second] = native.newBIOPair(
      requireInteger(firstSize, 'firstSize', 1, maxPairSize),
      requireInteger(secondSize, 'secondSize', 1, maxPairSize),
    );
    const ends: [BIO, BIO] = [
      new BIO(BIO_s_bio, new Wrapped(first)),
      new BIO(BIO_s_bio, new Wrapped(second)),
    ];
    otherEnd.set(ends[0], ends[1]);
    otherEnd.set(ends[1], ends[0]);
    return ends;
  }

  /**
   * Reads at most `n` bytes.
   *
   * @param n default: 1024.
   * @returns null = would block; an empty Buffer = the end.
   * @throws SSLError or SSLSyscallError. Stands on BIO_read(3).
   */
  read(n: number = defaultReadSize): Buffer | null {
    return readOnce(this.#native, requireInteger(n, 'n', 1, maxReadSize));
  }

  /**
   * Reads into the caller's bytes.
   *
   * @param offset where to begin; default: 0.
   * @param length how many at most; default: to the end of `buffer`.
   * @returns how many bytes came; 0 = the end, -1 = would block.
   * @throws as `read`; RangeError for a part outside the buffer, or an empty one. Stands on BIO_read(3).
   */
  readInto(buffer: Bytes, offset?: number, length?: number): number {
    return readInto(this.#native, buffer, offset, length);
  }

  /**
   * Writes.
   *
   * @returns how many bytes were taken, perhaps fewer than given; -1 = would block.
   * @throws SSLError, SSLSyscallError; `ERR_BIO_NOT_WRITABLE` when nothing below takes bytes. Stands on
   * BIO_write(3).
   */
  write(data: Data): number {
    requireNoWriter(endOf(this));
    return this.#native.write(toData(data, 'data'));
  }

  /**
   * Sends what filters have kept back: 1 = done, -1 = would block.
   *
   * @throws SSLError or SSLSyscallError. Stands on BIO_flush(3).
   */
  flush(): 1 | -1 {
    return this.#native.flush() < 0 ? -1 : 1;
  }

  /** How many bytes can be read at once, as far as the link knows (BIO_ctrl_pending(3)). */
  get pending(): number {
    return this.#native.pending();
  }

  /** How many written bytes have not gone out yet, as far as the link knows (BIO_ctrl_wpending(3)). */
  get wpending(): number {
    return this.#native.wpending();
  }

  /** Whether there is nothing left to read (BIO_eof(3)). */
  get eof(): boolean {
    return this.#native.eof();
  }

  /** Whether the last call would have blocked (BIO_should_retry(3)). */
  shouldRetry(): boolean {
    return this.#native.shouldRetry();
  }

  /** Whether the last call waits for something to read (BIO_should_read(3)). */
  shouldRead(): boolean {
    return this.#native.shouldRead();
  }

  /** Whether the last call waits for room to write (BIO_should_write(3)). */
  shouldWrite(): boolean {
    return this.#native.shouldWrite();
  }

  /** Whether the last call waits for something else, which `retryReason` names (BIO_should_io_special(3)). */
  shouldIoSpecial(): boolean {
    return this.#native.shouldIoSpecial();
  }

  /** BIO_RR_CONNECT and so on after `shouldIoSpecial()` (BIO_get_retry_reason(3)). */
  get retryReason(): number {
    return this.#native.retryReason();
  }

  /** The descriptor at the end of the chain; undefined when there is none (yet) (BIO_get_fd(3)). */
  get fd(): number | undefined {
    return this.#native.fd(false);
  }

  /**
   * Gives a link of method `BIO_s_socket` or `BIO_s_fd` its descriptor.
   *
   * @param close BIO_CLOSE: freeing the link closes it; BIO_NOCLOSE (default): it stays the caller's.
   * @throws RangeError for what is no descriptor; SSLError `ERR_WRONG_BIO_TYPE`. Stands on BIO_set_fd(3).
   */
  setFd(fd: number, close: CloseFlag = BIO_NOCLOSE): this {
    const next = requireInteger(fd, 'fd', 0, maxDescriptor);
    const closes = requireCloseFlag(close);
    const before = ownDescriptor(this);
    this.#native.setFd(next, closes);
    if (before !== undefined && before !== next) {
      abandon(before, () => usageError('ERR_DESCRIPTOR_REPLACED', 'the BIO has got another descriptor'));
    }
    return this;
  }

  /**
   * Whether the socket at the end of the chain waits (`false`) or answers would-block (`true`). A connect
   * or accept link that has no socket yet keeps it for later.
   *
   * @throws SSLError `ERR_NO_SOCKET`. Stands on BIO_set_nbio(3) and BIO_socket_nbio(3).
   */
  setNonBlocking(on: boolean = true): this {
    if (typeof on !== 'boolean') throw invalidType('on', 'a boolean', on);
    this.#native.setNonBlocking(on);
    return this;
  }

  /** Where the connect link of this chain connects to: `host` or `host:port` (BIO_set_conn_hostname(3)). */
  get connHostname(): string | undefined {
    return this.#link(BIO_s_connect, 'connHostname').#native.connectHost();
  }
  set connHostname(host: string) {
    this.#link(BIO_s_connect, 'connHostname').#native.setConnectHost(
      toASCIIHost(requireText(host, 'connHostname'), 'connHostname'),
    );
  }

  /** The IP address it connects to, without a port; known once the name is resolved (BIO_set_conn_address(3)). */
  get connAddress(): string | undefined {
    return this.#link(BIO_s_connect, 'connAddress').#native.connectAddress();
  }
  set connAddress(address: string) {
    const link = this.#link(BIO_s_connect, 'connAddress');
    link.#native.setConnectAddress(requireText(address, 'connAddress'));
  }

  /** The port it connects to, or the name of a service; reads as a string (BIO_set_conn_port(3)). */
  get connPort(): string | undefined {
    return this.#link(BIO_s_connect, 'connPort').#native.connectPort();
  }
  set connPort(port: number | string) {
    this.#link(BIO_s_connect, 'connPort').#native.setConnectPort(portText(port, 'connPort'));
  }

  /** AF_INET, AF_INET6, or AF_UNSPEC (default) for both (BIO_set_conn_ip_family(3)). */
  get connFamily(): number {
    return this.#link(BIO_s_connect, 'connFamily').#native.family();
  }
  set connFamily(family: number) {
    const link = this.#link(BIO_s_connect, 'connFamily');
    link.#native.setConnectFamily(requireFamily(family, 'connFamily'));
  }

  /** The address the accept link listens on: `host`, `host:port`, `*` for all (BIO_set_accept_name(3)). */
  get acceptName(): string | undefined {
    return this.#link(BIO_s_accept, 'acceptName').#native.acceptName();
  }
  set acceptName(name: string) {
    this.#link(BIO_s_accept, 'acceptName').#native.setAcceptName(requireText(name, 'acceptName'));
  }

  /** The port it listens on; reads as a string, once it listens the one that was chosen (BIO_set_accept_port(3)). */
  get acceptPort(): string | undefined {
    return this.#link(BIO_s_accept, 'acceptPort').#native.acceptPort();
  }
  set acceptPort(port: number | string) {
    this.#link(BIO_s_accept, 'acceptPort').#native.setAcceptPort(portText(port, 'acceptPort'));
  }

  /** AF_INET, AF_INET6, or AF_UNSPEC (default) for both (BIO_set_accept_ip_family(3)). */
  get acceptFamily(): number {
    return this.#link(BIO_s_accept, 'acceptFamily').#native.family();
  }
  set acceptFamily(family: number) {
    const link = this.#link(BIO_s_accept, 'acceptFamily');
    link.#native.setAcceptFamily(requireFamily(family, 'acceptFamily'));
  }

  /**
   * Connects, and goes on with the handshake where the chain has an SSL: 1 = done, -1 = would block.
   *
   * @throws SSLSyscallError `ECONNREFUSED` and so on; SSLError `ERR_NAME_NOT_RESOLVED` when the connect
   * link has a name and not an address, `ERR_WRONG_BIO_TYPE`. Stands on BIO_do_connect(3).
   */
  doConnect(): 1 | -1 {
    return this.#native.handshake() < 0 ? -1 : 1;
  }

  /** The same as `doConnect`, under the name that BIO_do_handshake(3) has. */
  doHandshake(): 1 | -1 {
    return this.doConnect();
  }

  /**
   * The first call makes the accept link of this chain listen; each further one takes a connection, which
   * becomes the link below, for `pop` to take out: 1 = done, -1 = would block.
   *
   * @throws SSLSyscallError `EADDRINUSE` and so on; SSLError `ERR_NAME_NOT_RESOLVED`, `ERR_WRONG_BIO_TYPE`.
   * Stands on BIO_do_accept(3).
   */
  doAccept(): 1 | -1 {
    const link = this.#link(BIO_s_accept, 'doAccept()');
    const result = link.#native.accept();
    if (typeof result === 'number') return result;
    adopt(link, new BIO(BIO_s_socket, new Wrapped(result)));
    return 1;
  }

  /** OpenSSL's packed code for what the last call on this link failed with; 0 when it did not fail. */
  error(): number {
    return this.#native.lastCode();
  }

  /** What a packed code means; default: that of `error()` (ERR_error_string_n(3)). */
  errorString(code: number = this.error()): string {
    requireAlive(this.#native, 'BIO');
    const known = requireInteger(code, 'code', 0, Number.MAX_SAFE_INTEGER);
    return known === 0 ? 'no error' : native.describeCode(known);
  }

  /**
   * Connects the connect link of this chain. Its name is resolved by dns.lookup, and each address is tried
   * in turn.
   *
   * @throws SSLSyscallError `ENOTFOUND`, `ECONNREFUSED`, ...; TimeoutError; the signal's reason; SSLError
   * `ERR_WRONG_BIO_TYPE` when the chain has no connect link.
   */
  async connect(options?: WaitOptions): Promise<void> {
    const link = this.#link(BIO_s_connect, 'connect()');
    await waitsOf(link).run('connect', options, (operation) => connectLink(link.#native, operation));
  }

  /**
   * Makes the accept link of this chain bind and listen. A name is resolved by dns.lookup; its first address
   * is used. Nothing happens when the link listens already.
   *
   * @throws SSLSyscallError `EADDRINUSE`, `ENOTFOUND` and so on; TimeoutError; the signal's reason; SSLError
   * `ERR_WRONG_BIO_TYPE` when the chain has no accept link.
   */
  async listen(options?: WaitOptions): Promise<void> {
    const link = this.#link(BIO_s_accept, 'listen()');
    await waitsOf(link).run('listen', options, (operation) => listenLink(link, operation));
  }

  /**
   * Takes the next connection of the accept link of this chain; listens first if need be.
   *
   * @returns a chain of its own, one link on the accepted, non-blocking socket.
   * @throws as `listen`; FreedError when the link is freed meanwhile.
   */
  async accept(options?: WaitOptions): Promise<BIO> {
    const link = this.#link(BIO_s_accept, 'accept()');
    return await waitsOf(link).run('accept', options, (operation) => takeConnection(link, operation));
  }

  /**
   * Connects if need be, and completes the handshake of the SSL link of this chain.
   *
   * @param options.servername what a client asks for by SNI and checks the certificate against; default:
   * the SSL's own `verifyName` and `hostname`, or the name of the connect link.
   * @throws as `connect`; CertificateVerifyError; SSLError `ERR_NO_SERVERNAME` when a client verifies and
   * knows no name, `ERR_WRONG_BIO_TYPE` when the chain has no SSL link.
   */
  async handshake(options?: HandshakeOptions): Promise<void> {
    requireAlive(this.#native, 'BIO');
    const { ssl } = this;
    if (ssl === undefined) throw usageError('ERR_WRONG_BIO_TYPE', 'this chain has no SSL link');
    useServerName(ssl, requireOptionsObject(options, 'options').servername);
    const connecting = this.find(BIO_s_connect);
    await waitsOf(this).run('handshake', options, async (operation) => {
      if (connecting !== undefined) await connectLink(connecting.#native, operation.on(connecting.#native));
      try {
        await operation.until(
          () => this.#native.handshake(),
          () => awaitedAnswer(ssl),
        );
      } finally {
        operation.wakeOthers();
      }
    });
  }

  /**
   * Reads what is there, at most `n` bytes; waits until there is something. What filters have kept back is
   * sent before it waits.
   *
   * @param n default: 1024.
   * @returns an empty Buffer = the end.
   * @throws as `read`; TimeoutError; the signal's reason; SSLError `ERR_NO_SOCKET` when it would have to
   * wait and the chain has no socket.
   */
  async readAsync(n: number = defaultReadSize, options?: WaitOptions): Promise<Buffer> {
    const size = requireInteger(n, 'n', 1, maxReadSize);
    return await waitsOf(this).run('readAsync', options, (operation) => operation.read(size));
  }

  /**
   * Writes all of the data and flushes. Calls are carried out one after the other.
   *
   * @returns how many bytes went: all of them.
   * @throws as `write` and `readAsync`; after a failure the peer may have got a part.
   */
  async writeAsync(data: Data, options?: WaitOptions): Promise<number> {
    const bytes = plainView(toData(data, 'data'));
    return await waitsOf(this).write(bytes, endOf(this), options);
  }

  /** Sends what filters have kept back; waits until it is out. Throws as `flush` and `readAsync`. */
  async flushAsync(options?: WaitOptions): Promise<void> {
    await waitsOf(this).run('flushAsync', options, (operation) =>
      operation.until(() => this.#native.flush()),
    );
  }

  /**
   * Takes this link out of its chain and frees it. An SSL link that owns its SSL says close_notify first,
   * as far as that goes without waiting. Calls that wait on this link, or for its descriptor, end with
   * FreedError. May be called again.
   *
   * @throws SSLError `ERR_BUSY` inside a call on this chain. Stands on BIO_free(3).
   */
  override free(): void {
    super.free();
    otherEnd.delete(this);
  }

  #link(method: BIOMethod, member: string): BIO {
    const link = this.find(method);
    if (link === undefined) {
      const name = this.method.name;
      throw usageError(
        'ERR_WRONG_BIO_TYPE',
        `${member} needs a ${method.name} link, and this ${name} has none`,
      );
    }
    return link;
  }
}
