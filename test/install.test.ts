// The install script, in a folder made up for the purpose: it has the script, node-gyp-build, and a node-gyp
// that compiles nothing but tells how it was called. npm run check-package has the true ones.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Environment, type Result, root, runNode } from './helpers/programs';

const platform = `${process.platform}-${process.arch}`;
const { resolve }: { resolve: (folder: string) => string } = require('node-gyp-build');
const compiled = resolve(root);
const tools = ['python3', 'make', 'g++'];

/** Notes its arguments and settings, and "compiles" a copy of what COMPILED names. */
const nodeGyp = `
const fs = require('node:fs');
const { npm_config_nodedir: nodedir, JOBS: jobs, COMPILED: compiled, GYP_STATUS: status = '0' } = process.env;
fs.appendFileSync('calls', JSON.stringify({ args: process.argv.slice(2), nodedir, jobs }) + '\\n');
console.log('the output of node-gyp');
fs.mkdirSync('build/Release', { recursive: true });
if (compiled) fs.copyFileSync(compiled, 'build/Release/bladessl.node');
process.exitCode = Number(status);
`;

class Package {
  readonly #folder = mkdtempSync(join(tmpdir(), 'bladessl-install-'));
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    t.after(() => rmSync(this.#folder, { recursive: true, force: true }));
    this.write('package.json', '{ "name": "bladessl" }');
    this.write('node-gyp.js', nodeGyp);
    for (const path of ['scripts/install.mjs', 'scripts/platform.mjs', 'node_modules/node-gyp-build']) {
      cpSync(join(root, path), this.path(path), { recursive: true });
    }
    this.giveTools(tools);
  }

  path(file: string): string {
    return join(this.#folder, file);
  }

  write(file: string, content: string | Uint8Array, mode = 0o600): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), content, { mode });
  }

  /** Makes the PATH: what is there works, as far as the script can see, or fails. */
  giveTools(working: readonly string[], failing: readonly string[] = []): void {
    rmSync(this.path('bin'), { recursive: true, force: true });
    mkdirSync(this.path('bin'));
    for (const tool of working) this.write(`bin/${tool}`, '#!/bin/sh\nexit 0\n', 0o700);
    for (const tool of failing) this.write(`bin/${tool}`, '#!/bin/sh\nexit 1\n', 0o700);
  }

  async install(environment: Environment = {}): Promise<Result> {
    return await runNode(this.#t, [this.path('scripts/install.mjs')], {
      ...notOurs,
      PATH: this.path('bin'),
      npm_config_nodedir: this.#folder,
      npm_config_node_gyp: this.path('node-gyp.js'),
      COMPILED: compiled,
      ...environment,
    });
  }

  /** How node-gyp was called. */
  calls(): { args: string[]; nodedir?: string; jobs?: string }[] {
    const lines = readFileSync(this.path('calls'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  assertNotCompiled(): void {
    assert.throws(() => this.calls(), { code: 'ENOENT' });
  }
}

/** What those who run the tests may have set. */
const notOurs: Environment = Object.fromEntries(
  [
    'BLADESSL_PREBUILD',
    'CXX',
    'JOBS',
    'MAKE',
    'NODE_GYP_FORCE_PYTHON',
    'PYTHON',
    'npm_config_build_from_source',
    'npm_config_foreground_scripts',
    'npm_config_loglevel',
    'npm_config_make',
    'npm_config_python',
    'npm_config_runtime',
  ].map((name) => [name, undefined]),
);

function assertFailed({ status, stderr }: Result, sentence: RegExp): void {
  assert.equal(status, 1);
  assert.match(stderr.trimEnd().split('\n').at(-1) ?? '', sentence);
}

test('a prebuild that loads is taken as it is, in silence', async (t) => {
  const bladessl = new Package(t);
  bladessl.write(`prebuilds/${platform}/bladessl.node`, readFileSync(compiled));
  const { status, stdout, stderr } = await bladessl.install();
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  bladessl.assertNotCompiled();
});

test('without a prebuild it compiles, and says no more than why', async (t) => {
  const bladessl = new Package(t);
  const { status, stdout, stderr } = await bladessl.install();
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^bladessl: compiling, because there is no prebuilt binary for \S+( \(\w+\))?\.\n$/);
  assert.deepEqual(bladessl.calls()[0]?.args, ['rebuild']);
});

test('a prebuild that is cut off does not count', async (t) => {
  const bladessl = new Package(t);
  bladessl.write(`prebuilds/${platform}/bladessl.node`, readFileSync(compiled).subarray(0, 4096));
  // Its loader ends with SIGBUS, which a sanitizer is not to take for a finding.
  const { status, stdout } = await bladessl.install({ ASAN_OPTIONS: 'detect_leaks=0:handle_sigbus=0' });
  assert.equal(status, 0);
  assert.match(stdout, /because prebuilds\/\S+\/bladessl\.node does not load on .*\(.+\)\.\n$/);
  assert.equal(bladessl.calls().length, 1);
});

test('a prebuild for another machine or C library does not count', async (t) => {
  const bladessl = new Package(t);
  const libc = existsSync('/etc/alpine-release') ? 'glibc' : 'musl';
  bladessl.write('prebuilds/plan9-x64/bladessl.node', readFileSync(compiled));
  bladessl.write(`prebuilds/${platform}/bladessl.${libc}.node`, readFileSync(compiled));
  const { stdout } = await bladessl.install();
  assert.match(stdout, /there is no prebuilt binary/);
});

test('npm_config_build_from_source compiles in spite of a prebuild, when it is for this package', async (t) => {
  const bladessl = new Package(t);
  bladessl.write(`prebuilds/${platform}/bladessl.node`, readFileSync(compiled));
  await bladessl.install({ npm_config_build_from_source: 'another' });
  bladessl.assertNotCompiled();
  for (const value of ['true', 'another,bladessl']) {
    const { stdout } = await bladessl.install({ npm_config_build_from_source: value });
    assert.match(stdout, /because a build from source was asked for\.\n$/);
  }
  assert.equal(bladessl.calls().length, 2);
});

test('a tool that is missing, or does not do, is named, and nothing is begun', async (t) => {
  for (const [tool, name] of [
    ['python3', 'Python 3'],
    ['make', 'make'],
    ['g++', 'a C\\+\\+17 compiler'],
  ] as const) {
    const others = tools.filter((other) => other !== tool);
    const sentence = `compiling takes ${name}, which is missing: install it \\(.+\\) and then bladessl again`;
    for (const failing of [[], [tool]]) {
      const bladessl = new Package(t);
      bladessl.giveTools(others, failing);
      assertFailed(await bladessl.install(), new RegExp(sentence));
      bladessl.assertNotCompiled();
    }
  }
});

test('all that is missing is in one sentence', async (t) => {
  const bladessl = new Package(t);
  bladessl.giveTools([]);
  const result = await bladessl.install();
  assertFailed(
    result,
    /compiling takes Python 3, make and a C\+\+17 compiler, which are missing: install them/,
  );
  assert.equal(result.stderr.trimEnd().split('\n').length, 1);
});

test('the programs that the environment names are the ones that count', async (t) => {
  const bladessl = new Package(t);
  bladessl.giveTools(['my-python', 'my-make', 'cache', 'my-compiler']);
  const { status, stderr } = await bladessl.install({
    PYTHON: 'my-python',
    MAKE: 'my-make',
    CXX: 'cache my-compiler',
  });
  assert.equal(status, 0, stderr);
});

test('a compile that fails shows its output, and then the sentence', async (t) => {
  const bladessl = new Package(t);
  const result = await bladessl.install({ GYP_STATUS: '1', COMPILED: undefined });
  assert.match(result.stderr, /^the output of node-gyp\n/);
  assertFailed(
    result,
    /^bladessl: there is no prebuilt binary .*, and compiling, which takes .*, failed as is shown/,
  );
});

test('a binary that was compiled and does not load is a failure', async (t) => {
  const bladessl = new Package(t);
  assertFailed(
    await bladessl.install({ COMPILED: undefined }),
    /what was compiled does not load: it is not there$/,
  );
  assertFailed(await bladessl.install({ COMPILED: bladessl.path('package.json') }), /does not load: .+$/);
});

test('the output of a compile is there for those who want to see it', async (t) => {
  for (const [name, value] of [
    ['npm_config_foreground_scripts', 'true'],
    ['npm_config_loglevel', 'verbose'],
  ] as const) {
    const { stdout } = await new Package(t).install({ [name]: value });
    assert.match(stdout, /^the output of node-gyp$/m);
  }
});

test('the headers beside this Node are used; node-gyp sees to others', async (t) => {
  const prefix = join(dirname(process.execPath), '..');
  const there = existsSync(join(prefix, 'include/node/node_version.h'));
  const bladessl = new Package(t);
  const { status, stderr } = await bladessl.install({ npm_config_nodedir: undefined });
  assert.equal(status, 0, stderr);
  const calls = bladessl.calls().map(({ args, nodedir }) => ({ args, nodedir }));
  const rebuild = { args: ['rebuild'], nodedir: there ? prefix : undefined };
  assert.deepEqual(
    calls,
    there ? [rebuild] : [{ args: ['install', '--ensure'], nodedir: undefined }, rebuild],
  );
});

test('headers that are asked for count, and so does the number of jobs', async (t) => {
  const bladessl = new Package(t);
  await bladessl.install({ npm_config_nodedir: '/some/where', JOBS: '7' });
  assert.deepEqual(bladessl.calls(), [{ args: ['rebuild'], nodedir: '/some/where', jobs: '7' }]);
});

test('for a runtime without OpenSSL nothing is compiled', async (t) => {
  const bladessl = new Package(t);
  const { status, stdout } = await bladessl.install({ npm_config_runtime: 'electron' });
  assert.equal(status, 0);
  assert.match(stdout, /^bladessl: nothing was compiled: electron has no OpenSSL/);
  bladessl.assertNotCompiled();
});
