// @ts-check
// Contexts for the drivers that run on this package, and what their SSLs agreed on.

import { TLSClientContext, TLSServerContext } from 'bladessl';
import { ciphers, groups } from './scenario.mjs';

/** @param {import('./scenario.mjs').Settings} settings */
export function contextsFor({ version, identity }) {
  const client = new TLSClientContext().addCA(identity.ca);
  const server = new TLSServerContext().useCertificate(identity.certificate).usePrivateKey(identity.key);
  for (const context of [client, server]) {
    context.minVersion = version;
    context.maxVersion = version;
    context.groups = groups;
    if (version === 'TLSv1.3') context.ciphersuites = ciphers[version];
    else context.setCiphers(ciphers[version]);
  }
  return { client, server };
}

/**
 * @param {import('bladessl').SSL} ssl
 * @returns {import('./scenario.mjs').Agreed}
 */
export function agreedBy(ssl) {
  return { version: ssl.version, cipher: ssl.cipher?.standardName, group: ssl.group };
}
