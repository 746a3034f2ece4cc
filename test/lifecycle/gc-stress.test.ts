// The same work with the collector at every opportunity, moving all that it can.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';

const stresses: Record<string, { readonly file: string; readonly flags: readonly string[] }> = {
  'a full collection around each call, with a compaction of all pages': {
    file: 'lifecycle/stressed-jobs.js',
    flags: ['--stress-compaction'],
  },
  'scavenges at random places': {
    file: 'lifecycle/jobs.js',
    flags: ['--stress-scavenge=5', '--random-seed=1'],
  },
};

for (const [name, { file, flags }] of Object.entries(stresses)) {
  test(`handshakes, chains and certificates under ${name}`, async (t) => {
    let collections = 0;
    for (const job of ['rounds', 'failures', 'live-objects', 'free-what-is-pending']) {
      const result = await runCompiled(t, file, [job], ['--trace-gc', ...flags]);
      assertEnded(result);
      collections += result.stdout.match(/ms: (Scavenge|Mark-Compact)/g)?.length ?? 0;
    }
    assert.ok(collections > 60, `only ${collections} collections`);
  });
}
