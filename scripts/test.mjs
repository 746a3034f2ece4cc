// Runs the compiled tests: all of them, or those whose names contain one of the arguments.
//   node scripts/test.mjs [part of a file name ...]
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = process.argv.slice(2);

const files = readdirSync(join(root, 'build-test'), { recursive: true })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .map((name) => join('build-test', name))
  .sort();

if (files.length === 0) {
  console.error(`no test file${wanted.length > 0 ? ` with ${wanted.join(' or ')} in its name` : ''}`);
  process.exit(1);
}
console.log(`${files.length} test files under build-test${sep}`);
const { status } = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-timeout=120000', '--enable-source-maps', ...files],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exit(status ?? 1);
