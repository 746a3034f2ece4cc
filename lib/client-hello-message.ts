// The ClientHello as a handshake message (RFC 8446, 4.1.2): out of the records that it comes in, and its parts.

import { ByteReader, malformed } from './byte-reader';
import { usageError } from './errors';

const headerSize = 4;
const recordHeaderSize = 5;
const handshakeRecord = 22;
const clientHelloType = 1;
// A record without encryption has no more (RFC 8446, 5.1).
const maxRecordSize = 16384;
// All parts at their longest: version, random, session id, suites, compression methods, extensions.
const maxBodySize = 2 + 32 + (1 + 32) + (2 + 65534) + (1 + 255) + (2 + 65535);

/** A part of the message: offsets into it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where an extension's content is. */
export interface ExtensionSpan extends Span {
  readonly type: number;
}

/** Where the parts of a ClientHello are; those that lists are made of lie without their lengths. */
export interface Layout {
  readonly legacyVersion: number;
  readonly random: Span;
  readonly sessionId: Span;
  readonly cipherSuites: Span;
  readonly compressionMethods: Span;
  readonly extensions: readonly ExtensionSpan[];
}

function notAHello(why: string): Error {
  return usageError('ERR_NOT_A_CLIENT_HELLO', `not a ClientHello: ${why}`);
}

function incomplete(there: number): Error {
  return usageError('ERR_INCOMPLETE_CLIENT_HELLO', `the ClientHello goes on after these ${there} bytes`);
}

/** A copy of the handshake message in bytes that are it, or records with it; what comes in later records is not read. */
export function messageOf(input: Buffer): Buffer {
  if (input.length === 0) throw incomplete(0);
  if (input[0] === handshakeRecord) return messageInRecords(input);
  requireNoOldHello(input);
  if (input[0] !== clientHelloType) {
    throw notAHello('the first byte is neither that of a handshake record nor of the message itself');
  }
  const size = messageSize(input);
  if (size === undefined || size > input.length) throw incomplete(input.length);
  if (size < input.length) throw malformed('message', size, `${input.length - size} bytes too many`);
  return Buffer.from(input);
}

/** A ClientHello of SSL 2 is told by its length's high bit and its type (RFC 5246, E.2). */
function requireNoOldHello(input: Buffer): void {
  const isOld = ((input[0] as number) & 0x80) !== 0 && (input[2] === clientHelloType || input.length < 3);
  if (!isOld) return;
  if (input.length < 3) throw incomplete(input.length);
  throw usageError('ERR_SSLV2_CLIENT_HELLO', 'a ClientHello of SSL 2 has none of what this one is about');
}

/** The size of the message with its header, once that is there. */
function messageSize(bytes: Buffer): number | undefined {
  if (bytes[0] !== clientHelloType && bytes.length > 0) {
    throw notAHello(`a handshake message of type ${bytes[0]}`);
  }
  if (bytes.length < headerSize) return undefined;
  const size = bytes.readUIntBE(1, 3);
  if (size > maxBodySize) throw malformed('message', 1, `${size} bytes are more than it can have`);
  return headerSize + size;
}

function messageInRecords(input: Buffer): Buffer {
  const fragments: Buffer[] = [];
  let total = 0;
  let size: number | undefined;
  for (let at = 0; size === undefined || total < size; ) {
    const { fragment, isWhole } = recordAt(input, at);
    at += recordHeaderSize + fragment.length;
    fragments.push(fragment);
    total += fragment.length;
    size ??= messageSize(Buffer.concat(fragments));
    if (!isWhole && (size === undefined || total <= size)) throw incomplete(input.length);
  }
  if (total > size) throw malformed('record', 0, `${total - size} bytes more than the message has`);
  return Buffer.concat(fragments, size);
}

/** What there is of a record's fragment. */
function recordAt(input: Buffer, at: number): { fragment: Buffer; isWhole: boolean } {
  const left = input.length - at;
  if (left > 0 && input[at] !== handshakeRecord) {
    throw malformed('record', at, `type ${input[at]} in the middle of the message`);
  }
  if (left > 1 && input[at + 1] !== 3) {
    throw notAHello(input[at + 1] === 254 ? 'a record of DTLS' : `a record of version ${input[at + 1]}.x`);
  }
  if (left < recordHeaderSize) throw incomplete(input.length);
  const size = input.readUInt16BE(at + 3);
  if (size === 0 || size > maxRecordSize) throw malformed('record', at + 3, `a record of ${size} bytes`);
  const fragment = input.subarray(at + recordHeaderSize, at + recordHeaderSize + size);
  return { fragment, isWhole: fragment.length === size };
}

/** Finds the parts of a message; what they say is not looked at. */
export function layoutOf(message: Buffer): Layout {
  const size = message.length < headerSize ? undefined : messageSize(message);
  if (size !== message.length) throw malformed('message', 0, `it has ${message.length} bytes`);
  const body = new ByteReader(message, 'message', headerSize, message.length);
  const legacyVersion = body.uint16();
  const random = { start: body.skip(32), end: body.offset };
  const idAt = body.offset;
  const sessionId = vectorSpan(body, 1);
  if (sessionId.end - sessionId.start > 32) throw malformed('session_id', idAt, 'of more than 32 bytes');
  const cipherSuites = vectorSpan(body, 2);
  const compressionMethods = vectorSpan(body, 1);
  return {
    legacyVersion,
    random,
    sessionId,
    cipherSuites,
    compressionMethods,
    extensions: body.isAtEnd ? [] : extensionSpans(message, body),
  };
}

function vectorSpan(reader: ByteReader, lengthBytes: 1 | 2): Span {
  const size = lengthBytes === 1 ? reader.uint8() : reader.uint16();
  return { start: reader.skip(size), end: reader.offset };
}

function extensionSpans(message: Buffer, body: ByteReader): ExtensionSpan[] {
  const { start, end } = vectorSpan(body, 2);
  body.finish();
  const reader = new ByteReader(message, 'extensions', start, end);
  return reader.all(() => {
    const type = reader.uint16();
    const size = reader.uint16();
    return { type, start: reader.skip(size), end: reader.offset };
  });
}
