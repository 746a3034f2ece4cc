// @ts-check
// The figures as an SVG: a panel for each case, a bar for each driver, each panel on a scale of its own.

import { machineLines } from './machine.mjs';
import { rateText, ratioText, verdict } from './summary.mjs';

/**
 * @typedef {import('./summary.mjs').CaseSummary} CaseSummary
 * @typedef {import('./summary.mjs').Figures} Figures
 * @typedef {{ svg: string, height: number }} Drawn
 */

const panelWidth = 480;
const gap = 20;
const margin = 28;
const columns = 2;
const width = 2 * margin + columns * panelWidth + (columns - 1) * gap;

const headerHeight = 84;
const footerLine = 18;
const padding = 16;
const rowHeight = 22;
const barHeight = 14;
const barLeft = 150;
const valueRoom = 122;
const barRoom = panelWidth - barLeft - valueRoom - padding;

const style = `
    text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', sans-serif }
    .page { fill: #ffffff }
    .panel { fill: #f6f8fa; stroke: #d1d9e0 }
    text { fill: #1f2328; font-variant-numeric: tabular-nums }
    .headline { font-size: 21px; font-weight: 600 }
    .title { font-size: 14px; font-weight: 600 }
    .value { font-weight: 600 }
    .muted, .equal { fill: #59636e }
    .small { font-size: 11.5px }
    .right { text-anchor: end }
    .faster { fill: #1a7f37; font-weight: 600 }
    .slower { fill: #d1242f; font-weight: 600 }
    .bladessl { fill: #1f883d }
    .node { fill: #818b98 }
    .c { fill: #c8cfd6 }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117 }
      .panel { fill: #151b23; stroke: #3d444d }
      text { fill: #f0f6fc }
      .muted, .equal { fill: #9198a1 }
      .faster { fill: #3fb950 }
      .slower { fill: #f85149 }
      .bladessl { fill: #2ea043 }
      .node { fill: #656c76 }
      .c { fill: #3d444d }
    }
  `;

/**
 * @param {readonly CaseSummary[]} summaries
 * @param {import('./machine.mjs').Machine} machine
 * @param {string} how
 */
export function drawChart(summaries, machine, how) {
  const grid = drawGrid(summaries.map(drawPanel));
  const footer = [...machineLines(machine), how];
  const footerTop = headerHeight + grid.height + footerLine / 2;
  const height = footerTop + (footer.length - 1) * footerLine + margin;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="headline">`,
    `  <style>${style}</style>`,
    `  <rect class="page" width="${width}" height="${height}" rx="8"/>`,
    `  ${text(margin, 42, 'headline', 'What one second of CPU time does', 'headline')}`,
    `  ${text(margin, 64, 'muted', 'Client and server together. Longer is better; × compares with node:tls on the same transport.')}`,
    grid.svg,
    ...footer.map((line, index) => `  ${text(margin, footerTop + index * footerLine, 'muted small', line)}`),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {readonly Drawn[]} panels */
function drawGrid(panels) {
  let top = headerHeight;
  const drawn = [];
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    for (const [column, { svg }] of row.entries()) {
      const left = margin + column * (panelWidth + gap);
      drawn.push(`  <g transform="translate(${left} ${top})">\n${svg}\n  </g>`);
    }
    top += Math.max(...row.map(({ height }) => height)) + gap;
  }
  return { svg: drawn.join('\n'), height: top - headerHeight };
}

/**
 * @param {CaseSummary} summary
 * @returns {Drawn}
 */
function drawPanel({ item, groups }) {
  const best = Math.max(...groups.flatMap(({ rows }) => rows.map(({ rate }) => rate)));
  let y = padding + 12;
  const parts = [
    text(padding, y, 'title', item.title),
    text(panelWidth - padding, y, 'muted right', `${item.unit} per CPU second`),
  ];
  for (const { title, rows } of groups) {
    y += 26;
    parts.push(text(padding, y, 'muted small', title));
    for (const row of rows) {
      y += rowHeight;
      parts.push(...drawRow(y, row, best));
    }
  }
  const height = y + padding;
  parts.unshift(`<rect class="panel" width="${panelWidth}" height="${height}" rx="6"/>`);
  return { svg: parts.map((part) => `    ${part}`).join('\n'), height };
}

/**
 * @param {number} y the base line of its text
 * @param {Figures} figures
 * @param {number} best the rate whose bar fills the room
 */
function drawRow(y, { driver, rate, ratio }, best) {
  const length = Math.max(2, Math.round((rate / best) * barRoom));
  const end = barLeft + length + 8;
  return [
    text(padding, y, '', driver.label),
    `<rect class="${driver.family}" x="${barLeft}" y="${y - 11}" width="${length}" height="${barHeight}" rx="2"/>`,
    text(end, y, 'value', rateText(rate)),
    text(panelWidth - padding, y, `right ${verdict(ratio)}`, ratioText(ratio)),
  ];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} classes
 * @param {string} content
 * @param {string} [id]
 */
function text(x, y, classes, content, id) {
  const attributes = [
    ...(id === undefined ? [] : [`id="${id}"`]),
    ...(classes === '' ? [] : [`class="${classes}"`]),
  ].map((attribute) => `${attribute} `);
  return `<text ${attributes.join('')}x="${x}" y="${y}">${escaped(content)}</text>`;
}

/** @param {string} content */
function escaped(content) {
  return content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
