// What both sides of a great transfer do.

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'bladessl';

const MiB = 1024 * 1024;

/** The next of a row of numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What one side sends: pieces of a block of pseudo-random bytes, and the hash of all of it. */
export async function sendAll(socket: TLSSocket, size: number, seed: number): Promise<string> {
  const next = random(seed);
  const block = Buffer.from(Array.from({ length: 1 << 20 }, () => next() * 256));
  const hash = createHash('sha256');
  for (let sent = 0; sent < size; ) {
    const most = next() < 0.5 ? 2000 : next() < 0.9 ? 100_000 : MiB;
    const length = Math.min(1 + Math.floor(next() * most), size - sent);
    const begin = Math.floor(next() * (block.length - length));
    const chunk = block.subarray(begin, begin + length);
    hash.update(chunk);
    await socket.send(chunk);
    sent += length;
    if (next() < 0.01) await nextTurn();
  }
  await socket.shutdown();
  return hash.digest('hex');
}

/** The hash of all that one side receives; it stops reading now and then. */
export async function receiveAll(socket: TLSSocket, seed: number): Promise<string> {
  const next = random(seed);
  const hash = createHash('sha256');
  for await (const chunk of socket) {
    hash.update(chunk);
    for (let pause = next() < 0.05 ? next() * 10 : 0; pause > 0; pause--) await nextTurn();
  }
  return hash.digest('hex');
}
