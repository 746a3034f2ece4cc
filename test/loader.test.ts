// What `require('bladessl')` says where the addon cannot be loaded: what the loader makes of a folder without
// the addon, or with another file in its place.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { assertEnded } from './helpers/child';
import { type Environment, Program, root, runNode } from './helpers/programs';
import { temporaryFolder } from './helpers/sockets';

interface Outcome {
  readonly code: string;
  readonly message: string;
}

const runtime = `Node.js ${process.versions.node} (${process.platform}-${process.arch})`;

async function packageWithoutAddon(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  return folder;
}

/** Something that pretends to be the addon, compiled from C. */
async function putAddon(t: TestContext, folder: string, code: string): Promise<void> {
  const release = join(folder, 'build', 'Release');
  mkdirSync(release, { recursive: true });
  writeFileSync(join(folder, 'addon.c'), code);
  const args = ['-shared', '-fPIC', '-Wl,-z,now', join(folder, 'addon.c'), '-o', join(release, 'a.node')];
  assertEnded(await new Program(t, 'gcc', args).ended);
}

/** Loads the addon of the package in a folder; `before` is run first. */
async function load(
  t: TestContext,
  folder: string,
  { flags = [], before = '', environment = {} }: Case = {},
): Promise<Outcome> {
  const script = `${before};
    const { loadAddon } = require(${JSON.stringify(join(root, 'dist', 'loader.js'))});
    try {
      const { versions } = loadAddon(${JSON.stringify(folder)});
      console.log(JSON.stringify({ code: 'loaded', message: versions.flavour }));
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`;
  const result = await runNode(t, [...flags, '-e', script], { BLADESSL_FLAVOUR: undefined, ...environment });
  assertEnded(result);
  return JSON.parse(result.stdout);
}

interface Case {
  readonly flags?: readonly string[];
  readonly before?: string;
  readonly environment?: Environment;
}

/** Makes the process look like another runtime. */
function pretend(name: string, version: string): string {
  return `Object.defineProperty(process, 'versions',
    { value: { ...process.versions, ${JSON.stringify(name)}: ${JSON.stringify(version)} } })`;
}

suite('the addon cannot be loaded', () => {
  test('there is none: where it was looked for, and what to do', async (t) => {
    const folder = await packageWithoutAddon(t);
    assert.deepEqual(await load(t, folder), {
      code: 'ERR_ADDON_NOT_LOADED',
      message:
        `bladessl cannot load its native addon in ${runtime}: node flavour: no binary for this platform in ` +
        `${folder}. Install it again with a C++ compiler, Python and make at hand: \`npm rebuild bladessl\``,
    });
  });

  test('the static flavour is asked for and not built', async (t) => {
    const folder = await packageWithoutAddon(t);
    assert.deepEqual(await load(t, folder, { environment: { BLADESSL_FLAVOUR: 'static' } }), {
      code: 'ERR_ADDON_NOT_LOADED',
      message:
        `bladessl cannot load its native addon in ${runtime}: static flavour: no binary for this platform in ` +
        `${join(folder, 'static')}. Build it with \`npm run build:static\` in the folder of bladessl ` +
        '(docs/building.md)',
    });
  });

  test('a flavour that does not exist', async (t) => {
    const { code, message } = await load(t, root, { environment: { BLADESSL_FLAVOUR: 'openssl' } });
    assert.equal(code, 'ERR_ADDON_NOT_LOADED');
    assert.match(message, /BLADESSL_FLAVOUR is 'openssl': it may be 'node' or 'static'$/);
  });

  for (const [name, title] of [
    ['bun', 'Bun'],
    ['deno', 'Deno'],
    ['electron', 'Electron'],
    ['nw', 'NW.js'],
  ] as const) {
    test(`${title}: the flavour for Node is not even looked at`, async (t) => {
      const folder = await packageWithoutAddon(t);
      // Loading this one would end the process.
      await putAddon(
        t,
        folder,
        '#include <stdlib.h>\n__attribute__((constructor)) void f(void) { abort(); }',
      );
      const { code, message } = await load(t, folder, { before: pretend(name, '39.8.7') });
      assert.equal(code, 'ERR_ADDON_NOT_LOADED');
      const place = join(folder, 'static');
      const tried = `static flavour: no binary for this platform in ${place}. ${title} has no OpenSSL`;
      assert.ok(message.includes(`in ${title} 39.8.7 (`), message);
      assert.ok(message.includes(tried), message);
    });
  }

  test('a Node without OpenSSL 3: the flavour for it is not looked at', async (t) => {
    const folder = await packageWithoutAddon(t);
    const { code, message } = await load(t, folder, { before: pretend('openssl', '0.0.0') });
    assert.equal(code, 'ERR_ADDON_NOT_LOADED');
    assert.match(message, /: static flavour: no binary .* Node\.js 20\.17 or newer has the OpenSSL/);
  });

  test('the OpenSSL inside Node lacks a function: both flavours were tried', async (t) => {
    const folder = await packageWithoutAddon(t);
    await putAddon(t, folder, 'int SSL_from_the_future(void); int f(void) { return SSL_from_the_future(); }');
    const { code, message } = await load(t, folder);
    assert.equal(code, 'ERR_ADDON_NOT_LOADED');
    assert.match(message, /node flavour: .*undefined symbol: SSL_from_the_future; static flavour: no binary/);
  });

  test('a binary of another version', async (t) => {
    const folder = await packageWithoutAddon(t);
    for (const place of ['build', 'prebuilds']) symlinkSync(join(root, place), join(folder, place), 'dir');
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: '99.0.0' }));
    const { code, message } = await load(t, folder);
    assert.equal(code, 'ERR_ADDON_NOT_LOADED');
    assert.ok(message.includes(`is of version ${manifest.version}, and the package of 99.0.0`), message);
  });

  test('a file that is no addon: the words of the system, and no other flavour', async (t) => {
    const folder = await packageWithoutAddon(t);
    mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
    writeFileSync(join(folder, 'build', 'Release', 'a.node'), 'no addon');
    const { code, message } = await load(t, folder);
    assert.equal(code, 'ERR_ADDON_NOT_LOADED');
    assert.match(message, /node flavour: .*a\.node/);
    assert.doesNotMatch(message, /static flavour:/);
  });
});

suite('the permission model', () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';

  test('refuses addons: what to start Node.js with', async (t) => {
    const { code, message } = await load(t, root, { flags: [flag, '--allow-fs-read=*'] });
    assert.equal(code, 'ERR_ADDON_NOT_LOADED');
    assert.match(message, /: the permission model refuses addons\. Start Node\.js with --allow-addons$/);
  });

  test('allows them', { skip: !process.allowedNodeEnvironmentFlags.has('--allow-addons') }, async (t) => {
    const flags = [flag, '--allow-fs-read=*', '--allow-addons'];
    assert.equal((await load(t, root, { flags })).code, 'loaded');
  });
});
