// @ts-check
// HTTPS: node:http does the HTTP, a TLSSocket the rest.
//   node examples/https-server.mjs [PORT]
// It shows its certificate: whoever trusts that as a CA can check the server.
import { createServer } from 'node:http';
import { Certificate, TLSServerContext, TLSSocket } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const context = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);

const http = createServer((request, response) => {
  response.end(`${request.method} ${request.url} from ${request.socket.remoteAddress}\n`);
});

const server = new TLSSocket({ context });
await server.bind(Number(process.argv[2] ?? 0), '127.0.0.1');
await server.listen();
server.onHandshakeError((error) => console.error(`refused: ${error.message}`));
server.onConnection((socket) => {
  http.emit('connection', socket.stream); // takes it for a net.Socket
});
console.log(certificate.pem);
console.log(`curl --cacert FILE https://localhost:${server.port}/`);
