// @ts-check
// What the command lines of the demo and of the bench have in common.

import { resolve } from 'node:path';

/**
 * npm runs scripts in the package's folder and leaves the user's own in INIT_CWD.
 *
 * @param {string} script the name that npm knows it by
 * @param {string} path
 */
export function fromUsersFolder(script, path) {
  const byNpm = process.env.npm_lifecycle_event === script;
  return resolve((byNpm && process.env.INIT_CWD) || '.', path);
}

/**
 * What parseArgs complains of. It goes on to explain how to pass a file whose name begins with a dash.
 *
 * @param {unknown} error
 */
export function complaintOf(error) {
  return /** @type {Error} */ (error).message.replace(/\. To specify.*$/s, '');
}
