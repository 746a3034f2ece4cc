// @ts-check
// A server whose private key is in another process, which does nothing but sign. The server has the certificate; what
// a handshake needs to be signed it sends over.
//   node examples/remote-key.mjs
import { fork } from 'node:child_process';
import { constants, sign } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Certificate, RemoteKey, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

/**
 * @typedef {{ id: number, algorithm: string, data: Buffer }} Request
 * @typedef {{ id: number, signature: Buffer }} Response
 */

// --- The process with the key ---

/**
 * How node:crypto signs with a TLS signature algorithm: `rsa_pss_rsae_sha256`, `ecdsa_secp384r1_sha384`, `ed25519`, ...
 *
 * @param {string} algorithm
 * @param {Buffer} data
 * @param {import('node:crypto').KeyObject} key
 */
function signFor(algorithm, data, key) {
  const digest = /_(sha\d+)$/.exec(algorithm)?.[1];
  if (!algorithm.startsWith('rsa_pss_')) return sign(digest, data, key);
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return sign(digest, data, { key, padding, saltLength });
}

function keepKey() {
  const root = Certificate.generate({ commonName: 'Example Root' });
  const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost', issuer: root });
  const key = privateKey.toKeyObject();
  process.on('message', (/** @type {Request} */ { id, algorithm, data }) => {
    process.send?.({ id, signature: signFor(algorithm, data, key) });
  });
  process.send?.({ root: root.certificate.pem, certificate: certificate.pem });
}

// --- The server, and a client ---

async function serve() {
  const keeper = fork(fileURLToPath(import.meta.url), ['keep'], { serialization: 'advanced' });
  const [{ root, certificate }] = await once(keeper, 'message');

  /** @type {Map<number, (signature: Buffer) => void>} */
  const asked = new Map();
  keeper.on('message', (message) => {
    const { id, signature } = /** @type {Response} */ (message);
    asked.get(id)?.(signature);
    asked.delete(id);
  });

  let count = 0;
  const key = new RemoteKey(certificate, {
    sign(algorithm, data, { signal }) {
      const id = ++count;
      console.log(`to be signed: ${data.length} bytes, ${algorithm}`);
      // Whoever has asked may be gone before the answer is there.
      signal.addEventListener('abort', () => asked.delete(id));
      return new Promise((resolve) => {
        asked.set(id, resolve);
        keeper.send({ id, algorithm, data });
      });
    },
  });

  const server = new TLSSocket({
    context: new TLSServerContext().useCertificate(certificate).usePrivateKey(key),
  });
  await server.bind(0, '127.0.0.1');
  await server.listen();
  server.onConnection((socket) => {
    socket.write('welcome');
    socket.end();
  });

  for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
    const context = new TLSClientContext().addCA(root);
    context.maxVersion = version;
    const client = new TLSSocket({ context });
    await client.connect('localhost', Number(server.port));
    console.log(`${client.ssl.version}: ${await client.receive()}`);
    await client.close();
  }
  await server.close();
  keeper.disconnect();
}

if (process.argv[2] === 'keep') keepKey();
else await serve();
