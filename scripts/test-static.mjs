// npm run test:static [-- part of a test's name ...]
// Builds the static flavour and tests it: in one process with the flavour for Node, in Bun and Deno (from
// npm, into test/runtimes) as far as those go, and by the suite in Node; all of it, or the named parts.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installFolder } from './install-folder.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'test', 'runtimes', 'node_modules');

/** What the suite holds about OpenSSL itself. The sockets have nothing of their own in this flavour. */
const parts = [
  'ssl',
  'verify/',
  'bio/',
  'certificate',
  'private-key',
  'pkcs12',
  'errors',
  'features',
  'loader',
  'tls-socket',
];

const programs = {
  bun: [join(`bun-${process.arch}`, 'bin', 'bun')],
  deno: [join(`deno-${process.arch}`, 'deno'), 'run', '--allow-all'],
};

function run(title, command, args, env = {}) {
  console.log(`== ${title}`);
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
    // What waits for ever has failed.
    timeout: 600_000,
    shell: process.platform === 'win32',
  });
  if (error) throw new Error(`${command} could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`${title}: failed with ${signal ?? `status ${status}`}`);
}

function main(wanted) {
  const files = Object.values(programs).map(([file]) => file);
  installFolder('test/runtimes', 'Bun and Deno', files);
  run('The static flavour is built', 'npm', ['run', '--silent', 'build:static']);
  run('The library is built', 'npm', ['run', '--silent', 'build:lib']);
  run('The tests are built', 'npm', ['run', '--silent', 'build:test']);
  run('Both flavours in one process', process.execPath, ['build-test/static/both-flavours.js']);
  for (const [name, [command, ...args]] of Object.entries(programs)) {
    run(name, join(modules, command), [...args, 'build-test/static/foreign.js']);
  }
  const named = wanted.length > 0 ? wanted : parts;
  run('The suite, in Node', process.execPath, ['scripts/test.mjs', ...named], { BLADESSL_FLAVOUR: 'static' });
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
