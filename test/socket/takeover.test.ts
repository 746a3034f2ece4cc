// TLS on what is connected already: STARTTLS, net.Socket, Duplex, TLS in TLS.

import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { Duplex, Readable } from 'node:stream';
import { suite, type TestContext, test } from 'node:test';
import { BIO, Socket, SSL, TLSSocket, type TLSSocketInit } from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { clientContext, serverContext } from '../helpers/identities';
import {
  closing,
  netSockets,
  plainListener,
  plainSockets,
  receiveAll,
  timedOut,
  tlsSockets,
} from '../helpers/sockets';

/** TLS on both ends; then a message each way, and the end. */
async function speak(
  t: TestContext,
  client: TLSSocketInit['socket'],
  server: TLSSocketInit['socket'],
): Promise<[TLSSocket, TLSSocket]> {
  const ours = closing(t, new TLSSocket(client, clientContext()));
  const theirs = closing(t, new TLSSocket(server, serverContext()));
  await Promise.all([ours.handshake({ servername: 'localhost' }), theirs.handshake()]);
  await ours.send('question');
  assert.equal((await theirs.receive(8)).toString(), 'question');
  const answer = Buffer.alloc(1 << 20, 'a');
  const [came] = await Promise.all([ours.receive(answer.length), theirs.send(answer)]);
  assert.ok(came.equals(answer));
  return [ours, theirs];
}

/** Both sides have said the end in order. */
async function part(ours: TLSSocket, theirs: TLSSocket): Promise<void> {
  await ours.shutdown();
  assert.equal((await theirs.receive()).length, 0);
  await theirs.shutdown();
  assert.equal((await ours.receive()).length, 0);
}

suite('STARTTLS', () => {
  test('both roles, after a word in the clear', async (t) => {
    const { client, server } = await plainSockets(t);
    await client.send('STARTTLS\n');
    assert.equal((await server.receive()).toString(), 'STARTTLS\n');
    await server.send('220 go\n');
    assert.equal((await client.receive()).toString(), '220 go\n');
    await part(...(await speak(t, client, server)));
  });

  test('a ClientHello that comes along with the command is not lost', async (t) => {
    const { client, server } = await plainSockets(t);
    const [near, far] = BIO.pair();
    const probe = new SSL(clientContext()).setConnectState().setBio(near);
    probe.verifyName = 'localhost';
    probe.doHandshake();
    const hello = far.read(65536) ?? Buffer.alloc(0);
    assert.ok(hello.length > 100);
    await client.send(Buffer.concat([Buffer.from('STARTTLS\n'), hello]));
    assert.equal((await server.read(9)).toString(), 'STARTTLS\n');
    const theirs = closing(t, new TLSSocket(server, serverContext()));
    const shaking = theirs.handshake();
    shaking.catch(() => {});
    for (let done = -1; done !== 1; ) {
      far.write(await client.receive());
      done = probe.doHandshake();
    }
    await client.send(far.read(65536) ?? '');
    await shaking;
    assert.equal(theirs.version, probe.version);
  });

  test('the name that was connected to is who is checked', async (t) => {
    const listener = await plainListener(t);
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = closing(t, new Socket());
      await client.connect(host, listener.port);
      const server = closing(t, await listener.accept());
      const ours = new TLSSocket(client, clientContext());
      const theirs = new TLSSocket(server, serverContext());
      await Promise.all([ours.handshake(), theirs.handshake()]);
      assert.equal(ours.host, host);
      assert.equal(theirs.servername, host === 'localhost' ? host : undefined);
    }
  });

  test('each face may read after it, whichever has read before', async (t) => {
    const { client, server } = await plainSockets(t);
    await client.send('x');
    await server.receive();
    const word = new Promise<Buffer>((resolve) => client.onData(resolve));
    await server.send('y');
    await word;
    const [ours, theirs] = [new TLSSocket(client, clientContext()), new TLSSocket(server, serverContext())];
    await Promise.all([ours.handshake({ servername: 'localhost' }), theirs.handshake()]);
    const secret = new Promise<Buffer>((resolve) => theirs.onData(resolve));
    await ours.send('secret');
    assert.equal((await secret).toString(), 'secret');
    await theirs.send('back');
    assert.equal((await ours.receive()).toString(), 'back');
  });

  test('handshake: a timeout, a signal, wrong arguments, twice, too early', async (t) => {
    const secure = async () => new TLSSocket((await plainSockets(t)).client, clientContext());
    const servername = 'localhost';
    await assert.rejects((await secure()).handshake({ servername, timeout: 5 }), timedOut);
    const controller = new AbortController();
    const { signal } = controller;
    const socket = await secure();
    const shaking = socket.handshake({ servername, signal });
    controller.abort(new Error('enough'));
    await assert.rejects(shaking, { message: 'enough' });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(socket.isClosed, true);
    const other = await secure();
    await assert.rejects(other.handshake({ servername: 7 as never }), { message: /^options\.servername / });
    await assert.rejects(other.handshake(7 as never), { message: /^options / });
    assert.equal(other.state, 'connected');
    await assert.rejects(new TLSSocket().handshake(), { code: 'ERR_NOT_CONNECTED' });
    const { client, server } = await tlsSockets(t);
    await assert.rejects(client.handshake(), { code: 'ERR_WRONG_STATE' });
    await assert.rejects(server.handshake(), { code: 'ERR_WRONG_STATE' });
  });

  test('a context for the other side: ERR_WRONG_STATE; no name: ERR_NO_SERVERNAME', async (t) => {
    const { client, server } = await plainSockets(t);
    await assert.rejects(new TLSSocket(client, clientContext()).handshake({ server: true }), {
      code: 'ERR_WRONG_STATE',
    });
    await assert.rejects(new TLSSocket(server, clientContext()).handshake(), { code: 'ERR_NO_SERVERNAME' });
  });
});

suite('a net.Socket', () => {
  test('is taken over on both sides', async (t) => {
    const { client, server } = await netSockets(t);
    const [ours, theirs] = await speak(t, client, server);
    assert.deepEqual([client.destroyed, server.destroyed], [true, true]);
    assert.deepEqual([ours.remoteAddress, theirs.localAddress], ['127.0.0.1', '127.0.0.1']);
    await part(ours, theirs);
  });

  test('with what it has read already, and what comes after it', async (t) => {
    const { client, server } = await netSockets(t);
    client.write('buffered ');
    await once(server, 'readable');
    const socket = closing(t, Socket.from(server));
    client.end('and more');
    assert.equal((await receiveAll(socket)).toString(), 'buffered and more');
  });

  test('with a ClientHello in its buffer', async (t) => {
    const { client, server } = await netSockets(t);
    const ours = closing(t, new TLSSocket(client, clientContext()));
    const shaking = ours.handshake({ servername: 'localhost' });
    await once(server, 'readable');
    const theirs = closing(t, new TLSSocket(server, serverContext()));
    await Promise.all([shaking, theirs.handshake()]);
    await part(ours, theirs);
  });

  test('a destroyed one: ERR_NOT_CONNECTED', async (t) => {
    const { client } = await netSockets(t);
    client.destroy();
    assert.throws(() => Socket.from(client), { name: 'SSLError', code: 'ERR_NOT_CONNECTED' });
    assert.throws(() => new TLSSocket(client), { name: 'SSLError', code: 'ERR_NOT_CONNECTED' });
  });

  test('one that gives text: ERR_NOT_CONNECTED', async (t) => {
    const { client } = await netSockets(t);
    client.setEncoding('utf8');
    assert.throws(() => Socket.from(client), {
      name: 'SSLError',
      code: 'ERR_NOT_CONNECTED',
      message: /setEncoding/,
    });
    assert.equal(client.destroyed, false);
  });
});

suite('a Duplex', () => {
  test('carries TLS', async (t) => {
    const [near, far] = duplexPair();
    const [ours, theirs] = await speak(t, near, far);
    assert.deepEqual([ours.id, ours.remoteAddress, ours.isConnected], [-1, undefined, true]);
    await part(ours, theirs);
  });

  test('an end of it without close_notify is a truncation; an error is its own', async (t) => {
    const first = duplexPair();
    const [ours] = await speak(t, ...first);
    first[1].end();
    await assert.rejects(ours.receive(), { code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' });
    const second = duplexPair();
    const [other] = await speak(t, ...second);
    const failing = assert.rejects(other.receive(), { message: 'below' });
    second[0].destroy(new Error('below'));
    await failing;
    assert.equal(other.isClosed, true);
  });

  test('whose peer never ends is destroyed after a while', async (t) => {
    const below = duplexPair();
    const [ours] = await speak(t, ...below);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await ours.close();
    assert.equal(below[0].destroyed, false);
    const closed = once(below[0], 'close');
    t.mock.timers.tick(2000);
    await closed;
  });

  test('that is destroyed, or is none of bytes', () => {
    const [destroyed] = duplexPair();
    destroyed.destroy();
    const objects = Duplex.from({ readable: Readable.from([1]), writable: undefined as never });
    for (const stream of [destroyed, objects]) {
      assert.throws(() => Socket.from(stream), { code: 'ERR_NOT_CONNECTED' });
    }
  });
});

test('TLS in TLS', async (t) => {
  const outer = await tlsSockets(t);
  const [ours, theirs] = await speak(t, outer.client.stream, outer.server.stream);
  await part(ours, theirs);
});
