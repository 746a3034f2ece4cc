// The bench, run as a user would, with trials too short to say anything: that it works, not what it finds.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { pathOf, read, write } from './helpers/openssl-files';
import { type Environment, type Result, runNode } from './helpers/programs';

const serverCases = [
  ...['handshake-1.3', 'handshake-1.2', 'resume-1.3', 'resume-1.2'],
  ...['echo-64', 'echo-64x16', 'echo-1k', 'echo-1kx16', 'echo-16k', 'echo-16kx16'],
  ...['download', 'upload', 'memory', 'delay'],
].map((name) => `server-${name}`);
const pairCases = ['handshake-1.3', 'handshake-1.2', 'echo-64', 'echo-1k', 'echo-16k', 'bulk-16k'];
const contextCases = ['trust-roots', 'trust-own'];
const servers = ['push', 'promise', 'duplex', 'node-server', 'c-server'];
const pairs = ['bladessl', 'node-tls-duplex', 'c', 'bladessl-chain', 'node-tls'];
const contexts = ['bladessl-trust', 'node-trust'];

interface Report {
  readonly skipped: readonly { driver: string; reason: string }[];
  readonly results: readonly {
    readonly case: string;
    readonly driver: string;
    readonly agreed: string;
    readonly cost: number;
    readonly wall: number;
    readonly value: number;
    readonly ratio?: number;
    readonly trials: readonly { operations: number; wall: number; cpu?: number }[];
  }[];
}

async function runBench(t: TestContext, args: readonly string[], environment?: Environment): Promise<Result> {
  return await runNode(t, ['bench/run.mjs', '--rounds', '1', '--secs', '0.001', ...args], environment);
}

function reportIn(name: string): Report {
  return JSON.parse(read(name).toString());
}

/** A compiler that makes a program of its own, or fails with a complaint. */
function fakeCompiler(name: string, ...lines: readonly string[]): Environment {
  const path = write(name, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o700);
  return { CC: path };
}

/** A compiler whose program does these lines; its arguments are `-std=... -O2 -o PROGRAM ...`. */
function compilerOf(name: string, ...lines: readonly string[]): Environment {
  const program = ['#!/bin/sh', ...lines].map((line) => `'${line}'`).join(' ');
  return fakeCompiler(name, `printf '%s\\n' ${program} > "$4"`, 'chmod 700 "$4"');
}

function withoutSkipped(drivers: readonly string[], { skipped }: Report): string[] {
  return drivers.filter((name) => !skipped.some(({ driver }) => driver === name));
}

function assertFigures({ results }: Report, cases: readonly string[], drivers: readonly string[]): void {
  assert.deepEqual(
    results.map((result) => `${result.case} ${result.driver}`),
    cases.flatMap((name) => drivers.map((driver) => `${name} ${driver}`)),
  );
  const compared = drivers.length > 1;
  for (const { cost, wall, value, ratio, trials } of results) {
    assert.ok(cost > 0 && wall > 0 && value > 0);
    assert.ok(compared ? Number(ratio) > 0 : ratio === undefined);
    assert.equal(trials.length, 1);
  }
}

test('every driver of pairs does every case, the same in each; table, JSON and chart tell about it', async (t) => {
  const [json, svg] = [pathOf('all.json'), pathOf('charts/all.svg')];
  const args = ['--only', 'handshake,echo,bulk', '--json', json, '--svg', svg];
  const { status, stdout, stderr } = await runBench(t, args);
  assert.equal(stderr, '');
  assert.equal(status, 0);

  const report = reportIn('all.json');
  const missing = report.skipped.map(({ driver, reason }) => `skipping ${driver}: ${reason}`);
  assert.deepEqual(stdout.match(/^skipping .*$/gm) ?? [], missing);
  assertFigures(report, pairCases, withoutSkipped(pairs, report));
  const agreed = new Map(report.results.map((result) => [result.case, result.agreed]));
  assert.equal(agreed.get('handshake-1.3'), 'TLS_AES_128_GCM_SHA256, x25519');
  assert.equal(agreed.get('handshake-1.2'), 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519');

  for (const title of [
    'Full handshake, TLS 1.3',
    'Full handshake, TLS 1.2',
    'Echo of 64 B',
    'Bulk one way',
  ]) {
    assert.ok(stdout.includes(`\n${title}`), title);
  }
  assert.ok(!stdout.includes('\x1b'));
  const chart = read('charts/all.svg').toString();
  assert.match(chart, /^<svg [^>]+>\n[^]*<\/svg>\n$/);
  assert.equal(chart.match(/<rect class="(bladessl|node|c)"/g)?.length, report.results.length);
});

test('every driver of contexts does every case', async (t) => {
  const [json, svg] = [pathOf('contexts.json'), pathOf('contexts.svg')];
  const { status, stdout, stderr } = await runBench(t, ['--only', 'trust', '--json', json, '--svg', svg]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const report = reportIn('contexts.json');
  assertFigures(report, contextCases, contexts);
  assert.match(report.results[0]?.agreed ?? '', /^\d+ roots$/);
  assert.match(stdout, /\n {2}without connections\n {4}bladessl-trust /);
  assert.match(read('contexts.svg').toString(), /What one second of CPU time makes/);
});

test('every case of servers is done', async (t) => {
  const [json, svg] = [pathOf('servers.json'), pathOf('servers.svg')];
  const args = ['--only', 'server,push', '--json', json, '--svg', svg];
  const { status, stdout, stderr } = await runBench(t, args);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assertFigures(reportIn('servers.json'), serverCases, ['push']);
  assert.match(stdout, /\n {2}the server alone, over loopback\n {4}push /);
  assert.match(read('servers.svg').toString(), /KiB, shorter is better/);
});

test('every driver of servers is measured; a table goes where a file has a place for it', async (t) => {
  const file = write('table.md', 'before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n');
  const cases = ['server-handshake-1.2', 'server-echo-1kx16', 'server-download', 'server-upload'];
  const args = ['--only', cases.join(), '--json', pathOf('drivers.json'), '--markdown', file];
  const { status, stderr } = await runBench(t, args);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const report = reportIn('drivers.json');
  const present = withoutSkipped(servers, report);
  assertFigures(report, cases, present);

  const [first, begin, head, , ...rest] = read('table.md').toString().split('\n');
  assert.deepEqual([first, begin], ['before', '<!-- bench -->']);
  assert.equal(head?.split('|').length, present.length + 4);
  assert.match(
    String(rest[1]),
    /^\| Echo of 1 KiB, 16 in flight \| round trips\/CPU s \| [\d,.]+ \([\d.]+×\) \|/,
  );
  assert.deepEqual(rest.slice(-3), ['<!-- /bench -->', 'after', '']);
});

test('a file without a place for the table', async (t) => {
  const args = ['--only', 'server-echo-64,push', '--markdown', write('no-place.md', 'text\n')];
  const { status, stderr } = await runBench(t, args);
  assert.match(stderr, /^error: .*no-place\.md has no place for a table/);
  assert.equal(status, 1);
  assert.equal(read('no-place.md').toString(), 'text\n');
});

test('a server that fails ends the bench with its own words', async (t) => {
  const compiler = compilerOf('failing-server-cc', 'echo out of luck >&2', 'exit 3');
  const { status, stderr } = await runBench(t, ['--only', 'server-echo-64,c-server'], compiler);
  const words = ['c-server ended with status 1 in server-echo-64', 'the server ended (3)', 'out of luck'];
  assert.equal(stderr, `error: ${words.join('\n')}\n`);
  assert.equal(status, 1);
});

test('--only takes names of cases and drivers, --rounds repeats; nothing is left behind', async (t) => {
  const temporary = pathOf('temporary');
  mkdirSync(temporary);
  const args = ['--only', 'echo-64,bladessl', '--rounds', '2', '--json', pathOf('only.json')];
  const { status } = await runBench(t, args, { TMPDIR: temporary });
  assert.equal(status, 0);
  const [result, ...more] = reportIn('only.json').results;
  assert.deepEqual([result?.case, result?.driver, result?.trials.length], ['echo-64', 'bladessl', 2]);
  assert.equal(result?.ratio, undefined);
  assert.deepEqual(more, []);
  assert.deepEqual(readdirSync(temporary), []);
});

test('without a compiler or headers the C program is skipped, and a line says so', async (t) => {
  const args = ['--only', 'echo-64,c,node-tls-duplex', '--json', pathOf('skipped.json')];
  const absent = await runBench(t, args, { CC: '/nowhere/cc' });
  assert.match(absent.stdout, /^skipping c: there is no C compiler '\/nowhere\/cc'$/m);
  assert.equal(absent.status, 0);
  assert.deepEqual(
    reportIn('skipped.json').results.map(({ driver }) => driver),
    ['node-tls-duplex'],
  );

  const complaint = 'echo "openssl.c:6:10: fatal error: openssl/err.h: No such file" >&2';
  const bare = await runBench(t, args, fakeCompiler('bare-cc', complaint, 'exit 1'));
  assert.match(bare.stdout, /^skipping c: OpenSSL's headers or libraries are missing \(.*libssl-dev\)$/m);
  assert.equal(bare.status, 0);
});

test('a trial that fails ends the bench with its own words', async (t) => {
  const compiler = compilerOf('failing-cc', 'echo out of luck >&2', 'exit 3');
  const { status, stderr } = await runBench(t, ['--only', 'echo-64,c'], compiler);
  assert.equal(stderr, 'error: c ended with status 3 in echo-64\nout of luck\n');
  assert.equal(status, 1);
});

test('drivers that agreed on different suites are not compared', async (t) => {
  const trial = '{"operations":1,"wall":1,"cpu":1,"version":"TLSv1.3","cipher":"NULL","group":"x25519"}';
  const compiler = compilerOf('other-cc', `echo "${trial.replaceAll('"', '\\"')}"`);
  const { status, stderr } = await runBench(t, ['--only', 'echo-64,c,node-tls-duplex'], compiler);
  assert.equal(
    stderr,
    'error: echo-64: node-tls-duplex agreed on tlsv1.3 tls_aes_128_gcm_sha256 x25519, c on tlsv1.3 null x25519\n',
  );
  assert.equal(status, 1);
});

test('a file that cannot be written', async (t) => {
  const json = `${write('file', '')}/bench.json`;
  const { status, stderr } = await runBench(t, ['--only', 'echo-64,bladessl', '--json', json]);
  assert.match(stderr, /^error: (EEXIST|ENOTDIR): .*\n$/);
  assert.equal(status, 1);
});

test('--help', async (t) => {
  for (const option of ['--help', '-h']) {
    const { status, stdout, stderr } = await runBench(t, [option]);
    assert.match(stdout, /^Usage: npm run bench/);
    const cases = [...serverCases, ...pairCases, ...contextCases].join(' ');
    const drivers = [...servers, ...pairs, ...contexts].join(' ');
    assert.ok(stdout.includes(`Cases:   ${cases}\nDrivers: ${drivers}\n`));
    assert.equal(stderr, '');
    assert.equal(status, 0);
  }
});

test('wrong options', async (t) => {
  const wrong: readonly (readonly [string[], string])[] = [
    [['--rounds', '0'], "--rounds must be 1 to 1000, not '0'"],
    [['--rounds', '1.5'], "--rounds must be a whole number, not '1.5'"],
    [['--secs', 'long'], "--secs must be 0.001 to 600, not 'long'"],
    [['--only', 'echo-64,push'], '--only: none of these drivers does any of these cases'],
    [['--only', 'echo-64,echoes'], "--only: 'echoes' begins no case's name and no driver's"],
  ];
  for (const [args, complaint] of wrong) {
    const { status, stdout, stderr } = await runBench(t, args);
    assert.equal(stderr.split('\n')[0], `error: ${complaint}`);
    assert.match(stderr, /\nUsage: npm run bench/);
    assert.equal(stdout, '');
    assert.equal(status, 2);
  }
  const { status, stderr } = await runBench(t, ['--fast']);
  assert.match(stderr, /^error: Unknown option '--fast'/);
  assert.equal(status, 2);
});
