// Bytes go through a connection as they are, in whatever pieces they are written and read, both ways at
// once: whichever way the two ends are used.

import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { drivers, type Face } from '../helpers/socket-faces';
import { holds } from './property';

/** What one end does: the sizes of what it sends, and after which of what it receives it rests. */
interface Plan {
  readonly sizes: readonly number[];
  readonly rests: readonly number[];
}

const size = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 100 }) },
  { weight: 3, arbitrary: fc.constantFrom(1, 16383, 16384, 16385, 32768, 65535, 65536, 65537) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 300_000 }) },
);
const plan: fc.Arbitrary<Plan> = fc.record({
  sizes: fc.array(size, { maxLength: 12 }),
  rests: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 }),
});

// Not a power of two: what is lost or repeated between two records shows.
const block = Buffer.from(Array.from({ length: 65521 }, (_, i) => Math.imul(i, 2654435761) >>> 24));

function piece(begin: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; ) {
    at += block.copy(bytes, at, (begin + at) % block.length);
  }
  return bytes;
}

async function sendAll(face: Face, { sizes }: Plan): Promise<void> {
  let sent = 0;
  for (const length of sizes) {
    await face.send(piece(sent, length));
    sent += length;
  }
  await face.end();
}

/** Receives to the end; each chunk is what is next. */
async function receiveAll(face: Face, { rests }: Plan): Promise<number> {
  let received = 0;
  for (let turn = 0; ; turn++) {
    const chunk = await face.receive();
    if (chunk.length === 0) return received;
    assert.ok(chunk.equals(piece(received, chunk.length)), `what comes after ${received} bytes`);
    received += chunk.length;
    for (let rest = rests[turn % rests.length] ?? 0; rest > 0; rest--) await nextTurn();
  }
}

function total({ sizes }: Plan): number {
  return sizes.reduce((sum, length) => sum + length, 0);
}

for (const driver of drivers) {
  holds(`${driver.name}: what is sent arrives, both ways`, 8, (t) =>
    fc.asyncProperty(fc.constantFrom('TLSv1.2', 'TLSv1.3'), plan, plan, async (version, ours, theirs) => {
      const { client, server } = await driver.connect(t, version);
      const [fromServer, fromClient] = await Promise.all([
        receiveAll(client, ours),
        receiveAll(server, theirs),
        sendAll(client, ours),
        sendAll(server, theirs),
      ]);
      assert.deepEqual([fromClient, fromServer], [total(ours), total(theirs)]);
    }),
  );
}
