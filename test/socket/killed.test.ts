// Peers that go away at every stage of a handshake, and garbage in place of each of its parts: both sides
// come to an end, with the right error, and nothing that waits is forgotten.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect, type Socket as NetSocket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { TLSSocket } from 'bladessl';
import { clientContext, only, serverContext } from '../helpers/identities';
import { opensslClient } from '../helpers/openssl-cli';
import { startNode } from '../helpers/programs';
import { allFrom, nextOutcome, rawClient, rawServer, tlsClient, tlsListener } from '../helpers/socket-peers';

type Cut = (side: NetSocket) => void;

const cuts: Record<string, Cut> = {
  FIN: (side) => side.end(),
  RST: (side) => side.resetAndDestroy(),
};

/** A proxy that lets so many bytes pass in one direction, and cuts both connections then. */
async function cuttingProxy(
  t: TestContext,
  port: number,
  from: Side,
  bytes: number,
  cut: Cut,
): Promise<number> {
  return await rawServer(t, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    far.on('error', () => {});
    t.after(() => far.destroy());
    const [source, target] = from === 'client' ? [near, far] : [far, near];
    let left = bytes;
    const end = () => [near, far].forEach(cut);
    source.on('data', (chunk) => {
      target.write(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
      if (left === 0) end();
    });
    target.pipe(source);
  });
}

type Side = 'client' | 'server';

/** How many bytes each side sends in a whole handshake. */
async function sizes(t: TestContext, version: 'TLSv1.2' | 'TLSv1.3'): Promise<Record<Side, number>> {
  const listener = await tlsListener(t, { context: only(serverContext(), version) });
  const counts = { client: 0, server: 0 };
  const port = await rawServer(t, (near) => {
    const far = connect(listener.port, '127.0.0.1').on('error', () => {});
    near.on('data', (chunk) => (counts.client += chunk.length));
    far.on('data', (chunk) => (counts.server += chunk.length));
    near.pipe(far).pipe(near);
  });
  const accepted = listener.accept();
  const client = tlsClient(t);
  await client.connect('127.0.0.1', port);
  (await accepted).close({ abort: true });
  return counts;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const [how, cut] of Object.entries(cuts)) {
    for (const from of ['client', 'server'] as const) {
      test(`${version}: a ${how} after each part of what the ${from} sends`, async (t) => {
        const whole = (await sizes(t, version))[from];
        const listener = await tlsListener(t, { context: only(serverContext(), version) });
        for (let bytes = 1; bytes < whole; bytes += 1 + Math.floor(bytes / 8)) {
          const port = await cuttingProxy(t, listener.port, from, bytes, cut);
          const outcome = nextOutcome(listener);
          const client = tlsClient(t);
          const [connected] = await Promise.allSettled([client.connect('127.0.0.1', port)]);
          if (connected.status === 'fulfilled') {
            await assert.rejects(client.receive(), Error);
          } else {
            assert.match(connected.reason.code, /^(ECONNRESET|EPIPE|ERR_SSL_UNEXPECTED_EOF_WHILE_READING)$/);
          }
          assert.equal(client.isClosed, true);
          const server = await outcome;
          if (server instanceof TLSSocket) await assert.rejects(server.receive(), Error);
          else assert.match(server.error.code, /^(ECONNRESET|EPIPE|ERR_SSL_UNEXPECTED_EOF_WHILE_READING)$/);
        }
      });
    }
  }
}

test('a process that is killed in the middle of its handshake, or after it', async (t) => {
  const listener = await tlsListener(t);
  const half = "Buffer.from('1603010100010000fc0303', 'hex')";
  const code = `require('node:net').connect(${listener.port}, '127.0.0.1', function () {
    this.write(${half}, () => console.log('sent'));
  });`;
  const client = startNode(t, ['-e', code]);
  await client.shows(/sent/);
  const failed = nextOutcome(listener);
  client.kill('SIGKILL');
  const outcome = await failed;
  assert.ok(!(outcome instanceof TLSSocket));
  assert.equal(outcome.error.code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
  const secured = nextOutcome(listener);
  const other = opensslClient(t, listener.port);
  const server = await secured;
  assert.ok(server instanceof TLSSocket);
  const received = server.receive();
  other.kill('SIGKILL');
  await assert.rejects(received, /EOF|ECONNRESET/i);
});

const record = (type: number, version: number, size: number, body: Buffer): Buffer => {
  const header = Buffer.of(type, 0, 0, 0, 0);
  header.writeUInt16BE(version, 1);
  header.writeUInt16BE(size, 3);
  return Buffer.concat([header, body]);
};

const noise = createHash('shake256', { outputLength: 1024 }).update('noise').digest();

/** What comes in place of a record, the server's error, and the alert that it answers with. */
const garbage: Record<string, { bytes: Buffer; code: RegExp; alert?: number }> = {
  'plain HTTP': { bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n'), code: /HTTP_REQUEST/ },
  'a HTTP proxy request': { bytes: Buffer.from('CONNECT x:1 HTTP/1.1\r\n\r\n'), code: /HTTPS_PROXY_REQUEST/ },
  // The same in each run: by chance it would be the beginning of an SSLv2 ClientHello, which is read on.
  noise: { bytes: noise, code: /WRONG_VERSION_NUMBER/ },
  'a ClientHello of SSLv2 that lies about its parts': {
    bytes: Buffer.concat([Buffer.from('8030010303', 'hex'), Buffer.alloc(45, 0xff)]),
    code: /LENGTH_MISMATCH/,
  },
  'a record of a version that never was': {
    bytes: record(22, 0x0901, 5, Buffer.alloc(5)),
    code: /WRONG_VERSION_NUMBER/,
  },
  'an oversized record': {
    bytes: record(22, 0x0301, 0xffff, Buffer.alloc(65536)),
    code: /PACKET_LENGTH_TOO_LONG|LENGTH_TOO_LONG/,
    alert: 22,
  },
  'data before the handshake': {
    bytes: record(23, 0x0303, 5, Buffer.alloc(5)),
    code: /UNEXPECTED_MESSAGE|UNEXPECTED_RECORD|APP_DATA_IN_HANDSHAKE/,
    alert: 10,
  },
  'a ClientHello of nonsense': {
    bytes: record(22, 0x0301, 5, Buffer.from('01000001ff', 'hex')),
    code: /LENGTH_TOO_SHORT|LENGTH_MISMATCH/,
    alert: 50,
  },
  'a message that is much too large': {
    bytes: record(22, 0x0301, 8, Buffer.from('01ffffff03030000', 'hex')),
    code: /EXCESSIVE_MESSAGE_SIZE/,
    alert: 47,
  },
};

for (const [name, { bytes, code, alert }] of Object.entries(garbage)) {
  for (const later of ['nothing', 'a megabyte'] as const) {
    test(`a client sends ${name}, and ${later} after it`, async (t) => {
      const listener = await tlsListener(t);
      const failed = nextOutcome(listener);
      const client = await rawClient(t, listener.port);
      client.write(bytes);
      if (later === 'a megabyte') client.write(Buffer.alloc(1 << 20));
      const [answer, outcome] = await Promise.all([allFrom(client), failed]);
      assert.ok(!(outcome instanceof TLSSocket));
      assert.match(outcome.error.code, code);
      assert.equal(outcome.peer.remoteAddress, '127.0.0.1');
      if (alert !== undefined) assert.deepEqual([answer[0], answer[5], answer[6]], [21, 2, alert]);
      assert.equal(listener.handshakeFailures, 1);
    });
  }
}

test('a server answers with garbage', async (t) => {
  for (const { bytes } of Object.values(garbage)) {
    let answer: Promise<Buffer> | undefined;
    const port = await rawServer(t, (socket) => {
      socket.once('data', () => socket.write(bytes));
      answer = allFrom(socket);
    });
    const client = tlsClient(t);
    await assert.rejects(client.connect('127.0.0.1', port), /^[A-Za-z]*Error/);
    assert.equal(client.isClosed, true);
    assert.ok(((await answer) as Buffer).length > 100);
  }
});

test('a truncated record, and then the end', async (t) => {
  const listener = await tlsListener(t);
  const failed = nextOutcome(listener);
  const client = await rawClient(t, listener.port);
  client.end(record(22, 0x0301, 300, Buffer.alloc(20)));
  const outcome = await failed;
  assert.ok(!(outcome instanceof TLSSocket));
  assert.equal(outcome.error.code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: a record that somebody has changed`, async (t) => {
    const listener = await tlsListener(t, { context: only(serverContext(), version) });
    let spoil = false;
    const port = await rawServer(t, (near) => {
      const far = connect(listener.port, '127.0.0.1').on('error', () => {});
      t.after(() => far.destroy());
      far.pipe(near);
      near.on('data', (chunk) => {
        if (spoil) chunk[chunk.length - 1] = (chunk.at(-1) as number) ^ 1;
        far.write(chunk);
      });
    });
    const accepted = listener.accept();
    const client = tlsClient(t, { context: clientContext() });
    await client.connect('127.0.0.1', port);
    const server = await accepted;
    const received = [server.receive(), client.receive()];
    spoil = true;
    client.write('spoilt');
    const [at, from] = await Promise.allSettled(received);
    assert.match(at?.status === 'rejected' ? at.reason.code : '', /DECRYPTION_FAILED_OR_BAD_RECORD_MAC/);
    assert.match(from?.status === 'rejected' ? from.reason.code : '', /ALERT_BAD_RECORD_MAC/);
  });
}
