// Clients in great numbers, in a process of their own: each sends, and expects its echo.
//
//   node build-test/socket/crowd.js PORT CLIENTS ROUNDS < the CA's certificate
//
// prints `connected`, then `echoed` after each round in which all of them have spoken.

import { strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { TLSClientContext, TLSSocket } from 'bladessl';

const atATime = 200;

async function inBatches<T>(all: readonly T[], body: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const work = async (): Promise<void> => {
    for (const one of rest) await body(one);
  };
  await Promise.all(Array.from({ length: atATime }, work));
}

async function main(port: number, count: number, rounds: number): Promise<void> {
  const context = new TLSClientContext().addCA(readFileSync(0));
  const clients = Array.from({ length: count }, () => new TLSSocket({ context, handshakeTimeout: 0 }));
  await inBatches(clients, (client) => client.connect('127.0.0.1', port));
  process.stdout.write('connected\n');
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      clients.map(async (client, number) => {
        const message = `round ${round} of ${number}\n`;
        await client.send(message);
        strictEqual((await client.read(message.length)).toString(), message);
      }),
    );
    process.stdout.write('echoed\n');
  }
  await Promise.all(clients.map((client) => client.close()));
  process.stdout.write('closed\n');
}

main(Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]));
