// The garbage collector: it takes all that nobody refers to, with the memory behind it, and nothing else.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  AcceptBIO,
  BIO,
  BIO_s_mem,
  BufferBIO,
  Certificate,
  ConnectBIO,
  MemoryBIO,
  NullBIO,
  PrivateKey,
  SocketBIO,
  SSL,
  SSLBIO,
  type SSLContext,
  TLSContext,
} from 'bladessl';
import { tlsPair } from '../helpers/chains';
import { collect, collectGarbage, Doomed } from '../helpers/gc';
import { carry, connected, ends, join } from '../helpers/handshake';
import { clientContext, localhost, serverContext } from '../helpers/identities';
import { ordersOf } from '../helpers/orders';

/** One object of each class, some in use and some not. */
function oneOfEach(): object[] {
  const { client, server } = connected(clientContext(), serverContext(), { transport: 'pair' });
  return [
    ...[new TLSContext(), client, server, client.context, server.context, new SSL(client.context)],
    ...[client.rbio, server.rbio, ...BIO.pair(), new BIO(BIO_s_mem), new SSLBIO(clientContext())],
    ...[new MemoryBIO('data'), new NullBIO(), new SocketBIO(0), new BufferBIO().push(new MemoryBIO())],
    ...[new ConnectBIO('127.0.0.1:1'), new AcceptBIO('127.0.0.1:0')],
    ...[new Certificate(localhost.certificate.raw), new PrivateKey(localhost.privateKey.raw)],
    client.peerCertificate as Certificate,
  ] as object[];
}

test('objects of every class are collected', async () => {
  const doomed = new Doomed();
  const kept = Array.from({ length: 10 }, () => oneOfEach().map((object) => doomed.add(object)));
  await collect();
  assert.equal(doomed.alive, kept.flat().length);
  kept.splice(0);
  await doomed.gone();
});

/** Drops the parts of a conversation in an order; what is left is used after each collection. */
async function dropInOrder(order: readonly string[], doomed: Doomed): Promise<void> {
  const { client, server } = ends(clientContext(), serverContext(), { transport: 'pair' });
  const things = new Map<string, SSL | BIO | SSLContext>([
    ['client', doomed.add(client)],
    ['server', doomed.add(server)],
    ['end', doomed.add(client.rbio as BIO)],
    ['context', doomed.add(server.context)],
  ]);
  for (const name of order) {
    things.delete(name);
    await collect();
    for (const thing of things.values()) {
      if (thing instanceof SSL) thing.doHandshake();
      else if (thing instanceof BIO) assert.ok(thing.pending >= 0);
      else assert.equal(new SSL(thing).role, 'server');
    }
  }
}

test('references may be dropped in every order, with a collection after each', async () => {
  const doomed = new Doomed();
  for (const order of ordersOf(['client', 'server', 'end', 'context'])) await dropInOrder(order, doomed);
  await doomed.gone();
});

test('an SSL keeps its context and its transport', async () => {
  const { client, server } = ends(clientContext(), serverContext(), { transport: 'memory' });
  for (let step = 0; step < 3; step++) {
    await collect();
    client.doHandshake();
    await collect();
    server.doHandshake();
  }
  assert.equal(carry(client, server, 'x'), 'x');
});

/** What stays referenced of a connected chain, and the SSL at its other side. */
async function reduced<Kept>(keep: (head: SSLBIO, buffer: BIO) => Kept): Promise<{ kept: Kept; peer: SSL }> {
  const { client, server } = connected(clientContext(), serverContext(), { transport: 'pair' });
  const transport = client.rbio as BIO;
  client.setBio(undefined);
  const head = new SSLBIO(client).push(new BufferBIO()).push(transport);
  const kept = keep(head, head.next as BIO);
  await collect();
  return { kept, peer: server };
}

function writeThrough(head: BIO | undefined, peer: SSL): void {
  head?.write('ping');
  head?.flush();
  assert.equal(peer.read()?.toString(), 'ping');
}

test('a chain stays whole as long as its head is referenced', async () => {
  const { kept, peer } = await reduced((head) => head);
  writeThrough(kept, peer);
});

test('a chain stays whole as long as its SSL is referenced', async () => {
  const { kept, peer } = await reduced((head) => head.ssl);
  await collect();
  kept.write('ping');
  (kept.rbio as BIO).flush();
  assert.equal(peer.read()?.toString(), 'ping');
});

test('a link in the middle keeps what is above it, until it is taken out', async () => {
  const doomed = new Doomed();
  const build = (): BIO => {
    const middle = new BufferBIO();
    doomed.add(new BufferBIO()).push(middle).push(new MemoryBIO());
    return middle;
  };
  const middle = build();
  await collect();
  assert.equal(doomed.alive, 1);
  middle.pop();
  await doomed.gone();
  assert.equal(middle.next, undefined);
});

test('a link that was taken out keeps nothing of its chain', async () => {
  const doomed = new Doomed();
  const build = (): BIO => {
    const bottom = new MemoryBIO('content');
    doomed.add(new BufferBIO()).push(doomed.add(new BufferBIO())).push(bottom);
    bottom.pop();
    return bottom;
  };
  const bottom = build();
  await doomed.gone();
  assert.equal(bottom.read()?.toString(), 'content');
});

test('an end of a pair keeps the other, and what it has written', async () => {
  const doomed = new Doomed();
  const build = (): BIO => {
    const [first, second] = BIO.pair();
    doomed.add(first).write('written');
    return second;
  };
  const second = build();
  await collect();
  assert.equal(second.read()?.toString(), 'written');
  assert.equal(second.read(), null);
  second.free();
  await doomed.gone();
});

test('a cycle of references through chains, SSLs and pairs is collected', async () => {
  const doomed = new Doomed();
  const build = () => {
    const { client, server } = tlsPair({ after: () => undefined } as never);
    Object.assign(client, { peer: server, ssl2: client.ssl });
    Object.assign(server, { peer: client, self: server });
    for (const object of [client, server, client.ssl, server.ssl, client.next, server.next]) {
      doomed.add(object as object);
    }
  };
  for (let i = 0; i < 10; i++) build();
  await doomed.gone();
});

test('the collector may come between any two calls', () => {
  for (const transport of ['pair', 'memory'] as const) {
    const make = () => {
      const context = clientContext();
      collectGarbage();
      const ssl = new SSL(context).setConnectState();
      collectGarbage();
      return ssl;
    };
    const [client, server] = [make(), new SSL(serverContext()).setAcceptState()];
    join(client, server, transport);
    for (let x = -1, y = -1; x < 0 || y < 0; ) {
      collectGarbage();
      x = client.doHandshake();
      collectGarbage();
      y = server.doHandshake();
    }
    collectGarbage();
    assert.equal(carry(client, server, 'x'), 'x');
    server.free();
    collectGarbage();
    client.free();
  }
});
