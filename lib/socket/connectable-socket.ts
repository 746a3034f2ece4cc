import { AsyncResource } from 'node:async_hooks';
import { invalidType, requireInteger, requireOptionsObject, requireText } from '../arguments';
import { AF_UNIX, AF_UNSPEC } from '../constants';
import { Deadline, type WaitOptions, within } from '../deadline';
import { type SSLError, usageError } from '../errors';
import type { NativeSSLContext } from '../native';
import { Ending, type NativeAddress, type NativeConnection, type NativeDescriptor } from '../native-socket';
import { Acceptor } from './acceptor';
import { makeConnection } from './connecting';
import { type Core, closedError } from './core';
import { publish } from './diagnostics';
import {
  addressesOf,
  type Endpoint,
  familyOf,
  requireAddressFamily,
  requireEndpoint,
  type UnixEndpoint,
} from './endpoints';
import { type ListenOptions, readSocketOptions } from './options';
import { encodeOption } from './socket-options';
import { coreOf, SocketProperties } from './socket-properties';

/** What `connect` may be told. */
export interface ConnectOptions extends WaitOptions {
  /** AF_INET or AF_INET6: only addresses of that family. Default: AF_UNSPEC, all of them. */
  readonly family?: number | undefined;
  /**
   * TLSSocket: the name or address that the server's certificate must be for; a name is sent as SNI too.
   * Default: the host.
   */
  readonly servername?: string | undefined;
}

/** What is known of a connection that never came to be. */
export interface FailedConnection {
  /** The peer's address; undefined when it is not known. */
  readonly remoteAddress: string | undefined;
  /** The peer's port. */
  readonly remotePort: number | undefined;
}

/** Told when a handshake has failed, or a connection could not be accepted. */
export type HandshakeErrorListener = (error: SSLError, connection: FailedConnection) => void;

type Listener = (socket: unknown) => void;

const defaultConnectTimeout = 300_000;
// What listen(2) takes for "as many as the system allows".
const somaxconn = 4096;

/** Waits for a moment of a connection, as long as the clock allows. */
export async function untilMoment(
  deadline: Deadline,
  moment: { promise: Promise<void>; cancel: () => void },
  core: Core,
): Promise<void> {
  if (core.state === 'closed') throw core.failure ?? closedError();
  await deadline.race<void>((resolve, reject) => {
    moment.promise.then(resolve, reject);
    return moment.cancel;
  });
}

/** How a connection comes to be: asked for, or accepted. */
export abstract class ConnectableSocket extends SocketProperties {
  #connecting: Promise<void> | undefined;
  #onHandshakeError: HandshakeErrorListener | undefined;

  /**
   * Connects to a host, trying all of its addresses (Happy Eyeballs, RFC 8305), or to a Unix socket. On a
   * TLSSocket the handshake is part of it.
   *
   * @param host a name, a numeric address, or `{ path }`. Default: `host`.
   * @param port default: `port`.
   * @param options milliseconds for all of it, or an object. Default: 300000.
   * @throws TimeoutError, the signal's reason; SSLSyscallError (`ECONNREFUSED`, `ENOTFOUND`, ...): the socket
   * can be connected again; SSLError `ERR_WRONG_STATE` when it is connected or listens, `ERR_IN_PROGRESS`
   * when it is not blocking: call `connect` again to wait for the end. On a TLSSocket also what `handshake`
   * throws.
   */
  async connect(
    host: string | UnixEndpoint = this.host,
    port: number = this.port,
    options?: number | ConnectOptions,
  ): Promise<void> {
    if (this.#connecting !== undefined) return await this.#finishConnecting(this.#connecting);
    const core = this.usable();
    const endpoint = requireEndpoint(host, port, 1);
    const given =
      typeof options === 'number' ? { timeout: options } : requireOptionsObject(options, 'options');
    const { timeout = defaultConnectTimeout, family = AF_UNSPEC, servername } = given;
    requireAddressFamily(family, 'options.family');
    if (servername !== undefined) requireText(servername, 'options.servername');
    const settings = { ...given, timeout, family };
    if (core.state !== 'new') throw core.state === 'closed' ? core.unconnected() : usedAlready(core);
    const deadline = new Deadline('connect', settings);
    core.state = 'connecting';
    const work = this.#connect(core, endpoint, settings, deadline).finally(() => deadline.dispose());
    if (this.isBlocking) return await work;
    this.#connecting = work;
    work.catch(() => {});
    throw usageError('ERR_IN_PROGRESS', 'the connection is being made; call connect() again to wait for it');
  }

  /**
   * Gives the socket an address of this machine: to listen on, or to connect from.
   *
   * @param port 0 for one that the system chooses; `port` tells which.
   * @param host a name, a numeric address, or `{ path }` in place of the port. Default: `host`.
   * @throws SSLSyscallError (`EADDRINUSE`, `EACCES`, `ENOTFOUND`, ...); SSLError `ERR_WRONG_STATE`.
   */
  async bind(port: number | UnixEndpoint, host: string = this.host, options?: WaitOptions): Promise<void> {
    const core = this.usable();
    const endpoint = typeof port === 'object' ? requireEndpoint(port, 0, 0) : requireEndpoint(host, port, 0);
    if (core.state !== 'new' || core.descriptor !== undefined) throw usedAlready(core);
    await within('bind', options, async (deadline) => {
      const [address, numericPort] = await this.#localAddress(endpoint, deadline);
      if (core.state !== 'new' || core.descriptor !== undefined) throw usedAlready(core);
      const descriptor = this.openDescriptor(numericPort === undefined ? AF_UNIX : familyOf(address));
      try {
        if (numericPort !== undefined) setFlag(descriptor, 'SO_REUSEADDR');
        descriptor.bind(address, numericPort);
      } catch (error) {
        descriptor.close();
        throw error;
      }
      this.bound(descriptor, endpoint.kind === 'unix' ? endpoint.path : endpoint.host);
    });
  }

  /**
   * Listens. Connections are accepted, and shaken hands with, from now on; those that are ready wait for
   * `accept`, iteration or `onConnection`.
   *
   * @param options how many may wait, or an object. Without `bind` before it the system chooses the port.
   * @throws SSLSyscallError (`EADDRINUSE`); SSLError `ERR_WRONG_STATE`; a TLSSocket `ERR_NO_CONTEXT` when it
   * was made without a context.
   */
  async listen(options?: number | ListenOptions): Promise<void> {
    const core = this.usable();
    const given =
      typeof options === 'number' ? { queueLength: options } : requireOptionsObject(options, 'options');
    const { queueLength = -1 } = given;
    const queue = queueLength === -1 ? somaxconn : requireInteger(queueLength, 'queueLength', 1, 2 ** 31 - 1);
    const settings = readSocketOptions(given, core.options);
    const context = this.contextForListening();
    if (core.state !== 'new') throw usedAlready(core);
    if (core.descriptor === undefined) await this.bind(this.port);
    const descriptor = core.descriptor as NativeDescriptor | undefined;
    if (core.state !== 'new' || descriptor === undefined) throw usedAlready(core);
    descriptor.listen(queue);
    core.options = settings;
    const acceptor = new Acceptor<unknown>((connection) => this.#accepted(connection), queue);
    acceptor.onFailure = (error, address) => this.#handshakeFailed(error, address);
    acceptor.start(descriptor, context, {
      servername: '',
      timeout: settings.handshakeTimeout,
      budget: settings.handshakeBudget,
      threads: settings.handshakeThreads,
      maxPending: settings.maxPendingHandshakes,
      noDelay: settings.noDelay,
      keepAlive: settings.keepAlive ?? 7200,
    });
    acceptor.native.keepLoop(this.keepsLoop);
    core.acceptor = acceptor;
    core.state = 'listening';
  }

  /**
   * The next connection that is ready; of a TLSSocket, one that has shaken hands. A handshake that fails is
   * not seen here: `onHandshakeError` is told.
   *
   * @throws TimeoutError, the signal's reason; SSLError `ERR_NOT_LISTENING`, `ERR_WOULD_BLOCK`, `ERR_CLOSED`
   * when the socket is closed meanwhile.
   */
  async accept(options?: WaitOptions): Promise<this> {
    const acceptor = this.#acceptor();
    const ready = acceptor.take();
    if (ready !== undefined) return ready as this;
    if (!this.isBlocking) {
      throw usageError('ERR_WOULD_BLOCK', 'no connection is ready, and the socket is not blocking');
    }
    const wait = (resolve: (socket: this) => void, reject: (error: unknown) => void): (() => void) => {
      const waiter = { resolve: (socket: unknown) => resolve(socket as this), reject };
      acceptor.add(waiter);
      return () => acceptor.withdraw(waiter);
    };
    if (options === undefined) return await new Promise<this>((...settle) => void wait(...settle));
    return await within('accept', options, async (deadline) => await deadline.race<this>(wait));
  }

  /**
   * The connections as they become ready, until the socket is closed. Leaving the loop closes nothing.
   *
   * @throws SSLError `ERR_NOT_LISTENING`, `ERR_CLOSED` when it is closed already.
   */
  async *connections(): AsyncGenerator<this, void, undefined> {
    const acceptor = this.#acceptor();
    for (;;) {
      const socket = acceptor.take() ?? (await this.accept().catch(undefinedIfClosed));
      if (socket === undefined) return;
      yield socket as this;
    }
  }

  /** Takes each connection as it becomes ready; `null` takes the listener off. Calls of `accept` come first. */
  onConnection(listener: ((socket: this) => void) | null): this {
    if (listener !== null && typeof listener !== 'function') {
      throw invalidType('listener', 'a function or null', listener);
    }
    this.#acceptor().setListener(listener === null ? undefined : AsyncResource.bind(listener as Listener));
    return this;
  }

  /** Told of each handshake that fails, and of connections that cannot be accepted (`EMFILE`). `null` takes it off. */
  onHandshakeError(listener: HandshakeErrorListener | null): this {
    if (listener !== null && typeof listener !== 'function') {
      throw invalidType('listener', 'a function or null', listener);
    }
    this.#onHandshakeError = listener === null ? undefined : AsyncResource.bind(listener);
    return this;
  }

  /** How many connections were not accepted because their handshake failed. */
  get handshakeFailures(): number {
    return coreOf(this).acceptor?.failures ?? 0;
  }

  /** @internal The end of a `connect` that did not block. */
  protected async whenConnected(): Promise<void> {
    if (this.#connecting !== undefined) await this.#finishConnecting(this.#connecting);
  }

  /** @internal The core, if this object may use it. */
  protected usable(): Core {
    return coreOf(this);
  }

  /** @internal What comes after the connection is made. */
  protected abstract secure(core: Core, options: ConnectOptions, deadline: Deadline): Promise<void>;
  /** @internal What accepted connections are shaken hands with; undefined for none. */
  protected abstract contextForListening(): NativeSSLContext | undefined;
  /** @internal The public object of an accepted connection. */
  protected abstract wrapAccepted(core: Core): object;
  /** @internal A core for it. */
  protected abstract newCore(): Core;

  async #connect(
    core: Core,
    endpoint: Endpoint,
    options: ConnectOptions & { family: number },
    deadline: Deadline,
  ): Promise<void> {
    core.stopConnecting = (error) => deadline.fail(error);
    try {
      const open = (wanted: number): NativeDescriptor => this.#descriptorFor(core, wanted);
      const connection = await makeConnection(endpoint, options.family, open, deadline);
      if (core.state !== 'connecting') {
        connection.close(Ending.now);
        throw core.unconnected();
      }
      this.named(
        endpoint.kind === 'unix' ? endpoint.path : endpoint.host,
        endpoint.kind === 'unix' ? 0 : endpoint.port,
      );
      core.isClient = true;
      core.adopt(connection);
      connection.keepLoop(this.keepsLoop);
    } catch (error) {
      // Closed meanwhile, or to be tried again.
      if (core.state === 'connecting') core.state = 'new';
      // An address is good for one attempt.
      core.bound = core.descriptor !== undefined;
      publish('error', core, { error });
      throw error;
    } finally {
      core.stopConnecting = undefined;
    }
    publish('connection', core);
    await this.secure(
      core,
      { servername: endpoint.kind === 'unix' ? undefined : endpoint.host, ...options },
      deadline,
    );
  }

  async #finishConnecting(work: Promise<void>): Promise<void> {
    try {
      await work;
    } finally {
      this.#connecting = undefined;
    }
  }

  // What was bound is used for the first address of its family.
  #descriptorFor(core: Core, family: number): NativeDescriptor {
    const { descriptor } = core;
    if (
      descriptor !== undefined &&
      descriptor.fd() >= 0 &&
      (descriptor.localAddress()?.family ?? 0) === family
    ) {
      core.descriptor = undefined;
      return descriptor;
    }
    const fresh = this.openDescriptor(family);
    if (family !== AF_UNIX) applyTCPOptions(fresh, core);
    return fresh;
  }

  async #localAddress(endpoint: Endpoint, deadline: Deadline): Promise<[string, number | undefined]> {
    if (endpoint.kind === 'unix') return [endpoint.path, undefined];
    const family = coreOf(this).family ?? AF_UNSPEC;
    const [address] = await addressesOf(endpoint.host, family, deadline);
    return [address as string, endpoint.port];
  }

  #acceptor(): Acceptor<unknown> {
    const core = this.usable();
    if (core.acceptor !== undefined && core.state === 'listening') return core.acceptor;
    if (core.state === 'closed') throw core.unconnected();
    throw usageError('ERR_NOT_LISTENING', 'the socket does not listen');
  }

  #accepted(connection: NativeConnection): object {
    const core = this.newCore();
    core.isAccepted = true;
    core.adopt(connection);
    const socket = this.wrapAccepted(core);
    core.socket = socket;
    publish('connection', core);
    if (core.secured) publish('handshake', core);
    return socket;
  }

  #handshakeFailed(error: SSLError, address: NativeAddress | undefined): void {
    publish('error', coreOf(this), { error, remoteAddress: address?.address, remotePort: address?.port });
    this.#onHandshakeError?.(error, { remoteAddress: address?.address, remotePort: address?.port });
  }
}

function undefinedIfClosed(error: { code?: string }): undefined {
  if (error.code !== 'ERR_CLOSED') throw error;
}

function usedAlready(core: Core): Error {
  return usageError(
    'ERR_WRONG_STATE',
    `the socket is in use already (${core.descriptor ? 'bound' : core.state})`,
  );
}

function setFlag(
  descriptor: NativeDescriptor,
  option: 'SO_REUSEADDR' | 'TCP_NODELAY' | 'SO_KEEPALIVE',
): void {
  const { level, name, bytes } = encodeOption(option, true);
  descriptor.setOption(level, name, bytes);
}

function applyTCPOptions(descriptor: NativeDescriptor, core: Core): void {
  const { noDelay, keepAlive } = core.options;
  if (noDelay) setFlag(descriptor, 'TCP_NODELAY');
  if (keepAlive === 0) return;
  setFlag(descriptor, 'SO_KEEPALIVE');
  if (keepAlive === undefined) return;
  const { level, name, bytes } = encodeOption('TCP_KEEPIDLE', keepAlive);
  descriptor.setOption(level, name, bytes);
}
