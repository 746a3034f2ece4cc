// The bench, run as a user would, with trials too short to say anything: that it works, not what it finds.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { pathOf, read, write } from './helpers/openssl-files';
import { type Environment, type Result, runNode } from './helpers/programs';

const cases = ['handshake-1.3', 'handshake-1.2', 'echo-64', 'echo-1k', 'echo-16k', 'bulk-16k'];
const drivers = ['bladessl', 'node-tls-duplex', 'c', 'bladessl-chain', 'node-tls'];

interface Report {
  readonly skipped: readonly { driver: string; reason: string }[];
  readonly results: readonly {
    readonly case: string;
    readonly driver: string;
    readonly agreed: string;
    readonly cpu: number;
    readonly wall: number;
    readonly rate: number;
    readonly ratio?: number;
    readonly trials: readonly { operations: number; wall: number; cpu: number }[];
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

test('every driver does every case; table, JSON and chart tell about it', async (t) => {
  const [json, svg] = [pathOf('all.json'), pathOf('charts/all.svg')];
  const { status, stdout, stderr } = await runBench(t, ['--json', json, '--svg', svg]);
  assert.equal(stderr, '');
  assert.equal(status, 0);

  const { skipped, results } = reportIn('all.json');
  const missing = skipped.map(({ driver, reason }) => `skipping ${driver}: ${reason}`);
  assert.deepEqual(stdout.match(/^skipping .*$/gm) ?? [], missing);
  const present = drivers.filter((name) => name !== 'c' || skipped.length === 0);
  assert.deepEqual(
    results.map((result) => `${result.case} ${result.driver}`),
    cases.flatMap((name) => present.map((driver) => `${name} ${driver}`)),
  );
  for (const { cpu, wall, rate, ratio, trials } of results) {
    assert.ok(cpu > 0 && wall > 0 && rate > 0 && Number(ratio) > 0);
    assert.equal(trials.length, 1);
  }

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
  assert.equal(chart.match(/<rect class="(bladessl|node|c)"/g)?.length, results.length);
});

test('all drivers of a case agree on the same version, suite and group', async (t) => {
  const { status } = await runBench(t, ['--only', 'handshake', '--json', pathOf('agreed.json')]);
  assert.equal(status, 0);
  const agreed = new Map(reportIn('agreed.json').results.map((result) => [result.case, result.agreed]));
  assert.deepEqual(Object.fromEntries(agreed), {
    'handshake-1.3': 'TLS_AES_128_GCM_SHA256, x25519',
    'handshake-1.2': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, x25519',
  });
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
    assert.ok(stdout.includes(`Cases:   ${cases.join(' ')}\nDrivers: ${drivers.join(' ')}\n`));
    assert.equal(stderr, '');
    assert.equal(status, 0);
  }
});

test('wrong options', async (t) => {
  const wrong: readonly (readonly [string[], string])[] = [
    [['--rounds', '0'], "--rounds must be 1 to 1000, not '0'"],
    [['--rounds', '1.5'], "--rounds must be a whole number, not '1.5'"],
    [['--secs', 'long'], "--secs must be 0.001 to 600, not 'long'"],
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
