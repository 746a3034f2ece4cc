// One certificate out of a store, with its private key: what `new Certificate` does with an object.

import { type Bytes, invalidValue, isPlainObject, type Password, readInput } from '../arguments';
import { native } from '../native';
import type { NativeCertificate } from '../native-certificate';
import { decodeBase64 } from './bytes';
import { readStore, type StoredCertificate } from './read';
import { configuredSubject, select, selectEncoded } from './select';
import { type CertStoreTypes, requireStoreType } from './types';

/** A certificate in a store: which store, what opens it, and which certificate. */
export interface StoredCertificateOptions {
  /** One of `CertStoreTypes`. Default: `cstAuto`, what the store turns out to be. */
  readonly storeType?: CertStoreTypes | undefined;
  /** The store: a file, or text or bytes, as its type says; see `CertStoreTypes`. */
  readonly store: string | URL | Bytes;
  /** What opens the store, if it needs something. A function is called only then. */
  readonly storePassword?: Password | undefined;
  /** What opens the private keys in it. Default: `storePassword`. A function is called only if one is needed. */
  readonly keyPassword?: Password | undefined;
  /**
   * Which certificate: `*`, any; `Thumbprint=` and MD5, SHA-1 or SHA-256 in hex (case, colons and blanks do
   * not matter); or its subject, `CN=www.example.org, O="Example, Inc."`, or else a part of it (case does
   * not matter, nor how commas are escaped). Of several it is the first that has a private key, else the
   * first. Default: `*`.
   */
  readonly subject?: string | undefined;
  /**
   * The certificate itself: PEM or DER, or DER in base64. The store is searched for its private key. Not
   * beside `subject`.
   */
  readonly encoded?: string | Bytes | undefined;
  /**
   * Lines of the form `Name=Value`: `Thumbprint=` selects as in `subject` and goes before it;
   * `PersistPFXKey=` and `UseInternalSecurityAPI=` have no effect.
   */
  readonly configurationString?: string | undefined;
}

/** A certificate that was selected, and all that the store has. */
export interface OpenedCertificate extends StoredCertificate {
  readonly neighbours: readonly NativeCertificate[];
}

/** Whether it is meant for options: an object of no class, or one with a store. */
export function isStoreOptions(input: unknown): input is StoredCertificateOptions {
  return typeof input === 'object' && input !== null && (isPlainObject(input) || 'store' in input);
}

/** Opens the store and selects; all other private keys are wiped. */
export function openStored(options: StoredCertificateOptions): OpenedCertificate {
  const { storeType, store, storePassword: password, keyPassword, encoded, configurationString } = options;
  const type = requireStoreType(storeType, 'input.storeType');
  const configured = configuredSubject(configurationString, 'input.configurationString');
  const subject = configured ?? options.subject;
  const own = encoded === undefined ? undefined : parseEncoded(encoded);
  if (own !== undefined && subject !== undefined) {
    throw invalidValue('input.subject', 'must not be given beside encoded', subject);
  }
  const content = readStore(store, 'input.store', type, { password, keyPassword });
  let chosen: StoredCertificate | undefined;
  try {
    chosen =
      own === undefined
        ? select(content.certificates, subject ?? '*', 'input.subject')
        : selectEncoded(content, own);
    return { ...chosen, neighbours: content.certificates.map((one) => one.native) };
  } finally {
    for (const key of content.privateKeys) if (key !== chosen?.privateKey) key.free();
  }
}

function parseEncoded(encoded: unknown): NativeCertificate {
  const decoded = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  if (typeof encoded === 'string' && decoded === undefined && !encoded.includes('-----BEGIN')) {
    throw invalidValue('input.encoded', 'must be PEM, or DER in base64', encoded);
  }
  return native.parseCertificates(decoded ?? readInput(encoded, 'input.encoded').bytes)[0];
}
