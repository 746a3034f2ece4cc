// Sockets at the end of their environments, under the collector, and in great numbers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, createServer } from 'node:tls';
import { assertEnded, runCompiled } from '../helpers/child';
import { collect } from '../helpers/gc';
import { localhost } from '../helpers/identities';
import { joined, plainSockets, rawClient, tlsClient, tlsListener, tlsSockets } from '../helpers/socket-peers';
import { nextMessage, startWorker } from '../helpers/worker';
import { states } from './socket-states';

const jobs = 'lifecycle/jobs.js';
const untidy = { after: () => undefined } as never;
const moments = ['onData', 'onEnd', 'onDrain', 'onClose', 'onConnection', 'onHandshakeError'];

async function terminate(job: string): Promise<void> {
  const started = startWorker(jobs, job);
  assert.equal(await nextMessage(started), 'started', job);
  await started.worker.terminate();
  assert.deepEqual(await started.ended, { code: 1, error: undefined }, job);
}

test('100 workers may be terminated with sockets in all states', async () => {
  for (let i = 0; i < 25; i++) {
    await Promise.all(
      ['sockets-in-all-states', 'endless-sockets', 'sockets-in-all-states', 'endless-sockets'].map(terminate),
    );
  }
});

test('a worker may exit inside each listener of a socket, and a process too', async (t) => {
  for (const moment of moments) {
    const { ended } = startWorker(jobs, `exit-inside-${moment}`);
    assert.deepEqual(await ended, { code: 7, error: undefined }, moment);
    const result = await runCompiled(t, jobs, [`exit-inside-${moment}`]);
    assertEnded(result, 7);
    assert.equal(result.stderr, '');
  }
});

test('what a listener of a socket throws ends a process as it does elsewhere', async (t) => {
  for (const moment of moments) {
    const result = await runCompiled(t, jobs, [`throw-inside-${moment}`]);
    assertEnded(result, 1);
    assert.match(result.stderr, /^Error: thrown in a listener$/m);
  }
});

test('somebody who catches what a listener throws goes on with the socket', async (t) => {
  assertEnded(await runCompiled(t, jobs, ['go-on-after-an-exception']));
});

test('sockets in each state with the collector around each call', async (t) => {
  const result = await runCompiled(t, 'lifecycle/stressed-jobs.js', ['socket-rounds']);
  assertEnded(result);
});

test('sockets in each state with scavenges at random places', async (t) => {
  const flags = ['--stress-scavenge=5', '--random-seed=1'];
  assertEnded(await runCompiled(t, jobs, ['socket-rounds'], flags));
});

test('sockets may be dropped in every state', async () => {
  for (let round = 0; round < 3; round++) {
    for (const make of Object.values(states)) {
      await make();
      await collect();
    }
  }
  for (let i = 0; i < 5; i++) await collect();
});

const descriptors = (): number => readdirSync('/proc/self/fd').length;

test('3,000 connections come and go, in all ways, and leave no descriptor open', async (t) => {
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
  for (let i = 0; i < 3000; i += 10) {
    // The accepted sockets of one batch are not told apart: each visit closes one of them.
    await Promise.all(Array.from({ length: 10 }, (_, n) => visit(i + n)));
  }
  while (failures < 302) await nextTurn();
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

test('memory stays as it is over 20,000 connections', async (t) => {
  const result = await runCompiled(
    t,
    'lifecycle/socket-growth.js',
    ['20000', '1000'],
    ['--max-semi-space-size=1'],
    {
      ASAN_OPTIONS: `${process.env['ASAN_OPTIONS'] ?? ''}:quarantine_size_mb=1:malloc_context_size=0`,
    },
  );
  assertEnded(result);
  const bytes = result.stdout.trim().split('\n').map(Number);
  assert.equal(bytes.length, 20);
  const [early, late] = [Math.max(...bytes.slice(4, 10)), Math.max(...bytes.slice(14))];
  // A connection may keep less than 1 KiB.
  assert.ok(late - early < 8 * 1024 * 1024, `${late - early} bytes more: ${bytes.join(' ')}`);
});
