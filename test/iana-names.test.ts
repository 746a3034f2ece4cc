// IANA's names against those that OpenSSL and GnuTLS know.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { ClientHello } from 'bladessl';
import { firstBytes, helloOf, list16 } from './helpers/client-hellos';
import { openssl } from './helpers/openssl-files';
import { Program } from './helpers/programs';

const every = Array.from({ length: 65536 }, (_, number) => number);

/** The names of all numbers; a list in a message has no room for all at once. */
function namesOf(read: (numbers: number[]) => readonly string[] | undefined): string[] {
  return [every.slice(0, 32767), every.slice(32767, 65534), every.slice(65534)].flatMap(
    (numbers) => read(numbers) ?? assert.fail('no list'),
  );
}

const suites = namesOf((cipherSuites) => ClientHello.parse(helloOf({ cipherSuites })).cipherSuites);

function inExtension(type: number, member: 'groups' | 'signatureAlgorithms'): string[] {
  return namesOf((numbers) => {
    // 65527 bytes at the most, with all the lengths around them.
    const halves = [numbers.slice(0, 20000), numbers.slice(20000)].filter(({ length }) => length > 0);
    return halves.flatMap(
      (half) => ClientHello.parse(helloOf({ extensions: [[type, list16(2, ...half)]] }))[member] ?? [],
    );
  });
}

const groups = inExtension(10, 'groups');
const schemes = inExtension(13, 'signatureAlgorithms');

function hex(number: number): string {
  return `0x${number.toString(16).toUpperCase().padStart(4, '0')}`;
}

test('the sizes of the registries, and what has no name', () => {
  const known = (names: readonly string[]) => new Set(names.filter((name) => !/^0x|^GREASE$/.test(name)));
  assert.equal(known(suites).size, 356);
  assert.equal(known(groups).size, 59);
  // 49 of the registry, and 10 pairs of TLS 1.2.
  assert.equal(known(schemes).size, 59);
  for (const names of [suites, groups, schemes]) {
    assert.equal(names.length, 65536);
    const grease = every.filter((number) => names[number] === 'GREASE').map(hex);
    assert.deepEqual(
      grease,
      [...'0123456789ABCDEF'].map((digit) => `0x${digit}A${digit}A`),
    );
    for (const [number, name] of names.entries()) if (name.startsWith('0x')) assert.equal(name, hex(number));
    const named = names.filter((name) => name !== 'GREASE');
    assert.equal(new Set(named).size, named.length, 'a name has one number');
  }
});

test('cipher suites: as OpenSSL calls them', () => {
  const lines = openssl('ciphers -V -stdname ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0').split('\n');
  assert.ok(lines.length > 100);
  for (const line of lines) {
    const [, high, low, name] = /0x(..),0x(..) - (\S+)/.exec(line) ?? assert.fail(line);
    assert.equal(suites[Number(`0x${high}${low}`)], name);
  }
});

/** GnuTLS leaves out what can be told without, and has names of its own for some algorithms. */
function gnutlsName(name: string): string {
  return name
    .replace('_WITH_', '_')
    .replace('PSK_DHE', 'DHE_PSK')
    .replace('RC4', 'ARCFOUR')
    .replace('anon', 'ANON')
    .replace(/_SHA$/, '_SHA1')
    .replace(/(DHE|PSK)(_\w+)?_CHACHA20_POLY1305_SHA256$/, '$1$2_CHACHA20_POLY1305');
}

test('cipher suites: as GnuTLS calls them', () => {
  const { stdout } = spawnSync('gnutls-cli', ['--list'], { encoding: 'utf8' });
  const listed = [...stdout.matchAll(/^(TLS_\S+)\s+0x(..), 0x(..)/gm)];
  assert.ok(listed.length > 100);
  for (const [, name, high, low] of listed) {
    const number = Number(`0x${high}${low}`);
    // Of a draft that came to nothing.
    if (name !== 'TLS_DHE_DSS_ARCFOUR_128_SHA1') assert.equal(gnutlsName(suites[number] ?? ''), name);
  }
});

/** What `openssl s_client -trace` calls otherwise. */
function traceName(line: string): string {
  return line
    .trim()
    .replace(/ \(.*/, '')
    .replace('ecdh_x', 'x')
    .replace(/^TLS (1\.[123])$/, 'TLSv$1')
    .replace(/^TLS 1\.0$/, 'TLSv1');
}

test('groups, signature schemes, versions and extensions: as OpenSSL traces what it sends', async (t) => {
  const options = ['-trace', '-groups', 'X25519:P-256:P-384:P-521:X448:ffdhe2048:brainpoolP256r1'];
  const weak = [
    '-cipher',
    'ALL:@SECLEVEL=0',
    '-sigalgs',
    'RSA+SHA1:ECDSA+SHA1:RSA+SHA224:ed448:RSA-PSS+SHA256',
  ];
  let program: Program | undefined;
  const bytes = await firstBytes(t, (port) => {
    program = new Program(t, 'openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options, ...weak]);
  });
  const { stdout = '' } = (await program?.ended) ?? {};
  const hello = ClientHello.parse(bytes);
  const types = [...stdout.matchAll(/extension_type=(\w+)\((\d+)\), length=(\d+)/g)];
  assert.deepEqual(
    hello.extensions.map(({ type, name, data }) => [name, type, data.length]),
    types.map(([, name, type, length]) => [name, Number(type), Number(length)]),
  );
  for (const [name, list] of [
    ['supported_groups', hello.groups],
    ['signature_algorithms', hello.signatureAlgorithms],
    ['supported_versions', hello.versions],
    ['psk_key_exchange_modes', hello.pskModes],
    ['ec_point_formats', hello.pointFormats],
  ] as const) {
    const [, block = ''] = new RegExp(`=${name}\\(.*\n((?: {10}.*\n)+)`).exec(stdout) ?? [];
    assert.deepEqual(list, block.trimEnd().split('\n').map(traceName), name);
  }
  const random = /gmt_unix_time=0x(\w+)\n\s+random_bytes \(len=28\): (\w+)/.exec(stdout);
  assert.equal(hello.random.toString('hex').toUpperCase(), `${random?.[1]}${random?.[2]}`);
});
