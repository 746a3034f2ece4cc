// @ts-check
// A core for each process of a trial, where there is taskset and more than one core.

import { spawnSync } from 'node:child_process';

/**
 * @typedef {import('./drivers/index.mjs').Program} Program
 */

/**
 * @param {Program} program
 * @param {0 | 1} place
 * @returns {Program}
 */
export function pinned({ command, args }, place) {
  const core = allowedCores()[place];
  if (core === undefined) return { command, args };
  return { command: 'taskset', args: ['--cpu-list', String(core), command, ...args] };
}

/** Those that this process may run on; none if they cannot be told, or if there is but one. */
export function allowedCores() {
  const { status, stdout } = spawnSync('taskset', ['--cpu-list', '--pid', String(process.pid)], {
    encoding: 'utf8',
  });
  if (status !== 0) return [];
  const ranges = stdout.slice(stdout.lastIndexOf(':') + 1).trim();
  const cores = ranges.split(',').flatMap(coresOf);
  return cores.length > 1 ? cores : [];
}

/** @param {string} range `0-3`, or `5` */
function coresOf(range) {
  const [first = 0, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
