// @ts-check
// TLSSocket on both sides: a server that echoes by the push face, a client that uses promises.
//   node examples/socket-echo.mjs
import { Certificate, TLSClientContext, TLSServerContext, TLSSocket } from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const serverContext = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
const clientContext = new TLSClientContext().addCA(certificate);

const server = new TLSSocket({ context: serverContext });
await server.bind(0, '127.0.0.1');
await server.listen();
server.onHandshakeError((error) => console.error(`refused: ${error.message}`));
server.onConnection((peer) => {
  peer.onData((chunk) => {
    if (!peer.write(chunk)) peer.pause(); // enough is on its way: read on ...
  });
  peer.onDrain(() => peer.resume()); // ... when it has left
  peer.onEnd(() => peer.end());
  peer.onClose((error) => console.log(`server: ${error?.message ?? `echoed ${peer.bytesWritten} bytes`}`));
});

const client = new TLSSocket({ context: clientContext });
await client.connect('localhost', server.port); // sends the name, and checks the certificate against it
console.log(`client: ${client.version}, ${client.cipher?.name}`);
await client.send('hello ');
await client.send('world');
await client.shutdown(); // no more to say; the answer still comes
for await (const chunk of client) console.log(`client: ${chunk}`);
await client.close();
await server.close();
