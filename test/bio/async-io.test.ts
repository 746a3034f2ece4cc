// readAsync, writeAsync and flushAsync.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as tls } from 'node:tls';
import { BIO, BIO_CLOSE, BufferBIO, FdBIO, FileBIO, MemoryBIO, NullBIO, SSLBIO } from 'bladessl';
import { type Connection, freeing, listening, portOf, tcpConnection, tlsConnection } from '../helpers/chains';
import { clientContext, only, serverContext } from '../helpers/identities';

const reset = { name: 'SSLSyscallError', code: 'ECONNRESET', errno: -104, syscall: 'read' };
const kinds: Record<string, (t: TestContext) => Promise<Connection>> = {
  TCP: tcpConnection,
  'TLS 1.3': tlsConnection,
  'TLS 1.2': (t) => tlsConnection(t, { client: only(clientContext(), 'TLSv1.2') }),
};

const megabyte = 2 ** 20;
const timedOut = (what: string) => ({
  name: 'TimeoutError',
  code: 'ERR_TIMEOUT',
  message: new RegExp(`^${what} took`),
});
const freedError = { name: 'FreedError', code: 'ERR_FREED' };
const noSocket = { name: 'SSLError', code: 'ERR_NO_SOCKET' };

/** Bytes that are different everywhere. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Reads so many bytes, or until the end. */
async function readAll(chain: BIO, size = Infinity): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let got = 0; got < size; ) {
    const chunk = await chain.readAsync(65_536);
    if (chunk.length === 0) break;
    chunks.push(chunk);
    got += chunk.length;
  }
  return Buffer.concat(chunks);
}

const last = 'and this is the very last of it';

/** Reads until the words above have come. */
async function readToLast(chain: BIO): Promise<Buffer> {
  const chunks: Buffer[] = [];
  while (!Buffer.concat(chunks.slice(-last.length)).subarray(-last.length).equals(Buffer.from(last))) {
    chunks.push(await chain.readAsync(65_536));
  }
  return Buffer.concat(chunks);
}

/** A plain connection whose client is a socket of Node's, which can be reset. */
async function resettable(t: TestContext) {
  const listener = await listening(t);
  const socket = connect(portOf(listener), '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  const [server] = await Promise.all([listener.accept(), once(socket, 'connect')]);
  return { socket, server: freeing(t, server) };
}

for (const [kind, connectBy] of Object.entries(kinds)) {
  suite(`over ${kind}`, () => {
    test('16 MiB arrive whole, in one piece or in many', async (t) => {
      const { client, server } = await connectBy(t);
      const bytes = pattern(16 * megabyte);
      const [sent, received] = await Promise.all([client.writeAsync(bytes), readAll(server, bytes.length)]);
      assert.equal(sent, bytes.length);
      assert.equal(digest(received), digest(bytes));
    });

    test('both ways at once', async (t) => {
      const { client, server } = await connectBy(t);
      const bytes = pattern(4 * megabyte);
      const [, , there, back] = await Promise.all([
        client.writeAsync(bytes),
        server.writeAsync(bytes),
        readAll(server, bytes.length),
        readAll(client, bytes.length),
      ]);
      assert.equal(digest(there), digest(bytes));
      assert.equal(digest(back), digest(bytes));
    });

    test('concurrent writes keep their order', async (t) => {
      const { client, server } = await connectBy(t);
      const parts = Array.from({ length: 50 }, (_, index) => Buffer.alloc(50_000 + index * 777, index));
      const whole = Buffer.concat(parts);
      const [received, ...sent] = await Promise.all([
        readAll(server, whole.length),
        ...parts.map((part) => client.writeAsync(part)),
      ]);
      assert.equal(digest(received), digest(whole));
      assert.deepEqual(
        sent,
        parts.map((part) => part.length),
      );
    });

    test('a read waits for what comes', async (t) => {
      const { client, server } = await connectBy(t);
      const reading = server.readAsync(3);
      await nextTurn();
      await client.writeAsync('hello');
      assert.equal((await reading).toString(), 'hel');
      assert.equal((await server.readAsync()).toString(), 'lo');
    });

    test('several reads at once get a part each', async (t) => {
      const { client, server } = await connectBy(t);
      const reading = [server.readAsync(2), server.readAsync(2), server.readAsync(2)];
      await client.writeAsync('abcdef');
      const parts = (await Promise.all(reading)).map(String).sort();
      assert.deepEqual(parts, ['ab', 'cd', 'ef']);
    });

    test('the end is an empty Buffer, again and again', async (t) => {
      const { client, server } = await connectBy(t);
      await client.writeAsync('last');
      client.freeAll();
      assert.equal((await server.readAsync()).toString(), 'last');
      for (let turn = 0; turn < 3; turn++) assert.deepEqual(await server.readAsync(), Buffer.alloc(0));
      assert.deepEqual(server.read(), Buffer.alloc(0));
    });

    test('what was written before free arrives', async (t) => {
      const { client, server } = await connectBy(t);
      const bytes = pattern(megabyte);
      assert.equal(await client.writeAsync(bytes), bytes.length);
      client.freeAll();
      assert.equal(digest(await readAll(server)), digest(bytes));
    });

    test('the timeout ends a read, and nothing is lost', async (t) => {
      const { client, server } = await connectBy(t);
      await assert.rejects(server.readAsync(10, { timeout: 5 }), timedOut('readAsync'));
      await assert.rejects(server.readAsync(10, { timeout: 0 }), timedOut('readAsync'));
      await client.writeAsync('hello');
      assert.equal((await server.readAsync(10, { timeout: 10_000 })).toString(), 'hello');
    });

    test('the signal ends a read, before and meanwhile, and nothing is lost', async (t) => {
      const { client, server } = await connectBy(t);
      const reason = new Error('enough');
      await assert.rejects(server.readAsync(10, { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const reading = server.readAsync(10, { signal: controller.signal });
      const other = server.readAsync(10);
      setImmediate(() => controller.abort(reason));
      await assert.rejects(reading, reason);
      await client.writeAsync('hello');
      assert.equal((await other).toString(), 'hello');
    });

    for (const by of ['timeout', 'signal'] as const) {
      test(`the ${by} ends a write; what follows comes whole after what has gone`, async (t) => {
        const { client, server } = await connectBy(t);
        const stuck = pattern(64 * megabyte);
        const options = by === 'timeout' ? { timeout: 30 } : { signal: AbortSignal.timeout(30) };
        await assert.rejects(client.writeAsync(stuck, options), { name: 'TimeoutError' });
        const next = Buffer.from(`${'a few bytes, '.repeat(10_000)}${last}`);
        const [received, ...sent] = await Promise.all([
          readToLast(server),
          client.writeAsync(next.subarray(0, 1)),
          client.writeAsync(next.subarray(1)),
        ]);
        assert.deepEqual(sent, [1, next.length - 1]);
        assert.ok(received.subarray(-next.length).equals(next));
        const before = received.subarray(0, -next.length);
        assert.ok(before.length > 0);
        assert.equal(digest(before), digest(stuck.subarray(0, before.length)));
      });
    }

    test('a write that waits in line has its own timeout and signal', async (t) => {
      const { client, server } = await connectBy(t);
      const stuck = client.writeAsync(pattern(64 * megabyte));
      stuck.catch(() => {});
      const controller = new AbortController();
      const waiting = [
        client.writeAsync('x', { timeout: 5 }),
        client.writeAsync('y', { signal: controller.signal }),
        client.writeAsync('z', { signal: AbortSignal.abort('no') }),
      ];
      setImmediate(() => controller.abort('stop'));
      const reasons = (await Promise.allSettled(waiting)).map(
        (result) => result.status === 'rejected' && result.reason,
      );
      assert.deepEqual([reasons[0].code, reasons[1], reasons[2]], ['ERR_TIMEOUT', 'stop', 'no']);
      const last = client.writeAsync('last');
      assert.equal((await readAll(server, 64 * megabyte + 4)).subarray(-4).toString(), 'last');
      assert.deepEqual(await Promise.all([stuck, last]), [64 * megabyte, 4]);
    });

    test('free ends all that wait', async (t) => {
      const { client } = await connectBy(t);
      const calls = Promise.allSettled([
        client.readAsync(),
        client.readAsync(),
        client.writeAsync(pattern(64 * megabyte)),
        client.writeAsync('in line'),
      ]);
      setImmediate(() => client.freeAll());
      for (const result of await calls) {
        assert.deepEqual(result.status === 'rejected' && [result.reason.name, result.reason.code], [
          'FreedError',
          'ERR_FREED',
        ]);
      }
    });

    test('the loop turns while a chain is always ready', async (t) => {
      const { client, server } = await connectBy(t);
      const bytes = pattern(32 * megabyte);
      let turns = 0;
      let over = false;
      const turning = (async () => {
        for (; !over; turns++) await nextTurn();
      })();
      await Promise.all([client.writeAsync(bytes), readAll(server, bytes.length)]);
      over = true;
      await turning;
      assert.ok(turns >= 4, `${turns} turns`);
    });

    test('an empty write is done at once', async (t) => {
      const { client } = await connectBy(t);
      assert.equal(await client.writeAsync(''), 0);
      assert.equal(await client.writeAsync(new Uint8Array(0)), 0);
    });

    test('a buffer above is flushed: by writeAsync, by flushAsync, and before a read waits', async (t) => {
      const { client, server } = await connectBy(t);
      const head = freeing(t, new BufferBIO().push(client));
      assert.equal(await head.writeAsync('one'), 3);
      assert.equal((await server.readAsync()).toString(), 'one');
      head.write('two');
      assert.equal(head.wpending, 3);
      await head.flushAsync();
      assert.equal((await server.readAsync()).toString(), 'two');
      head.write('three');
      const answer = head.readAsync();
      assert.equal((await server.readAsync()).toString(), 'three');
      await server.writeAsync('answer');
      assert.equal((await answer).toString(), 'answer');
    });
  });
}

suite('what goes wrong', () => {
  test('a TLS connection that ends without close_notify is an error, in either version', async (t) => {
    for (const kind of ['TLS 1.2', 'TLS 1.3'] as const) {
      const { client, server } = await (kinds[kind] as (t: TestContext) => Promise<Connection>)(t);
      await client.writeAsync('half a sen');
      client.next?.free();
      assert.equal((await server.readAsync()).toString(), 'half a sen');
      const truncated = {
        name: 'SSLError',
        code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
        hint: 'the peer closed the connection without close_notify',
      };
      await assert.rejects(server.readAsync(), truncated);
      await assert.rejects(server.readAsync(), { name: 'SSLError', code: 'ERR_CONNECTION_FAILED' });
      await assert.rejects(server.writeAsync('x'), { name: 'SSLError', code: 'ERR_CONNECTION_FAILED' });
    }
  });

  test('a reset is ECONNRESET', async (t) => {
    const { socket, server } = await resettable(t);
    const reading = server.readAsync();
    socket.resetAndDestroy();
    await assert.rejects(reading, reset);
    assert.match(server.errorString(), /Connection reset by peer/);
  });

  test('a reset under TLS is ECONNRESET', async (t) => {
    const { socket, server } = await resettable(t);
    const secure = freeing(t, new SSLBIO(serverContext()).push(server));
    const node = tls({ socket, rejectUnauthorized: false });
    node.on('error', () => {});
    await Promise.all([secure.handshake(), once(node, 'secureConnect')]);
    const reading = secure.readAsync();
    socket.resetAndDestroy();
    await assert.rejects(reading, reset);
  });

  test('writing to a peer that is gone fails, and does not end the process', async (t) => {
    const { socket, server } = await resettable(t);
    const reading = server.readAsync();
    socket.resetAndDestroy();
    await assert.rejects(reading, { code: 'ECONNRESET' });
    await assert.rejects(server.writeAsync(pattern(megabyte)), {
      name: 'SSLSyscallError',
      code: 'EPIPE',
      syscall: 'write',
    });
  });

  test('a waiting write learns of the reset', async (t) => {
    const { socket, server } = await resettable(t);
    socket.pause();
    const writing = server.writeAsync(pattern(64 * megabyte));
    setImmediate(() => socket.resetAndDestroy());
    await assert.rejects(writing, (error: NodeJS.ErrnoException) => {
      assert.ok(error.code === 'ECONNRESET' || error.code === 'EPIPE', String(error));
      return true;
    });
  });
});

suite('chains without a socket', () => {
  test('what is there is read, what there is room for is written', async () => {
    const bio = new MemoryBIO('here');
    assert.equal((await bio.readAsync()).toString(), 'here');
    assert.equal(await bio.writeAsync(pattern(megabyte)), megabyte);
    await bio.flushAsync();
    assert.equal((await bio.readAsync(2 * megabyte)).length, megabyte);
    assert.deepEqual(await new NullBIO().readAsync(), Buffer.alloc(0));
    assert.equal(await new NullBIO().writeAsync('gone'), 4);
  });

  test('what would have to wait is ERR_NO_SOCKET', async () => {
    await assert.rejects(new MemoryBIO().readAsync(), noSocket);
    await assert.rejects(new BufferBIO().push(new MemoryBIO()).readAsync(), noSocket);
    const [near] = BIO.pair(4);
    await assert.rejects(near.writeAsync('too long'), noSocket);
    const head = new BufferBIO().push(BIO.pair(4)[0]);
    head.write('too long');
    await assert.rejects(head.flushAsync(), noSocket);
    await assert.rejects(head.readAsync(), noSocket);
  });

  test('an ended memory BIO gives the end', async () => {
    assert.deepEqual(await new MemoryBIO().end().readAsync(), Buffer.alloc(0));
  });

  test('files and other descriptors', async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'bladessl-'));
    t.after(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'file');
    writeFileSync(path, 'content');
    assert.equal((await freeing(t, new FileBIO(path)).readAsync()).toString(), 'content');
    const bio = freeing(t, new FdBIO(openSync(path, 'r'), BIO_CLOSE));
    assert.equal((await bio.readAsync()).toString(), 'content');
    assert.deepEqual(await bio.readAsync(), Buffer.alloc(0));
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const pipe = freeing(t, new FdBIO(openSync(fifo, constants.O_RDWR), BIO_CLOSE));
    const reading = pipe.readAsync();
    await nextTurn();
    assert.equal(await pipe.writeAsync('through the pipe'), 16);
    assert.equal((await reading).toString(), 'through the pipe');
    const full = pipe.writeAsync(pattern(megabyte));
    assert.equal(digest(await readAll(pipe, megabyte)), digest(pattern(megabyte)));
    assert.equal(await full, megabyte);
  });

  test('freed meanwhile', async (t) => {
    const { client } = await tcpConnection(t);
    const head = new BufferBIO().push(client);
    const reading = head.readAsync();
    setImmediate(() => head.free());
    await assert.rejects(reading, freedError);
    const below = client.readAsync();
    setImmediate(() => client.free());
    await assert.rejects(below, freedError);
  });
});
