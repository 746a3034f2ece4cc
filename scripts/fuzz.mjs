// npm run fuzz [-- --seconds N] [--merge] [part of a name ...]
// libFuzzer on the targets of test/fuzz/native, and the properties of test/fuzz/*.property.test.ts, one
// after the other on all processors for N seconds (60) in all. What is found is kept under build-fuzz.
// --merge takes what covers more over into test/fuzz/corpus.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { compileTargets, targetNames } from './fuzz-build.mjs';
import { mergeCorpus } from './fuzz-corpus.mjs';
import { writeSeeds } from './fuzz-seeds.mjs';
import { eachAtOnce } from './parallel.mjs';
import { Progress } from './progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = join(root, 'build-fuzz');
const crashes = join(work, 'crashes');
const seeds = join(work, 'seeds');

const most = ['-max_len=4096', '-timeout=20', '-rss_limit_mb=1024', '-malloc_limit_mb=64'];

/** Fuzzes for so many seconds in all; tells whether nothing was found. */
export async function fuzz({ seconds = 60, names = [], merge = false } = {}) {
  const targets = targetNames().filter((name) => isWanted(name, names));
  const properties = propertyFiles().filter((file) => isWanted(file, names));
  const count = targets.length + properties.length;
  if (count === 0) throw new Error(`no target with ${names.join(' or ')} in its name`);

  const began = Date.now();
  await compileTargets(targets);
  writeSeeds(seeds);
  mkdirSync(crashes, { recursive: true });
  if (targets.length > 0) console.log(`compiled in ${Math.round((Date.now() - began) / 1000)} s`);

  const each = Math.max(1, Math.floor((seconds * availableParallelism()) / count));
  const jobs = [
    ...targets.map((name) => () => runTarget(name, each)),
    ...properties.map((file) => () => runProperty(file, each)),
  ];
  const results = await runAll(jobs, each);
  show(results);
  if (merge) for (const name of targets) console.log(await mergeCorpus(name));
  return results.every((result) => result.failure === undefined);
}

function isWanted(name, parts) {
  return parts.length === 0 || parts.some((part) => name.includes(part));
}

function propertyFiles() {
  const folder = join(root, 'build-test', 'fuzz');
  return readdirSync(folder).filter((name) => name.endsWith('.property.test.js'));
}

/** As many at once as there are processors. */
async function runAll(jobs, each) {
  const results = [];
  const expected = Math.ceil(jobs.length / availableParallelism()) * each;
  const progress = new Progress('fuzzing', expected, 'seconds');
  const began = Date.now();
  const clock = setInterval(() => {
    const passed = Math.min(expected, Math.round((Date.now() - began) / 1000));
    progress.show(passed, `${results.length} of ${jobs.length} done`);
  }, 1000);
  await eachAtOnce(jobs, async (job) => {
    const result = await job();
    results.push(result);
    const state = result.failure === undefined ? 'ok  ' : 'FAIL';
    progress.end();
    console.log(`${state} ${result.name} (${results.length} of ${jobs.length}, ${each} s each)`);
    if (result.failure !== undefined) console.log(result.failure.replace(/^/gm, '     '));
  });
  clearInterval(clock);
  progress.end();
  return results;
}

async function runTarget(name, seconds) {
  const own = join(work, 'corpus', name);
  mkdirSync(own, { recursive: true });
  const program = join(work, 'targets', name);
  // The first folder takes what is new.
  const given = [join(root, 'test', 'fuzz', 'corpus', name), join(seeds, name)];
  const corpora = [own, ...given.filter((folder) => existsSync(folder))];
  const crash = join(crashes, `${name}-`);
  const { status, lines } = await run(
    program,
    [...most, `-max_total_time=${seconds}`, '-print_final_stats=1', `-artifact_prefix=${crash}`, ...corpora],
    { ASAN_OPTIONS: 'quarantine_size_mb=16' },
  );
  const result = { name, ...figuresOf(lines) };
  return status === 0 ? result : { ...result, failure: failureOf(lines, program) };
}

/** What libFuzzer says of itself. */
function figuresOf(lines) {
  const text = lines.join('\n');
  const last = (pattern) => Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0);
  return {
    runs: last(/number_of_executed_units: (\d+)/g),
    perSecond: last(/average_exec_per_sec: +(\d+)/g),
    edges: last(/ cov: (\d+)/g),
    features: last(/ ft: (\d+)/g),
    inputs: last(/ corp: (\d+)/g),
  };
}

// libFuzzer tells of each new input in a line that begins with its number.
function failureOf(lines, program) {
  const file = /Test unit written to (.+)/.exec(lines.join('\n'))?.[1];
  const told = lines.filter((line) => !/^(#\d|INFO|stat::|"|NOTE|Recommended)/.test(line)).slice(0, 40);
  const again = file === undefined ? [] : [`again: ${relative(root, program)} ${relative(root, file)}`];
  return [...told, ...again].join('\n');
}

async function runProperty(file, seconds) {
  const path = join('build-test', 'fuzz', file);
  const seed = String(Date.now() % 2 ** 31);
  const environment = { BLADESSL_FUZZ_SECONDS: String(seconds), BLADESSL_FUZZ_SEED: seed };
  const { status, lines } = await run(
    process.execPath,
    ['--test-reporter=spec', '--enable-source-maps', path],
    environment,
  );
  const runs = lines.reduce((sum, line) => sum + Number(/^(?:ℹ )?(\d+) runs of/.exec(line)?.[1] ?? 0), 0);
  const result = { name: basename(file, '.test.js'), runs, perSecond: Math.round(runs / seconds) };
  if (status === 0) return result;
  const again = `again: BLADESSL_FUZZ_SEED=${seed} BLADESSL_FUZZ_SECONDS=${seconds} node ${path}`;
  return { ...result, failure: [...lines.slice(-60), again].join('\n') };
}

async function run(command, args, environment) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const lines = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => lines.push(line));
  }
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  return { status, lines };
}

function show(results) {
  const rows = results
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, runs, perSecond, edges, features, inputs }) =>
      [name, runs, perSecond, edges, features, inputs].map((value) => value?.toLocaleString('en') ?? ''),
    );
  const table = [['target', 'runs', 'runs/s', 'edges', 'features', 'inputs'], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    console.log(cells.join('  '));
  }
}

function readArguments(args) {
  const options = { names: [] };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--merge') options.merge = true;
    else if (args[i] === '--seconds') options.seconds = Number(args[++i]);
    else if (args[i].startsWith('-')) throw new Error(`'${args[i]}' is none of --seconds N, --merge`);
    else options.names.push(args[i]);
  }
  if (options.seconds !== undefined && !(options.seconds > 0)) throw new Error('--seconds takes a number');
  return options;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = (await fuzz(readArguments(process.argv.slice(2)))) ? 0 : 1;
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
