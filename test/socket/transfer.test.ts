// Much data in both directions at once, in pieces of all sizes and with pauses; `npm run soak -- transfer`
// carries 1 GiB each way.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { localhost } from '../helpers/identities';
import { tlsClient } from '../helpers/socket-peers';
import { receiveAll, sendAll } from './transfer';

const MiB = 1024 * 1024;
// The address sanitizer keeps what is freed for a while.
const allowed = (process.env['ASAN_OPTIONS'] === undefined ? 256 : 768) * MiB;
const total = Number(process.env['BLADESSL_TRANSFER_MIB'] ?? 128) * MiB;

// The server is a worker, so that both sides have a processor.
const server = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { Certificate, PrivateKey, TLSServerContext, TLSSocket } = require(workerData.bladessl);
  const { sendAll, receiveAll } = require(workerData.file);
  const main = async () => {
    const context = new TLSServerContext();
    context.useCertificate(new Certificate(Buffer.from(workerData.certificate)));
    context.usePrivateKey(new PrivateKey(Buffer.from(workerData.key)));
    const listener = new TLSSocket(null, context);
    await listener.bind(0, '127.0.0.1');
    await listener.listen();
    parentPort.postMessage(listener.port);
    const socket = await listener.accept();
    const hashes = await Promise.all([sendAll(socket, workerData.total, 1), receiveAll(socket, 2)]);
    await socket.close();
    await listener.close();
    parentPort.postMessage(hashes);
  };
  main();
`;

test(`${total / MiB} MiB each way arrive as they were sent`, async (t) => {
  const worker = new Worker(server, {
    eval: true,
    workerData: {
      bladessl: require.resolve('bladessl'),
      file: require.resolve('./transfer'),
      certificate: localhost.certificate.pem,
      key: localhost.privateKey.pem,
      total,
    },
  });
  t.after(() => worker.terminate());
  const messages: unknown[] = [];
  let arrived: () => void = () => {};
  worker.on('message', (message) => {
    messages.push(message);
    arrived();
  });
  const message = async (): Promise<unknown> => {
    while (messages.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
    return messages.shift();
  };
  const client = tlsClient(t);
  await client.connect('127.0.0.1', (await message()) as number);
  const before = process.memoryUsage.rss();
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 10);
  t.after(() => clearInterval(watch));
  const [sent, received] = await Promise.all([sendAll(client, total, 3), receiveAll(client, 4)]);
  const [theirs, ours] = (await message()) as [string, string];
  assert.deepEqual([received, ours], [theirs, sent]);
  assert.ok(most - before < allowed, `${(most - before) / MiB} MiB more`);
});
