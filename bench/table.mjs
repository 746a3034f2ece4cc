// @ts-check
// The figures as text.

import { measures } from './measures.mjs';
import { ratioText, timeText, valueText, verdict } from './summary.mjs';

/**
 * @typedef {import('../examples/demo/screen.mjs').Screen} Screen
 * @typedef {import('./summary.mjs').CaseSummary} CaseSummary
 * @typedef {import('./summary.mjs').Figures} Figures
 */

const nameWidth = 20;
const valueWidth = 19;
/** @type {readonly { title: string, width: number, of?: import('./measures.mjs').MeasureName }[]} */
const columns = [
  { title: 'CPU time', width: 10, of: 'cpu' },
  { title: 'clock', width: 10, of: 'cpu' },
  { title: 'spread', width: 8 },
  { title: 'to node:tls', width: 13 },
];

/**
 * @param {Screen} screen
 * @param {CaseSummary} summary
 */
export function caseLines(screen, { item, agreed, groups }) {
  const { measure } = item;
  const valueTitle = measures[measure].unit(item).padStart(valueWidth);
  const titles = columns.map(({ title, of, width }) =>
    (of === undefined || of === measure ? title : '').padStart(width),
  );
  const head = [valueTitle, ...titles].join('');
  return [
    '',
    `${screen.bold(item.title)}  ${screen.dim(agreed)}`,
    screen.dim(`${''.padEnd(nameWidth)}${head}`),
    ...groups.flatMap(({ title, rows }) => [
      `  ${screen.dim(title)}`,
      ...rows.map((row) => rowLine(screen, measure, row)),
    ]),
  ];
}

/**
 * @param {Screen} screen
 * @param {import('./measures.mjs').MeasureName} measure
 * @param {Figures} figures
 */
function rowLine(screen, measure, { driver, value, cost, wall, spread, ratio }) {
  const times = measure === 'cpu' ? [timeText(cost), timeText(wall)] : ['', ''];
  const texts = [...times, `±${(spread * 100).toFixed(0)}%`, ratioText(ratio)];
  const cells = texts.map((text, index) => text.padStart(columns[index]?.width ?? 0));
  const last = coloured(screen, ratio, String(cells.pop()));
  const name = `    ${driver.name}`.padEnd(nameWidth);
  return `${name}${valueText(value).padStart(valueWidth)}${cells.join('')}${last}`;
}

/**
 * @param {Screen} screen
 * @param {number | undefined} ratio
 * @param {string} text
 */
function coloured(screen, ratio, text) {
  const colours = { faster: screen.green, slower: screen.red, equal: screen.dim };
  return colours[verdict(ratio)].call(screen, text);
}
