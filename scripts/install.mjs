// The install script of the package: keeps the binary that the loader finds when this Node can load it, and
// compiles one otherwise. npm_config_build_from_source=true (or =bladessl) compiles in any case. When neither
// works, the last thing it says is one sentence with what was tried and what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libc } from './platform.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { env, platform } = process;
const onWindows = platform === 'win32';

/** More compilers at once than these take more memory than a small machine has. */
const maxJobs = 4;

function main() {
  const runtime = runtimeWithoutOpenSSL();
  if (runtime !== undefined) {
    say(`nothing was compiled: ${runtime} has no OpenSSL that an addon built with Node's headers could use.`);
    return;
  }
  const reason = reasonToCompile();
  if (reason === undefined) return;
  refuseWithoutTools(reason);
  const headers = useHeaders(reason);
  compile(reason, headers);
}

/** Electron and its like carry BoringSSL, Bun and Deno no OpenSSL at all. */
function runtimeWithoutOpenSSL() {
  const target = env.npm_config_runtime;
  if (target && target !== 'node') return target;
  return ['bun', 'deno', 'electron'].find((name) => name in process.versions);
}

/** Why there has to be a new binary; undefined when there is one that loads. */
function reasonToCompile() {
  const asked = (env.npm_config_build_from_source ?? '').split(',');
  if (asked.includes('true') || asked.includes('bladessl')) return 'a build from source was asked for';

  const file = foundBinary();
  if (file === undefined) return `there is no prebuilt binary for ${describePlatform()}`;
  const problem = problemOfLoading(file);
  return problem && `${relative(root, file)} does not load on ${describePlatform()} (${problem})`;
}

/** What the loader would take. */
function foundBinary() {
  const { resolve } = require('node-gyp-build');
  try {
    return resolve(root);
  } catch {
    return undefined;
  }
}

/** Loads in a process of its own: a file that is cut off, or made for other hardware, may end it. */
function problemOfLoading(file) {
  const { status, signal, stderr } = run(process.execPath, ['-e', 'require(process.argv[1])', file]);
  if (status === 0) return undefined;
  return /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? `${signal ?? `status ${status}`}`;
}

function describePlatform() {
  const name = `${platform}-${process.arch}`;
  if (platform !== 'linux') return name;
  return `${name} (${libc()})`;
}

/** Without tools node-gyp says so in a hundred lines. On Windows it looks for them in places of its own. */
function refuseWithoutTools(reason) {
  if (onWindows) return;
  const missing = [
    { name: 'Python 3', package: 'python3', here: pythons().some(isPython3) },
    { name: 'make', package: 'make', here: run(makeCommand(), ['--version']).status === 0 },
    { name: 'a C++17 compiler', package: 'g++', here: compilesCxx17() },
    { name: 'node-gyp', package: 'node-gyp', here: nodeGyp() !== undefined },
  ].filter(({ here }) => !here);
  if (missing.length === 0) return;
  const [are, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
  const hint =
    platform === 'darwin'
      ? 'xcode-select --install'
      : `the packages ${list(missing.map((tool) => tool.package))} on Debian, Ubuntu and Alpine`;
  throw new Error(
    `${reason}, and compiling takes ${list(missing.map(({ name }) => name))}, which ${are} missing: ` +
      `install ${them} (${hint}) and then bladessl again.`,
  );
}

/** In node-gyp's order. */
function pythons() {
  if (env.NODE_GYP_FORCE_PYTHON) return [env.NODE_GYP_FORCE_PYTHON];
  return [env.npm_config_python, env.PYTHON, 'python3', 'python'].filter(Boolean);
}

function isPython3(command) {
  return run(command, ['-c', 'import sys; sys.exit(sys.version_info < (3, 8))']).status === 0;
}

function makeCommand() {
  return env.npm_config_make || env.MAKE || (/bsd|aix/.test(platform) ? 'gmake' : 'make');
}

/** CXX may be a command with arguments, as in `ccache g++`. */
function compilesCxx17() {
  const compiler = env.CXX || (platform === 'linux' ? 'g++' : 'c++');
  const source = '#include <optional>\n#include <string_view>\nstd::optional<std::string_view> text;\n';
  const command = `${compiler} -std=c++17 -fsyntax-only -x c++ -`;
  return run(command, [], { shell: true, input: source }).status === 0;
}

/** node-gyp as a command with its first arguments: the one that npm brings, one that is installed, or on PATH. */
function nodeGyp() {
  if (env.npm_config_node_gyp) return [process.execPath, env.npm_config_node_gyp];
  try {
    return [process.execPath, require.resolve('node-gyp/bin/node-gyp.js')];
  } catch {
    const found = run('node-gyp', ['--version'], { shell: onWindows }).status === 0;
    return found ? ['node-gyp'] : undefined;
  }
}

/** Node's own headers where they are beside it; those that node-gyp has or fetches, else. */
function useHeaders(reason) {
  const folder = env.npm_config_nodedir || join(dirname(process.execPath), '..');
  if (env.npm_config_nodedir || isNodeHeaders(folder)) return { npm_config_nodedir: folder };
  if (runNodeGyp(['install', '--ensure'])) return {};
  throw new Error(
    `${reason}, and compiling takes the headers of Node ${process.version}, which could not be downloaded: ` +
      'set npm_config_nodedir to the folder that holds include/node and then install bladessl again.',
  );
}

function isNodeHeaders(folder) {
  const file = join(folder, 'include', 'node', 'node_version.h');
  if (!existsSync(file)) return false;
  const text = readFileSync(file, 'utf8');
  const part = (name) => new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text)?.[1];
  return process.versions.node === ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.');
}

function compile(reason, headers) {
  say(`compiling, because ${reason}.`);
  const jobs = String(Math.min(availableParallelism(), maxJobs));
  const compiled = runNodeGyp(['rebuild'], { JOBS: jobs, ...env, ...headers });
  const tools = onWindows
    ? "Python 3 and Visual Studio's C++ build tools"
    : 'Python 3, make and a C++17 compiler';
  if (!compiled) {
    throw new Error(`${reason}, and compiling, which takes ${tools}, failed as is shown above.`);
  }
  const file = foundBinary();
  const problem = file === undefined ? 'it is not there' : problemOfLoading(file);
  if (problem) throw new Error(`${reason}, and what was compiled does not load: ${problem}`);
}

/** Shows the output when it fails, or as it comes to those who want to see it. */
function runNodeGyp(args, environment = env) {
  const verbose =
    env.npm_config_foreground_scripts === 'true' || /^(verbose|silly)$/.test(env.npm_config_loglevel ?? '');
  const [command, ...first] = nodeGyp() ?? ['node-gyp'];
  const { status, stdout, stderr } = run(command, [...first, ...args], {
    env: environment,
    shell: onWindows && first.length === 0,
    ...(verbose ? { stdio: 'inherit' } : {}),
  });
  if (status !== 0 && !verbose) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  return status === 0;
}

function run(command, args, options) {
  return spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    windowsHide: true,
    ...options,
  });
}

function list(items) {
  return items.length === 1 ? items[0] : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

function say(text) {
  console.log(`bladessl: ${text}`);
}

try {
  main();
} catch (error) {
  console.error(`bladessl: ${error.message}`);
  process.exitCode = 1;
}
