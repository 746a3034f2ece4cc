// What the random caller plays with: a bounded number of objects of all public classes, and what they need
// of the system.

import { openSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket as NetSocket, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import * as bladessl from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { hostileValue, oddValue } from './hostile-values';
import type { Random } from './random';
import type { Class, Constructor, Model } from './typings';

const slotCount = 64;
const sharedCount = 24;

/** The objects of one run. */
export class World {
  readonly classes: ReadonlyMap<string, Class>;
  readonly #byPrototype: ReadonlyMap<object, Class>;
  readonly #slots: (object | undefined)[] = [];
  readonly #seen: WeakRef<object>[] = [];
  /** Told of what has lost its slot. */
  retire: (object: object, random: Random) => void = () => {};

  /** Never closed, and of nobody else: what is called on it is a refusal or the end. */
  readonly sharedFd = openSync('/dev/null', 'r+');
  readonly sessions: Buffer[] = [];
  readonly #netServer: Server;
  readonly #netSockets: NetSocket[] = [];
  readonly #duplexes: Duplex[] = [];
  readonly #files: FileHandle[] = [];

  private constructor(model: Model, netServer: Server) {
    this.classes = new Map(model.classes.map((one) => [one.name, one]));
    this.#byPrototype = new Map(model.classes.map((one) => [one.type.prototype as object, one]));
    this.#netServer = netServer;
    netServer.on('connection', (socket) => this.#share(this.#netSockets, quiet(socket)));
    writeFileSync('file', 'a file\n'.repeat(1000));
  }

  /** A world in the current directory. */
  static async create(model: Model): Promise<World> {
    const netServer = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await new Promise<void>((resolve) => netServer.once('listening', resolve));
    const world = new World(model, netServer);
    await world.refill();
    return world;
  }

  /** Puts an object in a slot; what was there is retired. */
  keep<T extends object>(random: Random, object: T): T {
    const slot = random.below(slotCount);
    const before = this.#slots[slot];
    this.#slots[slot] = object;
    this.#seen.push(new WeakRef(object));
    // As of any stream: an 'error' that nobody listens to ends the process.
    if (object instanceof bladessl.SocketStream && object.listenerCount('error') === 0) quiet(object);
    if (before !== undefined && !this.#slots.includes(before)) this.retire(before, random);
    return object;
  }

  /** Keeps what a call has handed out, if it is of the package. */
  adopt(random: Random, value: unknown): void {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    if (this.classOf(value) !== undefined) this.keep(random, value);
    else if (Array.isArray(value)) for (const item of value.slice(0, 4)) this.adopt(random, item);
    else if (Object.getPrototypeOf(value) === Object.prototype) this.adopt(random, Object.values(value));
  }

  /** The public class of an object. */
  classOf(object: object): Class | undefined {
    return this.#byPrototype.get(Object.getPrototypeOf(object));
  }

  /** An object of a class; undefined when there is none. */
  find<T>(
    random: Random,
    type: abstract new (...args: never[]) => T,
    fits: (object: T) => boolean = () => true,
  ): T | undefined {
    const start = random.below(slotCount);
    for (let i = 0; i < slotCount; i++) {
      const object = this.#slots[(start + i) % slotCount];
      if (object instanceof type && fits(object)) return object;
    }
    return undefined;
  }

  /** An object of a class, by the name of the class. */
  instance(random: Random, name: string): object | undefined {
    return this.find(random, this.classes.get(name)?.type as Constructor);
  }

  /** Any object, if there is one in the slot. */
  any(random: Random): object | undefined {
    return this.#slots[random.below(slotCount)];
  }

  hostile(random: Random): unknown {
    return hostileValue(random, () => this.any(random));
  }

  /** The same where numbers and texts could reach what is not the caller's. */
  odd(random: Random): unknown {
    return oddValue(random, () => this.any(random));
  }

  /** All objects that are still there, also those without a slot. */
  *everything(): Generator<object> {
    for (const reference of this.#seen) {
      const object = reference.deref();
      if (object !== undefined) yield object;
    }
  }

  /** A port of this world that somebody listens on, or none. */
  port(random: Random): number {
    const listener =
      this.find(random, bladessl.Socket, isListening) ?? this.find(random, bladessl.TLSSocket, isListening);
    if (listener !== undefined && random.chance(0.8)) return listener.port;
    return random.chance(0.5) ? this.#netPort : 1;
  }

  /** A socket of Node's: one that a server has taken, or one that is being connected. */
  netSocket(random: Random): NetSocket {
    const taken = this.#netSockets[random.below(sharedCount)];
    if (taken !== undefined && random.chance(0.7)) return taken;
    return this.#share(
      this.#netSockets,
      quiet(connect({ port: this.#netPort, host: '127.0.0.1', allowHalfOpen: true })),
    );
  }

  /** One end of a stream; the other may be asked for later. */
  duplex(random: Random): Duplex {
    const other = this.#duplexes[random.below(sharedCount)];
    if (other !== undefined && random.chance(0.4)) return other;
    const [one, two] = duplexPair();
    this.#share(this.#duplexes, quiet(two));
    return quiet(one);
  }

  /** An open file; it may have been closed. */
  file(random: Random): FileHandle {
    return random.pick(this.#files);
  }

  /** Opens files in place of those that were closed. */
  async refill(): Promise<void> {
    for (let i = 0; i < 3; i++) if ((this.#files[i]?.fd ?? -1) < 0) this.#files[i] = await open('file', 'r+');
  }

  /** Ends what is Node's. */
  end(): void {
    this.#netServer.close();
    for (const stream of [...this.#netSockets, ...this.#duplexes]) stream.destroy();
  }

  get #netPort(): number {
    return (this.#netServer.address() as AddressInfo).port;
  }

  /** At most so many of a kind: the oldest goes. */
  #share<T extends Duplex>(list: T[], item: T): T {
    list.push(item);
    if (list.length > sharedCount) list.shift()?.destroy();
    return item;
  }
}

// What looks like a socket may be none.
function isListening(socket: bladessl.Socket | bladessl.TLSSocket): boolean {
  try {
    return socket.isListening;
  } catch {
    return false;
  }
}

function quiet<T extends Duplex>(stream: T): T {
  return stream.on('error', () => {});
}
