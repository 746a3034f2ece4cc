// Whether the two halves of a JWK belong together: node:crypto takes them as they come.

import { createPublicKey, type JsonWebKey, type KeyObject, sign, verify } from 'node:crypto';

const probe = Buffer.from('probe');

/** Whether the public half of a JWK is that of its private one, of which `key` was made. */
export function isPair(jwk: JsonWebKey, key: KeyObject): boolean {
  // Of an OKP key node:crypto makes `x` anew, and does not look at what is there.
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
