// Promises that wait keep alive what they need, and end when it is freed.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { AcceptBIO, type BIO, BufferBIO, ConnectBIO, SSLBIO } from 'bladessl';
import { listening, portOf, stuckPort, tcpConnection, tlsConnection } from '../helpers/chains';
import { collect, Doomed } from '../helpers/gc';
import { clientContext, serverContext } from '../helpers/identities';

/** For chains that the collector is to have: nobody else may hold them. */
const untidy = { after: () => undefined } as unknown as TestContext;

/** A call on a chain that nothing else refers to. */
async function orphaned<T>(
  build: () => Promise<{ chain: BIO; peer: BIO }>,
  call: (chain: BIO) => Promise<T>,
): Promise<{ pending: Promise<T>; peer: BIO; doomed: Doomed }> {
  const { chain, peer } = await build();
  const doomed = new Doomed();
  doomed.add(chain);
  return { pending: call(chain), peer, doomed };
}

async function plain(): Promise<{ chain: BIO; peer: BIO }> {
  const { client, server } = await tcpConnection(untidy);
  return { chain: client, peer: server };
}

async function secure(): Promise<{ chain: BIO; peer: BIO }> {
  const { client, server } = await tlsConnection(untidy);
  return { chain: client, peer: server };
}

for (const [name, build] of [
  ['a socket', plain],
  ['TLS', secure],
] as const) {
  test(`a chain on ${name} that only its pending readAsync refers to is kept, and delivers`, async () => {
    const { pending, peer, doomed } = await orphaned(build, (chain) => chain.readAsync(100));
    await collect();
    await collect();
    assert.equal(doomed.alive, 1);
    await peer.writeAsync('after the collection');
    assert.equal((await pending).toString(), 'after the collection');
    await doomed.gone();
    peer.freeAll();
  });
}

test('a writer that only its pending writeAsync refers to is kept until the peer has read all', async () => {
  const size = 20_000_000;
  const { pending, peer, doomed } = await orphaned(secure, (chain) => chain.writeAsync(Buffer.alloc(size)));
  await collect();
  assert.equal(doomed.alive, 1);
  let received = 0;
  while (received < size) received += (await peer.readAsync(65536)).length;
  assert.equal(await pending, size);
  await doomed.gone();
  peer.freeAll();
});

test('a listener that only its pending accept refers to is kept, and accepts', async (t) => {
  const doomed = new Doomed();
  const start = async (): Promise<{ accepting: Promise<BIO>; port: number }> => {
    const listener = doomed.add(new AcceptBIO('127.0.0.1:0'));
    await listener.listen();
    return { accepting: listener.accept(), port: portOf(listener) };
  };
  const { accepting, port } = await start();
  await collect();
  assert.equal(doomed.alive, 1);
  const client = new ConnectBIO(`127.0.0.1:${port}`);
  t.after(() => client.free());
  await client.connect();
  (await accepting).free();
  await doomed.gone();
});

test('handshakes that nothing else refers to are kept, and are completed', async () => {
  const doomed = new Doomed();
  const start = async (): Promise<Promise<string>> => {
    const { client, server } = await tcpConnection(untidy);
    const near = doomed.add(new SSLBIO(clientContext()).push(new BufferBIO()).push(client));
    const far = doomed.add(new SSLBIO(serverContext()).push(server));
    const shaken = near.handshake({ servername: 'localhost' }).then(() => near.ssl.version as string);
    void collect().then(() => far.handshake());
    return Promise.resolve(shaken);
  };
  assert.equal(await start(), 'TLSv1.3');
  await doomed.gone();
});

test('a chain whose waits have ended is not kept', async () => {
  const doomed = new Doomed();
  const wait = async (): Promise<void> => {
    const { client, server } = await tcpConnection(untidy);
    doomed.add(client);
    await assert.rejects(client.readAsync(1, { timeout: 1 }), { code: 'ERR_TIMEOUT' });
    const signal = AbortSignal.timeout(1);
    await assert.rejects(client.readAsync(1, { signal }), { name: 'TimeoutError' });
    server.free();
    assert.equal((await client.readAsync(1)).length, 0);
  };
  await wait();
  await doomed.gone();
});

/** Every call that waits, on something where it waits for ever. */
const waits: Record<string, (t: TestContext) => Promise<{ chain: BIO; pending: Promise<unknown> }>> = {
  readAsync: async (t) => {
    const { client } = await tcpConnection(t);
    return { chain: client, pending: client.readAsync() };
  },
  'readAsync of TLS': async (t) => {
    const { client } = await tlsConnection(t);
    return { chain: client, pending: client.readAsync() };
  },
  writeAsync: async (t) => {
    const { client } = await tcpConnection(t);
    return { chain: client, pending: client.writeAsync(Buffer.alloc(20_000_000)) };
  },
  handshake: async (t) => {
    const { client } = await tcpConnection(t);
    const chain = new SSLBIO(clientContext()).push(client);
    return { chain, pending: chain.handshake({ servername: 'localhost' }) };
  },
  connect: async (t) => {
    const chain = new ConnectBIO(`127.0.0.1:${await stuckPort(t)}`);
    return { chain, pending: chain.connect() };
  },
  accept: async (t) => {
    const chain = await listening(t);
    return { chain, pending: chain.accept() };
  },
};

for (const [name, start] of Object.entries(waits)) {
  test(`a pending ${name} rejects when its link is freed, or its whole chain`, async (t) => {
    for (const free of ['free', 'freeAll'] as const) {
      const { chain, pending } = await start(t);
      const outcome = assert.rejects(pending, { name: 'FreedError', code: 'ERR_FREED' });
      if (free === 'freeAll') await collect();
      chain[free]();
      await outcome;
    }
  });
}

test('many waits on one chain all end, and one that ends may begin another', async (t) => {
  const { client, server } = await tcpConnection(t);
  const again = async (): Promise<string> => {
    const first = await client.readAsync(1);
    return first.toString() + (await client.readAsync(1)).toString();
  };
  const texts = Promise.all([again(), again(), again()]);
  await collect();
  for (const letter of 'abcdef') await server.writeAsync(letter);
  assert.deepEqual([...(await texts).join('')].sort().join(''), 'abcdef');
});
