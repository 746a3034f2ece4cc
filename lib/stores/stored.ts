// One certificate out of a store, with its private key: what `new Certificate` does with an object.

import {
  type Bytes,
  invalidValue,
  isPlainObject,
  type OptionNames,
  type Password,
  readInput,
  requireOptions,
} from '../arguments';
import { native } from '../native';
import type { NativeCertificate } from '../native-certificate';
import { requirePassword } from '../password';
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
  /** What opens the store, if it needs something: what is no password is refused. A function is called only then. */
  readonly storePassword?: Password | undefined;
  /** What opens the private keys in it, in the same way. Default: `storePassword`. */
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

const optionNames: OptionNames<StoredCertificateOptions> = {
  storeType: true,
  store: true,
  storePassword: true,
  keyPassword: true,
  subject: true,
  encoded: true,
  configurationString: true,
};

/** Opens the store and selects; all other private keys are wiped. The options are the argument `name`. */
export function openStored(options: StoredCertificateOptions, name: string): OpenedCertificate {
  const { storeType, store, storePassword, keyPassword, encoded, configurationString } = requireOptions(
    options,
    name,
    optionNames,
  );
  const type = requireStoreType(storeType, `${name}.storeType`);
  const configured = configuredSubject(configurationString, `${name}.configurationString`);
  const subject = configured ?? options.subject;
  const own = encoded === undefined ? undefined : parseEncoded(encoded, `${name}.encoded`);
  if (own !== undefined && subject !== undefined) {
    throw invalidValue(`${name}.subject`, 'must not be given beside encoded', subject);
  }
  const content = readStore(store, `${name}.store`, type, {
    password: requirePassword(storePassword, `${name}.storePassword`),
    keyPassword: requirePassword(keyPassword, `${name}.keyPassword`),
  });
  let chosen: StoredCertificate | undefined;
  try {
    chosen =
      own === undefined
        ? select(content.certificates, subject ?? '*', `${name}.subject`)
        : selectEncoded(content, own);
    return { ...chosen, neighbours: content.certificates.map((one) => one.native) };
  } finally {
    for (const key of content.privateKeys) if (key !== chosen?.privateKey) key.free();
  }
}

function parseEncoded(encoded: unknown, name: string): NativeCertificate {
  const decoded = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  if (typeof encoded === 'string' && decoded === undefined && !encoded.includes('-----BEGIN')) {
    throw invalidValue(name, 'must be PEM, or DER in base64', encoded);
  }
  return native.parseCertificates(decoded ?? readInput(encoded, name).bytes)[0];
}
