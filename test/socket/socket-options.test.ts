// encodeOption() and decodeOption(): every option by name and by number, and every value that is refused.

import assert from 'node:assert/strict';
import { endianness } from 'node:os';
import { suite, type TestContext, test } from 'node:test';
import * as bladessl from 'bladessl';
import { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY } from 'bladessl';
import * as constants from '../../dist/constants';
import {
  decodeOption,
  encodeOption,
  type SocketOption,
  type SocketOptionValue,
} from '../../dist/socket/socket-options';

const readOnly: readonly SocketOption[] = [
  'SO_ACCEPTCONN',
  'SO_DOMAIN',
  'SO_ERROR',
  'SO_PROTOCOL',
  'SO_TYPE',
];
const byLevel: readonly [prefix: RegExp, level: number][] = [
  [/^SO_/, SOL_SOCKET],
  [/^TCP_/, IPPROTO_TCP],
  [/^IP_/, IPPROTO_IP],
  [/^IPV6_/, IPPROTO_IPV6],
];

/** Every option that the package exports the constant of. */
const all = Object.entries(bladessl)
  .filter(([name, value]) => /^(SO|TCP|IP|IPV6)_/.test(name) && typeof value === 'number')
  .map(([name, value]) => [name as SocketOption, value as number] as const);

/** Bytes of C's ints on this platform. */
function ints(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) {
    if (endianness() === 'LE') bytes.writeInt32LE(value, 4 * index);
    else bytes.writeInt32BE(value, 4 * index);
  }
  return new Uint8Array(bytes);
}

/** What becomes of a value that is set and read again. */
function roundTrip(option: SocketOption | number, value: unknown, level?: number): SocketOptionValue {
  const encoded = encodeOption(option, value, level);
  const decodable = decodeOption(option, level);
  assert.deepEqual([decodable.level, decodable.name], [encoded.level, encoded.name]);
  assert.ok(encoded.bytes.byteLength <= decodable.size);
  return decodable.decode(Buffer.from(encoded.bytes));
}

/** Hides an option's constant, as on a platform that lacks it. */
function withoutConstant(t: TestContext, name: SocketOption): void {
  const value = constants[name];
  Reflect.set(constants, name, undefined);
  t.after(() => Reflect.set(constants, name, value));
  assert.equal(constants[name], undefined);
}

const refuses = (call: () => unknown, code: string, message: RegExp): void =>
  assert.throws(call, { name: code === 'ERR_OUT_OF_RANGE' ? 'RangeError' : 'TypeError', code, message });

suite('the table', () => {
  test('has every option that there is a constant for, at its level', () => {
    assert.ok(all.length > 30);
    for (const [name, number] of all) {
      const { level, name: found } = decodeOption(name);
      assert.deepEqual([found, level], [number, byLevel.find(([prefix]) => prefix.test(name))?.[1]], name);
    }
  });

  test('is found by number as well', () => {
    for (const [name, number] of all) {
      const { level, size, decode } = decodeOption(name);
      assert.deepEqual(decodeOption(number, level), { level, name: number, size, decode }, name);
    }
    assert.equal(roundTrip(SO_KEEPALIVE, true), true);
    assert.equal(roundTrip(TCP_NODELAY, true, IPPROTO_TCP), true);
  });

  test('a number without a name takes an int', () => {
    assert.equal(roundTrip(TCP_NODELAY + 9000, -5), -5);
    assert.deepEqual(encodeOption(9000, 7, 250), { level: 250, name: 9000, bytes: ints(7) });
    assert.deepEqual(encodeOption(9000, 7).level, SOL_SOCKET);
    refuses(() => encodeOption(9000, true), 'ERR_INVALID_ARG_TYPE', /^value of 9000 must be a number/);
    refuses(() => encodeOption(9000, 2 ** 31), 'ERR_OUT_OF_RANGE', /^value of 9000 /);
  });

  test('the level of a name may be told, if it is the right one', () => {
    assert.equal(roundTrip('TCP_NODELAY', true, IPPROTO_TCP), true);
    const wrong = (): unknown => encodeOption('TCP_NODELAY', true, SOL_SOCKET);
    refuses(wrong, 'ERR_INVALID_ARG_VALUE', /^level is not that of TCP_NODELAY/);
  });
});

suite('values', () => {
  test('flags', () => {
    assert.deepEqual(encodeOption('SO_KEEPALIVE', true).bytes, ints(1));
    assert.deepEqual(encodeOption('SO_KEEPALIVE', false).bytes, ints(0));
    assert.equal(decodeOption('SO_KEEPALIVE').decode(ints(8)), true);
    for (const name of ['SO_REUSEADDR', 'TCP_NODELAY', 'TCP_CORK', 'IPV6_V6ONLY'] as const) {
      assert.deepEqual([roundTrip(name, true), roundTrip(name, false)], [true, false]);
    }
    for (const value of [1, 0, 'on', null, undefined]) {
      const message = /^value of SO_KEEPALIVE must be a boolean, not /;
      refuses(() => encodeOption('SO_KEEPALIVE', value), 'ERR_INVALID_ARG_TYPE', message);
    }
  });

  test('whole numbers', () => {
    assert.deepEqual(encodeOption('SO_RCVBUF', 65536).bytes, ints(65536));
    assert.equal(roundTrip('TCP_KEEPIDLE', 2 ** 31 - 1), 2 ** 31 - 1);
    assert.equal(roundTrip('SO_MARK', 0xffffffff), 0xffffffff);
    assert.equal(roundTrip('IP_TOS', 255), 255);
    assert.equal(roundTrip('IPV6_UNICAST_HOPS', -1), -1);
    for (const value of [true, '5', 5n, null]) {
      refuses(() => encodeOption('SO_RCVBUF', value), 'ERR_INVALID_ARG_TYPE', /^value of SO_RCVBUF must/);
    }
    const ranges = [
      ['SO_RCVBUF', [-1, 1.5, 2 ** 31, Number.NaN]],
      ['SO_MARK', [-1, 2 ** 32]],
      ['IP_TOS', [-1, 256]],
      ['IP_TTL', [-2, 256]],
    ] as const;
    for (const [name, values] of ranges) {
      for (const value of values) {
        refuses(() => encodeOption(name, value), 'ERR_OUT_OF_RANGE', new RegExp(`^value of ${name} must`));
      }
    }
  });

  test('a number that comes as a single byte', () => {
    assert.equal(decodeOption('IP_TTL').decode(Uint8Array.of(200)), 200);
  });

  test('milliseconds', () => {
    for (const value of [0, 1, 999, 1000, 1500, 2 ** 31 - 1]) {
      assert.equal(roundTrip('SO_RCVTIMEO', value), value);
      assert.equal(roundTrip('SO_SNDTIMEO', value), value);
    }
    const { bytes } = encodeOption('SO_RCVTIMEO', 1500);
    if (bytes.byteLength === 8) assert.deepEqual(bytes, ints(1, 500_000));
    else assert.deepEqual(bytes, new Uint8Array(new BigInt64Array([1n, 500_000n]).buffer));
    refuses(() => encodeOption('SO_RCVTIMEO', -1), 'ERR_OUT_OF_RANGE', /^value of SO_RCVTIMEO must/);
    refuses(() => encodeOption('SO_SNDTIMEO', 0.5), 'ERR_OUT_OF_RANGE', /^value of SO_SNDTIMEO must/);
    refuses(() => encodeOption('SO_RCVTIMEO', '5'), 'ERR_INVALID_ARG_TYPE', /^value of SO_RCVTIMEO must/);
  });

  test('linger', () => {
    assert.deepEqual(encodeOption('SO_LINGER', 5).bytes, ints(1, 5));
    assert.deepEqual(encodeOption('SO_LINGER', 0).bytes, ints(1, 0));
    assert.deepEqual(encodeOption('SO_LINGER', false).bytes, ints(0, 0));
    for (const value of [5, 0, false]) assert.equal(roundTrip('SO_LINGER', value), value);
    assert.equal(decodeOption('SO_LINGER').decode(ints(0, 30)), false);
    for (const value of [true, '5', null, undefined]) {
      const message = /^value of SO_LINGER must be a number of seconds or false/;
      refuses(() => encodeOption('SO_LINGER', value), 'ERR_INVALID_ARG_TYPE', message);
    }
    refuses(() => encodeOption('SO_LINGER', -1), 'ERR_OUT_OF_RANGE', /^value of SO_LINGER must/);
  });

  test('text', () => {
    assert.deepEqual(encodeOption('TCP_CONGESTION', 'reno').bytes, Buffer.from('reno\0'));
    assert.equal(roundTrip('TCP_CONGESTION', 'cubic'), 'cubic');
    assert.equal(roundTrip('SO_BINDTODEVICE', ''), '');
    assert.equal(roundTrip('SO_BINDTODEVICE', 'x'.repeat(15)), 'x'.repeat(15));
    assert.equal(decodeOption('TCP_CONGESTION').decode(Buffer.from('reno\0\n\0\0rest')), 'reno');
    assert.equal(decodeOption('SO_BINDTODEVICE').decode(new Uint8Array(0)), '');
    const set = (value: unknown) => () => encodeOption('SO_BINDTODEVICE', value);
    refuses(set(5), 'ERR_INVALID_ARG_TYPE', /^value of SO_BINDTODEVICE must be a string/);
    refuses(set('a\0b'), 'ERR_INVALID_ARG_VALUE', /^value of SO_BINDTODEVICE must not contain/);
    refuses(set('x'.repeat(16)), 'ERR_OUT_OF_RANGE', /^value of SO_BINDTODEVICE must be at most 15 bytes/);
    refuses(set('ü'.repeat(8)), 'ERR_OUT_OF_RANGE', /^value of SO_BINDTODEVICE must be at most 15 bytes/);
  });

  test('what can only be read', () => {
    for (const name of readOnly) {
      const number = constants[name] ?? assert.fail(name);
      for (const option of [name, number]) {
        const message = /^option can only be read: /;
        refuses(() => encodeOption(option, 0), 'ERR_INVALID_ARG_VALUE', message);
      }
      assert.equal(Number(decodeOption(name).decode(ints(1))), 1);
    }
    assert.equal(decodeOption('SO_ACCEPTCONN').decode(ints(1)), true);
    assert.equal(decodeOption('SO_TYPE').decode(ints(bladessl.SOCK_STREAM)), bladessl.SOCK_STREAM);
  });
});

suite('options that cannot be', () => {
  const both = [
    (option: unknown, level?: unknown) => encodeOption(option as SocketOption, true, level as number),
    (option: unknown, level?: unknown) => decodeOption(option as SocketOption, level as number),
  ];

  test('unknown names, told in a line', () => {
    for (const name of ['', 'SO_', 'so_keepalive', 'AF_INET', 'toString', '__proto__', 'x'.repeat(1000)]) {
      for (const call of both) {
        const message = /^option is not the name of a known option: '.{0,110}$/;
        refuses(() => call(name), 'ERR_INVALID_ARG_VALUE', message);
      }
    }
  });

  test('neither names nor numbers', () => {
    for (const option of [undefined, null, true, {}, ['SO_KEEPALIVE']]) {
      for (const call of both) {
        const message = /^option must be the name or the number of an option/;
        refuses(() => call(option), 'ERR_INVALID_ARG_TYPE', message);
      }
    }
  });

  test('numbers that are none', () => {
    for (const option of [-1, 1.5, 2 ** 31, Number.NaN]) {
      for (const call of both) refuses(() => call(option), 'ERR_OUT_OF_RANGE', /^option must be/);
    }
    for (const call of both) {
      refuses(() => call(1, 'SOL_SOCKET'), 'ERR_INVALID_ARG_TYPE', /^level must be a number/);
      refuses(() => call(1, -1), 'ERR_OUT_OF_RANGE', /^level must be/);
    }
  });

  test('what this platform lacks', (t) => {
    withoutConstant(t, 'TCP_CORK');
    for (const call of both) {
      const message = /^option is not available on this platform: 'TCP_CORK'$/;
      refuses(() => call('TCP_CORK'), 'ERR_INVALID_ARG_VALUE', message);
    }
  });
});
