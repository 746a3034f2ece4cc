// The ways in which a process ends while the package is in use.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';
import { root, startNode } from '../helpers/programs';

const jobs = 'lifecycle/jobs.js';

for (const job of [
  'live-objects-then-exit',
  'exit-inside-a-continuation',
  'exit-inside-a-password-callback',
]) {
  test(`process.exit() ends a process at once: ${job}`, async (t) => {
    const result = await runCompiled(t, jobs, [job]);
    assertEnded(result, 7);
    assert.equal(result.stderr, '');
  });
}

for (const [job, message] of [
  ['throw-inside-a-password-callback', 'no password today'],
  ['throw-inside-a-continuation', 'thrown in a continuation'],
] as const) {
  test(`what nobody catches ends a process as it does elsewhere: ${job}`, async (t) => {
    const result = await runCompiled(t, jobs, [job]);
    assertEnded(result, 1);
    assert.match(result.stderr, new RegExp(`^Error: ${message}$`, 'm'));
  });
}

test('a process ends by itself with live objects, when nothing waits', async (t) => {
  const result = await runCompiled(t, jobs, ['live-objects']);
  assertEnded(result);
  assert.deepEqual([result.stdout, result.stderr], ['started\n', '']);
});

test('a process ends by itself once what waited has been freed', async (t) => {
  assertEnded(await runCompiled(t, jobs, ['free-what-is-pending']));
});

test('objects can be used in an exit handler', async (t) => {
  const result = await runCompiled(t, jobs, ['use-objects-in-an-exit-handler']);
  assertEnded(result);
  assert.equal(result.stdout, 'carried\n');
});

test('a signal ends a process that waits', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const program = startNode(t, [join(root, 'build-test', jobs), 'live-objects-pending']);
    await program.shows(/started/);
    program.kill(signal);
    assert.equal((await program.ended).signal, signal);
  }
});
