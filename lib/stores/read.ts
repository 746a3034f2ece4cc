// Reads a store of any type.

import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Password } from '../arguments';
import { nativeOf } from '../handle';
import { native } from '../native';
import type { NativeCertificate, NativeStoreContent } from '../native-certificate';
import { withPassword } from '../password';
import { PrivateKey } from '../private-key';
import { type Detected, detect, hasPkcs7 } from './detect';
import { readJwk } from './jwk';
import { type Parts, partsOf } from './parts';
import { readPpk } from './ppk';
import { openSource, type Source } from './source';
import { readSshPublicKeys } from './ssh';
import { CertStoreTypes, type Format, formatOf, requireAvailable, typeOf } from './types';
import { formatError } from './wire';
import { readXml } from './xml';

/** A certificate, with its private key where the store has it. */
export interface StoredCertificate {
  readonly native: NativeCertificate;
  readonly privateKey: PrivateKey | undefined;
}

/** What a store has, whatever its type. */
export interface StoreContent {
  /** What it was found to be. */
  readonly type: CertStoreTypes;
  readonly certificates: readonly StoredCertificate[];
  readonly privateKeys: readonly PrivateKey[];
  readonly publicKeys: readonly KeyObject[];
  readonly crls: readonly Buffer[];
}

/** The passwords of a store. */
export interface StorePasswords {
  readonly password: Password | undefined;
  /** Of the keys in it, where they have one of their own. */
  readonly keyPassword: Password | undefined;
}

/** Reads the store that `value`, the argument `name`, names or is. */
export function readStore(
  value: unknown,
  name: string,
  type: CertStoreTypes,
  passwords: StorePasswords,
): StoreContent {
  const source = openSource(value, type, name);
  try {
    const format = requireFormat(source, formatOf(type));
    const parts = read(source.bytes, format, passwords);
    const privateKeys = parts.keys.map((key) => PrivateKey.wrap(key));
    return {
      type: typeOf(finding(format, parts, source.bytes), source.isFile),
      certificates: withKeys(parts.certificates, privateKeys),
      privateKeys,
      publicKeys: parts.publicKeys,
      crls: parts.crls,
    };
  } finally {
    for (const copy of source.copies) copy.fill(0);
  }
}

/** Gives each certificate the one of the keys that is its own. */
export function withKeys(
  certificates: readonly NativeCertificate[],
  keys: readonly PrivateKey[],
): StoredCertificate[] {
  const matches = native.matchKeys(
    certificates,
    keys.map((key) => nativeOf(key)),
  );
  return certificates.map((one, index) => ({ native: one, privateKey: keys[matches[index] ?? -1] }));
}

// PEM and DER may be of either; with `Blocks` it is what is found in them.
type Reading = Format | 'Blocks';

const looks: Readonly<Record<Format, readonly Detected[]>> = {
  PFX: ['PFX'],
  PEMKey: ['PEM', 'DER'],
  PublicKey: ['PEM', 'DER'],
  P7B: ['P7B', 'PEM'],
  SSHPublicKey: ['SSHPublicKey'],
  PPK: ['PPK'],
  XML: ['XML'],
  JWK: ['JWK'],
};

/** How to read the bytes, if they are what was asked for, or anything. */
function requireFormat({ bytes, isFile }: Source, wanted: Format | undefined): Reading {
  const found = detect(bytes);
  if (wanted === undefined) {
    if (found === undefined) throw formatError('the store is of no type that is known');
    if (found === 'JKS') requireAvailable(isFile ? CertStoreTypes.cstJKSFile : CertStoreTypes.cstJKSBlob);
    return found === 'PEM' || found === 'DER' ? 'Blocks' : (found as Format);
  }
  const fits = found !== undefined && looks[wanted].includes(found);
  if (fits && (wanted !== 'P7B' || found === 'P7B' || hasPkcs7(bytes))) return wanted;
  throw formatError(
    `the store is no ${wanted}: ${found === undefined ? 'it looks like none' : `it looks like ${found}`}`,
  );
}

/** What the type says when all has been read. */
function finding(reading: Reading, parts: Parts, bytes: Uint8Array): Format {
  if (reading === 'PEMKey' && parts.keys.length === 0)
    throw formatError('there is no private key in the store');
  if (reading !== 'Blocks') return reading;
  if (parts.keys.length > 0) return 'PEMKey';
  return hasPkcs7(bytes) ? 'P7B' : 'PublicKey';
}

function read(bytes: Uint8Array, reading: Reading, { password, keyPassword }: StorePasswords): Parts {
  switch (reading) {
    case 'PFX':
      return opened(readPfx(bytes, password, keyPassword));
    case 'P7B':
      return opened(bytes[0] === 0x30 ? native.readPkcs7(bytes) : native.readBlocks(bytes, undefined, false));
    case 'PublicKey':
      return opened(native.readBlocks(bytes, undefined, false));
    case 'PEMKey':
    case 'Blocks':
      return opened(
        withPassword(keyPassword ?? password, (secret) => native.readBlocks(bytes, secret, true)),
      );
    case 'SSHPublicKey':
      return readSshPublicKeys(bytes);
    case 'PPK':
      return readPpk(bytes, keyPassword ?? password);
    case 'XML':
      return readXml(bytes);
    case 'JWK':
      return readJwk(bytes);
  }
}

function opened({ publicKeys, ...content }: NativeStoreContent): Parts {
  const keyOf = (key: Buffer): KeyObject => createPublicKey({ key, format: 'der', type: 'spki' });
  return partsOf({ ...content, publicKeys: publicKeys.map(keyOf) });
}

function readPfx(
  bytes: Uint8Array,
  password: Password | undefined,
  keyPassword: Password | undefined,
): NativeStoreContent {
  if (keyPassword === undefined) {
    return withPassword(password, (secret) => native.readPkcs12(bytes, secret, undefined, false));
  }
  // The file is opened anew with each answer, and asks for the first one again.
  const once = typeof password === 'function' ? remembering(password) : password;
  return withPassword(keyPassword, (keySecret) =>
    withPassword(once, (secret) => native.readPkcs12(bytes, secret, keySecret, true)),
  );
}

function remembering<T>(ask: () => T): () => T {
  let answer: { readonly value: T } | undefined;
  return () => {
    answer ??= { value: ask() };
    return answer.value;
  };
}
