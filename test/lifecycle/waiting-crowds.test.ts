// Handshakes that wait, many at once: all are answered or ended, and nothing of them is left. `npm run soak -- waiting`
// has 10,000 of them.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SSL_ERROR_WANT_ASYNC, type TLSServerContext } from 'bladessl';
import { assertEnded, runCompiled } from '../helpers/child';
import { Doomed } from '../helpers/gc';
import { ends } from '../helpers/handshake';
import { clientContext, serverContext } from '../helpers/identities';
import { tlsClient, tlsListener } from '../helpers/socket-peers';

const parts: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'socket/waiting.js': {
    now: ['before', 'answered', 'after'],
    later: ['before', 'asked', 'held', 'answered', 'after'],
    abandoned: ['before', 'asked', 'held', 'ended', 'after'],
  },
  'lifecycle/waiting-ssls.js': {
    now: ['before', 'asked', 'answered', 'after'],
    later: ['before', 'asked', 'answered', 'after'],
    abandoned: ['before', 'asked', 'after'],
  },
};

/** Runs a program, which asserts for itself what becomes of each connection, and checks that it got through. */
async function goThrough(t: TestContext, file: string, count: number): Promise<void> {
  const rounds = ['now', 'later', 'abandoned', 'later'];
  const seed = Date.now() % 1_000_000_000;
  t.diagnostic(`seed ${seed}`);
  const result = await runCompiled(t, file, [String(count), String(seed), ...rounds]);
  assertEnded(result);
  const told = result.stdout.trim().split('\n');
  assert.deepEqual(
    told.map((line) => JSON.parse(line)).map(({ round, part }) => [round, part]),
    rounds.flatMap((round) => parts[file]?.[round]?.map((part) => [round, part])),
  );
}

test('500 connections of a server wait at once, and it serves on', async (t) => {
  await goThrough(t, 'socket/waiting.js', 500);
});

test('300 SSLs in memory wait at once', async (t) => {
  await goThrough(t, 'lifecycle/waiting-ssls.js', 300);
});

/** A server whose clients wait for ever, and what they wait for. */
function unanswering(): { server: TLSServerContext; doomed: Doomed; asked(): number } {
  const doomed = new Doomed();
  const server = serverContext();
  let asked = 0;
  server.onClientHello = (event) => {
    asked += 1;
    doomed.add(event);
    doomed.add(event.signal);
    return doomed.add(new Promise<undefined>(() => {}));
  };
  return { server, doomed, asked: () => asked };
}

test('what an SSL has asked and nobody answered is collected when it is freed', async () => {
  const { server, doomed } = unanswering();
  for (let i = 0; i < 10; i++) {
    const made = ends(clientContext(), server);
    made.client.doHandshake();
    made.server.doHandshake();
    assert.equal(made.server.error(), SSL_ERROR_WANT_ASYNC);
    made.server.free();
  }
  assert.equal(doomed.alive, 30);
  await doomed.gone();
});

test('what a socket has asked and nobody answered is collected when it is closed', async (t) => {
  const { server, doomed, asked } = unanswering();
  const listener = await tlsListener(t, { context: server });
  const connecting = Array.from({ length: 10 }, () => tlsClient(t).connect('127.0.0.1', listener.port));
  const outcomes = Promise.allSettled(connecting);
  while (asked() < 10) await nextTurn();
  assert.equal(doomed.alive, 30);
  await listener.close();
  assert.ok((await outcomes).every(({ status }) => status === 'rejected'));
  await doomed.gone();
});
