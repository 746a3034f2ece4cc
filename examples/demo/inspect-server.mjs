// @ts-check
// `npm run demo -- HOST:PORT`: what there is to tell about a TLS server.

import { SSLError, TLSClientContext } from 'bladessl';
import { connectTLS } from './connection.mjs';
import { connectionLines, titleLine } from './report.mjs';

/**
 * @param {import('./screen.mjs').Screen} screen
 * @param {import('./options.mjs').InspectOptions} options
 */
export async function inspectServer(screen, options) {
  const context = new TLSClientContext();
  const trust = loadTrust(context, options.caFile);
  const connection = await connectTLS(context, options);
  screen.print(titleLine(screen), ...connectionLines(screen, connection, trust));
  connection.chain.freeAll();
}

/**
 * @param {TLSClientContext} context
 * @param {string | undefined} caFile
 * @returns {string} where the certificates come from
 */
function loadTrust(context, caFile) {
  if (caFile !== undefined) return loadFile(context, caFile);
  const { trustSource = 'nothing' } = context.loadDefaultTrust();
  return trustSource === 'node' ? 'the roots inside Node.js' : trustSource;
}

/**
 * @param {TLSClientContext} context
 * @param {string} caFile
 */
function loadFile(context, caFile) {
  try {
    context.setVerifyLocations(caFile);
    return caFile;
  } catch (error) {
    // The system's errors name the file; those of the parser cannot.
    if (!(error instanceof SSLError) || error.syscall !== undefined) throw error;
    throw new SSLError(`${caFile}: ${error.message}`, error);
  }
}
