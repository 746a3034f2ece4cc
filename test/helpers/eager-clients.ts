// Clients that send data as early as their bytes allow it: in one piece with their Finished, without a word from the
// server after its first flight. What comes back is kept as it was on the wire.

import {
  constants,
  createCipheriv,
  createHash,
  createHmac,
  publicEncrypt,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto';
import { connect, type Socket as NetSocket } from 'node:net';
import type { TestContext } from 'node:test';
import { MemoryBIO, SSL, type SSLError, type TLSVersion } from 'bladessl';
import { clientContext, type Identity, only, show } from './identities';

/** The content types of records (RFC 8446, 5.1). */
export const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, data: 23 } as const;

export interface TLSRecord {
  readonly type: number;
  readonly body: Buffer;
}

/** Takes the whole records from the front of what has come. */
export function recordsOf(bytes: Buffer): TLSRecord[] {
  const records: TLSRecord[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (end > bytes.length) break;
    records.push({ type: bytes[at] as number, body: bytes.subarray(at + 5, end) });
    at = end;
  }
  return records;
}

/** What a client says, and what it makes of the answers. */
interface Speaker {
  /** The first flight. */
  begin(): Buffer;
  /** All that has come so far, and the part of it that is new: the next flight, if it is time for one. */
  answer(received: Buffer, news: Buffer): Buffer | undefined;
  /** The number of the fatal alert that has come; undefined for none. */
  alert(received: Buffer): number | undefined;
}

/** A client on its way to a port. */
export interface EagerClient {
  readonly socket: NetSocket;
  /** Everything that has come. */
  readonly received: Buffer;
  /** When Finished and the data are on their way: how much had come until then. */
  readonly sent: Promise<number>;
  /** When the server has ended the connection. */
  readonly over: Promise<void>;
  /** The number of the fatal alert that has come. */
  readonly alert: number | undefined;
}

/** Connects, shakes hands, and sends `secret` along with its Finished. */
export function eagerClient(
  t: TestContext,
  port: number,
  version: TLSVersion,
  identity: Identity,
  secret: string,
): EagerClient {
  const speaker = version === 'TLSv1.2' ? new Speaker12(identity, secret) : new Speaker13(identity, secret);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  let received: Buffer = Buffer.alloc(0);
  socket.write(speaker.begin());
  const sent = new Promise<number>((resolve) => {
    socket.on('data', (news) => {
      received = Buffer.concat([received, news]);
      const flight = speaker.answer(received, news);
      if (flight === undefined) return;
      const before = received.length;
      socket.write(flight, () => resolve(before));
    });
  });
  return {
    socket,
    sent,
    over: new Promise((resolve) => socket.once('close', () => resolve())),
    get received() {
      return received;
    },
    get alert() {
      return speaker.alert(received);
    },
  };
}

/** An SSL does it: in TLS 1.3 a client may send data right after its Finished. */
class Speaker13 implements Speaker {
  readonly #ssl: SSL;
  readonly #toClient = new MemoryBIO();
  readonly #toServer = new MemoryBIO();
  readonly #secret: string;
  #done = false;

  constructor(identity: Identity, secret: string) {
    this.#ssl = new SSL(show(only(clientContext(), 'TLSv1.3'), identity)).setConnectState();
    this.#ssl.setBio(this.#toClient, this.#toServer);
    this.#secret = secret;
  }

  begin(): Buffer {
    this.#ssl.doHandshake();
    return this.#flight();
  }

  answer(_received: Buffer, news: Buffer): Buffer | undefined {
    this.#toClient.write(news);
    if (this.#done || this.#ssl.doHandshake() !== 1) return undefined;
    this.#done = true;
    this.#ssl.write(this.#secret);
    return this.#flight();
  }

  alert(): number | undefined {
    try {
      while (this.#ssl.read() !== null);
      return undefined;
    } catch (error) {
      return (error as SSLError).alert?.number;
    }
  }

  #flight(): Buffer {
    return this.#toServer.read(65536) ?? Buffer.alloc(0);
  }
}

const protocol = Buffer.of(3, 3);

function vector(size: 1 | 2 | 3, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(size);
  length.writeUIntBE(body.length, 0, size);
  return Buffer.concat([length, body]);
}

function record(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), protocol, vector(2, body)]);
}

/** P_SHA256 (RFC 5246, 5). */
function derive(secret: Buffer, label: string, seed: Buffer, size: number): Buffer {
  const start = Buffer.concat([Buffer.from(label), seed]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  let made = Buffer.alloc(0);
  for (let a = hmac(start); made.length < size; a = hmac(a)) {
    made = Buffer.concat([made, hmac(Buffer.concat([a, start]))]);
  }
  return made.subarray(0, size);
}

const helloRequestSize = 4;
const messageTypes = {
  clientHello: 1,
  certificate: 11,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/**
 * TLS_RSA_WITH_AES_128_GCM_SHA256 by hand: libssl's own clients wait for the server's Finished before they send data
 * in TLS 1.2, others need not (RFC 7918).
 */
class Speaker12 implements Speaker {
  readonly #identity: Identity;
  readonly #secret: string;
  readonly #random = randomBytes(32);
  #said: Buffer[] = [];
  #done = false;

  /** `identity` has an RSA key. */
  constructor(identity: Identity, secret: string) {
    this.#identity = identity;
    this.#secret = secret;
  }

  begin(): Buffer {
    const suites = vector(2, Buffer.of(0x00, 0x9c, 0x00, 0xff));
    const signatures = vector(2, vector(2, Buffer.of(4, 1, 8, 4)));
    const extensions = vector(2, Buffer.of(0, 13), signatures);
    const compression = Buffer.of(1, 0);
    const session = Buffer.of(0);
    return this.#say(
      messageTypes.clientHello,
      Buffer.concat([protocol, this.#random, session, suites, compression, extensions]),
    );
  }

  answer(received: Buffer): Buffer | undefined {
    const messages = Buffer.concat(
      recordsOf(received)
        .filter(({ type }) => type === recordTypes.handshake)
        .map(({ body }) => body),
    );
    const end = messages.length - helloRequestSize;
    if (this.#done || messages[end] !== messageTypes.serverHelloDone) return undefined;
    this.#done = true;
    this.#said.push(messages);
    return this.#secondFlight(messages);
  }

  alert(received: Buffer): number | undefined {
    return recordsOf(received).find(({ type }) => type === recordTypes.alert)?.body[1];
  }

  #secondFlight(fromServer: Buffer): Buffer {
    const theirRandom = fromServer.subarray(6, 38);
    const preMaster = Buffer.concat([protocol, randomBytes(46)]);
    const seed = Buffer.concat([this.#random, theirRandom]);
    const master = derive(preMaster, 'master secret', seed, 48);
    const keys = derive(master, 'key expansion', Buffer.concat([theirRandom, this.#random]), 40);
    const seal = sealer(keys.subarray(0, 16), keys.subarray(32, 36));
    const padding = constants.RSA_PKCS1_PADDING;
    const wrapped = publicEncrypt({ key: serverKey(fromServer), padding }, preMaster);
    const certificates = vector(3, vector(3, this.#identity.certificate.raw));
    const clear = [
      this.#say(messageTypes.certificate, certificates),
      this.#say(messageTypes.clientKeyExchange, vector(2, wrapped)),
      this.#say(messageTypes.certificateVerify, this.#proof()),
      record(recordTypes.changeCipherSpec, Buffer.of(1)),
    ];
    const hash = createHash('sha256').update(Buffer.concat(this.#said)).digest();
    const finished = derive(master, 'client finished', hash, 12);
    return Buffer.concat([
      ...clear,
      seal(recordTypes.handshake, message(messageTypes.finished, finished)),
      seal(recordTypes.data, Buffer.from(this.#secret)),
    ]);
  }

  #proof(): Buffer {
    const signature = sign('sha256', Buffer.concat(this.#said), this.#identity.privateKey.toKeyObject());
    return Buffer.concat([Buffer.of(4, 1), vector(2, signature)]);
  }

  #say(type: number, body: Buffer): Buffer {
    const said = message(type, body);
    this.#said.push(said);
    return record(recordTypes.handshake, said);
  }
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, body)]);
}

/** The key in the server's first certificate. */
function serverKey(messages: Buffer): X509Certificate['publicKey'] {
  const certificate = 4 + messages.readUIntBE(1, 3);
  const leaf = certificate + 7;
  const size = messages.readUIntBE(leaf, 3);
  return new X509Certificate(messages.subarray(leaf + 3, leaf + 3 + size)).publicKey;
}

/** AES-128-GCM (RFC 5288). */
function sealer(key: Buffer, salt: Buffer): (type: number, body: Buffer) => Buffer {
  let count = 0n;
  return (type, body) => {
    const sequence = Buffer.alloc(8);
    sequence.writeBigUInt64BE(count++);
    const cipher = createCipheriv('aes-128-gcm', key, Buffer.concat([salt, sequence]));
    cipher.setAAD(Buffer.concat([sequence, Buffer.of(type), protocol, vector(2, body).subarray(0, 2)]));
    const sealed = Buffer.concat([cipher.update(body), cipher.final(), cipher.getAuthTag()]);
    return record(type, Buffer.concat([sequence, sealed]));
  };
}
