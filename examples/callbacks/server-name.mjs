// @ts-check
// A server of many names. The certificate of each is in a file, which is read when a client asks for the name first.
//   node examples/callbacks/server-name.mjs
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Certificate, SSLError, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const root = Certificate.generate({ commonName: 'Example Root' });
const folder = await mkdtemp(join(tmpdir(), 'tenants-'));
const names = ['one.example', 'two.example'];
for (const name of names) {
  const { certificate, privateKey } = Certificate.generate({ commonName: name, issuer: root });
  await writeFile(join(folder, `${name}.pem`), certificate.pem + privateKey.toPEM(), { mode: 0o600 });
}

/** @param {string} name */
async function load(name) {
  console.log(`server: reads ${name}.pem`);
  const pem = await readFile(join(folder, `${name}.pem`));
  return new TLSServerContext().useCertificate(pem).usePrivateKey(pem);
}

/** @type {Map<string, Promise<TLSServerContext>>} */
const tenants = new Map();

/** @param {string} name */
function contextOf(name) {
  const found = tenants.get(name);
  if (found !== undefined) return found;
  const loading = load(name);
  tenants.set(name, loading);
  loading.catch(() => tenants.delete(name)); // the next client has it tried again
  return loading;
}

const context = new TLSServerContext();
/** @type {import('bladessl').ServerNameCallback} */
context.onServerName = ({ serverName }) => {
  const name = serverName.toLowerCase();
  return names.includes(name) ? contextOf(name) : 'unrecognized_name';
};

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((socket) => {
  socket.write(`this is ${socket.servername}`);
  socket.end();
});

/** @param {string} name */
async function visit(name) {
  const client = new TLSSocket({ context: new TLSClientContext().addCA(root.certificate) });
  try {
    await client.connect('127.0.0.1', Number(server.port), { servername: name });
    console.log(`client: ${await client.receive()}, ${client.ssl.peerCertificate?.subject}`);
  } catch (error) {
    console.log(`client: ${error instanceof SSLError ? error.alert?.name : error}`);
  }
  await client.close();
}

await Promise.all(['one.example', 'ONE.example', 'two.example'].map(visit));
await visit('three.example');
await server.close();
await rm(folder, { recursive: true });
