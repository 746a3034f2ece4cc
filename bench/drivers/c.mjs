// @ts-check
// Compiles the programs in C with the system's compiler against the system's OpenSSL.

import { spawnSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param {string} file beside this one
 * @param {string} directory
 * @returns {import('./index.mjs').Program | import('./index.mjs').Missing}
 */
export function compile(file, directory) {
  const compiler = process.env.CC || 'cc';
  const command = join(directory, basename(file, '.c'));
  const source = fileURLToPath(new URL(file, import.meta.url));
  const { error, status, stderr } = spawnSync(
    compiler,
    ['-std=gnu11', '-O2', '-o', command, source, '-lssl', '-lcrypto'],
    { encoding: 'utf8' },
  );
  if (error) return { missing: `there is no C compiler '${compiler}'` };
  if (status === 0) return { command, args: [] };
  if (/openssl\/\w+\.h|-lssl|-lcrypto/.test(stderr)) {
    return { missing: "OpenSSL's headers or libraries are missing (Debian's package libssl-dev)" };
  }
  return { missing: `'${compiler}' failed: ${stderr.trim().split('\n')[0]}` };
}
