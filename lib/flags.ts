// SSL_OP_* in every shape that a caller may write them in.

import { invalidType, outOfRange } from './arguments';
import type { SSLOptions } from './constants';

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

/** The union of the flags. */
export function requireOptions(value: SSLOptions, name: string): bigint {
  if (!Array.isArray(value)) return oneFlag(value, name);
  return value.reduce<bigint>((sum, flag, index) => sum | oneFlag(flag, `${name}[${index}]`), 0n);
}
