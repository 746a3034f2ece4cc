// A ClientHello for people, and as JSON.

import type { ClientHello, ClientHelloExtension } from './client-hello';
import { ExtensionType } from './client-hello-extensions';
import { printable } from './printable';

const shownBytes = 32;

const members = [
  ...['legacyVersion', 'versions', 'random', 'sessionId', 'cipherSuites', 'compressionMethods', 'extensions'],
  ...['serverName', 'alpnProtocols', 'groups', 'signatureAlgorithms', 'signatureAlgorithmsCert', 'keyShares'],
  ...['pskModes', 'pskIdentities', 'earlyData', 'statusRequest', 'sessionTicket', 'certificateAuthorities'],
  ...['maxFragmentLength', 'recordSizeLimit', 'extendedMasterSecret', 'encryptThenMac', 'renegotiationInfo'],
  ...['certCompression', 'ech', 'postHandshakeAuth', 'cookie', 'pointFormats', 'ja3', 'ja3Hash', 'ja4'],
] as const satisfies readonly (keyof ClientHello)[];

type Member = (typeof members)[number];

// Whose content is said otherwise than by the bytes.
const memberOf = new Map<number, Member>([
  [ExtensionType.serverName, 'serverName'],
  [ExtensionType.maxFragmentLength, 'maxFragmentLength'],
  [ExtensionType.supportedGroups, 'groups'],
  [ExtensionType.pointFormats, 'pointFormats'],
  [ExtensionType.signatureAlgorithms, 'signatureAlgorithms'],
  [ExtensionType.alpn, 'alpnProtocols'],
  [ExtensionType.compressCertificate, 'certCompression'],
  [ExtensionType.recordSizeLimit, 'recordSizeLimit'],
  [ExtensionType.preSharedKey, 'pskIdentities'],
  [ExtensionType.supportedVersions, 'versions'],
  [ExtensionType.pskKeyExchangeModes, 'pskModes'],
  [ExtensionType.certificateAuthorities, 'certificateAuthorities'],
  [ExtensionType.signatureAlgorithmsCert, 'signatureAlgorithmsCert'],
  [ExtensionType.keyShare, 'keyShares'],
]);

/** The value of a member; undefined too when it cannot be read. */
function readable<M extends Member>(hello: ClientHello, member: M): ClientHello[M] | undefined {
  try {
    return hello[member];
  } catch {
    return undefined;
  }
}

/** With Buffers in hex. */
function jsonValue(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonValue(inner)]));
}

export function jsonOf(hello: ClientHello): Record<string, unknown> {
  const known = members.map((member) => [member, jsonValue(readable(hello, member))] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}

/** Bytes that nothing is known about. */
function shortHex(bytes: Buffer): string {
  if (bytes.length === 0) return '';
  const digits = bytes.toString('hex', 0, shownBytes);
  return bytes.length > shownBytes ? `${digits}... (${bytes.length} bytes)` : digits;
}

// Line breaks and backslashes of a peer's are escaped too: a line is a line of ours.
function text(value: unknown): string {
  return printable(JSON.stringify(String(value)).slice(1, -1));
}

function item(value: unknown): string {
  if (typeof value !== 'object' || value === null) return text(value);
  if ('group' in value && 'keyExchange' in value) {
    return `${text(value.group)} (${(value.keyExchange as Buffer).length} bytes)`;
  }
  if ('identity' in value) return shortHex(value.identity as Buffer);
  return text(value);
}

function listed(value: unknown): string {
  return Array.isArray(value) ? value.map(item).join(', ') : item(value);
}

function extensionLine(hello: ClientHello, { type, name, data }: ClientHelloExtension): string {
  const member = memberOf.get(type);
  const value = member === undefined ? undefined : readable(hello, member);
  const shown = value === undefined ? shortHex(data) : listed(value);
  return `  ${name}${shown === '' ? '' : `: ${shown}`}`;
}

export function describe(hello: ClientHello): string {
  const suites = readable(hello, 'cipherSuites');
  const lines = [
    `ClientHello, ${hello.raw.length} bytes`,
    `legacy version: ${hello.legacyVersion}`,
    `random: ${hello.random.toString('hex')}`,
    `session id: ${hello.sessionId.toString('hex') || 'none'}`,
    `cipher suites: ${suites === undefined ? 'malformed' : suites.join(', ')}`,
    `compression methods: ${readable(hello, 'compressionMethods')?.join(', ') ?? 'malformed'}`,
    `extensions:${hello.extensions.length === 0 ? ' none' : ''}`,
    ...hello.extensions.map((extension) => extensionLine(hello, extension)),
  ];
  const ja4 = readable(hello, 'ja4');
  return [...lines, ...(ja4 === undefined ? [] : [`ja4: ${ja4}`]), ''].join('\n');
}
