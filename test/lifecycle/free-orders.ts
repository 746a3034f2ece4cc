// Objects that hang together, and their destruction in every order while the others are in use.

import assert from 'node:assert/strict';
import { BIO, BufferBIO, MemoryBIO, SSL, SSLBIO, type SSLContext, SSLError } from 'bladessl';
import { ends } from '../helpers/handshake';
import { clientContext, only, serverContext } from '../helpers/identities';
import { ordersOf } from '../helpers/orders';

/** What can be freed. */
export type Thing = SSL | BIO | SSLContext;

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

function use(thing: Thing): void {
  if (thing instanceof SSL) useSsl(thing);
  else if (thing instanceof BIO) useBio(thing);
  else tryOut(() => new SSL(thing));
}

function freeInOrder(things: readonly Thing[]): void {
  for (const thing of things) {
    thing.free();
    thing.free();
    assert.equal(thing.freed, true);
    assert.throws(() => thing.getPointer(), { code: 'ERR_FREED' });
    for (const other of things) if (!other.freed) use(other);
  }
}

/**
 * Frees things in each order, or in each `stride`th of all orders; after each step the others are used.
 *
 * @returns how many orders there were.
 */
export function freeInOrders(make: () => readonly Thing[], stride = 1): number {
  let seen = 0;
  let done = 0;
  for (const order of ordersOf(make().map((_, index) => index))) {
    if (seen++ % stride !== 0) continue;
    const things = make();
    freeInOrder(order.map((index) => things[index] as Thing));
    done++;
  }
  return done;
}

/** Contexts, SSLs and their pair, some steps into the handshake of TLS 1.2: 3 complete it. */
export function conversation(steps: number): Thing[] {
  const [clientSide, serverSide] = [only(clientContext(), 'TLSv1.2'), serverContext()];
  const { client, server } = ends(clientSide, serverSide, { transport: 'pair' });
  for (let i = 0; i < steps; i++) {
    client.doHandshake();
    server.doHandshake();
  }
  return [clientSide, serverSide, client, server, client.rbio as BIO, server.rbio as BIO];
}

/** An SSL with a BIO for each direction, in an SSL link, in the middle of its handshake. */
export function twoWays(): Thing[] {
  const ssl = new SSL(clientContext());
  const [read, write] = [new MemoryBIO(), new MemoryBIO()];
  ssl.setBio(read, write);
  ssl.doHandshake();
  return [ssl, read, write, new SSLBIO(ssl)];
}

/** SSL link, buffer and one end of a pair, and an SSL on the other end; steps as for `conversation`. */
export function chain(steps: number): Thing[] {
  const head = new SSLBIO(clientContext());
  head.ssl.verifyName = 'localhost';
  const [near, far] = BIO.pair();
  const buffer = new BufferBIO();
  head.push(buffer).push(near);
  const peer = new SSL(serverContext()).setBio(far);
  for (let i = 0; i < steps; i++) {
    head.doHandshake();
    head.flush();
    peer.doHandshake();
  }
  return [head, head.ssl, buffer, near, far, peer];
}
