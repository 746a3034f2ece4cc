// @ts-check
// A server that decides by what its client says first, and asks a register about it: which names there are, which
// version is the oldest there, and who has to show a certificate.
//   node examples/callbacks/client-hello.mjs
import { setTimeout as delay } from 'node:timers/promises';
import {
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLError,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
} from 'bladessl';

const names = ['www.example', 'devices.example', 'admin.example'];
const root = Certificate.generate({ commonName: 'Example Root' });
const own = Certificate.generate({ commonName: 'www.example', altNames: names, issuer: root });
const operator = Certificate.generate({ commonName: 'operator', issuer: root });

const mustShow = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
const register = new Map([
  ['www.example', { oldest: 'TLSv1.3', verifyMode: SSL_VERIFY_NONE }],
  ['devices.example', { oldest: 'TLSv1.2', verifyMode: SSL_VERIFY_NONE }],
  ['admin.example', { oldest: 'TLSv1.3', verifyMode: mustShow }],
]);

/** @param {string | undefined} name @param {AbortSignal} signal */
async function lookUp(name, signal) {
  await delay(20, undefined, { signal });
  return register.get(name?.toLowerCase() ?? '');
}

const context = new TLSServerContext().useCertificate(own.certificate).usePrivateKey(own.privateKey);
context.addCA(root.certificate);
/** @type {import('bladessl').ClientHelloCallback} */
context.onClientHello = async ({ clientHello, signal }) => {
  const policy = await lookUp(clientHello.serverName, signal);
  if (policy === undefined) return 'unrecognized_name';
  if (!clientHello.versions.includes(policy.oldest)) return 'protocol_version';
  return { verifyMode: policy.verifyMode };
};

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onHandshakeError(({ code }) => console.log(`  server: ${code}`));
server.onConnection((socket) => {
  socket.write(`welcome, ${socket.ssl.peerCertificate?.subject ?? 'stranger'}`);
  socket.end();
});

/** @param {string} name @param {TLSClientContext} clientContext */
async function visit(name, clientContext) {
  const client = new TLSSocket({ context: clientContext.addCA(root.certificate) });
  try {
    await client.connect('127.0.0.1', Number(server.port), { servername: name });
    console.log(`${name}: ${await client.receive()}`);
  } catch (error) {
    console.log(`${name}: ${error instanceof SSLError ? error.alert?.name : error}`);
  }
  await client.close();
}

const old = new TLSClientContext();
old.maxVersion = 'TLSv1.2';
const known = new TLSClientContext().useCertificate(operator.certificate).usePrivateKey(operator.privateKey);

await visit('www.example', new TLSClientContext());
await visit('www.example', old);
await visit('devices.example', old);
await visit('admin.example', known);
await visit('admin.example', new TLSClientContext());
await visit('nobody.example', new TLSClientContext());
await server.close();
