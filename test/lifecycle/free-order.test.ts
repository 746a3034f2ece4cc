// Objects that hang together, freed and taken apart in every order while the others are in use.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type BIO,
  BIO as BIOClass,
  BufferBIO,
  MemoryBIO,
  SSL,
  SSLBIO,
  type SSLContext,
  SSLError,
} from 'bladessl';
import { shake, tlsLinks, tlsPair } from '../helpers/chains';
import { carry, connected, ends, pump } from '../helpers/handshake';
import { clientContext, only, serverContext } from '../helpers/identities';
import { ordersOf } from '../helpers/orders';

const client = only(clientContext(), 'TLSv1.3');
const server = serverContext();

/** A call that may fail for want of what has been freed, but in no other way. */
function tryOut(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof SSLError, String(error));
  }
}

function useSsl(ssl: SSL): void {
  for (const call of [
    () => ssl.doHandshake(),
    () => ssl.write('x'),
    () => ssl.read(),
    () => ssl.shutdown(),
    () => ssl.rbio?.pending,
    () => ssl.context.verifyMode,
  ]) {
    tryOut(call);
  }
  assert.equal(typeof ssl.stateString, 'string');
}

function useBio(bio: BIO): void {
  for (const call of [() => bio.write('x'), () => bio.read(), () => bio.flush(), () => bio.doHandshake()]) {
    tryOut(call);
  }
  assert.ok(bio.pending >= 0);
  assert.ok(bio.wpending >= 0);
}

function use(object: SSL | BIO | SSLContext): void {
  if (object instanceof SSL) useSsl(object);
  else if (object instanceof BIOClass) useBio(object);
  else tryOut(() => new SSL(object));
}

type Things = readonly (SSL | BIO | SSLContext)[];

/** Frees the things in each order; before it and after each step the others are used. */
function freeInEveryOrder(make: () => Things): number {
  let orders = 0;
  for (const order of ordersOf(make().map((_, index) => index))) {
    const things = make();
    for (const index of order) {
      const thing = things[index] as Things[number];
      thing.free();
      thing.free();
      assert.equal(thing.freed, true);
      assert.throws(() => thing.getPointer(), { code: 'ERR_FREED' });
      for (const other of things) if (!other.freed) use(other);
    }
    orders++;
  }
  return orders;
}

const contexts = () => [only(clientContext(), 'TLSv1.2'), serverContext()] as const;

function conversation(steps: number): Things {
  const [clientSide, serverSide] = contexts();
  const joined = ends(clientSide, serverSide, { transport: 'pair' });
  for (let i = 0; i < steps; i++) {
    joined.client.doHandshake();
    joined.server.doHandshake();
  }
  const pair = [joined.client.rbio, joined.server.rbio] as BIO[];
  return [clientSide, serverSide, joined.client, joined.server, ...pair];
}

for (const [steps, state] of [
  [0, 'before the handshake'],
  [1, 'in the middle of the handshake'],
  [3, 'after the handshake'],
] as const) {
  test(`contexts, SSLs and the ends of their pair may be freed in every order ${state}`, () => {
    assert.equal(
      freeInEveryOrder(() => conversation(steps)),
      720,
    );
  });
}

test('a read and a write BIO of one SSL may be freed in every order', () => {
  const make = () => {
    const ssl = new SSL(client);
    const [read, write] = [new MemoryBIO(), new MemoryBIO()];
    ssl.setBio(read, write);
    ssl.doHandshake();
    return [ssl, read, write, new SSLBIO(ssl)];
  };
  assert.equal(freeInEveryOrder(make), 24);
});

/** SSL link, buffer and an end of a pair; the other side is a raw SSL on the other end. */
function chain(steps: number, t: Parameters<typeof tlsPair>[0]) {
  const { client: head } = tlsLinks(t, { client, server });
  head.ssl.verifyName = 'localhost';
  const [near, far] = BIOClass.pair();
  const buffer = new BufferBIO();
  head.push(buffer).push(near);
  const peer = new SSL(server).setBio(far);
  for (let i = 0; i < steps; i++) {
    head.doHandshake();
    head.flush();
    peer.doHandshake();
  }
  return { head, buffer, near, far, peer };
}

for (const steps of [0, 1, 3]) {
  test(`the links of a chain may be freed in every order after ${steps} steps of the handshake`, (t) => {
    const make = () => {
      const { head, buffer, near, far, peer } = chain(steps, t);
      return [head, head.ssl, buffer, near, far, peer];
    };
    assert.equal(freeInEveryOrder(make), 720);
  });
}

test('links may be taken out in every order, and are whole', () => {
  for (const order of ordersOf([0, 1, 2, 3])) {
    const links = [new BufferBIO(), new BufferBIO(), new BufferBIO(), new MemoryBIO('content')] as const;
    links[0].push(links[1]).push(links[2]).push(links[3]);
    const left: BIO[] = [...links];
    for (const index of order) {
      const link = links[index] as BIO;
      const at = left.indexOf(link);
      assert.equal(link.pop(), left[at + 1]);
      left.splice(at, 1);
      assert.equal(link.next, undefined);
      for (const [place, other] of left.entries()) assert.equal(other.next, left[place + 1]);
    }
    assert.equal(links[3].read()?.toString(), 'content');
    for (const link of links) link.free();
  }
});

test('a connection goes on through a link that takes another one’s place', (t) => {
  const { client: near, server: far } = tlsPair(t, { client, server });
  const [transport, buffer] = [near.next as BIO, new BufferBIO()];
  assert.equal(near.pop(), transport);
  near.push(buffer).push(transport);
  near.write('through a buffer');
  near.flush();
  assert.equal(far.read()?.toString(), 'through a buffer');
  assert.equal(buffer.pop(), transport);
  buffer.free();
  assert.equal(near.next, transport);
  near.write('and without');
  assert.equal(far.read()?.toString(), 'and without');
});

test('the transport may be taken away and given back in the middle of a handshake', (t) => {
  const { client: near, server: far } = tlsLinks(t, { client, server });
  near.ssl.verifyName = 'localhost';
  const [nearEnd, farEnd] = BIOClass.pair();
  near.push(nearEnd);
  far.push(farEnd);
  assert.equal(near.doHandshake(), -1);
  assert.equal(near.pop(), nearEnd);
  near.push(nearEnd);
  assert.equal(far.doHandshake(), -1);
  assert.equal(far.pop(), farEnd);
  far.push(farEnd);
  shake(near, far);
  near.write('x');
  assert.equal(far.read()?.toString(), 'x');
});

test('an SSL may change its transport between two handshake steps, also under a link of a chain', () => {
  const { client: near, server: far } = ends(client, server, { transport: 'memory' });
  near.doHandshake();
  const [toServer, toClient] = [near.wbio as BIO, near.rbio as BIO];
  const above = new BufferBIO().push(toServer);
  toServer.pop();
  assert.equal(above.next, undefined);
  near.setBio(undefined);
  near.setBio(toClient, toServer);
  for (let i = 0; i < 3; i++) {
    far.doHandshake();
    near.doHandshake();
  }
  assert.equal(carry(near, far, 'x'), 'x');
});

test('pop on a BIO that is in no chain changes nothing for the SSL that writes to it', () => {
  const { client: near, server: far } = ends(client, server, { transport: 'memory' });
  for (let i = 0; i < 3; i++) {
    near.doHandshake();
    assert.equal((near.wbio as BIO).pop(), undefined);
    far.doHandshake();
    assert.equal((far.wbio as BIO).pop(), undefined);
  }
  assert.deepEqual([near.isInitFinished, far.isInitFinished], [true, true]);
  assert.equal(carry(near, far, 'x'), 'x');
});

test('freed SSLs leave their BIOs to others', () => {
  const first = connected(client, server, { transport: 'memory' });
  const [toClient, toServer] = [first.client.rbio as BIO, first.client.wbio as BIO];
  first.client.free();
  first.server.free();
  toClient.read(65536);
  const [near, far] = [
    new SSL(client).setBio(toClient, toServer),
    new SSL(server).setBio(toServer, toClient),
  ];
  assert.deepEqual(pump(near, far), {
    client: near,
    server: far,
    clientError: undefined,
    serverError: undefined,
  });
  assert.equal(carry(near, far, 'x'), 'x');
});
