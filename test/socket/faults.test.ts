// What may go wrong once a connection is made: peers that are slow, that take nothing, that go.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { Socket } from 'bladessl';
import { collect } from '../helpers/gc';
import { clientContext, only, serverContext } from '../helpers/identities';
import { opensslClient } from '../helpers/openssl-cli';
import {
  closing,
  joined,
  plainSockets,
  rawClient,
  rawServer,
  tlsClient,
  tlsListener,
  tlsSockets,
} from '../helpers/socket-peers';

const untidy = { after: () => undefined } as never;

test('one byte at a time, for many connections at once', async (t) => {
  const untimed = { handshakeTimeout: 0 };
  const listener = await tlsListener(t, untimed);
  const port = await rawServer(t, (near) => {
    const far = connect({ port: listener.port, host: '127.0.0.1', noDelay: true });
    t.after(() => far.destroy());
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk) => {
        for (const byte of chunk) to.write(Buffer.of(byte));
      });
      from.on('end', () => to.end());
    }
  });
  listener.onConnection(async (server) => {
    for await (const chunk of server) server.write(chunk);
    await server.close();
  });
  const one = async (number: number): Promise<void> => {
    const client = tlsClient(t, untimed);
    await client.connect('127.0.0.1', port);
    client.write(`number ${number} `.repeat(10));
    const expected = `number ${number} `.repeat(10);
    assert.equal((await client.read(expected.length)).toString(), expected);
    await client.shutdown();
    assert.equal((await client.receive()).length, 0);
    await client.close();
  };
  // More than keep their buffers while they rest.
  await Promise.all(Array.from({ length: 300 }, (_, number) => one(number)));
});

test('a record comes in pieces while the connection rests, and others are busy', async (t) => {
  const listener = await tlsListener(t);
  const halves: (() => void)[] = [];
  const port = await rawServer(t, (near) => {
    const far = connect({ port: listener.port, host: '127.0.0.1', noDelay: true });
    t.after(() => far.destroy());
    far.pipe(near);
    let hold = false;
    near.on('data', (chunk) => {
      // The header of a record alone, and what follows when the test says so.
      const size = hold ? 5 : chunk.length;
      far.write(chunk.subarray(0, size));
      if (hold) halves.push(() => far.write(chunk.subarray(size)));
      hold = true;
    });
  });
  listener.onConnection((server) => {
    server.onData((chunk) => server.write(chunk));
  });
  const clients = Array.from({ length: 300 }, () => tlsClient(t));
  for (const client of clients) await client.connect('127.0.0.1', port).catch(() => {});
  const open = clients.filter((client) => client.isConnected);
  for (const client of open) client.write('x'.repeat(100));
  while (halves.length < open.length) await nextTurn();
  for (const half of halves) half();
  for (const client of open) if (client.isConnected) client.close({ abort: true });
});

test('a peer that takes nothing: send and close settle when their time is over', async (t) => {
  for (const make of [tlsSockets, plainSockets]) {
    const { client } = await make(t);
    assert.equal(client.write(Buffer.alloc(1 << 25)), false);
    await assert.rejects(client.send('x', { timeout: 20 }), { name: 'TimeoutError' });
    const waiting = client.send('behind it');
    await assert.rejects(client.close({ timeout: 20 }), { name: 'TimeoutError' });
    assert.equal(client.isClosed, true);
    await assert.rejects(waiting, { code: 'ERR_CLOSED' });
    assert.equal(client.bufferedAmount, 0);
  }
});

test('a peer that takes nothing and then goes: everything settles', async (t) => {
  for (const make of [tlsSockets, plainSockets]) {
    const { client, server } = await make(t);
    const sent = [client.send(Buffer.alloc(1 << 25)), client.send('more')];
    const closed = client.close();
    await server.close({ abort: true });
    for (const one of await Promise.allSettled(sent)) assert.equal(one.status, 'rejected');
    await closed;
  }
});

test('maxBufferedAmount ends a connection whose writer does not look', async (t) => {
  const { client } = await tlsSockets(t, { maxBufferedAmount: 1 << 20 });
  const ended = new Promise<Error | undefined>((resolve) => client.onClose(resolve));
  let writes = 0;
  const chunk = Buffer.alloc(1 << 18);
  while (!client.isClosed && writes < 1000) {
    client.write(chunk);
    writes += 1;
    if (writes % 4 === 0) await nextTurn();
  }
  assert.equal(((await ended) as Error & { code: string }).code, 'ERR_BUFFER_FULL');
  assert.equal(client.write(chunk), false);
});

test('a received chunk may be transferred away, with all the memory that it lies in', async (t) => {
  const { client, server } = await tlsSockets(t);
  const { port1, port2 } = new MessageChannel();
  t.after(() => port1.close());
  const received: Buffer[] = [];
  port2.on('message', (bytes: Uint8Array) => received.push(Buffer.from(bytes)));
  let moved = 0;
  const over = new Promise<void>((resolve) => server.onEnd(resolve));
  const own: Buffer[] = [];
  server.onData((chunk) => {
    own.push(Buffer.from(chunk));
    moved += 1;
    if (moved % 2 === 0) structuredClone(chunk, { transfer: [chunk.buffer as ArrayBuffer] });
    else port1.postMessage(chunk, [chunk.buffer as ArrayBuffer]);
    assert.equal(chunk.length, 0);
  });
  const sent: Buffer[] = [];
  for (let i = 0; i < 200; i++) {
    const chunk = Buffer.alloc(1 + ((i * 7919) % 40_000), i);
    sent.push(chunk);
    await client.send(chunk);
    if (i % 50 === 0) await collect();
  }
  client.end();
  await over;
  assert.ok(Buffer.concat(own).equals(Buffer.concat(sent)));
  assert.ok(moved > 1);
});

test('what was sent reaches a peer that reads late, though everybody has forgotten the connection', async (t) => {
  const listener = await tlsListener(t);
  const size = 1 << 20;
  const client = tlsClient(t);
  const forgotten = async (): Promise<void> => {
    const { server } = await joined(untidy, listener, client);
    // It lies unread at the side that closes.
    await client.send('never read '.repeat(1000));
    server.write(Buffer.alloc(size, 1));
    await server.close();
  };
  await forgotten();
  for (let i = 0; i < 4; i++) await collect();
  assert.equal((await client.read(size)).length, size);
  assert.equal((await client.receive()).length, 0);
});

test('renegotiation is refused, and the connection goes on', async (t) => {
  const listener = await tlsListener(t, { context: only(serverContext(), 'TLSv1.2') });
  const accepted = listener.accept();
  const client = opensslClient(t, listener.port, ['-tls1_2']);
  const server = closing(t, await accepted);
  client.write('R\n');
  // The client takes the refusal for the end.
  const [outcome] = await Promise.allSettled([server.receive()]);
  if (outcome.status === 'rejected') assert.match(outcome.reason.code, /HANDSHAKE_FAILURE|EOF|RESET/);
  const { stderr, stdout } = await client.ended;
  assert.match(stderr + stdout, /no.renegotiation/i);
});

test('a great many tickets do no harm', async (t) => {
  const server = only(serverContext(), 'TLSv1.3');
  server.numTickets = 200;
  const pair = await tlsSockets(t, { server, client: clientContext() });
  await pair.server.send('after all the tickets');
  assert.equal((await pair.client.receive()).toString(), 'after all the tickets');
});

test('a raw peer that resets while this side only writes, or only waits', async (t) => {
  const listener = closing(t, new Socket());
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  for (const waits of ['writes', 'waits'] as const) {
    const peer = await rawClient(t, listener.port);
    const server = closing(t, await listener.accept());
    const closed = new Promise<Error | undefined>((resolve) => server.onClose(resolve));
    const received = waits === 'waits' ? server.receive() : server.send(Buffer.alloc(1 << 24));
    peer.resetAndDestroy();
    await assert.rejects(received, /ECONNRESET|EPIPE/);
    assert.match((await closed)?.message ?? '', /ECONNRESET|EPIPE/);
  }
});
