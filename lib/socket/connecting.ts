// Making a connection: every address of a name, by Happy Eyeballs, each with a socket of its own.

import { AF_UNIX } from '../constants';
import type { Deadline } from '../deadline';
import { native } from '../native';
import {
  Ending,
  type NativeConnection,
  type NativeDescriptor,
  SocketEvent,
  type SocketOwner,
} from '../native-socket';
import { addressesOf, type Endpoint, familyOf } from './endpoints';
import { interleave, raceAddresses } from './racing';

/** Makes the socket for an address; the options that were asked for are set on it. */
export type OpenDescriptor = (family: number) => NativeDescriptor;

/** One attempt, which owns its connection until somebody else does. */
class Attempt implements SocketOwner {
  readonly #connection: NativeConnection;
  #settle: { resolve: (connection: NativeConnection) => void; reject: (error: unknown) => void } | undefined;

  constructor(descriptor: NativeDescriptor) {
    this.#connection = native.newSocketConnection(descriptor);
    this.#connection.own(this);
  }

  run(address: string, port: number | undefined, signal: AbortSignal): Promise<NativeConnection> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      const abort = (): void => this.#end(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        this.#connection.connect(address, port);
      } catch (error) {
        this.#end(error);
      }
    });
  }

  happened(event: SocketEvent, error: unknown): void {
    if (event === SocketEvent.connected) this.#settle?.resolve(this.#connection);
    if (event === SocketEvent.closed) this.#settle?.reject(error);
    this.#settle = undefined;
  }

  #end(error: unknown): void {
    if (this.#settle === undefined) return;
    this.#settle.reject(error);
    this.#settle = undefined;
    this.#connection.close(Ending.now);
  }
}

/** A connection to an endpoint: the first address that answers. */
export async function makeConnection(
  endpoint: Endpoint,
  family: number,
  open: OpenDescriptor,
  deadline: Deadline,
): Promise<NativeConnection> {
  const stop = new AbortController();
  const reach = async (): Promise<NativeConnection> => {
    if (endpoint.kind === 'unix') {
      return await new Attempt(open(AF_UNIX)).run(endpoint.path, undefined, stop.signal);
    }
    const addresses = interleave(await addressesOf(endpoint.host, family, deadline));
    const tryOne = (address: string, signal: AbortSignal): Promise<NativeConnection> =>
      new Attempt(open(familyOf(address))).run(address, endpoint.port, signal);
    return await raceAddresses(addresses, tryOne, (loser) => loser.close(Ending.now), {
      signal: stop.signal,
    });
  };
  return await deadline.race<NativeConnection>((resolve, reject) => {
    let over = false;
    reach().then((connection) => (over ? connection.close(Ending.now) : resolve(connection)), reject);
    return () => {
      over = true;
      stop.abort();
    };
  });
}
