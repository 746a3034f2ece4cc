// @ts-check
// What the servers of the bench show: a certificate for `localhost` on P-256, signed by a CA on P-256.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Certificate } from 'bladessl';
import { hostname, identityFiles } from './drivers/scenario.mjs';

/** @param {string} directory */
export function mintIdentity(directory) {
  const ca = Certificate.generate({ commonName: 'bench CA' });
  const leaf = Certificate.generate({ commonName: hostname, issuer: ca });
  const write = (/** @type {string} */ name, /** @type {string} */ pem) =>
    writeFileSync(join(directory, name), pem, { mode: 0o600 });
  write(identityFiles.ca, ca.certificate.pem);
  write(identityFiles.certificate, leaf.certificate.pem);
  write(identityFiles.key, leaf.privateKey.pem);
}
