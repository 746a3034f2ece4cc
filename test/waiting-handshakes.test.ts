// waitingHandshakes: what is counted, and how many may wait.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { type SSL, SSL_ERROR_WANT_ASYNC, type SSLError, waitingHandshakes } from 'bladessl';
import { errorOf } from './helpers/failures';
import { collectGarbage } from './helpers/gc';
import { ends } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';
import { nextMessage, startWorker } from './helpers/worker';

type Answer = (value?: undefined) => void;

interface Waiting {
  readonly ssl: SSL;
  readonly answer: Answer;
  readonly signal: AbortSignal;
}

/** A server that waits for its callback. */
function waiting(): Waiting {
  let answer: Answer | undefined;
  let told: AbortSignal | undefined;
  const context = serverContext();
  context.onClientHello = ({ signal }) => {
    told = signal;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  const { client, server } = ends(clientContext(), context);
  client.doHandshake();
  assert.deepEqual([server.doHandshake(), server.error()], [-1, SSL_ERROR_WANT_ASYNC]);
  return { ssl: server, answer: answer ?? assert.fail(), signal: told ?? assert.fail() };
}

test('now, most and abandoned: what waits, what has waited at once, what had no answer', async () => {
  const { most, abandoned } = waitingHandshakes;
  assert.equal(waitingHandshakes.now, 0);
  const many = Array.from({ length: most + 3 }, waiting);
  assert.deepEqual([waitingHandshakes.now, waitingHandshakes.most], [most + 3, most + 3]);
  const [first, second, ...others] = many as [Waiting, Waiting, ...Waiting[]];
  first.answer();
  await first.ssl.settled;
  assert.equal(waitingHandshakes.now, most + 3, 'it waits until it has gone on');
  first.ssl.doHandshake();
  assert.equal(waitingHandshakes.now, most + 2);
  second.ssl.free();
  assert.deepEqual([waitingHandshakes.now, waitingHandshakes.abandoned], [most + 1, abandoned + 1]);
  assert.equal(second.signal.aborted, true);
  for (const { ssl, answer } of others) {
    answer();
    await ssl.settled;
    ssl.doHandshake();
  }
  assert.deepEqual([waitingHandshakes.now, waitingHandshakes.abandoned], [0, abandoned + 1]);
});

test('limit: one more handshake fails, and its signal is aborted', async () => {
  assert.equal(waitingHandshakes.limit, 65_536);
  waitingHandshakes.limit = 2;
  try {
    const two = [waiting(), waiting()];
    const signals: AbortSignal[] = [];
    const context = serverContext();
    context.onClientHello = ({ signal }) => {
      signals.push(signal);
      return Promise.resolve(undefined);
    };
    const { client, server } = ends(clientContext(), context);
    client.doHandshake();
    const error = errorOf(() => server.doHandshake());
    assert.deepEqual([error.code, error.message], ['ERR_TOO_MANY_WAITING', '2 handshakes wait already']);
    assert.equal((errorOf(() => client.doHandshake()) as SSLError).alert?.name, 'internal_error');
    await server.settled;
    assert.equal((signals[0]?.reason as SSLError).code, 'ERR_CLOSED');
    for (const { ssl } of two) ssl.free();
    // What answers at once does not wait.
    waitingHandshakes.limit = 0;
    context.onClientHello = mock.fn(() => undefined);
    const made = ends(clientContext(), context);
    made.client.doHandshake();
    made.server.doHandshake();
    assert.equal(made.server.version, 'TLSv1.3');
  } finally {
    waitingHandshakes.limit = 65_536;
  }
});

test('limit: whole numbers of 32 bits', () => {
  for (const value of [-1, 0.5, 2 ** 32, Number.NaN]) {
    assert.throws(
      () => {
        waitingHandshakes.limit = value;
      },
      { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^limit must be/ },
    );
  }
  for (const value of ['1', undefined, null, 1n]) {
    assert.throws(() => Object.assign(waitingHandshakes, { limit: value }), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
  assert.equal(waitingHandshakes.limit, 65_536);
  assert.throws(() => Object.assign(waitingHandshakes, { now: 1 }), TypeError);
});

test('an SSL that is collected waits no more', async () => {
  const { abandoned } = waitingHandshakes;
  (() => {
    const context = serverContext();
    context.onClientHello = () => new Promise(() => {});
    const { client, server } = ends(clientContext(), context);
    client.doHandshake();
    server.doHandshake();
  })();
  assert.equal(waitingHandshakes.now, 1);
  while (waitingHandshakes.now > 0) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(waitingHandshakes.abandoned, abandoned + 1);
});

test('each worker has its own', async () => {
  const { ssl } = waiting();
  waitingHandshakes.limit = 7;
  const started = startWorker('lifecycle/waiting-handshakes.js', undefined);
  assert.deepEqual(await nextMessage(started), { now: 0, most: 0, abandoned: 0, limit: 65_536 });
  assert.deepEqual(await started.ended, { code: 0, error: undefined });
  waitingHandshakes.limit = 65_536;
  ssl.free();
});
