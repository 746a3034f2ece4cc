// The options of `PrivateKey.toPEM` and `PrivateKey.toDER`.

import {
  type Data,
  invalidType,
  invalidValue,
  type OptionNames,
  requireInteger,
  requireOptions,
} from './arguments';
import type { NativeKeyEncoding } from './native-certificate';
import { withSecret } from './password';

/** Options of `PrivateKey.toPEM` and `PrivateKey.toDER`. */
export interface PrivateKeyExportOptions {
  /**
   * The form: `'pkcs8'` for all kinds of keys; the older `'pkcs1'` for RSA and `'sec1'` for EC, which cannot be
   * encrypted here (their encryption hashes the password once, with MD5). Default: `'pkcs8'`.
   */
  readonly type?: 'pkcs8' | 'pkcs1' | 'sec1' | undefined;
  /**
   * Encrypts the key (PBES2): text (as UTF-8) or bytes, 1 to 1024 bytes. Without the option the key is not
   * encrypted; the option with the value undefined is refused, so that a password that was forgotten
   * does not make a file that anybody can read.
   */
  readonly password?: Data;
  /** The cipher of the encryption. Default: `'aes-256-cbc'`. */
  readonly cipher?: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | undefined;
  /**
   * How often the password is hashed (PBKDF2 with HMAC-SHA256), 1000 to 5000000. Default: 600000, which
   * takes some tenths of a second, here and for each reader.
   */
  readonly iterations?: number | undefined;
}

const optionNames: OptionNames<PrivateKeyExportOptions> = {
  type: true,
  password: true,
  cipher: true,
  iterations: true,
};

const kinds = new Map<unknown, string>([
  ['pkcs1', 'rsa'],
  ['sec1', 'ec'],
]);
const ciphers: readonly unknown[] = ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'];

/** Calls `encode` with the options as the addon takes them, for a key of that kind. */
export function withKeyEncoding<T>(
  options: PrivateKeyExportOptions,
  keyType: string,
  encode: (...encoding: NativeKeyEncoding) => T,
): T {
  const given = requireOptions(options, 'options', optionNames);
  const { type = 'pkcs8', cipher = 'aes-256-cbc', iterations = 600_000 } = given;
  const traditional = requireForm(type, keyType);
  if (!ciphers.includes(cipher)) {
    throw invalidValue('options.cipher', `must be one of ${ciphers.join(', ')}`, cipher);
  }
  const times = requireInteger(iterations, 'options.iterations', 1000, 5_000_000);
  if (!('password' in given)) {
    requireNone(given.cipher, 'options.cipher');
    requireNone(given.iterations, 'options.iterations');
    return encode(traditional, undefined, cipher, times);
  }
  if (traditional) throw invalidValue('options.type', 'must be pkcs8 for an encrypted key', type);
  return withSecret(given.password, 'options.password', (secret) => {
    if (secret.length === 0) throw invalidValue('options.password', 'must not be empty', '');
    return encode(traditional, secret, cipher, times);
  });
}

function requireForm(type: unknown, keyType: string): boolean {
  if (typeof type !== 'string') throw invalidType('options.type', 'a string', type);
  if (type === 'pkcs8') return false;
  const kind = kinds.get(type);
  if (kind === undefined) throw invalidValue('options.type', 'must be pkcs8, pkcs1 or sec1', type);
  if (kind !== keyType) throw invalidValue('options.type', `is for ${kind} keys, not ${keyType}`, type);
  return true;
}

function requireNone(value: unknown, name: string): void {
  if (value !== undefined) throw invalidValue(name, 'is for an encrypted key: it needs a password', value);
}
