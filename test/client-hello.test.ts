import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import { ClientHello, DistinguishedName } from 'bladessl';
import {
  alpn,
  bytes,
  type Extension,
  helloOf,
  list16,
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

type Member = keyof ClientHello & string;

/** Each extension that is read, by the member that reads it: some contents, and what they say. */
const contents: readonly (readonly [Member, number, Buffer, unknown])[] = [
  ['serverName', 0, sni('www.example.org'), 'www.example.org'],
  ['serverName', 0, sni('a'.repeat(255)), 'a'.repeat(255)],
  ['maxFragmentLength', 1, uint8(1), 512],
  ['maxFragmentLength', 1, uint8(4), 4096],
  ['statusRequest', 5, Buffer.of(1, 0, 0, 0, 0), true],
  ['statusRequest', 5, Buffer.of(1, 0, 3, 0, 1, 9, 0, 1, 0), true],
  ['statusRequest', 5, Buffer.of(2, 1, 2, 3), false],
  [
    'groups',
    10,
    list16(2, 0x001d, 0x0017, 0x11ec, 0x6a6a, 0x1234),
    ['x25519', 'secp256r1', 'X25519MLKEM768', 'GREASE', '0x1234'],
  ],
  ['pointFormats', 11, Buffer.of(3, 0, 1, 9), ['uncompressed', 'ansiX962_compressed_prime', '0x09']],
  [
    'signatureAlgorithms',
    13,
    list16(2, 0x0403, 0x0804, 0x0904, 0x0302),
    ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256', 'mldsa44', 'dsa_sha224'],
  ],
  ['signatureAlgorithmsCert', 50, list16(2, 0x0807), ['ed25519']],
  ['alpnProtocols', 16, alpn('h2', 'http/1.1', 'ü'), ['h2', 'http/1.1', 'ü']],
  [
    'alpnProtocols',
    16,
    alpn(Buffer.of(0x0a, 0x0a), Buffer.of(0xab, 0xcd), 'a\nb'),
    ['GREASE', '0xABCD', 'a\nb'],
  ],
  ['encryptThenMac', 22, bytes(0), true],
  ['extendedMasterSecret', 23, bytes(0), true],
  ['certCompression', 27, list16(1, 2, 1, 3, 9), ['brotli', 'zlib', 'zstd', '0x0009']],
  ['recordSizeLimit', 28, uint16(16385), 16385],
  ['sessionTicket', 35, bytes(0), bytes(0)],
  ['sessionTicket', 35, bytes(3), bytes(3)],
  ['earlyData', 42, bytes(0), true],
  ['versions', 43, list16(1, 0x3a3a, 0x0304, 0x0303, 0x7f1c), ['GREASE', 'TLSv1.3', 'TLSv1.2', '0x7F1C']],
  ['cookie', 44, vector(2, bytes(4)), bytes(4)],
  ['pskModes', 45, Buffer.of(4, 1, 0, 0x2a, 7), ['psk_dhe_ke', 'psk_ke', 'GREASE', '0x07']],
  ['postHandshakeAuth', 49, bytes(0), true],
  ['keyShares', 51, vector(2), []],
  [
    'keyShares',
    51,
    vector(2, uint16(0x1d), vector(2, bytes(32)), uint16(0x1a1a), vector(2, bytes(1))),
    [
      { group: 'x25519', keyExchange: bytes(32) },
      { group: 'GREASE', keyExchange: bytes(1) },
    ],
  ],
  ['ech', 0xfe0d, bytes(100), true],
  ['renegotiationInfo', 0xff01, uint8(0), bytes(0)],
  ['renegotiationInfo', 0xff01, vector(1, bytes(12)), bytes(12)],
];

/** What of them is there without an extension. */
const absent: Partial<Record<Member, unknown>> = {
  versions: ['TLSv1.2'],
  statusRequest: false,
  encryptThenMac: false,
  extendedMasterSecret: false,
  earlyData: false,
  postHandshakeAuth: false,
  ech: false,
};

function spoiled(type: number, content: Buffer): Extension[][] {
  const long = Buffer.concat([content, uint8(1)]);
  return content.length === 0 ? [[[type, long]]] : [[[type, long]], [[type, content.subarray(0, -1)]]];
}

function twice(type: number, content: Buffer): Extension[] {
  return [
    [type, content],
    [0x1234, content],
    [type, content],
  ];
}

for (const [member, type, content, expected] of contents) {
  test(`${member}: ${inspect(expected, { breakLength: Infinity, maxStringLength: 20 })}`, () => {
    const hello = withExtensions([type, content]);
    assert.deepEqual(hello[member], expected);
    assert.equal(hello[member], hello[member], 'kept');
    assert.deepEqual(withExtensions()[member], absent[member]);
    assert.deepEqual(
      hello.extensions.map(({ type, data }) => [type, data]),
      [[type, content]],
    );
  });

  test(`${member}: ${content.length} bytes cut short, with one too many, and twice`, () => {
    const isOpaque = ['ech', 'sessionTicket'].includes(member) || expected === false;
    for (const extensions of [...(isOpaque ? [] : spoiled(type, content)), twice(type, content)]) {
      const hello = withExtensions(...extensions, [99, content]);
      const name = hello.extensions[0]?.name ?? assert.fail();
      for (const error of [errorOf(() => hello[member]), errorOf(() => hello[member])]) {
        assert.equal(error.code, 'ERR_MALFORMED_CLIENT_HELLO');
        assert.match(error.message, new RegExp(`^the ClientHello is malformed: ${name} at offset \\d+: `));
      }
      assert.equal(hello.extensions.length, extensions.length + 1, 'others can be read');
      assert.equal(hello.cipherSuites[0], 'TLS_AES_128_GCM_SHA256');
      assert.ok(hello.toString().includes(`\n  ${name}`));
      assert.ok(!(member in hello.toJSON()), 'left out');
      assert.equal(typeof inspect(hello), 'string');
    }
  });
}

test('the offset of an error counts in the message', () => {
  const message = helloOf({ extensions: [[0, sni('www\0')]] });
  const hello = ClientHello.parse(recordsOf(message));
  const { message: text } = errorOf(() => hello.serverName);
  const offset = Number(/offset (\d+)/.exec(text)?.[1]);
  assert.equal(offset, message.length);
  assert.deepEqual(hello.raw, message);
});

test('certificateAuthorities: as distinguished names', () => {
  const list = vector(2, vector(2, nameDer), vector(2, Buffer.of(0x30, 0)));
  const names = withExtensions([47, list]).certificateAuthorities ?? assert.fail();
  assert.deepEqual(names.map(String), ['CN=Test CA', '']);
  assert.ok(names[0] instanceof DistinguishedName);
  assert.equal(names[0].get('CN'), 'Test CA');
  assert.equal(withExtensions().certificateAuthorities, undefined);
});

test('pskIdentities: what they are called, and their age', () => {
  const content = Buffer.concat([
    vector(2, vector(2, bytes(3)), Buffer.of(0xff, 0xff, 0xff, 0xff)),
    vector(2, vector(1, bytes(32))),
  ]);
  assert.deepEqual(withExtensions([41, content]).pskIdentities, [
    { identity: bytes(3), obfuscatedTicketAge: 0xffffffff },
  ]);
  assert.equal(withExtensions().pskIdentities, undefined);
});

test('the fixed parts', () => {
  const random = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
  const hello = ClientHello.parse(
    helloOf({
      version: 0x0301,
      random,
      sessionId: bytes(32),
      cipherSuites: [0x1301, 0x0a0a, 0x00ff, 0xfffe],
      compressionMethods: [1, 0, 64, 7],
      extensions: undefined,
    }),
  );
  assert.equal(hello.legacyVersion, 'TLSv1');
  assert.deepEqual(hello.versions, ['TLSv1']);
  assert.deepEqual(hello.random, random);
  assert.deepEqual(hello.sessionId, bytes(32));
  assert.deepEqual(hello.cipherSuites, [
    'TLS_AES_128_GCM_SHA256',
    'GREASE',
    'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
    '0xFFFE',
  ]);
  assert.deepEqual(hello.compressionMethods, ['DEFLATE', 'null', 'LZS', '0x07']);
  assert.deepEqual(hello.extensions, []);
  assert.equal(ClientHello.parse(helloOf({ version: 0x0399 })).legacyVersion, '0x0399');
});

test('what it gives away can be written into without harm', () => {
  const input = helloOf({ sessionId: bytes(4), extensions: [[0, sni('example.org')]] });
  const hello = ClientHello.parse(input);
  input.fill(0);
  for (const buffer of [hello.raw, hello.random, hello.sessionId, hello.extensions[0]?.data]) buffer?.fill(0);
  assert.deepEqual(hello.random, bytes(32, 7));
  assert.deepEqual(hello.sessionId, bytes(4));
  assert.equal(hello.serverName, 'example.org');
  for (const list of [hello.cipherSuites, hello.compressionMethods, hello.extensions, hello.extensions[0]]) {
    assert.ok(Object.isFrozen(list));
  }
});

test('every shape of bytes', () => {
  const message = helloOf();
  const shared = new Uint8Array(new SharedArrayBuffer(message.length));
  shared.set(message);
  const inside = Buffer.concat([bytes(3), message, bytes(3)]).subarray(3, -3);
  for (const input of [
    message,
    new Uint8Array(message).buffer,
    shared,
    inside,
    new DataView(new Uint8Array(message).buffer),
  ]) {
    assert.deepEqual(ClientHello.parse(input).raw, message);
  }
  for (const input of ['text', 5, null, undefined, {}]) {
    assert.throws(() => ClientHello.parse(input as never), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
});

test('toString: a line for each part, with nothing that a terminal obeys', () => {
  const hello = withExtensions(
    [0, sni('example.org')],
    [16, alpn('h2', '\x1b[31m\u202e\n"')],
    [51, vector(2, uint16(29), vector(2, bytes(32)))],
    [0x1234, bytes(40, 1)],
    [0x2a2a, bytes(0)],
  );
  assert.equal(
    hello.toString(),
    [
      `ClientHello, ${hello.raw.length} bytes`,
      'legacy version: TLSv1.2',
      `random: ${'07'.repeat(32)}`,
      'session id: none',
      'cipher suites: TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      'compression methods: null',
      'extensions:',
      '  server_name: example.org',
      '  application_layer_protocol_negotiation: h2, \\u001b[31m\\u202e\\n\\"',
      '  key_share: x25519 (32 bytes)',
      `  0x1234: ${'01'.repeat(32)}... (40 bytes)`,
      '  GREASE',
      `ja4: ${hello.ja4}`,
      '',
    ].join('\n'),
  );
  assert.match(ClientHello.parse(helloOf({ extensions: undefined })).toString(), /^extensions: none$/m);
});

test('toJSON: its members, with bytes in hex', () => {
  const hello = withExtensions(
    [0, sni('example.org')],
    [51, vector(2, uint16(29), vector(2, bytes(2)))],
    [47, vector(2, vector(2, nameDer))],
  );
  const json = JSON.parse(JSON.stringify(hello));
  assert.equal(json.serverName, 'example.org');
  assert.equal(json.random, '07'.repeat(32));
  assert.deepEqual(json.keyShares, [{ group: 'x25519', keyExchange: '0505' }]);
  assert.deepEqual(json.certificateAuthorities, ['CN=Test CA']);
  assert.deepEqual(json.extensions[1], { type: 51, name: 'key_share', data: '0006001d00020505' });
  assert.equal(json.earlyData, false);
  assert.ok(!('alpnProtocols' in json));
  assert.equal(json.ja4, hello.ja4);
});

test('console.log: what tells the most', () => {
  const hello = withExtensions([0, sni('example.org')]);
  assert.equal(
    inspect(hello, { breakLength: Infinity }).replaceAll(/\s+/g, ' '),
    `ClientHello { serverName: 'example.org', versions: [ 'TLSv1.2' ], cipherSuites: [ 'TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' ], ja4: '${hello.ja4}' }`,
  );
  assert.equal(inspect({ hello }, { depth: 0 }), '{ hello: [ClientHello] }');
  assert.equal(typeof inspect(ClientHello.prototype), 'string');
});
