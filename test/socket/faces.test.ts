// One set of behaviours, whichever way a connection is used.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSVersion } from 'bladessl';
import { type Driver, drivers, type Face } from '../helpers/socket-faces';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** So many bytes, or all up to the end. */
async function receive(face: Face, size = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let count = 0; count < size; ) {
    const chunk = await face.receive();
    if (chunk.length === 0) break;
    count += chunk.length;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function hashOf(face: Face): Promise<string> {
  const hash = createHash('sha256');
  for (let chunk = await face.receive(); chunk.length > 0; chunk = await face.receive()) hash.update(chunk);
  return hash.digest('hex');
}

async function sendHashed(face: Face, pieces: number): Promise<string> {
  const hash = createHash('sha256');
  const bytes = randomBytes(200_003);
  for (let piece = 0; piece < pieces; piece++) {
    bytes.writeUInt32LE(piece);
    const copy = Buffer.from(bytes);
    hash.update(copy);
    await face.send(copy);
  }
  await face.end();
  return hash.digest('hex');
}

/** Asserts that something is still under way after many turns of the loop. */
async function assertWaits(promise: Promise<unknown>): Promise<void> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  for (let turn = 0; turn < 200; turn++) await nextTurn();
  assert.equal(settled, false);
}

function behaviours(driver: Driver, version: TLSVersion): void {
  const both = async (t: TestContext) => await driver.connect(t, version);

  test('a message each way', async (t) => {
    const { client, server } = await both(t);
    await client.send(Buffer.from('question'));
    assert.equal((await receive(server, 8)).toString(), 'question');
    await server.send(Buffer.from('answer'));
    assert.equal((await receive(client, 6)).toString(), 'answer');
  });

  for (const size of [1, 16384, 16385]) {
    test(`${size} bytes`, async (t) => {
      const { client, server } = await both(t);
      const bytes = randomBytes(size);
      const [, came] = await Promise.all([client.send(bytes), receive(server, size)]);
      assert.ok(came.equals(bytes));
      const [, back] = await Promise.all([server.send(bytes), receive(client, size)]);
      assert.ok(back.equals(bytes));
    });
  }

  test('many small writes arrive in their order', async (t) => {
    const { client, server } = await both(t);
    const lines = Array.from({ length: 2000 }, (_, index) => `${index}\n`);
    const sending = (async () => {
      for (const line of lines) await client.send(Buffer.from(line));
      await client.end();
    })();
    const [, came] = await Promise.all([sending, receive(server)]);
    assert.equal(came.toString(), lines.join(''));
  });

  test('megabytes both ways at the same time', async (t) => {
    const { client, server } = await both(t);
    const [up, down, atServer, atClient] = await Promise.all([
      sendHashed(client, 20),
      sendHashed(server, 20),
      hashOf(server),
      hashOf(client),
    ]);
    assert.equal(atServer, up);
    assert.equal(atClient, down);
  });

  test('who has seen the end may go on sending', async (t) => {
    const { client, server } = await both(t);
    await client.send(Buffer.from('last'));
    await client.end();
    assert.equal((await receive(server)).toString(), 'last');
    const answer = randomBytes(100_000);
    const [came] = await Promise.all([
      receive(client),
      (async () => {
        await server.send(answer);
        await server.end();
      })(),
    ]);
    assert.ok(came.equals(answer));
  });

  test('an end in order is an end for both, and no error', async (t) => {
    const { client, server } = await both(t);
    await Promise.all([client.end(), server.end()]);
    assert.equal((await server.receive()).length, 0);
    assert.equal((await client.receive()).length, 0);
  });

  test('a receiver that takes its time holds the sender up, and its memory stays small', async (t) => {
    const { client, server } = await both(t);
    const piece = Buffer.alloc(1 << 20, 'm');
    const pieces = 24;
    const sending = (async () => {
      for (let count = 0; count < pieces; count++) await client.send(piece);
      await client.end();
    })();
    let came = (await server.receive()).length;
    await assertWaits(sending);
    assert.ok(server.taken() < 1 << 19, `${server.taken()} bytes were taken while nobody asked`);
    for (let chunk = await server.receive(); chunk.length > 0; chunk = await server.receive()) {
      came += chunk.length;
      assert.ok(server.taken() - came <= 1 << 19);
    }
    await sending;
    assert.equal(came, pieces * piece.length);
  });

  test('nothing is read before somebody asks', async (t) => {
    const { client, server } = await both(t);
    client.send(Buffer.alloc(64 * 1024, 'x')).catch(() => {});
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    assert.equal(server.taken(), 0);
    assert.equal((await receive(server, 64 * 1024)).length, 64 * 1024);
  });

  const { connectRelayed } = driver;
  if (connectRelayed === undefined) return;

  test('an end of TCP without close_notify is a truncation', async (t) => {
    const { client, server, relay } = await connectRelayed(t, version);
    await client.send(Buffer.from('half a mess'));
    assert.equal((await receive(server, 11)).toString(), 'half a mess');
    relay.cut();
    const expected = { name: 'SSLError', code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' };
    await assert.rejects(server.receive(), expected);
    await assert.rejects(client.receive(), expected);
  });

  test('a reset is an error, and no end', async (t) => {
    const { server, relay } = await connectRelayed(t, version);
    const receiving = assert.rejects(server.receive(), { name: 'SSLSyscallError', code: 'ECONNRESET' });
    relay.reset();
    await receiving;
  });
}

for (const driver of drivers) {
  for (const version of versions) suite(`${driver.name}, ${version}`, () => behaviours(driver, version));
}
