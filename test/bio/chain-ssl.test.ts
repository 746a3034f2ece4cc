// Chains with SSLs in them: who owns the SSL, what changes in the middle of a connection, TLS in TLS.

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import {
  BIO,
  BIO_CLOSE,
  BIO_f_ssl,
  BIO_NOCLOSE,
  BufferBIO,
  ConnectBIO,
  MemoryBIO,
  SSL,
  SSL_RECEIVED_SHUTDOWN,
  SSL_SENT_SHUTDOWN,
  SSLBIO,
} from 'bladessl';
import {
  freeing,
  linksOf,
  listening,
  portOf,
  shake,
  tlsConnection,
  tlsLinks,
  tlsPair,
} from '../helpers/chains';
import { Doomed } from '../helpers/gc';
import { clientContext, serverContext } from '../helpers/identities';

const inChain = { name: 'SSLError', code: 'ERR_BIO_IN_CHAIN' };
const freedError = { name: 'FreedError', code: 'ERR_FREED' };
const truncated = { name: 'SSLError', code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' };

/** Sends a text through a chain that keeps nothing back, and asserts that it arrives. */
function assertCarries(from: BIO, to: BIO, text = 'hello'): void {
  from.write(text);
  assert.equal(to.read()?.toString(), text);
}

/** The server's end of a connection whose client nobody references. */
async function serverOfDoomedClient(t: TestContext, doomed: Doomed): Promise<BIO> {
  const listener = await listening(t);
  const client = new SSLBIO(clientContext()).push(new ConnectBIO(`localhost:${portOf(listener)}`));
  const server = freeing(t, new SSLBIO(serverContext()));
  await Promise.all([
    doomed.add(client).handshake(),
    listener.accept().then((plain) => server.push(plain).handshake()),
  ]);
  return server;
}

suite('setSsl', () => {
  test('gives the link its SSL, and the SSL the chain below', () => {
    const [link, below] = [new BIO(BIO_f_ssl), new MemoryBIO()];
    const ssl = new SSL(clientContext());
    assert.equal(link.push(below).setSsl(ssl), link);
    assert.equal(link.ssl, ssl);
    assert.deepEqual([ssl.rbio, ssl.wbio], [below, below]);
  });

  test('push gives the SSL its transport when it is there first', () => {
    const below = new MemoryBIO();
    const ssl = new SSL(clientContext());
    new BIO(BIO_f_ssl).setSsl(ssl).push(below);
    assert.deepEqual([ssl.rbio, ssl.wbio], [below, below]);
  });

  test('takes the transport of the SSL below the link', (t) => {
    const [clientEnd, serverEnd] = BIO.pair();
    const ssl = new SSL(clientContext()).setBio(clientEnd);
    ssl.verifyName = 'localhost';
    const client = freeing(t, new SSLBIO(ssl));
    assert.deepEqual(linksOf(client), [client, clientEnd]);
    const server = freeing(t, new SSLBIO(serverContext()).push(serverEnd));
    shake(client, server);
    assertCarries(client, server);
  });

  test('an SSL that reads from one BIO and writes to another keeps both', (t) => {
    const [up, down] = [new MemoryBIO(), new MemoryBIO()];
    const clientSsl = new SSL(clientContext()).setBio(down, up);
    clientSsl.verifyName = 'localhost';
    const client = freeing(t, new SSLBIO(clientSsl));
    const server = freeing(t, new SSLBIO(new SSL(serverContext()).setBio(up, down)));
    assert.deepEqual([clientSsl.rbio, clientSsl.wbio], [down, up]);
    shake(client, server);
    assertCarries(client, server);
    assertCarries(server, client);
  });

  test('an SSL with a transport is refused by a link that has a chain below it', () => {
    const own = new MemoryBIO();
    const ssl = new SSL(clientContext()).setBio(own);
    const link = new BIO(BIO_f_ssl).push(new MemoryBIO());
    assert.throws(() => link.setSsl(ssl), inChain);
    assert.equal(link.ssl, undefined);
    assert.equal(ssl.rbio, own);
  });

  test('an SSL whose transport is below another link is refused', () => {
    const below = new MemoryBIO();
    const above = new BufferBIO().push(below);
    const ssl = new SSL(clientContext()).setBio(below);
    assert.throws(() => new SSLBIO(ssl), inChain);
    assert.equal(ssl.rbio, below);
    assert.deepEqual(linksOf(above), [above, below]);
  });

  test('an SSL that another link drives is refused, and so is another transport for it', () => {
    const ssl = new SSL(clientContext());
    const link = new SSLBIO(ssl);
    assert.throws(() => new SSLBIO(ssl), inChain);
    assert.throws(() => new BIO(BIO_f_ssl).setSsl(ssl), inChain);
    assert.throws(() => ssl.setBio(new MemoryBIO()), inChain);
    assert.throws(() => ssl.setFd(0), inChain);
    assert.equal(link.ssl, ssl);
    link.free();
    assert.equal(new SSLBIO(ssl).ssl, ssl);
  });

  test('the same SSL again changes only who owns it', () => {
    const ssl = new SSL(clientContext());
    const link = new BIO(BIO_f_ssl).setSsl(ssl, BIO_NOCLOSE);
    link.setSsl(ssl, BIO_CLOSE).free();
    assert.equal(ssl.freed, true);
    const other = new SSL(clientContext());
    new BIO(BIO_f_ssl).setSsl(other, BIO_CLOSE).setSsl(other).free();
    assert.equal(other.freed, false);
  });

  test('an SSL that is replaced is left as it is, without a transport', (t) => {
    const { client, server } = tlsPair(t);
    const first = client.ssl;
    const below = client.next;
    const second = new SSL(clientContext()).setConnectState();
    client.setSsl(second);
    assert.equal(client.ssl, second);
    assert.deepEqual([first.freed, first.rbio, first.shutdownState], [false, undefined, 0]);
    assert.equal(first.version, 'TLSv1.3');
    assert.equal(second.rbio, below);
    assert.equal(server.read(), null);
    first.free();
  });

  test('an SSL that was replaced goes on over the transport, if it gets it back', (t) => {
    const { client, server } = tlsPair(t);
    const first = client.ssl;
    client.setSsl(new SSL(clientContext()).setConnectState());
    const below = client.pop();
    first.setBio(below);
    first.write('still here');
    assert.equal(server.read()?.toString(), 'still here');
  });

  test('a link finds the SSL of the first SSL link below', (t) => {
    const { client } = tlsPair(t);
    assert.equal(new BufferBIO().push(client).ssl, client.ssl);
    assert.equal(client.next?.ssl, undefined);
  });
});

suite('free', () => {
  test('BIO_CLOSE, which a context stands for: the peer reads close_notify, the SSL is freed', (t) => {
    const { client, server } = tlsPair(t);
    const { ssl } = client;
    client.free();
    assert.equal(ssl.freed, true);
    assert.throws(() => ssl.read(), freedError);
    assert.deepEqual(server.read(), Buffer.alloc(0));
    assert.equal(server.ssl.shutdownState, SSL_RECEIVED_SHUTDOWN);
  });

  test('BIO_NOCLOSE, which an SSL stands for: nothing is said, the SSL goes on', (t) => {
    const client = new SSL(clientContext());
    const chains = tlsPair(t, { client });
    const below = chains.client.next;
    chains.client.free();
    assert.equal(client.freed, false);
    assert.equal(client.rbio, undefined);
    assert.equal(chains.server.read(), null);
    client.setBio(below);
    client.write('hello');
    assert.equal(chains.server.read()?.toString(), 'hello');
  });

  test('freeAll frees from the top: close_notify goes out before the socket is closed', async (t) => {
    const { client, server } = await tlsConnection(t);
    client.freeAll();
    assert.deepEqual(await server.readAsync(), Buffer.alloc(0));
  });

  test('freeing the socket first cuts the connection off', async (t) => {
    const { client, server } = await tlsConnection(t);
    client.next?.free();
    await assert.rejects(server.readAsync(), truncated);
    client.freeAll();
  });

  test('a chain that is only collected says nothing', async (t) => {
    const doomed = new Doomed();
    const server = await serverOfDoomedClient(t, doomed);
    await doomed.gone();
    await assert.rejects(server.readAsync(), truncated);
  });

  test('before the handshake there is nothing to say', (t) => {
    const [near, far] = BIO.pair();
    const link = freeing(t, new SSLBIO(clientContext()).push(near));
    link.free();
    assert.equal(far.read(), null);
  });

  test('a transport that is full does not hold it up', (t) => {
    const { client } = tlsPair(t);
    while (client.write(Buffer.alloc(16_384)) !== -1);
    const { ssl } = client;
    client.free();
    assert.equal(ssl.freed, true);
  });

  test('a transport that is gone does not hold it up', (t) => {
    const { client, server } = tlsPair(t);
    server.next?.free();
    client.freeAll();
    assert.equal(client.freed, true);
  });

  test('freeing the SSL leaves the link going', (t) => {
    const { client, server } = tlsPair(t);
    client.ssl.free();
    assertCarries(client, server);
    assertCarries(server, client);
    assert.equal(client.ssl.freed, true);
    client.free();
    assert.deepEqual(server.read(), Buffer.alloc(0));
  });
});

suite('in the middle of a connection', () => {
  test('a filter below the SSL can be put in and taken out', (t) => {
    const { client, server } = tlsPair(t);
    const end = client.pop() as BIO;
    const buffer = new BufferBIO();
    client.push(buffer).push(end);
    client.write('kept back');
    assert.equal(server.read(), null);
    assert.equal(client.flush(), 1);
    assert.equal(server.read()?.toString(), 'kept back');
    assert.equal(buffer.pop(), end);
    assert.deepEqual(linksOf(client), [client, end]);
    assert.deepEqual([client.ssl.rbio, client.ssl.wbio], [end, end]);
    assertCarries(client, server);
    assertCarries(server, client);
  });

  test('a filter can be freed', (t) => {
    const { client, server } = tlsPair(t);
    const end = client.pop() as BIO;
    const buffer = new BufferBIO();
    client.push(buffer).push(end);
    client.write('flushed');
    client.flush();
    buffer.free();
    assert.equal(server.read()?.toString(), 'flushed');
    assertCarries(server, client);
  });

  test('in the middle of the handshake too', (t) => {
    const { client, server } = tlsLinks(t);
    const [near, far] = BIO.pair();
    client.ssl.verifyName = 'localhost';
    const buffer = new BufferBIO();
    client.push(buffer).push(near);
    server.push(far);
    assert.equal(client.doHandshake(), -1);
    client.flush();
    buffer.pop();
    shake(client, server);
    assertCarries(client, server);
    assertCarries(server, client);
  });

  test('an SSL link that is popped leaves its SSL behind, and gets it going again on a new chain', (t) => {
    const { client, server } = tlsPair(t);
    const end = client.pop() as BIO;
    assert.equal(client.ssl.rbio, undefined);
    assert.throws(() => client.read(), { name: 'SSLError', code: 'ERR_NO_TRANSPORT' });
    assert.throws(() => client.write('x'), { name: 'SSLError', code: 'ERR_NO_TRANSPORT' });
    client.push(end);
    assertCarries(client, server);
  });

  test('a link above the SSL changes nothing for it', (t) => {
    const { client, server } = tlsPair(t);
    const buffer = new BufferBIO().push(client);
    buffer.write('through the buffer');
    assert.equal(server.read(), null);
    buffer.flush();
    assert.equal(server.read()?.toString(), 'through the buffer');
    assert.equal(buffer.pop(), client);
    assertCarries(client, server);
  });

  test('the end takes its leave of both', (t) => {
    const { client, server } = tlsPair(t);
    assert.equal(client.ssl.shutdown(), 0);
    assert.deepEqual(server.read(), Buffer.alloc(0));
    assert.equal(server.eof, false);
    assert.equal(server.ssl.shutdown(), 1);
    assert.deepEqual(client.read(), Buffer.alloc(0));
    assert.equal(client.ssl.shutdownState, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    assert.throws(() => client.write('x'), { name: 'SSLError', code: 'ERR_SSL_PROTOCOL_IS_SHUTDOWN' });
  });
});

suite('SSLs over BIOs whose objects are freed', () => {
  test('an SSL keeps what it reads from', () => {
    const [clientEnd, serverEnd] = BIO.pair();
    const client = new SSL(clientContext()).setConnectState().setBio(clientEnd);
    const server = new SSL(serverContext()).setAcceptState().setBio(serverEnd);
    client.verifyName = 'localhost';
    clientEnd.free();
    serverEnd.free();
    for (let turn = 0; turn < 10; turn++) {
      client.doHandshake();
      server.doHandshake();
    }
    client.write('hello');
    assert.equal(server.read()?.toString(), 'hello');
  });

  test('a chain that loses its source below an SSL fails, and does no harm', () => {
    const [near] = BIO.pair();
    const buffer = new BufferBIO().push(near);
    const ssl = new SSL(clientContext()).setConnectState().setBio(buffer);
    near.free();
    buffer.free();
    assert.throws(
      () => {
        for (let turn = 0; turn < 3; turn++) ssl.doHandshake();
      },
      { name: 'SSLError' },
    );
    ssl.free();
  });
});

suite('TLS in TLS', () => {
  test('through a BIO pair: both handshakes, both ways, both ends', (t) => {
    const outer = tlsPair(t);
    const inner = tlsLinks(t);
    const [client, server] = [inner.client.push(outer.client), inner.server.push(outer.server)];
    client.ssl.verifyName = 'localhost';
    shake(client, server);
    assert.deepEqual([client.ssl.version, outer.client.ssl.version], ['TLSv1.3', 'TLSv1.3']);
    assertCarries(client, server);
    assertCarries(server, client);
    client.free();
    outer.client.free();
    assert.deepEqual(server.read(), Buffer.alloc(0));
    assert.deepEqual(outer.server.read(), Buffer.alloc(0));
  });

  test('on a socket: SSLBIO on SSLBIO on ConnectBIO', async (t) => {
    const outer = await tlsConnection(t);
    const inner = tlsLinks(t);
    const [client, server] = [inner.client.push(outer.client), inner.server.push(outer.server)];
    await Promise.all([client.handshake({ servername: 'localhost' }), server.handshake()]);
    assert.equal(client.fd, outer.client.fd);
    const bytes = Buffer.alloc(1_000_000, 'tls in tls ');
    const received: Buffer[] = [];
    const [sent] = await Promise.all([
      client.writeAsync(bytes),
      (async () => {
        for (let size = 0; size < bytes.length; size += received.at(-1)?.length ?? 0) {
          received.push(await server.readAsync(65_536));
        }
      })(),
    ]);
    assert.equal(sent, bytes.length);
    assert.ok(Buffer.concat(received).equals(bytes));
    client.freeAll();
    assert.deepEqual(await server.readAsync(), Buffer.alloc(0));
  });
});
