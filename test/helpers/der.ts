// Certificates made by hand, byte for byte: what no program would sign.

import { generateKeyPairSync } from 'node:crypto';
import { Certificate } from 'bladessl';

const sequence = 0x30;
const set = 0x31;

/** Tags of ASN.1's character strings. */
export const tags = { utf8: 12, numeric: 18, printable: 19, t61: 20, ia5: 22, universal: 28, bmp: 30 };

/** One object of DER. */
export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const hex = length.toString(16);
  const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits, content]);
}

export const list = (...parts: Uint8Array[]): Buffer => der(sequence, ...parts);

/** An OBJECT IDENTIFIER. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const arcs = [first * 40 + second, ...rest].map((arc) => {
    const bytes = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      bytes.unshift(0x80 | (left % 128));
    }
    return Buffer.from(bytes);
  });
  return der(6, ...arcs);
}

/** A character string whose bytes are these. */
export function text(tag: number, value: string | Uint8Array): Buffer {
  return der(tag, typeof value === 'string' ? Buffer.from(value, 'latin1') : value);
}

const types = { C: '2.5.4.6', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' };

/** `[type, value]`, where the type is one of a few names or an object identifier. */
export type Attribute = readonly [string, Buffer];

function attribute([type, value]: Attribute): Buffer {
  return list(oid(types[type as keyof typeof types] ?? type), value);
}

/** A distinguished name; each part has one attribute or more. */
export function name(...rdns: readonly (readonly Attribute[])[]): Buffer {
  return list(...rdns.map((attributes) => der(set, ...attributes.map(attribute))));
}

/** A distinguished name of a CN alone. */
export function commonName(value: string): Buffer {
  return name([['CN', text(tags.printable, value)]]);
}

/** An extension. */
export function extension(type: string, value: Uint8Array, critical = false): Buffer {
  return list(oid(type), ...(critical ? [der(1, Buffer.of(0xff))] : []), der(4, value));
}

/** The name with this number (RFC 5280, 4.2.1.6). */
export function generalName(tag: number, value: string | Uint8Array): Buffer {
  return text(0x80 | tag, value);
}

/** The extension subjectAltName. */
export function altNames(...names: Uint8Array[]): Buffer {
  return extension('2.5.29.17', list(...names));
}

const { publicKey } = generateKeyPairSync('ed25519');
const someKey = publicKey.export({ format: 'der', type: 'spki' });
const algorithm = list(oid('1.3.101.112'));

/** Parts of a certificate as DER. */
export interface Parts {
  readonly version?: number;
  readonly serial?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly subject?: Uint8Array;
  readonly dates?: readonly [Uint8Array, Uint8Array];
  readonly key?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
}

export const utcTime = (value: string): Buffer => text(23, value);
export const generalizedTime = (value: string): Buffer => text(24, value);

/** A certificate with a signature of zeros. */
export function certificateOf(parts: Parts): Buffer {
  const { version = 2, serial = Buffer.of(1), issuer = commonName('issuer'), extensions } = parts;
  const { subject = commonName('subject'), key = someKey } = parts;
  const [from, to] = parts.dates ?? [utcTime('200101000000Z'), utcTime('300101000000Z')];
  const body = list(
    ...(version === 0 ? [] : [der(0xa0, der(2, Buffer.of(version)))]),
    ...[der(2, serial), algorithm, issuer, list(from, to), subject, key],
    ...(extensions === undefined ? [] : [der(0xa3, list(...extensions))]),
  );
  return list(body, algorithm, der(3, Buffer.alloc(65)));
}

/** The same, read. */
export function certificateWith(parts: Parts): Certificate {
  return new Certificate(certificateOf(parts));
}
