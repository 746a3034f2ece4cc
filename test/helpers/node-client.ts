// A client of node:tls on a server's SSL of ours, joined in memory.

import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { MemoryBIO, SSL, type SSLContext, type TLSVersion } from 'bladessl';

/** What Node writes goes to the SSL; what the SSL answers comes out again, and a dot when it is done. */
class Wire extends Duplex {
  readonly #ssl: SSL;
  readonly #in = new MemoryBIO();
  readonly #out = new MemoryBIO();

  constructor(ssl: SSL) {
    super();
    this.#ssl = ssl.setAcceptState().setBio(this.#in, this.#out);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#in.write(chunk);
    let failure: Error | undefined;
    try {
      this.#step();
    } catch (error) {
      failure = error as Error;
    }
    const answer = this.#out.read(1 << 20);
    if (answer !== null) this.push(answer);
    done(failure);
  }

  #step(): void {
    if (this.#ssl.isInitFinished) this.#ssl.read();
    else if (this.#ssl.doHandshake() === 1) this.#ssl.write('.');
  }

  override _read(): void {}
}

export interface Visit {
  /** The server's side. */
  readonly ssl: SSL;
  /** Whether the session that the client brought was taken. */
  readonly reused: boolean;
  /** The sessions that the client has been given. */
  readonly sessions: Buffer[];
}

/** Connects a client of node:tls to a new SSL of the context, and waits until it has all that is sent, and for `stay`. */
export async function visit(
  context: SSLContext,
  version: TLSVersion,
  session?: Buffer | undefined,
  more: ConnectionOptions = {},
  stay: (client: TLSSocket) => Promise<unknown> = async () => undefined,
): Promise<Visit> {
  const ssl = new SSL(context);
  const options: ConnectionOptions = { minVersion: version, maxVersion: version, rejectUnauthorized: false };
  const client = connect({ ...options, socket: new Wire(ssl), ...(session && { session }), ...more });
  const sessions: Buffer[] = [];
  client.on('session', (given: Buffer) => sessions.push(given));
  // The dot comes behind the tickets.
  await once(client, 'data');
  const reused = client.isSessionReused();
  await stay(client);
  client.destroy();
  return { ssl, reused, sessions };
}
