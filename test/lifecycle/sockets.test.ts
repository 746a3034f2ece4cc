// Sockets at the end of their environments.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';
import { nextMessage, startWorker } from '../helpers/worker';

const jobs = 'lifecycle/jobs.js';
const moments = ['onData', 'onEnd', 'onDrain', 'onClose', 'onConnection', 'onHandshakeError'];

async function terminate(job: string): Promise<void> {
  const started = startWorker(jobs, job);
  assert.equal(await nextMessage(started), 'started', job);
  await started.worker.terminate();
  assert.deepEqual(await started.ended, { code: 1, error: undefined }, job);
}

test('20 workers may be terminated with sockets in all states', async () => {
  for (let i = 0; i < 5; i++) {
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
