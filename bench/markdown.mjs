// @ts-check
// What `--markdown` writes: a table of the servers, in the place that the file has for it.

import { readFileSync } from 'node:fs';
import { BenchError } from './errors.mjs';
import { machineLines } from './machine.mjs';
import { measures } from './measures.mjs';
import { ratioText, valueText } from './summary.mjs';

/** @typedef {import('./summary.mjs').CaseSummary} CaseSummary */

const place = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/;

/**
 * The text of the file with the table in it.
 *
 * @param {string} file
 * @param {readonly CaseSummary[]} summaries
 * @param {import('./machine.mjs').Machine} machine
 * @param {string} how
 */
export function withTable(file, summaries, machine, how) {
  const text = readText(file);
  if (!place.test(text))
    throw new BenchError(`${file} has no place for a table: <!-- bench --><!-- /bench -->`);
  const about = [...machineLines(machine), how].join('; ');
  const table = [...tableLines(summaries), '', `${about}.`].join('\n');
  return text.replace(place, (_, begin, end) => `${begin}${table}\n${end}`);
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BenchError(/** @type {Error} */ (error).message);
  }
}

/** @param {readonly CaseSummary[]} summaries */
function tableLines(summaries) {
  const servers = summaries.filter(({ item }) => item.setup === 'server');
  const drivers = [...new Set(servers.flatMap(rowsOf).map(({ driver }) => driver))];
  const lines = servers.map((summary) => {
    const { item } = summary;
    const cells = drivers.map((driver) => cellOf(rowsOf(summary).find((row) => row.driver === driver)));
    return [item.title, measures[item.measure].unit(item), ...cells];
  });
  const head = ['', '', ...drivers.map(({ label }) => label)];
  const rule = ['---', '---', ...drivers.map(() => '---:')];
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`);
}

/** @param {CaseSummary} summary */
function rowsOf({ groups }) {
  return groups.flatMap(({ rows }) => rows);
}

/** @param {import('./summary.mjs').Figures | undefined} figures */
function cellOf(figures) {
  if (figures === undefined) return '';
  const { value, ratio, driver } = figures;
  const compared = ratio === undefined || driver.family === 'node' ? '' : ` (${ratioText(ratio)})`;
  return `${valueText(value)}${compared}`;
}
