// What the scripts have to know of the machine and of the Node on it.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The folder of the running Node's headers, which has to have this one. `npm_config_nodedir` comes before the
 * place beside `node`. Throws when neither has it.
 */
export function nodeIncludeDir(header = 'openssl/ssl.h') {
  const prefix = process.env.npm_config_nodedir || join(dirname(process.execPath), '..');
  const folder = join(resolve(prefix), 'include', 'node');
  if (existsSync(join(folder, header))) return folder;
  throw new Error(
    `There is no ${header} in ${folder}. Set npm_config_nodedir to the folder that holds include/node.`,
  );
}

/** The C library of this Linux, as names of prebuilds have it. */
export function libc() {
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
}
