// The push face: onData, onEnd, onDrain, onClose, write, end, pause and resume.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Socket, type TLSSocket } from 'bladessl';
import { fill, plainSockets, receiveAll, relayedSockets, tlsSockets } from '../helpers/sockets';

/** Collects what comes, up to the end. */
function collected(socket: Socket | TLSSocket): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    socket.onData((chunk) => chunks.push(chunk));
    socket.onEnd(() => resolve(Buffer.concat(chunks).toString()));
  });
}

for (const [kind, pair] of [
  ['Socket', plainSockets],
  ['TLSSocket', tlsSockets],
] as const) {
  suite(`the push face of a ${kind}`, () => {
    test('data, the end, and that it is over, in this order and once', async (t) => {
      const { client, server } = await pair(t);
      const events: string[] = [];
      const over = new Promise<void>((resolve) => {
        server.onData((chunk) => events.push(chunk.toString()));
        server.onEnd(() => {
          events.push('end');
          server.end('bye');
        });
        server.onClose((error) => {
          events.push(`close ${error}`);
          resolve();
        });
      });
      client.write('hello');
      client.end();
      assert.equal((await receiveAll(client)).toString(), 'bye');
      await over;
      assert.deepEqual(events, ['hello', 'end', 'close undefined']);
    });

    test('writes of one turn arrive together, in their order', async (t) => {
      const { client, server } = await pair(t);
      for (let index = 0; index < 1000; index++) client.write(`${index},`);
      client.end('end');
      const expected = `${Array.from({ length: 1000 }, (_, index) => index).join()},end`;
      assert.equal(await collected(server), expected);
    });

    test("the bytes of a write are the caller's again, those of a listener its own", async (t) => {
      const { client, server } = await pair(t);
      const kept: Buffer[] = [];
      const ended = new Promise<void>((resolve) => {
        server.onData((chunk) => kept.push(chunk));
        server.onEnd(resolve);
      });
      const bytes = Buffer.alloc(70_000);
      for (let index = 0; index < 20; index++) {
        client.write(bytes.fill(index));
        await nextTurn();
      }
      client.end();
      await ended;
      const came = Buffer.concat(kept);
      for (let index = 0; index < 20; index++) {
        const part = came.subarray(index * bytes.length, (index + 1) * bytes.length);
        assert.ok(part.equals(bytes.fill(index)), `piece ${index}`);
      }
    });

    test('write() is false when it is enough, and onDrain tells when there is room', async (t) => {
      const { client, server } = await pair(t, { options: { highWaterMark: 1000 } });
      assert.equal(client.write(Buffer.alloc(999)), true);
      assert.equal(client.write('xx'), false);
      assert.ok(client.bufferedAmount > 1000);
      const drained = new Promise<void>((resolve) => client.onDrain(resolve));
      server.onData(() => {});
      await drained;
      assert.equal(client.bufferedAmount, 0);
    });

    test('a send that waits is no reason for onDrain', async (t) => {
      const { client, server } = await pair(t);
      let told = 0;
      client.onDrain(() => {
        told += 1;
      });
      server.onData(() => {});
      for (let count = 0; count < 3; count++) await client.send(Buffer.alloc(200_000));
      await nextTurn();
      assert.equal(told, 0);
    });

    test('maxBufferedAmount: ERR_BUFFER_FULL ends the connection', async (t) => {
      const { client } = await pair(t, { options: { maxBufferedAmount: 100_000 } });
      const over = new Promise<Error | undefined>((resolve) => client.onClose(resolve));
      while (!client.isClosed) client.write(Buffer.alloc(50_000));
      const error = (await over) as { code?: string };
      assert.equal(error?.code, 'ERR_BUFFER_FULL');
      assert.equal(client.write('x'), false);
      await assert.rejects(client.send('x'), { code: 'ERR_BUFFER_FULL' });
    });

    test('pause and resume, also inside the listener', async (t) => {
      const { client, server } = await pair(t);
      const came: string[] = [];
      let arrived = (): void => {};
      server.onData((chunk) => {
        came.push(chunk.toString());
        server.pause();
        arrived();
      });
      for (const text of ['a', 'b', 'c']) {
        const next = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        server.resume();
        await client.send(text);
        await next;
      }
      await client.send('d');
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      assert.deepEqual(came, ['a', 'b', 'c']);
      assert.equal(server.pause(), server);
    });

    test('null takes listeners off, and another face may read', async (t) => {
      const { client, server } = await pair(t);
      const first = new Promise<Buffer>((resolve) => server.onData(resolve));
      await client.send('one');
      assert.equal((await first).toString(), 'one');
      server.onData(null).onEnd(null).onDrain(null).onClose(null);
      await client.send('two');
      assert.equal((await server.receive()).toString(), 'two');
      assert.equal(server.onData(null).onEnd(null), server);
      await client.send('three');
      assert.equal((await server.receive()).toString(), 'three');
    });

    test('every listener is called in the context in which it was given', async (t) => {
      const { client, server } = await pair(t);
      const store = new AsyncLocalStorage<string>();
      const seen: unknown[] = [];
      const over = store.run('here', () => {
        server.onData(() => seen.push(['data', store.getStore()]));
        server.onDrain(() => seen.push(['drain', store.getStore()]));
        server.onEnd(() => {
          seen.push(['end', store.getStore()]);
          server.end();
        });
        return new Promise<void>((resolve) =>
          server.onClose(() => {
            seen.push(['close', store.getStore()]);
            resolve();
          }),
        );
      });
      const size = fill(server);
      await client.receive(size);
      await client.send('x');
      await client.shutdown();
      await over;
      assert.deepEqual(Object.fromEntries(seen as [string, unknown][]), {
        data: 'here',
        drain: 'here',
        end: 'here',
        close: 'here',
      });
    });

    test('and promises go on in that of their caller', async (t) => {
      const { client, server } = await pair(t);
      const store = new AsyncLocalStorage<number>();
      const receiving = store.run(1, async () => {
        await server.receive();
        return store.getStore();
      });
      await store.run(2, async () => {
        await client.send('x');
        assert.equal(store.getStore(), 2);
      });
      assert.equal(await receiving, 1);
    });

    test('what is wrong is refused by name', async (t) => {
      const { client } = await pair(t);
      for (const name of ['onData', 'onEnd', 'onDrain', 'onClose'] as const) {
        assert.throws(() => client[name](7 as never), { name: 'TypeError', message: /^listener / });
      }
      for (const data of [7, null, undefined, {}]) {
        assert.throws(() => client.write(data as never), { name: 'TypeError', message: /^data / });
      }
    });
  });
}

test('before connect: ERR_NOT_CONNECTED, and nothing is changed', () => {
  const socket = new Socket();
  const expected = { name: 'SSLError', code: 'ERR_NOT_CONNECTED' };
  for (const call of [
    () => socket.onData(() => {}),
    () => socket.onEnd(() => {}),
    () => socket.write('x'),
    () => socket.end(),
    () => socket.end('x'),
    () => socket.stream,
  ]) {
    assert.throws(call, expected);
    assert.throws(call, expected);
  }
});

test('onClose tells of a truncation, and onEnd does not', async (t) => {
  const { server, relay } = await relayedSockets(t);
  let ended = false;
  server.onData(() => {});
  server.onEnd(() => {
    ended = true;
  });
  const over = new Promise<Error | undefined>((resolve) => server.onClose(resolve));
  relay.cut();
  assert.equal(((await over) as { code?: string })?.code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
  assert.equal(ended, false);
});
