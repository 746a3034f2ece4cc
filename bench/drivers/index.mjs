// @ts-check
// The drivers. Adding one takes a row here and, for JavaScript, a module of that name which exports `open`.

import { fileURLToPath } from 'node:url';
import { compile } from './c.mjs';

/**
 * A program that runs one trial: it is started with the arguments `args`, task, version, size, seconds and
 * the directory of the identity, and prints one line of JSON (`Trial` in ../trials.mjs).
 *
 * @typedef {{ command: string, args: readonly string[] }} Program
 *
 * @typedef {object} Driver
 * @property {string} name as `--only` knows it
 * @property {string} about
 * @property {'memory' | 'loopback'} transport only drivers with the same one are compared
 * @property {(directory: string) => Program | { missing: string }} prepare `directory` may be written to
 */

/** @type {readonly Driver[]} */
export const drivers = [
  inNode('bladessl', 'memory', 'two SSLs joined by BIO.pair, synchronous calls'),
  inNode('node-tls-duplex', 'memory', 'node:tls on two Duplex streams joined in memory'),
  { name: 'c', transport: 'memory', about: 'a C program on BIO pairs', prepare: compile },
  inNode('bladessl-chain', 'loopback', 'SSLBIO on ConnectBIO and AcceptBIO, promises'),
  inNode('node-tls', 'loopback', 'node:tls on TCP'),
];

/** What the others with the same transport are compared with. */
export const rivals = { memory: 'node-tls-duplex', loopback: 'node-tls' };

/** @type {Readonly<Record<Driver['transport'], string>>} */
export const transportNames = { memory: 'in memory', loopback: 'over loopback' };

/**
 * @param {string} name
 * @param {Driver['transport']} transport
 * @param {string} about
 * @returns {Driver}
 */
function inNode(name, transport, about) {
  const trial = fileURLToPath(new URL('../trial.mjs', import.meta.url));
  return { name, transport, about, prepare: () => ({ command: process.execPath, args: [trial, name] }) };
}
