// JA3 and JA4, against what their authors have published: the README of github.com/salesforce/ja3, and
// technical_details/JA4.md and the snapshots of the tests of github.com/FoxIO-LLC/ja4.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientHello } from 'bladessl';
import { chromiumHello } from './fixtures/chromium-hello';
import { alpn, bytes, type Extension, helloOf, list16, sni, uint8, vector } from './helpers/client-hellos';
import { errorOf } from './helpers/failures';

function hexList(text: string): number[] {
  return text.split(',').map((digits) => Number(`0x${digits}`));
}

const chromeSuites = '1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035';
const chromeTypes = '001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015';
const chromeSchemes = '0403,0804,0401,0503,0805,0501,0806,0601';

/** Contents where they count. */
function contentOf(type: number): Buffer {
  switch (type) {
    case 0x00:
      return sni('www.example.org');
    case 0x0a:
      return list16(2, 0x1a1a, 29, 23, 24);
    case 0x0b:
      return vector(1, uint8(0));
    case 0x0d:
      return list16(2, ...hexList(chromeSchemes));
    case 0x10:
      return alpn('h2', 'http/1.1');
    case 0x2b:
      return list16(1, 0x2a2a, 0x0304, 0x0303);
    default:
      return bytes(0);
  }
}

function chrome(types: readonly number[]): ClientHello {
  const extensions = types.map((type): Extension => [type, contentOf(type)]);
  return ClientHello.parse(helloOf({ cipherSuites: [0x3a3a, ...hexList(chromeSuites)], extensions }));
}

test('JA3: as in its README', () => {
  const first = ClientHello.parse(
    helloOf({
      version: 769,
      cipherSuites: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
      extensions: [
        [0, sni('example.org')],
        [10, list16(2, 23, 24, 25)],
        [11, vector(1, uint8(0))],
      ],
    }),
  );
  assert.equal(first.ja3, '769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0');
  assert.equal(first.ja3Hash, 'ada70206e40642a3e4461f35503241d5');
  const cipherSuites = [4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99];
  const bare = ClientHello.parse(helloOf({ version: 769, cipherSuites, extensions: undefined }));
  assert.equal(bare.ja3, '769,4-5-10-9-100-98-3-6-19-18-99,,,');
  assert.equal(bare.ja3Hash, 'de350869b8c85de67a350c8d186f11e6');
});

test('JA4: as in its description', () => {
  const hello = chrome([0x0a0a, ...hexList(chromeTypes), 0x5a5a]);
  assert.equal(hello.ja4, 't13d1516h2_8daaf6152771_e5627efa2ab1');
});

test('JA4: no signature algorithms, no extensions but those that do not count', () => {
  const types = hexList(chromeTypes).filter((type) => type !== 0x0d);
  assert.match(chrome(types).ja4, /^t13d1515h2_8daaf6152771_/);
  assert.equal(chrome([0x00, 0x10]).ja4, 't12d1502h2_8daaf6152771_000000000000');
  assert.equal(chrome([]).ja4, 't12i150000_8daaf6152771_000000000000');
});

test('a part that cannot be read is in no fingerprint', () => {
  const hello = ClientHello.parse(helloOf({ extensions: [[13, bytes(0)]] }));
  for (const member of ['ja3', 'ja3Hash', 'ja4'] as const) {
    assert.equal(errorOf(() => hello[member]).code, 'ERR_MALFORMED_CLIENT_HELLO');
  }
});

for (const [name, ends] of [
  [Buffer.from('http/1.1'), 'h1'],
  [Buffer.from('x'), 'xx'],
  [Buffer.of(0xab), 'ab'],
  [Buffer.of(0xab, 0xcd), 'ad'],
  [Buffer.of(0x30, 0xab), '3b'],
  [Buffer.of(0x30, 0x31, 0xab, 0xcd), '3d'],
  [Buffer.of(0x30, 0xab, 0xcd, 0x31), '01'],
] as const) {
  test(`JA4: the ends of the protocol ${name.toString('hex')}`, () => {
    const hello = ClientHello.parse(helloOf({ extensions: [[16, alpn(name, 'h2')]] }));
    assert.equal(hello.ja4.slice(8, 10), ends);
  });
}

for (const [version, text] of [
  [0x0300, 's3'],
  [0x0301, '10'],
  [0x0302, '11'],
  [0x0303, '12'],
  [0x0399, '00'],
] as const) {
  test(`JA4: version ${version.toString(16)}`, () => {
    assert.equal(ClientHello.parse(helloOf({ version })).ja4.slice(1, 3), text);
    const extensions: Extension[] = [[43, list16(1, 0x0a0a, version, 0x0300)]];
    assert.equal(ClientHello.parse(helloOf({ extensions })).ja4.slice(1, 3), text);
  });
}

test('Chromium: as tshark 4.0 (JA3) and the snapshot sigalg-grease.pcapng (JA4) have it', () => {
  const hello = ClientHello.parse(Buffer.from(chromiumHello, 'base64'));
  assert.equal(hello.ja3Hash, '0231cca082b5e4b167c013d80cee933b');
  assert.equal(hello.ja4, 't13d1517h2_8daaf6152771_cb7bf5808d99');
  assert.equal(hello.serverName, 'www.example.org');
  assert.equal(hello.ech, true);
  assert.deepEqual(hello.versions, ['GREASE', 'TLSv1.3', 'TLSv1.2']);
  assert.deepEqual(hello.groups?.slice(0, 2), ['GREASE', 'X25519MLKEM768']);
  assert.deepEqual(
    hello.keyShares?.map(({ group, keyExchange }) => [group, keyExchange.length]),
    [
      ['GREASE', 1],
      ['X25519MLKEM768', 1216],
      ['x25519', 32],
    ],
  );
  assert.deepEqual(hello.certCompression, ['brotli']);
  assert.deepEqual(hello.signatureAlgorithms?.slice(0, 2), ['GREASE', 'mldsa44']);
  assert.equal(hello.extensions.at(0)?.name, 'GREASE');
});
