// Peers that say nothing, or next to nothing: time and number of handshakes are limited.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'bladessl';
import { clientContext, serverContext } from '../helpers/identities';
import {
  closing,
  joined,
  nextOutcome,
  rawClient,
  rawServer,
  tlsClient,
  tlsListener,
} from '../helpers/socket-peers';

test('handshakeTimeout: a client that is silent', async (t) => {
  const listener = await tlsListener(t, { handshakeTimeout: 30 });
  const failed = nextOutcome(listener);
  const client = await rawClient(t, listener.port);
  const outcome = await failed;
  assert.ok(!(outcome instanceof TLSSocket));
  assert.equal(outcome.error.code, 'ERR_HANDSHAKE_TIMEOUT');
  client.resume();
  await once(client, 'end');
});

test('handshakeTimeout: a client that sends a byte now and then gets no more time', async (t) => {
  const listener = await tlsListener(t, { handshakeTimeout: 60 });
  const failed = nextOutcome(listener);
  const client = await rawClient(t, listener.port);
  const hello = Buffer.concat([Buffer.from('16030140000100', 'hex'), Buffer.alloc(16_000)]);
  let sent = 0;
  let over = false;
  const drip = (): void => {
    if (over) return;
    client.write(hello.subarray(sent, sent + 1));
    sent += 1;
    setTimeout(drip, 1);
  };
  drip();
  const outcome = await failed;
  over = true;
  assert.ok(!(outcome instanceof TLSSocket));
  assert.equal(outcome.error.code, 'ERR_HANDSHAKE_TIMEOUT');
});

test('handshakeTimeout: a server that is silent, or stops in the middle', async (t) => {
  for (const answer of [Buffer.alloc(0), Buffer.from('160303007a0200', 'hex')]) {
    const port = await rawServer(t, (socket) => {
      socket.on('data', () => socket.write(answer));
    });
    const client = tlsClient(t, { handshakeTimeout: 30 });
    await assert.rejects(client.connect('127.0.0.1', port), { code: 'ERR_HANDSHAKE_TIMEOUT' });
    assert.equal(client.isClosed, true);
    const other = tlsClient(t);
    await assert.rejects(other.connect('127.0.0.1', port, 30), { name: 'TimeoutError' });
    assert.equal(other.isClosed, true);
  }
});

test('maxPendingHandshakes: more wait in the queue of the system, and have their turn', async (t) => {
  const listener = await tlsListener(t, { maxPendingHandshakes: 3 });
  const silent = [];
  for (let i = 0; i < 3; i++) silent.push(await rawClient(t, listener.port));
  const client = tlsClient(t);
  const connected = client.connect('127.0.0.1', listener.port);
  const failures: string[] = [];
  listener.onHandshakeError((error) => failures.push((error as Error & { code: string }).code));
  for (let i = 0; i < 20; i++) await nextTurn();
  assert.equal(client.state, 'handshaking');
  silent.pop()?.destroy();
  closing(t, await listener.accept());
  await connected;
  assert.equal(failures.length, 1);
});

test('many slow clients keep nobody out for longer than their time', async (t) => {
  const listener = await tlsListener(t, { maxPendingHandshakes: 50, handshakeTimeout: 100 });
  let failures = 0;
  listener.onHandshakeError(() => {
    failures += 1;
  });
  for (let i = 0; i < 120; i++) (await rawClient(t, listener.port)).write(Buffer.of(0x16));
  const { client, server } = await joined(t, listener, tlsClient(t));
  await client.send('through');
  assert.equal((await server.receive()).toString(), 'through');
  assert.ok(failures >= 50);
});

test('closing a listener ends the handshakes that are under way, and what nobody has accepted', async (t) => {
  const listener = await tlsListener(t);
  const silent = await rawClient(t, listener.port);
  silent.resume();
  const client = tlsClient(t, { context: clientContext() });
  await client.connect('127.0.0.1', listener.port);
  const accepted = listener.accept();
  closing(t, await accepted);
  const other = tlsClient(t, { context: clientContext() });
  await other.connect('127.0.0.1', listener.port);
  const waiting = [
    other.receive().catch(() => 'over'),
    new Promise((resolve) => silent.once('close', resolve)),
  ];
  silent.once('end', () => silent.end());
  const refused = listener.accept().then(
    (socket) => socket.close(),
    (error) => assert.equal(error.code, 'ERR_CLOSED'),
  );
  await listener.close();
  await Promise.all([...waiting, refused]);
  await assert.rejects(listener.accept(), { code: 'ERR_CLOSED' });
});

test('the handshakes of a listener without a usable identity fail, and nothing else does', async (t) => {
  const context = serverContext();
  const listener = await tlsListener(t, { context });
  context.free();
  const { client, server } = await joined(t, listener, tlsClient(t));
  await client.send('x');
  assert.equal((await server.receive()).toString(), 'x');
});
