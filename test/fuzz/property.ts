// Properties: statements about any input, tried with random ones. In the suite each is tried a few times
// with the same seed; `npm run fuzz` gives all properties of a file so many seconds together, and a seed:
//
//   BLADESSL_FUZZ_SECONDS=10 BLADESSL_FUZZ_SEED=1 node build-test/fuzz/names.property.test.js
//
// What fails is made as small as it goes, and told with its seed and input: a certificate or key that a test
// mints is another one each time.

import test, { type TestContext } from 'node:test';
import fc from 'fast-check';

const seconds = Number(process.env['BLADESSL_FUZZ_SECONDS'] ?? 0);
const seed = Number(process.env['BLADESSL_FUZZ_SEED'] ?? 20260101);

let properties = 0;

type Property<Ts> = fc.IAsyncProperty<Ts> | fc.IProperty<Ts>;

function parametersFor<Ts>(runs: number): fc.Parameters<Ts> {
  if (seconds === 0) return { seed, numRuns: runs };
  const each = (seconds * 1000) / properties;
  return { seed, numRuns: 2 ** 31 - 1, interruptAfterTimeLimit: each, markInterruptAsFailure: false };
}

/** A test of a property; `runs` in the suite. What a run opens, the test closes in the end. */
export function holds<Ts>(name: string, runs: number, make: (t: TestContext) => Property<Ts>): void {
  properties++;
  test(name, async (t) => {
    const details = await fc.check(make(t), parametersFor(runs));
    t.diagnostic(`${details.numRuns} runs of: ${name}`);
    if (details.failed) throw new Error(fc.defaultReportMessage(details));
  });
}
