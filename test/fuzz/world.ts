// What the random caller plays with: a bounded number of objects of all public classes, made with
// arguments that are right as often as not.

import { closeSync, openSync } from 'node:fs';
import * as bladessl from 'bladessl';
import { localhost, someone } from '../helpers/identities';
import { hostileValue, listOf } from './hostile-values';
import type { Random } from './random';

const slotCount = 48;

/** Two SSLs that are joined, for talk that gets further than a random call would. */
export interface Conversation {
  readonly client: bladessl.SSL;
  readonly server: bladessl.SSL;
}

/** The objects of one run. */
export class World {
  readonly conversations: Conversation[] = [];
  readonly #slots: unknown[] = [];
  // Never closed, and of nobody else: what is called on it is a refusal or the end.
  readonly #sharedFd = openSync('/dev/null', 'r+');

  /** Puts an object in a slot; what was there goes to the garbage collector. */
  keep<T>(random: Random, object: T): T {
    this.#slots[random.below(slotCount)] = object;
    return object;
  }

  /** An object of a class; undefined when there is none near the place where it is looked for. */
  find<T>(random: Random, type: abstract new (...args: never[]) => T): T | undefined {
    const start = random.below(slotCount);
    for (let i = 0; i < slotCount; i++) {
      const object = this.#slots[(start + i) % slotCount];
      if (object instanceof type) return object;
    }
    return undefined;
  }

  /** Any object, if there is one in the slot. */
  any(random: Random): object | undefined {
    return this.#slots[random.below(slotCount)] as object | undefined;
  }

  /** An object of a class, or now and then something else. */
  like<T>(random: Random, type: abstract new (...args: never[]) => T): unknown {
    return random.chance(0.9) ? this.find(random, type) : this.hostile(random);
  }

  hostile(random: Random): unknown {
    return hostileValue(random, () => this.any(random));
  }

  /** Carries out `use` with a descriptor that stays ours. */
  withSharedDescriptor<T>(use: (fd: number) => T): T {
    return use(this.#sharedFd);
  }

  /** Carries out `use` with a descriptor and the flag that says who closes it. */
  withDescriptor<T>(random: Random, use: (fd: number, close: bladessl.CloseFlag) => T): T {
    if (random.chance(0.5)) return use(this.#sharedFd, bladessl.BIO_NOCLOSE);
    const fd = openSync('own-file', 'w+');
    try {
      return use(fd, bladessl.BIO_CLOSE);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Makes an object; throws what its constructor throws. */
  create(random: Random): object {
    return this.keep(random, random.pick(makers)(this, random));
  }
}

type Maker = (world: World, random: Random) => object;

const contextClasses = [
  bladessl.TLSContext,
  bladessl.TLSClientContext,
  bladessl.TLSServerContext,
  bladessl.SSLv23Context,
] as const;

/** The members of a BIO that would block on a descriptor that blocks find none. */
function nonBlocking<T extends bladessl.BIO>(bio: T): T {
  return bio.setNonBlocking();
}

const names = ['127.0.0.1:0', ':0', 'localhost:0', '127.0.0.1', '[::1]:0', '', 'a\0b', '::::'];

const makers: readonly Maker[] = [
  (_, random) => new (random.pick(contextClasses))(),
  () => new bladessl.TLSClientContext().addCA(localhost.certificate),
  () =>
    new bladessl.TLSServerContext().useCertificate(localhost.certificate).usePrivateKey(localhost.privateKey),
  (world, random) => new bladessl.SSL(world.like(random, bladessl.SSLContext) as bladessl.SSLContext),
  () => new bladessl.MemoryBIO(),
  (world, random) => new bladessl.MemoryBIO(world.hostile(random) as string),
  (_, random) => new bladessl.BufferBIO(random.pick([1, 100, 4096, 70_000, 0, -1, Number.NaN, undefined])),
  () => new bladessl.NullBIO(),
  (world, random) => {
    const [first, second] = bladessl.BIO.pair(
      ...random.pick(listOf<[number?, number?]>([], [1, 2], [100], [0])),
    );
    world.keep(random, first);
    return second;
  },
  (_, random) =>
    new bladessl.FileBIO(random.pick(['file', 'none/file', '', 'a\0']), random.pick(['r', 'w+', 'a', 'x'])),
  (world, random) => world.withDescriptor(random, (fd, close) => new bladessl.FdBIO(fd, close)),
  (world, random) => world.withDescriptor(random, (fd, close) => new bladessl.SocketBIO(fd, close)),
  (world, random) => {
    const from = random.chance(0.5) ? bladessl.SSLContext : bladessl.SSL;
    const server = random.pick([undefined, false, true]);
    return new bladessl.SSLBIO(world.like<unknown>(random, from) as bladessl.SSL, { server });
  },
  (_, random) => nonBlocking(new bladessl.ConnectBIO(random.pick(names))),
  (_, random) => nonBlocking(new bladessl.AcceptBIO(random.pick(names))),
  (_, random) => new bladessl.BIO(random.pick(plainMethods)),
  () => nonBlocking(new bladessl.BIO(bladessl.BIO_s_connect)),
  () => nonBlocking(new bladessl.BIO(bladessl.BIO_s_accept)),
  () => new bladessl.Certificate(someone.certificate.pem),
  (world, random) => new bladessl.Certificate(world.hostile(random) as string),
  () => new bladessl.PrivateKey(localhost.privateKey.raw),
  (world, random) =>
    new bladessl.PrivateKey(world.hostile(random) as string, world.hostile(random) as string),
  (_, random) =>
    bladessl.Certificate.generate({ commonName: 'x', key: random.pick(['ec', 'ed25519']) }).certificate,
];

const plainMethods = [
  bladessl.BIO_s_mem,
  bladessl.BIO_s_bio,
  bladessl.BIO_s_socket,
  bladessl.BIO_s_fd,
  bladessl.BIO_s_file,
  bladessl.BIO_s_null,
  bladessl.BIO_f_ssl,
  bladessl.BIO_f_buffer,
] as const;
