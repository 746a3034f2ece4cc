// JWK and JWK Sets (RFC 7517). No error here shows a value: it may be of a private key.

import type { KeyObject } from 'node:crypto';
import { privateKeyOfJWK, publicKeyOfJWK } from '../jwk';
import { native } from '../native';
import type { NativeCertificate, NativePrivateKey } from '../native-certificate';
import type { Parts } from './parts';
import { formatError } from './wire';

// The kinds that OpenSSL has a key for; a set may have others (RFC 7517, 5).
const kinds = new Set<unknown>(['RSA', 'EC', 'OKP']);

/** Reads a JWK or a JWK Set. */
export function readJwk(bytes: Uint8Array): Parts {
  const value = parseJson(bytes);
  const isSet = isObject(value) && Array.isArray(value['keys']);
  const all: readonly unknown[] = isSet ? (value['keys'] as unknown[]) : [value];
  const parts: Parts = { certificates: [], keys: [], publicKeys: [], crls: [] };
  for (const jwk of all) {
    if (!isObject(jwk)) throw formatError('a JWK is a JSON object');
    if (kinds.has(jwk['kty'])) addJwk(jwk, parts);
    else if (!isSet) throw formatError("the JWK's kty is none of RSA, EC and OKP");
  }
  return parts;
}

/** The key of a JWK that has a private part. */
export function privateKeyOf(jwk: object): NativePrivateKey {
  const der = privateKeyOfJWK(jwk, refuse).export({ type: 'pkcs8', format: 'der' });
  try {
    return native.parsePrivateKey(der, undefined);
  } finally {
    der.fill(0);
  }
}

/** The key of a JWK that has none. */
export function publicKeyOf(jwk: object): KeyObject {
  return publicKeyOfJWK(jwk, refuse);
}

function refuse(problem: string): Error {
  return formatError(`the key cannot be read: ${problem}`);
}

function addJwk(jwk: Record<string, unknown>, parts: Parts): void {
  for (const certificate of certificatesOf(jwk['x5c'])) parts.certificates.push(certificate);
  if (jwk['d'] === undefined) parts.publicKeys.push(publicKeyOf(jwk));
  else parts.keys.push(privateKeyOf(jwk));
}

function certificatesOf(x5c: unknown): NativeCertificate[] {
  if (x5c === undefined) return [];
  if (!Array.isArray(x5c) || !x5c.every((item) => typeof item === 'string')) {
    throw formatError("the JWK's x5c is no array of strings");
  }
  return x5c.flatMap((text: string) => native.parseCertificates(Buffer.from(text, 'base64')));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Its message would show a part of the text.
    throw formatError('the JWK is no JSON');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
