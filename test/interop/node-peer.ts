// node:tls of another version of Node.js, as a process of its own. It tells what it sees, a line of JSON each.
//   node node-peer.js server <version> <ca> <certificate> <key>          gives back what it gets
//   node node-peer.js client <version> <ca> <certificate> <key> <port>   comes twice, with the session of the first

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as tls from 'node:tls';
import type { TLSVersion } from 'bladessl';

/** What it sees of a connection. */
export interface Sight {
  readonly version: string | null;
  readonly alpnProtocol: string | false | null;
  readonly servername: string | false;
  readonly authorized: boolean;
  readonly reused: boolean;
  /** The common name of our certificate. */
  readonly name: string;
  readonly cipher: string;
}

const [role, version, caFile, certificateFile, keyFile, port] = process.argv.slice(2) as [
  string,
  TLSVersion,
  string,
  string,
  string,
  string | undefined,
];
const common = {
  minVersion: version,
  maxVersion: version,
  ca: readFileSync(caFile),
  cert: readFileSync(certificateFile),
  key: readFileSync(keyFile),
  ALPNProtocols: ['echo'],
};
const megabyte = Buffer.alloc(1 << 20, 'of another version, ');

function tell(what: object): void {
  console.log(JSON.stringify(what));
}

function sightOf(socket: tls.TLSSocket): Sight {
  return {
    version: socket.getProtocol(),
    alpnProtocol: socket.alpnProtocol,
    servername: (socket as tls.TLSSocket & { servername: string | false }).servername,
    authorized: socket.authorized,
    reused: socket.isSessionReused(),
    name: String(socket.getPeerCertificate().subject?.CN),
    cipher: socket.getCipher().name,
  };
}

async function serve(): Promise<void> {
  const server = tls.createServer({ ...common, requestCert: true });
  server.on('secureConnection', (socket) => {
    tell(sightOf(socket));
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tell({ node: process.version, port: (server.address() as AddressInfo).port });
}

async function come(session?: Buffer): Promise<Buffer | undefined> {
  const socket = tls.connect({
    ...common,
    host: '127.0.0.1',
    port: Number(port),
    servername: 'localhost',
    session,
  });
  let given: Buffer | undefined;
  socket.on('session', (its: Buffer) => {
    given = its;
  });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'secureConnect');
  // Its certificate is not known any more at the end.
  const sight = sightOf(socket);
  socket.end(megabyte);
  const [hadError] = await once(socket, 'close');
  tell({ ...sight, echoed: Buffer.concat(chunks).equals(megabyte), ended: socket.readableEnded, hadError });
  return given;
}

async function main(): Promise<void> {
  if (role === 'server') return await serve();
  tell({ node: process.version });
  await come(await come());
}

void main();
