// @ts-check
// Runs trials, one process at a time. The rounds are interleaved, so that a slow minute of the machine
// hits all drivers.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { atExit } from '../examples/demo/at-exit.mjs';
import { does } from './drivers/index.mjs';
import { BenchError } from './errors.mjs';

const run = promisify(execFile);

// Far beyond what a healthy trial takes to start, to warm up and to end.
const startUpTime = 30;

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;

/**
 * @typedef {import('./cases.mjs').Case} Case
 * @typedef {import('./drivers/index.mjs').Driver} Driver
 * @typedef {import('./drivers/index.mjs').Program} Program
 * @typedef {import('./drivers/scenario.mjs').Agreed} Agreed
 *
 * @typedef {object} Measured what a trial reports; times in seconds
 * @property {number} operations
 * @property {number} wall
 * @property {number} [cpu] of the whole process, all its threads
 * @property {number} [resident] bytes
 * @property {number} [delay] of the event loop, the 99th percentile
 * @property {string} openssl
 *
 * @typedef {Agreed & Measured} Trial
 * @typedef {{ item: Case, driver: Driver, trials: Trial[] }} Series
 */

/**
 * @param {readonly Case[]} cases
 * @param {ReadonlyMap<Driver, Program>} programs
 * @param {{ rounds: number, seconds: number, directory: string }} settings
 * @param {import('./status-line.mjs').StatusLine} status
 * @returns {Promise<Series[]>}
 */
export async function runTrials(cases, programs, { rounds, seconds, directory }, status) {
  const all = cases.flatMap((item) =>
    [...programs.keys()]
      .filter((driver) => does(driver, item))
      .map((driver) => ({ item, driver, trials: /** @type {Trial[]} */ ([]) })),
  );
  const total = rounds * all.length;
  atExit(() => child?.kill());
  for (let done = 0; done < total; done++) {
    const round = Math.floor(done / all.length);
    // The order turns from round to round: who comes first pays for a cold machine.
    const series = /** @type {Series} */ (all[(done + round) % all.length]);
    const { item, driver, trials } = series;
    status.show(`round ${round + 1} of ${rounds}: ${item.name}, ${driver.name}`, done / total);
    const program = /** @type {Program} */ (programs.get(driver));
    trials.push(await runTrial(driver, program, item, seconds, directory));
  }
  return all;
}

/**
 * @param {Driver} driver
 * @param {Program} program
 * @param {Case} item
 * @param {number} seconds
 * @param {string} directory
 * @returns {Promise<Trial>}
 */
async function runTrial(driver, program, item, seconds, directory) {
  const { task, version, size, depth, connections } = item;
  const numbers = [depth, connections].map(String);
  const args = [...program.args, task, version, String(size), String(seconds), directory, ...numbers];
  const running = run(program.command, args, { timeout: (startUpTime + 2 * seconds) * 1000 });
  child = running.child;
  try {
    const { stdout } = await running;
    return JSON.parse(stdout);
  } catch (error) {
    const { stderr, code, signal } = /** @type {import('node:child_process').ExecFileException} */ (error);
    const how = signal ? `was ended by ${signal}` : `ended with status ${code}`;
    throw new BenchError(`${driver.name} ${how} in ${item.name}\n${stderr ?? error}`.trimEnd());
  } finally {
    child = undefined;
  }
}

/**
 * Drivers that agreed on different suites did not do the same work.
 *
 * @param {readonly Series[]} all
 */
export function requireSameWork(all) {
  /** @type {Map<Case, { driver: Driver, text: string }>} */
  const first = new Map();
  for (const { item, driver, trials } of all) {
    for (const { version, cipher, group } of trials) {
      const text = `${version} ${cipher} ${group}`.toLowerCase();
      const known = first.get(item) ?? { driver, text };
      first.set(item, known);
      if (known.text !== text) {
        throw new BenchError(
          `${item.name}: ${known.driver.name} agreed on ${known.text}, ${driver.name} on ${text}`,
        );
      }
    }
  }
}
