// listen(), accept() and doAccept().

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { suite, type TestContext, test } from 'node:test';
import {
  AcceptBIO,
  AF_INET,
  AF_INET6,
  BIO,
  BIO_s_accept,
  BIO_s_socket,
  BufferBIO,
  ConnectBIO,
} from 'bladessl';
import { freeing, isNonBlocking, linksOf, listening, portOf } from '../helpers/chains';

const freedError = { name: 'FreedError', code: 'ERR_FREED' };
const timedOut = { name: 'TimeoutError', code: 'ERR_TIMEOUT', message: /^accept took longer than \d+ ms$/ };

/** A connection to a listening link. */
async function connectTo(t: TestContext, listener: AcceptBIO): Promise<ConnectBIO> {
  const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`));
  await client.connect();
  return client;
}

/** Sends a number from each client, and tells which numbers the servers got. */
async function introduce(clients: readonly BIO[], servers: readonly BIO[]): Promise<string[]> {
  await Promise.all(clients.map((client, index) => client.writeAsync(`${index}`)));
  const got = await Promise.all(servers.map(async (server) => (await server.readAsync()).toString()));
  return got.sort();
}

suite('listen', () => {
  test('takes a port that the system chooses, and says which', async (t) => {
    const listener = await listening(t);
    assert.ok(portOf(listener) > 0);
    assert.equal(listener.acceptName, '127.0.0.1');
    assert.equal(typeof listener.fd, 'number');
    await connectTo(t, listener);
  });

  test('again changes nothing, also at once', async (t) => {
    const listener = freeing(t, new AcceptBIO('127.0.0.1:0'));
    await Promise.all([listener.listen(), listener.listen(), listener.listen()]);
    const port = portOf(listener);
    await listener.listen();
    assert.equal(portOf(listener), port);
    const client = await connectTo(t, listener);
    assert.deepEqual(await introduce([client], [freeing(t, await listener.accept())]), ['0']);
  });

  test('resolves a name', async (t) => {
    const listener = await listening(t, 'localhost:0');
    assert.equal(listener.acceptName, '127.0.0.1');
    await connectTo(t, listener);
  });

  test('a name that is not known is ENOTFOUND', async (t) => {
    const listener = freeing(t, new AcceptBIO(`${'x'.repeat(64)}.invalid:0`));
    const expected = { name: 'SSLSyscallError', code: 'ENOTFOUND', syscall: 'getaddrinfo' };
    await assert.rejects(listener.listen(), expected);
    await assert.rejects(listener.accept(), expected);
    assert.equal(listener.fd, undefined);
  });

  test('listens on all addresses of the family', async (t) => {
    for (const [family, address] of [
      [AF_INET, '0.0.0.0'],
      [AF_INET6, '::'],
    ] as const) {
      for (const name of ['*:0', ':0', '0']) {
        const listener = freeing(t, new AcceptBIO(name));
        listener.acceptFamily = family;
        await listener.listen();
        assert.equal(listener.acceptName, address);
        await freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`)).connect();
      }
    }
  });

  test('a port that is taken is EADDRINUSE', async (t) => {
    const port = portOf(await listening(t));
    const second = freeing(t, new AcceptBIO(`127.0.0.1:${port}`));
    await assert.rejects(second.listen(), { name: 'SSLSyscallError', code: 'EADDRINUSE', syscall: 'bind' });
    assert.equal(second.fd, undefined);
  });

  test('an address of another machine is EADDRNOTAVAIL', async (t) => {
    const listener = freeing(t, new AcceptBIO('192.0.2.1:0'));
    await assert.rejects(listener.listen(), { name: 'SSLSyscallError', code: 'EADDRNOTAVAIL' });
  });

  test('after a refusal it can be tried again elsewhere', async (t) => {
    const listener = freeing(t, new AcceptBIO('192.0.2.1:0'));
    await assert.rejects(listener.listen(), { code: 'EADDRNOTAVAIL' });
    listener.acceptName = '127.0.0.1:0';
    await listener.listen();
    await connectTo(t, listener);
  });

  test('a port that was let go can be taken again at once', async (t) => {
    const listener = await listening(t);
    const port = portOf(listener);
    const client = await connectTo(t, listener);
    freeing(t, await listener.accept()).freeAll();
    listener.free();
    const next = await listening(t, `127.0.0.1:${port}`);
    assert.equal(portOf(next), port);
    client.free();
  });

  test('timeout and signal end the look-up', async (t) => {
    t.mock.method(dns, 'lookup', () => {});
    const listener = freeing(t, new AcceptBIO('slow.example:0'));
    await assert.rejects(listener.listen({ timeout: 5 }), { name: 'TimeoutError', message: /^listen took/ });
    await assert.rejects(listener.listen({ signal: AbortSignal.abort('no') }), (reason) => reason === 'no');
    const last = listener.listen();
    setImmediate(() => listener.free());
    await assert.rejects(last, freedError);
  });
});

suite('accept', () => {
  test('goes through a chain, and an accept link made by its method', async (t) => {
    const plain = freeing(t, new BIO(BIO_s_accept));
    plain.acceptName = '127.0.0.1:0';
    const head = freeing(t, new BufferBIO().push(plain));
    await head.listen();
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${head.acceptPort}`));
    const [server] = await Promise.all([head.accept(), client.connect()]);
    await client.writeAsync('x');
    assert.equal((await freeing(t, server).readAsync()).toString(), 'x');
  });

  test('where to listen cannot change any more', async (t) => {
    const listener = await listening(t);
    const before = [listener.acceptName, listener.acceptPort, listener.acceptFamily];
    const wrongState = { name: 'SSLError', code: 'ERR_WRONG_STATE' };
    assert.throws(() => (listener.acceptName = '127.0.0.1:1'), wrongState);
    assert.throws(() => (listener.acceptPort = 1), wrongState);
    assert.throws(() => (listener.acceptFamily = AF_INET6), wrongState);
    assert.deepEqual([listener.acceptName, listener.acceptPort, listener.acceptFamily], before);
  });

  test('gives a chain of its own, one link on a socket that does not block', async (t) => {
    const listener = await listening(t);
    const [server] = await Promise.all([listener.accept(), connectTo(t, listener)]);
    freeing(t, server);
    assert.equal(server.method, BIO_s_socket);
    assert.deepEqual(linksOf(server), [server]);
    assert.equal(listener.next, undefined);
    assert.ok(isNonBlocking(server.fd as number));
    assert.ok(isNonBlocking(listener.fd as number));
    assert.equal(server.read(), null);
  });

  test('listens first if need be', async (t) => {
    const listener = freeing(t, new AcceptBIO('127.0.0.1:0'));
    const accepting = [listener.accept(), listener.accept()];
    await listener.listen();
    const clients = [await connectTo(t, listener), await connectTo(t, listener)];
    const servers = await Promise.all(accepting);
    for (const server of servers) freeing(t, server);
    assert.deepEqual(await introduce(clients, servers), ['0', '1']);
  });

  test('several at once get a connection each', async (t) => {
    const listener = await listening(t);
    const accepting = Array.from({ length: 20 }, () => listener.accept());
    const clients = await Promise.all(accepting.map(() => connectTo(t, listener)));
    const servers = await Promise.all(accepting);
    for (const server of servers) freeing(t, server);
    assert.equal(new Set(servers).size, 20);
    assert.deepEqual(await introduce(clients, servers), clients.map((_, index) => `${index}`).sort());
  });

  test('connections that came before are waiting', async (t) => {
    const listener = await listening(t);
    const clients = [await connectTo(t, listener), await connectTo(t, listener)];
    const servers = [await listener.accept(), await listener.accept()];
    for (const server of servers) freeing(t, server);
    assert.deepEqual(await introduce(clients, servers), ['0', '1']);
  });

  test('a client that has gone again reads as the end', async (t) => {
    const listener = await listening(t);
    (await connectTo(t, listener)).free();
    assert.deepEqual(await freeing(t, await listener.accept()).readAsync(), Buffer.alloc(0));
  });

  test('what was accepted outlives the listener', async (t) => {
    const listener = await listening(t);
    const client = await connectTo(t, listener);
    const server = freeing(t, await listener.accept());
    listener.free();
    assert.deepEqual(await introduce([client], [server]), ['0']);
  });

  test('the timeout ends it, and the link goes on', async (t) => {
    const listener = await listening(t);
    await assert.rejects(listener.accept({ timeout: 5 }), timedOut);
    const client = await connectTo(t, listener);
    assert.deepEqual(await introduce([client], [freeing(t, await listener.accept({ timeout: 10_000 }))]), [
      '0',
    ]);
  });

  test('the signal ends it, before and meanwhile, with its reason', async (t) => {
    const listener = await listening(t);
    const reason = new Error('enough');
    await assert.rejects(listener.accept({ signal: AbortSignal.abort(reason) }), reason);
    const controller = new AbortController();
    const accepting = [listener.accept({ signal: controller.signal }), listener.accept()];
    setImmediate(() => controller.abort(reason));
    await assert.rejects(accepting[0] as Promise<BIO>, reason);
    const client = await connectTo(t, listener);
    assert.deepEqual(await introduce([client], [freeing(t, (await accepting[1]) as BIO)]), ['0']);
  });

  test('free ends all that wait, and closes the socket', async (t) => {
    const listener = await listening(t);
    const port = portOf(listener);
    const accepting = Promise.allSettled([listener.accept(), listener.accept(), listener.accept()]);
    setImmediate(() => listener.free());
    for (const result of await accepting) {
      assert.equal(result.status, 'rejected');
      assert.deepEqual([result.reason.name, result.reason.code], ['FreedError', 'ERR_FREED']);
    }
    const late = freeing(t, new ConnectBIO(`127.0.0.1:${port}`));
    await assert.rejects(late.connect(), { code: 'ECONNREFUSED' });
  });

  test('free in the same turn too', async (t) => {
    const listener = await listening(t);
    const accepting = listener.accept();
    listener.free();
    await assert.rejects(accepting, freedError);
  });
});

suite('doAccept', () => {
  test('listens first, and then takes connections, which pop takes out', async (t) => {
    const listener = freeing(t, new AcceptBIO('127.0.0.1:0').setNonBlocking());
    assert.equal(listener.doAccept(), 1);
    assert.deepEqual(linksOf(listener), [listener]);
    assert.ok(portOf(listener) > 0);
    assert.equal(listener.doAccept(), -1);
    assert.equal(listener.shouldRetry(), true);
    const client = await connectTo(t, listener);
    assert.equal(listener.doAccept(), 1);
    const server = freeing(t, listener.next as BIO);
    assert.equal(server.method, BIO_s_socket);
    assert.equal(listener.doAccept(), 1);
    assert.equal(listener.next, server);
    assert.equal(listener.pop(), server);
    assert.deepEqual(await introduce([client], [server]), ['0']);
    assert.equal(listener.doAccept(), -1);
  });

  test('reading and writing go to the connection below', async (t) => {
    const listener = freeing(t, new AcceptBIO('127.0.0.1:0').setNonBlocking());
    listener.doAccept();
    const client = await connectTo(t, listener);
    listener.doAccept();
    client.write('ping');
    assert.equal((await listener.readAsync()).toString(), 'ping');
    assert.equal(await listener.writeAsync('pong'), 4);
    assert.equal((await client.readAsync()).toString(), 'pong');
  });

  test('accept takes a connection that doAccept has taken', async (t) => {
    const listener = freeing(t, new AcceptBIO('127.0.0.1:0').setNonBlocking());
    listener.doAccept();
    const client = await connectTo(t, listener);
    listener.doAccept();
    const server = freeing(t, await listener.accept());
    assert.equal(listener.next, undefined);
    assert.deepEqual(await introduce([client], [server]), ['0']);
  });

  test('a name is not looked up: that would block', () => {
    const expected = { name: 'SSLError', code: 'ERR_NAME_NOT_RESOLVED', message: /'localhost'/ };
    assert.throws(() => new AcceptBIO('localhost:0').doAccept(), expected);
  });

  test('what the system refuses is thrown', async (t) => {
    const port = portOf(await listening(t));
    const second = freeing(t, new AcceptBIO(`127.0.0.1:${port}`));
    for (let turn = 0; turn < 2; turn++) {
      assert.throws(() => second.doAccept(), {
        name: 'SSLSyscallError',
        code: 'EADDRINUSE',
        syscall: 'bind',
      });
    }
  });

  test('without a port there is nothing to listen on', () => {
    assert.throws(() => new AcceptBIO().doAccept(), { name: 'SSLError', code: /^ERR_/ });
    assert.throws(() => new AcceptBIO('127.0.0.1:no-such-service').doAccept(), {
      name: 'SSLError',
      code: /^ERR_/,
    });
  });

  test('needs an accept link', () => {
    assert.throws(() => new BufferBIO().doAccept(), { name: 'SSLError', code: 'ERR_WRONG_BIO_TYPE' });
  });
});
