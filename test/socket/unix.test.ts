// Unix domain sockets, plain and under TLS.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { AF_UNIX, IPPROTO_IP, Socket, TLSSocket } from 'bladessl';
import { failureOf } from '../helpers/failures';
import { clientContext, serverContext } from '../helpers/identities';
import { closing, temporaryFolder } from '../helpers/sockets';

async function listening<S extends Socket | TLSSocket>(t: TestContext, socket: S): Promise<[S, string]> {
  const path = join(await temporaryFolder(t), 'socket');
  closing(t, socket);
  await socket.bind({ path });
  await socket.listen();
  return [socket, path];
}

suite('a Unix socket', () => {
  test('both ways, and what is known of it', async (t) => {
    const [listener, path] = await listening(t, new Socket());
    const client = closing(t, new Socket());
    const [server] = await Promise.all([listener.accept(), client.connect({ path })]);
    closing(t, server);
    await client.send('ping');
    assert.equal((await server.receive()).toString(), 'ping');
    await server.send('pong');
    assert.equal((await client.receive()).toString(), 'pong');
    assert.deepEqual(
      [client.family, client.protocol, client.host, client.port],
      [AF_UNIX, IPPROTO_IP, path, 0],
    );
    assert.deepEqual([client.remoteAddress, server.localAddress, listener.localAddress], [path, path, path]);
    assert.deepEqual(listener.info(), { address: path, port: 0, family: AF_UNIX });
    assert.equal(existsSync(path), true);
  });

  test('as a stream; what only TCP has is passed over', async (t) => {
    const [listener, path] = await listening(t, new Socket());
    const client = closing(t, new Socket());
    const [server] = await Promise.all([listener.accept(), client.connect({ path })]);
    closing(t, server);
    const { stream } = client;
    assert.equal(stream.setNoDelay().setKeepAlive(true, 5000), stream);
    assert.equal(stream.address().family, 'Unix');
    stream.end('x');
    assert.equal((await server.receive()).toString(), 'x');
  });

  test("nobody there: ENOENT; nobody listens: ECONNREFUSED; too long: a RangeError or the system's", async (t) => {
    const folder = await temporaryFolder(t);
    const client = closing(t, new Socket());
    await assert.rejects(client.connect({ path: join(folder, 'none') }), {
      name: 'SSLSyscallError',
      code: 'ENOENT',
    });
    const path = join(folder, 'bound');
    await closing(t, new Socket()).bind({ path });
    await assert.rejects(client.connect({ path }), { name: 'SSLSyscallError', code: 'ECONNREFUSED' });
    await assert.rejects(closing(t, new Socket()).bind({ path }), {
      name: 'SSLSyscallError',
      code: 'EADDRINUSE',
    });
    await assert.rejects(client.connect({ path: 'x'.repeat(200) }), { message: /path/ });
    assert.equal(client.state, 'new');
  });

  test('its file goes with it, however it ends, and wherever the process is by then', async (t) => {
    const [listener, path] = await listening(t, new Socket());
    await listener.close();
    assert.equal(existsSync(path), false);

    const here = process.cwd();
    t.after(() => process.chdir(here));
    const client = closing(t, new Socket());
    process.chdir(await temporaryFolder(t));
    await client.bind({ path: 'client' });
    const bound = join(process.cwd(), 'client');
    process.chdir(here);
    assert.equal(existsSync(bound), true);
    const [other, place] = await listening(t, new Socket());
    const [server] = await Promise.all([other.accept(), client.connect({ path: place })]);
    await server.close({ abort: true });
    await client.close();
    assert.equal(existsSync(bound), false);
  });

  test("another socket's file in the place of its own stays", async (t) => {
    const [listener, path] = await listening(t, new Socket());
    rmSync(path);
    const next = closing(t, new Socket());
    await next.bind({ path });
    await listener.close();
    assert.equal(existsSync(path), true);
  });

  test('a file of another kind in the place of its own stays', async (t) => {
    const [listener, path] = await listening(t, new Socket());
    rmSync(path);
    writeFileSync(path, 'not a socket');
    await listener.close();
    assert.equal(readFileSync(path, 'utf8'), 'not a socket');
  });
});

suite('TLS over a Unix socket', () => {
  test('with a name to check', async (t) => {
    const [listener, path] = await listening(t, new TLSSocket(null, serverContext()));
    const client = closing(t, new TLSSocket(null, clientContext()));
    const [server] = await Promise.all([
      listener.accept(),
      client.connect({ path }, undefined, { servername: 'localhost' }),
    ]);
    closing(t, server);
    await client.send('ping');
    assert.equal((await server.receive()).toString(), 'ping');
    assert.equal(server.servername, 'localhost');
  });

  test('without one: ERR_NO_SERVERNAME, also for a relative path', async (t) => {
    const [, path] = await listening(t, new TLSSocket(null, serverContext()));
    for (const name of [path, relative(process.cwd(), path)]) {
      const client = closing(t, new TLSSocket(null, clientContext()));
      const { code } = await failureOf(client.connect({ path: name }));
      assert.equal(code, 'ERR_NO_SERVERNAME');
      assert.equal(client.isClosed, true);
    }
  });
});
