// send(), and its order with write().

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { suite, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Socket, type TLSSocket } from 'bladessl';
import {
  closedError,
  fill,
  plainSockets,
  receiveAll,
  temporaryFolder,
  timedOut,
  tlsSockets,
} from '../helpers/sockets';

const megabyte = 1 << 20;

/** What arrives of what `work` sends. */
async function arriving(t: TestContext, work: (socket: TLSSocket) => Promise<unknown>): Promise<string> {
  const { client, server } = await tlsSockets(t);
  const [came] = await Promise.all([receiveAll(server), work(client).then(() => client.shutdown())]);
  return came.toString();
}

/** A generator that waits for `released` before its end. */
function held(first: string): { source: AsyncIterable<string>; release: () => void; reached: Promise<void> } {
  let release = (): void => {};
  let reach = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  async function* source(): AsyncGenerator<string> {
    yield first;
    reach();
    await released;
  }
  return { source: source(), release, reached };
}

suite('what can be sent', () => {
  test('text and bytes of every shape', async (t) => {
    const bytes = Buffer.from('bytes');
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const text = await arriving(t, async (socket) => {
      assert.equal(await socket.send('häßlich'), 9);
      for (const data of [bytes, new Uint8Array(bytes), new DataView(buffer), buffer]) {
        assert.equal(await socket.send(data), 5);
      }
      assert.equal(await socket.send(''), 0);
      assert.equal(await socket.send('flags', 0), 5);
    });
    assert.equal(text, `häßlich${'bytes'.repeat(4)}flags`);
  });

  test('files by path, URL and handle; a handle from its position on, and it stays open', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    await writeFile(path, 'content');
    const handle = await open(path);
    t.after(() => handle.close());
    await handle.read(Buffer.alloc(3), 0, 3, null);
    const text = await arriving(t, async (socket) => {
      assert.equal(await socket.send({ path }), 7);
      assert.equal(await socket.send(pathToFileURL(path)), 7);
      assert.equal(await socket.send({ path: pathToFileURL(path) }), 7);
      assert.equal(await socket.send(handle), 4);
      assert.equal((await handle.stat()).size, 7);
    });
    assert.equal(text, 'contentcontentcontenttent');
  });

  test('iterables, async or not, and streams', async (t) => {
    const text = await arriving(t, async (socket) => {
      assert.equal(await socket.send(['a', Buffer.from('b')]), 2);
      assert.equal(
        await socket.send(
          (async function* () {
            yield 'c';
            yield Buffer.from('d');
          })(),
        ),
        2,
      );
      assert.equal(await socket.send(Readable.from(['e', 'f'])), 2);
    });
    assert.equal(text, 'abcdef');
  });

  test('progress', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    await writeFile(path, Buffer.alloc(100_000));
    const seen: [number, number | undefined][] = [];
    const onProgress = (sent: number, total: number | undefined) => seen.push([sent, total]);
    await arriving(t, (socket) => socket.send({ path }, { onProgress }));
    assert.deepEqual(seen.at(-1), [100_000, 100_000]);
    assert.ok(seen.length > 1);
    await arriving(t, (socket) => socket.send('abc', { onProgress }));
    assert.deepEqual(seen.at(-1), [3, 3]);
    await arriving(t, (socket) => socket.send(['abcd'], { onProgress }));
    assert.deepEqual(seen.at(-1), [4, undefined]);
  });

  test('anything else is refused by name, and the connection lives', async (t) => {
    const folder = await temporaryFolder(t);
    const text = await arriving(t, async (socket) => {
      for (const data of [7, null, undefined, {}, { path: 7 }, new URL('http://localhost/')]) {
        await assert.rejects(socket.send(data as never), { name: 'TypeError', message: /^data/ });
      }
      await assert.rejects(socket.send(['a', 7 as never]), { message: /^data\[1\] / });
      await assert.rejects(socket.send({ path: join(folder, 'none') }), {
        name: 'SSLSyscallError',
        code: 'ENOENT',
      });
      await assert.rejects(socket.send({ path: folder }), { name: 'SSLSyscallError', code: 'EISDIR' });
      await assert.rejects(
        socket.send(
          (async function* () {
            throw new Error('mine');
          })(),
        ),
        { message: 'mine' },
      );
      await assert.rejects(socket.send('x', { timeout: -1 }), { message: /^options\.timeout / });
      await assert.rejects(socket.send('x', { signal: 7 as never }), { message: /^options\.signal / });
      await assert.rejects(socket.send('x', { onProgress: 7 as never }), {
        message: /^options\.onProgress /,
      });
      await assert.rejects(socket.send('x', 'y' as never), { message: /^options / });
      await socket.send('alive');
    });
    assert.equal(text, 'aalive');
  });

  test('a large file, with constant memory', async (t) => {
    const size = 64 * megabyte;
    const path = join(await temporaryFolder(t), 'large');
    await writeFile(path, 'begin');
    await truncate(path, size);
    const { client, server } = await tlsSockets(t);
    const before = process.memoryUsage();
    let most = 0;
    let came = 0;
    const onProgress = (): void => {
      const { external, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, external + arrayBuffers - before.external - before.arrayBuffers);
      assert.ok(client.bufferedAmount < megabyte);
    };
    const sending = client.send({ path }, { onProgress });
    const hash = createHash('sha256');
    while (came < size) {
      const chunk = await server.receive();
      hash.update(chunk);
      came += chunk.length;
    }
    assert.equal(await sending, size);
    const expected = createHash('sha256')
      .update('begin')
      .update(Buffer.alloc(size - 5));
    assert.equal(hash.digest('hex'), expected.digest('hex'));
    assert.ok(most < 60 * megabyte, `${most} bytes more were in use`);
  });
});

suite('order', () => {
  test('send and write are sent in the order of the calls', async (t) => {
    const path = join(await temporaryFolder(t), 'file');
    await writeFile(path, '2'.repeat(300_000));
    const text = await arriving(t, async (socket) => {
      socket.write('1');
      const sends = [socket.send({ path }, { onProgress: () => {} })];
      socket.write('3');
      sends.push(socket.send('4'.repeat(400_000)));
      sends.push(socket.send('5'));
      socket.write('6');
      sends.push(socket.send(['7', '8']));
      socket.write('9');
      await Promise.all(sends);
    });
    assert.equal(text, `1${'2'.repeat(300_000)}3${'4'.repeat(400_000)}56789`);
  });

  test('end() and close() come after what is being sent', async (t) => {
    for (const finish of [
      async (socket: TLSSocket) => void socket.end('!'),
      async (socket: TLSSocket) => {
        socket.write('!');
        await socket.close();
      },
    ]) {
      const { client, server } = await tlsSockets(t);
      const sending = client.send(['a', 'b']);
      const [came] = await Promise.all([receiveAll(server), finish(client), sending]);
      assert.equal(came.toString(), 'ab!');
    }
  });

  test('what was turned away by write() is told of room, also when a send comes between', async (t) => {
    const { client, server } = await plainSockets(t);
    const drained = new Promise<void>((resolve) => client.onDrain(resolve));
    const size = fill(client) + 3 * megabyte;
    const sending = client.send(Buffer.alloc(3 * megabyte));
    assert.equal((await server.receive(size)).length, size);
    await Promise.all([sending, drained]);
  });
});

suite('waiting', () => {
  test('a timeout and a signal; nothing is left on it, and the connection lives', async (t) => {
    const { client, server } = await tlsSockets(t);
    const size = fill(client, 16 * megabyte);
    await assert.rejects(client.send(Buffer.alloc(megabyte), { timeout: 1 }), timedOut);
    client.sendTimeout = 1;
    await assert.rejects(client.send('!'), timedOut);
    client.sendTimeout = 0;
    const controller = new AbortController();
    const { signal } = controller;
    const sending = client.send(Buffer.alloc(megabyte), { signal });
    controller.abort(new Error('enough'));
    await assert.rejects(sending, { message: 'enough' });
    await assert.rejects(client.send('never', { signal }), { message: 'enough' });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    const [came] = await Promise.all([receiveAll(server), client.send('last').then(() => client.shutdown())]);
    assert.ok(came.length >= size);
    assert.equal(came.subarray(-4).toString(), 'last');
    assert.equal(came.includes('never'), false);
  });

  test('a source that gives nothing more holds up nobody when its call has ended', async (t) => {
    const { client, server } = await tlsSockets(t);
    const { source, release, reached } = held('first ');
    const controller = new AbortController();
    const sending = client.send(source, { signal: controller.signal });
    const after = client.send('second');
    await reached;
    controller.abort(new Error('enough'));
    await assert.rejects(sending, { message: 'enough' });
    await after;
    release();
    assert.equal((await server.receive(12)).toString(), 'first second');
  });

  test('not blocking: ERR_WOULD_BLOCK when there is no room', async (t) => {
    const { client, server } = await tlsSockets(t);
    client.isBlocking = false;
    assert.equal(await client.send('room'), 4);
    fill(client);
    await assert.rejects(client.send('none'), { name: 'SSLError', code: 'ERR_WOULD_BLOCK' });
    assert.equal((await server.receive(4)).toString(), 'room');
  });

  test('close(abort) ends it with ERR_CLOSED; a reset with what it was', async (t) => {
    const first = await tlsSockets(t);
    fill(first.client, 16 * megabyte);
    const sending = assert.rejects(first.client.send(Buffer.alloc(megabyte)), closedError);
    await first.client.close({ abort: true });
    await sending;
    const second = await tlsSockets(t);
    fill(second.client, 16 * megabyte);
    const failing = assert.rejects(second.client.send(Buffer.alloc(megabyte)), { name: 'SSLSyscallError' });
    await second.server.close({ abort: true });
    await failing;
    await assert.rejects(second.client.send('x'), { name: 'SSLSyscallError' });
  });
});

test('before connect, after shutdown', async (t) => {
  const { client } = await plainSockets(t);
  await client.shutdown();
  for (const data of ['x', ['x'], Buffer.alloc(megabyte)]) {
    await assert.rejects(client.send(data), { name: 'SSLError', code: 'ERR_WRITE_AFTER_END' });
    await assert.rejects(new Socket().send(data), { name: 'SSLError', code: 'ERR_NOT_CONNECTED' });
  }
});
