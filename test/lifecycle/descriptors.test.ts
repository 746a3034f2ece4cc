// Each descriptor is closed once: not left open, whatever happens to its chain, and not closed twice.

import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import {
  AcceptBIO,
  type BIO,
  BIO_CLOSE,
  BufferBIO,
  ConnectBIO,
  FdBIO,
  FileBIO,
  SocketBIO,
  SSL,
  SSLBIO,
  TLSServerContext,
} from 'bladessl';
import { tcpConnection, tlsConnection } from '../helpers/chains';
import { assertNoneLeft, openDescriptors } from '../helpers/descriptors';
import { collect, Doomed } from '../helpers/gc';
import { clientContext, serverContext, someone } from '../helpers/identities';
import { write } from '../helpers/openssl-files';

/** For what is to be collected: nobody else may hold it. */
const untidy = { after: () => undefined } as unknown as TestContext;

const client = clientContext();
const server = serverContext();

// Node opens descriptors of its own for the first connection and the first file.
test.before(async (t) => {
  const { client: near, server: far } = await tlsConnection(t as TestContext);
  near.freeAll();
  far.freeAll();
});

/** Does something `times` times and asserts that it leaves nothing open. */
async function repeat(times: number, body: (i: number) => unknown): Promise<void> {
  const before = openDescriptors();
  for (let i = 0; i < times; i++) await body(i);
  assertNoneLeft(before);
}

test('hundreds of connections', async (t) => {
  const listener = new AcceptBIO('127.0.0.1:0');
  t.after(() => listener.free());
  await listener.listen();
  await repeat(300, async () => {
    const near = new SSLBIO(client).push(new ConnectBIO(`localhost:${listener.acceptPort}`));
    const accepted = listener.accept();
    const shaken = near.handshake();
    const far = new SSLBIO(server).push(await accepted);
    await Promise.all([shaken, far.handshake()]);
    await far.writeAsync('x');
    assert.equal((await near.readAsync()).toString(), 'x');
    near.freeAll();
    far.freeAll();
  });
});

test('connections that are refused', async () => {
  const listener = new AcceptBIO('127.0.0.1:0');
  await listener.listen();
  const port = listener.acceptPort;
  listener.free();
  await repeat(100, async () => {
    const bio = new ConnectBIO(`127.0.0.1:${port}`);
    await assert.rejects(bio.connect(), { code: 'ECONNREFUSED' });
    await assert.rejects(bio.connect(), { code: 'ECONNREFUSED' });
    assert.equal(bio.fd, undefined);
    bio.free();
  });
});

test('handshakes that fail', async () => {
  const stranger = clientContext(someone.certificate);
  await repeat(50, async () => {
    const connection = await tcpConnection(untidy);
    const near = new SSLBIO(stranger).push(connection.client);
    const far = new SSLBIO(server).push(connection.server);
    const shaken = [near.handshake({ servername: 'localhost' }), far.handshake()];
    const failed = await Promise.allSettled(shaken);
    assert.deepEqual(
      failed.map((one) => one.status),
      ['rejected', 'rejected'],
    );
    near.freeAll();
    far.freeAll();
  });
});

/** The ways to get rid of a chain of three links. */
const disposals: Record<string, (chain: BIO, links: BIO[]) => void> = {
  'freeAll of the head': (chain) => chain.freeAll(),
  'free from the top': (_, links) => links.forEach((link) => link.free()),
  'free from the bottom': (_, links) => links.reverse().forEach((link) => link.free()),
  'the middle first': (_, links) => [1, 0, 2].forEach((index) => links[index]?.free()),
  'pop, then free': (_, links) => {
    for (const link of links) link.pop();
    for (const link of links) link.free();
  },
  'freeAll twice, and each link after it': (chain, links) => {
    chain.freeAll();
    chain.freeAll();
    for (const link of links) link.free();
  },
};

for (const [name, dispose] of Object.entries(disposals)) {
  for (const stage of ['before', 'in the middle of', 'after'] as const) {
    test(`a chain is freed ${stage} the handshake: ${name}`, async () => {
      await repeat(10, async () => {
        const connection = await tcpConnection(untidy);
        const near = new SSLBIO(client).push(new BufferBIO()).push(connection.client);
        const links = [near, near.next as BIO, connection.client];
        near.ssl.verifyName = 'localhost';
        const far = new SSLBIO(server).push(connection.server);
        if (stage === 'in the middle of') {
          assert.equal(near.doHandshake(), -1);
          near.flush();
        } else if (stage === 'after') {
          await Promise.all([near.handshake(), far.handshake()]);
        }
        dispose(near, links);
        far.freeAll();
      });
    });
  }
}

test('accepted connections that nobody takes out of their listener', async () => {
  await repeat(50, async () => {
    const listener = new AcceptBIO('127.0.0.1:0');
    await listener.listen();
    const near = new ConnectBIO(`127.0.0.1:${listener.acceptPort}`);
    await near.connect();
    assert.equal(listener.doAccept(), 1);
    assert.notEqual(listener.next, undefined);
    near.free();
    listener.freeAll();
  });
});

test('a connection that a listener has taken by the way is closed with it', async () => {
  for (const take of ['doHandshake', 'read', 'write'] as const) {
    await repeat(10, async () => {
      const listener = new AcceptBIO('127.0.0.1:0');
      await listener.listen();
      const near = new ConnectBIO(`127.0.0.1:${listener.acceptPort}`);
      await near.connect();
      try {
        if (take === 'write') listener.write('x');
        else listener[take]();
      } catch {
        // Whether it is allowed is for other tests.
      }
      near.free();
      listener.freeAll();
    });
  }
});

test('accepts that are aborted, and those that time out', async () => {
  await repeat(50, async (i) => {
    const listener = new AcceptBIO('127.0.0.1:0');
    await listener.listen();
    const controller = new AbortController();
    const accepting = listener.accept(i % 2 === 0 ? { signal: controller.signal } : { timeout: 1 });
    controller.abort();
    await assert.rejects(accepting);
    const near = new ConnectBIO(`127.0.0.1:${listener.acceptPort}`);
    const [far] = await Promise.all([listener.accept(), near.connect()]);
    for (const bio of [near, far, listener]) bio.free();
  });
});

test('what is left to the collector is closed', async () => {
  const before = openDescriptors();
  const doomed = new Doomed();
  const leave = async (): Promise<void> => {
    const { client: near, server: far } = await tlsConnection(untidy);
    for (const bio of [near, far, near.next, far.next]) doomed.add(bio as BIO);
    doomed.add(new FileBIO(write('left', 'x')));
    const listener = doomed.add(new AcceptBIO('127.0.0.1:0'));
    await listener.listen();
  };
  for (let i = 0; i < 20; i++) await leave();
  await doomed.gone();
  await collect();
  assertNoneLeft(before);
});

test('a descriptor is closed once: its number may be in use again', async () => {
  const path = write('other', 'other');
  const { client: near, server: far } = await tcpConnection(untidy);
  const ssl = new SSL(client).setBio(near);
  const chain = new SSLBIO(new SSL(client)).push(far);
  const numbers = [near.fd, far.fd];
  near.free();
  ssl.free();
  far.free();
  const reused = new Set<number>();
  while (numbers.some((fd) => !reused.has(fd as number))) reused.add(openSync(path, 'r'));
  for (const bio of [near, far, chain]) bio.freeAll();
  await collect();
  for (const fd of reused) closeSync(fd);
  assert.ok(reused.size >= 2);
});

test('BIO_CLOSE closes with the link, and when another descriptor takes its place; BIO_NOCLOSE never', () => {
  const path = write('given', 'given');
  for (const Link of [FdBIO, SocketBIO]) {
    const [first, second, kept] = [openSync(path, 'r'), openSync(path, 'r'), openSync(path, 'r')];
    const link = new Link(first, BIO_CLOSE).setFd(second, BIO_CLOSE);
    assert.throws(() => fstatSync(first), { code: 'EBADF' });
    link.setFd(kept);
    assert.throws(() => fstatSync(second), { code: 'EBADF' });
    link.free();
    assert.ok(fstatSync(kept).isFile());
    const ssl = new SSL(new TLSServerContext()).setFd(kept);
    ssl.free();
    assert.ok(fstatSync(kept).isFile());
    closeSync(kept);
  }
});

test('a setter that is refused leaves the descriptor with its owner', () => {
  const fd = openSync(write('given', 'given'), 'r');
  const bio = new BufferBIO();
  assert.throws(() => bio.setFd(fd, BIO_CLOSE), { code: 'ERR_WRONG_BIO_TYPE' });
  bio.free();
  assert.throws(() => bio.setFd(fd, BIO_CLOSE), { code: 'ERR_FREED' });
  assert.throws(() => new FdBIO(fd, 5 as never), { code: 'ERR_OUT_OF_RANGE' });
  assert.ok(fstatSync(fd).isFile());
  closeSync(fd);
});
