// Callbacks of one connection that make others go on: what each connection receives stays its own. And handshakes of
// servers that have several contexts.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import {
  Certificate,
  Socket,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  SSL_OP_NO_RENEGOTIATION,
  type SSLContext,
  TLSSocket,
  type TLSVersion,
} from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { collectGarbage } from '../helpers/gc';
import { authority, clientContext, only, serverContext } from '../helpers/identities';
import { closing, tlsListener } from '../helpers/sockets';

// The content types of records (RFC 8446, 5.1), and the length of one that says change_cipher_spec.
const handshakeRecord = 22;
const encryptedRecord = 23;
const changeCipherSpecLength = 6;

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** Another connection: what it receives, and how to make it. */
function otherConnection(t: TestContext): { received: Buffer[]; say: (text: Buffer) => void } {
  const [near, far] = duplexPair();
  const received: Buffer[] = [];
  closing(t, Socket.from(far)).onData((chunk) => received.push(chunk));
  return { received, say: (text) => near.write(text) };
}

/** Resolves when so many bytes have come. */
function receivedOf(socket: TLSSocket, length: number, tell: () => void = () => {}): Promise<Buffer> {
  let received = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    socket.onClose((error) => reject(error ?? new Error(`closed after ${received.length} bytes`)));
    socket.onData((chunk) => {
      tell();
      received = Buffer.concat([received, chunk]);
      if (received.length >= length) resolve(received);
    });
  });
}

test('TLSv1.3: onNewSession may make other connections read; it is told after the data that came with it', async (t) => {
  const other = otherConnection(t);
  const foreign = Buffer.alloc(6000, 'of another connection');
  const [clientEnd, towardsClient] = duplexPair();
  const [towardsServer, serverEnd] = duplexPair();
  let held: Buffer[] | undefined;
  // After what the client encrypts first, its Finished, the server has nothing to say but its tickets, and its data.
  towardsClient.on('data', (chunk: Buffer) => {
    if (chunk[0] === encryptedRecord || chunk[changeCipherSpecLength] === encryptedRecord) held ??= [];
    towardsServer.write(chunk);
  });
  const said = Buffer.alloc(5000, 'what the server has said to this client');
  const whole = new Promise<Buffer>((resolve) => {
    towardsServer.on('data', (chunk: Buffer) => {
      if (held === undefined) return void towardsClient.write(chunk);
      held.push(chunk);
      const bytes = Buffer.concat(held);
      if (bytes.length > said.length) resolve(bytes);
    });
  });

  const order: string[] = [];
  const client = only(clientContext(), 'TLSv1.3');
  client.onNewSession = () => {
    order.push('session');
    other.say(foreign);
  };
  const ours = closing(t, new TLSSocket(clientEnd, client));
  const theirs = closing(t, new TLSSocket(serverEnd, only(serverContext(), 'TLSv1.3')));
  await Promise.all([ours.handshake({ servername: 'localhost' }), theirs.handshake()]);
  await theirs.send(said);
  const received = receivedOf(ours, said.length, () => order.push('data'));
  assert.equal(order.length, 0);
  towardsClient.write(await whole);
  assert.ok((await received).equals(said));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(order.filter((what) => what === 'session').length, 2);
  assert.equal(order.lastIndexOf('data') < order.indexOf('session'), true, order.join());
  assert.ok(Buffer.concat(other.received).equals(Buffer.concat([foreign, foreign])));
});

test('TLSv1.2: onNewSession of both sides may make other connections read', async (t) => {
  const other = otherConnection(t);
  const [clientEnd, serverEnd] = duplexPair();
  const [client, server] = [only(clientContext(), 'TLSv1.2'), only(serverContext(), 'TLSv1.2')];
  let told = 0;
  for (const context of [client, server]) {
    context.onNewSession = () => {
      told++;
      other.say(Buffer.alloc(6000, 'of another connection'));
    };
  }
  const ours = closing(t, new TLSSocket(clientEnd, client));
  const theirs = closing(t, new TLSSocket(serverEnd, server));
  const said = Buffer.alloc(5000, 'what is said');
  await Promise.all([ours.handshake({ servername: 'localhost' }), theirs.handshake()]);
  const received = [receivedOf(ours, said.length), receivedOf(theirs, said.length)];
  await Promise.all([ours.send(said), theirs.send(said)]);
  for (const bytes of await Promise.all(received)) assert.ok(bytes.equals(said));
  assert.ok(told > 0);
});

/** A server's context that lets its clients shake hands anew. */
function renegotiating(): SSLContext {
  const context = only(serverContext(), 'TLSv1.2');
  context.options =
    (context.options & ~BigInt(SSL_OP_NO_RENEGOTIATION)) | BigInt(SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  return context;
}

test('a context that is adopted does not let clients shake hands anew where the first one does not', async (t) => {
  const other = otherConnection(t);
  const [own, adopted] = [only(serverContext(), 'TLSv1.2'), renegotiating()];
  let asked = 0;
  adopted.onOcsp = () => {
    asked++;
    other.say(Buffer.alloc(6000, 'of another connection'));
    return undefined;
  };
  own.onServerName = () => adopted;
  const [clientEnd, towardsClient] = duplexPair();
  const [towardsServer, serverEnd] = duplexPair();
  towardsServer.on('data', (chunk) => towardsClient.write(chunk));
  let held: Buffer[] | undefined;
  // What the client says before it shakes hands anew, and its ClientHello, come in one piece.
  towardsClient.on('data', (chunk: Buffer) => {
    held?.push(chunk);
    if (held !== undefined && chunk[0] !== handshakeRecord) return;
    towardsServer.write(held === undefined ? chunk : Buffer.concat(held));
    held = undefined;
  });
  const server = closing(t, new TLSSocket(serverEnd, own));
  const ca = authority.certificate.pem;
  const options = { socket: clientEnd, servername: 'localhost', ca, requestOCSP: true };
  const client = connect(options as ConnectionOptions);
  t.after(() => client.destroy());
  client.on('error', () => {});
  await Promise.all([server.handshake(), once(client, 'secureConnect')]);
  assert.equal(asked, 1);

  const before = Buffer.alloc(6000, 'before');
  const received = receivedOf(server, before.length);
  held = [];
  client.write(before);
  const refused = new Promise<Error | null>((resolve) => {
    client.renegotiate({}, resolve);
    client.once('error', resolve);
    client.once('close', () => resolve(new Error('closed')));
  });
  assert.ok((await received).equals(before));
  assert.ok((await refused) instanceof Error);
  assert.equal(asked, 1);
  assert.ok(Buffer.concat(other.received).equals(Buffer.alloc(6000, 'of another connection')));
});

for (const version of versions) {
  test(`${version}: contexts by name, and threads for handshakes`, async (t) => {
    const [one, other] = [only(serverContext(), version), only(serverContext(), version)];
    const named = Certificate.generate({ commonName: 'other', altNames: ['localhost'], issuer: authority });
    other.useCertificate(named.certificate).usePrivateKey(named.privateKey);
    one.onServerName = () => other;
    const listener = await tlsListener(t, { server: one, options: { handshakeThreads: 2 } });
    listener.onConnection((socket) => void socket.end('hello'));
    const visit = async (handshakeThreads: number): Promise<string | undefined> => {
      const socket = closing(t, new TLSSocket({ context: clientContext(), handshakeThreads }));
      await socket.connect('localhost', listener.port);
      assert.equal(String(await socket.receive()), 'hello');
      return socket.peerCertificate?.subject;
    };
    for (const threads of [0, 2, 0]) {
      const subjects = await Promise.all(Array.from({ length: 20 }, () => visit(threads)));
      assert.deepEqual(new Set(subjects), new Set(['CN=other']));
      collectGarbage();
    }
    assert.equal(listener.handshakeFailures, 0);
  });
}
