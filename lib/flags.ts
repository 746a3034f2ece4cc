// SSL_OP_* in every shape that a caller may write them in.

import { invalidType, invalidValue, outOfRange, readList } from './arguments';
import { SSL_MODE_ASYNC, type SSLMode, type SSLOptions } from './constants';

const all = (1n << 64n) - 1n;

function oneFlag(value: unknown, name: string): bigint {
  if (typeof value === 'bigint') {
    if (value < 0n || value > all) throw outOfRange(name, 'a bigint of at most 64 bits', value);
    return value;
  }
  if (typeof value !== 'number') throw invalidType(name, 'a number, a bigint or a list of them', value);
  // JavaScript's | works on signed 32-bit numbers: bit 31 makes the result negative.
  const unsigned = value < 0 && value >= -(2 ** 31) ? value + 2 ** 32 : value;
  if (!Number.isSafeInteger(unsigned) || unsigned < 0) {
    throw outOfRange(name, 'a whole number of at most 53 bits (a bigint takes 64)', value);
  }
  return BigInt(unsigned);
}

/** SSL_MODE_*: flags of 32 bits. */
export function requireMode(value: SSLMode, name: string): number {
  const mode = requireSSLOptions(value, name);
  if (mode > 0xffffffffn) throw outOfRange(name, 'flags of 32 bits', value);
  if ((mode & BigInt(SSL_MODE_ASYNC)) !== 0n) {
    throw invalidValue(name, 'must be without SSL_MODE_ASYNC: a handshake that waits sets it itself', value);
  }
  return Number(mode);
}

/** The union of the flags. */
export function requireSSLOptions(value: SSLOptions, name: string): bigint {
  if (!Array.isArray(value)) return oneFlag(value, name);
  return readList(value, name, 'a list of flags', oneFlag).reduce((sum, flag) => sum | flag, 0n);
}
