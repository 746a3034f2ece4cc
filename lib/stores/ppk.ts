// PuTTY's private keys, versions 2 and 3 (the appendix "PPK file format" of PuTTY's manual).

import { createDecipheriv, createHash, createHmac, type JsonWebKey, timingSafeEqual } from 'node:crypto';
import type { Password } from '../arguments';
import { usageError } from '../errors';
import { withPassword } from '../password';
import { viewOf } from './bytes';
import { privateKeyOf } from './jwk';
import { type Parts, partsOf } from './parts';
import { jwkOfBlob } from './ssh';
import { formatError, WireReader, wireString } from './wire';

interface Ppk {
  readonly version: 2 | 3;
  readonly type: string;
  readonly encryption: string;
  readonly comment: string;
  readonly publicBlob: Buffer;
  readonly privateBlob: Buffer;
  readonly mac: Buffer;
}

const what = 'the PPK file';

/** Reads the one key of a file. */
export function readPpk(bytes: Uint8Array, password: Password | undefined): Parts {
  const ppk = parsePpk(viewOf(bytes).toString('latin1'));
  if (ppk.encryption === 'none') return keyOf(ppk, ppk.privateBlob, undefined);
  if (ppk.encryption !== 'aes256-cbc') throw formatError(`${what} is encrypted in a way that is not known`);
  if (ppk.version === 3) {
    throw usageError(
      'ERR_FEATURE_UNAVAILABLE',
      `${what} is encrypted with Argon2, which cannot be read here: puttygen key.ppk --ppk-param version=2 -o other.ppk`,
    );
  }
  return withPassword(password, (secret) => {
    if (secret === undefined) {
      throw usageError('ERR_PASSWORD_REQUIRED', 'this is encrypted: a password is needed');
    }
    return keyOf(ppk, decrypt(ppk, secret), secret);
  });
}

function keyOf(ppk: Ppk, blob: Buffer, password: Uint8Array | undefined): Parts {
  try {
    if (!timingSafeEqual(macOf(ppk, blob, password), ppk.mac)) throw macError(password);
    const jwk = { ...jwkOfBlob(ppk.publicBlob, ppk.type, what), ...privateNumbers(ppk, blob) };
    return partsOf({ keys: [privateKeyOf(jwk)] });
  } finally {
    blob.fill(0);
  }
}

function macError(password: Uint8Array | undefined): Error {
  if (password === undefined) return formatError(`the MAC of ${what} is not right: somebody has changed it`);
  return usageError(
    'ERR_OSSL_EVP_BAD_DECRYPT',
    `the password of ${what} is probably wrong: its MAC is not right`,
  );
}

function macOf(ppk: Ppk, blob: Buffer, password: Uint8Array | undefined): Buffer {
  const parts = [ppk.type, ppk.encryption, ppk.comment, ppk.publicBlob, blob].map(wireString);
  const data = Buffer.concat(parts);
  const key = createHash('sha1')
    .update('putty-private-key-file-mac-key')
    .update(password ?? '')
    .digest();
  const hmac = ppk.version === 2 ? createHmac('sha1', key) : createHmac('sha256', '');
  const mac = hmac.update(data).digest();
  for (const secret of [data, key, parts[4]]) secret?.fill(0);
  if (mac.length !== ppk.mac.length) throw formatError(`${what} has a MAC of another length`);
  return mac;
}

function decrypt(ppk: Ppk, password: Uint8Array): Buffer {
  if (ppk.privateBlob.length % 16 !== 0) throw formatError(`${what} is cut short`);
  const halves = [0, 1].map((n) =>
    createHash('sha1')
      .update(Buffer.of(0, 0, 0, n))
      .update(password)
      .digest(),
  );
  const key = Buffer.concat(halves).subarray(0, 32);
  const decipher = createDecipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false);
  const plain = decipher.update(ppk.privateBlob);
  for (const secret of [...halves, key]) secret.fill(0);
  return plain;
}

/** What the JWK of a private key has beside the public numbers. What follows in the blob is padding. */
function privateNumbers(ppk: Ppk, blob: Buffer): JsonWebKey {
  const reader = new WireReader(blob, what);
  if (ppk.type === 'ssh-rsa') {
    const [d, p, q, qi] = [reader.number(), reader.number(), reader.number(), reader.number()];
    const [dp, dq] = [remainder(d, p), remainder(d, q)];
    return Object.fromEntries(
      Object.entries({ d, p, q, qi, dp, dq }).map(([name, number]) => [name, number.toString('base64url')]),
    );
  }
  // A number with the least byte first: its zeros are at the end.
  if (ppk.type === 'ssh-ed25519') return { d: padded(reader.string(), 32, 'end') };
  return {
    d: padded(reader.number(), ppk.type.endsWith('521') ? 66 : ppk.type.endsWith('384') ? 48 : 32, 'start'),
  };
}

function padded(number: Buffer, size: number, where: 'start' | 'end'): string {
  if (number.length > size) throw formatError(`a number of ${what} is too long`);
  const zeros = Buffer.alloc(size - number.length);
  return Buffer.concat(where === 'start' ? [zeros, number] : [number, zeros]).toString('base64url');
}

/** d modulo one less than the prime. */
function remainder(d: Buffer, prime: Buffer): Buffer {
  const modulus = bigOf(prime) - 1n;
  if (modulus <= 0n) throw formatError(`${what} has no primes`);
  const hex = (bigOf(d) % modulus).toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function bigOf(bytes: Buffer): bigint {
  return BigInt(`0x0${bytes.toString('hex')}`);
}

function parsePpk(text: string): Ppk {
  const lines = text.split(/\r\n|\n|\r/);
  let next = 0;
  const field = (name: RegExp): string => {
    const [, value] = /^[\w-]+: ?(.*)$/.exec(lines[next] ?? '') ?? [];
    if (value === undefined || !name.test(lines[next] ?? ''))
      throw formatError(`${what} has no ${name.source.slice(1)}`);
    next += 1;
    return value;
  };
  const blob = (name: RegExp): Buffer => {
    const count = Number(field(name));
    if (!Number.isInteger(count) || count < 0 || count > lines.length - next)
      throw formatError(`${what} is cut short`);
    next += count;
    return Buffer.from(lines.slice(next - count, next).join(''), 'base64');
  };
  const version = /^PuTTY-User-Key-File-([23]):/.exec(lines[0] ?? '')?.[1];
  if (version === undefined) throw formatError(`${what} is of a version that is not known: 2 and 3 are`);
  const type = field(/^PuTTY-User-Key-File-/);
  const encryption = field(/^Encryption/);
  const comment = field(/^Comment/);
  const publicBlob = blob(/^Public-Lines/);
  while (/^(?:Key-Derivation|Argon2-[\w-]+):/.test(lines[next] ?? '')) next += 1;
  const privateBlob = blob(/^Private-Lines/);
  const mac = Buffer.from(field(/^Private-MAC/), 'hex');
  return { version: version === '2' ? 2 : 3, type, encryption, comment, publicBlob, privateBlob, mac };
}
