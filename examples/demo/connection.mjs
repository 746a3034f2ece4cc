// @ts-check
// A TLS client of one SSL BIO on one connect BIO.

import { ConnectBIO, SSLBIO } from 'bladessl';
import { patience } from './protocol.mjs';

/**
 * @typedef {object} Connection
 * @property {SSLBIO} chain
 * @property {string} server what was asked for, and the address behind it
 * @property {number} connectTime of TCP, in milliseconds
 * @property {number} handshakeTime of TLS, in milliseconds
 */

/**
 * Connects and completes the handshake. The caller frees the chain.
 *
 * @param {import('bladessl').SSLContext} context
 * @param {{ host: string, port: number }} target
 * @returns {Promise<Connection>}
 */
export async function connectTLS(context, target) {
  const chain = new SSLBIO(context).push(new ConnectBIO(target));
  try {
    const started = performance.now();
    await chain.connect({ timeout: patience });
    const connected = performance.now();
    await chain.handshake({ timeout: patience });
    return {
      chain,
      server: describeServer(target, chain.connAddress),
      connectTime: connected - started,
      handshakeTime: performance.now() - connected,
    };
  } catch (error) {
    chain.freeAll();
    throw error;
  }
}

/**
 * @param {{ host: string, port: number }} target
 * @param {string | undefined} address
 */
function describeServer({ host, port }, address) {
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return address === undefined || address === host ? name : `${name} at ${address}`;
}
