// An SSL on a descriptor.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect as connectTls, createServer } from 'node:tls';
import { AcceptBIO, type BIO, ConnectBIO, SSL, SSL_ERROR_SYSCALL, SSL_ERROR_WANT_READ } from 'bladessl';
import { authority, clientContext, localhost, serverContext } from './helpers/identities';
import { pathOf, write } from './helpers/openssl-files';

const loopback = '127.0.0.1';

/** Repeats a call, a turn of the loop between, until it does not say would-block. */
async function until<T>(call: () => T): Promise<Exclude<T, -1 | null>> {
  for (;;) {
    const result = call();
    if (result !== -1 && result !== null) return result as Exclude<T, -1 | null>;
    await nextTurn();
  }
}

async function listening(): Promise<AcceptBIO> {
  const listener = new AcceptBIO(`${loopback}:0`);
  await listener.listen();
  return listener;
}

/** Two ends of a TCP connection, as links that own their descriptors. */
async function socketPair(): Promise<[BIO, BIO]> {
  const listener = await listening();
  const connecting = new ConnectBIO(`${loopback}:${listener.acceptPort}`);
  const [accepted] = await Promise.all([listener.accept(), connecting.connect()]);
  listener.free();
  return [connecting, accepted];
}

function descriptorOf(bio: BIO): number {
  return bio.fd ?? assert.fail('no descriptor');
}

test('two SSLs on two descriptors', async () => {
  const [near, far] = await socketPair();
  const client = new SSL(clientContext()).setFd(descriptorOf(near));
  const server = new SSL(serverContext());
  assert.equal(server.setFd(descriptorOf(far)), server);
  assert.equal(client.fd, near.fd);
  assert.equal(server.fd, far.fd);
  assert.equal(server.accept(), -1);
  assert.equal(server.error(), SSL_ERROR_WANT_READ);
  await Promise.all([until(() => client.connect()), until(() => server.accept())]);
  assert.equal(client.write('by socket'), 9);
  assert.equal((await until(() => server.read())).toString(), 'by socket');
  assert.equal(server.shutdown(), 0);
  assert.equal((await until(() => client.read())).length, 0);
  client.free();
  server.free();
  assert.equal(near.write('still open'), 10, "the descriptor was not the SSL's to close");
  for (const bio of [near, far]) bio.free();
});

test('another descriptor takes the place of the first, and of a BIO', async () => {
  const [near, far] = await socketPair();
  const ssl = new SSL(clientContext()).setFd(descriptorOf(far)).setFd(descriptorOf(near));
  assert.equal(ssl.fd, near.fd);
  ssl.setBio(far);
  assert.equal(ssl.fd, far.fd);
  ssl.setFd(descriptorOf(near));
  ssl.connect();
  assert.equal((await until(() => far.read(3)))[0], 0x16, 'a handshake record');
  for (const bio of [near, far]) bio.free();
});

test("a client of node:tls on a server's SSL", async () => {
  const listener = await listening();
  const port = Number(listener.acceptPort);
  const peer = connectTls({ host: loopback, port, ca: authority.certificate.pem, servername: 'localhost' });
  const accepted = await listener.accept();
  const server = new SSL(serverContext()).setFd(descriptorOf(accepted));
  await Promise.all([once(peer, 'secureConnect'), until(() => server.accept())]);
  assert.equal(peer.authorized, true);
  assert.equal(server.hostname, 'localhost');
  peer.write('from node');
  assert.equal((await until(() => server.read())).toString(), 'from node');
  server.write('to node');
  assert.equal((await once(peer, 'data')).toString(), 'to node');
  server.shutdown();
  await once(peer, 'end');
  peer.destroy();
  for (const bio of [accepted, listener]) bio.free();
});

test("a client's SSL on a server of node:tls", async () => {
  const identity = { cert: localhost.certificate.pem, key: localhost.privateKey.pem };
  const peer = createServer(identity, (socket) => socket.write('welcome')).listen(0, loopback);
  await once(peer, 'listening');
  const { port } = peer.address() as { port: number };
  const connecting = new ConnectBIO({ host: loopback, port });
  await connecting.connect();
  const client = new SSL(clientContext()).setFd(descriptorOf(connecting));
  client.verifyName = 'localhost';
  await until(() => client.connect());
  assert.equal((await until(() => client.read())).toString(), 'welcome');
  client.shutdown();
  assert.equal((await until(() => client.read())).length, 0);
  connecting.free();
  peer.close();
  await once(peer, 'close');
});

test('a peer that goes without a word: truncation', async () => {
  const [near, far] = await socketPair();
  const [client, server] = [
    new SSL(clientContext()).setFd(descriptorOf(near)),
    new SSL(serverContext()).setFd(descriptorOf(far)),
  ];
  await Promise.all([until(() => client.connect()), until(() => server.accept())]);
  await until(() => (client.read() === null ? 1 : -1));
  near.free();
  await assert.rejects(
    until(() => server.read()),
    { name: 'SSLError', code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' },
  );
  far.free();
});

test("a peer that resets the connection: the system's error, with the call", async () => {
  const listener = await listening();
  const peer = connectPlain(Number(listener.acceptPort), loopback);
  const accepted = await listener.accept();
  const server = new SSL(serverContext()).setFd(descriptorOf(accepted));
  assert.equal(server.accept(), -1);
  peer.resetAndDestroy();
  await once(peer, 'close');
  await assert.rejects(
    until(() => server.accept()),
    {
      name: 'SSLSyscallError',
      code: 'ECONNRESET',
      errno: -104,
      syscall: 'read',
      message: /^read ECONNRESET/,
    },
  );
  assert.equal(server.error(), SSL_ERROR_SYSCALL);
  for (const bio of [accepted, listener]) bio.free();
});

test('writing to a peer that is gone is an error, not a signal', async () => {
  const [near, far] = await socketPair();
  const client = new SSL(clientContext()).setFd(descriptorOf(near));
  far.free();
  near.write('x');
  await assert.rejects(
    until(() => (client.connect(), -1)),
    { name: 'SSLSyscallError', code: /^(EPIPE|ECONNRESET)$/, syscall: /^(read|write)$/ },
  );
  near.free();
});

test('descriptors that are closed, or cannot be written or read', () => {
  const file = openSync(write('file', 'content'), 'r');
  const directory = openSync(pathOf('.'), 'r');
  const badWrite = {
    name: 'SSLSyscallError',
    code: 'EBADF',
    errno: -9,
    syscall: 'write',
    message: /^write EBADF/,
  };
  assert.throws(() => new SSL(clientContext()).setFd(2 ** 31 - 1).connect(), badWrite);
  assert.throws(() => new SSL(clientContext()).setFd(file).connect(), badWrite);
  assert.throws(() => new SSL(serverContext()).setFd(directory).accept(), {
    name: 'SSLSyscallError',
    code: 'EISDIR',
    errno: -21,
    syscall: 'read',
  });
  for (const fd of [file, directory]) closeSync(fd);
});
