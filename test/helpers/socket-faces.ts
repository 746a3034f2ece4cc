// The ways to use a connection, each behind the same few calls: so that one set of tests serves all of them.

import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { BIO, SSL, type SSLContext, type TLSSocket, type TLSVersion } from 'bladessl';
import { clientContext, only, serverContext } from './identities';
import { type Relay, relayedSockets, tlsSockets } from './sockets';

/** One end of a connection. */
export interface Face {
  /** Sends all of it, and resolves when more may be sent. */
  send(data: Buffer): Promise<unknown>;
  /** What has come, at least a byte; empty after the peer's end. Rejects with what ended the connection. */
  receive(): Promise<Buffer>;
  /** Sends no more. */
  end(): Promise<unknown>;
  /** How many bytes the other end has made us take into memory. */
  taken(): number;
}

/** The two ends of a connection. */
export interface Faces {
  readonly client: Face;
  readonly server: Face;
  /** What lies between them, if it can be cut. */
  readonly relay?: Relay;
}

/** A way to use a connection. */
export interface Driver {
  readonly name: string;
  connect(t: TestContext, version: TLSVersion): Promise<Faces>;
  /** The same through a relay, if there is a network below. */
  readonly connectRelayed?: (
    t: TestContext,
    version: TLSVersion,
  ) => Promise<Faces & { readonly relay: Relay }>;
}

function promiseFace(socket: TLSSocket): Face {
  return {
    send: (data) => socket.send(data),
    receive: () => socket.receive(),
    end: () => socket.shutdown(),
    taken: () => socket.bytesRead,
  };
}

function iterationFace(socket: TLSSocket): Face {
  const chunks = socket[Symbol.asyncIterator]();
  return {
    ...promiseFace(socket),
    receive: async () => (await chunks.next()).value ?? Buffer.alloc(0),
  };
}

/** Takes one chunk at a time from listeners; the socket is paused while nobody waits. */
class PushFace implements Face {
  readonly #socket: TLSSocket;
  readonly #chunks: Buffer[] = [];
  #begun = false;
  #over: { readonly error: Error | undefined } | undefined;
  #arrived = (): void => {};
  #drained = (): void => {};

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.onDrain(() => this.#drained());
    socket.onClose((error) => {
      this.#over ??= { error };
      this.#arrived();
      this.#drained();
    });
  }

  async send(data: Buffer): Promise<void> {
    if (this.#socket.write(data)) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  async receive(): Promise<Buffer> {
    if (!this.#begun) this.#begin();
    while (this.#chunks.length === 0 && this.#over === undefined) {
      const arrived = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      this.#socket.resume();
      await arrived;
    }
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return chunk;
    if (this.#over?.error !== undefined) throw this.#over.error;
    return Buffer.alloc(0);
  }

  async end(): Promise<void> {
    this.#socket.end();
  }

  taken(): number {
    return this.#socket.bytesRead;
  }

  #begin(): void {
    this.#begun = true;
    this.#socket.onData((chunk) => {
      this.#chunks.push(chunk);
      this.#socket.pause();
      this.#arrived();
    });
    this.#socket.onEnd(() => {
      this.#over = { error: undefined };
      this.#arrived();
    });
  }
}

function streamFace(socket: TLSSocket): Face {
  const { stream } = socket;
  let chunks: AsyncIterator<Buffer> | undefined;
  return {
    async send(data) {
      if (!stream.write(data)) await once(stream, 'drain');
    },
    async receive() {
      chunks ??= stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
      return (await chunks.next()).value ?? Buffer.alloc(0);
    },
    async end() {
      stream.end();
      await once(stream, 'finish');
    },
    taken: () => socket.bytesRead,
  };
}

/** An SSL on one end of a BIO pair: who cannot go on waits until the other end has done something. */
class MemoryFace implements Face {
  readonly #ssl: SSL;
  /** Given before anything is done. */
  other!: MemoryFace;
  #taken = 0;
  #wake: (() => void)[] = [];

  constructor(ssl: SSL) {
    this.#ssl = ssl;
  }

  async handshake(): Promise<void> {
    await this.#until(() => this.#ssl.doHandshake() === 1 || undefined);
  }

  async send(data: Buffer): Promise<void> {
    for (let offset = 0; offset < data.length; ) {
      const rest = data.subarray(offset);
      offset += await this.#until(() => {
        const taken = this.#ssl.write(rest);
        return taken === -1 ? undefined : taken;
      });
    }
  }

  async receive(): Promise<Buffer> {
    const bytes = await this.#until(() => this.#ssl.read() ?? undefined);
    this.#taken += bytes.length;
    return bytes;
  }

  async end(): Promise<void> {
    await this.#until(() => (this.#ssl.shutdown() === -1 ? undefined : true));
  }

  taken(): number {
    return this.#taken;
  }

  // Also a step that did not go through may have moved bytes of the protocol.
  async #until<T>(step: () => T | undefined): Promise<T> {
    for (;;) {
      const result = step();
      for (const wake of this.other.#wake.splice(0)) setImmediate(wake);
      if (result !== undefined) return result;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }
}

async function memoryFaces(version: TLSVersion): Promise<Faces> {
  const [clientEnd, serverEnd] = BIO.pair();
  const { client: ours, server: theirs } = contexts(version);
  const client = new MemoryFace(new SSL(ours).setConnectState().setBio(clientEnd));
  const server = new MemoryFace(new SSL(theirs).setAcceptState().setBio(serverEnd));
  client.other = server;
  server.other = client;
  await Promise.all([client.handshake(), server.handshake()]);
  return { client, server };
}

function contexts(version: TLSVersion): { client: SSLContext; server: SSLContext } {
  return { client: only(clientContext(), version), server: only(serverContext(), version) };
}

function socketDriver(name: string, face: (socket: TLSSocket) => Face): Driver {
  const options = { allowHalfOpen: true };
  return {
    name,
    async connect(t, version) {
      const { client, server } = await tlsSockets(t, { ...contexts(version), options });
      return { client: face(client), server: face(server) };
    },
    async connectRelayed(t, version) {
      const { client, server, relay } = await relayedSockets(t, { ...contexts(version), options });
      return { client: face(client), server: face(server), relay };
    },
  };
}

/** All of them. A pair of BIOs has no end of its own, so nothing can be cut there. */
export const drivers: readonly Driver[] = [
  socketDriver('promises', promiseFace),
  socketDriver('iteration', iterationFace),
  socketDriver('push', (socket) => new PushFace(socket)),
  socketDriver('stream', streamFace),
  { name: 'two SSLs in memory', connect: (_, version) => memoryFaces(version) },
];
