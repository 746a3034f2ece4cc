// What may happen to a TLSSocket whose handshake waits for an answer, and around it; and that a client who judges its
// server says nothing meanwhile.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type SSLContext, SSLError, TLSSocket, type TLSVersion, waitingHandshakes } from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { recordsOf, recordTypes } from '../helpers/eager-clients';
import { assertQueueEmpty } from '../helpers/error-queue';
import { collectGarbage, Doomed } from '../helpers/gc';
import { clientContext, only, serverContext } from '../helpers/identities';
import { closing, tlsListener } from '../helpers/sockets';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** A client that waits for its user's verdict about a server. */
interface Wait {
  readonly client: TLSSocket;
  readonly listener: TLSSocket;
  readonly signal: AbortSignal;
  /** What the handshake comes to: undefined, or its error. */
  readonly outcome: Promise<unknown>;
  answer(verdict: unknown): void;
}

async function waiting(t: TestContext, version: TLSVersion): Promise<Wait> {
  const listener = await tlsListener(t, { server: only(serverContext(), version) });
  const context = clientContext();
  const asked = new Promise<Pick<Wait, 'signal' | 'answer'>>((resolve) => {
    context.verifyChain = ({ signal }) =>
      new Promise((answer) => resolve({ signal, answer: answer as Wait['answer'] }));
  });
  const client = closing(t, new TLSSocket({ context }));
  const outcome = client.connect('localhost', listener.port).catch((error: unknown) => error);
  return { client, listener, outcome, ...(await asked) };
}

/** What happens meanwhile; and the code that the client fails with then, if it does. */
const events: Record<string, readonly [(wait: Wait) => unknown, code: string | undefined]> = {
  'its socket is closed': [({ client }) => void client.close(), 'ERR_CLOSED'],
  'its socket is reset': [({ client }) => void client.close({ abort: true }), 'ERR_CLOSED'],
  'its stream is destroyed': [({ client }) => client.stream.destroy(), 'ERR_CLOSED'],
  'its stream is destroyed with an error': [
    ({ client }) => {
      client.stream.on('error', () => {});
      client.stream.destroy(new Error('on purpose'));
    },
    'ERR_CLOSED',
  ],
  'its SSL is freed': [({ client }) => client.ssl.free(), undefined],
  'its context is freed': [({ client }) => client.context.free(), undefined],
  'its context gets other callbacks': [
    ({ client }) => {
      client.context.verifyChain = () => assert.fail('asked instead');
      client.context.verifyChain = undefined;
      client.context.onVerify = () => false;
    },
    undefined,
  ],
  'its listeners are set': [
    ({ client }) =>
      void client
        .onData(() => {})
        .onClose(() => {})
        .onEnd(() => {}),
    undefined,
  ],
  'everything is looked at': [
    ({ client }) => {
      for (const name of [
        'version',
        'cipher',
        'peerCertificate',
        'session',
        'verifyResult',
        'info',
      ] as const) {
        void client[name];
      }
      for (const call of [
        () => client.ssl.read(),
        () => client.ssl.write('x'),
        () => client.ssl.shutdown(),
      ]) {
        assert.throws(call, { code: 'ERR_BUSY' });
      }
    },
    undefined,
  ],
  'it is paused and resumed, and keeps nobody': [
    ({ client }) => {
      client.onData(() => {});
      client.pause();
      client.resume();
      client.unref();
      client.ref();
    },
    undefined,
  ],
};

for (const version of versions) {
  for (const [what, [act, code]] of Object.entries(events)) {
    test(`${version}: meanwhile, ${what}`, async (t) => {
      const wait = await waiting(t, version);
      const before = waitingHandshakes.now;
      assert.ok(before >= 1);
      await act(wait);
      collectGarbage();
      if (code !== undefined) {
        const error = await wait.outcome;
        assert.ok(error instanceof Error, String(error));
        assert.equal((error as SSLError).code, code);
        await nextTurn();
        assert.equal((wait.signal.reason as SSLError).code, 'ERR_CLOSED');
        assert.equal(waitingHandshakes.now, before - 1);
      }
      for (const answer of [true, false]) wait.answer(answer);
      const outcome = await wait.outcome;
      if (code === undefined) {
        assert.equal(outcome, undefined);
        assert.equal(wait.signal.aborted, false);
      }
      assertQueueEmpty();
    });
  }

  for (const how of ['ends', 'is reset'] as const) {
    test(`${version}: the connection ${how} meanwhile`, async (t) => {
      const wait = await waiting(t, version);
      // The server's end of it, which nobody has been given yet, goes with its listener.
      await wait.listener.close({ abort: how === 'is reset' });
      wait.answer(false);
      const error = (await wait.outcome) as SSLError;
      assert.match(
        error.code,
        /^(ERR_SSL_CERTIFICATE_VERIFY_FAILED|ECONNRESET|EPIPE|ERR_SSL_UNEXPECTED_EOF.*)$/,
      );
      assert.equal(wait.client.isClosed, true);
      assertQueueEmpty();
    });
  }

  test(`${version}: a client that judges says nothing meanwhile, and nothing early when it refuses`, async (t) => {
    for (const verdict of [true, false]) {
      const [near, far] = duplexPair();
      const [clientEnd, towards] = duplexPair();
      let said = Buffer.alloc(0);
      towards.on('data', (chunk: Buffer) => {
        said = Buffer.concat([said, chunk]);
        near.write(chunk);
      });
      near.on('data', (chunk) => towards.write(chunk));
      const context = clientContext();
      let answer: ((verdict: boolean) => void) | undefined;
      context.verifyChain = () => new Promise((resolve) => (answer = resolve));
      const server = closing(t, new TLSSocket(far, only(serverContext(), version)));
      const client = closing(t, new TLSSocket(clientEnd, context));
      const serving = server.handshake().catch((error: unknown) => error);
      const shaking = client.handshake({ servername: 'localhost' }).catch((error: unknown) => error);
      client.write('the first words, said early');
      while (answer === undefined) await nextTurn();
      for (let turn = 0; turn < 20; turn++) await nextTurn();
      const before = recordsOf(said);
      assert.deepEqual(
        before.map(({ type }) => type),
        [recordTypes.handshake],
      );
      assert.equal(before[0]?.body[0], 1);
      answer(verdict);
      const error = await shaking;
      if (verdict) {
        assert.equal(String(await server.receive()), 'the first words, said early');
        continue;
      }
      assert.equal((error as SSLError).code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
      assert.ok((await serving) instanceof SSLError);
      // An alert, and in TLS 1.3 before it what middleboxes like to see.
      const after = recordsOf(said)
        .slice(1)
        .map(({ type }) => type);
      assert.deepEqual(after.filter((type) => type !== recordTypes.changeCipherSpec).length, 1);
      assert.equal(
        recordsOf(said).some(({ body }) => body.includes('the first words')),
        false,
      );
    }
  });

  test(`${version}: what is dropped while it waits is collected, and told so`, async (t) => {
    const doomed = new Doomed();
    const drop = async (): Promise<AbortSignal> => {
      const { client, signal } = await waiting(t, version);
      doomed.add(client.ssl);
      await client.close({ abort: true });
      return signal;
    };
    const signals = await Promise.all(Array.from({ length: 5 }, drop));
    for (const signal of signals) assert.equal(signal.aborted, true);
    assert.equal(waitingHandshakes.now, 0);
  });
}

test('a server whose clients come and go while it thinks has nothing left of them', async (t) => {
  const context: SSLContext = serverContext();
  const signals: AbortSignal[] = [];
  context.onClientHello = ({ signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  const listener = await tlsListener(t, { server: context });
  const failures: unknown[] = [];
  listener.onHandshakeError((error) => failures.push(error));
  const clients = Array.from({ length: 20 }, () => closing(t, new TLSSocket({ context: clientContext() })));
  const connecting = clients.map((client) => client.connect('localhost', listener.port).catch(() => {}));
  while (signals.length < 20) await nextTurn();
  assert.equal(waitingHandshakes.now, 20);
  await Promise.all(clients.map((client) => client.close({ abort: true })));
  await Promise.all(connecting);
  await listener.close();
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  assert.equal(
    signals.every(({ aborted }) => aborted),
    true,
  );
  assert.equal(waitingHandshakes.now, 0);
});
