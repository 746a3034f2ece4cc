// npm run check-package: the package as its users meet it. Packs it, compares what is in it with what has to
// be, looks at it with attw and publint, and installs it in empty folders: where nothing can compile and there
// is no prebuild, where it is compiled, and where there is a prebuild only. What is installed is used by
// require, by import and by TypeScript, with the README's own examples. CC and CXX are passed on (ccache).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { useAsJavaScript, useAsTypeScript } from './package-users.mjs';
import { libc } from './platform.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), 'bladessl-package-'));
const platformFolder = `${process.platform}-${process.arch}`;

/** What is in the tarball beside the library, the native sources and the prebuilds. */
const singleFiles = [
  'CHANGELOG.md',
  'CMakeLists.txt',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'binding.gyp',
  'docs/building.md',
  'native/exports.map',
  'package.json',
  'prebuilds/README.md',
  'scripts/build-static.mjs',
  'scripts/check-elf.mjs',
  'scripts/install.mjs',
  'scripts/platform.mjs',
];
const prebuild =
  /^prebuilds\/(linux-(x64|arm64)\/bladessl\.(glibc|musl)|(darwin|win32)-(x64|arm64)\/bladessl)\.node$/;

/** The oldest Node that is promised, and the newest that there is. */
const oldestNodeTypes = '20.17.0';
const newestNodeTypes = '26.6.6';

async function main() {
  const tarball = await step('pack: what is in it', packCheckout);
  await step('attw', () =>
    node([join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js'), tarball]),
  );
  await step('publint', () => lint(tarball));
  const unpacked = unpack(tarball);
  const prebuilds = takePrebuilds(unpacked);
  const source = npmPack(unpacked, join(work, 'source'));
  await step('install: no prebuild and no compiler', () => refuses(source));
  const compiled = await step('install: no prebuild, a compiler', () => compiles(source));
  const complete = withPrebuild(unpacked, prebuilds, compiled);
  const prebuilt = await step('install: a prebuild, no compiler', () => takesPrebuild(complete));
  await step('use: what was compiled', () => useAsJavaScript(compiled));
  await step('use: the prebuild', () => useAsJavaScript(prebuilt));
  const oldest = installForTypes(complete, oldestNodeTypes);
  const newest = installForTypes(complete, newestNodeTypes);
  await step('use: TypeScript', () => useAsTypeScript(oldest, newest));
}

async function step(name, body) {
  const start = performance.now();
  const result = await body();
  console.log(`ok   ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return result;
}

function packCheckout() {
  node([join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(root, 'tsconfig.json')]);
  const tarball = npmPack(root, join(work, 'checkout'));
  const packed = filesOf(tarball).filter((file) => !prebuild.test(file));
  assert.deepEqual(
    packed.sort(),
    expectedFiles().sort(),
    'the tarball holds what it should not, or lacks something',
  );
  return tarball;
}

function expectedFiles() {
  const library = readdirSync(join(root, 'lib'), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => ['.js', '.d.ts'].map((extension) => `dist/${file.replace(/\.ts$/, extension)}`));
  const native = readdirSync(join(root, 'native'), { recursive: true })
    .filter((file) => /\.(cc|h|inc)$/.test(file))
    .map((file) => `native/${file}`);
  return [...singleFiles, ...library, ...native];
}

async function lint(tarball) {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) },
  });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg, { color: false })),
    [],
  );
}

/** Takes the binaries out of the unpacked package: their paths within it, with their bytes. */
function takePrebuilds(unpacked) {
  const files = readdirSync(join(unpacked, 'prebuilds'), { recursive: true })
    .map((file) => `prebuilds/${file}`)
    .filter((file) => prebuild.test(file))
    .map((path) => ({ path, bytes: readFileSync(join(unpacked, path)) }));
  for (const { path } of files) rmSync(join(unpacked, path));
  return files;
}

/** With the prebuilds of the checkout where there is one for this platform, else with what was compiled. */
function withPrebuild(unpacked, prebuilds, compiled) {
  for (const { path, bytes } of prebuilds) writeFileSync(join(unpacked, path), bytes);
  const folder = join(unpacked, 'prebuilds', platformFolder);
  const file = join(folder, process.platform === 'linux' ? `bladessl.${libc()}.node` : 'bladessl.node');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(compiled, 'node_modules', 'bladessl', 'build', 'Release', 'bladessl.node'), file);
  }
  return npmPack(unpacked, join(work, 'complete'));
}

function refuses(tarball) {
  const { status, output } = install('refused', tarball, withoutCompiler());
  assert.equal(status, 1, output);
  assert.doesNotMatch(output, /gyp ERR/, 'node-gyp was started');
  const said = output.split('\n').filter((line) => line.includes('bladessl: '));
  assert.equal(said.length, 1, output);
  assert.match(
    said[0],
    /bladessl: there is no prebuilt binary for \S+( \((glibc|musl)\))?, and compiling takes Python 3, make and a C\+\+17 compiler, which are missing: install them \(.+\) and then bladessl again\.$/,
  );
}

function compiles(tarball) {
  const { status, output, folder } = install('compiled', tarball, cleanEnvironment());
  assert.equal(status, 0, output);
  assert.ok(
    existsSync(join(folder, 'node_modules', 'bladessl', 'build', 'Release', 'bladessl.node')),
    output,
  );
  return folder;
}

function takesPrebuild(tarball) {
  const { status, output, folder } = install('prebuilt', tarball, withoutCompiler());
  assert.equal(status, 0, output);
  assert.ok(!existsSync(join(folder, 'node_modules', 'bladessl', 'build')), 'it was compiled');
  return folder;
}

function installForTypes(tarball, version) {
  const more = ['--ignore-scripts', `@types/node@${version}`];
  const { status, output, folder } = install(`types-${version}`, tarball, cleanEnvironment(), more);
  assert.equal(status, 0, output);
  return folder;
}

/** Installs the tarball in a new folder. */
function install(name, tarball, env, more = []) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball, ...more];
  const { status, stdout, stderr } = npm(args, folder, env);
  return { status, output: `${stdout}${stderr}`, folder };
}

/** Without what `npm run` says of this package to the npm that it starts. */
function cleanEnvironment() {
  const own = /^(npm_package_.*|npm_lifecycle_.*|npm_command|npm_config_(local|global)_prefix|INIT_CWD)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** A PATH with Node and a shell, and nothing else. */
function withoutCompiler() {
  const tools = join(work, 'tools');
  if (!existsSync(tools)) {
    mkdirSync(tools);
    symlinkSync(process.execPath, join(tools, 'node'));
    symlinkSync('/bin/sh', join(tools, 'sh'));
  }
  const named = /^(CC|CXX|MAKE|PYTHON|NODE_GYP_FORCE_PYTHON|npm_config_(python|make))$/;
  const rest = Object.entries(cleanEnvironment()).filter(([name]) => !named.test(name));
  return { ...Object.fromEntries(rest), PATH: tools };
}

function npmPack(folder, destination) {
  mkdirSync(destination);
  const args = ['pack', '--ignore-scripts', '--pack-destination', destination];
  const { status, stderr } = npm(args, folder, cleanEnvironment());
  assert.equal(status, 0, stderr);
  return join(destination, readdirSync(destination)[0]);
}

function npm(args, cwd, env) {
  const { npm_execpath: command } = process.env;
  assert.ok(command, 'run this as npm run check-package');
  return spawnSync(process.execPath, [command, ...args], { cwd, env, encoding: 'utf8' });
}

function node(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: work, encoding: 'utf8' });
  assert.equal(status, 0, `${basename(args[0])}:\n${stdout}${stderr}`);
}

function filesOf(tarball) {
  return tar(['-tzf', tarball])
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''));
}

function unpack(tarball) {
  tar(['-xzf', tarball, '-C', work]);
  return join(work, 'package');
}

function tar(args) {
  const { status, stdout, stderr } = spawnSync('tar', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

try {
  await main();
} catch (error) {
  console.error(`FAIL ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
