// @ts-check
// TLS through an HTTP proxy: CONNECT in the clear (RFC 9110, 9.3.6), then TLS on the same chain to whom it leads.
//   node examples/bio/connect-proxy.mjs
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { createServer as createTLSServer } from 'node:tls';
import { Certificate, ConnectBIO, SSLBIO, TLSClientContext } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });

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
  socket.end(`hello, ${socket.remotePort} on this side of the proxy`);
});

const proxy = createServer().on('connect', ({ url }, client) => {
  const { hostname, port } = new URL(`tcp://${url}`);
  console.log(`the proxy is asked for ${hostname}`);
  const far = connect(Number(port), hostname === 'localhost' ? '127.0.0.1' : hostname, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    far.pipe(client).pipe(far);
  });
});

/**
 * The head of an answer, and not a byte of what follows it.
 * @param {import('bladessl').BIO} chain
 */
async function readHead(chain) {
  let head = '';
  while (!head.endsWith('\r\n\r\n')) {
    const byte = await chain.readAsync(1, { timeout: 10_000 });
    if (byte.length === 0 || head.length > 16_384) throw new Error(`the proxy says: ${head}`);
    head += byte.toString('latin1');
  }
  return head;
}

const far = await listening(server);
const plain = new ConnectBIO(`127.0.0.1:${await listening(proxy)}`);
await plain.connect();
await plain.writeAsync(`CONNECT localhost:${far} HTTP/1.1\r\nHost: localhost:${far}\r\n\r\n`);
const [status] = (await readHead(plain)).split('\r\n');
console.log(`the proxy says: ${status}`);
if (!/^HTTP\/1\.[01] 2/.test(String(status))) throw new Error('the proxy refuses');

const chain = new SSLBIO(new TLSClientContext().addCA(certificate)).push(plain);
await chain.handshake({ servername: 'localhost' }); // not the proxy's name
console.log(`${chain.ssl.version} with ${chain.ssl.verifiedName}`);
const answer = await chain.readAsync();
console.log(answer.toString().replace(/\d+/, 'port'));
chain.freeAll();
server.close();
proxy.close();
