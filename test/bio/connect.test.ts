// connect() and doConnect(): names, addresses, refusals, and what ends a wait.

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { suite, type TestContext, test } from 'node:test';
import { AF_INET, AF_INET6, BIO_s_connect, BufferBIO, ConnectBIO, MemoryBIO } from 'bladessl';
import { freeing, listening, portOf, stuckPort, tcpConnection } from '../helpers/chains';

type LookupDone = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void;
type Lookup = (name: string, options: dns.LookupAllOptions, done: LookupDone) => void;

/** Stands in for the resolver of this machine. */
function resolveBy(t: TestContext, lookup: Lookup): { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  t.mock.method(dns, 'lookup', (name: string, options: dns.LookupAllOptions, done: LookupDone) => {
    asked.push([name, options]);
    lookup(name, options, done);
  });
  return { asked };
}

/** A name that has some addresses. */
function resolveTo(t: TestContext, ...addresses: string[]): { readonly asked: unknown[] } {
  return resolveBy(t, (_name, _options, done) => {
    setImmediate(
      done,
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  });
}

/** A port that nobody listens on. */
async function closedPort(t: TestContext): Promise<number> {
  const listener = await listening(t);
  const port = portOf(listener);
  listener.free();
  return port;
}

const refused = { name: 'SSLSyscallError', code: 'ECONNREFUSED', syscall: 'connect' };
const timedOut = (what: string) => ({
  name: 'TimeoutError',
  code: 'ERR_TIMEOUT',
  message: new RegExp(`^${what} took longer than \\d+ ms$`),
});
const freedError = { name: 'FreedError', code: 'ERR_FREED' };

suite('connect', () => {
  test('connects to an address', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`));
    assert.equal(await client.connect(), undefined);
    assert.equal(typeof client.fd, 'number');
    const server = freeing(t, await listener.accept());
    client.write('hello');
    assert.equal((await server.readAsync()).toString(), 'hello');
  });

  test('connects to an IPv6 address', async (t) => {
    const listener = await listening(t, '[::1]:0');
    for (const target of [`[::1]:${portOf(listener)}`, { host: '::1', port: portOf(listener) }]) {
      const client = freeing(t, new ConnectBIO(target));
      await client.connect();
      assert.deepEqual([client.connHostname, client.connAddress], ['::1', '::1']);
      (await listener.accept()).free();
    }
  });

  test('resolves a name, and keeps it', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`localhost:${portOf(listener)}`));
    await client.connect();
    assert.deepEqual([client.connHostname, client.connAddress], ['localhost', '127.0.0.1']);
  });

  test('tries every address of a name in turn', async (t) => {
    const listener = await listening(t);
    const { asked } = resolveTo(t, '127.0.0.3', '::1', '127.0.0.1', '127.0.0.4');
    const client = freeing(t, new ConnectBIO(`many.example:${portOf(listener)}`));
    await client.connect();
    assert.deepEqual([client.connHostname, client.connAddress], ['many.example', '127.0.0.1']);
    assert.deepEqual(asked, [['many.example', { all: true, family: 0 }]]);
  });

  test('when no address answers, the last refusal is the error', async (t) => {
    const port = await closedPort(t);
    resolveTo(t, '127.0.0.1', '127.0.0.5');
    const client = freeing(t, new ConnectBIO(`many.example:${port}`));
    await assert.rejects(client.connect(), { ...refused, message: new RegExp(`127\\.0\\.0\\.5.*${port}`) });
    assert.equal(client.fd, undefined);
  });

  test('asks for addresses of the family', async (t) => {
    const port = await closedPort(t);
    const { asked } = resolveTo(t, '127.0.0.1');
    for (const [family, number] of [
      [AF_INET, 4],
      [AF_INET6, 6],
    ] as const) {
      await assert.rejects(freeing(t, new ConnectBIO({ host: 'a.example', port, family })).connect());
      assert.deepEqual(asked.pop(), ['a.example', { all: true, family: number }]);
    }
  });

  test('an address of another family than connFamily is refused', async (t) => {
    const listener = await listening(t);
    const client = freeing(
      t,
      new ConnectBIO({ host: '127.0.0.1', port: portOf(listener), family: AF_INET6 }),
    );
    await assert.rejects(client.connect(), { name: 'SSLError', code: /^ERR_/ });
    assert.equal(client.fd, undefined);
  });

  test('connAddress says where to, whatever the name', async (t) => {
    const listener = await listening(t);
    const { asked } = resolveTo(t, '127.0.0.9');
    const client = freeing(t, new ConnectBIO(`elsewhere.example:${portOf(listener)}`));
    client.connAddress = '127.0.0.1';
    await client.connect();
    assert.deepEqual([client.connHostname, client.connAddress], ['elsewhere.example', '127.0.0.1']);
    assert.deepEqual(asked, []);
  });

  test('a name that is not known is ENOTFOUND', async (t) => {
    const client = freeing(t, new ConnectBIO(`${'x'.repeat(64)}.invalid:1`));
    const expected = { name: 'SSLSyscallError', code: 'ENOTFOUND', syscall: 'getaddrinfo' };
    await assert.rejects(client.connect(), expected);
    assert.equal(client.fd, undefined);
  });

  test("the resolver's refusal is an SSLSyscallError, with the cause", async (t) => {
    const cause = Object.assign(new Error('getaddrinfo EAI_AGAIN a.example'), {
      code: 'EAI_AGAIN',
      errno: -3001,
      syscall: 'getaddrinfo',
    });
    resolveBy(t, (_name, _options, done) => setImmediate(done, cause, []));
    const client = freeing(t, new ConnectBIO('a.example:1'));
    const { code, errno, syscall } = cause;
    await assert.rejects(client.connect(), { name: 'SSLSyscallError', code, errno, syscall, cause });
  });

  test('a name without an address is ENOTFOUND', async (t) => {
    resolveTo(t);
    await assert.rejects(freeing(t, new ConnectBIO('none.example:1')).connect(), {
      name: 'SSLSyscallError',
      code: 'ENOTFOUND',
      errno: -3008,
      message: "getaddrinfo ENOTFOUND: 'none.example' has no address",
    });
  });

  test('a port that nobody listens on is ECONNREFUSED', async (t) => {
    const port = await closedPort(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${port}`));
    await assert.rejects(client.connect(), {
      ...refused,
      message: new RegExp(`^connect ECONNREFUSED .*${port}`),
    });
    assert.equal(client.fd, undefined);
    assert.notEqual(client.error(), 0);
    assert.match(client.errorString(), /Connection refused/);
  });

  test('after a refusal it can be tried again, there and elsewhere', async (t) => {
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${await closedPort(t)}`));
    await assert.rejects(client.connect(), refused);
    await assert.rejects(client.connect(), refused);
    const listener = await listening(t);
    client.connPort = portOf(listener);
    await client.connect();
    freeing(t, await listener.accept()).write('hello');
    assert.equal((await client.readAsync()).toString(), 'hello');
  });

  test('without a host, or a port, there is nowhere to go', async () => {
    const noAddress = { name: 'SSLError', code: 'ERR_NO_ADDRESS' };
    for (const bio of [new ConnectBIO(), new ConnectBIO('127.0.0.1'), new ConnectBIO('localhost')]) {
      await assert.rejects(bio.connect(), noAddress);
    }
    await assert.rejects(new ConnectBIO('127.0.0.1:no-such-service').connect(), {
      name: 'SSLError',
      code: /^ERR_/,
    });
  });

  test('a chain connects the link that is below', async (t) => {
    const listener = await listening(t);
    const chain = freeing(t, new BufferBIO().push(new ConnectBIO(`127.0.0.1:${portOf(listener)}`)));
    await chain.connect();
    assert.equal(chain.fd, chain.find(BIO_s_connect)?.fd);
  });

  test('a link that is connected stays so', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`));
    await client.connect();
    const { fd } = client;
    await client.connect();
    assert.equal(client.fd, fd);
  });

  test('several at once make one connection', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`localhost:${portOf(listener)}`));
    await Promise.all([client.connect(), client.connect(), client.connect()]);
    const server = freeing(t, await listener.accept());
    server.write('hello');
    assert.equal((await client.readAsync()).toString(), 'hello');
    assert.equal(listener.doAccept(), -1);
  });

  test('several at once are refused alike', async (t) => {
    const client = freeing(t, new ConnectBIO(`localhost:${await closedPort(t)}`));
    const results = await Promise.allSettled([client.connect(), client.connect(), client.connect()]);
    assert.deepEqual(
      results.map((result) => result.status === 'rejected' && result.reason.code),
      ['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED'],
    );
  });

  test('a service that nobody knows is named', async (t) => {
    const client = freeing(t, new ConnectBIO('127.0.0.1:bogus-service'));
    await assert.rejects(client.connect(), { name: 'SSLError', message: /^system lib: \S+/ });
  });

  test('where to cannot change while there is a socket', async (t) => {
    const { client } = await tcpConnection(t);
    const before = [client.connHostname, client.connPort, client.connAddress, client.connFamily];
    const wrongState = { name: 'SSLError', code: 'ERR_WRONG_STATE', message: /has its socket already/ };
    assert.throws(() => (client.connHostname = 'localhost'), wrongState);
    assert.throws(() => (client.connPort = 1), wrongState);
    assert.throws(() => (client.connAddress = '::1'), wrongState);
    assert.throws(() => (client.connFamily = AF_INET6), wrongState);
    assert.deepEqual([client.connHostname, client.connPort, client.connAddress, client.connFamily], before);
  });

  test('the parts of a target are named', () => {
    const wrong = (target: unknown, code: string, message: RegExp): void =>
      assert.throws(() => new ConnectBIO(target as string), { code, message });
    wrong({ host: 5, port: 1 }, 'ERR_INVALID_ARG_TYPE', /^target\.host /);
    wrong({ host: 'x', port: 65536 }, 'ERR_OUT_OF_RANGE', /^target\.port /);
    wrong({ host: 'x', port: 1, family: 99 }, 'ERR_INVALID_ARG_TYPE', /^target\.family /);
  });
});

suite('what ends connect', () => {
  test('the timeout', async (t) => {
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${await stuckPort(t)}`));
    await assert.rejects(client.connect({ timeout: 20 }), timedOut('connect'));
    assert.equal(client.fd, undefined);
    const listener = await listening(t);
    client.connPort = portOf(listener);
    await client.connect();
  });

  test('the signal, before and meanwhile, with its reason', async (t) => {
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${await stuckPort(t)}`));
    const reason = new Error('enough');
    await assert.rejects(client.connect({ signal: AbortSignal.abort(reason) }), reason);
    assert.equal(client.fd, undefined);
    const controller = new AbortController();
    const connecting = client.connect({ signal: controller.signal });
    setImmediate(() => controller.abort(reason));
    await assert.rejects(connecting, reason);
    assert.equal(client.fd, undefined);
    await assert.rejects(client.connect({ signal: AbortSignal.timeout(5) }), { name: 'TimeoutError' });
  });

  test('free', async (t) => {
    const port = await stuckPort(t);
    const [alone, below] = [new ConnectBIO(`127.0.0.1:${port}`), new ConnectBIO(`127.0.0.1:${port}`)];
    const chain = new BufferBIO().push(below);
    const calls = [alone.connect(), alone.connect(), chain.connect()];
    setImmediate(() => {
      alone.free();
      chain.freeAll();
    });
    for (const call of await Promise.allSettled(calls)) {
      assert.equal(call.status, 'rejected');
      assert.equal(call.reason.code, 'ERR_FREED');
    }
  });

  test('each of them during the look-up too', async (t) => {
    resolveBy(t, () => {});
    const client = new ConnectBIO('slow.example:1');
    await assert.rejects(client.connect({ timeout: 5 }), timedOut('connect'));
    const controller = new AbortController();
    const connecting = client.connect({ signal: controller.signal });
    setImmediate(() => controller.abort('stop'));
    await assert.rejects(connecting, (reason) => reason === 'stop');
    const last = client.connect();
    setImmediate(() => client.free());
    await assert.rejects(last, freedError);
  });

  test('an answer of the resolver that comes too late changes nothing', async (t) => {
    let answer: () => void = () => {};
    resolveBy(t, (_name, _options, done) => {
      answer = () => done(null, [{ address: '127.0.0.1', family: 4 }]);
    });
    const client = freeing(t, new ConnectBIO('slow.example:1'));
    await assert.rejects(client.connect({ timeout: 5 }), timedOut('connect'));
    answer();
    await new Promise(setImmediate);
    assert.deepEqual([client.fd, client.connAddress], [undefined, undefined]);
  });

  test('one caller gives up, the other goes on', async (t) => {
    let answer: () => void = () => {};
    const listener = await listening(t);
    resolveBy(t, (_name, _options, done) => {
      answer = () => done(null, [{ address: '127.0.0.1', family: 4 }]);
    });
    const client = freeing(t, new ConnectBIO(`slow.example:${portOf(listener)}`));
    const impatient = client.connect({ timeout: 5 });
    const patient = client.connect();
    await assert.rejects(impatient, timedOut('connect'));
    await new Promise(setImmediate);
    answer();
    await patient;
    assert.equal(typeof client.fd, 'number');
  });
});

suite('doConnect', () => {
  test('connects and waits, until told not to', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`));
    assert.equal(client.doConnect(), 1);
    assert.equal(client.doConnect(), 1);
    assert.equal(client.doHandshake(), 1);
  });

  test('would block on a socket that is not to block, and never spins', async (t) => {
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${await stuckPort(t)}`));
    assert.equal(client.setNonBlocking(), client);
    for (let turn = 0; turn < 5; turn++) {
      assert.equal(client.doConnect(), -1);
      assert.deepEqual([client.shouldRetry(), client.shouldIoSpecial()], [true, true]);
      assert.equal(client.read(), null);
      assert.equal(client.write('x'), -1);
    }
    await assert.rejects(client.connect({ timeout: 5 }), timedOut('connect'));
  });

  test('what it has begun, connect completes', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`).setNonBlocking());
    client.doConnect();
    await client.connect();
    const server = freeing(t, await listener.accept());
    server.write('hello');
    assert.equal((await client.readAsync()).toString(), 'hello');
  });

  test('what it has begun in vain, connect reports', async (t) => {
    const port = await closedPort(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${port}`).setNonBlocking());
    assert.equal(client.doConnect(), -1);
    await assert.rejects(client.connect(), refused);
    await assert.rejects(client.connect(), refused);
  });

  test('a refusal is thrown', async (t) => {
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${await closedPort(t)}`));
    assert.throws(() => client.doConnect(), refused);
    assert.throws(() => client.doConnect(), refused);
  });

  test('a name is not looked up: that would block', async (t) => {
    const client = freeing(t, new ConnectBIO('localhost:1'));
    const expected = { name: 'SSLError', code: 'ERR_NAME_NOT_RESOLVED', message: /'localhost'/ };
    const chain = new BufferBIO().push(client);
    for (const bio of [client, chain]) {
      assert.throws(() => bio.doConnect(), expected);
      assert.throws(() => bio.read(), expected);
      assert.throws(() => bio.write('x'), expected);
      await assert.rejects(bio.readAsync(), expected);
      await assert.rejects(bio.writeAsync('x'), expected);
    }
    client.connAddress = '127.0.0.1';
    client.setNonBlocking(false);
    assert.throws(() => client.doConnect(), refused);
  });

  test('reading and writing connect as well', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${portOf(listener)}`));
    const [server] = await Promise.all([listener.accept(), client.writeAsync('hello')]);
    assert.equal((await freeing(t, server).readAsync()).toString(), 'hello');
  });

  test('needs somewhere to go', () => {
    assert.throws(() => new ConnectBIO().doConnect(), { name: 'SSLError', code: /^ERR_/ });
    assert.throws(() => new BufferBIO().push(new MemoryBIO()).doConnect(), { code: 'ERR_WRONG_BIO_TYPE' });
  });
});
