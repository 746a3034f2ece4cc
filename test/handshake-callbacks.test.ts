// Each callback of a handshake, on each side, in both versions, over SSLs in memory: what it may answer, and when.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SSL, SSL_ERROR_WANT_ASYNC, type SSLContext, type TLSVersion } from 'bladessl';
import {
  type AnyCallback,
  type CallbackCase,
  callbackCases,
  type Prepared,
  waits,
} from './helpers/callback-cases';
import { collectGarbage } from './helpers/gc';
import { type Ends, ends } from './helpers/handshake';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

type Failures = Record<'client' | 'server', unknown>;

/** Goes on with both sides until they are done, one has failed, or both wait for what does not come. */
async function shake(made: Ends): Promise<Failures> {
  const failures: Failures = { client: undefined, server: undefined };
  const done = { client: false, server: false };
  for (let turn = 0; turn < 40; turn++) {
    for (const side of ['client', 'server'] as const) {
      if (failures[side] !== undefined) continue;
      try {
        if (done[side]) made[side].peek();
        else done[side] = made[side].doHandshake() === 1;
      } catch (error) {
        failures[side] = error;
      }
    }
    for (const side of ['client', 'server'] as const) {
      if (failures[side] === undefined && !done[side]) await made[side].settled;
    }
  }
  return failures;
}

function begin(prepared: Prepared, { callback, side }: CallbackCase, ask: AnyCallback): Ends {
  Object.assign(prepared[side], { [callback]: ask });
  return ends(prepared.client, prepared.server, {
    prepare: ({ client }) => {
      client.hostname = 'localhost';
      if (prepared.session !== undefined) client.session = prepared.session;
    },
  });
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const one of callbackCases.filter(waits)) {
  const { callback, side } = one;
  for (const version of versions) {
    const title = `${callback}, ${side}, ${version}`;

    for (const [how, wrap] of [
      ['at once', (answer: unknown) => answer],
      ['by a promise', (answer: unknown) => soon().then(() => answer)],
      ['by a thenable', (answer: unknown) => ({ then: (take: (value: unknown) => void) => take(answer) })],
    ] as const) {
      test(`${title}: answers ${how}`, async () => {
        const prepared = one.prepare(version);
        let asked = 0;
        const made = begin(prepared, one, () => {
          asked++;
          return wrap(prepared.answer) as never;
        });
        const failures = await shake(made);
        assert.deepEqual(failures, { client: undefined, server: undefined });
        assert.ok(asked > 0);
        prepared.check(made);
      });
    }

    for (const [how, fail] of [
      ['throws', (error: Error) => assert.fail(error)],
      ['rejects', (error: Error) => Promise.reject(error)],
    ] as const) {
      test(`${title}: ${how}`, async () => {
        const boom = new Error('boom');
        const failures = await shake(begin(one.prepare(version), one, () => fail(boom) as never));
        assert.equal(failures[side], boom);
        assert.notEqual(failures[side === 'client' ? 'server' : 'client'], undefined);
      });
    }

    for (const wrong of [5, Symbol('wrong')]) {
      for (const wrap of [(value: unknown) => value, (value: unknown) => Promise.resolve(value)]) {
        test(`${title}: what is no answer is a TypeError (${String(wrong)}, ${wrap(1) === 1})`, async () => {
          const failures = await shake(begin(one.prepare(version), one, () => wrap(wrong) as never));
          const { name, message } = failures[side] as Error;
          assert.equal(name, 'TypeError');
          assert.ok(message.startsWith(`the value that ${callback} returned`), message);
        });
      }
    }

    test(`${title}: while it is waited for, only that is`, async () => {
      const prepared = one.prepare(version);
      let answer: ((value: unknown) => void) | undefined;
      const made = begin(prepared, one, () => {
        if (answer !== undefined) return prepared.answer as never;
        return new Promise((resolve) => {
          answer = resolve;
        }) as never;
      });
      const ssl = made[side];
      while (answer === undefined) for (const each of [made.client, made.server]) each.doHandshake();
      assert.deepEqual([ssl.doHandshake(), ssl.error()], [-1, SSL_ERROR_WANT_ASYNC]);
      const calls: Record<string, (own: SSL) => unknown> = {
        read: (own) => own.read(),
        peek: (own) => own.peek(),
        write: (own) => own.write('x'),
        shutdown: (own) => own.shutdown(),
        setBio: (own) => own.setBio(undefined),
        verifyMode: (own) => Object.assign(own, { verifyMode: 1 }),
      };
      for (const [name, call] of Object.entries(calls)) {
        assert.throws(() => call(ssl), { code: 'ERR_BUSY' }, name);
      }
      answer(prepared.answer);
      const failures = await shake({ ...made });
      assert.deepEqual(failures, { client: undefined, server: undefined });
    });

    test(`${title}: contexts may be freed and collected meanwhile`, async () => {
      const prepared = one.prepare(version);
      const made = begin(prepared, one, async () => {
        for (const context of [prepared.client, prepared.server] as SSLContext[]) context.free();
        collectGarbage();
        await soon();
        collectGarbage();
        return prepared.answer as never;
      });
      assert.deepEqual(await shake(made), { client: undefined, server: undefined });
    });

    test(`${title}: an SSL that is freed waits no more`, async () => {
      const signals: AbortSignal[] = [];
      const made = begin(one.prepare(version), one, ({ signal }) => {
        signals.push(signal);
        return new Promise(() => {}) as never;
      });
      const ssl = made[side];
      while (signals.length === 0) for (const each of [made.client, made.server]) each.doHandshake();
      const { settled } = ssl;
      assert.equal(signals[0]?.aborted, false);
      ssl.free();
      await settled;
      assert.equal((signals[0]?.reason as Error & { code: string }).code, 'ERR_CLOSED');
    });
  }
}

for (const one of callbackCases.filter((each) => !waits(each))) {
  const { callback, side } = one;
  for (const version of versions) {
    test(`${callback}, ${side}, ${version}: has to answer at once here`, async () => {
      const prepared = one.prepare(version);
      const good = begin(prepared, one, () => prepared.answer as never);
      assert.deepEqual(await shake(good), { client: undefined, server: undefined });
      prepared.check(good);
      let aborted: AbortSignal | undefined;
      const failures = await shake(
        begin(one.prepare(version), one, ({ signal }) => {
          aborted = signal;
          return Promise.resolve(prepared.answer) as never;
        }),
      );
      assert.equal((failures[side] as Error & { code: string }).code, 'ERR_ASYNC_NOT_POSSIBLE');
      assert.notEqual(failures[side === 'client' ? 'server' : 'client'], undefined);
      assert.equal(aborted?.aborted, true);
    });
  }
}
