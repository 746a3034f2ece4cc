// receive(), read() and iteration.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, test } from 'node:test';
import { Socket } from 'bladessl';
import { closedError, netSockets, plainSockets, receiveAll, timedOut, tlsSockets } from '../helpers/sockets';

const inUse = { name: 'SSLError', code: 'ERR_FACE_IN_USE' };

for (const [kind, pair] of [
  ['Socket', plainSockets],
  ['TLSSocket', tlsSockets],
] as const) {
  suite(`receive on a ${kind}`, () => {
    test('whatever there is, or so many bytes', async (t) => {
      const { client, server } = await pair(t);
      await client.send('0123456789');
      assert.equal((await server.receive(4)).toString(), '0123');
      assert.equal((await server.receive()).toString(), '456789');
      const waiting = server.receive(6);
      await client.send('abc');
      await client.send('defg');
      assert.equal((await waiting).toString(), 'abcdef');
      assert.equal((await server.receive(-1)).toString(), 'g');
    });

    test('several calls are answered in their order', async (t) => {
      const { client, server } = await pair(t);
      const calls = [server.receive(2), server.read(3), server.receive(1)];
      await client.send('aabbbc');
      assert.deepEqual((await Promise.all(calls)).map(String), ['aa', 'bbb', 'c']);
    });

    test('the end: what there is, then nothing, again and again', async (t) => {
      const { client, server } = await pair(t);
      await client.send('short');
      await client.shutdown();
      assert.equal((await server.receive(100)).toString(), 'short');
      for (const call of [() => server.receive(), () => server.receive(5), () => server.read()]) {
        assert.equal((await call()).length, 0);
      }
    });

    test('more than highWaterMark', async (t) => {
      const { client, server } = await pair(t, { options: { highWaterMark: 1024 } });
      const bytes = Buffer.alloc(1 << 20, 'm');
      const [came] = await Promise.all([server.receive(bytes.length), client.send(bytes)]);
      assert.ok(came.equals(bytes));
    });

    test('a timeout gives what has come, and TimeoutError for nothing', async (t) => {
      const { client, server } = await pair(t);
      await assert.rejects(server.receive(-1, { timeout: 1 }), timedOut);
      await client.send('part');
      assert.equal((await server.receive(2)).toString(), 'pa');
      assert.equal((await server.receive(100, { timeout: 1 })).toString(), 'rt');
      server.receiveTimeout = 1;
      await assert.rejects(server.receive(), timedOut);
      await client.send('late');
      server.receiveTimeout = 0;
      assert.equal((await server.receive()).toString(), 'late');
    });

    test('read() has no timeout of its own, but takes one', async (t) => {
      const { client, server } = await pair(t, { options: { receiveTimeout: 1 } });
      await assert.rejects(server.read(10, { timeout: 5 }), timedOut);
      const reading = server.read(4);
      await assert.rejects(client.receive(), timedOut);
      await client.send('1024');
      assert.equal((await reading).toString(), '1024');
    });

    test('a signal ends the wait, and loses nothing', async (t) => {
      const { client, server } = await pair(t);
      await client.send('abcd');
      assert.equal((await server.receive(1)).toString(), 'a');
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = server.receive(100, { signal });
      assert.equal(getEventListeners(signal, 'abort').length, 1);
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
      await assert.rejects(server.read(100, { signal }), { message: 'enough' });
      assert.equal(getEventListeners(signal, 'abort').length, 0);
      assert.equal((await server.receive(3)).toString(), 'bcd');
    });

    test('not blocking: ERR_WOULD_BLOCK, or what there is', async (t) => {
      const { client, server } = await pair(t);
      server.isBlocking = false;
      const wouldBlock = { name: 'SSLError', code: 'ERR_WOULD_BLOCK' };
      await assert.rejects(server.receive(), wouldBlock);
      await assert.rejects(server.read(), wouldBlock);
      server.isBlocking = true;
      await client.send('abc');
      assert.equal((await server.receive(1)).toString(), 'a');
      server.isBlocking = false;
      assert.equal((await server.receive(100)).toString(), 'bc');
      await assert.rejects(server.receive(), wouldBlock);
    });

    test('wrong arguments are refused by name', async (t) => {
      const { server } = await pair(t);
      for (const length of [0, -2, 1.5, '1', Infinity]) {
        await assert.rejects(server.receive(length as never), { message: /^length / });
        await assert.rejects(server.read(length as never), { message: /^length / });
      }
      await assert.rejects(server.read(-1), { message: /^length / });
      await assert.rejects(server.receive(1, 'x' as never), { message: /^options / });
      await assert.rejects(server.receive(1, { timeout: -1 }), { message: /^options\.timeout / });
      await assert.rejects(server.receive(1, { signal: 1 as never }), { message: /^options\.signal / });
    });

    test('close() on this side: ERR_CLOSED for whoever waits', async (t) => {
      const { server } = await pair(t);
      const waiting = [server.receive(), server.read(5), server.receive(1, { timeout: 60_000 })];
      const rejected = waiting.map((one) => assert.rejects(one, closedError));
      await server.close();
      await Promise.all(rejected);
      await assert.rejects(server.receive(), closedError);
    });

    test('another face reads: ERR_FACE_IN_USE', async (t) => {
      const { client, server } = await pair(t);
      const waiting = server.receive();
      for (const call of [() => server.onData(() => {}), () => server.onEnd(() => {}), () => server.stream]) {
        assert.throws(call, inUse);
      }
      await client.send('x');
      await waiting;
      client.onData(() => {});
      await assert.rejects(client.receive(), inUse);
      await assert.rejects(client.read(), inUse);
      await assert.rejects(client[Symbol.asyncIterator]().next(), inUse);
    });
  });

  suite(`iteration over a ${kind}`, () => {
    test('leaving the loop closes nothing, and loses nothing', async (t) => {
      const { client, server } = await pair(t);
      await client.send('one');
      for await (const chunk of server) {
        assert.equal(chunk.toString(), 'one');
        break;
      }
      await client.send('two');
      assert.equal((await server.receive()).toString(), 'two');
      await client.send('three');
      await client.shutdown();
      const rest: string[] = [];
      for await (const chunk of server) rest.push(chunk.toString());
      assert.deepEqual(rest, ['three']);
    });

    test('close() inside the loop ends it', async (t) => {
      const { client, server } = await pair(t);
      await client.send('one');
      for await (const _ of server) await server.close();
      assert.equal(server.isClosed, true);
    });
  });
}

test('a socket that is not connected: ERR_NOT_CONNECTED', async () => {
  const socket = new Socket();
  const expected = { name: 'SSLError', code: 'ERR_NOT_CONNECTED' };
  await assert.rejects(socket.receive(), expected);
  await assert.rejects(socket.read(), expected);
  await assert.rejects(socket[Symbol.asyncIterator]().next(), expected);
});

test('a reset is an error, also when a send has heard of it first', async (t) => {
  const { client, server } = await netSockets(t);
  const socket = Socket.from(server);
  t.after(() => socket.close({ abort: true }));
  const ended = new Promise((resolve) => client.once('close', resolve));
  client.resetAndDestroy();
  await ended;
  const sending = socket.send('x').catch(() => {});
  await assert.rejects(receiveAll(socket), { name: 'SSLSyscallError', code: /ECONNRESET|EPIPE/ });
  await sending;
  assert.equal(socket.isClosed, true);
});
