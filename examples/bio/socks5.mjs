// @ts-check
// TLS through a SOCKS5 proxy (RFC 1928), which resolves the name: the client never does.
//   node examples/bio/socks5.mjs
import { connect, createServer } from 'node:net';
import { createServer as createTLSServer } from 'node:tls';
import { Certificate, ConnectBIO, SSLBIO, TLSClientContext } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'hidden.example' });

/**
 * The port on which it listens.
 * @param {import('node:net').Server} server
 * @returns {Promise<number>}
 */
function listening(server) {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}

const server = createTLSServer({ cert: certificate.pem, key: privateKey.toPEM() }, (socket) => {
  socket.end('hello');
});

// A proxy for one kind of request, which knows one name. Its clients wait for each of its answers.
const proxy = createServer((client) => {
  client.once('data', () => {
    client.write(Buffer.from([5, 0]));
    client.once('data', (request) => {
      const size = Number(request[4]);
      const name = request.toString('latin1', 5, 5 + size);
      console.log(`the proxy is asked for ${name}`);
      const far = connect(request.readUInt16BE(5 + size), '127.0.0.1', () => {
        client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
        far.pipe(client).pipe(far);
      });
    });
  });
});

/**
 * All of so many bytes, and no more.
 * @param {import('bladessl').BIO} chain
 * @param {number} size
 */
async function readAll(chain, size) {
  const pieces = [];
  for (let left = size; left > 0; ) {
    const piece = await chain.readAsync(left, { timeout: 10_000 });
    if (piece.length === 0) throw new Error('the proxy has hung up');
    pieces.push(piece);
    left -= piece.length;
  }
  return Buffer.concat(pieces);
}

const [name, port] = ['hidden.example', await listening(server)];
const plain = new ConnectBIO(`127.0.0.1:${await listening(proxy)}`);
await plain.connect();
await plain.writeAsync(Buffer.from([5, 1, 0])); // SOCKS5, one way to log in: none
if (!(await readAll(plain, 2)).equals(Buffer.from([5, 0]))) throw new Error('the proxy wants a password');
const request = Buffer.from([5, 1, 0, 3, name.length, ...Buffer.from(name), port >> 8, port & 255]);
await plain.writeAsync(request); // connect, to a name
const answer = await readAll(plain, 10);
if (answer[1] !== 0) throw new Error(`the proxy refuses: ${answer[1]}`);

const chain = new SSLBIO(new TLSClientContext().addCA(certificate)).push(plain);
await chain.handshake({ servername: name });
console.log(`${chain.ssl.version} with ${chain.ssl.verifiedName}: ${await chain.readAsync()}`);
chain.freeAll();
server.close();
proxy.close();
