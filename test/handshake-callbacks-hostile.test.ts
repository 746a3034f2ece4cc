// What nobody should do in a callback of a handshake, or while its answer is waited for: each callback, on each side,
// in both versions, over SSLs in memory.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type SSL, SSL_ERROR_WANT_ASYNC, type SSLError, type TLSVersion } from 'bladessl';
import { type AnyCallback, type CallbackCase, callbackCases, type Prepared } from './helpers/callback-cases';
import { assertQueueEmpty } from './helpers/error-queue';
import { collectGarbage } from './helpers/gc';
import { type Ends, ends } from './helpers/handshake';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

/** A connection whose callback has been set. */
interface Scene {
  readonly prepared: Prepared;
  readonly ends: Ends;
  /** Of the one that asks. */
  readonly own: SSL;
  readonly other: SSL;
  readonly one: CallbackCase;
  readonly signals: AbortSignal[];
}

type Ask = (scene: Scene, signal: AbortSignal) => unknown;

function begin(one: CallbackCase, version: TLSVersion, ask: Ask): Scene {
  const prepared = one.prepare(version);
  const signals: AbortSignal[] = [];
  const callback: AnyCallback = (event) => {
    const { signal } = event;
    signals.push(signal);
    return ask(scene, signal) as never;
  };
  Object.assign(prepared[one.side], { [one.callback]: callback });
  const made = ends(prepared.client, prepared.server, {
    prepare: ({ client }) => {
      client.hostname = 'localhost';
      if (prepared.session !== undefined) client.session = prepared.session;
    },
  });
  const otherSide = one.side === 'client' ? 'server' : 'client';
  const scene: Scene = { prepared, ends: made, own: made[one.side], other: made[otherSide], one, signals };
  return scene;
}

/** A step of a side: 1 for done, -1 for not yet, or what it failed with. */
function step(ssl: SSL): unknown {
  try {
    if (!ssl.isInitFinished) return ssl.doHandshake();
    ssl.peek();
    return 1;
  } catch (error) {
    return error;
  }
}

/** Goes on as far as it goes without an answer. */
function advance({ ends: { client, server }, signals }: Scene): void {
  for (let turn = 0; turn < 10 && signals.length === 0; turn++) for (const ssl of [client, server]) step(ssl);
}

/** Goes on until both are done or have failed: what each has failed with first. */
async function finish({ ends: { client, server } }: Scene): Promise<[client: unknown, server: unknown]> {
  const last: [unknown, unknown] = [-1, -1];
  for (let turn = 0; turn < 40; turn++) {
    for (const ssl of [client, server]) if (!ssl.freed) await ssl.settled;
    for (const [index, ssl] of [client, server].entries()) {
      const now = step(ssl);
      if (!(last[index] instanceof Error)) last[index] = now;
    }
  }
  assertQueueEmpty();
  return last;
}

const done = [1, 1];

for (const one of callbackCases) {
  for (const version of versions) {
    const title = `${one.callback}, ${one.side}, ${version}`;
    const { callback, side } = one;

    const inside: Record<string, (scene: Scene) => void> = {
      'free its SSL': ({ own }) => assert.throws(() => own.free(), { code: 'ERR_BUSY' }),
      'free the other SSL': ({ other }) => other.free(),
      'take the transport away': ({ own }) =>
        assert.throws(() => own.setBio(undefined), { code: 'ERR_BUSY' }),
      'go on with the handshake': ({ own }) => assert.throws(() => own.doHandshake(), { code: 'ERR_BUSY' }),
      'read and write': ({ own }) => {
        for (const call of [() => own.read(), () => own.peek(), () => own.write('x'), () => own.shutdown()]) {
          assert.throws(call, { code: 'ERR_BUSY' });
        }
      },
      'go on with the other side': ({ other }) => void step(other),
      'set itself anew': ({ prepared, own }) => {
        const other = (): never => assert.fail('asked instead');
        Object.assign(prepared[side], { [callback]: other });
        Object.assign(prepared[side], { [callback]: undefined });
        try {
          Object.assign(own, { [callback]: undefined });
        } catch (error) {
          assert.equal((error as SSLError).code, 'ERR_BUSY');
        }
      },
    };
    for (const [what, act] of Object.entries(inside)) {
      for (const how of ['at once', 'later'] as const) {
        test(`${title}: inside, ${what}, and answer ${how}`, async () => {
          let acted = 0;
          const scene = begin(one, version, (it) => {
            if (acted++ === 0) act(it);
            collectGarbage();
            return how === 'at once' ? it.prepared.answer : nextTurn().then(() => it.prepared.answer);
          });
          if (what === 'free the other SSL') {
            advance(scene);
            // Nobody is left to talk to.
            for (let turn = 0; turn < 10; turn++) {
              await scene.own.settled;
              step(scene.own);
            }
            assert.notEqual(scene.own.error(), SSL_ERROR_WANT_ASYNC);
            scene.own.free();
          } else {
            assert.deepEqual(await finish(scene), done);
            scene.prepared.check(scene.ends);
            assert.deepEqual(new Set(scene.signals.map(({ aborted }) => aborted)), new Set([false]));
          }
          assert.ok(acted > 0);
        });
      }
    }

    const meanwhile: Record<string, (scene: Scene) => void> = {
      'the other SSL is freed': ({ other }) => other.free(),
      'the callbacks are set anew': ({ prepared, own }) => {
        for (const context of [prepared.client, prepared.server]) context.onVerify = undefined;
        Object.assign(prepared[side], { [callback]: undefined });
        // Some are a context's alone.
        if (!(callback in own)) return;
        assert.throws(() => Object.assign(own, { [callback]: undefined }), { code: 'ERR_BUSY' });
      },
      'it is gone on with': ({ own }) => {
        for (let i = 0; i < 5; i++)
          assert.deepEqual([own.doHandshake(), own.error()], [-1, SSL_ERROR_WANT_ASYNC]);
      },
      'its properties are looked at': ({ own }) => {
        for (const name of [
          'version',
          'cipher',
          'peerCertificate',
          'peerChain',
          'session',
          'hostname',
        ] as const) {
          void own[name];
        }
        void [
          own.stateString,
          own.stateStringLong,
          own.shutdownState,
          own.role,
          own.fd,
          own.rbio,
          own.verifyResult,
        ];
        assert.equal(own.isInitFinished, false);
      },
      'other connections come and go': () => {
        const another = begin(one, version, (it) => it.prepared.answer);
        for (let turn = 0; turn < 10; turn++) for (const ssl of [another.own, another.other]) step(ssl);
        assert.equal(another.own.isInitFinished, true);
        another.own.free();
        another.other.free();
      },
    };
    for (const [what, act] of Object.entries(meanwhile)) {
      test(`${title}: meanwhile, ${what}`, async () => {
        let answer: ((value: unknown) => void) | undefined;
        const scene = begin(one, version, (it) => {
          if (answer !== undefined) return it.prepared.answer;
          return new Promise((resolve) => {
            answer = resolve;
          });
        });
        advance(scene);
        act(scene);
        collectGarbage();
        await nextTurn();
        answer?.(scene.prepared.answer);
        if (scene.other.freed) {
          await scene.own.settled;
          step(scene.own);
          scene.own.free();
        } else {
          assert.deepEqual(await finish(scene), done);
          scene.prepared.check(scene.ends);
        }
        for (const signal of scene.signals) assert.equal(signal.aborted, false);
      });
    }

    test(`${title}: whatever is answered after the SSL has gone is not heard`, async () => {
      for (const late of [(value: unknown) => value, () => Promise.reject(new Error('late')), () => 5]) {
        let answer: ((value: unknown) => void) | undefined;
        const scene = begin(one, version, () => new Promise((resolve) => (answer = resolve)));
        advance(scene);
        scene.own.free();
        const rejection = late(scene.prepared.answer);
        answer?.(rejection);
        await nextTurn();
        assert.equal((scene.signals[0]?.reason as SSLError).code, 'ERR_CLOSED');
        collectGarbage();
        await nextTurn();
      }
    });

    test(`${title}: an abort may free, shake hands, throw nothing and answer`, async () => {
      let answer: ((value: unknown) => void) | undefined;
      const scene = begin(one, version, (it, signal) => {
        signal.addEventListener('abort', () => {
          it.own.free();
          it.other.free();
          it.prepared.client.free();
          answer?.(it.prepared.answer);
          const another = begin(one, version, (its) => its.prepared.answer);
          advance(another);
          collectGarbage();
        });
        return new Promise((resolve) => (answer = resolve));
      });
      advance(scene);
      scene.own.free();
      assert.equal(scene.signals[0]?.aborted, true);
      await nextTurn();
    });

    const boom = new Error('boom');
    const thenables: Record<string, readonly [(answer: unknown) => unknown, unknown]> = {
      'calls back at once': [
        (answer) => ({ then: (take: (value: unknown) => void) => take(answer) }),
        undefined,
      ],
      'calls back twice': [
        (answer) => ({
          then: (take: (value: unknown) => void, refuse: (error: unknown) => void) => {
            setImmediate(() => {
              take(answer);
              take(5);
              refuse(boom);
            });
          },
        }),
        undefined,
      ],
      'throws after it has called back': [
        (answer) => ({
          then: (take: (value: unknown) => void) => {
            take(answer);
            throw boom;
          },
        }),
        undefined,
      ],
      throws: [
        () => ({
          then: () => {
            throw boom;
          },
        }),
        boom,
      ],
      'has a getter that throws': [
        () => ({
          get then(): never {
            throw boom;
          },
        }),
        boom,
      ],
      'answers with another one': [
        (answer) => ({
          then: (take: (value: unknown) => void) =>
            take({ then: (more: (value: unknown) => void) => more(answer) }),
        }),
        undefined,
      ],
      'is of a subclass with a then of its own': [
        (answer) =>
          new (class extends Promise<unknown> {
            override then(...args: never[]): never {
              collectGarbage();
              return super.then(...args) as never;
            }
          })((resolve) => setImmediate(resolve, answer)),
        undefined,
      ],
      'calls back in the next tick': [
        (answer) => ({ then: (take: (value: unknown) => void) => process.nextTick(take, answer) }),
        undefined,
      ],
      'calls back in a microtask': [
        (answer) => ({ then: (take: (value: unknown) => void) => queueMicrotask(() => take(answer)) }),
        undefined,
      ],
      'rejects with nothing': [() => Promise.reject(undefined), 'ERR_CALLBACK_FAILED'],
    };
    for (const [how, [wrap, failure]] of Object.entries(thenables)) {
      test(`${title}: a thenable that ${how}`, async () => {
        const scene = begin(one, version, (it) => wrap(it.prepared.answer));
        const outcome = await finish(scene);
        if (failure === undefined) {
          assert.deepEqual(outcome, done);
          scene.prepared.check(scene.ends);
          return;
        }
        const own = outcome[side === 'client' ? 0 : 1];
        assert.equal(failure === boom ? own : (own as SSLError).code, failure);
        assert.equal(scene.own.isInitFinished, false);
      });
    }
  }
}
