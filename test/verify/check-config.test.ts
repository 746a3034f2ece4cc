// checkConfig: a chain is accepted exactly if each of its faults is forgiven.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type CheckConfig,
  IGNORE_ALL,
  IGNORE_EXPIRED,
  IGNORE_HOSTNAME,
  IGNORE_NONE,
  IGNORE_NOT_YET_VALID,
  IGNORE_SELF_SIGNED,
} from 'bladessl';
import { assertRefused } from '../helpers/failures';
import { alertFor } from './alerts';
import { faultsOf, judge, seenFrom, shake } from './judging';
import { type Fault, partsOf, type Row } from './row';
import { distinctRows, rows } from './table';

/** What each flag forgives; IGNORE_ALL apart. */
const forgiven = new Map<CheckConfig, RegExp>([
  [IGNORE_SELF_SIGNED, /^DEPTH_ZERO_SELF_SIGNED_CERT@/],
  [IGNORE_EXPIRED, /^CERT_HAS_EXPIRED@/],
  [IGNORE_NOT_YET_VALID, /^CERT_NOT_YET_VALID@/],
  [IGNORE_HOSTNAME, /^(HOSTNAME|IP_ADDRESS)_MISMATCH@/],
]);

const single = [...forgiven.keys()];
const every = single.reduce((all, flag) => all | flag, IGNORE_NONE);
const few = [...single, every, IGNORE_ALL];
const many = [IGNORE_NONE, ...few, ...single.map((flag) => every & ~flag), IGNORE_ALL | every];

function isForgiven(fault: Fault, checkConfig: CheckConfig): boolean {
  const named = [...forgiven].some(([flag, faults]) => (checkConfig & flag) !== 0 && faults.test(fault));
  return named || (checkConfig & IGNORE_ALL) !== 0;
}

/** The first fault that remains. */
function remaining(row: Row, checkConfig: CheckConfig): Fault | undefined {
  return row.faults.find((fault) => !isForgiven(fault, checkConfig));
}

for (const row of rows) {
  test(`offline: ${row.name}`, () => {
    for (const checkConfig of many) {
      const fault = remaining(row, checkConfig);
      const expected = fault === undefined ? [] : [fault];
      assert.deepEqual(faultsOf(judge(row, { checkConfig })), expected, `IGNORE_* ${checkConfig}`);
    }
  });
}

for (const { side, version } of [
  { side: 'client', version: 'TLSv1.3' },
  { side: 'server', version: 'TLSv1.2' },
] as const) {
  for (const row of distinctRows.map((one) => seenFrom(side, one))) {
    test(`the ${side} judges: ${row.name}`, () => {
      for (const checkConfig of few) {
        const fault = remaining(row, checkConfig);
        const outcome = shake(row, { side, version, checkConfig });
        if (fault === undefined) {
          assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
        } else {
          const { name, depth } = partsOf(fault);
          assertRefused(outcome, side, name, alertFor(fault), { depth });
        }
      }
    });
  }
}
