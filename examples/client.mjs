// @ts-check
// HTTPS by hand: GET / through an SSL BIO on a connect BIO, as far as the end of the answer.
//   node examples/client.mjs HOST[:PORT]
import { ConnectBIO, SSLBIO, TLSClientContext } from 'bladessl';

const [host = 'example.org', port = '443'] = (process.argv[2] ?? '').split(':').filter(Boolean);

const context = new TLSClientContext().loadDefaultTrust();
const chain = new SSLBIO(context).push(new ConnectBIO({ host, port }));
await chain.handshake(); // looks the name up, connects, and checks the certificate against the name
await chain.writeAsync(`GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`);

for (let piece = await chain.readAsync(); piece.length > 0; piece = await chain.readAsync()) {
  process.stdout.write(piece);
}
chain.freeAll();
