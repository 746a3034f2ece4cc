// @ts-check
// The demo. `npm run demo` fetches files from a TLS server of its own; `npm run demo -- HOST:PORT` looks at
// any TLS server. See options.mjs for the command line.

import { SSLError } from 'bladessl';
import { exitOnSignals } from './at-exit.mjs';
import { DemoError } from './demo-error.mjs';
import { inspectServer } from './inspect-server.mjs';
import { readOptions, usage } from './options.mjs';
import { failureLines } from './report.mjs';
import { Screen } from './screen.mjs';
import { transferFiles } from './transfer-files.mjs';

const out = new Screen(process.stdout);
const err = new Screen(process.stderr);

/** @param {readonly string[]} args */
async function main(args) {
  const options = readOptions(args);
  if (options.kind === 'wrong') {
    err.print(`${err.red('error:')} ${options.complaint}`, '', usage);
    return 2;
  }
  if (options.kind === 'help') {
    out.print(usage);
    return 0;
  }
  try {
    if (options.kind === 'inspect') await inspectServer(out, options);
    else await transferFiles(out, options);
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    out.clearProgress();
    err.print(...failureLines(err, error));
    return 1;
  }
}

/**
 * The network, OpenSSL and the file system may fail; anything else is a mistake in the demo.
 *
 * @param {unknown} error
 * @returns {error is Error}
 */
function isExpected(error) {
  return (
    error instanceof SSLError || error instanceof DemoError || (error instanceof Error && 'syscall' in error)
  );
}

exitOnSignals();
process.exitCode = await main(process.argv.slice(2));
