// @ts-check
// Devices that have a key instead of a certificate, and a server that looks the key up in a directory.
//   node examples/callbacks/psk.mjs
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { SSLError, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const directory = new Map([
  ['lamp-1', randomBytes(32)],
  ['lamp-2', randomBytes(32)],
]);

/** @param {string} identity @param {AbortSignal} signal */
async function keyOf(identity, signal) {
  await delay(20, undefined, { signal });
  return directory.get(identity);
}

// Of TLS 1.3 the suites with SHA-256, as the keys have it; of TLS 1.2 those with PSK. No certificate is needed.
const suites = 'TLS_AES_128_GCM_SHA256';
const oldSuites = 'ECDHE-PSK-CHACHA20-POLY1305';

const context = new TLSServerContext().setCiphers(oldSuites);
context.ciphersuites = suites;
/** @type {import('bladessl').PSKCallback} */
context.onPsk = async (event) => {
  if (event.role === 'client') return undefined;
  const key = await keyOf(event.identity.toString(), event.signal);
  return key && { key };
};

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((socket) => {
  socket.write('welcome');
  socket.end();
});

/** @param {string} identity @param {Buffer} key @param {'TLSv1.2' | 'TLSv1.3'} version */
async function visit(identity, key, version) {
  // It goes on verifying: a server that takes no key would have to show a certificate.
  const clientContext = new TLSClientContext().setCiphers(oldSuites);
  clientContext.ciphersuites = suites;
  clientContext.maxVersion = version;
  clientContext.onPsk = () => ({ identity, key });
  const client = new TLSSocket({ context: clientContext });
  try {
    await client.connect('127.0.0.1', Number(server.port));
    console.log(`${identity}, ${client.version}: ${await client.receive()}`);
  } catch (error) {
    console.log(`${identity}, ${version}: ${error instanceof SSLError ? 'refused' : error}`);
  }
  await client.close();
}

for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  for (const [identity, key] of directory) await visit(identity, key, version);
  await visit('lamp-1', randomBytes(32), version);
  await visit('lamp-3', randomBytes(32), version);
}
await server.close();
