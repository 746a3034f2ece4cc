// bladessl in a process of its own, which may be another version of Node.js. It tells what it sees, a line of
// JSON each.
//   node socket-jobs.js server <version> <certificate> <key>   gives one client back what it gets
//   node socket-jobs.js client <version> <ca> <port>           sends a line, and tells the answer

import { TLSClientContext, TLSServerContext, TLSSocket, type TLSVersion } from 'bladessl';

const [role, version, ...more] = process.argv.slice(2) as [string, TLSVersion, string, string];

function tell(what: object): void {
  console.log(JSON.stringify(what));
}

function tellOf(socket: TLSSocket, others: object): void {
  tell({
    ...others,
    version: socket.version,
    cipher: socket.cipher?.name,
    alpnProtocol: socket.alpnProtocol,
  });
}

async function serve(certificate: string, key: string): Promise<void> {
  const context = new TLSServerContext().loadCerts(certificate, key);
  context.minVersion = context.maxVersion = version;
  context.alpnProtocols = ['echo'];
  await using listener = new TLSSocket(null, context);
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  tell({ node: process.version, port: listener.port });
  await using socket = await listener.accept();
  tellOf(socket, { servername: socket.servername });
  for await (const chunk of socket) await socket.send(chunk);
}

async function come(ca: string, port: string): Promise<void> {
  tell({ node: process.version });
  const context = new TLSClientContext().setVerifyLocations(ca);
  context.minVersion = context.maxVersion = version;
  context.alpnProtocols = ['echo'];
  await using socket = new TLSSocket(null, context);
  await socket.connect('localhost', Number(port));
  await socket.send('stressed\n');
  const answer = await socket.read('desserts\n'.length);
  tellOf(socket, { answer: answer.toString(), verified: socket.verifyResult.name });
}

void (role === 'server' ? serve(...(more as [string, string])) : come(...(more as [string, string])));
