// ClientHellos that are none, or broken, or not all there yet.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientHello } from 'bladessl';
import {
  bytes,
  type Extension,
  firstFlight,
  helloOf,
  nameDer,
  recordsOf,
  sni,
  uint8,
  uint16,
  vector,
} from './helpers/client-hellos';
import { errorOf } from './helpers/failures';

function withExtensions(...extensions: readonly Extension[]): ClientHello {
  return ClientHello.parse(helloOf({ extensions }));
}

function codeOf(input: Uint8Array): string {
  return errorOf(() => ClientHello.parse(input)).code;
}

const incomplete = 'ERR_INCOMPLETE_CLIENT_HELLO';
const broken = 'ERR_MALFORMED_CLIENT_HELLO';
const none = 'ERR_NOT_A_CLIENT_HELLO';
const whole = firstFlight();
const message = ClientHello.parse(whole).raw;

test('records or the message alone, in pieces of any size', () => {
  assert.equal(whole.length, message.length + 5);
  for (const size of [1, 2, 3, 4, 5, 100, message.length - 1, message.length, 16384]) {
    assert.deepEqual(ClientHello.parse(recordsOf(message, size)).raw, message, `records of ${size} bytes`);
  }
  assert.deepEqual(ClientHello.parse(message).raw, message);
});

test('what comes in records behind it is not read', () => {
  const early = Buffer.concat([Buffer.of(20, 3, 3, 0, 1, 1), Buffer.of(23, 3, 3, 0, 9), bytes(4)]);
  assert.deepEqual(ClientHello.parse(Buffer.concat([recordsOf(message, 50), early])).raw, message);
});

test('all that is short of it is incomplete', () => {
  for (const form of [whole, message, recordsOf(message, 3), recordsOf(message, 100)]) {
    for (let size = 0; size < form.length; size++) {
      assert.equal(codeOf(form.subarray(0, size)), incomplete, `${size} of ${form.length} bytes`);
    }
  }
});

test('what is no ClientHello', () => {
  const server = Buffer.concat([uint8(2), message.subarray(1)]);
  for (const input of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from('S'),
    Buffer.of(21, 3, 1, 0, 2, 1, 0),
    Buffer.of(22, 2, 1, 0, 2, 1, 0),
    recordsOf(server),
    server,
    bytes(100, 0),
    bytes(100, 255),
  ]) {
    assert.equal(codeOf(input), none, input.toString('latin1'));
  }
  const dtls = errorOf(() => ClientHello.parse(Buffer.of(22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)));
  assert.deepEqual([dtls.code, dtls.message], [none, 'not a ClientHello: a record of DTLS']);
});

test('the form of SSL 2 is refused by name', () => {
  const old = Buffer.concat([Buffer.of(0x80, 44, 1, 3, 1, 0, 3, 0, 0, 0, 32, 0, 0, 0x2f), bytes(32)]);
  assert.equal(codeOf(old), 'ERR_SSLV2_CLIENT_HELLO');
  assert.equal(codeOf(old.subarray(0, 3)), 'ERR_SSLV2_CLIENT_HELLO');
  assert.equal(codeOf(old.subarray(0, 2)), incomplete);
});

test('records that cannot be', () => {
  const [first, second] = [recordsOf(message.subarray(0, 50)), recordsOf(message.subarray(50))];
  const inserted = (between: Uint8Array) => codeOf(Buffer.concat([first, between, second]));
  assert.equal(inserted(Buffer.of(22, 3, 1, 0, 0)), broken, 'an empty one');
  assert.equal(inserted(Buffer.of(20, 3, 3, 0, 1, 1)), broken, 'one of another type');
  assert.equal(inserted(Buffer.of(22, 3, 1, 0x40, 0x01)), broken, 'one that is too long');
  assert.equal(codeOf(recordsOf(Buffer.concat([message, uint8(14)]))), broken, 'a message behind it');
  assert.equal(codeOf(Buffer.concat([message, uint8(0)])), broken, 'bytes behind it');
});

test('a length that it cannot have is said at once', () => {
  assert.equal(codeOf(Buffer.of(1, 0xff, 0xff, 0xff)), broken);
  assert.equal(codeOf(recordsOf(Buffer.of(1, 2, 1, 0x45))), broken);
  assert.equal(codeOf(recordsOf(Buffer.of(1, 2, 1, 0x44))), incomplete);
});

test('the longest that there can be', () => {
  const suites = Array.from({ length: 32767 }, (_, index) => index);
  const extensions = Array.from({ length: 16383 }, (_, index): Extension => [1000 + index, bytes(0)]);
  const longest = helloOf({
    sessionId: bytes(32),
    cipherSuites: suites,
    compressionMethods: Array.from(bytes(255, 0)),
    extensions: [...extensions.slice(0, -1), [0xabcd, bytes(3)]],
  });
  assert.equal(longest.length, 4 + 131396);
  const hello = ClientHello.parse(recordsOf(longest, 1));
  assert.equal(hello.cipherSuites.length, 32767);
  assert.equal(hello.extensions.length, 16383);
  assert.match(hello.ja4, /^t12i9999/);
  assert.equal(hello.serverName, undefined);
});

test('its parts, cut short', () => {
  const body = message.subarray(4);
  const wrong = (...parts: readonly Uint8Array[]) => {
    const { code, message } = errorOf(() =>
      ClientHello.parse(Buffer.concat([uint8(1), vector(3, ...parts)])),
    );
    assert.equal(code, broken);
    return message;
  };
  for (let size = 0; size < body.length; size++) {
    const rest = body.subarray(0, size);
    const ends = size === body.length - extensionsSize;
    if (!ends) assert.match(wrong(rest), /^the ClientHello is malformed: \w+ at offset \d+: /);
  }
  assert.match(wrong(body, uint8(0)), /message at offset \d+: 1 bytes too many/);
  const head = Buffer.concat([uint16(0x303), bytes(32)]);
  const suites = vector(2, uint16(0x1301));
  assert.match(wrong(head, vector(1, bytes(33)), suites, vector(1, uint8(0))), /session_id at offset 38/);
  assert.match(wrong(head, vector(1), vector(2), vector(1, uint8(0))), /cipher_suites at offset 41: none/);
  assert.match(
    wrong(head, vector(1), vector(2, bytes(3)), vector(1, uint8(0))),
    /cipher_suites at offset 43/,
  );
  assert.match(wrong(head, vector(1), suites, vector(1)), /compression_methods at offset 44: none/);
  const list = vector(2, uint16(0), vector(2, bytes(3)).subarray(0, -1));
  assert.match(
    wrong(head, vector(1), suites, vector(1, uint8(0)), list),
    /extensions at offset 51: 3 bytes are/,
  );
});

/** Of our client's message, with their length. */
const extensionsSize =
  2 + ClientHello.parse(whole).extensions.reduce((sum, { data }) => sum + 4 + data.length, 0);

const malformedContents: readonly (readonly [keyof ClientHello & string, number, Uint8Array, RegExp])[] = [
  ['serverName', 0, bytes(0), /2 bytes are announced, 0 are there/],
  ['serverName', 0, vector(2), /of 0 bytes; 1 are the least/],
  ['serverName', 0, vector(2, uint8(1), vector(2, uint8(65))), /a name of another kind than host_name/],
  ['serverName', 0, vector(2, uint8(0), vector(2)), /of 0 bytes/],
  ['serverName', 0, sni('a\0b'), /printable ASCII/],
  ['serverName', 0, sni('a b'), /printable ASCII/],
  ['serverName', 0, sni('ä.example'), /printable ASCII/],
  ['serverName', 0, sni('a\x1b[2J'), /printable ASCII/],
  ['serverName', 0, sni('a'.repeat(256)), /1 to 255 characters/],
  [
    'serverName',
    0,
    vector(2, uint8(0), vector(2, uint8(65)), uint8(0), vector(2, uint8(66))),
    /4 bytes too many/,
  ],
  ['maxFragmentLength', 1, uint8(0), /0 stands for no length/],
  ['maxFragmentLength', 1, uint8(5), /5 stands for no length/],
  ['groups', 10, vector(2), /of 0 bytes; 2 are the least/],
  ['groups', 10, vector(2, bytes(3)), /2 bytes are announced, 1 are there/],
  ['pointFormats', 11, vector(1), /of 0 bytes/],
  ['signatureAlgorithms', 13, vector(2, bytes(5)), /2 bytes are announced/],
  ['alpnProtocols', 16, vector(2), /of 0 bytes; 2 are the least/],
  ['alpnProtocols', 16, vector(2, vector(1), vector(1, bytes(1))), /of 0 bytes; 1 are the least/],
  ['certCompression', 27, vector(1), /of 0 bytes/],
  ['versions', 43, vector(1, bytes(3)), /2 bytes are announced/],
  ['cookie', 44, vector(2), /of 0 bytes/],
  ['pskModes', 45, vector(1), /of 0 bytes/],
  ['certificateAuthorities', 47, vector(2), /of 0 bytes/],
  ['certificateAuthorities', 47, vector(2, vector(2, bytes(3))), /at offset \d+: no name: /],
  ['certificateAuthorities', 47, vector(2, vector(2, nameDer, uint8(0))), /no name: /],
  ['keyShares', 51, vector(2, uint16(29), vector(2)), /of 0 bytes/],
  [
    'pskIdentities',
    41,
    Buffer.concat([vector(2, vector(2, bytes(1)), bytes(4)), vector(2, vector(1, bytes(31)))]),
    /of 32 bytes; 33 are the least/,
  ],
  [
    'pskIdentities',
    41,
    Buffer.concat([
      vector(2, vector(2, bytes(1)), bytes(4)),
      vector(2, vector(1, bytes(32)), vector(1, bytes(32))),
    ]),
    /2 binders for 1 identities/,
  ],
];

for (const [member, type, content, expected] of malformedContents) {
  test(`${member}: ${expected}`, () => {
    const hello = withExtensions([type, content]);
    const { code, message } = errorOf(() => hello[member]);
    assert.equal(code, 'ERR_MALFORMED_CLIENT_HELLO');
    assert.match(message, expected);
  });
}
