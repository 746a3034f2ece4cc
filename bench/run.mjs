// @ts-check
// The bench: `npm run bench -- --help` tells what it can do, docs/performance.md what it measures.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { atExit, exitOnSignals } from '../examples/demo/at-exit.mjs';
import { Screen } from '../examples/demo/screen.mjs';
import { drawChart } from './chart.mjs';
import { BenchError } from './errors.mjs';
import { mintIdentity } from './identity.mjs';
import { reportText } from './json.mjs';
import { describeMachine, machineLines } from './machine.mjs';
import { withTable } from './markdown.mjs';
import { readOptions, usage } from './options.mjs';
import { allowedCores } from './pinning.mjs';
import { StatusLine } from './status-line.mjs';
import { summarise } from './summary.mjs';
import { caseLines } from './table.mjs';
import { requireSameWork, runTrials } from './trials.mjs';

/**
 * @typedef {import('./options.mjs').BenchOptions} BenchOptions
 * @typedef {import('./drivers/index.mjs').Driver} Driver
 * @typedef {import('./drivers/index.mjs').Program} Program
 * @typedef {{ driver: string, reason: string }} Skipped
 */

// A machine with more to do than this share of its cores gives figures that vary.
const quietLoad = 0.3;

const out = new Screen(process.stdout);
const err = new Screen(process.stderr);
const status = new StatusLine(out);

/** @param {readonly string[]} args */
async function main(args) {
  const options = readOptions(args);
  if (options.kind === 'wrong') {
    err.print(`${err.red('error:')} ${options.complaint}`, '', usage);
    return 2;
  }
  if (options.kind === 'help') {
    out.print(usage);
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), 'bladessl-bench-'));
  atExit(() => rmSync(directory, { recursive: true, force: true }));
  mintIdentity(directory);
  try {
    await bench(options, directory);
    return 0;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    status.clear();
    err.print(`${err.red('error:')} ${error.message}`);
    return 1;
  }
}

/**
 * @param {BenchOptions} options
 * @param {string} directory
 */
async function bench({ rounds, seconds, cases, drivers, json, markdown, svg }, directory) {
  const machine = describeMachine();
  const { programs, skipped } = prepare(drivers, directory);
  if (machine.load > quietLoad * machine.cores) {
    out.print(out.dim(`the machine is busy (load ${machine.load.toFixed(1)}): figures will vary`));
  }
  const all = await runTrials(cases, programs, { rounds, seconds, directory }, status);
  status.clear();
  requireSameWork(all);
  machine.opensslOfC = all.find(({ driver }) => driver.family === 'c')?.trials[0]?.openssl;

  const summaries = summarise(all);
  const how = `medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s${pinning(cases)}`;
  out.print(...machineLines(machine), how, ...summaries.flatMap((summary) => caseLines(out, summary)));
  if (json || markdown || svg) out.print('');
  if (json) write(json, reportText({ machine, rounds, seconds, skipped }, summaries));
  if (markdown) write(markdown, withTable(markdown, summaries, machine, how));
  if (svg) write(svg, drawChart(summaries, machine, how));
}

/** @param {BenchOptions['cases']} cases */
function pinning(cases) {
  if (cases.every(({ setup }) => setup === 'pair')) return '';
  const [core, other] = allowedCores();
  return core === undefined ? '' : `; servers on core ${core}, the load on them on core ${other}`;
}

/**
 * @param {readonly Driver[]} drivers
 * @param {string} directory
 */
function prepare(drivers, directory) {
  /** @type {Map<Driver, Program>} */
  const programs = new Map();
  /** @type {Skipped[]} */
  const skipped = [];
  for (const driver of drivers) {
    const program = driver.prepare(directory);
    if ('missing' in program) {
      skipped.push({ driver: driver.name, reason: program.missing });
      out.print(`skipping ${driver.name}: ${program.missing}`);
    } else {
      programs.set(driver, program);
    }
  }
  return { programs, skipped };
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new BenchError(/** @type {Error} */ (error).message);
  }
  out.print(`wrote ${file}`);
}

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));
