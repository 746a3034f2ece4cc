// Handshakes on worker threads: the same results, and nobody looks at an SSL that is away.

import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import test from 'node:test';
import { type SSLError, TLSSocket, type TLSSocketOptions } from 'bladessl';
import { clientContext, serverContext } from '../helpers/identities';

async function listening(options: TLSSocketOptions): Promise<TLSSocket> {
  const server = new TLSSocket({ context: serverContext(), ...options });
  await server.bind(0, '127.0.0.1');
  await server.listen();
  server.onConnection((socket) => socket.onData((chunk) => socket.write(chunk)).onEnd(() => socket.end()));
  return server;
}

async function roundTrip(port: number, options: TLSSocketOptions): Promise<string> {
  await using socket = new TLSSocket({ context: clientContext(), ...options });
  await socket.connect('localhost', port);
  await socket.send('over');
  return (await socket.read(4)).toString();
}

for (const [clientThreads, serverThreads] of [
  [0, 2],
  [2, 0],
  [3, 3],
] as const) {
  test(`${clientThreads} threads for the clients, ${serverThreads} for the server`, async () => {
    await using server = await listening({ handshakeThreads: serverThreads });
    const trips = Array.from({ length: 40 }, () =>
      roundTrip(server.port, { handshakeThreads: clientThreads }),
    );
    assert.deepEqual(new Set(await Promise.all(trips)), new Set(['over']));
    assert.equal(server.handshakeFailures, 0);
  });
}

test('a handshake that fails on a thread says why, here and to the peer', async () => {
  await using server = await listening({ handshakeThreads: 2 });
  const failure = new Promise<SSLError>((resolve) =>
    server.onHandshakeError((error) => resolve(error as SSLError)),
  );
  await using stranger = new TLSSocket({ context: clientContext(), handshakeThreads: 2 });
  const connecting = stranger.connect('127.0.0.1', server.port, { servername: 'other.example' });
  await assert.rejects(connecting, { name: 'CertificateVerifyError', message: /hostname mismatch/ });
  const { alert } = await failure;
  assert.deepEqual(alert, { name: 'bad_certificate', number: 42, direction: 'received' });
});

test('garbage is answered with an alert', async () => {
  await using server = await listening({ handshakeThreads: 1 });
  const failure = new Promise<SSLError>((resolve) =>
    server.onHandshakeError((error) => resolve(error as SSLError)),
  );
  const plain = connectPlain(server.port, '127.0.0.1');
  plain.write('\x16\x03\x01\x00\x05hello');
  const chunks: Buffer[] = [];
  for await (const chunk of plain) chunks.push(chunk as Buffer);
  assert.equal((await failure).alert?.direction, 'sent');
  assert.equal(Buffer.concat(chunks)[0], 21, 'the content type of an alert');
});

test('an SSL whose handshake is on a thread answers ERR_BUSY', async () => {
  await using server = await listening({});
  await using socket = new TLSSocket({ context: clientContext(), handshakeThreads: 1 });
  const connecting = socket.connect('localhost', server.port);
  const seen = new Set<string | undefined>();
  let over = false;
  const look = (): void => {
    try {
      seen.add(socket.ssl.version);
    } catch (error) {
      seen.add((error as SSLError).code);
    }
    if (!over) setImmediate(look);
  };
  look();
  await connecting.finally(() => {
    over = true;
  });
  seen.delete(undefined);
  seen.delete('TLSv1.3');
  assert.deepEqual([...seen], ['ERR_BUSY']);
});

test('closing while a handshake is on a thread', async () => {
  await using server = await listening({ handshakeThreads: 1 });
  const sockets = Array.from(
    { length: 20 },
    () => new TLSSocket({ context: clientContext(), handshakeThreads: 1 }),
  );
  const connecting = sockets.map((socket) => socket.connect('localhost', server.port));
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all(sockets.map((socket) => socket.close()));
  const results = await Promise.allSettled(connecting);
  for (const result of results) {
    if (result.status === 'rejected') assert.equal((result.reason as SSLError).code, 'ERR_CLOSED');
  }
});

test('how many threads there may be', () => {
  const make = (handshakeThreads: unknown) => () => new TLSSocket({ handshakeThreads } as TLSSocketOptions);
  assert.throws(make(-1), { code: 'ERR_OUT_OF_RANGE', message: /^options.handshakeThreads must be/ });
  assert.throws(make(65), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(make('2'), { code: 'ERR_INVALID_ARG_TYPE' });
});
