// Runs the compiled tests: all of them, or those whose names contain one of the arguments.
//   node scripts/test.mjs [--times] [--addon] [part of a file name ...]
// --times  names the ten files that took longest
// --addon  leaves out the tests that are not about the addon in this Node
import { parseArgs } from 'node:util';
import { addonTests, compiledTests, runTests } from './compiled-tests.mjs';

const { values, positionals } = parseArgs({
  options: { times: { type: 'boolean' }, addon: { type: 'boolean' } },
  allowPositionals: true,
});

const files = (values.addon ? addonTests : compiledTests)(positionals);
console.log(`${files.length} test files under build-test`);
const { ok, files: times } = await runTests(process.execPath, files);
if (values.times) showSlowest(times);
process.exitCode = ok ? 0 : 1;

function showSlowest(times) {
  const slowest = Object.entries(times).sort(([, one], [, other]) => other - one);
  console.log('\nThe slowest files, in seconds:');
  for (const [file, time] of slowest.slice(0, 10)) {
    console.log(`${(time / 1000).toFixed(1).padStart(6)}  ${file}`);
  }
}
