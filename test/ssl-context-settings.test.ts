// The settings of a context: what each takes, refuses and reads as.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  SSL,
  SSL_MODE_ASYNC,
  SSL_MODE_AUTO_RETRY,
  SSL_MODE_RELEASE_BUFFERS,
  SSL_OP_CRYPTOPRO_TLSEXT_BUG,
  SSL_OP_NO_COMPRESSION,
  SSL_OP_NO_RENEGOTIATION,
  SSL_OP_NO_TICKET,
  SSL_VERIFY_CLIENT_ONCE,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSL_VERIFY_POST_HANDSHAKE,
  type SSLContext,
  TLSContext,
} from 'bladessl';
import { connected } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';

type Setting =
  | 'setCiphers'
  | 'ciphersuites'
  | 'groups'
  | 'signatureAlgorithms'
  | 'alpnProtocols'
  | 'verifyMode'
  | 'setVerify'
  | 'verifyDepth'
  | 'minVersion'
  | 'maxVersion'
  | 'securityLevel'
  | 'options'
  | 'mode'
  | 'sessionIdContext'
  | 'numTickets';

function set(context: SSLContext, setting: Setting, value: unknown): void {
  if (setting === 'setCiphers' || setting === 'setVerify') context[setting](value as never);
  else (context as unknown as Record<string, unknown>)[setting] = value;
}

function get(context: SSLContext, setting: Setting): unknown {
  if (setting === 'setCiphers') return context.ciphers;
  return setting === 'setVerify' ? context.verifyMode : context[setting];
}

const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
const invalid = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };

interface Expected {
  readonly name: string;
  readonly code: string;
}

/** Each value is refused with the error, which names the argument, and leaves what was set before. */
function refuses(setting: Setting, argument: string, error: Expected, values: readonly unknown[]): void {
  for (const value of values) {
    for (const used of [false, true]) {
      const context = new TLSContext();
      if (used) new SSL(context);
      const before = get(context, setting);
      const message = new RegExp(`^${argument}(\\[\\d+\\])?( must)? `);
      assert.throws(
        () => set(context, setting, value),
        { ...error, message },
        `${setting} = ${String(value)}`,
      );
      assert.deepEqual(get(context, setting), before);
    }
  }
}

/** Each value is taken and reads as what stands beside it, before and after the context was used. */
function takes(setting: Setting, pairs: readonly (readonly [value: unknown, reads: unknown])[]): void {
  const context = new TLSContext();
  for (const [value, reads] of pairs) {
    for (const _turn of [0, 1]) {
      set(context, setting, value);
      assert.deepEqual(get(context, setting), reads, `${setting} = ${String(value)}`);
      new SSL(context);
    }
  }
}

const lists: [Setting, argument: string, one: string, other: string][] = [
  ['setCiphers', 'list', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['ciphersuites', 'ciphersuites', 'TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'],
  ['groups', 'groups', 'X25519', 'P-256'],
  ['signatureAlgorithms', 'signatureAlgorithms', 'ECDSA+SHA256', 'rsa_pss_rsae_sha256'],
  ['alpnProtocols', 'alpnProtocols', 'h2', 'http/1.1'],
];

for (const [setting, argument, one, other] of lists) {
  test(`${setting}: an array or a colon-separated string; the new list replaces the old one`, () => {
    takes(setting, [
      [
        [one, other],
        [one, other],
      ],
      [`${other}:${one}`, [other, one]],
      [one, [one]],
      [[other], [other]],
    ]);
  });

  test(`${setting}: wrong types, empty parts and NULs`, () => {
    refuses(setting, argument, type, [
      5,
      null,
      true,
      {},
      { length: 0 },
      Buffer.from(one),
      [5],
      [one, null],
      [[one]],
    ]);
    refuses(setting, argument, invalid, [
      [''],
      [one, ''],
      `${one}\0`,
      [`${one}\0${other}`],
      '\0',
      [one, '\0'],
    ]);
  });

  test(`${setting}: what is read is a copy`, () => {
    const context = new TLSContext();
    const list = [one];
    set(context, setting, list);
    list.push(other);
    (get(context, setting) as string[]).push(other);
    assert.deepEqual(get(context, setting), [one]);
  });
}

test('names that OpenSSL does not know are refused, and leave the list as it was', () => {
  const codes: [Setting, good: string, code: string][] = [
    ['setCiphers', 'ECDHE-RSA-AES128-GCM-SHA256', 'ERR_SSL_NO_CIPHER_MATCH'],
    ['ciphersuites', 'TLS_AES_128_GCM_SHA256', 'ERR_SSL_NO_CIPHER_MATCH'],
    ['groups', 'X25519', 'ERR_UNKNOWN_GROUP'],
    ['signatureAlgorithms', 'ECDSA+SHA256', 'ERR_UNKNOWN_SIGNATURE_ALGORITHM'],
  ];
  for (const [setting, good, code] of codes) {
    const context = new TLSContext();
    set(context, setting, good);
    for (const bad of ['nonsense', ['nonsense'], 'x'.repeat(300), 'x'.repeat(1 << 20)]) {
      assert.throws(() => set(context, setting, bad), { name: 'SSLError', code }, setting);
      assert.deepEqual(get(context, setting), [good]);
    }
  }
});

test('groups and signature algorithms: one unknown name spoils the list, and the message says which', () => {
  const context = new TLSContext();
  for (const setting of ['groups', 'signatureAlgorithms'] as const) {
    const good = setting === 'groups' ? 'X25519' : 'ECDSA+SHA256';
    assert.throws(() => set(context, setting, [good, 'nonsense']), { name: 'SSLError', message: /nonsense/ });
    assert.equal(get(context, setting), undefined);
  }
});

test('ciphers of TLS 1.2: keywords, unknown names among known ones, none left', () => {
  const context = new TLSContext();
  context.setCiphers('ECDHE+AESGCM:!ECDSA');
  assert.deepEqual(context.ciphers.toSorted(), [
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES256-GCM-SHA384',
  ]);
  context.setCiphers(['nonsense', 'ECDHE-RSA-AES128-GCM-SHA256']);
  assert.deepEqual(context.ciphers, ['ECDHE-RSA-AES128-GCM-SHA256']);
  assert.throws(() => context.setCiphers('HIGH:!HIGH'), {
    name: 'SSLError',
    code: 'ERR_SSL_NO_CIPHER_MATCH',
  });
  assert.deepEqual(context.ciphers, ['ECDHE-RSA-AES128-GCM-SHA256']);
});

test('ciphers and ciphersuites are two lists', () => {
  const context = new TLSContext();
  context.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
  assert.equal(context.ciphersuites.length, 3);
  context.ciphersuites = 'TLS_AES_128_GCM_SHA256';
  assert.deepEqual(context.ciphers, ['ECDHE-RSA-AES128-GCM-SHA256']);
  assert.deepEqual(context.ciphersuites, ['TLS_AES_128_GCM_SHA256']);
});

test('an empty list is refused, but for ALPN', () => {
  for (const [setting, argument] of lists) {
    if (setting === 'alpnProtocols') continue;
    refuses(setting, argument, invalid, [[], '']);
  }
  refuses('alpnProtocols', 'alpnProtocols', invalid, ['']);
});

test('alpnProtocols: an empty list or undefined takes it off', () => {
  for (const off of [[], undefined]) {
    takes('alpnProtocols', [
      [['h2'], ['h2']],
      [off, undefined],
    ]);
  }
});

test('alpnProtocols: names with colons in an array, of any characters, as long as the wire allows', () => {
  takes('alpnProtocols', [
    [
      ['a:b', 'grüße'],
      ['a:b', 'grüße'],
    ],
    [['x'.repeat(255)], ['x'.repeat(255)]],
    [Array(128).fill('y'.repeat(255)), Array(128).fill('y'.repeat(255))],
  ]);
  refuses('alpnProtocols', 'alpnProtocols', range, [
    'x'.repeat(256),
    ['h2', 'ü'.repeat(128)],
    [...Array(128).fill('y'.repeat(255)), 'y'],
  ]);
  refuses('alpnProtocols', 'alpnProtocols', invalid, ['h2::http/1.1', ':h2', 'h2:', ':']);
});

test('alpnProtocols: the longest list fits into a handshake', () => {
  const [client, server] = [clientContext(), serverContext()];
  client.alpnProtocols = [...Array(127).fill('y'.repeat(255)), 'last'];
  server.alpnProtocols = ['last'];
  assert.equal(connected(client, server).client.alpnProtocol, 'last');
});

test('setCiphers: a level in the list stays when something else changes', () => {
  for (const used of [false, true]) {
    const context = serverContext();
    context.setCiphers('DEFAULT@SECLEVEL=3');
    if (used) new SSL(context);
    context.numTickets = 1;
    assert.equal(context.securityLevel, 3);
    context.securityLevel = 1;
    context.numTickets = 2;
    assert.equal(context.securityLevel, 1);
  }
});

for (const setting of ['minVersion', 'maxVersion'] as const) {
  test(`${setting}: the four versions, or undefined`, () => {
    const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3', undefined];
    takes(
      setting,
      versions.map((version) => [version, version]),
    );
    const bad = [
      'SSLv3',
      'TLSv1.4',
      'tlsv1.2',
      '',
      null,
      0,
      0x303,
      {},
      ['TLSv1.2'],
      '__proto__',
      'toString',
      'TLSv1.2\0',
    ];
    refuses(setting, setting, invalid, bad);
  });
}

for (const setting of ['verifyMode', 'setVerify'] as const) {
  test(`${setting}: SSL_VERIFY_NONE, or SSL_VERIFY_PEER with its flags`, () => {
    const argument = setting === 'setVerify' ? 'mode' : setting;
    const all =
      SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE | SSL_VERIFY_POST_HANDSHAKE;
    const modes = [SSL_VERIFY_NONE, SSL_VERIFY_PEER, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, all];
    takes(
      setting,
      modes.map((mode) => [mode, mode]),
    );
    refuses(setting, argument, range, [
      SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
      all - 1,
      16,
      -1,
      2 ** 32 + 1,
      1.5,
      Number.NaN,
    ]);
    refuses(setting, argument, type, ['1', null, undefined, true, 1n, [1]]);
  });
}

test('verifyDepth, securityLevel and numTickets: whole numbers of a range', () => {
  const limits = { verifyDepth: 1000, securityLevel: 5, numTickets: 255 } as const;
  for (const [name, max] of Object.entries(limits)) {
    const setting = name as keyof typeof limits;
    takes(setting, [
      [1, 1],
      [0, 0],
      [max, max],
    ]);
    refuses(setting, setting, range, [-1, max + 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53, 0.5, Number.NaN, Infinity]);
    refuses(setting, setting, type, ['1', null, 1n, true, [1], {}]);
  }
  takes('verifyDepth', [[undefined, undefined]]);
  refuses('securityLevel', 'securityLevel', type, [undefined]);
  refuses('numTickets', 'numTickets', type, [undefined]);
});

test('options: a number, a negative number, a bigint or a list; they replace, and read as a bigint', () => {
  const high = SSL_OP_CRYPTOPRO_TLSEXT_BUG;
  takes('options', [
    [SSL_OP_NO_TICKET, BigInt(SSL_OP_NO_TICKET)],
    [
      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION,
      BigInt(SSL_OP_NO_RENEGOTIATION + SSL_OP_NO_COMPRESSION),
    ],
    [high | SSL_OP_NO_TICKET, BigInt(high) | BigInt(SSL_OP_NO_TICKET)],
    [-1, 0xffffffffn],
    [-(2 ** 31), 0x80000000n],
    [BigInt(SSL_OP_NO_TICKET), BigInt(SSL_OP_NO_TICKET)],
    [[SSL_OP_NO_TICKET, BigInt(high), -(2 ** 31), 0], BigInt(high) | BigInt(SSL_OP_NO_TICKET)],
    [[], 0n],
    [1n << 40n, 1n << 40n],
    [0, 0n],
    [-0, 0n],
  ]);
  assert.ok((high | SSL_OP_NO_TICKET) < 0, 'the flag that makes | negative');
});

test('options: what is no set of flags', () => {
  refuses('options', 'options', range, [
    -(2 ** 31) - 1,
    2 ** 53,
    0.5,
    Number.NaN,
    Infinity,
    1n << 64n,
    -1n,
    [1.5],
    [1, -1n],
  ]);
  refuses('options', 'options', type, ['1', null, undefined, true, {}, [[1]], ['1'], new Uint8Array(1)]);
});

test('options: a flag can be added to what is set', () => {
  const context = new TLSContext();
  const before = context.options;
  context.options = [before, SSL_OP_NO_TICKET];
  assert.equal(context.options, before | BigInt(SSL_OP_NO_TICKET));
});

test('mode: flags replace what was set', () => {
  takes('mode', [
    [SSL_MODE_AUTO_RETRY, SSL_MODE_AUTO_RETRY],
    [SSL_MODE_RELEASE_BUFFERS, SSL_MODE_RELEASE_BUFFERS],
    [0, 0],
  ]);
  refuses('mode', 'mode', range, [0.5, Number.NaN, 2 ** 32, 2 ** 40]);
  refuses('mode', 'mode', type, ['1', null, undefined, {}]);
  refuses('mode', 'mode', invalid, [SSL_MODE_ASYNC, [1, SSL_MODE_ASYNC]]);
});

test('sessionIdContext: up to 32 bytes in any shape, copied both ways', () => {
  const bytes = Buffer.alloc(32, 7);
  takes('sessionIdContext', [
    [Buffer.from('id'), Buffer.from('id')],
    [bytes, bytes],
    [new Uint8Array([1, 2]).buffer, Buffer.of(1, 2)],
    [new DataView(new ArrayBuffer(3)), Buffer.alloc(3)],
  ]);
  refuses('sessionIdContext', 'sessionIdContext', range, [
    Buffer.alloc(0),
    Buffer.alloc(33),
    Buffer.alloc(1 << 20),
  ]);
  refuses('sessionIdContext', 'sessionIdContext', type, ['id', 5, null, [1, 2], {}]);
  const context = new TLSContext();
  context.sessionIdContext = bytes;
  bytes.fill(0);
  context.sessionIdContext?.fill(1);
  assert.deepEqual(context.sessionIdContext, Buffer.alloc(32, 7));
});

test('undefined is the default of what reads as undefined', () => {
  const settings: [Setting, unknown][] = [
    ['groups', ['X448']],
    ['signatureAlgorithms', ['ed25519']],
    ['sessionIdContext', Buffer.from('id')],
    ['verifyDepth', 3],
    ['minVersion', 'TLSv1.3'],
    ['maxVersion', 'TLSv1.2'],
    ['alpnProtocols', ['x']],
  ];
  const context = serverContext();
  for (const [setting, value] of settings) {
    if (setting !== 'maxVersion') set(context, setting, value);
    set(context, setting, undefined);
    assert.equal(get(context, setting), undefined, setting);
  }
  const group = (server: SSLContext) => connected(clientContext(), server).client.group;
  assert.equal(group(context), group(serverContext()));
});

test('groups and signature algorithms may name each once', () => {
  refuses('groups', 'groups', invalid, [['X25519', 'P-256', 'X25519'], 'X25519:X25519']);
  refuses('signatureAlgorithms', 'signatureAlgorithms', invalid, ['ed25519:ed25519']);
});

test('a long list is not repeated whole in the message', () => {
  const groups = Array.from({ length: 10_000 }, (_, index) => `group-${index}`);
  assert.throws(
    () => (new TLSContext().groups = groups),
    ({ code, message }: NodeJS.ErrnoException) => code === 'ERR_UNKNOWN_GROUP' && message.length < 300,
  );
});

test('setters keep out of each other in whatever order they come', () => {
  const settings: [Setting, unknown][] = [
    ['setCiphers', ['ECDHE-RSA-AES128-GCM-SHA256']],
    ['ciphersuites', ['TLS_AES_128_GCM_SHA256']],
    ['groups', ['X25519']],
    ['signatureAlgorithms', ['ECDSA+SHA256']],
    ['alpnProtocols', ['h2']],
    ['verifyMode', SSL_VERIFY_PEER],
    ['verifyDepth', 3],
    ['minVersion', 'TLSv1.3'],
    ['maxVersion', 'TLSv1.3'],
    ['securityLevel', 2],
    ['options', 0x4000n],
    ['mode', SSL_MODE_AUTO_RETRY],
    ['sessionIdContext', Buffer.from('id')],
    ['numTickets', 5],
  ];
  for (const order of [settings, settings.toReversed()]) {
    const context = new TLSContext();
    for (const [setting, value] of order) {
      set(context, setting, value);
      new SSL(context);
    }
    for (const [setting, value] of order) assert.deepEqual(get(context, setting), value, setting);
  }
});
