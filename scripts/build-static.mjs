// npm run build:static [-- --prebuild]
// The static flavour of the addon: compiled by cmake-js against the OpenSSL in OPENSSL_ROOT_DIR (the
// system's when it is not set), which becomes a part of it. It lies under static/, where the loader looks
// for it. With --prebuild a stripped copy goes to static/prebuilds. Fails when the file shows more of
// itself than Node-API needs, or would take OpenSSL or libuv from the process.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkElf } from './check-elf.mjs';
import { libc, nodeIncludeDir } from './platform.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const built = join(root, 'static', 'build', 'Release', 'bladessl.node');

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw new Error(`${command} could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
}

function compile() {
  const settings = {
    NODE_INCLUDE_DIR: nodeIncludeDir('uv.h'),
    NODE_ADDON_API_DIR: dirname(require.resolve('node-addon-api')),
    ...(process.env.OPENSSL_ROOT_DIR && { OPENSSL_ROOT_DIR: resolve(process.env.OPENSSL_ROOT_DIR) }),
  };
  const args = ['compile', '--out', join('static', 'build'), '--config', 'Release'];
  args.push(...Object.entries(settings).map(([name, value]) => `--CD${name}=${value}`));
  const tool = cmakeJs();
  run(tool[0], [...tool.slice(1), ...args]);
}

/** A tool of development: an installed package fetches it. */
function cmakeJs() {
  try {
    return [process.execPath, require.resolve('cmake-js/bin/cmake-js')];
  } catch {
    return [process.platform === 'win32' ? 'npx.cmd' : 'npx', '--yes', 'cmake-js@8'];
  }
}

/** What the design of this flavour rests on; the link's flags differ elsewhere. */
function check() {
  if (process.platform !== 'linux') return;
  const needed = checkElf(built, process.arch, { isStatic: true });
  console.log(
    `It shows Node-API's names alone, takes neither OpenSSL nor libuv for granted, needs ${needed.join(', ')}.`,
  );
}

/** As node-gyp-build wants it: static/prebuilds/linux-x64/bladessl.glibc.node */
function keepPrebuild() {
  const folder = join(root, 'static', 'prebuilds', `${process.platform}-${process.arch}`);
  const file = join(folder, process.platform === 'linux' ? `bladessl.${libc()}.node` : 'bladessl.node');
  mkdirSync(folder, { recursive: true });
  copyFileSync(built, file);
  run('strip', [process.platform === 'darwin' ? '-x' : '--strip-unneeded', file]);
  console.log(
    `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${file.slice(root.length + 1)}`,
  );
}

try {
  compile();
  check();
  if (process.argv.includes('--prebuild')) keepPrebuild();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
