// @ts-check
// A chain of three links, SSL -> buffer -> connect: the buffer gathers the records of small writes until
// they are flushed, so that they leave in one system call.
//   node examples/buffered-chain.mjs HOST:PORT
import { BufferBIO, ConnectBIO, SSLBIO, TLSClientContext } from 'bladessl';

const target = process.argv[2] ?? 'example.org:443';

const context = new TLSClientContext().loadDefaultTrust();
const buffer = new BufferBIO();
const chain = new SSLBIO(context).push(buffer).push(new ConnectBIO(target));
await chain.handshake();

for (const line of ['GET / HTTP/1.0', `Host: ${chain.connHostname}`, '']) chain.write(`${line}\r\n`);
console.log(`three small writes are ${buffer.wpending} bytes in the buffer`);
await chain.flushAsync();
console.log(`after the flush there are ${buffer.wpending}`);

const answer = await chain.readAsync();
console.log(`the answer begins with: ${answer.toString().split('\r\n')[0]}`);
chain.freeAll();
