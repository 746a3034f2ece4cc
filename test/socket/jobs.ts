// Run in a process of its own by close.test.ts.

import { Socket, TLSSocket } from 'bladessl';
import { clientContext, serverContext } from '../helpers/identities';

async function connection(): Promise<{ client: TLSSocket; server: TLSSocket; listener: TLSSocket }> {
  const listener = new TLSSocket(null, serverContext());
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  const client = new TLSSocket(null, clientContext());
  const [server] = await Promise.all([listener.accept(), client.connect('localhost', listener.port)]);
  return { client, server, listener };
}

/** A listener that throws; then the connection is used on. */
async function throwing(): Promise<void> {
  const { client, server, listener } = await connection();
  const came: string[] = [];
  server.onData((chunk) => {
    came.push(chunk.toString());
    if (came.length === 1) throw new Error('thrown by a listener');
    server.end('bye');
  });
  await client.send('first');
  await new Promise((resolve) => process.once('uncaughtException', resolve));
  await client.send('second');
  const answer = await client.receive();
  if (answer.toString() !== 'bye' || came.join() !== 'first,second')
    throw new Error(`got ${came} and ${answer}`);
  await client.close();
  await listener.close();
}

const jobs: Record<string, () => Promise<void>> = {
  async unref() {
    const { client, server, listener } = await connection();
    for (const socket of [client, server, listener]) socket.unref();
    client.onData(() => {});
    const idle = new Socket();
    await idle.bind(0, '127.0.0.1');
  },
  async ends() {
    const { client, server, listener } = await connection();
    await Promise.all([client.close(), server.close(), listener.close()]);
  },
  async throws() {
    const { client, server } = await connection();
    server.onData(() => {
      throw new Error('thrown by a listener');
    });
    await client.send('x');
  },
  async handled() {
    process.on('uncaughtException', () => {});
    await throwing();
  },
  // Nobody waits for the promises that are left behind.
  async refused() {
    process.on('unhandledRejection', () => process.exit(1));
    const { client, listener } = await connection();
    const plain = new Socket();
    await plain.connect('127.0.0.1', listener.port);
    const secure = new TLSSocket(Socket.from(plain.stream), clientContext());
    await secure.handshake().catch(() => {});
    await listener.accept({ signal: AbortSignal.abort() }).catch(() => {});
    await Promise.all([client.close({ abort: true }), listener.close(), plain.close({ abort: true })]);
  },
};

const job = process.argv[2] ?? '';
jobs[job]?.().then(() => console.log(job));
