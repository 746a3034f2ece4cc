// @ts-check
// A server in front of others: a client is offered HTTP/2 where the host that it wants can do it by now. Which one that
// is, another service knows.
//   node examples/callbacks/alpn.mjs
import { setTimeout as delay } from 'node:timers/promises';
import { Certificate, SSLError, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const hosts = ['new.example', 'old.example'];
const root = Certificate.generate({ commonName: 'Example Root' });
const own = Certificate.generate({ commonName: 'new.example', altNames: hosts, issuer: root });

const deployed = new Map([
  ['new.example', ['h2', 'http/1.1']],
  ['old.example', ['http/1.1']],
]);

/** @param {string | undefined} host @param {AbortSignal} signal */
async function protocolsOf(host, signal) {
  await delay(20, undefined, { signal });
  return deployed.get(host ?? '') ?? [];
}

const context = new TLSServerContext().useCertificate(own.certificate).usePrivateKey(own.privateKey);
/** @type {import('bladessl').ALPNCallback} */
context.onAlpn = async ({ protocols, serverName, signal }) => {
  const spoken = await protocolsOf(serverName, signal);
  return spoken.find((protocol) => protocols.includes(protocol)) ?? false;
};

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((socket) => socket.end());

/** @param {string} host @param {string[]} protocols */
async function visit(host, protocols) {
  const clientContext = new TLSClientContext().addCA(root.certificate);
  clientContext.alpnProtocols = protocols;
  const client = new TLSSocket({ context: clientContext });
  const asked = `${host}, ${protocols.join(' or ') || 'without ALPN'}`;
  try {
    await client.connect('127.0.0.1', Number(server.port), { servername: host });
    console.log(`${asked}: ${client.alpnProtocol}`);
  } catch (error) {
    console.log(`${asked}: ${error instanceof SSLError ? error.alert?.name : error}`);
  }
  await client.close();
}

await visit('new.example', ['h2', 'http/1.1']);
await visit('old.example', ['h2', 'http/1.1']);
await visit('old.example', ['h2']);
await visit('old.example', []);
await server.close();
