// Processes and workers that end while handshakes wait for answers.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';
import { assertNoneLeft, openDescriptors } from '../helpers/descriptors';
import { connected } from '../helpers/handshake';
import { clientContext, serverContext } from '../helpers/identities';
import { nextMessage, startWorker } from '../helpers/worker';

const jobs = 'lifecycle/waiting-jobs.js';
const start = (job: string) => startWorker(jobs, job);

async function terminate(job: string): Promise<void> {
  const started = start(job);
  assert.equal(await nextMessage(started), 'started', job);
  await started.worker.terminate();
  assert.deepEqual(await started.ended, { code: 1, error: undefined }, job);
}

for (const job of ['everything-waits', 'everything-waits-and-is-collected', 'endless-answers']) {
  test(`workers may be terminated, and leave nothing open: ${job}`, async () => {
    await terminate(job);
    const before = openDescriptors();
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 4 }, () => terminate(job)));
    }
    assertNoneLeft(before);
    assert.equal(connected(clientContext(), serverContext()).client.version, 'TLSv1.3');
  });
}

const exits = [
  'exit-while-everything-waits',
  'exit-inside-a-callback',
  'exit-inside-a-callback-in-memory',
  'exit-inside-an-abort',
  'exit-before-the-answer',
  'answer-in-an-exit-handler',
];

for (const job of exits) {
  test(`process.exit() ends workers and processes at once: ${job}`, async (t) => {
    await start(job).ended;
    const before = openDescriptors();
    const endings = await Promise.all(Array.from({ length: 3 }, () => start(job).ended));
    assert.deepEqual(endings, Array(3).fill({ code: 7, error: undefined }));
    assertNoneLeft(before);
    const result = await runCompiled(t, jobs, [job]);
    assertEnded(result, 7);
    assert.equal(result.stderr, '');
  });
}

for (const job of ['nothing-else-to-do', 'a-socket-that-keeps-nobody']) {
  test(`a process ends by itself, whoever waits for an answer: ${job}`, async (t) => {
    const result = await runCompiled(t, jobs, [job]);
    assertEnded(result);
    assert.deepEqual([result.stdout, result.stderr], ['started\n', '']);
    assert.deepEqual(await start(job).ended, { code: 0, error: undefined });
  });
}
