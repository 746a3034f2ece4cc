// A client of TLS 1.2 that shakes hands anew in the middle of its data, where a server allows it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket as TLSClient } from 'node:tls';
import {
  Socket,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  SSL_OP_NO_RENEGOTIATION,
  type SSLContext,
  TLSSocket,
} from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { collectGarbage } from '../helpers/gc';
import { authority, only, serverContext } from '../helpers/identities';
import { closing, tlsListener } from '../helpers/sockets';

// The content type of a record (RFC 5246, 6.2.1).
const handshakeRecord = 22;

test('what a callback reads from another connection and what comes around it stay apart', async (t) => {
  const [near, far] = duplexPair();
  const other = closing(t, Socket.from(far));
  const read: Buffer[] = [];
  other.onData((chunk) => read.push(chunk));
  const context = renegotiating();
  let asked = 0;
  context.onOcsp = () => {
    near.write(Buffer.alloc(6000, ++asked));
    return undefined;
  };

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
  const server = closing(t, new TLSSocket(serverEnd, context));
  const ca = authority.certificate.pem;
  const options = { socket: clientEnd, servername: 'localhost', ca, requestOCSP: true };
  const client = connect(options as ConnectionOptions);
  t.after(() => client.destroy());
  await Promise.all([server.handshake(), once(client, 'secureConnect')]);

  const received: Buffer[] = [];
  server.onData((chunk) => received.push(chunk));
  held = [];
  const before = Buffer.alloc(6000, 'before');
  client.write(before);
  await renegotiate(client);
  const ended = new Promise<void>((done) => server.onEnd(done));
  client.end('after');
  await ended;
  assert.equal(asked, 2);
  assert.ok(Buffer.concat(received).equals(Buffer.concat([before, Buffer.from('after')])));
  assert.ok(Buffer.concat(read).equals(Buffer.concat([Buffer.alloc(6000, 1), Buffer.alloc(6000, 2)])));
});

test('a callback that its context has forgotten is asked for as long as its connection may shake hands anew', async (t) => {
  const context = renegotiating();
  let asked = 0;
  context.onOcsp = () => {
    asked++;
    return undefined;
  };
  const listener = await tlsListener(t, { server: context });
  const ca = authority.certificate.pem;
  const options = { port: listener.port, host: '127.0.0.1', servername: 'localhost', ca, requestOCSP: true };
  const client = connect(options as ConnectionOptions);
  t.after(() => client.destroy());
  await Promise.all([once(client, 'secureConnect'), listener.accept().then((server) => read(t, server))]);
  context.onOcsp = undefined;
  for (let turn = 0; turn < 3; turn++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await renegotiate(client);
  assert.equal(asked, 2);
});

function read(t: TestContext, server: TLSSocket): void {
  closing(t, server).onData(() => {});
}

function renegotiate(client: TLSClient): Promise<void> {
  return new Promise((done, fail) => {
    client.renegotiate({}, (error) => (error === null ? done() : fail(error)));
  });
}

/** Of a server that lets its clients shake hands anew. */
function renegotiating(): SSLContext {
  const context = only(serverContext(), 'TLSv1.2');
  context.options =
    (context.options & ~BigInt(SSL_OP_NO_RENEGOTIATION)) | BigInt(SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  return context;
}
