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
  if (options.caFile === undefined) context.loadDefaultTrust();
  else context.setVerifyLocations(options.caFile);
  const connection = await connectTLS(context, options);
  screen.print(
    titleLine(screen),
    ...connectionLines(screen, connection, options.caFile ?? systemTrust(context)),
  );
  connection.chain.freeAll();
}

/** @param {TLSClientContext} context */
function systemTrust({ trustSource }) {
  return trustSource === 'node' ? 'the roots inside Node.js' : trustSource;
}
