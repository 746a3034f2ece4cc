// What happens to calls that wait when their chain, their descriptor or their bytes change under them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIO,
  BIO_CLOSE,
  BIO_NOCLOSE,
  BufferBIO,
  FdBIO,
  MemoryBIO,
  SSL,
  SSL_MODE_AUTO_RETRY,
  SSL_MODE_ENABLE_PARTIAL_WRITE,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLError,
} from 'bladessl';
import { freeing, shake, tcpConnection, tlsConnection, tlsLinks, tlsPair } from '../helpers/chains';
import { authority, clientContext, only, serverContext } from '../helpers/identities';
import { pathOf } from '../helpers/openssl-files';

const chainChanged = { name: 'SSLError', code: 'ERR_BIO_CHAIN_CHANGED' };
const freedError = { name: 'FreedError', code: 'ERR_FREED' };
/** More than the sockets between two chains take. */
const much = 24 << 20;

/** All that comes, until `isLast` says so of a part; without it, until nothing has come for a while. */
async function drain(chain: BIO, isLast?: (part: Buffer) => boolean): Promise<Buffer> {
  const parts: Buffer[] = [];
  const timeout = isLast === undefined ? 300 : 20_000;
  try {
    for (;;) {
      const part = await chain.readAsync(65536, { timeout });
      if (part.length === 0) break;
      parts.push(part);
      if (isLast?.(part)) break;
    }
  } catch {
    // The end, or as good as that.
  }
  return Buffer.concat(parts);
}

/** Tells the part with which so many bytes (of a value, or of any) have come. */
function atLast(count: number, value?: string): (part: Buffer) => boolean {
  const byte = value?.charCodeAt(0);
  let missing = count;
  return (part) => {
    missing -= byte === undefined ? part.length : part.filter((one) => one === byte).length;
    return missing <= 0;
  };
}

suite('a chain that changes', () => {
  test('a handshake whose SSL link is popped, or gets another SSL, is refused', async (t) => {
    const { client } = await tcpConnection(t);
    const link = new SSLBIO(clientContext()).push(client);
    const head = freeing(t, new BufferBIO().push(link));
    const popped = assert.rejects(head.handshake({ servername: 'localhost' }), chainChanged);
    link.pop();
    await popped;
    client.pop();
    const other = freeing(t, new SSLBIO(clientContext()).push(client));
    const swapped = assert.rejects(other.handshake({ servername: 'localhost' }), chainChanged);
    other.setSsl(new SSL(clientContext()));
    await swapped;
  });

  test('nothing goes out in clear when the SSL link is freed under a write', async (t) => {
    const { client, server } = await tlsConnection(t);
    const head = freeing(t, new BufferBIO().push(client));
    const writing = assert.rejects(head.writeAsync(Buffer.alloc(much, 'SECRET')), freedError);
    await nextTurn();
    client.free();
    await writing;
    const raw = server.pop();
    assert.ok(raw !== undefined);
    assert.equal((await drain(freeing(t, raw))).indexOf('SECRETSECRET'), -1);
  });

  test('a read gets no ciphertext when the SSL link is popped', async (t) => {
    const { client, server } = await tlsConnection(t);
    const head = freeing(t, new BufferBIO().push(client));
    const reading = assert.rejects(head.readAsync(), chainChanged);
    client.pop();
    await server.writeAsync('secret');
    await reading;
  });

  test('calls on links that stay as they are go on', async (t) => {
    const { client, server } = await tcpConnection(t);
    const head = new BufferBIO().push(client);
    const reading = client.readAsync();
    head.free();
    await server.writeAsync('still here');
    assert.equal((await reading).toString(), 'still here');
  });

  test('a write in the queue of a link that is taken away is not sent in clear', async (t) => {
    for (const how of ['pop', 'free'] as const) {
      const { client, server } = await tlsConnection(t);
      const head = freeing(t, new BufferBIO().push(client));
      const first = head.writeAsync(Buffer.alloc(much, 'A'));
      const second = assert.rejects(head.writeAsync('SECRET'), how === 'pop' ? chainChanged : freedError);
      const received = drain(server, atLast(much));
      await first;
      client[how]();
      await second;
      assert.equal((await received).length, much);
      const raw = server.pop();
      assert.ok(raw !== undefined);
      assert.equal((await drain(freeing(t, raw))).indexOf('SECRET'), -1);
    }
  });

  test('an accepted connection leaves the chain of its listener alone', async (t) => {
    const { AcceptBIO, ConnectBIO } = await import('bladessl');
    const listener = new AcceptBIO('127.0.0.1:0');
    const head = freeing(t, new BufferBIO().push(listener));
    await listener.listen();
    const client = freeing(t, new ConnectBIO(`127.0.0.1:${listener.acceptPort}`));
    const [server] = await Promise.all([listener.accept(), client.connect()]);
    assert.equal(head.next, listener);
    assert.equal(listener.next, undefined);
    await client.writeAsync('x');
    assert.equal((await freeing(t, server).readAsync()).toString(), 'x');
  });

  test('an SSL with two ways keeps both under an SSL link', () => {
    const [read, write] = [new MemoryBIO(), new MemoryBIO()];
    const ssl = new SSL(clientContext()).setBio(read, write);
    ssl.verifyName = 'localhost';
    const link = new SSLBIO(ssl);
    assert.equal(link.doHandshake(), -1);
    assert.ok(write.pending > 0);
    assert.equal(read.pending, 0);
    assert.deepEqual([ssl.rbio === read, ssl.wbio === write], [true, true]);
    link.pop();
    assert.deepEqual([ssl.rbio, ssl.wbio], [undefined, undefined]);
  });
});

suite('writes that wait', () => {
  test('a write that comes after one that has timed out arrives whole', async (t) => {
    for (const way of ['write', 'writeAsync', 'ssl.write', 'from above'] as const) {
      const { client, server } = await tlsConnection(t);
      await assert.rejects(client.writeAsync(Buffer.alloc(much, 'A'), { timeout: 20 }), {
        code: 'ERR_TIMEOUT',
      });
      const received = drain(server, atLast(30_000, 'B'));
      const data = Buffer.alloc(30_000, 'B');
      if (way === 'writeAsync') await client.writeAsync(data);
      else if (way === 'from above') await new BufferBIO().push(client).writeAsync(data);
      else {
        const write = (rest: Buffer): number =>
          way === 'write' ? client.write(rest) : client.ssl.write(rest);
        for (let sent = 0; sent < data.length; await nextTurn())
          sent += Math.max(0, write(data.subarray(sent)));
        await client.flushAsync();
      }
      const text = (await received).toString('latin1');
      assert.match(text.slice(-30_001), /^AB+$/, way);
    }
  });

  test('writes on several links of a chain follow each other', async (t) => {
    const { client, server } = await tlsConnection(t);
    const head = freeing(t, new BufferBIO().push(client));
    const received = drain(server, atLast(9_000_000));
    await Promise.all([
      head.writeAsync(Buffer.alloc(3_000_000, 'A')),
      client.writeAsync(Buffer.alloc(3_000_000, 'B')),
      head.writeAsync(Buffer.alloc(3_000_000, 'C')),
    ]);
    assert.ok((await received).equals(Buffer.from('A'.repeat(3e6) + 'B'.repeat(3e6) + 'C'.repeat(3e6))));
  });

  test('a direct write in the middle of one that waits is ERR_BUSY, and not after it', async (t) => {
    const { client, server } = await tlsConnection(t);
    const writing = client.writeAsync(Buffer.alloc(much, 'A'));
    for (const write of [
      () => client.write('x'),
      () => client.ssl.write('x'),
      () => client.ssl.writev(['x']),
      () => client.next?.write('x'),
    ]) {
      assert.throws(write, { name: 'SSLError', code: 'ERR_BUSY' });
    }
    const received = drain(server, atLast(much + 1));
    await writing;
    assert.equal(client.write('x'), 1);
    assert.equal((await received).length, much + 1);
  });

  test('bytes that are transferred away meanwhile are an error', async (t) => {
    const { client, server } = await tlsConnection(t);
    const bytes = new Uint8Array(much);
    const writing = assert.rejects(client.writeAsync(bytes), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: /must not be detached/,
    });
    structuredClone(bytes, { transfer: [bytes.buffer] });
    const received = drain(server, (part) => part.toString() === 'the end');
    await writing;
    await client.writeAsync('the end');
    assert.equal((await received).subarray(-7).toString(), 'the end');
  });

  test('bytes that lie about their length are taken for what they are', async (t) => {
    class Liar extends Uint8Array {
      override get byteLength(): number {
        return 1e6;
      }
    }
    const { client, server } = await tcpConnection(t);
    assert.equal(await client.writeAsync(new Liar(4)), 4);
    assert.equal((await server.readAsync()).length, 4);
  });
});

suite('bytes half sent', () => {
  /** A TLS connection on a pair of BIOs, with a buffer above the client's SSL. */
  function buffered(t: TestContext, size: number): { head: BIO; client: SSLBIO; server: SSLBIO } {
    const { client, server } = tlsPair(t);
    while (client.read() !== null);
    return { head: freeing(t, new BufferBIO(size).push(client)), client, server };
  }

  for (const size of [4096, 30_000]) {
    for (const below of ['link', 'ssl', 'flush'] as const) {
      test(`those of a buffer of ${size} go out once, whatever the ${below} does`, (t) => {
        const { head, client, server } = buffered(t, size);
        const [a, b] = [Buffer.alloc(40_000, 'a'), Buffer.alloc(8000, 'b')];
        const received: Buffer[] = [];
        const receive = (): void => {
          for (let part = server.read(65536); part !== null; part = server.read(65536)) received.push(part);
        };
        let sent = 0;
        while (sent < a.length) {
          const count = head.write(a.subarray(sent));
          if (count < 0) break;
          sent += count;
        }
        const low = {
          link: () => client.write(b),
          ssl: () => client.ssl.write(b),
          flush: () => client.flush(),
        };
        for (let done = false; !done; receive()) done = low[below]() > 0;
        for (; sent < a.length; receive()) sent += Math.max(0, head.write(a.subarray(sent)));
        for (; head.flush() < 0; receive());
        receive();
        const text = Buffer.concat(received).toString();
        assert.equal(text.replaceAll('b', ''), a.toString());
        assert.equal(text.replaceAll('a', ''), below === 'flush' ? '' : b.toString());
      });
    }
  }

  test('a flush through two buffers on a full pair would block, and fails not', (t) => {
    const [near, far] = BIO.pair(100);
    const head = freeing(t, new BufferBIO().push(new BufferBIO()).push(near));
    assert.equal(head.write(Buffer.alloc(300, 'x')), 300);
    let length = 0;
    let blocked = 0;
    while (head.flush() < 0) {
      blocked += 1;
      assert.equal(head.shouldWrite(), true);
      for (let part = far.read(); part !== null; part = far.read()) length += part.length;
    }
    length += far.read()?.length ?? 0;
    assert.deepEqual([length, blocked > 0], [300, true]);
  });

  test('a handshake through a buffer on a full pair would block, and fails not', (t) => {
    const context = serverContext();
    context.numTickets = 0;
    const links = tlsLinks(t, { server: context });
    const [near, far] = BIO.pair(100);
    const client = links.client.push(new BufferBIO()).push(near);
    const server = links.server.push(far);
    client.ssl.verifyName = 'localhost';
    shake(client, server);
    assert.equal(client.ssl.isInitFinished, true);
  });

  test('a context without a moving write buffer loses nothing for it', async (t) => {
    for (const mode of [SSL_MODE_AUTO_RETRY, SSL_MODE_AUTO_RETRY | SSL_MODE_ENABLE_PARTIAL_WRITE]) {
      const context = clientContext();
      context.mode = mode;
      const { client, server } = await tlsConnection(t, { client: context });
      const received = drain(server, atLast(much));
      await client.writeAsync(Buffer.alloc(much, 'A'));
      assert.equal((await received).length, much);
    }
  });

  test('what cannot go out any more is an error, again and again', async (t) => {
    const { client, server } = await tlsConnection(t);
    const head = freeing(t, new BufferBIO().push(client));
    server.freeAll();
    assert.equal((await head.readAsync()).length, 0);
    const errors: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      errors.push(await head.writeAsync('ping').catch((error: SSLError) => error.code));
      await nextTurn();
    }
    assert.deepEqual(errors.slice(-2), ['EPIPE', 'EPIPE']);
    assert.throws(() => head.flush(), { name: 'SSLSyscallError', code: 'EPIPE' });
  });
});

suite('descriptors', () => {
  test('setFd with the descriptor that is there changes the close flag alone', () => {
    for (const [flag, open] of [
      [BIO_CLOSE, false],
      [BIO_NOCLOSE, true],
    ] as const) {
      const fd = openSync('/dev/null', 'r');
      const link = new FdBIO(fd, flag === BIO_CLOSE ? BIO_NOCLOSE : BIO_CLOSE);
      link.setFd(fd, flag);
      fstatSync(fd);
      link.free();
      if (open) fstatSync(fd);
      else assert.throws(() => fstatSync(fd), { code: 'EBADF' });
    }
  });

  test('free waits for nothing, not on the way in either', (t) => {
    const fifos = ['in', 'out'].map((name) => {
      const path = pathOf(name);
      execFileSync('mkfifo', [path]);
      return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    });
    const [way, back] = fifos as [number, number];
    const client = new SSL(clientContext()).setBio(new FdBIO(back), new FdBIO(way));
    const server = new SSL(serverContext()).setBio(new FdBIO(way), new FdBIO(back));
    client.verifyName = 'localhost';
    for (let done = 0; done < 2; )
      done = Math.max(0, client.doHandshake()) + Math.max(0, server.doHandshake());
    while (client.read() !== null);
    const link = new SSLBIO(client);
    link.setSsl(client, BIO_CLOSE);
    assert.equal(client.shutdown(), 0);
    link.setNonBlocking(false);
    link.free();
    server.free();
    t.after(() => fifos.forEach((fd) => closeSync(fd)));
  });

  test('what comes after TLS is left to the socket', async (t) => {
    const { client, server } = await tlsConnection(t);
    const [plainClient, plainServer] = [client.next as BIO, server.next as BIO];
    await client.writeAsync('x');
    await server.readAsync();
    server.ssl.shutdown();
    assert.equal((await client.readAsync()).length, 0);
    client.ssl.shutdown();
    assert.equal((await server.readAsync()).length, 0);
    server.pop();
    await plainServer.writeAsync('plain');
    client.free();
    assert.equal((await freeing(t, plainClient).readAsync()).toString(), 'plain');
    plainServer.free();
  });

  test('free does not wait for a blocking socket that is full', async (t) => {
    const { client } = await tlsConnection(t);
    const socket = client.next as BIO;
    for (const piece of [Buffer.alloc(65536), 'x']) while (socket.write(piece) > 0);
    await nextTurn();
    while (socket.write('x') > 0);
    socket.setNonBlocking(false);
    client.free();
    assert.equal(socket.freed, false);
  });

  test('an answer of an earlier call is not taken for that of a later one', async (t) => {
    const [near, far] = BIO.pair();
    assert.equal(near.read(), null);
    far.free();
    assert.throws(() => near.read(), { code: 'ERR_OSSL_BIO_UNINITIALIZED' });
    const { server } = await tcpConnection(t);
    assert.equal(server.read(), null);
    assert.throws(() => server.doConnect(), { code: 'ERR_WRONG_BIO_TYPE' });
  });
});

suite('what the peer says at the end', () => {
  test('a fatal alert is no end of the data, however often it is asked', async (t) => {
    const links = tlsLinks(t, {
      server: serverContext()
        .addCA(authority.certificate)
        .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT),
    });
    const plain = await tcpConnection(t);
    const [client, server] = [links.client.push(plain.client), links.server.push(plain.server)];
    await Promise.allSettled([client.handshake({ servername: 'localhost' }), server.handshake()]);
    await assert.rejects(client.readAsync(), { code: /ALERT_CERTIFICATE_REQUIRED$/ });
    const failed = { name: 'SSLError', code: 'ERR_CONNECTION_FAILED', message: /certificate required/ };
    await assert.rejects(client.readAsync(), failed);
    assert.throws(() => client.read(), failed);
    assert.throws(() => client.ssl.read(), failed);
    assert.throws(() => client.doHandshake(), failed);
  });

  test('a warning before the version is known ends nothing', (t) => {
    const { client, server } = tlsLinks(t, { server: only(serverContext(), 'TLSv1.2') });
    const [near, far] = BIO.pair();
    client.push(near).ssl.verifyName = 'localhost';
    server.push(far);
    assert.equal(client.doHandshake(), -1);
    // unrecognized_name, as a warning
    far.write(Buffer.of(21, 3, 3, 0, 2, 1, 112));
    shake(client, server);
    server.ssl.shutdown();
    assert.equal(client.read()?.length, 0);
    assert.equal(client.ssl.read()?.length, 0);
  });

  test('close_notify in the middle of a handshake is ERR_SSL_ZERO_RETURN', async (t) => {
    const { client } = tlsLinks(t);
    const [near, far] = BIO.pair();
    client.push(near).ssl.verifyName = 'localhost';
    assert.equal(client.doHandshake(), -1);
    far.write(Buffer.of(21, 3, 3, 0, 2, 1, 0));
    assert.throws(() => client.doHandshake(), { name: 'SSLZeroReturnError', code: 'ERR_SSL_ZERO_RETURN' });
  });
});
