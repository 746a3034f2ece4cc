import { type Bytes, type Data, invalidType, readList, requireInteger, toBytes, toData } from './arguments';
import { BIO } from './bio/bio';
import { endOf } from './bio/chain-link';
import { requireNoWriter } from './bio/chain-waits';
import { BIO_NOCLOSE, type ShutdownState, type SSLErrorCode } from './constants';
import { requireAlive, usageError } from './errors';
import { nativeOf, shownMembers, Wrapped } from './handle';
import { abortAbandoned } from './handshake-question';
import { BIO_s_socket } from './methods';
import { type NativeSSL, Role } from './native';
import { derOfSession } from './node-session';
import { maxReadSize, readInto, readOnce } from './read-window';
import { SSLContext } from './ssl-context';
import { newSSL, type Origin } from './ssl-origin';
import type { CipherInfo } from './ssl-types';
import { SSLVerification } from './ssl-verification';

const roleNames = { [Role.client]: 'client', [Role.server]: 'server' } as const;
const defaultReadSize = 16384;

/** Tells an SSL which SSL BIO drives it, and what it writes to if that is not the next link of the chain. */
export let setDriver: (ssl: SSL, driver: BIO | undefined, wbio?: BIO) => void;

/** Settles when the answer has come that the handshake waits for; undefined when it waits for none. */
export let awaitedAnswer: (ssl: SSL) => Promise<void> | undefined;

/**
 * One TLS connection (SSL). It does no I/O of its own: it reads and writes through BIOs, or through a
 * descriptor. All calls are synchronous, and do not block if what lies below does not. Would-block is a
 * value (`-1` or `null`), never an exception.
 *
 * A raw SSL sends no server name and checks none unless told: see `hostname`, `verifyName` and
 * `verifyIP`. The chain is verified as the context says.
 */
export class SSL extends SSLVerification {
  readonly #native: NativeSSL;
  readonly #context: SSLContext;
  #rbio: BIO | undefined;
  #wbio: BIO | undefined;
  #driver: BIO | undefined;
  #settled: Promise<void> | undefined;
  #settle: (() => void) | undefined;

  /** @internal */
  static {
    setDriver = (ssl, driver, wbio) => {
      ssl.#driver = driver;
      ssl.#rbio = undefined;
      ssl.#wbio = wbio;
    };
    awaitedAnswer = (ssl) => ssl.#awaited();
  }

  /**
   * A connection with the settings that the context has now.
   *
   * @throws TypeError (ERR_INVALID_ARG_TYPE) when `context` is none; FreedError. Stands on SSL_new(3).
   */
  constructor(context: SSLContext) {
    const given: unknown = context;
    const [ssl, origin] = given instanceof Wrapped ? (given.native as Origin) : newSSL(context);
    super(ssl, origin);
    this.#native = ssl;
    this.#context = origin;
  }

  /** @internal An SSL of the addon's, with the context that it was made from. */
  static wrap(ssl: NativeSSL, context: SSLContext): SSL {
    return new SSL(new Wrapped<Origin>([ssl, context]) as never);
  }

  /** The context that the SSL was made from. */
  get context(): SSLContext {
    requireAlive(this.#native, 'SSL');
    return this.#context;
  }

  /**
   * Makes this the client's side.
   *
   * @throws SSLError `ERR_WRONG_STATE` when the context is for servers or the handshake has begun. Stands
   * on SSL_set_connect_state(3).
   */
  setConnectState(): this {
    this.#native.setRole(Role.client);
    return this;
  }

  /**
   * Makes this the server's side.
   *
   * @throws SSLError `ERR_WRONG_STATE` when the context is for clients or the handshake has begun. Stands
   * on SSL_set_accept_state(3).
   */
  setAcceptState(): this {
    this.#native.setRole(Role.server);
    return this;
  }

  /** Which side this is; undefined until that is known. */
  get role(): 'client' | 'server' | undefined {
    const role = this.#native.role();
    return role === Role.unset ? undefined : roleNames[role];
  }

  /**
   * Sets what to read from and write to. The SSL holds references of its own; the BIOs stay usable.
   * `undefined` takes the transport away.
   *
   * @param wbio default: the same as `rbio`.
   * @throws TypeError when one is no BIO; SSLError `ERR_BIO_CYCLE` when a chain runs through this SSL
   * itself, `ERR_BIO_IN_CHAIN` when an SSL BIO drives this SSL. Stands on SSL_set_bio(3).
   */
  setBio(rbio: BIO | undefined, wbio: BIO | undefined = rbio): this {
    for (const [name, bio] of [
      ['rbio', rbio],
      ['wbio', wbio],
    ] as const) {
      if (bio !== undefined && !(bio instanceof BIO)) throw invalidType(name, 'a BIO', bio);
    }
    this.#native.setTransport(rbio && nativeOf(rbio), wbio && nativeOf(wbio));
    this.#rbio = rbio;
    this.#wbio = wbio;
    return this;
  }

  /** What is read from; below an SSL BIO that is the next link of its chain (SSL_get_rbio(3)). */
  get rbio(): BIO | undefined {
    requireAlive(this.#native, 'SSL');
    return this.#driver === undefined ? this.#rbio : this.#driver.next;
  }

  /** What is written to (SSL_get_wbio(3)). */
  get wbio(): BIO | undefined {
    requireAlive(this.#native, 'SSL');
    return this.#wbio ?? this.#driver?.next;
  }

  /** The descriptor that is read from; undefined when there is none (SSL_get_fd(3)). */
  get fd(): number | undefined {
    return this.#native.fd();
  }

  /**
   * Reads from and writes to a descriptor, which stays its owner's to close.
   *
   * @throws RangeError (ERR_OUT_OF_RANGE) when `fd` is no descriptor. Stands on SSL_set_fd(3).
   */
  setFd(fd: number): this {
    requireAlive(this.#native, 'SSL');
    return this.setBio(new BIO(BIO_s_socket).setFd(fd, BIO_NOCLOSE));
  }

  /**
   * Goes on with the handshake as a client: 1 = done, -1 = would block.
   *
   * @throws CertificateVerifyError, SSLError, SSLSyscallError; `ERR_WRONG_STATE` on a server's side. Stands
   * on SSL_connect(3).
   */
  connect(): 1 | -1 {
    return this.#handshakeAs(Role.client);
  }

  /**
   * Goes on with the handshake as a server: 1 = done, -1 = would block.
   *
   * @throws as `connect`. Stands on SSL_accept(3).
   */
  accept(): 1 | -1 {
    return this.#handshakeAs(Role.server);
  }

  /**
   * Goes on with the handshake: 1 = done, -1 = would block.
   *
   * @throws CertificateVerifyError, SSLError, SSLSyscallError; `ERR_SSL_CONNECTION_TYPE_NOT_SET` when the
   * side is not known. Stands on SSL_do_handshake(3).
   */
  doHandshake(): 1 | -1 {
    return this.#native.handshake();
  }

  /**
   * Reads what has been decrypted, at most `n` bytes.
   *
   * @param n default: 16384, one record.
   * @returns null = would block; an empty Buffer = the peer has said close_notify.
   * @throws SSLError `ERR_SSL_UNEXPECTED_EOF_WHILE_READING` when the transport ended without one, and
   * others. Stands on SSL_read_ex(3).
   */
  read(n: number = defaultReadSize): Buffer | null {
    const size = requireInteger(n, 'n', 1, maxReadSize);
    return readOnce(this.#native, size);
  }

  /** Like `read`, but leaves the bytes where they are. Stands on SSL_peek_ex(3). */
  peek(n: number = defaultReadSize): Buffer | null {
    const size = requireInteger(n, 'n', 1, maxReadSize);
    const peek = { read: this.#native.peek.bind(this.#native), pending: () => this.#native.pending() };
    return readOnce(peek, size);
  }

  /**
   * Reads into the caller's bytes.
   *
   * @param offset where to begin; default: 0.
   * @param length how many at most; default: to the end of `buffer`.
   * @returns how many bytes came; 0 = the end, -1 = would block.
   * @throws as `read`; RangeError for a part outside the buffer, or an empty one. Stands on SSL_read_ex(3).
   */
  readInto(buffer: Bytes, offset?: number, length?: number): number {
    return readInto(this.#native, buffer, offset, length);
  }

  /**
   * Encrypts and sends.
   *
   * @returns how many bytes were taken, perhaps fewer than given; -1 = would block. Offer what is left
   * again, in any buffer. (Other bytes in their place go out after the record that is under way.)
   * @throws SSLError, `ERR_BUSY` while a writeAsync() on the chain of this SSL waits; SSLSyscallError. Stands
   * on SSL_write_ex(3).
   */
  write(data: Data): number {
    this.#requireNoWriter();
    return this.#native.write(toData(data, 'data'));
  }

  /**
   * Sends pieces as if they were one, in as few records as they need.
   *
   * @returns how many bytes of all were taken; -1 = would block, none were.
   * @throws as `write`.
   */
  writev(list: readonly Data[]): number {
    this.#requireNoWriter();
    return this.#native.writeAll(readList(list, 'list', 'an array of strings or bytes', toData));
  }

  /**
   * Says close_notify: 0 = said, the peer's is not here yet; 1 = both are; -1 = would block. Calling again
   * after 0 reads the peer's.
   *
   * @throws SSLError `ERR_SSL_SHUTDOWN_WHILE_IN_INIT` before the handshake is done. Stands on SSL_shutdown(3).
   */
  shutdown(): 1 | 0 | -1 {
    return this.#native.shutdown();
  }

  /** What SSL_get_error(3) said about the last handshake, read, write or shutdown: SSL_ERROR_*. */
  error(): SSLErrorCode {
    return this.#native.lastError() as SSLErrorCode;
  }

  /**
   * When it is worth calling `doHandshake`, `connect` or `accept` again after -1 with `error()` SSL_ERROR_WANT_ASYNC: a
   * callback of the handshake has answered by a promise, and this one resolves when that has its value, or when the
   * SSL is freed. Until then other calls on the SSL throw `ERR_BUSY`. Resolved when nothing is waited for.
   */
  get settled(): Promise<void> {
    return this.#awaited() ?? Promise.resolve();
  }

  /** How many decrypted bytes wait (SSL_pending(3)). */
  get pending(): number {
    return this.#native.pending();
  }

  /** Whether any bytes wait inside, decrypted or not (SSL_has_pending(3)). */
  get hasPending(): boolean {
    return this.#native.hasPending();
  }

  /** Whether the handshake is done (SSL_is_init_finished(3)). */
  get isInitFinished(): boolean {
    return this.#native.isInitFinished();
  }

  /** `TLSv1.3` and so on; undefined until it is agreed on (SSL_get_version(3)). */
  get version(): string | undefined {
    return this.#native.version();
  }

  /** The cipher suite; undefined until it is agreed on (SSL_get_current_cipher(3)). */
  get cipher(): CipherInfo | undefined {
    return this.#native.cipher();
  }

  /** The group of the key exchange: `x25519`; undefined without one (SSL_get_negotiated_group(3)). */
  get group(): string | undefined {
    return this.#native.group();
  }

  /** The protocol that ALPN chose; undefined when none was (SSL_get0_alpn_selected(3)). */
  get alpnProtocol(): string | undefined {
    return this.#native.alpn();
  }

  /**
   * The connection's session in DER, for a later connection to resume: a secret. Undefined while there is
   * none that can be resumed; in TLS 1.3 it comes after the handshake, with the first data. Setting it
   * offers a session to the server: on a client, before the handshake; of TLS 1.3, each only once. Before
   * that the certificates of the server, which are kept in it, are verified anew, for the name and by the
   * rules of this connection (callbacks are asked): one that does not pass is not offered, and the handshake
   * is a full one. One that others have made (node:tls, with the name that it
   * puts in front, or openssl) has no intermediate certificates in it.
   *
   * @throws TypeError; SSLError with OpenSSL's reason for bytes that are no session, `ERR_WRONG_STATE` on a
   * server or when the handshake has begun. Stands on SSL_get1_session(3), i2d_SSL_SESSION(3) and
   * SSL_set_session(3).
   */
  get session(): Buffer | undefined {
    return this.#native.session();
  }
  set session(der: Bytes) {
    this.#native.setSession(derOfSession(toBytes(der, 'session')));
  }

  /** Whether an earlier session was resumed (SSL_session_reused(3)). */
  get sessionReused(): boolean {
    return this.#native.sessionReused();
  }

  /** SSL_SENT_SHUTDOWN and SSL_RECEIVED_SHUTDOWN, as far as they have happened (SSL_get_shutdown(3)). */
  get shutdownState(): ShutdownState {
    return this.#native.shutdownState();
  }

  /** Where the handshake stands, in six letters (SSL_state_string(3)). */
  get stateString(): string {
    return this.#native.stateString();
  }

  /** Where the handshake stands, in words (SSL_state_string_long(3)). */
  get stateStringLong(): string {
    return this.#native.stateStringLong();
  }

  /**
   * Gives the SSL up, without a word to the peer (SSL_free(3)). An SSL BIO that drives it keeps it going.
   * May be called again.
   *
   * @throws SSLError `ERR_BUSY` inside a call on this SSL.
   */
  override free(): void {
    super.free();
    this.#rbio = undefined;
    this.#wbio = undefined;
    this.#driver = undefined;
    this.#settle?.();
    abortAbandoned();
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    const connection = [
      'role',
      'stateStringLong',
      'version',
      'cipher',
      'group',
      'alpnProtocol',
      'sessionReused',
    ];
    return [...connection, 'hostname', 'verifyResult', 'peerCertificate', 'pending'];
  }

  #awaited(): Promise<void> | undefined {
    if (!this.#native.waits()) return undefined;
    this.#settled ??= new Promise((resolve) => {
      this.#settle = () => {
        this.#settled = undefined;
        resolve();
      };
      this.#native.onAnswer(this.#settle);
    });
    return this.#settled;
  }

  #requireNoWriter(): void {
    if (this.#driver !== undefined) requireNoWriter(endOf(this.#driver));
  }

  #handshakeAs(role: typeof Role.client | typeof Role.server): 1 | -1 {
    const own = this.#native.role();
    if (own === Role.unset) this.#native.setRole(role);
    else if (own !== role) {
      throw usageError('ERR_WRONG_STATE', `this SSL is on the ${roleNames[own]}'s side`);
    }
    return this.#native.handshake();
  }
}
