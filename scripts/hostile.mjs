// Hostile calls: random sequences of calls with right and wrong arguments on all that the package offers.
//   npm run hostile [-- --calls N --seed S]
// Default: 100,000 calls by seven seeds that are always the same and one that is new. With --seed: by S and
// those after it. Fails when a call crashes, never ends, or throws what nobody foresaw; and, from 100,000
// calls on, when a member has never succeeded and test/fuzz/never-succeeds.json does not say why, or says so
// of one that has.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eachAtOnce } from './parallel.mjs';
import { count, Progress } from './progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const caller = 'build-test/fuzz/caller.js';
const enoughFailures = 5;
const { judgeCoverage } = createRequire(import.meta.url)(join(root, 'build-test/fuzz/coverage.js'));

const callsOfSeed = 12_500;
const enoughForCoverage = 100_000;
// Of a process that says nothing for so long a call has not come back.
const silence = 120_000;

async function main() {
  const { calls, seeds } = readArguments(process.argv.slice(2));
  const each = Math.ceil(calls / seeds.length);
  console.log(
    `${seeds.length} seeds, ${seeds[0]} to ${seeds.at(-2)} and ${seeds.at(-1)}, ${count(each)} calls each`,
  );
  const total = await runAll(seeds, each);
  for (const run of total.failed) showFailure(run, each);
  showCalls(total);
  const covered = showCoverage(total, calls);
  process.exitCode = total.failed.length === 0 && covered ? 0 : 1;
}

function readArguments(args) {
  const given = { calls: enoughForCoverage };
  for (let i = 0; i < args.length; i += 2) {
    const [name, value] = [args[i].replace('--', ''), Number(args[i + 1])];
    if (!['--calls', '--seed'].includes(args[i]) || !Number.isInteger(value) || value < 1) {
      throw new Error('these are taken: --calls N, --seed S');
    }
    given[name] = value;
  }
  const length = Math.max(8, Math.ceil(given.calls / callsOfSeed));
  const first = given.seed ?? 1;
  const seeds = Array.from({ length }, (_, i) => first + i);
  if (given.seed === undefined) seeds[length - 1] = Date.now() % 1_000_000_000;
  return { calls: given.calls, seeds };
}

/** Runs all seeds, as many at once as there are processors. */
async function runAll(seeds, each) {
  const progress = new Progress('hostile calls', seeds.length * each, 'calls');
  const total = { made: 0, refused: 0, failed: [], members: new Set(), succeeded: new Map() };
  const running = new Map();
  const show = () => {
    const made = [...running.values()].reduce((sum, run) => sum + run.made, total.made);
    progress.show(Math.min(made, seeds.length * each), `${total.failed.length} failed`);
  };
  await eachAtOnce(seeds, async (seed) => {
    if (total.failed.length >= enoughFailures) return;
    const run = { seed, made: 0, step: 0, lines: [] };
    running.set(seed, run);
    await runSeed(run, each, show);
    running.delete(seed);
    add(total, run);
  });
  progress.end();
  return total;
}

async function runSeed(run, each, show) {
  const child = fork(join(root, caller), [run.seed, each].map(String), { silent: true });
  let timer;
  const listen = (message) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      run.lines.push(`nothing has been heard of it for ${silence / 1000} s`);
      child.kill('SIGKILL');
    }, silence);
    Object.assign(run, message);
    show();
  };
  listen({});
  child.on('message', listen);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => run.lines.push(line));
  }
  const [status, signal] = await once(child, 'close');
  clearTimeout(timer);
  run.status = signal ?? status;
}

function add(total, { made, refused = 0, members = [], succeeded = {}, ...run }) {
  total.made += made;
  total.refused += refused;
  if (run.status !== 0) total.failed.push(run);
  for (const member of members) total.members.add(member);
  for (const [member, times] of Object.entries(succeeded)) {
    total.succeeded.set(member, (total.succeeded.get(member) ?? 0) + times);
  }
}

function showFailure({ seed, status, step, lines }, each) {
  console.log(
    `FAIL seed ${seed}: ended with ${status} after step ${step}; to see each call before it is made:`,
  );
  console.log(`     node ${caller} ${seed} ${each} trace`);
  for (const line of lines.slice(-25)) console.log(`     ${line}`);
}

function showCalls({ made, refused, failed }) {
  const what = `${count(made)} calls: ${count(made - refused)} returned, ${count(refused)} were refused`;
  console.log(failed.length === 0 ? `ok   ${what}, each with an error of a known kind` : `FAIL ${what}`);
}

/** Tells which members no call has come through to; whether that is as it is said to be. */
function showCoverage({ members, succeeded, failed }, calls) {
  const reasons = JSON.parse(readFileSync(join(root, 'test/fuzz/never-succeeds.json'), 'utf8'));
  const { known, unexplained, outdated } = judgeCoverage(members, succeeded, reasons);
  const rarest = [...succeeded].filter(([member]) => members.has(member)).sort((a, b) => a[1] - b[1]);
  const few = rarest.slice(0, 5).map(([member, times]) => `${member} ${times}`);
  console.log(
    `     ${rarest.length} of ${members.size} members have succeeded; the fewest times ${few.join(', ')}`,
  );
  for (const member of known) console.log(`     never: ${member} (${reasons[member]})`);
  if (calls < enoughForCoverage || failed.length > 0) {
    for (const member of unexplained) console.log(`     never: ${member}`);
    return true;
  }
  for (const member of unexplained)
    console.log(`FAIL never: ${member}, and never-succeeds.json has no reason`);
  for (const member of outdated)
    console.log(`FAIL never-succeeds.json lists ${member}, which succeeds or is gone`);
  return unexplained.length + outdated.length === 0;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
