// What happens to calls that wait when their chain, their descriptor or their bytes change under them.

import assert from 'node:assert/strict';
import { fstatSync, openSync } from 'node:fs';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIO,
  BIO_CLOSE,
  BIO_NOCLOSE,
  BufferBIO,
  FdBIO,
  MemoryBIO,
  SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSLBIO,
} from 'bladessl';
import { freeing, tcpConnection, tlsConnection, tlsLinks } from '../helpers/chains';
import { authority, clientContext, serverContext } from '../helpers/identities';

const chainChanged = { name: 'SSLError', code: 'ERR_BIO_CHAIN_CHANGED' };
const freedError = { name: 'FreedError', code: 'ERR_FREED' };
/** More than the sockets between two chains take. */
const much = 24 << 20;

/** All that can be read until nothing has come for a while. */
async function drain(chain: BIO): Promise<Buffer> {
  const parts: Buffer[] = [];
  try {
    for (;;) {
      const part = await chain.readAsync(65536, { timeout: 200 });
      if (part.length === 0) break;
      parts.push(part);
    }
  } catch {
    // The end, or as good as that.
  }
  return Buffer.concat(parts);
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
      const received = drain(server);
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
    const received = drain(server);
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
    const received = drain(server);
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
    const received = drain(server);
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

  test('close_notify in the middle of a handshake is ERR_SSL_ZERO_RETURN', async (t) => {
    const { client } = tlsLinks(t);
    const [near, far] = BIO.pair();
    client.push(near).ssl.verifyName = 'localhost';
    assert.equal(client.doHandshake(), -1);
    far.write(Buffer.of(21, 3, 3, 0, 2, 1, 0));
    assert.throws(() => client.doHandshake(), { name: 'SSLZeroReturnError', code: 'ERR_SSL_ZERO_RETURN' });
  });
});
