// Data and ends between a TLSSocket and node:tls of this process, in both roles.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import type * as tls from 'node:tls';
import type { TLSVersion } from 'bladessl';
import { failureOf } from '../helpers/failures';
import { bytesOf, greet, type Met, megabytes, serve, textOf, visit } from '../helpers/node-ends';
import { receiveAll } from '../helpers/tls-sockets';

type Meet = (t: TestContext, options: tls.TlsOptions & tls.ConnectionOptions) => Promise<Met<tls.TLSSocket>>;

/** What is the same on both sides: `meet` gives a connection of ours and Node's end of it. */
function testTalk(meet: Meet, held: { minVersion: TLSVersion; maxVersion: TLSVersion }): void {
  test('five megabytes go each way at once', async (t) => {
    const { socket, peer } = await meet(t, { ...held, allowHalfOpen: true });
    peer.end(megabytes);
    const [sent, received, answered] = await Promise.all([
      socket.send(megabytes).then((size) => socket.shutdown().then(() => size)),
      receiveAll(socket),
      bytesOf(peer),
    ]);
    assert.equal(sent, megabytes.length);
    assert.ok(received.equals(megabytes));
    assert.ok(answered.equals(megabytes));
    assert.deepEqual([socket.bytesRead, socket.bytesWritten], [megabytes.length, megabytes.length]);
    if (!peer.closed) await once(peer, 'close');
    await socket.close();
  });

  test('five megabytes are echoed through its stream', async (t) => {
    const { socket, peer } = await meet(t, held);
    socket.stream.pipe(socket.stream);
    const echo = bytesOf(peer);
    peer.end(megabytes);
    assert.ok((await echo).equals(megabytes));
  });

  test('its stream: an orderly end is seen on both sides', async (t) => {
    const { socket, peer } = await meet(t, held);
    const { stream } = socket;
    const closed = Promise.all([once(stream, 'close'), once(peer, 'close')]);
    stream.end('that is all');
    assert.equal(await textOf(peer), 'that is all');
    // Node ends its side in answer.
    assert.equal(await textOf(stream), '');
    assert.deepEqual(await closed, [[], [false]]);
    assert.equal(socket.isClosed, true);
  });

  test('its stream ends when Node has ended', async (t) => {
    const met = await meet(t, held);
    await greet(met);
    const { socket, peer } = met;
    const { stream } = socket;
    const closed = Promise.all([once(stream, 'close'), once(peer, 'close')]);
    peer.end('that is all');
    assert.equal(await textOf(stream), 'that is all');
    assert.deepEqual(await closed, [[], [false]]);
    assert.deepEqual([stream.writableFinished, socket.isClosed], [true, true]);
  });

  test('its stream goes on when Node has ended, if it may', async (t) => {
    const met = await meet(t, { ...held, allowHalfOpen: true });
    await greet(met);
    const { socket, peer } = met;
    const { stream } = socket;
    peer.end('question');
    assert.equal(await textOf(stream), 'question');
    assert.equal(stream.writable, true);
    const [answer, closed] = [bytesOf(peer), Promise.all([once(stream, 'close'), once(peer, 'close')])];
    stream.end(megabytes);
    assert.ok((await answer).equals(megabytes));
    assert.deepEqual(await closed, [[], [false]]);
  });

  test('its stream hears what is said after its end, if Node goes on', async (t) => {
    const { socket, peer } = await meet(t, { ...held, allowHalfOpen: true });
    const { stream } = socket;
    stream.end('question');
    assert.equal(await textOf(peer), 'question');
    const [answer, closed] = [bytesOf(stream), Promise.all([once(stream, 'close'), once(peer, 'close')])];
    peer.end(megabytes);
    assert.ok((await answer).equals(megabytes));
    assert.deepEqual(await closed, [[], [false]]);
  });

  test('its promises: an orderly end is seen on both sides', async (t) => {
    const met = await meet(t, held);
    await greet(met);
    const { socket, peer } = met;
    const [ended, closed] = [once(peer, 'end'), once(peer, 'close')];
    peer.end('that is all');
    assert.equal((await receiveAll(socket)).toString(), 'that is all');
    await socket.close();
    await ended;
    assert.deepEqual(await closed, [false]);
  });

  test('Node ends its side first, and hears what is said after that', async (t) => {
    const met = await meet(t, { ...held, allowHalfOpen: true });
    await greet(met);
    const { socket, peer } = met;
    peer.end('question');
    assert.equal((await receiveAll(socket)).toString(), 'question');
    const answer = textOf(peer);
    await socket.send('a long ');
    await socket.send('answer');
    await socket.shutdown();
    assert.equal(await answer, 'a long answer');
    await socket.close();
  });

  test('we end our side first, and hear what is said after that', async (t) => {
    const { socket, peer } = await meet(t, { ...held, allowHalfOpen: true });
    await socket.send('question');
    await socket.shutdown();
    assert.equal(await textOf(peer), 'question');
    assert.equal(socket.isConnected, true);
    peer.write('a long ');
    assert.equal((await socket.receive()).toString(), 'a long ');
    const closed = new Promise((resolve) => {
      socket.onClose(resolve);
    });
    peer.end('answer');
    assert.equal((await receiveAll(socket)).toString(), 'answer');
    assert.equal(await closed, undefined);
  });

  test('destroy() is no orderly end for us', async (t) => {
    const { socket, peer } = await meet(t, held);
    await socket.send('question');
    await once(peer, 'data');
    peer.write('half of an ');
    assert.equal((await socket.receive()).toString(), 'half of an ');
    const failure = failureOf(socket.receive());
    peer.destroy();
    assert.equal((await failure).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    assert.equal(socket.isClosed, true);
  });

  test('destroy() is no orderly end for our stream', async (t) => {
    const { socket, peer } = await meet(t, held);
    const { stream } = socket;
    stream.write('question');
    await once(peer, 'data');
    const failure = failureOf(textOf(stream));
    peer.destroy();
    assert.equal((await failure).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    assert.equal(stream.destroyed, true);
  });

  test('close({ abort: true }) is no orderly end for Node', async (t) => {
    const { socket, peer } = await meet(t, held);
    await socket.send('question');
    await once(peer, 'data');
    const failure = once(peer, 'error');
    await socket.close({ abort: true });
    assert.equal((await failure)[0].code, 'ECONNRESET');
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = { minVersion: version, maxVersion: version };

  suite(`${version}: what a TLSSocket that serves node:tls says and hears`, () => {
    testTalk((t, options) => serve(t, options), held);
  });

  suite(`${version}: what a TLSSocket that is a client of node:tls says and hears`, () => {
    testTalk((t, options) => visit(t, options), held);
  });
}
