// @ts-check
// A proxy that ends TLS: what comes encrypted goes to a TCP server in the clear, and back. Neither side
// can make it hoard bytes, and each end, also that of one direction, is passed on as what it was.
//   node examples/tls-proxy.mjs BACKEND_HOST:PORT [PORT]
// It shows its certificate: whoever trusts that as a CA can check the proxy.
import { connect } from 'node:net';
import { Certificate, TLSServerContext, TLSSocket } from 'bladessl';

const [host = '127.0.0.1', port = '8080'] = (process.argv[2] ?? '').split(':').filter(Boolean);
const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const context = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);

const proxy = new TLSSocket({ context });
await proxy.bind(Number(process.argv[3] ?? 0), '127.0.0.1');
await proxy.listen({ handshakeTimeout: 10_000 });
proxy.onHandshakeError((error, { remoteAddress }) => console.error(`${remoteAddress}: ${error.message}`));
proxy.onConnection((front) => {
  const back = connect({ host, port: Number(port), allowHalfOpen: true });

  front.onData((chunk) => {
    if (!back.write(chunk)) front.pause();
  });
  back.on('drain', () => front.resume());
  front.onEnd(() => back.end());

  back.on('data', (chunk) => {
    if (!front.write(chunk)) back.pause();
  });
  front.onDrain(() => back.resume());
  back.on('end', () => front.end());

  back.on('error', (error) => {
    console.error(error.message);
    front.close({ abort: true });
  });
  front.onClose((error) => {
    if (error === undefined) return; // both sides have ended
    console.error(error.message);
    back.resetAndDestroy();
  });
});
console.log(certificate.pem);
console.log(`openssl s_client -connect 127.0.0.1:${proxy.port} -servername localhost`);
