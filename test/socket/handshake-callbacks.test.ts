// Each callback of a handshake under TLSSockets: what is waited for, and what ends the wait.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type SSLError, TLSSocket, type TLSVersion } from 'bladessl';
import {
  type AnyCallback,
  type CallbackCase,
  callbackCases,
  type Prepared,
  waits,
} from '../helpers/callback-cases';
import { collectGarbage } from '../helpers/gc';
import { closing } from '../helpers/sockets';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

interface Meeting {
  readonly listener: TLSSocket;
  readonly client: TLSSocket;
  /** What each side's handshake comes to: its socket, or what it failed with. */
  readonly ends: Record<'client' | 'server', Promise<TLSSocket | Error>>;
}

/** A client on its way to a listener, one of which asks the callback. */
async function meet(
  t: TestContext,
  { callback, side }: CallbackCase,
  prepared: Prepared,
  ask: AnyCallback,
  handshakeTimeout = 10_000,
): Promise<Meeting> {
  Object.assign(prepared[side], { [callback]: ask });
  const times = { client: 10_000, server: 10_000, [side]: handshakeTimeout };
  const server = { context: prepared.server, handshakeTimeout: times.server };
  const listener = closing(t, new TLSSocket(server));
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  const client = closing(t, new TLSSocket({ context: prepared.client, handshakeTimeout: times.client }));
  if (prepared.session !== undefined) client.ssl.session = prepared.session;
  const came = new Promise<TLSSocket | Error>((resolve) => {
    listener.onHandshakeError((error) => resolve(error));
    listener.accept().then((socket) => resolve(closing(t, socket)), resolve);
  });
  const went = client.connect('localhost', listener.port).then(
    () => client,
    (error: Error) => error,
  );
  return { listener, client, ends: { client: went, server: came } };
}

for (const one of callbackCases.filter(waits)) {
  const { callback, side } = one;
  for (const version of versions) {
    const title = `${callback}, ${side}, ${version}`;

    for (const [how, wrap] of [
      ['at once', (answer: unknown) => answer],
      ['by a promise', (answer: unknown) => nextTurn().then(() => answer)],
    ] as const) {
      test(`${title}: answers ${how}`, async (t) => {
        const prepared = one.prepare(version);
        const { client, ends } = await meet(t, one, prepared, () => wrap(prepared.answer) as never);
        const [own, server] = await Promise.all([ends.client, ends.server]);
        assert.equal(own, client);
        assert.ok(server instanceof TLSSocket, String(server));
        await server.send('hello');
        assert.equal(String(await client.receive()), 'hello');
        prepared.check({ client: client.ssl, server: server.ssl });
      });
    }

    for (const [how, fail] of [
      ['throws', (error: Error) => assert.fail(error)],
      ['rejects', (error: Error) => nextTurn().then(() => assert.fail(error))],
    ] as const) {
      test(`${title}: ${how}`, async (t) => {
        const boom = new Error('boom');
        const { ends } = await meet(t, one, one.prepare(version), () => fail(boom) as never);
        assert.equal(await ends[side], boom);
      });
    }

    test(`${title}: never answers`, async (t) => {
      const signals: AbortSignal[] = [];
      const never: AnyCallback = ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {}) as never;
      };
      const { ends } = await meet(t, one, one.prepare(version), never, 50);
      assert.equal(((await ends[side]) as SSLError).code, 'ERR_HANDSHAKE_TIMEOUT');
      assert.equal((signals[0]?.reason as SSLError).code, 'ERR_CLOSED');
    });

    test(`${title}: its socket is closed meanwhile`, async (t) => {
      const prepared = one.prepare(version);
      let asked: ((signal: AbortSignal) => void) | undefined;
      const asking = new Promise<AbortSignal>((resolve) => {
        asked = resolve;
      });
      let answer: ((value: unknown) => void) | undefined;
      const { listener, client, ends } = await meet(t, one, prepared, ({ signal }) => {
        asked?.(signal);
        return new Promise((resolve) => {
          answer = resolve;
        }) as never;
      });
      const signal = await asking;
      if (side === 'client') {
        await client.close({ abort: true });
        assert.equal(((await ends.client) as SSLError).code, 'ERR_CLOSED');
      } else {
        await listener.close();
      }
      await nextTurn();
      assert.equal(signal.aborted, true);
      answer?.(prepared.answer);
      await nextTurn();
    });

    test(`${title}: contexts are freed and collected meanwhile`, async (t) => {
      const prepared = one.prepare(version);
      const { client, ends } = await meet(t, one, prepared, async () => {
        prepared.client.free();
        prepared.server.free();
        collectGarbage();
        await nextTurn();
        collectGarbage();
        return prepared.answer as never;
      });
      const [own, server] = await Promise.all([ends.client, ends.server]);
      assert.equal(own, client);
      assert.ok(server instanceof TLSSocket, String(server));
    });
  }
}

for (const one of callbackCases.filter((each) => !waits(each))) {
  const { callback, side } = one;
  for (const version of versions) {
    test(`${callback}, ${side}, ${version}: has to answer at once here`, async (t) => {
      const prepared = one.prepare(version);
      const good = await meet(t, one, prepared, () => prepared.answer as never);
      const server = await good.ends.server;
      assert.ok(server instanceof TLSSocket, String(server));
      assert.equal(await good.ends.client, good.client);
      const late: AnyCallback = () => nextTurn(prepared.answer) as never;
      const { ends } = await meet(t, one, one.prepare(version), late);
      assert.equal(((await ends[side]) as SSLError).code, 'ERR_ASYNC_NOT_POSSIBLE');
    });
  }
}
