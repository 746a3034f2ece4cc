// @ts-check
// A handshake that waits, step by step: two SSLs in memory, of which the server's asks for its certificate.
//   node examples/callbacks/in-memory.mjs
import { setTimeout as delay } from 'node:timers/promises';
import {
  BIO,
  Certificate,
  SSL,
  SSL_ERROR_WANT_ASYNC,
  SSLError,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';

const identity = Certificate.generate({ commonName: 'localhost' });
const clientContext = new TLSClientContext().addCA(identity.certificate);
const serverContext = new TLSServerContext();

function connect() {
  const server = new SSL(serverContext);
  const client = new SSL(clientContext);
  client.hostname = client.verifyName = 'localhost';
  const [clientEnd, serverEnd] = BIO.pair();
  client.setBio(clientEnd);
  server.setBio(serverEnd);
  return { client, server };
}

/** @param {SSL} client @param {SSL} server */
async function shakeHands(client, server) {
  for (let x = 0, y = 0; x !== 1 || y !== 1; ) {
    x = client.doHandshake();
    y = server.doHandshake();
    if (y === -1 && server.error() === SSL_ERROR_WANT_ASYNC) {
      console.log(`the server waits: ${server.stateStringLong}`);
      await server.settled;
    }
  }
}

// --- It has its answer ---

/** @type {import('bladessl').CertificateCallback} */
serverContext.onCertificate = async ({ serverName }) => {
  await delay(20);
  console.log(`the answer for ${serverName}`);
  return identity;
};
const done = connect();
await shakeHands(done.client, done.server);
console.log(`${done.client.version}: ${done.client.peerCertificate?.subject}`);

// --- It fails with what the callback throws ---

/** @type {import('bladessl').CertificateCallback} */
serverContext.onCertificate = async () => {
  throw new Error('the vault is closed');
};
const failed = connect();
await shakeHands(failed.client, failed.server).catch((error) => console.log(`the server fails: ${error}`));
try {
  failed.client.doHandshake();
} catch (error) {
  console.log(`the client is told: ${error instanceof SSLError ? error.alert?.name : error}`);
}

// --- It is given up ---

/** @type {import('bladessl').CertificateCallback} */
serverContext.onCertificate = ({ signal }) => {
  signal.addEventListener('abort', () => console.log(`nobody waits: ${signal.reason.code}`));
  return new Promise(() => {});
};
const given = connect();
given.client.doHandshake();
given.server.doHandshake();
given.server.free();
