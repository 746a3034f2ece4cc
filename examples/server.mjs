// @ts-check
// An echo server: an accept BIO takes connections, an SSL BIO on each of them speaks TLS.
//   node examples/server.mjs [PORT]
// It shows its certificate: whoever trusts that as a CA can check the server.
import { AcceptBIO, Certificate, SSLBIO, TLSServerContext } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const context = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);

const listener = new AcceptBIO(`127.0.0.1:${process.argv[2] ?? 0}`);
await listener.listen();
console.log(certificate.pem);
console.log(`openssl s_client -connect 127.0.0.1:${listener.acceptPort} -servername localhost`);

/** @param {import('bladessl').BIO} socket */
async function echo(socket) {
  const chain = new SSLBIO(context, { server: true }).push(socket);
  try {
    await chain.handshake({ timeout: 10_000 });
    for (let piece = await chain.readAsync(); piece.length > 0; piece = await chain.readAsync()) {
      await chain.writeAsync(piece);
    }
  } finally {
    chain.freeAll(); // says close_notify and closes the socket
  }
}

for (;;) {
  echo(await listener.accept()).catch((error) => console.error(`${error.code}: ${error.message}`));
}
