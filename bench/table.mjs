// @ts-check
// The figures as text.

import { rateText, ratioText, timeText, verdict } from './summary.mjs';

/**
 * @typedef {import('../examples/demo/screen.mjs').Screen} Screen
 * @typedef {import('./summary.mjs').CaseSummary} CaseSummary
 * @typedef {import('./summary.mjs').Figures} Figures
 */

const nameWidth = 20;
const rateWidth = 19;
const columns = [
  { title: 'CPU time', width: 10 },
  { title: 'clock', width: 10 },
  { title: 'spread', width: 8 },
  { title: 'to node:tls', width: 13 },
];

/**
 * @param {Screen} screen
 * @param {CaseSummary} summary
 */
export function caseLines(screen, { item, agreed, groups }) {
  const rateTitle = `${item.unit}/CPU s`.padStart(rateWidth);
  const head = [rateTitle, ...columns.map(({ title, width }) => title.padStart(width))].join('');
  return [
    '',
    `${screen.bold(item.title)}  ${screen.dim(agreed)}`,
    screen.dim(`${''.padEnd(nameWidth)}${head}`),
    ...groups.flatMap(({ title, rows }) => [
      `  ${screen.dim(title)}`,
      ...rows.map((row) => rowLine(screen, row)),
    ]),
  ];
}

/**
 * @param {Screen} screen
 * @param {Figures} figures
 */
function rowLine(screen, { driver, rate, cpu, wall, spread, ratio }) {
  const texts = [timeText(cpu), timeText(wall), `±${(spread * 100).toFixed(0)}%`, ratioText(ratio)];
  const cells = texts.map((text, index) => text.padStart(columns[index]?.width ?? 0));
  const last = coloured(screen, ratio, String(cells.pop()));
  const name = `    ${driver.name}`.padEnd(nameWidth);
  return `${name}${rateText(rate).padStart(rateWidth)}${cells.join('')}${last}`;
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
