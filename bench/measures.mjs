// @ts-check
// What a trial is judged by. The cost of an operation is compared; the value is what is shown.

/**
 * @typedef {import('./cases.mjs').Case} Case
 * @typedef {import('./trials.mjs').Trial} Trial
 *
 * @typedef {object} Measure
 * @property {(trial: Trial) => number} cost
 * @property {(cost: number, item: Case) => number} value
 * @property {(item: Case) => string} unit of the value, for a table
 * @property {(item: Case) => string} legend for a chart
 *
 * @typedef {'cpu' | 'memory' | 'delay'} MeasureName
 */

/** @type {Readonly<Record<MeasureName, Measure>>} */
export const measures = {
  // Seconds of CPU time.
  cpu: {
    cost: ({ cpu = Number.NaN, operations }) => cpu / operations,
    value: (cost, { amount }) => amount / cost,
    unit: ({ unit }) => `${unit}/CPU s`,
    legend: ({ unit }) => `${unit} per CPU second`,
  },
  // Bytes of resident memory.
  memory: {
    cost: ({ resident = Number.NaN, operations }) => resident / operations,
    value: (cost) => cost / 1024,
    unit: ({ unit }) => unit,
    legend: ({ unit }) => `${unit}, shorter is better`,
  },
  // Seconds, the 99th percentile.
  delay: {
    cost: ({ delay = Number.NaN }) => delay,
    value: (cost) => cost * 1000,
    unit: ({ unit }) => `${unit}, p99`,
    legend: ({ unit }) => `${unit} (p99), shorter is better`,
  },
};
