// Each fault of Blade's ssl module, by name: it must not be found here.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import {
  BIO,
  BIO_f_ssl,
  BIO_NOCLOSE,
  BufferBIO,
  ConnectBIO,
  FreedError,
  MemoryBIO,
  SSL,
  SSL_OP_IGNORE_UNEXPECTED_EOF,
  SSL_VERIFY_PEER,
  SSLBIO,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { freeing, listening, tcpConnection, tlsConnection, tlsPair } from './helpers/chains';
import { connected, join, opened, pump } from './helpers/handshake';
import { authority, clientContext, localhost, serverContext } from './helpers/identities';
import { pathOf } from './helpers/openssl-files';

test('setting the SNI name reports success inverted: here it is set, or it throws', () => {
  const client = new SSL(clientContext());
  client.hostname = 'a.example';
  assert.equal(client.hostname, 'a.example');
  assert.throws(() => (client.hostname = 'a'.repeat(256)), { code: 'ERR_INVALID_ARG_VALUE' });
  const server = new SSL(serverContext());
  join(client, server);
  pump(client, server);
  assert.equal(server.hostname, 'a.example');
});

test('conn_address takes a string for an address object: here it is an address, or a TypeError', async (t) => {
  const listener = await listening(t);
  const link = freeing(t, new ConnectBIO());
  link.connAddress = '127.0.0.1';
  link.connPort = Number(listener.acceptPort);
  assert.equal(link.connAddress, '127.0.0.1');
  for (const wrong of ['localhost', '127.0.0.1:443', 'x'.repeat(4096)]) {
    assert.throws(() => (link.connAddress = wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
  await link.connect();
});

test('BIO.error asks SSL_get_error about a BIO: here it is what the link failed with', () => {
  const memory = new MemoryBIO();
  assert.equal(memory.error(), 0);
  assert.equal(memory.read(), null);
  assert.equal(memory.error(), 0);
  assert.equal(memory.errorString(), 'no error');
  const chain = new SSLBIO(clientContext()).push(new MemoryBIO('not TLS at all'));
  chain.ssl.verifyName = 'localhost';
  assert.throws(() => chain.doHandshake());
  assert.notEqual(chain.error(), 0);
  assert.match(chain.errorString(), /SSL routines/);
});

test('pop always throws: here it takes the link out and returns what followed', () => {
  const [top, middle, bottom] = [new BufferBIO(), new BufferBIO(), new MemoryBIO('x')];
  top.push(middle).push(bottom);
  assert.equal(middle.pop(), bottom);
  assert.deepEqual([top.next, middle.next], [bottom, undefined]);
  assert.equal(top.read()?.toString(), 'x');
});

test('set_non_blocking(false) is impossible: here it makes a socket wait again', async (t) => {
  const { client, server } = await tcpConnection(t);
  assert.equal(client.setNonBlocking(true).read(), null);
  client.setNonBlocking(false);
  server.write('waited for');
  assert.equal(client.read()?.toString(), 'waited for');
});

test('set_ssl takes ownership when the doc says that it does not: here the SSL stays the caller’s', () => {
  const { client, server } = opened();
  const link = new BIO(BIO_f_ssl).setSsl(client, BIO_NOCLOSE);
  link.free();
  assert.equal(client.freed, false);
  assert.equal(client.shutdownState, 0);
  assert.equal(client.version, 'TLSv1.3');
  server.free();
  client.free();
});

test('free of a chain frees twice: here each free is once, in any order', () => {
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [1, 2, 0],
  ]) {
    const chain = new SSLBIO(clientContext());
    const links = [chain, new BufferBIO(), new MemoryBIO()];
    for (const link of links.slice(1)) chain.push(link);
    for (const at of order) links[at]?.free();
    for (const link of links) link.freeAll();
    for (const link of links) assert.throws(() => link.read(), FreedError);
  }
});

test('busy loops in write, connect and do_connect: here would-block is an answer', async (t) => {
  const { client } = await tcpConnection(t);
  client.setNonBlocking();
  const piece = Buffer.alloc(1 << 20);
  let answer = 0;
  while (answer >= 0) answer = client.write(piece);
  assert.equal(answer, -1);
  assert.deepEqual([client.shouldRetry(), client.shouldWrite()], [true, true]);
});

test('select before looking at SSL_pending: here what is decrypted is read without waiting for the socket', async (t) => {
  const { client, server } = await tlsConnection(t);
  await server.writeAsync('one and two');
  assert.equal((await client.readAsync(3)).toString(), 'one');
  assert.equal(client.ssl.pending, 8);
  assert.equal((await client.readAsync(8, { timeout: 60_000 })).toString(), ' and two');
});

test('an unexpected EOF is ignored: here a missing close_notify is an error, unless that was asked for', () => {
  for (const ignore of [false, true]) {
    const context = clientContext();
    if (ignore) context.options = context.options | BigInt(SSL_OP_IGNORE_UNEXPECTED_EOF);
    const { client } = connected(context, serverContext(), { transport: 'memory' });
    (client.rbio as MemoryBIO).end();
    if (ignore) while (client.read()?.length !== 0);
    else assert.throws(() => client.read(), { code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' });
  }
});

test('do_accept’s -1 is taken for true: here -1 is would-block, and no connection', async (t) => {
  const listener = await listening(t);
  assert.equal(listener.doAccept(), -1);
  assert.equal(listener.next, undefined);
});

test('no SNI, no name check, no verification by default: here a client does all three', async (t) => {
  assert.equal(new TLSClientContext().verifyMode, SSL_VERIFY_PEER);
  const listener = await listening(t);
  const server = freeing(t, new SSLBIO(serverContext()));
  const client = freeing(
    t,
    new SSLBIO(clientContext()).push(new ConnectBIO(`localhost:${listener.acceptPort}`)),
  );
  const served = listener.accept().then((plain) => server.push(plain).handshake());
  await Promise.all([served, client.handshake()]);
  assert.deepEqual([server.ssl.hostname, client.ssl.verifyName], ['localhost', 'localhost']);
  const [near] = BIO.pair();
  assert.throws(() => new SSLBIO(clientContext()).push(near).doHandshake(), { code: 'ERR_NO_SERVERNAME' });
});

test('the SSL leaks on close: here it goes with its link, and the peer hears close_notify', (t) => {
  const { client, server } = tlsPair(t);
  const { ssl } = client;
  client.free();
  assert.equal(ssl.freed, true);
  assert.equal(server.read()?.length, 0);
});

test('chains in certificate files are ignored: here they are sent', () => {
  const file = pathOf('chain.pem');
  writeFileSync(file, localhost.certificate.pem + authority.certificate.pem);
  writeFileSync(`${file}.key`, localhost.privateKey.pem);
  const context = new TLSServerContext().loadCerts(file, `${file}.key`);
  const { client } = connected(clientContext(), context);
  assert.deepEqual(
    client.peerChain.map((certificate) => certificate.subject),
    [localhost.certificate.subject, authority.certificate.subject],
  );
});
