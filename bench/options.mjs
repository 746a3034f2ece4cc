// @ts-check
// The command line of the bench.

import { parseArgs } from 'node:util';
import { complaintOf, fromUsersFolder } from '../examples/demo/command-line.mjs';
import { cases } from './cases.mjs';
import { does, drivers } from './drivers/index.mjs';

const defaultRounds = 3;
const defaultSeconds = 1;

/** @param {readonly { name: string }[]} items */
const names = (items) => items.map(({ name }) => name).join(' ');

export const usage = `Usage: npm run bench [-- options]
  Measures the drivers against each other, each trial in a process of its own.

Options:
  --rounds N       how many trials each case and driver gets, 1 to 1000; default: ${defaultRounds}
  --secs S         how long a trial measures, up to 600 s, after half as long to warm up; default: ${defaultSeconds}
  --only NAME,...  only these cases, and only these drivers; the beginning of a name will do
  --json FILE      writes all figures
  --svg FILE       draws a chart
  --markdown FILE  puts a table of the servers into the place that FILE has for it
  -h, --help       this text

Cases:   ${names(cases)}
Drivers: ${names(drivers)}`;

/**
 * @typedef {object} BenchOptions
 * @property {'bench'} kind
 * @property {number} rounds
 * @property {number} seconds
 * @property {readonly import('./cases.mjs').Case[]} cases
 * @property {readonly import('./drivers/index.mjs').Driver[]} drivers
 * @property {string | undefined} json
 * @property {string | undefined} markdown
 * @property {string | undefined} svg
 *
 * @typedef {BenchOptions | { kind: 'help' } | { kind: 'wrong', complaint: string }} Options
 */

/**
 * @param {readonly string[]} args
 * @returns {Options}
 */
export function readOptions(args) {
  try {
    const values = parse(args);
    if (values.help) return { kind: 'help' };
    const rounds = number('--rounds', values.rounds, 1, 1000);
    if (!Number.isInteger(rounds)) {
      throw new Error(`--rounds must be a whole number, not '${values.rounds}'`);
    }
    const seconds = number('--secs', values.secs, 0.001, 600);
    const { json, markdown, svg } = values;
    return {
      kind: 'bench',
      rounds,
      seconds,
      ...select(values.only),
      json: json && fromUsersFolder('bench', json),
      markdown: markdown && fromUsersFolder('bench', markdown),
      svg: svg && fromUsersFolder('bench', svg),
    };
  } catch (error) {
    return { kind: 'wrong', complaint: complaintOf(error) };
  }
}

/** @param {readonly string[]} args */
function parse(args) {
  return parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      rounds: { type: 'string', default: String(defaultRounds) },
      secs: { type: 'string', default: String(defaultSeconds) },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      svg: { type: 'string' },
    },
  }).values;
}

/**
 * @param {string} option
 * @param {string} text
 * @param {number} min
 * @param {number} max
 */
function number(option, text, min, max) {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Error(`${option} must be ${min} to ${max}, not '${text}'`);
}

/** @param {string} only */
function select(only) {
  const wanted = only.split(',').filter((name) => name !== '');
  const matches = wanted.map((name) => ({ cases: named(cases, name), drivers: named(drivers, name) }));
  const stranger = matches.findIndex((match) => match.cases.length + match.drivers.length === 0);
  if (stranger >= 0) {
    throw new Error(`--only: '${wanted[stranger]}' begins no case's name and no driver's`);
  }
  const chosenCases = chosen(cases, new Set(matches.flatMap((match) => match.cases)));
  const chosenDrivers = chosen(drivers, new Set(matches.flatMap((match) => match.drivers)));
  const selection = {
    cases: chosenCases.filter((item) => chosenDrivers.some((driver) => does(driver, item))),
    drivers: chosenDrivers.filter((driver) => chosenCases.some((item) => does(driver, item))),
  };
  if (selection.cases.length === 0) throw new Error('--only: none of these drivers does any of these cases');
  return selection;
}

/**
 * All, if none is chosen.
 *
 * @template Item
 * @param {readonly Item[]} items
 * @param {ReadonlySet<Item>} wanted
 */
function chosen(items, wanted) {
  return wanted.size === 0 ? items : items.filter((item) => wanted.has(item));
}

/**
 * The item of that name, or else those whose names begin so.
 *
 * @template {{ name: string }} Item
 * @param {readonly Item[]} items
 * @param {string} name
 */
function named(items, name) {
  const exact = items.filter((item) => item.name === name);
  return exact.length > 0 ? exact : items.filter((item) => item.name.startsWith(name));
}
