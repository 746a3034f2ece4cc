// @ts-check
// The drivers. Adding one takes a row here and, for JavaScript, a module of that name which exports `open`.

import { fileURLToPath } from 'node:url';
import { compile } from './c.mjs';

/**
 * A program that runs one trial: it is started with the arguments `args`, task, version, size, seconds and
 * the directory of the identity, and prints one line of JSON (`Trial` in ../trials.mjs).
 *
 * @typedef {{ command: string, args: readonly string[] }} Program
 * @typedef {{ missing: string }} Missing why it cannot be started here
 *
 * @typedef {object} Driver
 * @property {string} name as `--only` knows it
 * @property {string} label as the chart has it
 * @property {'bladessl' | 'node' | 'c'} family
 * @property {'memory' | 'loopback'} transport only drivers with the same one are compared
 * @property {(directory: string) => Program | Missing} prepare `directory` may be written to
 */

/** @type {readonly Driver[]} */
export const drivers = [
  // Two SSLs joined by BIO.pair, synchronous calls.
  inNode('bladessl', 'bladessl SSL', 'bladessl', 'memory'),
  // node:tls on two Duplex streams.
  inNode('node-tls-duplex', 'node:tls on Duplex', 'node', 'memory'),
  // A C program on BIO pairs.
  { name: 'c', label: 'C on OpenSSL', family: 'c', transport: 'memory', prepare: compile },
  // SSLBIO on ConnectBIO and on what AcceptBIO accepts, promises.
  inNode('bladessl-chain', 'bladessl BIO chain', 'bladessl', 'loopback'),
  // node:tls on TCP.
  inNode('node-tls', 'node:tls', 'node', 'loopback'),
];

/** What the others with the same transport are compared with. */
export const rivals = { memory: 'node-tls-duplex', loopback: 'node-tls' };

/** @type {Readonly<Record<Driver['transport'], string>>} */
export const transportNames = { memory: 'in memory', loopback: 'over loopback' };

/**
 * @param {string} name
 * @param {string} label
 * @param {Driver['family']} family
 * @param {Driver['transport']} transport
 * @returns {Driver}
 */
function inNode(name, label, family, transport) {
  const trial = fileURLToPath(new URL('../trial.mjs', import.meta.url));
  const program = { command: process.execPath, args: [trial, name] };
  return { name, label, family, transport, prepare: () => program };
}
