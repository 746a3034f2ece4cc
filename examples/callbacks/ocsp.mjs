// @ts-check
// A server that fetches the OCSP response about its certificate from the responder of its CA, keeps it for as long as
// it counts, and staples it.
//   node examples/callbacks/ocsp.mjs
import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  Certificate,
  OCSPRequest,
  OCSPResponse,
  SSLError,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
} from 'bladessl';

const root = Certificate.generate({ commonName: 'Example Root' });
const own = Certificate.generate({ commonName: 'localhost', issuer: root });

// --- The responder of the CA ---

/** @type {'good' | 'revoked'} */
let status = 'good';
const responder = createServer(async (request, response) => {
  const [asked] = new OCSPRequest(await buffer(request)).certificates;
  console.log(`responder: ${status}`);
  const statement = { serialNumber: asked?.serialNumber, status };
  response.end(OCSPResponse.generate({ issuer: root, responses: [statement] }).raw);
});
await once(responder.listen(0, '127.0.0.1'), 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (responder.address());

// --- The server ---

const issuer = root.certificate;
const { raw } = OCSPRequest.generate({ certificate: own.certificate, issuer });

async function fetchResponse() {
  const signal = AbortSignal.timeout(5000);
  const answer = await fetch(`http://127.0.0.1:${address.port}/`, { method: 'POST', body: raw, signal });
  return new OCSPResponse(Buffer.from(await answer.arrayBuffer()));
}

/** @type {OCSPResponse | undefined} */
let kept;
/** @type {Promise<void> | undefined} */
let fetching;

const context = new TLSServerContext().useCertificate(own.certificate).usePrivateKey(own.privateKey);
/** @type {import('bladessl').OCSPCallback} */
context.onOcsp = async ({ certificate }) => {
  if (kept?.verify({ certificate, issuer }).ok) return kept;
  fetching ??= fetchResponse()
    .then((response) => {
      kept = response;
    })
    .catch((error) => console.error(`the responder: ${error}`))
    .finally(() => {
      fetching = undefined;
    });
  await fetching;
  return kept;
};

const server = new TLSSocket({ context });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((socket) => {
  socket.write('welcome');
  socket.end();
});

// --- The clients ---

async function visit() {
  const clientContext = new TLSClientContext().addCA(root.certificate);
  clientContext.statusRequest = 'require';
  const client = new TLSSocket({ context: clientContext });
  try {
    await client.connect('localhost', Number(server.port));
    console.log(`client: ${await client.receive()}, ${client.ssl.ocspResponse?.responses[0]?.status}`);
  } catch (error) {
    console.log(`client: ${error instanceof SSLError ? error.code : error}`);
  }
  await client.close();
}

await Promise.all([visit(), visit(), visit()]); // the responder is asked once
status = 'revoked';
await visit(); // what is kept still counts: nobody knows better
kept = undefined; // as if its time were over
await visit();
await server.close();
responder.close().closeAllConnections();
