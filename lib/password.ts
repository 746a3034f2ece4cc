// Passwords of encrypted keys. None of the errors here shows one, in whatever shape it was given.

import { type Password, toBytes, withCode } from './arguments';
import { SSLError } from './errors';

// OpenSSL's own limit (PEM_BUFSIZE).
const maxLength = 1024;

/**
 * Calls `parse` with the password as bytes; a copy made for that is wiped. A function is asked only when
 * `parse` has thrown ERR_PASSWORD_REQUIRED without one, and from here: OpenSSL is not in the middle of
 * anything then, so it may do and throw what it likes.
 */
export function withPassword<T>(
  password: Password | undefined,
  parse: (password: Uint8Array | undefined) => T,
): T {
  if (password === undefined) return parse(undefined);
  if (typeof password !== 'function') return parseWith(password, 'password', parse);
  try {
    return parse(undefined);
  } catch (error) {
    if (!(error instanceof SSLError) || error.code !== 'ERR_PASSWORD_REQUIRED') throw error;
  }
  return parseWith(password(), 'the value that password() returned', parse);
}

function parseWith<T>(value: unknown, name: string, parse: (password: Uint8Array) => T): T {
  if (typeof value !== 'string') return parse(requireShort(bytesOf(value, name), name));
  if (value.includes('\0')) {
    throw withCode(new TypeError(`${name} must not contain a NUL character`), 'ERR_INVALID_ARG_VALUE');
  }
  const copy = Buffer.from(value, 'utf8');
  try {
    return parse(requireShort(copy, name));
  } finally {
    copy.fill(0);
  }
}

function requireShort(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes.length <= maxLength) return bytes;
  throw withCode(new RangeError(`${name} must be at most ${maxLength} bytes long`), 'ERR_OUT_OF_RANGE');
}

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value === 'object' && value !== null) {
    try {
      return toBytes(value, name);
    } catch {
      // Its message would show the value.
    }
  }
  const kind = value === null ? 'null' : typeof value;
  throw withCode(new TypeError(`${name} must be a string or bytes, not ${kind}`), 'ERR_INVALID_ARG_TYPE');
}
