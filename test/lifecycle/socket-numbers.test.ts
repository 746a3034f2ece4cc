// Sockets in great numbers: descriptors, memory, and Node's own TLS beside them. `npm run soak -- connections`
// makes 20,000.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, createServer } from 'node:tls';
import { assertEnded, runCompiled } from '../helpers/child';
import { localhost } from '../helpers/identities';
import { joined, plainSockets, rawClient, tlsClient, tlsListener, tlsSockets } from '../helpers/socket-peers';

const untidy = { after: () => undefined } as never;

const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('500 connections come and go, in all ways, and leave no descriptor open', async (t) => {
  const listener = await tlsListener(t);
  let failures = 0;
  listener.onHandshakeError(() => {
    failures += 1;
  });
  const visit = async (number: number): Promise<void> => {
    if (number % 10 === 9) {
      const raw = await rawClient(untidy, listener.port);
      raw.resume().end('no TLS at all\r\n');
      await once(raw, 'close');
      return;
    }
    const { client, server } = await joined(untidy, listener, tlsClient(untidy));
    const ways = [{}, { abort: true }];
    const both = [client.close(ways[number % 2]), server.close(ways[(number >> 1) % 2])];
    await Promise.all(both);
  };
  for (let i = 0; i < 20; i++) await visit(i);
  while (failures < 2) await nextTurn();
  const before = descriptors();
  const most = before + 10;
  for (let i = 0; i < 500; i += 10) {
    // The accepted sockets of one batch are not told apart: each visit closes one of them.
    await Promise.all(Array.from({ length: 10 }, (_, n) => visit(i + n)));
  }
  while (failures < 52) await nextTurn();
  // Connections that linger go with their peers.
  for (let turn = 0; descriptors() > most && turn < 10_000; turn++) await nextTurn();
  assert.ok(descriptors() <= most, `${descriptors()} descriptors are open after, ${before} were before`);
});

test('a connection to nobody, again and again, leaves no descriptor open', async (t) => {
  const { client } = await plainSockets(t);
  assert.ok(client.isConnected);
  const before = descriptors();
  for (let i = 0; i < 300; i++) {
    const socket = tlsClient(untidy);
    await assert.rejects(socket.connect('127.0.0.1', 1), { code: 'ECONNREFUSED' });
    await socket.close();
  }
  await nextTurn();
  assert.ok(descriptors() <= before + 2);
});

test('node:tls works beside it, with a clean error queue', async (t) => {
  const server = createServer({ key: localhost.privateKey.pem, cert: localhost.certificate.pem }, (socket) =>
    socket.on('error', () => {}).pipe(socket),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const listener = await tlsListener(t);
  for (let i = 0; i < 50; i++) {
    const node = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const secured = once(node, 'secureConnect');
    const { client, server: other } = await tlsSockets(t);
    const raw = await rawClient(t, listener.port);
    raw.end('garbage for the queue of errors');
    await secured;
    const data = once(node, 'data');
    node.write('ping');
    await client.send('x');
    const [chunk] = await data;
    assert.equal(String(chunk), 'ping');
    assert.equal((await other.receive()).toString(), 'x');
    await client.close({ abort: true });
    node.end();
    await once(node, 'close');
  }
});

const total = Number(process.env['BLADESSL_CONNECTIONS'] ?? 3000);
const step = 250;
// V8 would let its young generation grow by 14 MiB at some moment.
const flags = ['--max-semi-space-size=1'];
// The address sanitizer keeps what is freed, and each stack from which something is: here, little of both.
const environment = {
  ASAN_OPTIONS: `${process.env['ASAN_OPTIONS'] ?? ''}:quarantine_size_mb=1:malloc_context_size=0`,
};

test(`memory stays as it is over ${total} connections`, async (t) => {
  const args = [String(total), String(step)];
  const result = await runCompiled(t, 'lifecycle/socket-growth.js', args, flags, environment);
  assertEnded(result);
  const bytes = result.stdout.trim().split('\n').map(Number);
  assert.equal(bytes.length, total / step);
  const half = bytes.length / 2;
  const growth = Math.max(...bytes.slice(half)) - Math.max(...bytes.slice(0, half));
  // About 5 KiB for a connection of the second half: an SSL that is forgotten has many times as much, and the
  // address sanitizer needs some for itself.
  const allowed = Math.max(8, total / 2048) * 1024 * 1024;
  assert.ok(growth < allowed, `${growth} bytes more: ${bytes.join(' ')}`);
});
