// Objects that hang together, freed and taken apart in every order while the others are in use.

import assert from 'node:assert/strict';
import test from 'node:test';
import { BIO, BufferBIO, MemoryBIO, SSL } from 'bladessl';
import { shake, tlsLinks, tlsPair } from '../helpers/chains';
import { carry, connected, ends, pump } from '../helpers/handshake';
import { clientContext, only, serverContext } from '../helpers/identities';
import { ordersOf } from '../helpers/orders';
import { chain, conversation, freeInOrders, twoWays } from './free-orders';

const client = only(clientContext(), 'TLSv1.3');
const server = serverContext();

const stages = [
  [0, 'before the handshake'],
  [1, 'in the middle of the handshake'],
  [3, 'after the handshake'],
] as const;

for (const [steps, stage] of stages) {
  test(`contexts, SSLs and the ends of their pair may be freed in every order ${stage}`, () => {
    assert.equal(
      freeInOrders(() => conversation(steps)),
      720,
    );
  });

  test(`the links of a chain may be freed in every order ${stage}`, () => {
    assert.equal(
      freeInOrders(() => chain(steps)),
      720,
    );
  });
}

test('a read and a write BIO of one SSL may be freed in every order', () => {
  assert.equal(freeInOrders(twoWays), 24);
});

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
  const [nearEnd, farEnd] = BIO.pair();
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
