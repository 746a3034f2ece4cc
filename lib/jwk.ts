// Keys of JWKs (RFC 7517), as node:crypto reads them. No error here shows a value: it may be of a private key.

import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** Makes the error of a problem. */
export type Refuse = (problem: string) => Error;

/** The key of a JWK that has a private part. */
export function privateKeyOfJWK(jwk: object, refuse: Refuse): KeyObject {
  const fields = textsOf(jwk, refuse);
  const key = made(() => createPrivateKey({ key: fields, format: 'jwk' }), refuse);
  if (!isPair(fields, key)) throw refuse('its public part is not that of its private part');
  return key;
}

/** The key of a JWK that has none. */
export function publicKeyOfJWK(jwk: object, refuse: Refuse): KeyObject {
  const fields = textsOf(jwk, refuse);
  return made(() => createPublicKey({ key: fields, format: 'jwk' }), refuse);
}

/** The fields that are text, each read once: they may be getters. */
function textsOf(jwk: object, refuse: Refuse): JsonWebKey {
  const fields = Object.entries(jwk);
  // node:crypto passes it over, and makes another key.
  if (fields.some(([name, value]) => name === 'oth' && value !== undefined)) {
    throw refuse('RSA keys of more than two primes cannot be read');
  }
  return Object.fromEntries(fields.filter(([, value]) => typeof value === 'string'));
}

function made(make: () => KeyObject, refuse: Refuse): KeyObject {
  try {
    return make();
  } catch (error) {
    throw refuse(`its numbers make no key (${(error as { code?: string }).code ?? 'refused'})`);
  }
}

const probe = Buffer.from('probe');

/** Whether the two halves belong together: node:crypto takes them as they come. */
function isPair(jwk: JsonWebKey, key: KeyObject): boolean {
  // Of an OKP key it makes `x` anew, and does not look at what is there.
  return jwk.kty === 'OKP' ? hasOwnPoint(jwk.x ?? '', key) : verifiesItself(key);
}

function hasOwnPoint(x: string, key: KeyObject): boolean {
  const own = key.export({ format: 'jwk' }).x ?? '';
  return Buffer.from(x, 'base64url').equals(Buffer.from(own, 'base64url'));
}

function verifiesItself(key: KeyObject): boolean {
  try {
    return verify('sha256', probe, createPublicKey(key), sign('sha256', probe, key));
  } catch {
    // With halves of different sizes there may be no signature at all.
    return false;
  }
}
