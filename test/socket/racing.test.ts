// interleave() and raceAddresses(): who starts when, who wins, and what is left of the others.

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { interleave, type RaceOptions, raceAddresses } from '../../dist/socket/racing';

interface FakeAttempt {
  readonly signal: AbortSignal;
  readonly succeed: (value: string) => void;
  readonly fail: (error: unknown) => void;
}

/** Lets everything happen that needs no timer. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A race on mocked timers, whose attempts end as the test says. */
function racing(t: TestContext, addresses: readonly string[], options?: RaceOptions) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const attempts = new Map<string, FakeAttempt>();
  const discarded: string[] = [];
  const start = (address: string, signal: AbortSignal): Promise<string> =>
    new Promise((succeed, fail) => attempts.set(address, { signal, succeed, fail }));
  const result = raceAddresses(addresses, start, (loser) => discarded.push(loser), options);
  result.catch(() => {});
  return {
    result,
    discarded,
    started: () => [...attempts.keys()],
    aborted: () => [...attempts].filter(([, { signal }]) => signal.aborted).map(([address]) => address),
    of: (address: string): FakeAttempt => attempts.get(address) ?? assert.fail(`${address} has not started`),
    async tick(milliseconds: number): Promise<void> {
      t.mock.timers.tick(milliseconds);
      await turn();
    },
  };
}

function failure(code: string, cause?: unknown): Error {
  const error = new Error(`connect ${code}`, cause === undefined ? undefined : { cause });
  return Object.assign(error, { code, syscall: 'connect' });
}

/** For races that leave nothing over. */
const noLoser = (loser: unknown): void => assert.fail(`discarded: ${loser}`);

/** What a promise is rejected with, itself. */
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );

suite('interleave', () => {
  test('families take turns, the first one first', () => {
    assert.deepEqual(interleave(['::1', '::2', '::3', '10.0.0.1', '10.0.0.2']), [
      '::1',
      '10.0.0.1',
      '::2',
      '10.0.0.2',
      '::3',
    ]);
    assert.deepEqual(interleave(['10.0.0.1', '10.0.0.2', '10.0.0.3', 'fe80::1%eth0']), [
      '10.0.0.1',
      'fe80::1%eth0',
      '10.0.0.2',
      '10.0.0.3',
    ]);
    assert.deepEqual(interleave(['10.0.0.1', '::1', '::2', '::3']), ['10.0.0.1', '::1', '::2', '::3']);
  });

  test('one family, one address, none', () => {
    for (const list of [['::1', '::2'], ['10.0.0.2', '10.0.0.1'], ['::1'], []]) {
      const copy = interleave(list);
      assert.deepEqual(copy, list);
      assert.notEqual(copy, list);
    }
  });
});

suite('the start of attempts', () => {
  test('the next one after 250 ms, and no sooner', async (t) => {
    const race = racing(t, ['a', 'b', 'c']);
    assert.deepEqual(race.started(), ['a']);
    await race.tick(249);
    assert.deepEqual(race.started(), ['a']);
    await race.tick(1);
    assert.deepEqual(race.started(), ['a', 'b']);
    await race.tick(250);
    assert.deepEqual(race.started(), ['a', 'b', 'c']);
    assert.deepEqual(race.aborted(), []);
    race.of('a').succeed('A');
    assert.equal(await race.result, 'A');
  });

  test('another delay', async (t) => {
    const race = racing(t, ['a', 'b'], { delay: 10 });
    await race.tick(10);
    assert.deepEqual(race.started(), ['a', 'b']);
    race.of('b').succeed('B');
    assert.equal(await race.result, 'B');
  });

  test('at once when the latest one has failed, and the delay begins anew', async (t) => {
    const race = racing(t, ['a', 'b', 'c']);
    await race.tick(200);
    race.of('a').fail(failure('ECONNREFUSED'));
    await turn();
    assert.deepEqual(race.started(), ['a', 'b']);
    await race.tick(249);
    assert.deepEqual(race.started(), ['a', 'b']);
    await race.tick(1);
    assert.deepEqual(race.started(), ['a', 'b', 'c']);
    race.of('c').succeed('C');
    assert.equal(await race.result, 'C');
  });

  test('the failure of an earlier one changes nothing', async (t) => {
    const race = racing(t, ['a', 'b', 'c']);
    await race.tick(250);
    race.of('a').fail(failure('ECONNREFUSED'));
    await turn();
    assert.deepEqual(race.started(), ['a', 'b']);
    race.of('b').succeed('B');
    assert.equal(await race.result, 'B');
  });

  test('an attempt that throws instead of rejecting has failed as well', async () => {
    const tried: string[] = [];
    const attempt = (address: string): Promise<string> => {
      tried.push(address);
      if (address === 'a') throw failure('EINVAL');
      return Promise.resolve(address);
    };
    assert.equal(await raceAddresses(['a', 'b'], attempt, noLoser), 'b');
    assert.deepEqual(tried, ['a', 'b']);
  });
});

suite('the end of the race', () => {
  test('the first success wins; the others are told', async (t) => {
    const race = racing(t, ['a', 'b', 'c', 'd']);
    await race.tick(250);
    await race.tick(250);
    race.of('b').succeed('B');
    assert.equal(await race.result, 'B');
    assert.deepEqual(race.aborted(), ['a', 'c']);
    await race.tick(10_000);
    assert.deepEqual(race.started(), ['a', 'b', 'c']);
    assert.deepEqual(race.discarded, []);
  });

  test('who succeeds after that is discarded, who fails is forgotten', async (t) => {
    const race = racing(t, ['a', 'b', 'c']);
    await race.tick(250);
    await race.tick(250);
    race.of('c').succeed('C');
    race.of('b').succeed('B');
    assert.equal(await race.result, 'C');
    race.of('a').fail(failure('ECONNREFUSED'));
    await turn();
    assert.deepEqual(race.discarded, ['B']);
  });

  test('no timer and no listener stay', async () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const controller = new AbortController();
    const options = { delay: 1e8, signal: controller.signal };
    await raceAddresses(['a', 'b'], async (address) => address, noLoser, options);
    await assert.rejects(raceAddresses(['a', 'b'], () => Promise.reject(failure('EPERM')), noLoser, options));
    assert.deepEqual(getEventListeners(controller.signal, 'abort'), []);
    const unending = raceAddresses(['a', 'b'], () => new Promise(() => {}), noLoser, options);
    controller.abort();
    await assert.rejects(unending, { name: 'AbortError' });
    assert.equal(timers(), before);
  });

  test('after the race its signal means nothing', async (t) => {
    const controller = new AbortController();
    const race = racing(t, ['a', 'b'], { signal: controller.signal });
    race.of('a').succeed('A');
    assert.equal(await race.result, 'A');
    controller.abort();
    assert.deepEqual(race.aborted(), []);
  });
});

suite('failure', () => {
  test('of the only address: its error, as it is', async (t) => {
    const race = racing(t, ['a']);
    const error = failure('ECONNREFUSED');
    race.of('a').fail(error);
    assert.equal(await reasonOf(race.result), error);
    assert.equal('cause' in error, false);
  });

  test('of all: the last error, with the others as its cause', async (t) => {
    const race = racing(t, ['a', 'b', 'c']);
    const errors = [failure('ENETUNREACH'), failure('EACCES'), failure('ECONNREFUSED')] as const;
    for (const [index, address] of ['a', 'b', 'c'].entries()) {
      race.of(address).fail(errors[index]);
      await turn();
    }
    const told = await reasonOf(race.result);
    assert.equal(told, errors[2]);
    assert.ok(errors[2].cause instanceof AggregateError);
    assert.deepEqual(errors[2].cause.errors, errors.slice(0, 2));
    assert.deepEqual(Object.keys(errors[2]), ['code', 'syscall']);
    assert.equal('cause' in errors[0], false);
  });

  test('a cause that is there stays', async (t) => {
    const race = racing(t, ['a', 'b']);
    const last = failure('ECONNREFUSED', 'a cause');
    race.of('a').fail(failure('EACCES'));
    await turn();
    race.of('b').fail(last);
    assert.equal(await reasonOf(race.result), last);
    assert.equal(last.cause, 'a cause');
  });

  test("what the system said is told rather than another's error", async (t) => {
    const race = racing(t, ['a', 'b']);
    const [system, other] = [failure('ECONNREFUSED'), new TypeError('something else')];
    race.of('a').fail(system);
    await turn();
    race.of('b').fail(other);
    assert.equal(await reasonOf(race.result), system);
    assert.deepEqual((system.cause as AggregateError).errors, [other]);
  });

  test('what is thrown need not be an error', async (t) => {
    const race = racing(t, ['a', 'b']);
    race.of('a').fail('one');
    await turn();
    race.of('b').fail(undefined);
    assert.equal(await reasonOf(race.result), undefined);
  });

  test('the last to fail ends the race, whichever it is', async (t) => {
    const race = racing(t, ['a', 'b']);
    await race.tick(250);
    const [first, second] = [failure('ETIMEDOUT'), failure('ECONNREFUSED')];
    race.of('b').fail(second);
    await turn();
    race.of('a').fail(first);
    assert.equal(await reasonOf(race.result), first);
  });

  test('without an address', async () => {
    await assert.rejects(raceAddresses([], assert.fail, noLoser), {
      name: 'SSLError',
      code: 'ERR_NO_ADDRESS',
    });
  });
});

suite('abort', () => {
  const reason = new Error('enough');

  test('before the race: nothing starts', async () => {
    const signal = AbortSignal.abort(reason);
    assert.equal(await reasonOf(raceAddresses(['a'], assert.fail, noLoser, { signal })), reason);
  });

  test('ends every attempt, and starts none', async (t) => {
    const controller = new AbortController();
    const race = racing(t, ['a', 'b', 'c'], { signal: controller.signal });
    await race.tick(250);
    controller.abort(reason);
    assert.equal(await reasonOf(race.result), reason);
    assert.deepEqual(race.aborted(), ['a', 'b']);
    race.of('b').fail(failure('ECONNREFUSED'));
    await race.tick(10_000);
    assert.deepEqual(race.started(), ['a', 'b']);
  });

  test('who succeeds after that is discarded', async (t) => {
    const controller = new AbortController();
    const race = racing(t, ['a'], { signal: controller.signal });
    controller.abort(reason);
    race.of('a').succeed('A');
    assert.equal(await reasonOf(race.result), reason);
    assert.deepEqual(race.discarded, ['A']);
  });

  test('from inside of an attempt', async () => {
    const controller = new AbortController();
    const discarded: string[] = [];
    const attempt = async (address: string, signal: AbortSignal): Promise<string> => {
      controller.abort(reason);
      assert.ok(signal.aborted);
      return address;
    };
    const { signal } = controller;
    const race = raceAddresses(['a', 'b'], attempt, (loser) => discarded.push(loser), { signal });
    assert.equal(await reasonOf(race), reason);
    assert.deepEqual(discarded, ['a']);
  });
});
