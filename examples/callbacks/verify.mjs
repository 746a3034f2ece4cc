// @ts-check
// A server whose clients show certificates, and a service over HTTP that knows which of these still count: it is asked
// in each handshake. A client who asks whether a server is the one that it has met before.
//   node examples/callbacks/verify.mjs
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSLError,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
  verify,
} from 'bladessl';

const root = Certificate.generate({ commonName: 'Example Root' });
const own = Certificate.generate({ commonName: 'localhost', issuer: root });
const alice = Certificate.generate({ commonName: 'alice', issuer: root });
const mallory = Certificate.generate({ commonName: 'mallory', issuer: root });

// --- The service ---

const revoked = new Set([mallory.certificate.serialNumber]);
const service = createServer((request, response) => {
  response.end(revoked.has(String(request.url).slice(1)) ? 'revoked' : 'good');
});
await once(service.listen(0, '127.0.0.1'), 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (service.address());

/** @param {Certificate} certificate @param {AbortSignal} signal */
async function statusOf(certificate, signal) {
  const url = `http://127.0.0.1:${address.port}/${certificate.serialNumber}`;
  return await (await fetch(url, { signal })).text();
}

// --- The server ---

const context = new TLSServerContext().useCertificate(own.certificate).usePrivateKey(own.privateKey);
context.addCA(root.certificate);
context.setVerify(
  SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  async ({ ok, depth, certificate, signal }) => {
    if (!ok || depth > 0 || certificate === undefined) return ok;
    return (await statusOf(certificate, signal)) === 'good' || 'certificate_revoked';
  },
);

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onHandshakeError((error) => {
  console.log(`server: ${error instanceof SSLError ? error.verifyError?.subject : error} is refused`);
});
server.onConnection((socket) => {
  socket.write(`welcome, ${socket.ssl.peerCertificate?.subject}`);
  socket.end();
});

// --- The clients ---

/** @type {Map<string, string>} */
const met = new Map();

/** @param {{ certificate: Certificate, privateKey: import('bladessl').PrivateKey }} who */
async function visit({ certificate, privateKey }) {
  const clientContext = new TLSClientContext().useCertificate(certificate).usePrivateKey(privateKey);
  clientContext.verifyChain = async ({ certificate: shown, chain, host, ip }) => {
    const before = met.get(`${host}`);
    if (before !== undefined) return before === shown.fingerprintSHA256 || 'certificate_unknown';
    const { ok } = verify(shown, { trusted: root.certificate, chain, host, ip });
    if (ok) met.set(`${host}`, shown.fingerprintSHA256);
    return ok || 'unknown_ca';
  };
  const client = new TLSSocket({ context: clientContext });
  try {
    await client.connect('localhost', Number(server.port));
    console.log(`client: ${await client.receive()}`);
  } catch (error) {
    console.log(`client: ${error instanceof SSLError ? error.alert?.name : error}`);
  }
  await client.close();
}

await visit(alice);
await visit(mallory);
await server.close();
service.close().closeAllConnections();
