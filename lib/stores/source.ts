// Where the bytes of a store come from. No error here shows them: there may be a key in them.

import { readFile, requireNoNul, toBytes, withCode } from '../arguments';
import { decodeBase64, viewOf } from './bytes';
import { CertStoreTypes, isFileType, requireAvailable } from './types';

/** The bytes of a store. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly isFile: boolean;
  /** Copies of the package's own, to be wiped. */
  readonly copies: readonly Uint8Array[];
}

// How stores begin that are text, the last one in base64: in a file's name none of it is to be expected.
const textual =
  /^\s*(?:\{|<|PuTTY-User-Key-File-|---- BEGIN SSH2|(?:ssh-|ecdsa-sha2-)[\w-]+ AAAA|M[A-Za-z\d+/\r\n]{60})/;

/** Whether a string is a store itself, and no file's name. */
export function isContent(text: string): boolean {
  return text.includes('-----BEGIN') || textual.test(text);
}

/** Opens the store that `value` names or is. */
export function openSource(value: unknown, type: CertStoreTypes, name: string): Source {
  const wantsFile = isFileType(type);
  if (value instanceof URL || typeof value === 'string') {
    const isFile = wantsFile ?? (value instanceof URL || !isContent(value));
    if (isFile) return fromFile(requireNoToken(value), name);
    if (typeof value === 'string') return fromText(value, name);
  }
  if (wantsFile === true) throw wrongType(name, 'a file name or a file URL', value);
  if (typeof value !== 'object' || value === null || value instanceof URL) {
    throw wrongType(name, wantsFile === false ? 'text or bytes' : 'a file name, text or bytes', value);
  }
  try {
    return fromBytes(toBytes(value, name), []);
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_INVALID_ARG_VALUE') throw error;
    throw wrongType(name, 'a file name, text or bytes', value);
  }
}

// RFC 7512. A file of such a name is found by a path in front of it.
function requireNoToken(value: string | URL): string | URL {
  if (/^pkcs11:/i.test(String(value))) requireAvailable(CertStoreTypes.cstPKCS11);
  return value;
}

function fromFile(value: string | URL, name: string): Source {
  if (typeof value === 'string' && isContent(value)) {
    throw withCode(
      new TypeError(`${name} must be a file name, not the store itself`),
      'ERR_INVALID_ARG_VALUE',
    );
  }
  const bytes = readFile(value, name);
  return { ...fromBytes(bytes, [bytes]), isFile: true };
}

function fromText(value: string, name: string): Source {
  const bytes = Buffer.from(requireNoNul(value, name), 'utf8');
  return fromBytes(bytes, [bytes]);
}

// A SEQUENCE in base64 begins with an M; what else it may begin with is white space.
function beginsLikeBase64(bytes: Uint8Array): boolean {
  return bytes.find((byte) => byte > 0x20) === 0x4d;
}

/** What bytes are in base64: DER, or nothing. */
export function decoded(bytes: Uint8Array): Buffer | undefined {
  return beginsLikeBase64(bytes) ? decodeBase64(viewOf(bytes).toString('latin1')) : undefined;
}

/** Bytes as they are, or what they are in base64. */
function fromBytes(bytes: Uint8Array, copies: readonly Uint8Array[]): Source {
  const der = decoded(bytes);
  if (der === undefined) return { bytes, isFile: false, copies };
  return { bytes: der, isFile: false, copies: [...copies, der] };
}

function wrongType(name: string, expected: string, value: unknown): TypeError {
  const kind = value === null ? 'null' : typeof value;
  return withCode(new TypeError(`${name} must be ${expected}, not ${kind}`), 'ERR_INVALID_ARG_TYPE');
}
