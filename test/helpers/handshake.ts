// Handshakes in memory: two SSLs, joined without a network.

import assert from 'node:assert/strict';
import {
  BIO,
  type Certificate,
  MemoryBIO,
  SSL,
  type SSLContext,
  type SSLError,
  type TLSVersion,
} from 'bladessl';
import { clientContext, only, serverContext } from './identities';

/** What joins two SSLs: a BIO pair, or two memory BIOs. */
export type Transport = 'pair' | 'memory';

export const transports: readonly Transport[] = ['pair', 'memory'];

/** The two ends of a connection. */
export interface Ends {
  readonly client: SSL;
  readonly server: SSL;
}

/** What a handshake came to: the error of each side that failed. */
export interface Outcome extends Ends {
  readonly clientError: SSLError | undefined;
  readonly serverError: SSLError | undefined;
}

export interface HandshakeOptions {
  readonly transport?: Transport;
  /** Called before the first step: names, roles and so on are set here. */
  readonly prepare?: (ends: Ends) => void;
}

// Far more steps than any handshake takes, also through a pair of a few bytes.
const maxTurns = 20_000;

/** Lets two SSLs read what the other writes. */
export function join(client: SSL, server: SSL, transport: Transport = 'memory'): void {
  if (transport === 'pair') {
    const [clientEnd, serverEnd] = BIO.pair();
    client.setBio(clientEnd);
    server.setBio(serverEnd);
    return;
  }
  const [toServer, toClient] = [new MemoryBIO(), new MemoryBIO()];
  client.setBio(toClient, toServer);
  server.setBio(toServer, toClient);
}

type Step = 1 | -1 | SSLError;

/** Goes on. Who is done reads: tickets that nobody takes hold the peer up, and its alert may come late. */
function step(ssl: SSL, before: Step): Step {
  if (before instanceof Error) return before;
  try {
    if (before === -1) return ssl.doHandshake();
    ssl.peek(1);
    return 1;
  } catch (error) {
    return error as SSLError;
  }
}

/** Goes on with both handshakes until they are done, or one has failed and the other knows what it can. */
export function pump(client: SSL, server: SSL): Outcome {
  let [ours, theirs]: [Step, Step] = [-1, -1];
  for (let turn = 0; ours === -1 || theirs === -1; turn++) {
    if (turn === maxTurns) throw new Error(`the handshake stands still in ${client.stateString}`);
    const failed = ours instanceof Error || theirs instanceof Error;
    ours = step(client, ours);
    theirs = step(server, theirs);
    if (failed) break;
  }
  if (ours === 1 && theirs instanceof Error) ours = step(client, ours);
  return {
    client,
    server,
    clientError: ours instanceof Error ? ours : undefined,
    serverError: theirs instanceof Error ? theirs : undefined,
  };
}

/** The two ends of a connection that has not begun. */
export function ends(
  clientContext: SSLContext,
  serverContext: SSLContext,
  options: HandshakeOptions = {},
): Ends {
  const made = {
    client: new SSL(clientContext).setConnectState(),
    server: new SSL(serverContext).setAcceptState(),
  };
  join(made.client, made.server, options.transport);
  options.prepare?.(made);
  return made;
}

/** Shakes hands, and tells who failed with what. */
export function attempt(
  clientContext: SSLContext,
  serverContext: SSLContext,
  options?: HandshakeOptions,
): Outcome {
  const { client, server } = ends(clientContext, serverContext, options);
  return pump(client, server);
}

/** Shakes hands; throws the first error of either side. */
export function connected(
  clientContext: SSLContext,
  serverContext: SSLContext,
  options?: HandshakeOptions,
): Ends {
  const { clientError, serverError, ...made } = attempt(clientContext, serverContext, options);
  if (clientError !== undefined || serverError !== undefined) throw clientError ?? serverError;
  return { client: made.client, server: made.server };
}

/** A connection on which nothing is left to read: the client has its tickets. */
export function opened(version: TLSVersion = 'TLSv1.3', transport: Transport = 'memory'): Ends {
  const made = connected(only(clientContext(), version), serverContext(), { transport });
  assert.equal(made.client.read(), null);
  return made;
}

/** Reads until it would block. */
export function readAll(ssl: SSL): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk = ssl.read(); chunk !== null; chunk = ssl.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The chain that a server's context shows to a client, its own certificate first. */
export function shownBy(server: SSLContext, client: SSLContext = clientContext()): Certificate[] {
  return connected(client, server).client.peerChain;
}

/** The serial number of the certificate that a server's context shows. */
export function serialShown(server: SSLContext, client?: SSLContext): string | undefined {
  return shownBy(server, client)[0]?.serialNumber;
}

/** Sends a text from one end to the other and returns what arrives. */
export function carry(from: SSL, to: SSL, text: string): string | undefined {
  from.write(text);
  return to.read()?.toString();
}
