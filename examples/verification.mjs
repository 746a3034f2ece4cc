// @ts-check
// Whom to trust, decided inside the handshake: a small CA, a client that wants an OCSP staple and pins a
// certificate, and a server whose certificate is revoked in the end.
//   node examples/verification.mjs
import {
  Certificate,
  OCSPResponse,
  SSL_VERIFY_PEER,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
  verify,
} from 'bladessl';

const root = Certificate.generate({ subject: { O: 'Example', CN: 'Example Root' } });
const issuer = Certificate.generate({ commonName: 'Example Issuing', issuer: root, ca: true, pathLength: 0 });
const { certificate, privateKey } = Certificate.generate({
  commonName: 'localhost',
  issuer,
  mustStaple: true,
});

const chain = [issuer.certificate];
const verdict = verify(certificate, { trusted: root.certificate, chain, host: 'localhost' });
console.log(`offline: ${verdict.chain.map(({ subject }) => subject).join(' <- ')}: ${verdict.ok}`);

/** @param {'good' | 'revoked'} status */
const staple = (status) => OCSPResponse.generate({ issuer, responses: [{ certificate, status }] });
const serverContext = new TLSServerContext().useCertificate(certificate, chain).usePrivateKey(privateKey);

const clientContext = new TLSClientContext().addCA(root.certificate);
clientContext.statusRequest = 'verify';
clientContext.setVerify(SSL_VERIFY_PEER, ({ ok, depth, certificate: shown }) => {
  console.log(`asked at depth ${depth}: ${shown?.subject}`);
  return ok && (depth > 0 || shown?.equals(certificate) === true || 'certificate_unknown');
});

const listener = new TLSSocket({ context: serverContext });
await listener.bind(0, '127.0.0.1');
await listener.listen();
listener.onConnection((socket) => {
  socket.write('welcome');
  socket.end();
});

for (const status of /** @type {const} */ (['good', 'revoked'])) {
  serverContext.ocspResponses = staple(status);
  const client = new TLSSocket({ context: clientContext });
  try {
    await client.connect('localhost', Number(listener.port));
    console.log(
      `${status}: ${await client.receive()}, stapled by ${client.ssl.ocspResponse?.responderId?.name}`,
    );
  } catch (error) {
    console.log(`${status}: ${error instanceof Error ? error.message : error}`);
  }
  await client.close();
}
await listener.close();
