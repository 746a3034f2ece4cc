// ClientHellos: of programs, and such as nobody sends.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { MemoryBIO, SSL, type SSLContext } from 'bladessl';
import { clientContext } from './identities';

/** An extension: its type and content. */
export type Extension = readonly [type: number, content: Uint8Array];

/** What a ClientHello is made of; the numbers of lists are put behind their lengths. */
export interface HelloParts {
  readonly version?: number;
  readonly random?: Uint8Array;
  readonly sessionId?: Uint8Array;
  readonly cipherSuites?: readonly number[];
  readonly compressionMethods?: readonly number[];
  /** Undefined: the message ends before them. */
  readonly extensions?: readonly Extension[] | undefined;
}

export function uint8(number: number): Buffer {
  return Buffer.of(number);
}

export function uint16(number: number): Buffer {
  return Buffer.of(number >> 8, number & 0xff);
}

export function bytes(size: number, value = 5): Buffer {
  return Buffer.alloc(size, value);
}

/** Bytes behind their length. */
export function vector(lengthBytes: 1 | 2 | 3, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

/** A list of numbers of two bytes behind its length. */
export function list16(lengthBytes: 1 | 2, ...numbers: readonly number[]): Buffer {
  return vector(lengthBytes, ...numbers.map(uint16));
}

/** The content of server_name. */
export function sni(name: string | Uint8Array): Buffer {
  return vector(2, uint8(0), vector(2, Buffer.from(name as string)));
}

/** The content of ALPN. */
export function alpn(...names: readonly (string | Uint8Array)[]): Buffer {
  return vector(2, ...names.map((name) => vector(1, Buffer.from(name as string))));
}

/** The name `CN=Test CA`. */
export const nameDer: Buffer = Buffer.from('30123110300e06035504030c0754657374204341', 'hex');

/** The handshake message. */
export function helloOf(parts: HelloParts = {}): Buffer {
  const { version = 0x0303, random = Buffer.alloc(32, 7), sessionId = Buffer.alloc(0) } = parts;
  const { cipherSuites = [0x1301, 0xc02f], compressionMethods = [0] } = parts;
  const extensions = 'extensions' in parts ? parts.extensions : [];
  const written = extensions?.map(([type, content]) => Buffer.concat([uint16(type), vector(2, content)]));
  const body = vector(
    3,
    uint16(version),
    random,
    vector(1, sessionId),
    list16(2, ...cipherSuites),
    vector(1, Buffer.from(compressionMethods)),
    ...(written === undefined ? [] : [vector(2, ...written)]),
  );
  return Buffer.concat([uint8(1), body]);
}

/** Records of so many bytes each (the last may have less) with a message in them. */
export function recordsOf(message: Uint8Array, size = 16384): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    records.push(Buffer.concat([Buffer.of(22, 3, 1), vector(2, message.subarray(at, at + size))]));
  }
  return Buffer.concat(records);
}

/** What a client of ours sends first. */
export function firstFlight(
  context: SSLContext = clientContext(),
  prepare: (ssl: SSL) => void = () => {},
): Buffer {
  const ssl = new SSL(context);
  const sent = new MemoryBIO();
  ssl.setBio(new MemoryBIO(), sent);
  ssl.setConnectState();
  prepare(ssl);
  ssl.doHandshake();
  const bytes = sent.read(sent.pending);
  ssl.free();
  if (bytes === null) throw new Error('the client has sent nothing');
  return bytes;
}

/** What a program sends first that is started on a port of 127.0.0.1. */
export async function firstBytes(t: TestContext, start: (port: number) => void): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  start((server.address() as AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {});
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return bytes;
}
