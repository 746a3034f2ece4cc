// Handshakes in memory, one after the other, and how much memory is resident meanwhile.
//
//   node build-test/lifecycle/growth.js hand|collector TOTAL STEP
//
// prints `HANDSHAKES BYTES` after each STEP of them. `hand` frees all objects, `collector` none.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BIO, SSL, SSLContext } from 'bladessl';
import { collect } from '../helpers/gc';
import { carry, connected, type Transport } from '../helpers/handshake';
import { clientContext, only, serverContext } from '../helpers/identities';

const [, , mode, total, step] = process.argv;
const freeing = mode === 'hand';
if (!freeing && mode !== 'collector') throw new Error(`'${mode}' is neither 'hand' nor 'collector'`);

// A pair of contexts serves that many connections.
const perContext = 50;

function freeEnd(ssl: SSL): void {
  const links = new Set([ssl.rbio, ssl.wbio] as BIO[]);
  ssl.free();
  for (const link of links) link.free();
}

function handshake(client: SSLContext, server: SSLContext, transport: Transport): void {
  const ends = connected(client, server, { transport });
  if (carry(ends.client, ends.server, 'ping') !== 'ping') throw new Error('the data has changed');
  const { peerCertificate } = ends.client;
  if (!freeing) return;
  peerCertificate?.free();
  freeEnd(ends.client);
  freeEnd(ends.server);
}

function manyHandshakes(round: number): void {
  const [client, server] = [only(clientContext(), round % 2 === 0 ? 'TLSv1.3' : 'TLSv1.2'), serverContext()];
  for (let i = 0; i < perContext; i++) handshake(client, server, i % 2 === 0 ? 'pair' : 'memory');
  if (!freeing) return;
  client.free();
  server.free();
}

async function main(): Promise<void> {
  for (let done = perContext; done <= Number(total); done += perContext) {
    manyHandshakes(done / perContext);
    // Node gives back what it holds for collected objects in a later turn of the loop.
    await nextTurn();
    if (done % Number(step) !== 0) continue;
    // What is due to be collected at the collector's leisure is no growth.
    if (!freeing) await collect();
    process.stdout.write(`${done} ${process.memoryUsage.rss()}\n`);
  }
}

main();
