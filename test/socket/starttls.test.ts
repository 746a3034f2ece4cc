// TLS that begins on a connection which has been used in the clear: nothing slips from one into the other.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { Socket, TLSSocket } from 'bladessl';
import { clientContext, serverContext } from '../helpers/identities';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

async function connectedPair(t: TestContext): Promise<Pair> {
  const listener = new Socket();
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  const client = new Socket();
  const [server] = await Promise.all([listener.accept(), client.connect('localhost', listener.port)]);
  t.after(async () => {
    for (const socket of [listener, client, server]) await socket.close({ abort: true });
  });
  return { client, server };
}

function secured({ client, server }: Pair): { client: TLSSocket; server: TLSSocket } {
  return { client: new TLSSocket(client, clientContext()), server: new TLSSocket(server, serverContext()) };
}

test('both sides go on in TLS, the one that was accepted too', async (t) => {
  const plain = await connectedPair(t);
  await plain.client.send('STARTTLS');
  assert.equal(String(await plain.server.read(8)), 'STARTTLS');
  await plain.server.send('go');
  assert.equal(String(await plain.client.read(2)), 'go');
  const { client, server } = secured(plain);
  await Promise.all([client.handshake(), server.handshake()]);
  await client.send('question');
  assert.equal(String(await server.read(8)), 'question');
  await server.send('answer');
  assert.equal(String(await client.read(6)), 'answer');
  await assert.rejects(server.handshake(), { code: 'ERR_WRONG_STATE' });
  await assert.rejects(plain.server.send('x'), { code: 'ERR_SOCKET_SECURED' });
});

test('what came in the clear is never received as if TLS had protected it', async (t) => {
  const plain = await connectedPair(t);
  await plain.client.send('STARTTLSinjected');
  assert.equal(String(await plain.server.read(8)), 'STARTTLS');
  const { client, server } = secured(plain);
  const outcomes = await Promise.allSettled([server.handshake(), client.handshake()]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await assert.rejects(server.receive());
});

test('a ClientHello that came before the handshake was begun is not lost', async (t) => {
  const plain = await connectedPair(t);
  await plain.client.send('STARTTLS');
  await plain.server.read(8);
  const client = new TLSSocket(plain.client, clientContext());
  const handshake = client.handshake();
  const { server } = plain;
  while (server.bytesRead === 8) await new Promise(setImmediate);
  const secure = new TLSSocket(server, serverContext());
  await Promise.all([handshake, secure.handshake()]);
  await client.send('hello');
  assert.equal(String(await secure.read(5)), 'hello');
});

test('before the handshake a TLSSocket sends and receives nothing', async (t) => {
  const plain = await connectedPair(t);
  await plain.client.send('x');
  await plain.server.read(1);
  const early = { code: 'ERR_WRONG_STATE', message: /handshake\(\) comes first/ };
  const { client, server } = secured(plain);
  assert.deepEqual([client.state, client.isConnected], ['connected', true]);
  await assert.rejects(client.send('secret'), early);
  await assert.rejects(client.send(['secret']), early);
  await assert.rejects(client.receive(), early);
  await assert.rejects(client.shutdown(), early);
  assert.throws(() => client.write('secret'), early);
  assert.throws(() => client.onData(() => {}), early);
  assert.throws(() => client.stream, early);
  await Promise.all([client.handshake(), server.handshake()]);
  assert.equal(client.bytesWritten, 1);
});

test('it can be closed before the handshake', async (t) => {
  const { client } = secured(await connectedPair(t));
  await client.close();
  assert.equal(client.isClosed, true);
});

test('who still waits for bytes in the clear is refused, and the faces are free again', async (t) => {
  const plain = await connectedPair(t);
  await plain.client.send('x');
  await plain.server.read(1);
  const waiting = assert.rejects(plain.server.receive(), { code: 'ERR_SOCKET_SECURED' });
  const { client, server } = secured(plain);
  await waiting;
  await Promise.all([client.handshake(), server.handshake()]);
  const received = new Promise((resolve) => server.stream.once('data', resolve));
  await client.send('in TLS');
  assert.equal(String(await received), 'in TLS');
});

test('TLS does not begin on a socket that listens, or whose stream is used', async (t) => {
  const plain = await connectedPair(t);
  assert.ok(plain.client.stream);
  assert.throws(() => new TLSSocket(plain.client), { code: 'ERR_FACE_IN_USE' });
  const listener = new Socket();
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  assert.throws(() => new TLSSocket(listener), { code: 'ERR_WRONG_STATE' });
  await listener.close();
  assert.throws(() => new TLSSocket(listener), { code: 'ERR_CLOSED' });
});

test('a client that does not know the name is refused, and nothing is left unhandled', async (t) => {
  const plain = await connectedPair(t);
  const socket = new TLSSocket(plain.server, clientContext());
  await assert.rejects(socket.handshake(), { code: 'ERR_NO_SERVERNAME' });
  assert.equal(socket.isClosed, true);
  await new Promise(setImmediate);
});
