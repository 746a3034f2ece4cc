// TLS that begins on a connection which has been used in the clear.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Socket, SSL, TLSSocket } from 'bladessl';
import { clientContext, serverContext } from '../helpers/identities';
import { closing, plainSockets, rawClient, tlsClient } from '../helpers/socket-peers';

test('an accepted socket becomes the server of a TLS connection', async (t) => {
  const { client, server } = await plainSockets(t);
  await client.send('STARTTLS\r\n');
  assert.equal((await server.receive()).toString(), 'STARTTLS\r\n');
  await server.send('go\r\n');
  assert.equal((await client.receive()).toString(), 'go\r\n');
  const [near, far] = [new TLSSocket(client, clientContext()), new TLSSocket(server, serverContext())];
  await Promise.all([near.handshake({ servername: 'localhost' }), far.handshake()]);
  await near.send('ping');
  assert.equal((await far.receive()).toString(), 'ping');
});

test('what came before and nobody has received is taken for TLS, however it was received', async (t) => {
  const { client, server } = await plainSockets(t);
  await client.send('STARTTLS\r\n');
  const near = new TLSSocket(client, clientContext());
  const shaken = near.handshake({ servername: 'localhost' });
  assert.equal((await server.receive(10)).toString(), 'STARTTLS\r\n');
  // The peer's first record comes while this side reads in the clear still.
  while (server.bytesRead <= 10) await nextTurn();
  const far = new TLSSocket(server, serverContext());
  await Promise.all([shaken, far.handshake()]);
  await far.send('pong');
  assert.equal((await near.receive()).toString(), 'pong');
});

test('what somebody has put into the stream before the handshake is never taken for what came through TLS', async (t) => {
  const { client, server } = await plainSockets(t);
  await client.send('STARTTLS\r\ninjected\r\n');
  assert.equal((await server.receive(10)).toString(), 'STARTTLS\r\n');
  const near = new TLSSocket(client, clientContext());
  const far = new TLSSocket(server, serverContext());
  const [one, other] = await Promise.allSettled([
    near.handshake({ servername: 'localhost' }),
    far.handshake(),
  ]);
  assert.equal(one.status, 'rejected');
  assert.equal(other.status === 'rejected' && other.reason.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
  await assert.rejects(far.receive(), { code: 'ERR_SSL_WRONG_VERSION_NUMBER' });
});

test('a handshake that cannot begin rejects, and leaves no other promise that nobody handles', async (t) => {
  const listener = closing(t, new Socket());
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  const nobody = new TLSSocket(await rawClient(t, listener.port), clientContext());
  await assert.rejects(nobody.handshake(), { code: 'ERR_NO_SERVERNAME' });
  const taken = new SSL(clientContext());
  const first = closing(t, new TLSSocket(await rawClient(t, listener.port), undefined, taken));
  first.handshake({ servername: 'localhost' }).catch(() => {});
  const second = new TLSSocket(await rawClient(t, listener.port), undefined, taken);
  await assert.rejects(second.handshake({ servername: 'localhost' }), { code: 'ERR_SSL_IN_SOCKET' });
  await nextTurn();
  await nextTurn();
  assert.deepEqual(unhandled, []);
});

test('a connection that is being closed shakes no hands', async (t) => {
  const { client } = await plainSockets(t);
  const closed = client.close();
  const tls = new TLSSocket(client, clientContext());
  await assert.rejects(tls.handshake({ servername: 'localhost' }), { code: 'ERR_WRONG_STATE' });
  await closed;
});

test('an accepted TLSSocket has shaken hands already', async (t) => {
  const listener = closing(t, new TLSSocket(null, serverContext()));
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  const accepted = listener.accept();
  await tlsClient(t).connect('127.0.0.1', listener.port);
  const server = closing(t, await accepted);
  await assert.rejects(server.handshake(), { code: 'ERR_WRONG_STATE' });
});

test('no connection is lost to an accept that was never going to wait', async (t) => {
  const listener = closing(t, new Socket());
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  await assert.rejects(listener.accept({ timeout: -1 }), RangeError);
  await assert.rejects(listener.accept({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  const controller = new AbortController();
  const aborted = listener.accept({ signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  const peer = await rawClient(t, listener.port);
  const server = closing(t, await listener.accept());
  server.write('x');
  await once(peer, 'data');
});

test('a socket that is closed while it is being connected stays closed', async (t) => {
  const listener = closing(t, new Socket());
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  for (let ticks = 0; ticks < 30; ticks++) {
    const client = new Socket();
    const connecting = client.connect('127.0.0.1', listener.port).catch((error) => error.code);
    closing(t, await listener.accept());
    for (let tick = 0; tick < ticks; tick++) await undefined;
    await client.close();
    await connecting;
    assert.deepEqual([client.state, client.id], ['closed', -1]);
  }
});
