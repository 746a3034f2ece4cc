// Random calls on objects in random states: each returns or throws an error of a known kind, and none takes
// the process with it. `npm run hostile` makes more of them. What a seed does can be done again:
//
//   node build-test/fuzz/caller.js SEED CALLS trace

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';

const calls = 2000;

// An odd seed ends everything and waits for it; an even one ends amid all that goes on.
for (const seed of [1, 2]) {
  test(`${calls} random calls, seed ${seed}`, async (t) => {
    const result = await runCompiled(t, 'fuzz/caller.js', [String(seed), String(calls)]);
    assertEnded(result);
    assert.match(
      result.stdout,
      new RegExp(`^seed ${seed}: \\d{3,} calls returned, \\d{3,} were refused\\n$`),
    );
  });
}
