// @ts-check
// Two servers that share their sessions: what a client has begun with the one it goes on with at the other.
//   node examples/callbacks/session.mjs
import { setTimeout as delay } from 'node:timers/promises';
import { Certificate, SSL_OP_NO_TICKET, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const root = Certificate.generate({ commonName: 'Example Root' });
const own = Certificate.generate({ commonName: 'localhost', issuer: root });

// Both have it at hand; a database in earnest. What is in it is as secret as a private key.
/** @type {Map<string, Buffer>} */
const shared = new Map();

/** @param {string} name */
async function serve(name) {
  const context = new TLSServerContext().useCertificate(own.certificate).usePrivateKey(own.privateKey);
  context.options = [SSL_OP_NO_TICKET, ...[context.options].flat()];
  context.sessionIdContext = Buffer.from('www.example');
  context.onNewSession = ({ id, session }) => {
    shared.set(id.toString('hex'), session);
  };
  context.onSession = async ({ id, signal }) => {
    await delay(20, undefined, { signal });
    console.log(`${name} looks a session up`);
    return shared.get(id.toString('hex'));
  };
  const server = new TLSSocket({ context });
  await server.bind(0, '127.0.0.1');
  await server.listen();
  server.onConnection((socket) => {
    socket.write(`welcome to the ${name}`);
    socket.end();
  });
  return server;
}

const clientContext = new TLSClientContext().addCA(root.certificate);

/** @param {TLSSocket} server @param {Buffer} [session] */
async function visit(server, session) {
  const client = new TLSSocket({ context: clientContext });
  if (session !== undefined) client.session = session;
  await client.connect('localhost', Number(server.port));
  console.log(`${client.version}: ${await client.receive()}, resumed: ${client.sessionReused}`);
  const { session: next } = client; // in TLS 1.3 it has come with the first data
  await client.close();
  return next;
}

const first = await serve('first');
const second = await serve('second');
for (const version of /** @type {const} */ (['TLSv1.2', 'TLSv1.3'])) {
  clientContext.maxVersion = version;
  await visit(second, await visit(first));
}
await first.close();
await second.close();
