// Connections over the loopback, a few at a time, and how much memory is resident meanwhile.
//
//   node build-test/lifecycle/socket-growth.js TOTAL STEP

import { strictEqual } from 'node:assert/strict';
import { collect } from '../helpers/gc';
import { clientContext } from '../helpers/identities';
import { tlsClient, tlsListener } from '../helpers/socket-peers';

const untidy = { after: () => undefined } as never;
const atATime = 50;

async function main(total: number, step: number): Promise<void> {
  const listener = await tlsListener(untidy);
  const context = clientContext();
  listener.onConnection((socket) => {
    socket.onData((chunk) => {
      socket.write(chunk);
      socket.end();
    });
  });
  const visit = async (): Promise<void> => {
    const client = tlsClient(untidy, { context });
    await client.connect('127.0.0.1', listener.port);
    client.write('ping');
    strictEqual((await client.receive()).toString(), 'ping');
    await client.close();
  };
  for (let done = atATime; done <= total; done += atATime) {
    await Promise.all(Array.from({ length: atATime }, visit));
    if (done % step !== 0) continue;
    await collect();
    process.stdout.write(`${process.memoryUsage.rss()}\n`);
  }
  await listener.close();
}

main(Number(process.argv[2]), Number(process.argv[3]));
