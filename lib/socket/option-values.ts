// The values of socket options, and how they look in C.

import { endianness } from 'node:os';
import { invalidType, outOfRange, requireInteger, requireString } from '../arguments';

/** What an option is set to or reads as; see SocketOption for what is for which. */
export type SocketOptionValue = boolean | number | string;

/** How the values of an option look in C. */
export interface Codec {
  /** Bytes that the value takes in C; of text, the most. */
  readonly size: number;
  /** Checks a value; `name` is the argument's, for errors. */
  readonly encode: (value: unknown, name: string) => Uint8Array;
  /** The value of what getsockopt(2) has written. */
  readonly decode: (bytes: Uint8Array) => SocketOptionValue;
}

/** The largest int of C. */
export const maxInt = 2 ** 31 - 1;
const littleEndian = endianness() === 'LE';
const is64Bit = !['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'].includes(process.arch);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function cInts(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) view.setInt32(4 * index, value, littleEndian);
  return bytes;
}

function cInt(bytes: Uint8Array, index = 0): number {
  // BSD's IP_MULTICAST_TTL and the like are a single byte.
  return bytes.byteLength === 1 ? (bytes[0] ?? 0) : viewOf(bytes).getInt32(4 * index, littleEndian);
}

/** A boolean, as an int. */
export const flag: Codec = {
  size: 4,
  encode(value, name) {
    if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value);
    return cInts(value ? 1 : 0);
  },
  decode: (bytes) => cInt(bytes) !== 0,
};

/** An int, or an unsigned int where `max` is larger than an int. */
export function integer(min: number, max: number): Codec {
  return {
    size: 4,
    encode: (value, name) => cInts(requireInteger(value, name, min, max)),
    decode: (bytes) => (max > maxInt ? cInt(bytes) >>> 0 : cInt(bytes)),
  };
}

/** Milliseconds, as a struct timeval. */
export const milliseconds: Codec = {
  size: is64Bit ? 16 : 8,
  encode(value, name) {
    const whole = requireInteger(value, name, 0, maxInt);
    const parts = [Math.trunc(whole / 1000), (whole % 1000) * 1000] as const;
    if (!is64Bit) return cInts(...parts);
    const bytes = new Uint8Array(16);
    const view = viewOf(bytes);
    for (const [index, part] of parts.entries()) view.setBigInt64(8 * index, BigInt(part), littleEndian);
    return bytes;
  },
  decode(bytes) {
    const view = viewOf(bytes);
    const part = (index: number): number =>
      is64Bit ? Number(view.getBigInt64(8 * index, littleEndian)) : cInt(bytes, index);
    return part(0) * 1000 + part(1) / 1000;
  },
};

/** Seconds or false, as a struct linger. */
export const linger: Codec = {
  size: 8,
  encode(value, name) {
    if (value === false) return cInts(0, 0);
    if (typeof value !== 'number') throw invalidType(name, 'a number of seconds or false', value);
    return cInts(1, requireInteger(value, name, 0, maxInt));
  },
  decode: (bytes) => cInt(bytes) !== 0 && cInt(bytes, 1),
};

// IFNAMSIZ and TCP_CA_NAME_MAX; the NUL at the end counts.
const textSize = 16;

/** A string that ends with a NUL. */
export const text: Codec = {
  size: textSize,
  encode(value, name) {
    const bytes = Buffer.from(`${requireString(value, name)}\0`, 'utf8');
    if (bytes.byteLength > textSize) throw outOfRange(name, `at most ${textSize - 1} bytes long`, value);
    return bytes;
  },
  decode: (bytes) => Buffer.from(bytes).toString('utf8').replace(/\0.*$/s, ''),
};
