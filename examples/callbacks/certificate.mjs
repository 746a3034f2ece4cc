// @ts-check
// A server with an RSA and an ECDSA certificate, which are read from files for each client: new ones hold from then on.
// And a client with certificates of two companies, who shows the one that is asked for.
//   node examples/callbacks/certificate.mjs
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
} from 'bladessl';

const root = Certificate.generate({ commonName: 'Example Root', key: 'rsa' });
const north = Certificate.generate({ commonName: 'North' });
const south = Certificate.generate({ commonName: 'South' });
const folder = await mkdtemp(join(tmpdir(), 'certificates-'));

/** @param {'rsa' | 'ec'} type */
async function renew(type) {
  const options = { commonName: 'localhost', issuer: root, key: type };
  const { certificate, privateKey } = Certificate.generate(options);
  await writeFile(join(folder, `${type}.pem`), certificate.pem + privateKey.toPEM(), { mode: 0o600 });
}

// --- The server ---

/** @param {'rsa' | 'ec'} type @param {AbortSignal} signal */
async function readIdentity(type, signal) {
  const pem = await readFile(join(folder, `${type}.pem`), { signal });
  return { certificate: pem, privateKey: pem };
}

const context = new TLSServerContext();
/** @type {import('bladessl').CertificateCallback} */
context.onCertificate = ({ signal }) =>
  Promise.all([readIdentity('ec', signal), readIdentity('rsa', signal)]);

await renew('rsa');
await renew('ec');
context.addCA(south.certificate).setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
context.clientCAs = [south.certificate];

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((socket) => {
  socket.write(`welcome, ${socket.ssl.peerCertificate?.subject}`);
  socket.end();
});

// --- The client ---

const identities = [north, south].map((issuer) => {
  const commonName = `me at ${issuer.certificate.subject}`;
  return { issuer, ...Certificate.generate({ commonName, issuer, key: 'rsa' }) };
});

/** @param {string[]} signatureAlgorithms */
async function visit(signatureAlgorithms) {
  const clientContext = new TLSClientContext().addCA(root.certificate);
  clientContext.signatureAlgorithms = signatureAlgorithms;
  clientContext.onCertificate = ({ authorities }) =>
    identities.find(({ issuer }) => authorities.includes(issuer.certificate.subject)) ?? [];
  const client = new TLSSocket({ context: clientContext });
  await client.connect('localhost', Number(server.port));
  const shown = client.ssl.peerCertificate;
  console.log(`${signatureAlgorithms[0]}: ${shown?.publicKeyAlgorithm}; ${await client.receive()}`);
  await client.close();
}

await visit(['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256']);
await visit(['rsa_pss_rsae_sha256', 'rsa_pkcs1_sha256']);
await server.close();
await rm(folder, { recursive: true });
