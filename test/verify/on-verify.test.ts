// onVerify over the table of chains: it accepts what it is asked about and nothing else, and refuses with any alert.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { VerifyAnswer, VerifyCallback, VerifyEvent } from 'bladessl';
import { assertRefused } from '../helpers/failures';
import { alertFor, alertNames } from './alerts';
import { allSettings, seenFrom, shake } from './judging';
import { faultOf, partsOf } from './row';
import { distinctRows } from './table';

const untold = 'X509_V_ERR_APPLICATION_VERIFICATION';
const faulty = distinctRows.filter(({ faults }) => faults.length > 0);

/** Answers with one answer at one step, and accepts all others. */
function refusingAt(step: number, answer: VerifyAnswer, seen: VerifyEvent[] = []): VerifyCallback {
  return (event) => {
    seen.push(event);
    return seen.length - 1 === step ? answer : true;
  };
}

/** Each finding is about the certificate at its depth. */
function assertItsOwn({ certificate, chain, depth }: VerifyEvent): void {
  const [one, other] = [certificate, chain[depth]].map((link) => link?.fingerprintSHA256);
  if (one !== undefined && other !== undefined) assert.equal(one, other);
}

for (const settings of allSettings) {
  const { side, version } = settings;
  for (const row of faulty.map((one) => seenFrom(side, one))) {
    test(`${version}, the ${side} accepts each fault: ${row.name}`, () => {
      const seen: VerifyEvent[] = [];
      const outcome = shake(row, { ...settings, onVerify: refusingAt(-1, true, seen) });
      assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
      const faults = seen.filter(({ ok }) => !ok);
      assert.deepEqual(faults.map(faultOf), row.faults);
      assert.equal(outcome[side].verifyResult.name, 'X509_V_OK');
      for (const event of seen) assertItsOwn(event);
    });
  }

  test(`${version}, the ${side} accepts all faults but one`, () => {
    for (const row of faulty.map((one) => seenFrom(side, one))) {
      for (const [index, fault] of row.faults.entries()) {
        let at = 0;
        const onVerify: VerifyCallback = ({ ok }) => ok || at++ !== index;
        const { name, depth } = partsOf(fault);
        assertRefused(shake(row, { ...settings, onVerify }), side, name, alertFor(fault), { depth });
      }
    }
  });

  test(`${version}, the ${side} refuses a good chain with each alert, at each certificate`, () => {
    const good = seenFrom(side, { name: 'good', leaf: 'good', faults: [] });
    for (const alert of alertNames) {
      for (const [step, depth] of [2, 1, 0].entries()) {
        const outcome = shake(good, { ...settings, onVerify: refusingAt(step, alert) });
        assertRefused(outcome, side, untold, alert, { depth });
      }
    }
  });
}

for (const row of faulty) {
  test(`a fault is refused with each alert: ${row.name}`, () => {
    const [fault] = row.faults;
    if (fault === undefined) return;
    const { name, depth } = partsOf(fault);
    for (const alert of alertNames) {
      const onVerify: VerifyCallback = ({ ok }) => ok || alert;
      const outcome = shake(row, { side: 'client', version: 'TLSv1.3', onVerify });
      assertRefused(outcome, 'client', name, alert, { depth });
    }
  });
}

for (const row of distinctRows) {
  test(`one step after the other is refused: ${row.name}`, () => {
    const steps: VerifyEvent[] = [];
    const settings = { side: 'client', version: 'TLSv1.2' } as const;
    shake(row, { ...settings, onVerify: refusingAt(-1, true, steps) });
    assert.ok(steps.length > 0);
    for (const [step, { ok, name, depth }] of steps.entries()) {
      const outcome = shake(row, { ...settings, onVerify: refusingAt(step, false) });
      const alert = ok ? 'certificate_unknown' : alertFor(faultOf({ name, depth }));
      assertRefused(outcome, 'client', ok ? untold : name, alert, { depth });
    }
  });
}
