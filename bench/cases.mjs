// @ts-check
// What is measured. A task is a kind of operation that each driver knows how to do.

/**
 * @typedef {object} Case
 * @property {string} name as `--only` knows it
 * @property {string} title
 * @property {'handshake' | 'echo' | 'bulk'} task
 * @property {'TLSv1.2' | 'TLSv1.3'} version
 * @property {number} size how many bytes one message has; 0 for none
 * @property {string} unit what is counted
 * @property {number} amount how many units one operation is
 */

/** @type {readonly Case[]} */
export const cases = [
  handshake('handshake-1.3', 'TLSv1.3'),
  handshake('handshake-1.2', 'TLSv1.2'),
  echo('echo-64', '64 B', 64),
  echo('echo-1k', '1 KiB', 1024),
  echo('echo-16k', '16 KiB', 16384),
  {
    name: 'bulk-16k',
    title: 'Bulk one way, 16 KiB a write',
    task: 'bulk',
    version: 'TLSv1.3',
    size: 16384,
    unit: 'MB',
    amount: 16384 / 1e6,
  },
];

/**
 * @param {string} name
 * @param {Case['version']} version
 * @returns {Case}
 */
function handshake(name, version) {
  const title = `Full handshake, ${version.replace('v', ' ')}`;
  return { name, title, task: 'handshake', version, size: 0, unit: 'handshakes', amount: 1 };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {number} size
 * @returns {Case}
 */
function echo(name, label, size) {
  const title = `Echo of ${label}`;
  return { name, title, task: 'echo', version: 'TLSv1.3', size, unit: 'round trips', amount: 1 };
}
