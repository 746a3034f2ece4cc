// A process where sockets are refused before anything has asked for one, as they are in Bun and Deno. It
// prints what became of each use.

import { dirname, join } from 'node:path';

const entry = require.resolve('bladessl');
require(join(dirname(entry), 'native.js')).native.refuseSockets('the moon is full');
const { AcceptBIO, BIO, ConnectBIO, features, Socket, SSL, TLSSocket } =
  require('bladessl') as typeof import('bladessl');
const { clientContext, serverContext } =
  require('../helpers/identities') as typeof import('../helpers/identities');

async function refusal(use: () => unknown): Promise<unknown> {
  try {
    await use();
    return 'done';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { code, message };
  }
}

/** What needs no socket. */
function handshakeInMemory(): string | undefined {
  const [client, server] = [new SSL(clientContext()), new SSL(serverContext())];
  const [clientEnd, serverEnd] = BIO.pair();
  client.setBio(clientEnd);
  server.setBio(serverEnd);
  client.setConnectState();
  server.setAcceptState();
  client.verifyName = 'localhost';
  for (let done = false; !done; ) done = client.doHandshake() + server.doHandshake() === 2;
  return client.version;
}

async function main(): Promise<void> {
  const uses = {
    sockets: features.sockets,
    socket: await refusal(() => new Socket()),
    tlsSocket: await refusal(() => new TLSSocket()),
    connect: await refusal(() => new ConnectBIO('127.0.0.1:9').connect()),
    accept: await refusal(async () => {
      const listener = new AcceptBIO('127.0.0.1:0');
      await listener.listen();
      return await listener.accept();
    }),
    inMemory: handshakeInMemory(),
  };
  console.log(JSON.stringify(uses));
}

main();
