// shutdown(), close(), `await using`, and the process at the end.

import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { SHUT_RD, SHUT_RDWR, SHUT_WR, Socket, TLSSocket } from 'bladessl';
import { assertEnded, runCompiled } from '../helpers/child';
import { assertNoneLeft, openDescriptors, openedSince } from '../helpers/descriptors';
import {
  closedError,
  fill,
  plainSockets,
  receiveAll,
  timedOut,
  tlsClient,
  tlsListener,
  tlsSockets,
} from '../helpers/sockets';

for (const [kind, pair] of [
  ['Socket', plainSockets],
  ['TLSSocket', tlsSockets],
] as const) {
  suite(`shutdown of a ${kind}`, () => {
    test('SHUT_WR: the other direction stays open', async (t) => {
      const { client, server } = await pair(t);
      client.write('before');
      await client.shutdown();
      assert.equal((await receiveAll(server)).toString(), 'before');
      await server.send('after');
      assert.equal((await client.receive()).toString(), 'after');
      assert.throws(() => client.write('x'), { name: 'SSLError', code: 'ERR_WRITE_AFTER_END' });
      assert.deepEqual([client.shutdownReason, client.isClosed], [SHUT_WR, false]);
    });

    test('when both have said it, both are closed', async (t) => {
      const { client, server } = await pair(t);
      const closed = Promise.all(
        [client, server].map((one) => new Promise((resolve) => one.onClose(resolve))),
      );
      await Promise.all([client.shutdown(SHUT_WR, { wait: true }), server.shutdown(SHUT_WR, { wait: true })]);
      assert.deepEqual(await closed, [undefined, undefined]);
      assert.deepEqual([client.isClosed, server.isClosed], [true, true]);
    });

    test('wait: until the peer has ended; what comes meanwhile is kept', async (t) => {
      const { client, server } = await pair(t);
      const waiting = client.shutdown(SHUT_WR, { wait: true });
      assert.equal((await server.receive()).length, 0);
      await server.send('kept');
      await server.shutdown();
      await waiting;
      assert.equal((await client.receive()).toString(), 'kept');
      assert.equal((await client.receive().catch(() => '')).length, 0);
    });

    test('SHUT_RD and SHUT_RDWR: nothing more is received', async (t) => {
      for (const how of [SHUT_RD, SHUT_RDWR]) {
        const { client, server } = await pair(t);
        const waiting = client.receive();
        await client.shutdown(how);
        assert.equal((await waiting).length, 0);
        assert.equal((await client.receive()).length, 0);
        assert.equal(client.shutdownReason, how);
        if (how === SHUT_RD) await client.send('still sent');
        const came = how === SHUT_RD ? await server.receive() : await receiveAll(server);
        assert.equal(came.toString(), how === SHUT_RD ? 'still sent' : '');
      }
    });

    test('SHUT_RDWR: it closes when the peer has ended, whichever face reads', async (t) => {
      for (const face of ['nobody', 'pull', 'push', 'stream']) {
        const { client, server } = await pair(t);
        if (face === 'pull') client.receive().catch(() => {});
        if (face === 'push') client.onData(() => assert.fail('it wanted no more'));
        if (face === 'stream') client.stream.pause();
        const over = new Promise((resolve) => client.onClose(resolve));
        await client.shutdown(SHUT_RDWR);
        fill(server, 16 << 20);
        await server.close();
        assert.equal(await over, undefined, face);
      }
    });

    test('again is no error', async (t) => {
      const { client } = await pair(t);
      await client.shutdown();
      await client.shutdown();
      client.end();
    });

    test('a timeout and a signal', async (t) => {
      const { client } = await pair(t);
      await assert.rejects(client.shutdown(SHUT_WR, { wait: true, timeout: 5 }), timedOut);
      const controller = new AbortController();
      const { signal } = controller;
      const waiting = client.shutdown(SHUT_WR, { wait: true, signal });
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, { message: 'enough' });
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    });

    test('wrong arguments are refused by name', async (t) => {
      const { client } = await pair(t);
      await assert.rejects(client.shutdown(7), { message: /^how / });
      await assert.rejects(client.shutdown(SHUT_WR, 7 as never), { message: /^options / });
      assert.equal(client.isShutdown, false);
    });
  });

  suite(`close of a ${kind}`, () => {
    test('what was written arrives, then the end', async (t) => {
      const { client, server } = await pair(t);
      const size = fill(client, 4 << 20);
      const [came] = await Promise.all([receiveAll(server), client.close()]);
      assert.equal(came.length, size);
      assert.equal(client.isClosed, true);
    });

    test('bytes that nobody has read do no harm to those that were sent', async (t) => {
      const { client, server } = await pair(t);
      await server.send('unread');
      client.write('last words');
      await client.close();
      assert.equal((await receiveAll(server)).toString(), 'last words');
    });

    test('never rejects because the peer is gone', async (t) => {
      const { client, server } = await pair(t);
      await server.close({ abort: true });
      client.write('x');
      await client.close();
      await client.close();
    });

    test('abort: the peer gets a reset', async (t) => {
      const { client, server } = await pair(t);
      const waiting = assert.rejects(server.receive(), { name: 'SSLSyscallError', code: 'ECONNRESET' });
      await client.close({ abort: true });
      await waiting;
    });

    test('a timeout resets the connection; so does a signal', async (t) => {
      for (const options of [{ timeout: 5 }, { signal: AbortSignal.abort(new Error('enough')) }]) {
        const { client } = await pair(t);
        fill(client, 16 << 20);
        const expected = 'timeout' in options ? timedOut : { message: 'enough' };
        await assert.rejects(client.close(options), expected);
        assert.equal(client.isClosed, true);
      }
    });

    test('several at once, and from its own listeners', async (t) => {
      const { client, server } = await pair(t);
      const told: unknown[] = [];
      client.onClose((error) => {
        told.push(error);
        client.close();
      });
      const inData = new Promise<void>((resolve) => {
        server.onData(() => resolve(server.close()));
      });
      await client.send('x');
      await inData;
      await Promise.all([client.close(), client.close(), client.close({ abort: true })]);
      assert.deepEqual(told, [undefined]);
    });

    test('asyncDispose', async (t) => {
      const { client, server } = await pair(t);
      await client[Symbol.asyncDispose]();
      assert.equal(client.isClosed, true);
      assert.equal((await server.receive()).length, 0);
    });
  });
}

suite('close of what has no connection', () => {
  test('a new one, a bound one', async () => {
    for (const socket of [new Socket(), new TLSSocket()]) {
      await socket.bind(0, '127.0.0.1');
      await socket.close();
      assert.deepEqual([socket.isClosed, socket.isBound, socket.id], [true, false, -1]);
      await assert.rejects(socket.receive(), closedError);
    }
  });

  test('wrong options are refused by name', async () => {
    await assert.rejects(new Socket().close(7 as never), { message: /^options / });
  });
});

test('no descriptor is left', async (t) => {
  const before = openDescriptors();
  await t.test('of a connection that was closed, and one that failed', async (inner: TestContext) => {
    const { client, server } = await tlsSockets(inner);
    await Promise.all([client.close(), server.close()]);
    const listener = await tlsListener(inner);
    await assert.rejects(tlsClient(inner).connect('127.0.0.1', listener.port, { servername: 'example.org' }));
    await listener.close();
    const plain = await plainSockets(inner);
    await Promise.all([plain.client.close({ abort: true }), plain.server.close({ abort: true })]);
  });
  for (let turn = 0; turn < 100 && openedSince(before).length > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assertNoneLeft(before);
});

test('diagnostics_channel tells of connections, handshakes, errors and ends', async (t) => {
  const seen: [string, object | undefined, unknown][] = [];
  const names = ['connection', 'handshake', 'error', 'close'].map((name) => `bladessl.${name}`);
  const listener = (message: unknown, name: string | symbol): void => {
    const { socket, error } = message as { socket?: object; error?: { code: string } };
    seen.push([String(name), socket, error?.code]);
  };
  for (const name of names) subscribe(name, listener);
  t.after(() => {
    for (const name of names) unsubscribe(name, listener);
  });
  const { client, server } = await tlsSockets(t);
  const events = (socket: object) => seen.filter((one) => one[1] === socket).map(([name]) => name);
  const begun = ['bladessl.connection', 'bladessl.handshake'];
  assert.deepEqual(events(client), begun);
  assert.deepEqual(events(server), begun);
  const waiting = assert.rejects(server.receive());
  await client.close({ abort: true });
  await waiting;
  assert.deepEqual(events(client), [...begun, 'bladessl.close']);
  assert.deepEqual(events(server), [...begun, 'bladessl.error', 'bladessl.close']);
  assert.equal(
    seen.find(([name, socket]) => name === 'bladessl.error' && socket === server)?.[2],
    'ECONNRESET',
  );
});

suite('the process', () => {
  for (const job of ['unref', 'throws', 'handled', 'ends', 'refused'] as const) {
    test(job, async (t) => {
      const result = await runCompiled(t, 'socket/jobs.js', [job]);
      if (job === 'throws') {
        assert.notEqual(result.status, 0);
        assert.match(result.stderr, /thrown by a listener/);
        return;
      }
      assertEnded(result);
      assert.equal(result.stdout, `${job}\n`);
    });
  }
});
