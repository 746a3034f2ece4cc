// @ts-check
// The figures as an SVG: a section for servers and one for pairs, in it a panel for each case, in that a bar
// for each driver. Each panel has a scale of its own.

import { machineLines } from './machine.mjs';
import { measures } from './measures.mjs';
import { ratioText, valueText, verdict } from './summary.mjs';

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
const sectionGap = 4;
const footerLine = 18;
const padding = 16;
const rowHeight = 21;
const barHeight = 14;
const barLeft = 166;
const valueRoom = 138;
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

const sections = [
  {
    setup: 'server',
    headline: "What one second of a server's CPU time does",
    note: 'The server alone, over loopback. Longer is better; × compares with node:tls.',
  },
  {
    setup: 'pair',
    headline: 'What one second of CPU time does',
    note: 'Client and server together. Longer is better; × compares with node:tls on the same transport.',
  },
  {
    setup: 'context',
    headline: 'What one second of CPU time makes',
    note: 'Made and freed, or left to the collector. Longer is better; × compares with node:tls.',
  },
];

/**
 * @param {readonly CaseSummary[]} summaries
 * @param {import('./machine.mjs').Machine} machine
 * @param {string} how
 */
export function drawChart(summaries, machine, how) {
  const body = drawSections(summaries);
  const footer = [...machineLines(machine), how];
  const footerTop = body.height + footerLine / 2;
  const height = footerTop + (footer.length - 1) * footerLine + margin;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Charts of what CPU time does">`,
    `  <style>${style}</style>`,
    `  <rect class="page" width="${width}" height="${height}" rx="8"/>`,
    body.svg,
    ...footer.map((line, index) => `  ${text(margin, footerTop + index * footerLine, 'muted small', line)}`),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * @param {readonly CaseSummary[]} summaries
 * @returns {Drawn}
 */
function drawSections(summaries) {
  let height = 0;
  const drawn = [];
  for (const { setup, headline, note } of sections) {
    const panels = summaries.filter(({ item }) => item.setup === setup).map(drawPanel);
    if (panels.length === 0) continue;
    const top = height === 0 ? 0 : height + sectionGap;
    const grid = drawGrid(panels, top + headerHeight);
    drawn.push(
      `  ${text(margin, top + 42, 'headline', headline)}`,
      `  ${text(margin, top + 64, 'muted', note)}`,
    );
    drawn.push(grid.svg);
    height = top + headerHeight + grid.height;
  }
  return { svg: drawn.join('\n'), height };
}

/**
 * @param {readonly Drawn[]} panels
 * @param {number} begin
 * @returns {Drawn}
 */
function drawGrid(panels, begin) {
  let top = begin;
  const drawn = [];
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    for (const [column, { svg }] of row.entries()) {
      const left = margin + column * (panelWidth + gap);
      drawn.push(`  <g transform="translate(${left} ${top})">\n${svg}\n  </g>`);
    }
    top += Math.max(...row.map(({ height }) => height)) + gap;
  }
  return { svg: drawn.join('\n'), height: top - begin };
}

/**
 * @param {CaseSummary} summary
 * @returns {Drawn}
 */
function drawPanel({ item, groups }) {
  const longest = Math.max(...groups.flatMap(({ rows }) => rows.map(({ value }) => value)));
  let y = padding + 12;
  const parts = [
    text(padding, y, 'title', item.title),
    text(panelWidth - padding, y, 'muted right', measures[item.measure].legend(item)),
  ];
  for (const { title, rows } of groups) {
    if (item.setup === 'pair') {
      y += 26;
      parts.push(text(padding, y, 'muted small', title));
    }
    for (const row of rows) {
      y += rowHeight;
      parts.push(...drawRow(y, row, longest));
    }
  }
  const height = y + padding;
  parts.unshift(`<rect class="panel" width="${panelWidth}" height="${height}" rx="6"/>`);
  return { svg: parts.map((part) => `    ${part}`).join('\n'), height };
}

/**
 * @param {number} y the base line of its text
 * @param {Figures} figures
 * @param {number} longest the value whose bar fills the room
 */
function drawRow(y, { driver, value, ratio }, longest) {
  const length = Math.max(2, Math.round((value / longest) * barRoom));
  const end = barLeft + length + 8;
  return [
    text(padding, y, '', driver.label),
    `<rect class="${driver.family}" x="${barLeft}" y="${y - 11}" width="${length}" height="${barHeight}" rx="2"/>`,
    text(end, y, 'value', valueText(value)),
    text(panelWidth - padding, y, `right ${verdict(ratio)}`, ratioText(ratio)),
  ];
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} classes
 * @param {string} content
 */
function text(x, y, classes, content) {
  const attribute = classes === '' ? '' : `class="${classes}" `;
  return `<text ${attribute}x="${x}" y="${y}">${escaped(content)}</text>`;
}

/** @param {string} content */
function escaped(content) {
  return content.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
