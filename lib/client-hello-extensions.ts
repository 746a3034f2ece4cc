// What the extensions of a ClientHello say. Each is read for itself, as strictly as libssl does.

import { type ByteReader, malformed } from './byte-reader';
import { DistinguishedName } from './distinguished-name';
import {
  certCompressionNames,
  grease,
  groupNames,
  isGrease,
  type NameTable,
  nameOf,
  pointFormatNames,
  pskModeName,
  shortNameOf,
  signatureSchemeNames,
  versionNames,
} from './iana-names';
import { native } from './native';

/** A key exchange that a client has begun (RFC 8446, 4.2.8). */
export interface ClientKeyShare {
  /** IANA's name of the group: `x25519`, `X25519MLKEM768`; `GREASE`; or its number, `0xABCD`. */
  readonly group: string;
  /** The client's public value, in the group's own form. */
  readonly keyExchange: Buffer;
}

/** A key that client and server share already: most often a session (RFC 8446, 4.2.11). */
export interface ClientPSKIdentity {
  /** What the key is called: most often a ticket. */
  readonly identity: Buffer;
  /** How old a ticket is in ms, plus a number that only its issuer knows, modulo 2^32. */
  readonly obfuscatedTicketAge: number;
}

/** IANA's numbers of the extensions that are read here. */
export const ExtensionType = {
  serverName: 0,
  maxFragmentLength: 1,
  statusRequest: 5,
  supportedGroups: 10,
  pointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  compressCertificate: 27,
  recordSizeLimit: 28,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  certificateAuthorities: 47,
  postHandshakeAuth: 49,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  encryptedClientHello: 0xfe0d,
  renegotiationInfo: 0xff01,
} as const;

const ocsp = 1;
const hostName = 0;
const maxHostName = 255;

/** One of these has no content (RFC 7366, RFC 7627, RFC 8446). */
export function readFlag(): true {
  return true;
}

/** Exactly one name, of printable ASCII (RFC 6066, 3). */
export function readServerName(reader: ByteReader): string {
  const list = reader.vector(2, 1);
  if (list.uint8() !== hostName) throw list.fault('a name of another kind than host_name');
  const name = list.vector(2, 1);
  const bytes = name.rest();
  const text = bytes.toString('latin1');
  if (bytes.length > maxHostName || !/^[!-~]+$/.test(text)) {
    throw list.fault('a host name has 1 to 255 characters of printable ASCII');
  }
  list.finish();
  return text;
}

export function readMaxFragmentLength(reader: ByteReader): number {
  const code = reader.uint8();
  if (code < 1 || code > 4) throw reader.fault(`${code} stands for no length`);
  return 2 ** (8 + code);
}

export function readRecordSizeLimit(reader: ByteReader): number {
  return reader.uint16();
}

/** Whether it is OCSP that is asked for; of other kinds the content is not known (RFC 6066, 8). */
export function readStatusRequest(reader: ByteReader): boolean {
  const type = reader.uint8();
  if (type !== ocsp) {
    reader.rest();
    return false;
  }
  reader.vector(2).all((responders) => responders.vector(2, 1));
  reader.vector(2);
  return true;
}

export function readGroups(reader: ByteReader): readonly string[] {
  return names16(reader.vector(2, 2), groupNames);
}

export function readPointFormats(reader: ByteReader): readonly string[] {
  return Object.freeze(reader.vector(1, 1).all((list) => shortNameOf(list.uint8(), pointFormatNames)));
}

export function readSignatureAlgorithms(reader: ByteReader): readonly string[] {
  return names16(reader.vector(2, 2), signatureSchemeNames);
}

export function readVersions(reader: ByteReader): readonly string[] {
  return names16(reader.vector(1, 2), versionNames);
}

export function readCertCompression(reader: ByteReader): readonly string[] {
  return names16(reader.vector(1, 2), certCompressionNames);
}

export function readAlpn(reader: ByteReader): readonly string[] {
  return Object.freeze(reader.vector(2, 2).all((list) => protocolName(list.vector(1, 1).rest())));
}

export function readPSKModes(reader: ByteReader): readonly string[] {
  return Object.freeze(reader.vector(1, 1).all((list) => pskModeName(list.uint8())));
}

export function readKeyShares(reader: ByteReader): readonly ClientKeyShare[] {
  const shares = reader.vector(2).all((list) => {
    const group = nameOf(list.uint16(), groupNames);
    return Object.freeze({ group, keyExchange: list.vector(2, 1).rest() });
  });
  return Object.freeze(shares);
}

/** The binders prove that the client knows the keys; they are of use to the handshake alone. */
export function readPSKIdentities(reader: ByteReader): readonly ClientPSKIdentity[] {
  const identities = reader.vector(2, 7).all((list) => {
    const identity = list.vector(2, 1).rest();
    return Object.freeze({ identity, obfuscatedTicketAge: list.uint32() });
  });
  const binders = reader.vector(2, 33).all((list) => list.vector(1, 32));
  if (binders.length !== identities.length) {
    throw reader.fault(`${binders.length} binders for ${identities.length} identities`);
  }
  return Object.freeze(identities);
}

export function readCookie(reader: ByteReader): Buffer {
  return reader.vector(2, 1).rest();
}

export function readRenegotiationInfo(reader: ByteReader): Buffer {
  return reader.vector(1).rest();
}

export function readSessionTicket(reader: ByteReader): Buffer {
  return reader.rest();
}

/** A flag with a content that is not read. */
export function readOpaque(reader: ByteReader): true {
  reader.rest();
  return true;
}

/** The numbers of `readGroups` and `readSignatureAlgorithms`. */
export function readNumbers(reader: ByteReader): number[] {
  return numbers16(reader.vector(2, 2));
}

/** The numbers of `readVersions`. */
export function readVersionNumbers(reader: ByteReader): number[] {
  return numbers16(reader.vector(1, 2));
}

/** The numbers of `readPointFormats`. */
export function readPointFormatNumbers(reader: ByteReader): number[] {
  return reader.vector(1, 1).all((list) => list.uint8());
}

/** The bytes of the first name of `readAlpn`. */
export function readFirstProtocol(reader: ByteReader): Buffer {
  return reader.vector(2, 2).all((list) => list.vector(1, 1).rest())[0] as Buffer;
}

export function readCertificateAuthorities(reader: ByteReader): readonly DistinguishedName[] {
  const authorities = reader.vector(2, 3).all((list) => {
    const { offset } = list;
    const der = list.vector(2, 1).rest();
    try {
      return DistinguishedName.of(native.parseName(der));
    } catch (error) {
      throw malformed('certificate_authorities', offset, `no name: ${(error as Error).message}`);
    }
  });
  return Object.freeze(authorities);
}

function names16(list: ByteReader, names: NameTable): readonly string[] {
  return Object.freeze(numbers16(list).map((number) => nameOf(number, names)));
}

function numbers16(list: ByteReader): number[] {
  return list.all(() => list.uint16());
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names of protocols are bytes; all that IANA knows are UTF-8 (RFC 7301, 6). */
function protocolName(bytes: Buffer): string {
  if (bytes.length === 2 && isGrease(bytes.readUInt16BE(0))) return grease;
  try {
    return utf8.decode(bytes);
  } catch {
    return `0x${bytes.toString('hex').toUpperCase()}`;
  }
}
