// Every order in which the objects of a chain can be freed or collected: what is left goes on as long as it
// can, says so when it cannot, and nothing is left over at the end.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BIO, BufferBIO, MemoryBIO, SSL, SSLBIO, SSLError } from 'bladessl';
import { linksOf, shake } from '../helpers/chains';
import { collect, Doomed } from '../helpers/gc';
import { clientContext, serverContext } from '../helpers/identities';
import { ordersOf } from '../helpers/orders';

interface Part {
  readonly freed: boolean;
  free(): void;
}

/** Objects that have to do with each other. The first one is what texts go through. */
interface World {
  readonly parts: Record<string, Part>;
  /** The parts that texts do not get through without. */
  readonly needed: readonly string[];
  /** The part that goes with the first one when that is freed. */
  readonly owned?: string;
  /** Sends a text through the first part and returns what arrives. */
  readonly carry: (head: Part, text: string) => string | undefined;
}

const peers = serverContext();
const ours = clientContext();

/** An SSL of the other side, which alone keeps its end of the pair. */
function peerOf(far: BIO): SSL {
  const peer = new SSL(peers).setAcceptState().setBio(far);
  far.free();
  return peer;
}

/** Goes on with a handshake in memory until both sides are done. */
function shakeWith(chain: BIO, peer: SSL | BIO): void {
  for (let done = false; !done; )
    done = [chain.doHandshake(), peer.doHandshake()].every((answer) => answer === 1);
}

function namedSSL(): SSL {
  const ssl = new SSL(ours).setConnectState();
  ssl.verifyName = 'localhost';
  return ssl;
}

function through(peer: SSL | BIO): World['carry'] {
  return (head, text) => {
    (head as BIO).write(text);
    (head as BIO).flush();
    return peer.read()?.toString();
  };
}

const worlds: Record<string, () => World> = {
  'two buffers on memory': () => {
    const [one, two, three] = [new BufferBIO(), new BufferBIO(), new MemoryBIO()];
    one.push(two).push(three);
    const carry: World['carry'] = (head, text) => {
      (head as BIO).write(text);
      (head as BIO).flush();
      return (head as BIO).read()?.toString() || undefined;
    };
    return { parts: { one, two, three }, needed: ['three'], carry };
  },
  'an SSL link that owns its SSL, on a buffer, on a pair': () => {
    const [end, far] = BIO.pair();
    const buffer = new BufferBIO();
    const link = new SSLBIO(ours).push(buffer).push(end);
    const { ssl } = link;
    ssl.verifyName = 'localhost';
    const peer = peerOf(far);
    shakeWith(link, peer);
    return { parts: { link, buffer, end, ssl }, needed: ['end'], owned: 'ssl', carry: through(peer) };
  },
  "an SSL link with the caller's SSL, on a buffer, on a pair": () => {
    const [end, far] = BIO.pair();
    const buffer = new BufferBIO();
    const ssl = namedSSL();
    const link = new SSLBIO(ssl).push(buffer).push(end);
    const peer = peerOf(far);
    shakeWith(link, peer);
    return { parts: { link, ssl, buffer, end }, needed: ['end'], carry: through(peer) };
  },
  'TLS in TLS, on a pair': () => {
    const [end, far] = BIO.pair();
    const [inner, outer] = [new SSLBIO(namedSSL()), new SSLBIO(namedSSL())];
    const link = inner.push(outer).push(end);
    const peer = new SSLBIO(peers).push(new SSLBIO(peers)).push(far);
    shake(outer, peer.next as BIO);
    shakeWith(link, peer);
    return { parts: { link, outer, end, ssl: outer.ssl }, needed: ['outer', 'end'], carry: through(peer) };
  },
  'an SSL on a chain to read from and another to write to': () => {
    const context = clientContext();
    const ssl = new SSL(context).setConnectState();
    ssl.verifyName = 'localhost';
    const [up, down] = [new MemoryBIO(), new MemoryBIO()];
    const peer = new SSL(peers).setAcceptState().setBio(up, down);
    ssl.setBio(down, up);
    for (let done = false; !done; )
      done = [ssl.doHandshake(), peer.doHandshake()].every((answer) => answer === 1);
    const carry: World['carry'] = (head, text) => {
      (head as SSL).write(text);
      return peer.read()?.toString();
    };
    return { parts: { ssl, up, down, context }, needed: [], carry };
  },
};

/** A world and what is to be done with it, step by step. */
class Course {
  readonly #world: World;
  readonly #parts: Map<string, Part>;
  readonly #names = new WeakMap<Part, string>();
  readonly #freed = new Set<string>();
  readonly #steps: readonly (readonly [name: string, frees: boolean])[];
  readonly #head: string;

  constructor(make: () => World, order: readonly number[], frees: number, doomed: Doomed) {
    this.#world = make();
    const names = Object.keys(this.#world.parts);
    this.#head = names[0] as string;
    this.#parts = new Map(Object.entries(this.#world.parts));
    for (const [name, part] of this.#parts) this.#names.set(doomed.add(part), name);
    this.#steps = order.map((index) => [names[index] as string, ((frees >> index) & 1) === 1]);
    for (const name of names) delete this.#world.parts[name];
  }

  /** Frees the part whose turn it is, or drops it. */
  step(turn: number): void {
    const [name, frees] = this.#steps[turn] as readonly [string, boolean];
    const part = this.#parts.get(name);
    this.#parts.delete(name);
    if (!frees) return;
    part?.free();
    this.#freed.add(name);
    const { owned } = this.#world;
    if (name !== this.#head || owned === undefined) return;
    assert.notEqual(this.#parts.get(owned)?.freed, false);
    this.#parts.delete(owned);
  }

  /** Looks at all that is left. */
  check(): void {
    for (const part of this.#parts.values()) {
      assert.equal(part.freed, false);
      if (part instanceof BIO) this.#checkLinks(part);
    }
    const head = this.#parts.get(this.#head);
    if (head === undefined) return;
    if (!this.#world.needed.some((name) => this.#freed.has(name))) {
      assert.equal(this.#world.carry(head, 'text'), 'text');
      return;
    }
    try {
      assert.equal(this.#world.carry(head, 'text'), undefined);
    } catch (error) {
      assert.ok(error instanceof SSLError, String(error));
    }
  }

  #checkLinks(part: BIO): void {
    for (const link of linksOf(part)) {
      assert.ok(!this.#freed.has(this.#names.get(link) ?? ''));
      assert.equal(link.freed, false);
    }
  }

  toString(): string {
    return this.#steps.map(([name, frees]) => `${frees ? 'free' : 'drop'} ${name}`).join(', ');
  }
}

/** All the courses that a world can take. */
function coursesOf(make: () => World, doomed: Doomed): Course[] {
  const count = Object.keys(make().parts).length;
  return [...ordersOf([...Array(count).keys()])].flatMap((order) =>
    Array.from({ length: 2 ** count }, (_, frees) => new Course(make, order, frees, doomed)),
  );
}

async function run(courses: Course[], steps: number): Promise<void> {
  for (let turn = 0; turn < steps; turn++) {
    for (const course of courses) course.step(turn);
    await collect();
    for (const course of courses) {
      try {
        course.check();
      } catch (error) {
        throw new Error(`after step ${turn + 1} of: ${course}`, { cause: error });
      }
    }
  }
}

suite('freed and collected in every order', () => {
  for (const [name, make] of Object.entries(worlds)) {
    test(name, async () => {
      const doomed = new Doomed();
      const steps = Object.keys(make().parts).length;
      await run(coursesOf(make, doomed), steps);
      await doomed.gone();
    });
  }
});
