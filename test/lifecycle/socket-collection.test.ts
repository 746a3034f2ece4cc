// Sockets under the collector: dropped in every state, and used with a collection around each call.

import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';

const jobs = 'lifecycle/jobs.js';

test('sockets in each state with the collector around each call', async (t) => {
  const result = await runCompiled(t, 'lifecycle/stressed-jobs.js', ['socket-rounds']);
  assertEnded(result);
});

test('sockets in each state with scavenges at random places', async (t) => {
  const flags = ['--stress-scavenge=5', '--random-seed=1'];
  assertEnded(await runCompiled(t, jobs, ['socket-rounds'], flags));
});

test('sockets may be dropped in every state', async (t) => {
  assertEnded(await runCompiled(t, jobs, ['sockets-dropped']));
});
