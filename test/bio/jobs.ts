// What a process of its own does, by name: `node jobs.js NAME`. See waiting.test.ts.

import { setTimeout as sleep } from 'node:timers/promises';
import { AcceptBIO, ConnectBIO, SSLBIO } from 'bladessl';
import { clientContext, serverContext } from '../helpers/identities';

async function connection() {
  const listener = new AcceptBIO('127.0.0.1:0');
  await listener.listen();
  const client = new ConnectBIO(`127.0.0.1:${listener.acceptPort}`);
  const [server] = await Promise.all([listener.accept(), client.connect()]);
  return { listener, client, server };
}

/** Everything stays open, and referenced, until the process ends. */
const open: unknown[] = [];

const jobs: Record<string, () => Promise<void>> = {
  /** Nothing waits. */
  async idle() {
    const { listener, client, server } = await connection();
    const secure = [
      new SSLBIO(clientContext()).push(client),
      new SSLBIO(serverContext()).push(server),
    ] as const;
    await Promise.all([secure[0].handshake(), secure[1].handshake()]);
    await secure[0].writeAsync('hello');
    await secure[1].readAsync();
    open.push(listener, secure);
    console.log('idle');
  },

  /** A wait is over in each way that it can be. */
  async waited() {
    const { listener, client, server } = await connection();
    const controller = new AbortController();
    const waits = Promise.allSettled([
      client.readAsync(1, { timeout: 5 }),
      client.readAsync(1, { signal: controller.signal }),
      server.readAsync(1, { timeout: 60_000, signal: controller.signal }),
      listener.accept({ signal: controller.signal }),
    ]);
    setImmediate(() => controller.abort());
    const results = await waits;
    open.push(listener, client, server);
    console.log(results.map(({ status }) => status).join(' '));
  },

  /** One wait goes on until the process is told to stop. */
  async accepting() {
    const { listener, client, server } = await connection();
    open.push(client, server);
    console.log(listener.acceptPort);
    const accepted = await listener.accept();
    console.log((await accepted.readAsync()).toString());
    open.push(accepted);
  },

  /** A read that nobody answers, with nothing else to keep the process. */
  async reading() {
    const { client, server } = await connection();
    open.push(client);
    void sleep(50, undefined, { ref: false }).then(() => client.writeAsync('late'));
    console.log((await server.readAsync()).toString());
  },
};

const job = jobs[process.argv[2] ?? ''];
if (job === undefined) throw new Error(`no job ${process.argv[2]}`);
void job();
