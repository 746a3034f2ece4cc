// Arguments are checked once, here: each failure names the argument and the value.

import { readFileSync } from 'node:fs';
import { readFile as readFileLater } from 'node:fs/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { inspect, types } from 'node:util';
import { systemError } from './errors';

/** Bytes in any of JavaScript's shapes. A view is read and written in place. */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/** Text (sent as UTF-8) or bytes. */
export type Data = string | Bytes;

/** A password, or a function that is asked for it when the key turns out to be encrypted. */
export type Password = Data | (() => Data);

type ArgumentCode = 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_ARG_VALUE' | 'ERR_OUT_OF_RANGE';

// What may be a key or a password, or have one in it, is told by its kind.
function show(value: unknown): string {
  try {
    if (typeof value === 'string' && value.includes('-----BEGIN')) return 'PEM text';
    if (Array.isArray(value) && value.length > 0) return `an array of ${value.length}`;
    if (isPlainObject(value)) return `an object with ${keysOf(value)}`;
    return inspect(value, { depth: 0, maxArrayLength: 3, maxStringLength: 64, breakLength: Infinity });
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Whether it is an object of no class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function keysOf(value: object): string {
  const keys = Object.keys(value);
  return keys.length === 0 ? 'no keys' : keys.slice(0, 5).join(', ');
}

/** Its kind, and nothing of what it is. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** Gives an error its code. */
export function withCode<E extends Error>(error: E, code: ArgumentCode): E & { code: ArgumentCode } {
  return Object.assign(error, { code });
}

/** A TypeError with code ERR_INVALID_ARG_TYPE. */
export function invalidType(name: string, expected: string, value: unknown): TypeError {
  return withCode(new TypeError(`${name} must be ${expected}, not ${show(value)}`), 'ERR_INVALID_ARG_TYPE');
}

/** A TypeError with code ERR_INVALID_ARG_VALUE. */
export function invalidValue(name: string, problem: string, value: unknown): TypeError {
  return withCode(new TypeError(`${name} ${problem}: ${show(value)}`), 'ERR_INVALID_ARG_VALUE');
}

/** A RangeError with code ERR_OUT_OF_RANGE. */
export function outOfRange(name: string, range: string, value: unknown): RangeError {
  return withCode(new RangeError(`${name} must be ${range}, not ${show(value)}`), 'ERR_OUT_OF_RANGE');
}

/** A whole number from `min` to `max`. */
export function requireInteger(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw outOfRange(name, `a whole number from ${min} to ${max}`, value);
  }
  return value;
}

/** Refuses what C would cut short. It is not shown: it may be a key or a password. */
export function requireNoNul(value: string, name: string): string {
  if (!value.includes('\0')) return value;
  throw withCode(new TypeError(`${name} must not contain a NUL character`), 'ERR_INVALID_ARG_VALUE');
}

/** A string without NUL characters. */
export function requireString(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidType(name, 'a string', value);
  return requireNoNul(value, name);
}

/** A string without NUL characters that is not empty. */
export function requireText(value: unknown, name: string): string {
  const text = requireString(value, name);
  if (text === '') throw invalidValue(name, 'must not be empty', value);
  return text;
}

/** A plain array with what `read` makes of each item. (It has no methods of the caller's, whatever the list had.) */
export function readList<T>(
  value: unknown,
  name: string,
  expected: string,
  read: (item: unknown, name: string) => T,
): T[] {
  if (!Array.isArray(value)) throw invalidType(name, expected, value);
  return Array.from<unknown, T>(value, (item, index) => read(item, `${name}[${index}]`));
}

/** A list of strings, given as an array or in OpenSSL's colon-separated form. */
export function requireTexts(value: unknown, name: string): string[] {
  const items = typeof value === 'string' ? requireText(value, name).split(':') : value;
  const texts = readList(items, name, 'an array of strings or a colon-separated string', requireText);
  if (texts.length === 0) throw invalidValue(name, 'must not be empty', value);
  return texts;
}

/** OpenSSL's colon-separated form of such a list. */
export function requireList(value: unknown, name: string): string {
  return requireTexts(value, name).join(':');
}

/** A view on the same bytes. */
export function toBytes(value: unknown, name: string): Uint8Array {
  if (types.isUint8Array(value) && value.byteLength > 0) return value;
  try {
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (types.isAnyArrayBuffer(value)) return new Uint8Array(value);
  } catch {
    throw invalidValue(name, 'must not be detached', value);
  }
  throw invalidType(name, 'a Uint8Array or another view or buffer of bytes', value);
}

/** For options, in whose place somebody may have put a password. */
export function notAnObject(name: string, value: unknown, expected = 'an object'): TypeError {
  return withCode(new TypeError(`${name} must be ${expected}, not ${kindOf(value)}`), 'ERR_INVALID_ARG_TYPE');
}

/** An object. */
export function requireObject<T extends object>(value: T, name: string, expected?: string): Partial<T> {
  if (typeof value === 'object' && value !== null) return value;
  throw notAnObject(name, value, expected);
}

/** An object of options; undefined stands for an empty one. */
export function requireOptionsObject<T extends object>(value: T | undefined, name: string): Partial<T> {
  return value === undefined ? {} : requireObject(value, name);
}

/** The names that options may have. */
export type OptionNames<T> = Readonly<Record<T extends unknown ? keyof T : never, true>>;

/**
 * Options that have no other names than these: for where a name that is overlooked would leave a key without a
 * password, a check unmade, or what is signed other than it was meant.
 */
export function requireOptions<T extends object>(value: T, name: string, names: OptionNames<T>): Partial<T> {
  const options = requireObject(value, name);
  const stranger = Object.keys(options).find((key) => !Object.hasOwn(names, key));
  if (stranger === undefined) return options;
  throw invalidValue(name, `must have no other names than ${Object.keys(names).join(', ')}`, stranger);
}

// What the URL parser behind domainToASCII would take for something else than a part of the name.
const notOfNames = /[/?#@%\\:\s]/;

/** A host name in ASCII (IDNA); empty when it is none. */
export function toASCIIName(name: string): string {
  if (/^[\x21-\x7e]*$/.test(name)) return name;
  if (notOfNames.test(name)) return '';
  const converted = domainToASCII(name);
  return isIP(converted) === 0 ? converted : '';
}

/** `host` or `host:port` with the host in ASCII (IDNA). */
export function toASCIIHost(text: string, name: string): string {
  const [, host = text, port = ''] = /^([^:]*)(:\w*)?$/.exec(text) ?? [];
  const converted = toASCIIName(host);
  if (converted === '' && host !== '') throw invalidValue(name, 'must be a host name or an address', text);
  return converted + port;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);

function ownGetter<T>(name: string): (view: Uint8Array) => T {
  const { get } = Object.getOwnPropertyDescriptor(typedArray, name) as { get(this: Uint8Array): T };
  return (view) => get.call(view);
}

const bufferOf = ownGetter<ArrayBufferLike>('buffer');
const offsetOf = ownGetter<number>('byteOffset');
const lengthOf = ownGetter<number>('byteLength');

/** The same bytes in a view without members of the caller's. */
export function plainView(view: Uint8Array): Uint8Array {
  return new Uint8Array(bufferOf(view), offsetOf(view), lengthOf(view));
}

/** Text as UTF-8, or a view on the bytes. */
export function toData(value: unknown, name: string): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (typeof value === 'object') return toBytes(value, name);
  throw invalidType(name, 'a string or bytes', value);
}

/** The part of a view that `offset` and `length` name; the whole view when they are absent. */
export function requireRange(
  view: Uint8Array,
  offset: unknown,
  length: unknown,
): { offset: number; length: number } {
  const start = offset === undefined ? 0 : requireInteger(offset, 'offset', 0, view.byteLength);
  const rest = view.byteLength - start;
  return { offset: start, length: length === undefined ? rest : requireInteger(length, 'length', 0, rest) };
}

// PEM text in its place may be a private key: it is not shown.
function requireFileName(value: unknown, name: string): void {
  if (typeof value === 'string' && value.includes('-----BEGIN')) {
    throw withCode(new TypeError(`${name} must be a file name, not PEM text`), 'ERR_INVALID_ARG_VALUE');
  }
  requireText(value, name);
}

function requirePath(path: string | URL, name: string): void {
  if (!(path instanceof URL)) requireFileName(path, name);
  else if (path.protocol !== 'file:')
    throw invalidValue(name, 'must be a file name or a file URL', path.href);
}

/** Reads a file; the system's refusal becomes an SSLSyscallError. */
export function readFile(path: string | URL, name: string): Uint8Array {
  requirePath(path, name);
  try {
    return readFileSync(path);
  } catch (error) {
    throw systemError(error as NodeJS.ErrnoException);
  }
}

/** The same without blocking. */
export async function readFileAsync(path: string | URL, name: string): Promise<Uint8Array> {
  requirePath(path, name);
  try {
    return await readFileLater(path);
  } catch (error) {
    throw systemError(error as NodeJS.ErrnoException);
  }
}

/**
 * PEM text, bytes, or the content of a file: a string with `-----BEGIN` in it is PEM, any other string
 * and any file URL names a file. `owned` tells whether the bytes are a copy of our own.
 */
export function readInput(value: unknown, name: string): { bytes: Uint8Array; owned: boolean } {
  if (value instanceof URL) return { bytes: readFile(value, name), owned: true };
  if (typeof value !== 'string') {
    if (typeof value !== 'object') throw invalidType(name, 'PEM, DER bytes or a file name', value);
    return { bytes: toBytes(value, name), owned: false };
  }
  if (value.includes('-----BEGIN')) {
    return { bytes: Buffer.from(requireNoNul(value, name), 'utf8'), owned: true };
  }
  return { bytes: readFile(value, name), owned: true };
}
