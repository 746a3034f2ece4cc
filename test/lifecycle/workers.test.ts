// Workers that use the package side by side, and that end in the middle of it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';
import { connected } from '../helpers/handshake';
import { clientContext, serverContext } from '../helpers/identities';
import { nextMessage, startWorker } from '../helpers/worker';

const start = (job: string) => startWorker('lifecycle/jobs.js', job);

test('several workers and the main thread use the package at once', async () => {
  const workers = ['rounds', 'failures', 'rounds', 'failures'].map(start);
  for (let i = 0; i < 50; i++)
    assert.equal(connected(clientContext(), serverContext()).client.version, 'TLSv1.3');
  for (const { ended } of workers) assert.deepEqual(await ended, { code: 0, error: undefined });
});

test('a worker may end with live objects of all kinds', async () => {
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(await start('live-objects').ended, { code: 0, error: undefined });
  }
});

test('a worker may exit with waits pending', async () => {
  for (const job of [
    'live-objects-then-exit',
    'exit-inside-a-continuation',
    'exit-inside-a-password-callback',
  ]) {
    assert.deepEqual(await start(job).ended, { code: 7, error: undefined }, job);
  }
});

test('what a worker does not catch ends that worker only', async () => {
  const { worker } = start('endless-messages');
  for (const [job, message] of [
    ['throw-inside-a-password-callback', 'no password today'],
    ['throw-inside-a-continuation', 'thrown in a continuation'],
  ] as const) {
    const { code, error } = await start(job).ended;
    assert.deepEqual([code, error?.message], [1, message]);
  }
  assert.equal(await worker.terminate(), 1);
});

async function terminate(job: string): Promise<void> {
  const started = start(job);
  assert.equal(await nextMessage(started), 'started', job);
  await started.worker.terminate();
  assert.deepEqual(await started.ended, { code: 1, error: undefined }, job);
}

const middles = [
  ...['endless-handshakes', 'endless-failures', 'endless-certificates', 'endless-messages'],
  ...['accept-pending', 'handshake-pending', 'read-pending', 'write-pending', 'live-objects-pending'],
];

for (const job of middles) {
  test(`a worker may be terminated: ${job}`, async () => {
    for (let i = 0; i < 4; i++) await terminate(job);
  });
}

test('25 workers may be terminated in the middle of making contexts', async () => {
  for (let i = 0; i < 5; i++) {
    await Promise.all(Array.from({ length: 5 }, () => terminate('endless-contexts')));
  }
  assert.equal(connected(clientContext(), serverContext()).client.version, 'TLSv1.3');
});

test('the addon is loaded again after all environments that had it have ended', async (t) => {
  assertEnded(await runCompiled(t, 'lifecycle/load-again.js'));
});
