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

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const built = join(root, 'static', 'build', 'Release', 'bladessl.node');

/** With the folder that holds node_api.h, uv.h and the rest. */
function nodeIncludeDir() {
  const prefixes = [process.env.npm_config_nodedir, join(dirname(process.execPath), '..')];
  const folders = prefixes.filter(Boolean).map((prefix) => join(resolve(prefix), 'include', 'node'));
  const found = folders.find((folder) => existsSync(join(folder, 'uv.h')));
  if (found) return found;
  throw new Error(
    `No headers of Node.js in ${folders.join(' or ')}. Set npm_config_nodedir to the folder that holds include/node.`,
  );
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) throw new Error(`${command} could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
}

function compile() {
  const settings = {
    NODE_INCLUDE_DIR: nodeIncludeDir(),
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

function symbols(...flags) {
  const { stdout, error } = spawnSync('nm', ['--dynamic', ...flags, built], { encoding: 'utf8' });
  if (error) throw new Error(`nm could not be run: ${error.message}`);
  return stdout.trim().split('\n').filter(Boolean);
}

/** What the design of this flavour rests on; the link's flags differ elsewhere. */
function checkSymbols() {
  if (process.platform !== 'linux') return;
  const shown = symbols('--defined-only').map((line) => line.split(' ').at(-1));
  const more = shown.filter(
    (name) => !/^(napi_register_module_v1|node_api_module_get_api_version_v1)$/.test(name),
  );
  if (more.length > 0)
    throw new Error(`The addon shows ${more.length} names too many: ${more.slice(0, 5).join(', ')}`);
  const taken = symbols('--undefined-only').filter((line) =>
    / U (uv_|SSL_|BIO_|EVP_|X509_|CRYPTO_|ERR_)/.test(line),
  );
  if (taken.length > 0) throw new Error(`The addon would take from the process:\n${taken.join('\n')}`);
  console.log(`It shows ${shown.join(', ')}, and takes neither OpenSSL nor libuv for granted.`);
}

/** As node-gyp-build wants it: static/prebuilds/linux-x64/bladessl.glibc.node */
function keepPrebuild() {
  const folder = join(root, 'static', 'prebuilds', `${process.platform}-${process.arch}`);
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc';
  const file = join(folder, process.platform === 'linux' ? `bladessl.${libc}.node` : 'bladessl.node');
  mkdirSync(folder, { recursive: true });
  copyFileSync(built, file);
  run('strip', [process.platform === 'darwin' ? '-x' : '--strip-unneeded', file]);
  console.log(
    `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${file.slice(root.length + 1)}`,
  );
}

try {
  compile();
  checkSymbols();
  if (process.argv.includes('--prebuild')) keepPrebuild();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
