// The sample of the documentation, as its reader would use it: a project of its own, in which the package
// is installed, compiled under --strict.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { authority, localhost } from './helpers/identities';
import { pathOf, write } from './helpers/openssl-files';
import { root } from './helpers/programs';

const kinds = { require: 'commonjs', import: 'module' } as const;
const options = '--strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes --skipLibCheck false';
const target = '--target es2022 --lib es2022 --module nodenext --types node';

function run(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** A directory in which the package is installed. */
function install(): void {
  mkdirSync(pathOf('node_modules/@types'), { recursive: true });
  symlinkSync(root, pathOf('node_modules/bladessl'), 'dir');
  symlinkSync(join(root, 'node_modules/@types/node'), pathOf('node_modules/@types/node'), 'dir');
  for (const type of Object.values(kinds)) {
    mkdirSync(pathOf(type));
    write(`${type}/package.json`, JSON.stringify({ type }));
    copyFileSync(join(root, 'test/fixtures/sample.ts'), pathOf(`${type}/sample.ts`));
  }
  write('cert.pem', localhost.certificate.pem);
  write('key.pem', localhost.privateKey.pem);
  write('ca.pem', authority.certificate.pem);
}

test('the sample compiles under tsc --strict, and runs by require and by import', () => {
  install();
  const files = Object.values(kinds).map((type) => `${type}/sample.ts`);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  run([tsc, ...options.split(' '), ...target.split(' '), ...files], pathOf('.'));
  for (const [way, type] of Object.entries(kinds)) {
    const printed = run([`${type}/sample.js`], pathOf('.'))
      .trim()
      .split('\n');
    assert.deepEqual(
      printed,
      ['memory: ping TLSv1.3 CN=localhost', 'socket: answer to GET / HTTP/1.0', 'rest: 1 some true ec'],
      way,
    );
  }
});

test('require and import give the same objects, by name and as a whole', () => {
  const script = `
    import * as all from 'bladessl';
    import { SSL, AcceptedBIO, AcceptBIO } from 'bladessl';
    import { createRequire } from 'node:module';
    const required = createRequire(import.meta.url)('bladessl');
    const names = Object.keys(required);
    console.log(JSON.stringify({
      missing: names.filter((name) => all[name] !== required[name]),
      default: all.default === required,
      same: SSL === required.SSL && AcceptedBIO === AcceptBIO,
    }));
  `;
  const printed = run(['--input-type=module', '-e', script], root);
  assert.deepEqual(JSON.parse(printed), { missing: [], default: true, same: true });
});
