// JA3 and JA4: texts that clients of one make have in common, whatever they connect to.

import { createHash } from 'node:crypto';
import { isGrease } from './iana-names';

/** The numbers that fingerprints are made of, in the order of the message. */
export interface FingerprintParts {
  readonly legacyVersion: number;
  /** Of supported_versions; empty without it. */
  readonly versions: readonly number[];
  readonly cipherSuites: readonly number[];
  readonly extensions: readonly number[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
  /** The first protocol of ALPN; empty without it. */
  readonly firstProtocol: Uint8Array;
}

const serverName = 0;
const alpn = 16;
const noHash = '000000000000';

const ja4Versions: Readonly<Record<number, string>> = {
  0x0002: 's2',
  0x0300: 's3',
  0x0301: '10',
  0x0302: '11',
  0x0303: '12',
  0x0304: '13',
};

/** JA3, before it is hashed: decimal numbers without GREASE. */
export function ja3Of(parts: FingerprintParts): string {
  const lists = [parts.cipherSuites, parts.extensions, parts.groups, parts.pointFormats];
  return [parts.legacyVersion, ...lists.map((list) => withoutGrease(list).join('-'))].join(',');
}

export function ja3HashOf(parts: FingerprintParts): string {
  return createHash('md5').update(ja3Of(parts)).digest('hex');
}

/** JA4 of a client that speaks TLS over TCP: `t13d1516h2_8daaf6152771_e5627efa2ab1`. */
export function ja4Of(parts: FingerprintParts): string {
  const suites = withoutGrease(parts.cipherSuites);
  const extensions = withoutGrease(parts.extensions);
  const versions = withoutGrease(parts.versions);
  const head = [
    't',
    ja4Versions[versions.length > 0 ? Math.max(...versions) : parts.legacyVersion] ?? '00',
    extensions.includes(serverName) ? 'd' : 'i',
    count(suites),
    count(extensions),
    protocolEnds(parts.firstProtocol),
  ].join('');
  const hashed = extensions.filter((type) => type !== serverName && type !== alpn);
  const schemes = withoutGrease(parts.signatureAlgorithms).map(hex4);
  const listed = [sorted(hashed), ...(schemes.length > 0 ? [schemes.join(',')] : [])].join('_');
  return `${head}_${hash12(sorted(suites))}_${hashed.length > 0 ? hash12(listed) : noHash}`;
}

function withoutGrease(numbers: readonly number[]): number[] {
  return numbers.filter((number) => !isGrease(number));
}

function count(list: readonly number[]): string {
  return String(Math.min(list.length, 99)).padStart(2, '0');
}

function hex4(number: number): string {
  return number.toString(16).padStart(4, '0');
}

function sorted(numbers: readonly number[]): string {
  return numbers.map(hex4).sort().join(',');
}

function hash12(text: string): string {
  return text === '' ? noHash : createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** The first and the last character of its name; of its hexadecimal form where one of them is no letter or digit. */
function protocolEnds(name: Uint8Array): string {
  if (name.length === 0) return '00';
  const text = Buffer.from(name).toString('latin1');
  const ends = `${text.at(0)}${text.at(-1)}`;
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const hex = Buffer.from(name).toString('hex');
  return `${hex.at(0)}${hex.at(-1)}`;
}
