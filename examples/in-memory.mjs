// @ts-check
// TLS without a network: two SSLs joined by a BIO pair, a handshake, and a message each way.
//   node examples/in-memory.mjs
import { BIO, Certificate, SSL, TLSClientContext, TLSServerContext } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const serverContext = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
const clientContext = new TLSClientContext().addCA(certificate);

const [clientEnd, serverEnd] = BIO.pair();
const client = new SSL(clientContext).setConnectState().setBio(clientEnd);
const server = new SSL(serverContext).setAcceptState().setBio(serverEnd);
client.hostname = 'localhost'; // asks for this server ...
client.verifyName = 'localhost'; // ... and checks that the certificate is for it

// 1 = done, -1 = waits for bytes from the other side.
for (let clientDone = -1, serverDone = -1; clientDone !== 1 || serverDone !== 1; ) {
  clientDone = client.doHandshake();
  serverDone = server.doHandshake();
}
console.log(`${client.version} ${client.cipher?.name}, verified: ${client.verifyResult.name}`);

client.write('ping');
console.log(`server reads: ${server.read()}`);
server.write('pong');
console.log(`client reads: ${client.read()}`);
