// A client of node:tls on a server's SSL of ours, joined in memory.

import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { MemoryBIO, SSL, type SSLContext, type TLSVersion } from 'bladessl';

/** What Node writes goes to the SSL; what the SSL answers comes out again. */
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
    try {
      if (this.#ssl.doHandshake() === 1) this.#ssl.read();
      this.flush();
      done();
    } catch (error) {
      this.flush();
      done(error as Error);
    }
  }

  flush(): void {
    const answer = this.#out.read(1 << 20);
    if (answer !== null && answer.length > 0) this.push(answer);
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

/** Connects a client of node:tls to a new SSL of the context, and waits until it has all that is sent. */
export async function visit(
  context: SSLContext,
  version: TLSVersion,
  session?: Buffer | undefined,
): Promise<Visit> {
  const ssl = new SSL(context);
  const wire = new Wire(ssl);
  const options: ConnectionOptions = { minVersion: version, maxVersion: version, rejectUnauthorized: false };
  const client = connect({ ...options, socket: wire, ...(session && { session }) });
  const sessions: Buffer[] = [];
  client.on('session', (given: Buffer) => sessions.push(given));
  await once(client, 'secureConnect');
  // What comes behind the tickets proves that they have come.
  ssl.write('.');
  wire.flush();
  await once(client, 'data');
  const reused = client.isSessionReused();
  client.destroy();
  return { ssl, reused, sessions };
}
