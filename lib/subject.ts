// The distinguished name of a certificate that is being made.

import { invalidType, invalidValue, requireText } from './arguments';
import { DistinguishedName, type NameAttribute } from './distinguished-name';
import type { NativeNameAttribute } from './native-certificate';
import { isOID } from './object-identifiers';

/** A distinguished name: see `CertificateGenerateOptions.subject`. */
export type SubjectInput =
  | string
  | DistinguishedName
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The attributes, the least specific first, as they stand in a certificate. */
export function requireSubject(value: unknown, name: string): NativeNameAttribute[] {
  if (typeof value === 'string') return parseName(value, name);
  if (value instanceof DistinguishedName) return value.rdns.flatMap((rdn) => attributesOfRDN(rdn, name));
  if (!isPlain(value)) throw invalidType(name, 'a plain object, a DistinguishedName or a string', value);
  return Object.entries(value).flatMap(([type, given]) => attributesOf(type, given, `${name}.${type}`));
}

// Any other object may keep its name out of sight, and would be taken for an empty one.
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function attributesOfRDN(rdn: readonly NameAttribute[], name: string): NativeNameAttribute[] {
  return rdn.map(({ oid, value }, index) => ({
    type: oid,
    value: requireAttributeText(value, name),
    joined: index > 0,
  }));
}

function attributesOf(type: string, given: unknown, name: string): NativeNameAttribute[] {
  if (given === undefined) return [];
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  return values.map((value) => ({
    type: requireAttributeType(type, name),
    value: requireAttributeText(value, name),
    joined: false,
  }));
}

function requireAttributeType(type: string, name: string): string {
  if (/^[A-Za-z][A-Za-z0-9-]*$/.test(type) || isOID(type)) return type;
  throw invalidValue(name, 'must have a name or an object identifier for a key', type);
}

/** The value of an attribute. */
export function requireAttributeText(value: unknown, name: string): string {
  const text = requireText(value, name);
  if (/\p{Surrogate}/u.test(text)) throw invalidValue(name, 'must be well-formed Unicode', value);
  return text;
}

// RFC 4514 (3): type=value, and what comes after it. Spaces around either are those of RFC 2253 (4).
const attribute =
  /\s*([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+) *=((?:\\[\da-fA-F]{2}|\\[ "#+,;<=>\\]|[^\\"+,;<>])*)([,+]|$)/y;

function parseName(text: string, name: string): NativeNameAttribute[] {
  const parsed: { type: string; value: string; end: string }[] = [];
  attribute.lastIndex = 0;
  while (attribute.lastIndex < text.length || parsed.at(-1)?.end) {
    const match = attribute.exec(text);
    if (match === null) throw invalidValue(name, 'must be a name after RFC 4514', text);
    const [, type = '', raw = '', end = ''] = match;
    parsed.push({
      type: requireAttributeType(type, name),
      value: requireAttributeText(unescape(raw, name), name),
      end,
    });
  }
  // The text has the most specific part first, the certificate has it last.
  return parsed.reverse().map(({ type, value, end }) => ({ type, value, joined: end === '+' }));
}

function unescape(raw: string, name: string): string {
  const tokens = raw.match(/\\[\da-f]{2}|\\.|[^\\]/giu) ?? [];
  const isText = (token: string) => token !== ' ';
  const trimmed = tokens.slice(tokens.findIndex(isText), tokens.findLastIndex(isText) + 1);
  if (trimmed[0] === '#') throw invalidValue(name, 'must not have a value in hexadecimal (#...)', raw);
  const bytes = trimmed.map((token) => {
    if (/^\\[\da-f]{2}$/i.test(token)) return Buffer.from(token.slice(1), 'hex');
    return Buffer.from(token.startsWith('\\') ? token.slice(1) : token);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(bytes));
  } catch {
    throw invalidValue(name, 'must be UTF-8 where it is escaped', raw);
  }
}
