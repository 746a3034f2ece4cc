// @ts-check
// From trials to figures.

import { rivals, transportNames } from './drivers/index.mjs';
import { measures } from './measures.mjs';

/**
 * @typedef {import('./trials.mjs').Series} Series
 * @typedef {import('./trials.mjs').Trial} Trial
 * @typedef {import('./cases.mjs').Case} Case
 * @typedef {import('./drivers/index.mjs').Driver} Driver
 *
 * @typedef {object} Figures medians over the rounds; times in seconds
 * @property {Driver} driver
 * @property {readonly Trial[]} trials
 * @property {number} cost of one operation: CPU time of the whole process, or what else the case measures
 * @property {number} wall time on the clock for one operation
 * @property {number} value what is shown of the cost: units for a second of CPU time, KiB, milliseconds
 * @property {number} spread how far rounds lie from the median, as a share of it
 * @property {number | undefined} ratio how many times the cost that of node:tls on the same transport is, if that ran
 *
 * @typedef {{ item: Case, agreed: string, groups: { title: string, rows: Figures[] }[] }} CaseSummary
 */

/**
 * @param {readonly Series[]} all
 * @returns {CaseSummary[]}
 */
export function summarise(all) {
  const items = [...new Set(all.map(({ item }) => item))];
  return items.map((item) => {
    const own = all.filter((series) => series.item === item);
    const rows = own.map(figuresOf);
    for (const row of rows) {
      const rival = rows.find(({ driver }) => driver.name === rivals[row.driver.transport]);
      row.ratio = rival && ratioOf(item, row, rival);
    }
    const transports = [...new Set(rows.map(({ driver }) => driver.transport))];
    const groups = transports.map((transport) => ({
      title: transportNames[transport],
      rows: rows.filter(({ driver }) => driver.transport === transport),
    }));
    const { cipher, group } = own[0]?.trials[0] ?? {};
    const agreed = [cipher, group?.toLowerCase()].filter((name) => name !== undefined).join(', ');
    return { item, agreed, groups };
  });
}

/**
 * @param {Series} series
 * @returns {Figures}
 */
function figuresOf({ item, driver, trials }) {
  const measure = measures[item.measure];
  const costs = trials.map(measure.cost);
  const cost = median(costs);
  const wall = median(trials.map((trial) => trial.wall / trial.operations));
  const spread = Math.max(...costs.map((one) => Math.abs(one - cost))) / cost;
  return { driver, trials, cost, wall, value: measure.value(cost, item), spread, ratio: undefined };
}

/**
 * Compared round by round: what slows the machine for a while slows both.
 *
 * @param {Case} item
 * @param {Figures} own
 * @param {Figures} rival
 */
function ratioOf({ measure }, own, rival) {
  const { cost } = measures[measure];
  return median(
    own.trials.map((trial, round) => cost(/** @type {Trial} */ (rival.trials[round])) / cost(trial)),
  );
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const threeDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** @param {number} value */
export function valueText(value) {
  return threeDigits.format(value);
}

/** @param {number} seconds */
export function timeText(seconds) {
  const [value, unit] = seconds < 1e-3 ? [seconds * 1e6, 'µs'] : [seconds * 1e3, 'ms'];
  return `${value.toPrecision(3)} ${unit}`;
}

// Two figures that are closer than this count as equal.
const notable = 0.05;

/**
 * @param {number | undefined} ratio
 * @returns {'faster' | 'slower' | 'equal'}
 */
export function verdict(ratio = 1) {
  if (Math.abs(ratio - 1) < notable) return 'equal';
  return ratio > 1 ? 'faster' : 'slower';
}

/** @param {number | undefined} ratio */
export function ratioText(ratio) {
  return ratio === undefined ? '' : `${ratio.toFixed(2)}×`;
}
