// @ts-check
// Servers that open each other's tickets, and change the keys from time to time: they come from a key service.
//   node examples/callbacks/ticket-key.mjs
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Certificate, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const root = Certificate.generate({ commonName: 'Example Root' });
const own = Certificate.generate({ commonName: 'localhost', issuer: root });

const newKey = () => ({ name: randomBytes(16), aesKey: randomBytes(32), hmacKey: randomBytes(32) });

// The first one seals; the one before it opens what is still around.
let keys = [newKey()];
const rotate = () => {
  keys = [newKey(), ...keys].slice(0, 2);
};

/** @param {AbortSignal} signal */
async function fetchKeys(signal) {
  await delay(20, undefined, { signal });
  return keys;
}

/** A server, as it may run on many hosts. */
async function serve() {
  const context = new TLSServerContext().useCertificate(own.certificate).usePrivateKey(own.privateKey);
  context.sessionIdContext = Buffer.from('www.example');
  context.onTicketKey = async ({ name, signal }) => {
    const known = await fetchKeys(signal);
    if (name === undefined) return known[0];
    const found = known.find((key) => key.name.equals(name));
    return found && { ...found, renew: true };
  };
  const server = new TLSSocket({ context });
  await server.bind(0, '127.0.0.1');
  await server.listen();
  server.onConnection((socket) => {
    socket.write('welcome');
    socket.end();
  });
  return server;
}

const clientContext = new TLSClientContext().addCA(root.certificate);

/** @param {string} when @param {TLSSocket} server @param {Buffer} [session] */
async function visit(when, server, session) {
  const client = new TLSSocket({ context: clientContext });
  if (session !== undefined) client.session = session;
  await client.connect('localhost', Number(server.port));
  console.log(`${client.version}, ${when}: ${await client.receive()}, resumed: ${client.sessionReused}`);
  const { session: next } = client; // in TLS 1.3 it has come with the first data
  await client.close();
  return next;
}

const one = await serve();
const other = await serve();
for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  clientContext.maxVersion = version;
  const first = await visit('a first time', one);
  const second = await visit('at the other server', other, first);
  rotate();
  const third = await visit('after a change of keys', one, second);
  rotate();
  rotate();
  await visit('too late', other, third);
}
await one.close();
await other.close();
