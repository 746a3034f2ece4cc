// @ts-check
// Where figures come from.

import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { versions } from 'bladessl';

/**
 * @typedef {object} Machine
 * @property {string} cpu
 * @property {number} cores
 * @property {string} system
 * @property {number} load how many processes wanted to run before the bench began
 * @property {string} date
 * @property {string} bladessl
 * @property {string} node
 * @property {string} openssl the one inside Node
 * @property {string | undefined} opensslOfC the one that the C program was linked with
 */

/** @returns {Machine} */
export function describeMachine() {
  const [load = 0] = loadavg();
  return {
    cpu: (cpus()[0]?.model ?? process.arch).trim(),
    cores: availableParallelism(),
    system: `${type()} ${release().replace(/-.*/, '')} ${process.arch}`,
    load,
    date: new Date().toISOString().slice(0, 10),
    bladessl: versions.bladessl,
    node: process.versions.node,
    openssl: process.versions.openssl,
    opensslOfC: undefined,
  };
}

/**
 * Two lines: the machine, and the software on it.
 *
 * @param {Machine} machine
 */
export function machineLines(machine) {
  const { cpu, cores, system, date, bladessl, node, openssl, opensslOfC } = machine;
  const ofC = opensslOfC === undefined ? '' : ` (C program: ${opensslOfC})`;
  return [
    `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${system}, ${date}`,
    `bladessl ${bladessl}, Node.js ${node}, OpenSSL ${openssl}${ofC}`,
  ];
}
