// verifyChain over the table of chains: verify(), called with what the callback is told, comes to the verdict that
// OpenSSL comes to by itself.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { VerifyChainEvent, VerifyOptions } from 'bladessl';
import { assertRefused } from '../helpers/failures';
import { alertFor } from './alerts';
import { allSettings, chainOf, faultsOf, judge, seenFrom, shake } from './judging';
import { mint } from './recipes';
import type { Row } from './row';
import { distinctRows } from './table';

// A name and an address at once: the callback is told of the name.
const both = (row: Row) => row.host !== undefined && row.ip !== undefined;

function optionsFrom({ chain, host, ip }: VerifyChainEvent): VerifyOptions {
  return { chain: chain.slice(1), host, ip };
}

for (const settings of allSettings) {
  const { side, version } = settings;
  for (const row of distinctRows.filter((one) => !both(one)).map((one) => seenFrom(side, one))) {
    test(`${version}, the ${side} judges: ${row.name}`, () => {
      const [fault] = row.faults;
      const events: VerifyChainEvent[] = [];
      const outcome = shake(row, {
        ...settings,
        verifyChain: (event) => {
          events.push(event);
          const [found] = faultsOf(judge(row, optionsFrom(event)));
          assert.equal(found, fault);
          return found === undefined || alertFor(found);
        },
      });
      assert.equal(events.length, 1);
      const sent = events[0]?.chain.map(({ fingerprintSHA256 }) => fingerprintSHA256);
      const shown = [row.leaf, ...chainOf(row)].map((name) => mint.certificate(name).fingerprintSHA256);
      assert.deepEqual(sent, shown);
      if (fault === undefined) {
        assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
      } else {
        assertRefused(outcome, side, 'X509_V_ERR_APPLICATION_VERIFICATION', alertFor(fault));
      }
    });
  }
}
