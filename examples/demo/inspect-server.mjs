// @ts-check
// `npm run demo -- HOST:PORT`: what there is to tell about a TLS server.

import { TLSClientContext } from 'bladessl';
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
  if (caFile !== undefined) {
    context.setVerifyLocations(caFile);
    return caFile;
  }
  const { trustSource = 'nothing' } = context.loadDefaultTrust();
  return trustSource === 'node' ? 'the roots inside Node.js' : trustSource;
}
