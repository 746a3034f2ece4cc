// `stream`: the socket as a Duplex, and what runs on it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { suite, test } from 'node:test';
import { Socket, SocketStream } from 'bladessl';
import { plainSockets, relayedSockets, tlsSockets } from '../helpers/sockets';

/** A member that is called as TypeScript would not allow. */
type Loose = (...args: unknown[]) => unknown;

test('only a socket makes a stream', () => {
  const Loose = SocketStream as unknown as new (...args: unknown[]) => unknown;
  for (const args of [[], [new Socket()], [new Socket(), {}]]) {
    assert.throws(() => new Loose(...args), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /socket/,
    });
  }
});

for (const [kind, pair] of [
  ['Socket', plainSockets],
  ['TLSSocket', tlsSockets],
] as const) {
  suite(`the stream of a ${kind}`, () => {
    test('is one object, and knows the socket', async (t) => {
      const { client } = await pair(t);
      const { stream } = client;
      assert.equal(client.stream, stream);
      assert.ok(stream instanceof SocketStream);
      assert.equal(stream.socket, client);
      assert.equal(stream.encrypted, kind === 'TLSSocket');
      const { remoteAddress, remotePort, remoteFamily, localAddress, localPort, connecting } = stream;
      assert.deepEqual([remoteAddress, remoteFamily, connecting], ['127.0.0.1', 'IPv4', false]);
      assert.deepEqual(
        [remotePort, localAddress, localPort],
        [client.remotePort, '127.0.0.1', client.localPort],
      );
      assert.deepEqual(stream.address(), { address: '127.0.0.1', port: localPort, family: 'IPv4' });
      assert.deepEqual([stream.alpnProtocol, stream.bytesRead, stream.bytesWritten], [false, 0, 0]);
      assert.equal(stream.setNoDelay().setKeepAlive(true, 5000).ref().unref().ref(), stream);
      assert.equal(client.getOption('SO_KEEPALIVE'), true);
      assert.equal(client.getOption('TCP_KEEPIDLE'), 5);
    });

    test('times are numbers of milliseconds, as those of a net.Socket', async (t) => {
      const { stream } = (await pair(t)).client as unknown as { stream: Record<string, Loose> };
      for (const time of ['1', null, 1n, Symbol('time'), {}]) {
        assert.throws(() => stream.setTimeout?.(time), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
        assert.throws(() => stream.setKeepAlive?.(true, time), { code: 'ERR_INVALID_ARG_TYPE' });
      }
      for (const time of [-1, NaN, Infinity]) {
        assert.throws(() => stream.setTimeout?.(time), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
        assert.throws(() => stream.setKeepAlive?.(true, time), { code: 'ERR_OUT_OF_RANGE' });
      }
      const { mock } = t.mock.method(process, 'emitWarning', () => {});
      assert.equal(stream.setTimeout?.(2 ** 31), stream);
      assert.equal(stream.setKeepAlive?.(true, 1e300), stream);
      assert.equal(stream.setTimeout?.(0.5), stream);
      // Node warns of a timer that cannot be that late, and runs it at once.
      assert.equal(mock.callCount(), 0);
    });

    test('pipeline to an echo and back', async (t) => {
      const { client, server } = await pair(t, { options: { allowHalfOpen: true } });
      const bytes = randomBytes(5 << 20);
      const echo = pipeline(server.stream, new PassThrough(), server.stream, { end: true });
      client.stream.end(bytes);
      const back = await buffer(client.stream);
      await echo;
      const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
      assert.equal(hash(back), hash(bytes));
    });

    test("without allowHalfOpen the peer's end ends it too", async (t) => {
      const { client, server } = await pair(t);
      const closed = [once(client.stream, 'close'), once(server.stream, 'close')];
      server.stream.resume();
      client.stream.end('x');
      client.stream.resume();
      await Promise.all(closed);
      assert.deepEqual([client.isClosed, server.isClosed], [true, true]);
    });

    test("an error is the stream's error", async (t) => {
      const { client, server } = await pair(t);
      const failing = assert.rejects(text(server.stream), { name: 'SSLSyscallError', code: 'ECONNRESET' });
      await client.close({ abort: true });
      await failing;
      assert.equal(server.stream.destroyed, true);
    });

    test('destroy closes the socket; close destroys the stream', async (t) => {
      const { client, server } = await pair(t);
      const closed = once(client.stream, 'close');
      client.stream.destroy();
      await closed;
      assert.equal(client.isClosed, true);
      const other = once(server.stream, 'close');
      server.stream.on('error', () => {});
      await server.close();
      await other;
      assert.equal(server.stream.destroyed, true);
    });

    test('onClose of the socket is told beside it', async (t) => {
      const { client, server } = await pair(t);
      const { stream } = client;
      const told = new Promise((resolve) => client.onClose(resolve));
      const closed = once(stream, 'close');
      stream.resume();
      await server.close();
      await Promise.all([told, closed]);
    });

    test('other faces are refused', async (t) => {
      const { client } = await pair(t);
      client.stream.pause();
      const inUse = { name: 'SSLError', code: 'ERR_FACE_IN_USE' };
      assert.throws(() => client.onData(() => {}), inUse);
      assert.throws(() => client.onDrain(() => {}), inUse);
      await assert.rejects(client.receive(), inUse);
    });

    test('setTimeout', async (t) => {
      const { client } = await pair(t);
      // What nobody reads keeps no process alive, and neither does the timer.
      client.stream.resume();
      await new Promise<void>((resolve) => client.stream.setTimeout(1, resolve));
      client.stream.setTimeout(0);
    });

    test('a send of the socket and writes of the stream keep their order', async (t) => {
      const { client, server } = await pair(t);
      const { stream } = client;
      const big = 'a'.repeat(400_000);
      stream.write(big);
      const sending = client.send('b'.repeat(400_000));
      const came = text(server.stream);
      await sending;
      stream.end('c');
      assert.equal(await came, `${big}${'b'.repeat(400_000)}c`);
    });

    test('node:http runs on it, keep-alive and all', async (t) => {
      const { client, server } = await pair(t);
      const web = http.createServer((request, response) => {
        text(request).then((body) => response.end(`${request.method} ${request.url} ${body}`));
      });
      t.after(() => web.close());
      web.emit('connection', server.stream);
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      Object.assign(agent, { createConnection: () => client.stream });
      t.after(() => agent.destroy());
      for (const body of ['one', 'x'.repeat(300_000)]) {
        const request = http.request({ agent, method: 'POST', path: '/p', host: 'localhost' });
        request.end(body);
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        assert.equal(await text(response), `POST /p ${body}`);
      }
    });
  });
}

test('a truncation destroys it with the error', async (t) => {
  const { server, relay } = await relayedSockets(t);
  const failing = assert.rejects(text(server.stream), { code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' });
  relay.cut();
  await failing;
});

test('destroySoon sends what is left', async (t) => {
  const { client, server } = await tlsSockets(t);
  const came = text(server.stream);
  client.stream.write('x'.repeat(1_000_000));
  client.stream.resume().destroySoon();
  assert.equal((await came).length, 1_000_000);
});

test('of a socket that is not connected', () => {
  assert.throws(() => new Socket().stream, { code: 'ERR_NOT_CONNECTED' });
});
