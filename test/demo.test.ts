// The demo as a user runs it: its output, piped and on a terminal, and its exit codes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { connection, demo, lines, runDemo, title, valid } from './helpers/demo';
import { pathOf } from './helpers/openssl-files';
import { type Environment, Program, root, startNode } from './helpers/programs';

/** A folder for temporary files that shows what has been left behind. */
function emptyFolder(name: string): string {
  mkdirSync(pathOf(name));
  return pathOf(name);
}

/** The report of a transfer with a random file of that many MiB. */
function report(mebibytes = 8): RegExp {
  const lockFile = readFileSync(join(root, 'package-lock.json'));
  const lockSize = `${(lockFile.length / 1024).toFixed(1)} KiB`.padStart(9).replace('.', '\\.');
  const lockHash = createHash('sha256').update(lockFile).digest('hex').slice(0, 16);
  return lines(
    ...connection('localhost:\\d+ at \\S+', 'the CA made for this run'),
    '  0  CN=localhost',
    '     names      localhost',
    '     issuer     CN=bladessl demo CA',
    valid,
    '  1  CN=bladessl demo CA',
    '     issuer     itself',
    valid,
    '',
    'Files, from process \\d+ to process \\d+',
    `  package-lock\\.json  ${lockSize}  [ \\d.]{5} ms {13}SHA-256 ${lockHash}  intact`,
    `  random-${mebibytes}-MiB {9}${mebibytes}\\.0 MiB  [ \\d.]{5} ms  [ \\d]{4} MB/s  SHA-256 [0-9a-f]{16}  intact`,
  );
}

test('it fetches two files and tells about the connection', async (t) => {
  const folder = emptyFolder('transfer');
  const { status, stdout, stderr } = await runDemo(t, ['--size', '3'], { TMPDIR: folder });
  assert.equal(stderr, '');
  assert.match(stdout, report(3));
  assert.equal(status, 0);
  assert.deepEqual(readdirSync(folder), []);
});

test('--help and -h explain it', async (t) => {
  for (const option of ['--help', '-h']) {
    const { status, stdout, stderr } = await runDemo(t, [option]);
    assert.match(
      stdout,
      /^Usage:\n {2}npm run demo \[-- --size MIB\]\n[^]*npm run demo -- HOST:PORT \[--ca FILE\]\n/,
    );
    assert.equal(stderr, '');
    assert.equal(status, 0);
  }
});

const refused: readonly (readonly [args: string, complaint: string])[] = [
  ['--colour', "Unknown option '--colour'"],
  ['--size', "Option '--size <value>' argument missing"],
  ['--size 0', '--size must be 1 to 4096, not 0'],
  ['--size 4097', '--size must be 1 to 4096, not 4097'],
  ['--size 1e2', '--size must be 1 to 4096, not 1e2'],
  ['--ca ca.pem', '--ca goes with HOST:PORT'],
  ['localhost:1 --size 2', '--size does not go with HOST:PORT'],
  ['localhost', 'localhost is not HOST:PORT, such as example.org:443 or [::1]:443'],
  ['localhost:0', 'localhost:0 is not HOST:PORT, such as example.org:443 or [::1]:443'],
  ['localhost:65536', 'localhost:65536 is not HOST:PORT, such as example.org:443 or [::1]:443'],
  ['::1:443', '::1:443 is not HOST:PORT, such as example.org:443 or [::1]:443'],
  ['https://localhost:1', 'https://localhost:1 is not HOST:PORT, such as example.org:443 or [::1]:443'],
  ['localhost:1 localhost:2', 'one HOST:PORT at a time, not localhost:1 localhost:2'],
];

test('what it does not know it refuses, with its usage', async (t) => {
  const { stdout: usage } = await runDemo(t, ['--help']);
  for (const [args, complaint] of refused) {
    const { status, stdout, stderr } = await runDemo(t, args.split(' '));
    assert.equal(stdout, '', args);
    assert.equal(stderr, `error: ${complaint}\n\n${usage}`);
    assert.equal(status, 2, args);
  }
});

test('a folder for temporary files that is not there', async (t) => {
  const { status, stdout, stderr } = await runDemo(t, [], { TMPDIR: pathOf('missing') });
  assert.equal(stdout, `${title}\n`);
  assert.match(stderr, /^error: ENOENT: no such file or directory, mkdtemp '.*'\n$/);
  assert.equal(status, 1);
});

for (const [signal, expected] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} ends it, and it leaves nothing behind`, async (t) => {
    const folder = emptyFolder(signal);
    // Making the file takes seconds.
    const program = startNode(t, [demo, '--size', '4096'], { TMPDIR: folder });
    await program.shows(/OpenSSL/);
    program.kill(signal);
    const { status, stderr } = await program.ended;
    assert.equal(stderr, '');
    assert.equal(status, expected);
    assert.deepEqual(readdirSync(folder), []);
  });
}

interface Terminal {
  readonly columns?: number;
  readonly size?: number;
  readonly environment?: Environment;
}

/** Runs the demo on a terminal made by script(1). */
async function runOnTerminal(
  t: TestContext,
  { columns = 100, size = 8, environment }: Terminal,
): Promise<string> {
  const command = `stty cols ${columns} rows 24 && exec "${process.execPath}" ${demo} --size ${size}`;
  const args = ['--quiet', '--return', '--command', command, '/dev/null'];
  const program = new Program(t, 'script', args, { TERM: 'xterm-256color', ...environment });
  const { status, stdout } = await program.ended;
  assert.equal(status, 0, stdout);
  return stdout.replaceAll('\r\n', '\n');
}

const [clearLine, hideCursor, showCursor] = ['\r\x1b[K', '\x1b[?25l', '\x1b[?25h'];
const color = /\x1b\[\d+m/g;
const wholeBar = /^ {2}(\S.*?) +(━*)(─*) +(\d+)% +\d+\.\d [KM]iB +(\d+ MB\/s)?$/;

/** The bars that were drawn, without their colours, as the columns of `wholeBar`. */
function barsOf(output: string): string[][] {
  const frames = output.replace(color, '').split(`${hideCursor}${clearLine}`).slice(1);
  return frames.map((frame) => {
    const [bar = ''] = frame.split(clearLine);
    return wholeBar.exec(bar)?.slice(1) ?? [bar];
  });
}

/** What is left to be seen when bars have been drawn and taken away. */
function leftOver(output: string): string {
  const rows = output.replace(color, '').split('\n');
  return rows.map((row) => (row.split(clearLine).at(-1) ?? '').replace(showCursor, '')).join('\n');
}

test('on a terminal there are colours, and a progress bar, which goes away', async (t) => {
  const output = await runOnTerminal(t, {});
  assert.ok(output.includes('\x1b[1mConnection\x1b[22m\n'), output);
  assert.ok(output.includes('\x1b[32mintact\x1b[39m\n'), output);
  const bars = barsOf(output);
  const labels = new Set(bars.map(([label]) => label));
  assert.deepEqual([...labels], ['making random-8-MiB', 'package-lock.json', 'random-8-MiB']);
  for (const [label, full = '', empty = '', percent] of bars) {
    assert.equal(full.length + empty.length, 40, label);
    assert.ok(Math.abs(full.length - Number(percent) * 0.4) < 1, `${label} ${full}${empty} ${percent}`);
  }
  assert.ok(output.lastIndexOf(showCursor) > output.lastIndexOf(hideCursor), 'the cursor is there again');
  assert.match(leftOver(output), report());
});

test('NO_COLOR leaves the bar and takes the colours away', async (t) => {
  const output = await runOnTerminal(t, { environment: { NO_COLOR: '1' } });
  assert.doesNotMatch(output, color);
  assert.ok(barsOf(output).length >= 3, output);
});

test('a terminal that can do nothing gets neither', async (t) => {
  const output = await runOnTerminal(t, { environment: { TERM: 'dumb' } });
  assert.ok(!output.includes('\x1b'), output);
  assert.match(output, / intact\n$/);
});

test('on a narrow terminal the bar gives way to its numbers', async (t) => {
  const output = await runOnTerminal(t, { columns: 40 });
  assert.deepEqual(barsOf(output)[0]?.slice(0, 4), ['making random-8-MiB', '', '', '0']);
  assert.doesNotMatch(output, /[━─]/);
});
