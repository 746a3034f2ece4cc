// @ts-check
// What has to be put away when the process ends, whichever way it ends.

import { constants } from 'node:os';

/**
 * Runs `action` (synchronous) when the process exits: at its end, by a signal, or by an uncaught exception.
 *
 * @param {() => void} action
 */
export function atExit(action) {
  process.once('exit', action);
}

/** Lets signals end the process by way of its exit listeners, with the status that a shell would report. */
export function exitOnSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  // The reader of a pipe has gone, as in `npm run demo | head -1`.
  process.stdout.on('error', () => process.exit(1));
}
