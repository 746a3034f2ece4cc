// Chains of BIOs: on the loopback, and in memory.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { AcceptBIO, BIO, ConnectBIO, type SSL, SSLBIO, type SSLContext } from 'bladessl';
import { clientContext, serverContext } from './identities';

/** Frees a chain when its test is over, and keeps it until then. */
export function freeing<Chain extends BIO>(t: TestContext, chain: Chain): Chain {
  t.after(() => chain.freeAll());
  return chain;
}

/** The links of a chain, from the one that is given down. */
export function linksOf(chain: BIO): BIO[] {
  const links: BIO[] = [];
  for (let link: BIO | undefined = chain; link !== undefined; link = link.next) links.push(link);
  return links;
}

/** A link that listens on a port of the loopback. */
export async function listening(t: TestContext, name = '127.0.0.1:0'): Promise<AcceptBIO> {
  const listener = freeing(t, new AcceptBIO(name));
  await listener.listen();
  return listener;
}

/** The port of a link that listens. */
export function portOf(listener: AcceptBIO): number {
  return Number(listener.acceptPort);
}

/** A port of the loopback where nobody listens, for a program that cannot choose one itself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether calls on a descriptor do not block. */
export function isNonBlocking(fd: number | undefined): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '', 8) & 0o4000) !== 0;
}

/** The two ends of a connection. */
export interface Connection<Client extends BIO = BIO, Server extends BIO = BIO> {
  readonly client: Client;
  readonly server: Server;
}

/** The two ends of a TLS connection, or what is going to be one. */
export type TlsConnection = Connection<SSLBIO, SSLBIO>;

/** A TCP connection on the loopback. */
export async function tcpConnection(t: TestContext): Promise<Connection<ConnectBIO>> {
  const listener = await listening(t);
  const client = freeing(t, new ConnectBIO(`127.0.0.1:${listener.acceptPort}`));
  const [server] = await Promise.all([listener.accept(), client.connect()]);
  listener.free();
  return { client, server: freeing(t, server) };
}

/** The contexts, or the SSLs, of the two ends; by default those of the tests' own CA. */
export interface TlsOptions {
  readonly client?: SSLContext | SSL;
  readonly server?: SSLContext | SSL;
}

/** Two SSL links that have no transport yet. */
export function tlsLinks(t: TestContext, options: TlsOptions = {}): TlsConnection {
  return {
    client: freeing(t, new SSLBIO(options.client ?? clientContext(), { server: false })),
    server: freeing(t, new SSLBIO(options.server ?? serverContext(), { server: true })),
  };
}

/** A TLS connection on the loopback, its handshake done. */
export async function tlsConnection(t: TestContext, options?: TlsOptions): Promise<TlsConnection> {
  const links = tlsLinks(t, options);
  const plain = await tcpConnection(t);
  const [client, server] = [links.client.push(plain.client), links.server.push(plain.server)];
  await Promise.all([client.handshake({ servername: 'localhost' }), server.handshake()]);
  return { client, server };
}

const maxTurns = 1000;

/** Goes on with handshakes that wait for each other, without waiting, until all are done. */
export function shake(...chains: BIO[]): void {
  for (let turn = 0; turn < maxTurns; turn++) {
    if (chains.map((chain) => chain.doHandshake()).every((result) => result === 1)) return;
  }
  throw new Error('the handshake stands still');
}

/** A TLS connection through a BIO pair, its handshake done. */
export function tlsPair(t: TestContext, options?: TlsOptions): TlsConnection {
  const links = tlsLinks(t, options);
  const [clientEnd, serverEnd] = BIO.pair();
  const [client, server] = [links.client.push(clientEnd), links.server.push(serverEnd)];
  client.ssl.verifyName = 'localhost';
  shake(client, server);
  return { client, server };
}

// It sleeps before anybody knows the port, so nothing is ever accepted.
const deaf = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:worker_threads').parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** A port of 127.0.0.1 whose queue is full: a connection to it stays in progress. */
export async function stuckPort(t: TestContext): Promise<number> {
  const worker = new Worker(deaf, { eval: true });
  t.after(async () => {
    await worker.terminate();
  });
  const [port] = (await once(worker, 'message')) as [number];
  // Linux lets one more in than the length of the queue.
  for (const _ of [1, 2]) {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    // The worker's end resets them.
    socket.on('error', () => {});
  }
  return port;
}
