// @ts-check
// What is measured. A task is a kind of operation that each driver, or each load on a server, knows how to do.

/**
 * @typedef {object} Case
 * @property {string} name as `--only` knows it
 * @property {string} title
 * @property {'server' | 'pair' | 'context'} setup a server and the load on it in two processes, both sides in one, or
 * contexts without connections
 * @property {string} task
 * @property {import('./measures.mjs').MeasureName} measure
 * @property {'TLSv1.2' | 'TLSv1.3'} version
 * @property {number} size how many bytes one message has; 0 for none
 * @property {number} depth how many messages of a connection are in flight
 * @property {number} connections how many are open, or are being made, at a time
 * @property {string} unit what is counted
 * @property {number} amount how many units one operation is
 */

/** @type {Pick<Case, 'setup' | 'measure' | 'version' | 'size' | 'depth' | 'amount'>} */
const server = { setup: 'server', measure: 'cpu', version: 'TLSv1.3', size: 0, depth: 1, amount: 1 };
/** @type {Omit<Case, 'name' | 'title' | 'task' | 'unit'>} */
const pair = { ...server, setup: 'pair', connections: 1 };
/** @type {Omit<Case, 'name' | 'title' | 'task'>} */
const context = { ...pair, setup: 'context', unit: 'contexts' };

// So many connections keep a server busy.
const newConnections = 32;
const busyConnections = 64;
const bulkConnections = 8;

/** @type {readonly Case[]} */
export const cases = [
  handshake('TLSv1.3', 'server-', server, newConnections),
  handshake('TLSv1.2', 'server-', server, newConnections),
  resumption('TLSv1.3'),
  resumption('TLSv1.2'),
  echo('64', 64, 'server-', server, busyConnections),
  echo('64', 64, 'server-', { ...server, depth: 16 }, busyConnections),
  echo('1k', 1024, 'server-', server, busyConnections),
  echo('1k', 1024, 'server-', { ...server, depth: 16 }, busyConnections),
  echo('16k', 16384, 'server-', server, busyConnections),
  echo('16k', 16384, 'server-', { ...server, depth: 16 }, busyConnections),
  bulk('download', 'Download'),
  bulk('upload', 'Upload'),
  {
    ...server,
    name: 'server-memory',
    title: 'Memory of an idle connection',
    task: 'memory',
    measure: 'memory',
    connections: 1000,
    unit: 'KiB',
  },
  {
    ...server,
    name: 'server-delay',
    title: 'Delay under 256 handshakes',
    task: 'delay',
    measure: 'delay',
    connections: 256,
    unit: 'ms',
  },
  handshake('TLSv1.3', '', pair),
  handshake('TLSv1.2', '', pair),
  echo('64', 64, '', pair),
  echo('1k', 1024, '', pair),
  echo('16k', 16384, '', pair),
  {
    ...pair,
    name: 'bulk-16k',
    title: 'Bulk one way, 16 KiB a write',
    task: 'bulk',
    size: 16384,
    unit: 'MB',
    amount: 16384 / 1e6,
  },
  { ...context, name: 'trust-roots', title: "A context that trusts Node's roots", task: 'trust' },
  { ...context, name: 'trust-own', title: 'The same, and one CA more', task: 'trust-own' },
];

/**
 * @param {Case['version']} version
 * @param {string} prefix of the name
 * @param {typeof server} common
 * @param {number} [connections]
 * @returns {Case}
 */
function handshake(version, prefix, common, connections = 1) {
  const [, number] = version.split('v');
  return {
    ...common,
    name: `${prefix}handshake-${number}`,
    title: `Full handshake, TLS ${number}`,
    task: 'handshake',
    version,
    connections,
    unit: 'handshakes',
  };
}

/**
 * @param {Case['version']} version
 * @returns {Case}
 */
function resumption(version) {
  const full = handshake(version, 'server-', server, newConnections);
  return {
    ...full,
    name: full.name.replace('handshake', 'resume'),
    title: full.title.replace('Full', 'Resumed'),
    task: 'resume',
  };
}

/**
 * @param {string} label
 * @param {number} size
 * @param {string} prefix of the name
 * @param {typeof server} common
 * @param {number} [connections]
 * @returns {Case}
 */
function echo(label, size, prefix, common, connections = 1) {
  const text = size < 1024 ? `${size} B` : `${size / 1024} KiB`;
  const { depth } = common;
  const [suffix, inFlight] = depth === 1 ? ['', ''] : [`x${depth}`, `, ${depth} in flight`];
  return {
    ...common,
    name: `${prefix}echo-${label}${suffix}`,
    title: `Echo of ${text}${inFlight}`,
    task: 'echo',
    size,
    connections,
    unit: 'round trips',
  };
}

/**
 * @param {string} task
 * @param {string} title
 * @returns {Case}
 */
function bulk(task, title) {
  return { ...server, name: `server-${task}`, title, task, connections: bulkConnections, unit: 'MB' };
}
