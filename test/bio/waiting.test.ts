// Waiting costs nothing, blocks nothing, and keeps the process only for as long as somebody waits.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BIO, BufferBIO, ConnectBIO, SocketBIO, SSLBIO } from 'bladessl';
import {
  freeing,
  isNonBlocking,
  listening,
  portOf,
  stuckPort,
  tcpConnection,
  tlsConnection,
} from '../helpers/chains';
import { assertEnded, runCompiled } from '../helpers/child';
import { clientContext } from '../helpers/identities';
import { startNode } from '../helpers/programs';

const waitingTime = 400;

/** Asserts that calls with this timeout end by it, and use far less of the processor than that. */
async function assertIdle(calls: (options: { timeout: number }) => Promise<unknown>[]): Promise<void> {
  const before = process.cpuUsage();
  const results = await Promise.allSettled(calls({ timeout: waitingTime }));
  const { user, system } = process.cpuUsage(before);
  for (const result of results) {
    assert.equal(result.status, 'rejected');
    assert.equal(result.reason.code, 'ERR_TIMEOUT');
  }
  const used = (user + system) / 1000;
  assert.ok(used < waitingTime / 2, `${used} ms of processor time in ${waitingTime} ms of waiting`);
}

suite('waiting is not spinning', () => {
  test('to read, on a socket and under TLS', async (t) => {
    const { client, server } = await tcpConnection(t);
    const secure = await tlsConnection(t);
    await assertIdle((options) => [
      client.readAsync(1, options),
      new BufferBIO().push(server).readAsync(1, options),
      secure.client.readAsync(1, options),
      secure.server.readAsync(1, options),
    ]);
  });

  test('to write', async (t) => {
    const { client } = await tcpConnection(t);
    const secure = await tlsConnection(t);
    const bytes = Buffer.alloc(64 * 2 ** 20);
    const full = (chain: BIO) => chain.writeAsync(bytes, { timeout: 1 }).catch(() => {});
    await Promise.all([full(client), full(secure.client)]);
    await assertIdle((options) => [
      client.writeAsync(bytes, options),
      secure.client.writeAsync(bytes, options),
    ]);
  });

  test('to accept and to connect', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${await stuckPort(t)}`));
    const other = freeing(
      t,
      new SSLBIO(clientContext()).push(new ConnectBIO(`127.0.0.1:${await stuckPort(t)}`)),
    );
    await assertIdle((options) => [
      listener.accept(options),
      listener.accept(options),
      client.connect(options),
      client.connect(options),
      other.handshake(options),
    ]);
  });

  test('for a handshake', async (t) => {
    const listener = await listening(t);
    const client = freeing(
      t,
      new SSLBIO(clientContext()).push(new ConnectBIO(`127.0.0.1:${portOf(listener)}`)),
    );
    await assertIdle((options) => [client.handshake(options)]);
  });

  test('to read and to write on one descriptor, of which only one is possible', async (t) => {
    const { client } = await tcpConnection(t);
    const chains = [client, freeing(t, new BufferBIO())] as const;
    chains[1].push(client);
    await client.writeAsync(Buffer.alloc(64 * 2 ** 20), { timeout: 1 }).catch(() => {});
    await assertIdle((options) => [
      client.readAsync(1, options),
      chains[1].readAsync(1, options),
      client.writeAsync(Buffer.alloc(2 ** 20), options),
    ]);
  });
});

suite('calls that wait never block', () => {
  test('whatever mode the socket was in', async (t) => {
    const { client, server } = await tcpConnection(t);
    const head = freeing(t, new BufferBIO().push(server));
    const waits: ((chain: BIO) => Promise<unknown>)[] = [
      (chain) => chain.readAsync(1, { timeout: 1 }).catch(() => {}),
      (chain) => chain.writeAsync('x'),
      (chain) => chain.flushAsync(),
    ];
    for (const chain of [server, head]) {
      for (const wait of waits) {
        server.setNonBlocking(false);
        assert.equal(isNonBlocking(server.fd), false);
        client.write('x');
        const over = wait(chain);
        assert.equal(isNonBlocking(server.fd), true);
        await over;
        while (server.read() !== null);
      }
    }
  });

  test('also when another descriptor has come in the place of the first', async (t) => {
    const first = await tcpConnection(t);
    const second = await tcpConnection(t);
    const bio = freeing(t, new SocketBIO(first.client.fd as number));
    first.server.write('x');
    await bio.readAsync();
    second.client.setNonBlocking(false);
    bio.setFd(second.client.fd as number);
    second.server.write('y');
    assert.equal((await bio.readAsync()).toString(), 'y');
    assert.equal(isNonBlocking(second.client.fd), true);
  });

  test('who waits for the first descriptor hears of the change', async (t) => {
    const first = await tcpConnection(t);
    const second = await tcpConnection(t);
    const bio = freeing(t, new SocketBIO(first.client.fd as number));
    const waiting = assert.rejects(bio.readAsync(), { name: 'SSLError', code: 'ERR_DESCRIPTOR_REPLACED' });
    bio.setFd(second.client.fd as number);
    await waiting;
  });

  test('a change that is refused disturbs nobody', async (t) => {
    const listener = await listening(t);
    const waiting = listener.accept();
    assert.throws(() => listener.setFd(0), { code: 'ERR_WRONG_BIO_TYPE' });
    freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`)).doConnect();
    freeing(t, await waiting);
  });

  test('also when the link below connects only when it is used', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`));
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = assert.rejects(client.readAsync(1, { signal }), { name: 'AbortError' });
    // What it fails with, if it fails: the descriptor would never come.
    while (client.fd === undefined) await Promise.race([nextTurn(), waiting]);
    assert.equal(isNonBlocking(client.fd), true);
    controller.abort();
    await waiting;
  });

  test('setNonBlocking sets both ways, on the chain', async (t) => {
    const { client } = await tcpConnection(t);
    const head = freeing(t, new BufferBIO().push(client));
    assert.equal(head.setNonBlocking(false), head);
    assert.equal(isNonBlocking(client.fd), false);
    head.setNonBlocking();
    assert.equal(isNonBlocking(client.fd), true);
    head.setNonBlocking(true);
    assert.equal(isNonBlocking(client.fd), true);
  });

  test('a connect link keeps the mode for the socket that it opens', async (t) => {
    const listener = await listening(t);
    for (const on of [true, false]) {
      const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`).setNonBlocking(on));
      client.doConnect();
      assert.equal(isNonBlocking(client.fd), on);
    }
  });
});

suite('the process', () => {
  test('ends when nothing waits, whatever is open', async (t) => {
    const result = await runCompiled(t, 'bio/jobs.js', ['idle']);
    assertEnded(result);
    assert.equal(result.stdout, 'idle\n');
  });

  test('ends when what has waited is over, however it ended', async (t) => {
    const result = await runCompiled(t, 'bio/jobs.js', ['waited']);
    assertEnded(result);
    assert.equal(result.stdout, 'rejected rejected rejected rejected\n');
  });

  test('stays for a wait that may be answered', async (t) => {
    const result = await runCompiled(t, 'bio/jobs.js', ['reading']);
    assertEnded(result);
    assert.equal(result.stdout, 'late\n');
  });

  test('stays for accept, and ends when that is answered', async (t) => {
    const program = startNode(t, [join(__dirname, 'jobs.js'), 'accepting']);
    const [, port] = await program.shows(/^(\d+)$/m);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${port}`));
    await client.connect();
    await client.writeAsync('from outside');
    const result = await program.ended;
    assertEnded(result);
    assert.equal(result.stdout, `${port}\nfrom outside\n`);
  });
});
