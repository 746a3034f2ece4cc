// @ts-check
// HTTP/2: both sides agree on `h2` by ALPN, then node:http2 runs on the streams of the sockets.
//   node examples/http2-over-socket.mjs
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { text } from 'node:stream/consumers';
import { Certificate, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const serverContext = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
const clientContext = new TLSClientContext().addCA(certificate);
serverContext.alpnProtocols = clientContext.alpnProtocols = ['h2'];

const http2 = createServer((request, response) => response.end(`you asked for ${request.url}`));
const server = new TLSSocket({ context: serverContext });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((socket) => http2.emit('connection', socket.stream));

const client = new TLSSocket({ context: clientContext });
await client.connect('localhost', server.port);
console.log(`ALPN: ${client.alpnProtocol}`);

const session = connect('https://localhost', { createConnection: () => client.stream });
const answers = ['/one', '/two'].map(async (path) => {
  const request = session.request({ ':path': path });
  const [headers] = await once(request, 'response');
  console.log(`stream ${request.id}: ${headers[':status']}, ${await text(request)}`);
});
await Promise.all(answers);
session.close();
await server.close();
