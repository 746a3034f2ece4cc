// The shapes that a private key comes in. None of the errors here shows a part of it.

import { type JsonWebKey, KeyObject } from 'node:crypto';
import { type Bytes, invalidValue, readFile, readFileAsync, readInput, requireNoNul } from './arguments';
import { usageError } from './errors';
import { privateKeyOfJWK } from './jwk';
import { detect } from './stores/detect';
import { decoded, isContent } from './stores/source';

/** What a private key is read from. */
export type PrivateKeySource = string | URL | Bytes | KeyObject | JsonWebKey;

/** PEM or DER; `owned` tells whether the bytes are a copy of our own, to be wiped. */
export interface KeyBytes {
  readonly bytes: Uint8Array;
  readonly owned: boolean;
}

/** Takes a key in any shape; reads a file where one is named. */
export function readKeyInput(value: unknown, name: string): KeyBytes {
  if (typeof value === 'string') {
    requireNoNul(value, name);
    if (isJSON(value)) return fromJSON(value);
    // What is no file's name is not taken for one: the error would show it.
    const bytes = isFileName(value) ? readFile(value, name) : Buffer.from(value, 'utf8');
    return fromBytes({ bytes, owned: true });
  }
  if (value instanceof KeyObject) return fromKeyObject(value, name);
  if (isJWK(value)) return fromJWK(value);
  return fromBytes(readInput(value, name));
}

/** The same, without blocking on the file. */
export async function loadKeyInput(value: unknown, name: string): Promise<KeyBytes> {
  if (!(value instanceof URL) && !isFileName(value)) return readKeyInput(value, name);
  if (!(value instanceof URL)) requireNoNul(value, name);
  return fromBytes({ bytes: await readFileAsync(value, name), owned: true });
}

/** Calls `use` with the bytes, and wipes them if they are a copy. */
export function withKeyBytes<T>({ bytes, owned }: KeyBytes, use: (bytes: Uint8Array) => T): T {
  try {
    return use(bytes);
  } finally {
    if (owned) bytes.fill(0);
  }
}

/** DER (PKCS#8) of a key of node:crypto; the caller wipes it. */
function fromKeyObject(key: KeyObject, name: string): KeyBytes {
  if (key.type !== 'private') throw invalidValue(name, 'must be a private key', key.type);
  return { bytes: key.export({ type: 'pkcs8', format: 'der' }), owned: true };
}

function fromJWK(jwk: JsonWebKey): KeyBytes {
  const key = privateKeyOfJWK(jwk, (problem) =>
    usageError('ERR_INVALID_JWK', `the JWK cannot be read as a private key: ${problem}`),
  );
  return fromKeyObject(key, 'input');
}

function fromJSON(text: string): KeyBytes {
  let jwk: unknown;
  try {
    jwk = JSON.parse(text);
  } catch {
    // Its message shows a part of the text.
    throw usageError('ERR_INVALID_JWK', 'the JWK is no JSON');
  }
  if (!isJWK(jwk)) throw usageError('ERR_INVALID_JWK', 'the JSON is no JWK: it has no kty');
  return fromJWK(jwk);
}

function fromBytes(input: KeyBytes): KeyBytes {
  const { bytes } = input;
  const found = detect(bytes);
  if (found === 'PPK' || found === 'XML') throw withKeyBytes(input, () => onlyInStores(found));
  if (found !== 'JWK') return fromBase64(input);
  return withKeyBytes(input, () => {
    const text = new TextDecoder().decode(bytes);
    return isJSON(text) ? fromJSON(text) : { bytes: Buffer.from(bytes), owned: true };
  });
}

function fromBase64(input: KeyBytes): KeyBytes {
  const der = decoded(input.bytes);
  return der === undefined ? input : withKeyBytes(input, () => ({ bytes: der, owned: true }));
}

function onlyInStores(found: string): Error {
  return usageError('ERR_NOT_A_PRIVATE_KEY', `this is ${found}, no private key by itself`);
}

function isJWK(value: unknown): value is JsonWebKey {
  return typeof value === 'object' && value !== null && typeof (value as JsonWebKey).kty === 'string';
}

function isJSON(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.startsWith('{') && trimmed.endsWith('}') && !text.includes('-----BEGIN');
}

function isFileName(value: unknown): value is string {
  return typeof value === 'string' && !isContent(value);
}
