// @ts-check
// The drivers. Adding one takes a row here. One in JavaScript takes a module too: for a pair one of its name
// which exports `open`, for a server a part in ../servers/.

import { fileURLToPath } from 'node:url';
import { compile } from './c.mjs';

/**
 * A program that runs one trial: it is started with the arguments `args`, task, version, size, seconds, the
 * directory of the identity, depth and connections, and prints one line of JSON (`Trial` in ../trials.mjs).
 *
 * @typedef {{ command: string, args: readonly string[] }} Program
 * @typedef {{ missing: string }} Missing why it cannot be started here
 * @typedef {import('../cases.mjs').Case} Case
 *
 * @typedef {object} Driver
 * @property {string} name as `--only` knows it
 * @property {string} label as the chart has it
 * @property {'bladessl' | 'node' | 'c'} family
 * @property {'server' | 'memory' | 'loopback' | 'none'} transport only drivers with the same one are compared
 * @property {(directory: string) => Program | Missing} prepare `directory` may be written to
 */

/** @type {readonly Driver[]} */
export const drivers = [
  // TLSSocket, by onData and write.
  serverInNode('push', 'TLSSocket, push', 'bladessl'),
  // TLSSocket, by receive and send.
  serverInNode('promise', 'TLSSocket, promises', 'bladessl'),
  // TLSSocket, by its stream.
  serverInNode('duplex', 'TLSSocket, Duplex', 'bladessl'),
  // node:tls, as it is used most.
  serverInNode('node-server', 'node:tls', 'node'),
  // A C program on epoll.
  { name: 'c-server', label: 'C on OpenSSL', family: 'c', transport: 'server', prepare: prepareServerInC },
  // Two SSLs joined by BIO.pair, synchronous calls.
  pairInNode('bladessl', 'bladessl SSL', 'bladessl', 'memory'),
  // node:tls on two Duplex streams.
  pairInNode('node-tls-duplex', 'node:tls on Duplex', 'node', 'memory'),
  // A C program on BIO pairs.
  {
    name: 'c',
    label: 'C on OpenSSL',
    family: 'c',
    transport: 'memory',
    prepare: (directory) => compile('openssl.c', directory),
  },
  // SSLBIO on ConnectBIO and on what AcceptBIO accepts, promises.
  pairInNode('bladessl-chain', 'bladessl BIO chain', 'bladessl', 'loopback'),
  // node:tls on TCP.
  pairInNode('node-tls', 'node:tls', 'node', 'loopback'),
  // new TLSClientContext, and loadDefaultTrust.
  pairInNode('bladessl-trust', 'bladessl', 'bladessl', 'none'),
  // tls.createSecureContext.
  pairInNode('node-trust', 'node:tls', 'node', 'none'),
];

/** What the others with the same transport are compared with. */
export const rivals = {
  server: 'node-server',
  memory: 'node-tls-duplex',
  loopback: 'node-tls',
  none: 'node-trust',
};

/** @type {Readonly<Record<Driver['transport'], string>>} */
export const transportNames = {
  server: 'the server alone, over loopback',
  memory: 'in memory',
  loopback: 'over loopback',
  none: 'without connections',
};

/** @type {Readonly<Record<Driver['transport'], Case['setup']>>} */
const setups = { server: 'server', memory: 'pair', loopback: 'pair', none: 'context' };

/**
 * Whether the driver does the case.
 *
 * @param {Driver} driver
 * @param {Case} item
 */
export function does({ family, transport }, { setup, measure }) {
  if (setups[transport] !== setup) return false;
  // In C there is no event loop that others share.
  return measure !== 'delay' || family !== 'c';
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Driver['family']} family
 * @param {'memory' | 'loopback' | 'none'} transport
 * @returns {Driver}
 */
function pairInNode(name, label, family, transport) {
  const program = inNode('../trial.mjs', name);
  return { name, label, family, transport, prepare: () => program };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Driver['family']} family
 * @returns {Driver}
 */
function serverInNode(name, label, family) {
  const { command, args } = inNode('../servers/main.mjs', name);
  // Memory is compared after a garbage collection.
  const program = trialOf({ command, args: ['--expose-gc', ...args] });
  return { name, label, family, transport: 'server', prepare: () => program };
}

/**
 * @param {string} directory
 * @returns {Program | Missing}
 */
function prepareServerInC(directory) {
  const program = compile('../servers/server.c', directory);
  return 'missing' in program ? program : trialOf(program);
}

/** @param {Program} server */
function trialOf(server) {
  return inNode('../server-trial.mjs', JSON.stringify(server));
}

/**
 * @param {string} path
 * @param {string} argument
 * @returns {Program}
 */
function inNode(path, argument) {
  const script = fileURLToPath(new URL(path, import.meta.url));
  return { command: process.execPath, args: [script, argument] };
}
