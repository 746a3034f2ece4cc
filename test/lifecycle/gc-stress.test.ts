// The same work with the collector made to run at every opportunity, and to move all that it can.

import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';

const flags: Record<string, readonly string[]> = {
  'a collection every 50 allocations': ['--gc-interval=50'],
  'a collection at random intervals': ['--random-gc-interval=100', '--random-seed=1'],
  'scavenges at random fill levels': ['--stress-scavenge=5', '--random-seed=2'],
  'compaction of all pages': ['--stress-compaction', '--gc-interval=200'],
  'marking begun at random points': ['--stress-marking=5', '--gc-global', '--random-seed=3'],
};

for (const [name, list] of Object.entries(flags)) {
  test(`handshakes, chains and certificates under ${name}`, async (t) => {
    for (const job of ['rounds', 'failures', 'live objects', 'free what is pending']) {
      assertEnded(await runCompiled(t, 'lifecycle/jobs.js', [job], list));
    }
  });
}
