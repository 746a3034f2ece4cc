// @ts-check
// STARTTLS as PostgreSQL does it: the client asks in the clear, the server answers `S`, both go on in TLS.
//   node examples/starttls.mjs
import { Certificate, Socket, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]); // its length, and the number 80877103

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const serverContext = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
const clientContext = new TLSClientContext().addCA(certificate);

/**
 * A message: a letter, the length of the rest with itself, the text.
 * @param {string} type
 * @param {string} text
 */
function message(type, text) {
  const head = Buffer.from(`${type}0000`);
  head.writeInt32BE(4 + Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

/** @param {TLSSocket} socket */
async function readMessage(socket) {
  const head = await socket.read(5);
  return (await socket.read(head.readInt32BE(1) - 4)).toString();
}

/** @param {Socket} plain */
async function serve(plain) {
  const request = await plain.read(sslRequest.length);
  if (!request.equals(sslRequest)) return await plain.close();
  await plain.send('S');
  const socket = new TLSSocket(plain, serverContext);
  await socket.handshake({ timeout: 10_000 });
  const query = await readMessage(socket);
  await socket.send(message('D', `${query.length} characters, over ${socket.version}`));
  await socket.close();
}

const server = new Socket();
await server.bind(0, '127.0.0.1');
await server.listen();
server.onConnection((plain) => serve(plain).catch(console.error));

const plain = new Socket();
await plain.connect('localhost', server.port);
await plain.send(sslRequest);
console.log(`the server says ${await plain.read(1)}`);
const socket = new TLSSocket(plain, clientContext);
await socket.handshake(); // for the name that `plain` was connected to
await socket.send(message('Q', 'SELECT 1'));
console.log(`the server says ${await readMessage(socket)}`);
await socket.close();
await server.close();
