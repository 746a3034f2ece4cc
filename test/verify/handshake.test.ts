// The table of chains in handshakes: a server's chain judged by the client, and a client's by the server.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { SSL } from 'bladessl';
import { assertRefused } from '../helpers/failures';
import { alertFor } from './alerts';
import { allSettings, judge, seenFrom, shake } from './judging';
import { partsOf, type Row } from './row';
import { handshakeRows } from './table';

for (const settings of allSettings) {
  const { side, version } = settings;
  for (const row of handshakeRows.map((one) => seenFrom(side, one))) {
    test(`${version}, the ${side} judges: ${row.name}`, () => {
      const outcome = shake(row, settings);
      const [fault] = row.faults;
      if (fault === undefined) {
        assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
        assertSameChain(outcome[side], row);
        return;
      }
      const { name, depth } = partsOf(fault);
      assertRefused(outcome, side, name, alertFor(fault), { depth });
      assert.equal(outcome[side].verifyResult.name, name);
      assert.deepEqual(outcome[side].verifiedChain, []);
    });
  }
}

test('CRLs that a context is given are as good as those of a directory', () => {
  const asking = handshakeRows.filter(({ flags, directory }) => directory && flags?.includes('CRL_CHECK'));
  assert.ok(asking.length > 0);
  for (const row of asking) {
    const outcome = shake(row, { side: 'client', version: 'TLSv1.3', crlsAlone: true });
    const [fault] = row.faults;
    if (fault === undefined) assert.equal(outcome.clientError, undefined, row.name);
    else assertRefused(outcome, 'client', partsOf(fault).name, alertFor(fault));
  }
});

/** The chain that was built is the one that verify() builds. */
function assertSameChain(judged: SSL, row: Row): void {
  assert.equal(judged.verifyResult.name, 'X509_V_OK');
  const built = judged.verifiedChain.map(({ fingerprintSHA256 }) => fingerprintSHA256);
  assert.deepEqual(
    built,
    judge(row).chain.map(({ fingerprintSHA256 }) => fingerprintSHA256),
  );
}
