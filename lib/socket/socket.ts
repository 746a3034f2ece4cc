import { Socket as NetSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { invalidType } from '../arguments';
import type { NativeSSLContext } from '../native';
import { Core, securedError } from './core';
import { publish } from './diagnostics';
import { readSocketOptions, type SocketOptions } from './options';
import { StreamSocket } from './stream-socket';
import { takeDuplex, takeNetSocket } from './takeover';

/** A plain socket: a TLSSocket without TLS, and what a TLSSocket stands on. */
export class Socket extends StreamSocket {
  /**
   * A socket to be connected, or to listen.
   *
   * @param options see SocketOptions.
   * @throws TypeError and RangeError for wrong options; SSLError `ERR_FEATURE_UNAVAILABLE` in a runtime
   * without sockets (`features.sockets`).
   */
  constructor(options?: SocketOptions) {
    const given: unknown = options;
    const core = given instanceof Core ? given : new Core(readSocketOptions(options));
    super(core);
    core.socket ??= this;
  }

  /** @internal */
  static over(core: Core): Socket {
    return new Socket(core as never);
  }

  /**
   * Takes over a connected net.Socket, or any Duplex of bytes. A net.Socket is emptied of what it has read,
   * and destroyed; its connection lives on here. A Duplex carries this socket's bytes.
   *
   * @throws TypeError; SSLError `ERR_NOT_CONNECTED`.
   */
  static from(socket: NetSocket | Duplex, options?: SocketOptions): Socket {
    if (!(socket instanceof Duplex)) throw invalidType('socket', 'a net.Socket or a Duplex', socket);
    const core = new Core(readSocketOptions(options));
    if (socket instanceof NetSocket) takeNetSocket(core, socket);
    else takeDuplex(core, socket);
    const taken = Socket.over(core);
    publish('connection', core);
    return taken;
  }

  /** @internal */
  protected override usable(): Core {
    const core = super.usable();
    if (!core.secured) return core;
    throw securedError();
  }

  /** @internal */
  protected override async secure(): Promise<void> {}

  /** @internal */
  protected override contextForListening(): NativeSSLContext | undefined {
    return undefined;
  }

  /** @internal */
  protected override wrapAccepted(core: Core): Socket {
    return Socket.over(core);
  }

  /** @internal */
  protected override newCore(): Core {
    return new Core(this.usable().options);
  }
}
