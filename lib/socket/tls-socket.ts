import { Socket as NetSocket } from 'node:net';
import { Duplex } from 'node:stream';
import {
  type Bytes,
  invalidType,
  invalidValue,
  requireOptionsObject,
  requireText,
  toASCIIName,
} from '../arguments';
import type { Certificate } from '../certificate';
import { AF_UNIX } from '../constants';
import { TLSClientContext } from '../contexts';
import { type Deadline, type WaitOptions, within } from '../deadline';
import { usageError } from '../errors';
import { nativeOf, shownMembers } from '../handle';
import type { NativeSSLContext } from '../native';
import { SSL } from '../ssl';
import { SSLContext } from '../ssl-context';
import type { CipherInfo, VerifyResult } from '../ssl-types';
import { type ConnectOptions, untilMoment } from './connectable-socket';
import { Core } from './core';
import { publish } from './diagnostics';
import { readSocketOptions, type TLSSocketOptions } from './options';
import { Socket } from './socket';
import { coreOf } from './socket-properties';
import { StreamSocket } from './stream-socket';

/** What a TLSSocket is made from, as an object. */
export interface TLSSocketInit extends TLSSocketOptions {
  /** A connected socket that TLS is to begin on, or one to be connected. */
  readonly socket?: Socket | NetSocket | Duplex | null | undefined;
  /** The settings of the connection. Default: that of `ssl`; else one for clients that trusts what the system trusts. */
  readonly context?: SSLContext | undefined;
  /** An SSL that has not been used yet. Default: a new one. */
  readonly ssl?: SSL | undefined;
}

/** What `handshake` may be told. */
export interface SocketHandshakeOptions extends WaitOptions {
  /** See `ConnectOptions.servername`. */
  readonly servername?: string | undefined;
  /** Whether this is the server's side. Default: what the context is for; a context for both, a client. */
  readonly server?: boolean | undefined;
}

let systemContext: SSLContext | undefined;

// One for all: the system's trust takes a while to read.
function defaultContext(): SSLContext {
  systemContext ??= new TLSClientContext().loadDefaultTrust();
  return systemContext;
}

type Origin = Socket | NetSocket | Duplex | null | undefined;

function isInit(value: unknown): value is TLSSocketInit {
  return (
    typeof value === 'object' && value !== null && !(value instanceof Socket) && !(value instanceof Duplex)
  );
}

function readInit(first: unknown, context: unknown, ssl: unknown): TLSSocketInit {
  const init = isInit(first) ? first : ({ socket: first, context, ssl } as TLSSocketInit);
  if (init.context !== undefined && !(init.context instanceof SSLContext)) {
    throw invalidType('context', 'an SSLContext', init.context);
  }
  if (init.ssl !== undefined && !(init.ssl instanceof SSL)) throw invalidType('ssl', 'an SSL', init.ssl);
  if (init.ssl !== undefined && init.context !== undefined && init.ssl.context !== init.context) {
    throw invalidValue('ssl', 'must be made from the context that is given', init.ssl);
  }
  return init;
}

function coreBelow(socket: unknown, options: TLSSocketOptions): Core {
  if (socket === undefined || socket === null) return new Core(readSocketOptions(options));
  const below = socket instanceof Socket ? socket : Socket.from(socket as Duplex, options);
  const core = coreOf(below);
  if (core.secured) throw usageError('ERR_SOCKET_SECURED', 'a TLSSocket speaks through this socket already');
  if (core.busy) throw usageError('ERR_BUSY', 'the socket is still sending in the clear');
  if (core.reader === 'stream') throw usageError('ERR_FACE_IN_USE', 'the socket is read through its stream');
  if (core.state !== 'new' && core.state !== 'open') {
    if (core.state === 'closed') throw core.unconnected();
    throw usageError('ERR_WRONG_STATE', `TLS cannot begin on a socket that is ${core.state}`);
  }
  core.options = readSocketOptions(options, core.options);
  return core;
}

/** A TLS connection over TCP, a Unix socket or any Duplex; or a socket that accepts such connections. */
export class TLSSocket extends StreamSocket {
  readonly #context: SSLContext | undefined;
  #ssl: SSL | undefined;
  #socket: Socket | undefined;
  #handshake: Promise<void> | undefined;

  /**
   * A socket to be connected or to listen, or TLS over what is connected already.
   *
   * @param socket a connected Socket, net.Socket or Duplex that TLS is to begin on (`handshake()` begins it);
   * or a Socket that is to be connected; or nothing. Or an object with all of it, and options.
   * @param context the settings of the connection. Default: that of `ssl`; else one for clients, which
   * verifies the server with what the system trusts (`loadDefaultTrust`).
   * @param ssl an SSL that has not been used yet. Default: a new one.
   * @throws TypeError (ERR_INVALID_ARG_TYPE; ERR_INVALID_ARG_VALUE for an `ssl` of another context);
   * SSLError `ERR_SOCKET_SECURED`, `ERR_FACE_IN_USE` for a Socket whose `stream` is used, `ERR_WRONG_STATE` for
   * one that listens or is being connected, `ERR_BUSY` for one that still sends, `ERR_NOT_CONNECTED`,
   * `ERR_CLOSED`, and `ERR_FEATURE_UNAVAILABLE` in a runtime without sockets (`features.sockets`).
   */
  constructor(socket?: Origin | TLSSocketInit, context?: SSLContext, ssl?: SSL) {
    const given: unknown = socket;
    const accepted = given instanceof Core;
    const init = accepted ? { context } : readInit(given, context, ssl);
    const core = accepted ? given : coreBelow((init as TLSSocketInit).socket, init as TLSSocketInit);
    super(core);
    core.socket = this;
    if (!accepted) core.takeOver();
    this.#context = init.context;
    if (!accepted) this.#ssl = (init as TLSSocketInit).ssl;
    if ((init as TLSSocketInit).socket instanceof Socket) this.#socket = (init as { socket: Socket }).socket;
  }

  /** The plain socket below. Its properties can be looked at; its bytes are this socket's. */
  get socket(): Socket {
    this.#socket ??= Socket.over(coreOf(this));
    return this.#socket;
  }

  /** The settings of the connection. */
  get context(): SSLContext {
    return this.#context ?? this.#ssl?.context ?? defaultContext();
  }

  /** The TLS connection itself: its settings before the handshake, what was agreed on after it. */
  get ssl(): SSL {
    if (this.#ssl === undefined) {
      const made = coreOf(this).native?.ssl();
      this.#ssl = made === undefined ? new SSL(this.context) : SSL.wrap(made, this.context);
    }
    return this.#ssl;
  }

  /**
   * Shakes hands over a connection that was made without TLS (STARTTLS, or a socket that was taken over).
   * Until then the socket sends and receives nothing. What came before and has not been received is taken
   * for the peer's first bytes of TLS.
   *
   * @throws TimeoutError, the signal's reason; CertificateVerifyError, SSLError with libssl's reason,
   * `ERR_NO_SERVERNAME` when a client has nobody to check the certificate for, `ERR_NOT_CONNECTED`,
   * `ERR_WRONG_STATE` when it is done already, `ERR_HANDSHAKE_TIMEOUT`; SSLSyscallError. The connection is
   * closed then. Stands on SSL_do_handshake(3).
   */
  async handshake(options?: SocketHandshakeOptions): Promise<void> {
    const core = this.usable();
    const given = requireOptionsObject(options, 'options');
    if (this.#handshake !== undefined || core.anyConnection.ssl() !== undefined) {
      throw usageError('ERR_WRONG_STATE', 'the handshake has been made already');
    }
    if (given.servername !== undefined) requireText(given.servername, 'options.servername');
    await within('handshake', options, (deadline) => this.#shakeHands(core, given, deadline));
  }

  /** `TLSv1.3` and so on; undefined before the handshake. */
  get version(): string | undefined {
    return this.ssl.version;
  }

  /** The cipher suite; undefined before the handshake. */
  get cipher(): CipherInfo | undefined {
    return this.ssl.cipher;
  }

  /** The group of the key exchange: `x25519`; undefined without one. */
  get group(): string | undefined {
    return this.ssl.group;
  }

  /** The protocol that ALPN chose; undefined when none was. */
  get alpnProtocol(): string | undefined {
    return this.ssl.alpnProtocol;
  }

  /** The name that SNI asked for; undefined without one. */
  get servername(): string | undefined {
    return this.ssl.hostname;
  }

  /** The peer's certificate; undefined when it has shown none. */
  get peerCertificate(): Certificate | undefined {
    return this.ssl.peerCertificate;
  }

  /** The peer's chain as it was sent, its own certificate first. */
  get peerChain(): Certificate[] {
    return this.ssl.peerChain;
  }

  /** What the verification of the peer came to. */
  get verifyResult(): VerifyResult {
    return this.ssl.verifyResult;
  }

  /**
   * The session, for another connection to resume: see `SSL.session`. Take it when data has come; set it
   * before `connect` or `handshake`.
   */
  get session(): Buffer | undefined {
    return this.ssl.session;
  }
  set session(der: Bytes) {
    this.ssl.session = der;
  }

  /** Whether an earlier session was resumed. */
  get sessionReused(): boolean {
    return this.ssl.sessionReused;
  }

  /** @internal */
  protected override get [shownMembers](): readonly string[] {
    return [...super[shownMembers], 'version', 'cipher', 'alpnProtocol', 'servername'];
  }

  /** @internal */
  protected override async secure(core: Core, options: ConnectOptions, deadline: Deadline): Promise<void> {
    await this.#shakeHands(core, { servername: options.servername, server: false }, deadline);
  }

  /** @internal */
  protected override contextForListening(): NativeSSLContext {
    if (this.#context?.role === 'client') {
      throw usageError('ERR_WRONG_STATE', 'a TLSSocket that listens cannot use a context for clients');
    }
    if (this.#context !== undefined) return nativeOf(this.#context);
    throw usageError('ERR_NO_CONTEXT', 'a TLSSocket that listens needs a context with a certificate');
  }

  /** @internal */
  protected override wrapAccepted(core: Core): TLSSocket {
    core.secured = true;
    return new TLSSocket(core as never, this.context);
  }

  /** @internal */
  protected override newCore(): Core {
    return new Core(this.usable().options);
  }

  async #shakeHands(core: Core, options: SocketHandshakeOptions, deadline: Deadline): Promise<void> {
    const { ssl } = this;
    this.#handshake = this.#begin(core, ssl, options, deadline);
    this.#handshake.catch(() => {});
    try {
      await this.#handshake;
    } catch (error) {
      core.fail(error as Error);
      throw error;
    }
    publish('handshake', core);
  }

  async #begin(core: Core, ssl: SSL, options: SocketHandshakeOptions, deadline: Deadline): Promise<void> {
    if (ssl.role === undefined) {
      if (options.server === true) ssl.setAcceptState();
      else ssl.setConnectState();
    } else if (options.server !== undefined && options.server !== (ssl.role === 'server')) {
      throw usageError('ERR_WRONG_STATE', `the context is for the ${ssl.role}'s side`);
    }
    const { handshakeTimeout, handshakeBudget, handshakeThreads } = core.options;
    const secured = core.when('secured');
    core.anyConnection.startTls(nativeOf(ssl), {
      servername: this.#servername(options),
      timeout: handshakeTimeout,
      budget: handshakeBudget,
      threads: handshakeThreads,
    });
    core.state = 'handshaking';
    await untilMoment(deadline, secured, core);
  }

  #servername({ servername }: SocketHandshakeOptions): string {
    const name = servername ?? (this.isClient && this.family !== AF_UNIX ? this.host : '');
    return name === '' ? '' : toASCIIName(name);
  }
}
