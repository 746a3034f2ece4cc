// Passwords of encrypted keys. None of the errors here shows one, in whatever shape it was given.

import { type Data, kindOf, type Password, requireNoNul, toBytes, withCode } from './arguments';
import { SSLError } from './errors';

/** As `Password`; the function may take its time. */
export type AsyncPassword = Data | (() => Data | PromiseLike<Data>);

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
  if (typeof password !== 'function') return withSecret(password, 'password', parse);
  try {
    return parse(undefined);
  } catch (error) {
    if (!isPasswordWanted(error)) throw error;
  }
  return withSecret(password(), nameOfAnswer, parse);
}

/** The same for a parser that works aside; it has copied the bytes when it returns its promise. */
export async function withPasswordAsync<T>(
  password: AsyncPassword | undefined,
  parse: (password: Uint8Array | undefined) => Promise<T>,
): Promise<T> {
  if (password === undefined) return await parse(undefined);
  if (typeof password !== 'function') return await withSecret(password, 'password', parse);
  try {
    return await parse(undefined);
  } catch (error) {
    if (!isPasswordWanted(error)) throw error;
  }
  return await withSecret(await password(), nameOfAnswer, parse);
}

/** Refuses what is no password, also where none is needed; undefined stands for none. */
export function requirePassword(value: unknown, name: string): Password | undefined {
  if (value !== undefined && typeof value !== 'function') withSecret(value, name, () => {});
  return value as Password | undefined;
}

const nameOfAnswer = 'the value that password() returned';

function isPasswordWanted(error: unknown): boolean {
  return error instanceof SSLError && error.code === 'ERR_PASSWORD_REQUIRED';
}

/** Calls `use` with a password as bytes; a copy made for that is wiped when it returns. */
export function withSecret<T>(value: unknown, name: string, use: (secret: Uint8Array) => T): T {
  if (typeof value !== 'string') return use(requireShort(bytesOf(value, name), name));
  const copy = Buffer.from(requireNoNul(value, name), 'utf8');
  try {
    return use(requireShort(copy, name));
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
  throw withCode(
    new TypeError(`${name} must be a string or bytes, not ${kindOf(value)}`),
    'ERR_INVALID_ARG_TYPE',
  );
}
