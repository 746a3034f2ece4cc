import {
  type Data,
  invalidType,
  outOfRange,
  requireInteger,
  requireOptionsObject,
  toData,
} from '../arguments';
import { SHUT_RD, SHUT_RDWR, SHUT_WR } from '../constants';
import { type Deadline, type WaitOptions, within } from '../deadline';
import { usageError } from '../errors';
import { Ending } from '../native-socket';
import { maxReadSize } from '../read-window';
import { ConnectableSocket, untilMoment } from './connectable-socket';
import type { Core, Reader } from './core';
import { coreOf } from './socket-properties';
import { SocketStream } from './socket-stream';
import { chunksOf, isImmediate, knownSize, type Sendable } from './sources';

/** What `send` may be told. */
export interface SendOptions extends WaitOptions {
  /** Called as the bytes leave: how many have been handed over, and of how many, where that is known. */
  readonly onProgress?: ((sent: number, total: number | undefined) => void) | undefined;
}

/** What `shutdown` may be told. */
export interface ShutdownOptions extends WaitOptions {
  /** Whether to wait until the peer has ended too. What comes meanwhile is kept for `receive`. Default: false. */
  readonly wait?: boolean | undefined;
}

/** What `close` may be told. */
export interface CloseOptions extends WaitOptions {
  /** Drops what has not been sent, and resets the connection. Default: false. */
  readonly abort?: boolean | undefined;
}

const defaultReadSize = 1024;
// More than this is sent step by step.
const smallSend = 256 * 1024;

function wouldBlock(what: string): Error {
  return usageError('ERR_WOULD_BLOCK', `${what} would have to wait, and the socket is not blocking`);
}

function requireListener<T>(listener: T | null, name: string): T | undefined {
  if (listener === null) return undefined;
  if (typeof listener !== 'function') throw invalidType(name, 'a function or null', listener);
  return listener;
}

function requireSendOptions(options: SendOptions): void {
  const { onProgress } = requireOptionsObject(options, 'options');
  if (onProgress === undefined || typeof onProgress === 'function') return;
  throw invalidType('options.onProgress', 'a function', onProgress);
}

/** The four faces of a connection: promises, iteration, push and a Duplex. */
export abstract class StreamSocket extends ConnectableSocket {
  #stream: SocketStream | undefined;

  /**
   * Sends all of it.
   *
   * @param data a string (as UTF-8), bytes, `{ path }` or a file URL, a FileHandle (from its position on;
   * it stays open), or an iterable of strings and bytes, async or not. Files and iterables are read as fast
   * as the peer takes them, with constant memory.
   * @param options.timeout milliseconds; default: `sendTimeout`.
   * @returns how many bytes that was, when they have been handed to the system.
   * @throws TimeoutError (what was taken by then is still sent), the signal's reason; SSLError
   * `ERR_NOT_CONNECTED`, `ERR_CLOSED`, `ERR_WRITE_AFTER_END`, `ERR_WOULD_BLOCK`; what ended the connection;
   * what reading the source failed with.
   */
  async send(data: Sendable, options?: SendOptions | number): Promise<number> {
    const core = this.usable();
    // Blade's flags, which mean nothing there either.
    const given = typeof options === 'number' ? undefined : options;
    if (given !== undefined) requireSendOptions(given);
    if (!isImmediate(data)) return await this.#sendFrom(core, data, given);
    const bytes = toData(data, 'data');
    const size = bytes.byteLength;
    if (core.state === 'connecting') await this.whenConnected();
    core.requireConnection();
    if (!this.isBlocking && core.buffered >= core.options.highWaterMark) throw wouldBlock('send');
    const alone = size <= smallSend && given === undefined && !core.busy;
    if (alone && core.take(bytes)) return size;
    if (!this.isBlocking) return this.#sendWithoutWaiting(core, bytes, alone);
    await this.#sending(core, given, (deadline) =>
      alone ? core.outgoing.room() : core.outgoing.passAll(bytes, deadline, progressOf(given, size)),
    );
    return size;
  }

  /**
   * Receives bytes.
   *
   * @param length how many; -1, the default, for whatever there is, at least one.
   * @param options.timeout milliseconds; default: `receiveTimeout`. When it runs out, what has come is the
   * answer.
   * @returns the bytes; fewer than `length` at the end of the stream; empty after it.
   * @throws TimeoutError when nothing at all has come in time, the signal's reason; SSLError
   * `ERR_NOT_CONNECTED`, `ERR_CLOSED`, `ERR_FACE_IN_USE`, `ERR_WOULD_BLOCK`; what ended the connection
   * (`ERR_SSL_UNEXPECTED_EOF_WHILE_READING` when the peer ended without close_notify).
   */
  receive(length: number = -1, options?: WaitOptions | number): Promise<Buffer> {
    const given = typeof options === 'number' ? undefined : options;
    return this.#receive(length, given, this.receiveTimeout, -1);
  }

  /**
   * Receives so many bytes, or up to the end, however long it takes.
   *
   * @param length default: 1024.
   * @throws as `receive`.
   */
  read(length: number = defaultReadSize, options?: WaitOptions): Promise<Buffer> {
    return this.#receive(length, options, 0, undefined);
  }

  /**
   * Says that this side sends no more (SHUT_WR), wants no more (SHUT_RD), or both (SHUT_RDWR). What was
   * written before is sent; what comes and is not wanted is dropped. The other direction stays open.
   *
   * @param how default: SHUT_WR.
   * @throws TimeoutError, the signal's reason; SSLError `ERR_NOT_CONNECTED`, `ERR_CLOSED`; what ended the
   * connection. Stands on SSL_shutdown(3) and shutdown(2).
   */
  async shutdown(how: number = SHUT_WR, options?: ShutdownOptions): Promise<void> {
    const core = this.usable();
    if (how !== SHUT_RD && how !== SHUT_WR && how !== SHUT_RDWR) {
      throw outOfRange('how', 'SHUT_RD, SHUT_WR or SHUT_RDWR', how);
    }
    const { wait = false } = requireOptionsObject(options, 'options');
    core.requireConnection();
    core.shutdownReason = how;
    if (how !== SHUT_WR) core.discard();
    if (how === SHUT_RD) return;
    if (wait && core.reader === 'nobody') this.#choose('pull').incoming.size;
    await within('shutdown', options, async (deadline) => {
      if (!core.ending) {
        const finished = core.when('finished');
        core.end();
        await untilMoment(deadline, finished, core);
      }
      if (wait && !core.ended) await untilMoment(deadline, core.when('ended'), core);
    });
  }

  /**
   * Closes the socket: what was written is sent, then the end. Resolves when that has been handed to the
   * system, also when the peer is gone; may be called again. On a listening socket: calls of `accept` that
   * wait reject with `ERR_CLOSED`, connections that nobody has accepted are closed, and accepted ones live on.
   *
   * @throws TimeoutError (the connection is then reset), the signal's reason (the same).
   */
  async close(options?: CloseOptions): Promise<void> {
    const core = coreOf(this);
    const { abort = false } = requireOptionsObject(options, 'options');
    if (core.state === 'closed') return;
    if (core.native === undefined) return core.giveUp();
    if (abort) return core.native.close(Ending.reset);
    const { native } = core;
    try {
      await within('close', options, async (deadline) => {
        const closed = core.when('closed');
        core.closeWhenSent();
        await deadline.race<void>((resolve) => {
          closed.promise.then(resolve, resolve);
          return closed.cancel;
        });
      });
    } catch (error) {
      native.close(Ending.reset);
      throw error;
    }
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Push face: takes each chunk as it comes, one for each event of the socket. The bytes are the listener's.
   * Reading begins; `null` takes the listener off, and reading stops.
   *
   * @throws SSLError `ERR_FACE_IN_USE` while another face reads, `ERR_NOT_CONNECTED`.
   */
  onData(listener: ((chunk: Buffer) => void) | null): this {
    const taken = requireListener(listener, 'listener');
    const core = this.usable();
    if (taken === undefined) {
      if (core.reader !== 'push') return this;
      core.onData = undefined;
      core.reader = 'nobody';
      core.native?.setReading(false);
      return this;
    }
    this.#choose('push').onData = taken;
    core.native?.capture();
    core.native?.setReading(true);
    return this;
  }

  /** Push face: told once when the peer sends no more; not when the connection fails. */
  onEnd(listener: (() => void) | null): this {
    const taken = requireListener(listener, 'listener');
    const core = taken === undefined ? this.usable() : this.#choose('push');
    if (core.reader !== 'push') return this;
    core.onEnd = taken;
    core.native?.capture();
    return this;
  }

  /**
   * Push face: told when there is room again after a `write` that answered false.
   *
   * @throws SSLError `ERR_FACE_IN_USE` when the socket's `stream` is told.
   */
  onDrain(listener: (() => void) | null): this {
    const taken = requireListener(listener, 'listener');
    const core = this.usable();
    if (core.reader === 'stream') throw faceInUse(core.reader);
    core.onDrain = taken;
    core.native?.capture();
    return this;
  }

  /** Told once when it is over, with what was wrong if anything was. */
  onClose(listener: ((error?: Error) => void) | null): this {
    const core = coreOf(this);
    core.onClose = requireListener(listener, 'listener');
    core.native?.capture();
    return this;
  }

  /**
   * Push face: sends bytes, or text as UTF-8. All of it is taken; the bytes are the caller's again at once.
   *
   * @returns false when it is enough for now (`onDrain` tells when to go on), or when the connection is over.
   * @throws SSLError `ERR_NOT_CONNECTED`, `ERR_WRITE_AFTER_END`; TypeError.
   */
  write(data: Data): boolean {
    return this.usable().write(toData(data, 'data'));
  }

  /** Push face: sends what was written, and that no more will come. When both sides have ended the socket closes. */
  end(data?: Data): this {
    if (data !== undefined) this.write(data);
    this.usable().end();
    return this;
  }

  /** Push face: nothing more is read until `resume`. The peer has to wait when the system's buffers are full. */
  pause(): this {
    const core = this.usable();
    if (core.reader === 'push') core.native?.setReading(false);
    return this;
  }

  /** Push face: reads on. */
  resume(): this {
    const core = this.usable();
    if (core.reader === 'push' && core.onData !== undefined) core.native?.setReading(true);
    return this;
  }

  /** The socket as a Duplex of Node's, made when it is first asked for. It reads, so no other face may. */
  get stream(): SocketStream {
    if (this.#stream !== undefined) return this.#stream;
    const core = this.#choose('stream');
    core.native?.capture();
    this.#stream = SocketStream.of(this, core);
    return this.#stream;
  }

  /**
   * The chunks as they come, up to the end; of a socket that listens, its `connections()`. (TypeScript cannot
   * know which.) Leaving the loop closes nothing.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    if (this.isListening) return yield* this.connections() as AsyncGenerator<never, void, undefined>;
    for (;;) {
      const chunk = await this.receive().catch(endIfClosed);
      if (chunk.length === 0) return;
      yield chunk;
    }
  }

  #choose(reader: Reader): Core {
    const core = this.usable();
    if (core.native === undefined) throw core.unconnected();
    core.requireSecurity();
    if (core.reader === reader || core.reader === 'nobody') {
      core.reader = reader;
      return core;
    }
    throw faceInUse(core.reader);
  }

  // The common case is no async function: its frames would cost more than all else that is done.
  #receive(
    size: number,
    options: WaitOptions | undefined,
    timeout: number,
    whatever: number | undefined,
  ): Promise<Buffer> {
    try {
      if (size !== whatever) requireInteger(size, 'length', 1, maxReadSize);
      const isSimple = options === undefined && timeout === 0 && this.isBlocking;
      if (!isSimple || coreOf(this).state === 'connecting') {
        return this.#receiveInTime(size, options, timeout);
      }
      const { incoming } = this.#choose('pull');
      const there = incoming.waiting > 0 ? undefined : incoming.take(size);
      return there === undefined ? incoming.read(size) : Promise.resolve(there);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #receiveInTime(size: number, options: WaitOptions | undefined, timeout: number): Promise<Buffer> {
    if (options !== undefined) requireOptionsObject(options, 'options');
    if (coreOf(this).state === 'connecting') await this.whenConnected();
    const { incoming } = this.#choose('pull');
    const waits = incoming.waiting > 0;
    const there = waits ? undefined : incoming.take(size);
    if (there !== undefined) return there;
    if (!this.isBlocking) {
      if (incoming.size > 0 && !waits) return incoming.takeRest(size);
      throw wouldBlock('receive');
    }
    const limit = options?.timeout ?? (timeout === 0 ? undefined : timeout);
    return await within('receive', { ...options, timeout: limit }, async (deadline) => {
      return await deadline.race<Buffer>((resolve, reject) => {
        const request = { size, resolve, reject };
        incoming.add(request);
        return () => incoming.withdraw(request, deadline.timedOut);
      });
    });
  }

  #sendWithoutWaiting(core: Core, bytes: Uint8Array, written: boolean): number {
    if (!written) core.take(bytes);
    return bytes.byteLength;
  }

  async #sendFrom(core: Core, source: unknown, options: SendOptions | undefined): Promise<number> {
    core.requireConnection();
    let sent = 0;
    await this.#sending(core, options, async (deadline) => {
      const total = options?.onProgress === undefined ? undefined : await knownSize(source);
      const report = progressOf(options, total);
      for await (const chunk of chunksOf(source, 'data')) {
        await core.outgoing.passAll(chunk, deadline);
        sent += chunk.byteLength;
        report?.(chunk.byteLength);
      }
    });
    return sent;
  }

  // A call that gives up leaves its place to the next one, whatever its source is waiting for.
  async #sending(
    core: Core,
    options: SendOptions | undefined,
    body: (deadline: Deadline | undefined) => Promise<void>,
  ): Promise<void> {
    const timeout = options?.timeout ?? (this.sendTimeout === 0 ? undefined : this.sendTimeout);
    if (core.ending) throw usageError('ERR_WRITE_AFTER_END', 'this side has said that it sends no more');
    if (timeout === undefined && options?.signal === undefined) {
      return await core.outgoing.run(() => body(undefined));
    }
    await within('send', { ...options, timeout }, async (deadline) => {
      await deadline.race<void>((resolve, reject) => {
        let giveUp = (): void => {};
        const givenUp = new Promise<void>((settle) => {
          giveUp = settle;
        });
        const work = async (): Promise<void> => {
          deadline.requireRunning();
          await Promise.race([body(deadline), givenUp]);
        };
        core.outgoing.run(work).then(resolve, reject);
        return giveUp;
      });
    });
  }
}

function faceInUse(reader: Exclude<Reader, 'nobody'>): Error {
  const faces = { pull: 'receive(), read() or iteration', push: 'onData() or onEnd()', stream: 'its stream' };
  return usageError('ERR_FACE_IN_USE', `the socket is read through ${faces[reader]} already`);
}

// Closed by this side: no reason to throw.
function endIfClosed(error: { code?: string }): Buffer {
  if (error.code === 'ERR_CLOSED') return Buffer.alloc(0);
  throw error;
}

function progressOf(
  options: SendOptions | undefined,
  total: number | undefined,
): ((size: number) => void) | undefined {
  const report = options?.onProgress;
  if (report === undefined) return undefined;
  let sent = 0;
  return (size) => {
    sent += size;
    report(sent, total);
  };
}
