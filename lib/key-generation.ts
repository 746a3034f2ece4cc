// The options of `PrivateKey.generate`.

import {
  invalidType,
  invalidValue,
  type OptionNames,
  requireInteger,
  requireOptions,
  requireText,
} from './arguments';
import type { NativeKeySpec } from './native-certificate';

/** The kinds of keys that `PrivateKey.generate` makes. */
export type GeneratedKeyType =
  | 'ec'
  | 'rsa'
  | 'rsa-pss'
  | 'ed25519'
  | 'ed448'
  | 'x25519'
  | 'x448'
  | (string & {});

/** Options of `PrivateKey.generate`. */
export interface PrivateKeyGenerateOptions {
  /**
   * The kind of key: one of those that the type names, or where this OpenSSL has them (3.5 and newer)
   * `'ml-dsa-44'`, `'ml-dsa-65'`, `'ml-kem-768'`, `'slh-dsa-sha2-128s'` and so on. Default: `'ec'`.
   */
  readonly type?: GeneratedKeyType | undefined;
  /** For `'ec'`: the curve by any of OpenSSL's names (`'P-384'`, `'secp256k1'`). Default: `'P-256'`. */
  readonly curve?: string | undefined;
  /** For `'rsa'` and `'rsa-pss'`: the size of the modulus, 1024 to 16384. Default: 2048. */
  readonly bits?: number | undefined;
  /** For `'rsa'` and `'rsa-pss'`: odd, 3 to 4294967295. Default: 65537. */
  readonly publicExponent?: number | undefined;
}

const optionNames: OptionNames<PrivateKeyGenerateOptions> = {
  type: true,
  curve: true,
  bits: true,
  publicExponent: true,
};

const newer = /^(ml-dsa|ml-kem|slh-dsa)-[a-z0-9-]+$/;
const curveKeys = new Set(['ed25519', 'ed448', 'x25519', 'x448']);

/** The options as the addon takes them. */
export function requireKeySpec(options: PrivateKeyGenerateOptions = {}, name = 'options'): NativeKeySpec {
  const { type = 'ec', curve, bits, publicExponent } = requireOptions(options, name, optionNames);
  if (typeof type !== 'string') throw invalidType(`${name}.type`, 'a string', type);
  const isEC = type === 'ec';
  const isRSA = type === 'rsa' || type === 'rsa-pss';
  if (!isEC && !isRSA && !curveKeys.has(type) && !newer.test(type)) {
    throw invalidValue(`${name}.type`, 'must be the name of a kind of key', type);
  }
  if (!isEC) requireAbsent(curve, `${name}.curve`, 'EC');
  if (!isRSA) {
    requireAbsent(bits, `${name}.bits`, 'RSA');
    requireAbsent(publicExponent, `${name}.publicExponent`, 'RSA');
  }
  return [
    type,
    isEC ? requireText(curve ?? 'P-256', `${name}.curve`) : '',
    isRSA ? requireInteger(bits ?? 2048, `${name}.bits`, 1024, 16384) : 0,
    requireOdd(publicExponent ?? 65537, `${name}.publicExponent`),
  ];
}

function requireAbsent(value: unknown, name: string, kind: string): void {
  if (value !== undefined) throw invalidValue(name, `is for ${kind} keys only`, value);
}

function requireOdd(value: unknown, name: string): number {
  const number = requireInteger(value, name, 3, 2 ** 32 - 1);
  if (number % 2 === 0) throw invalidValue(name, 'must be odd', value);
  return number;
}
