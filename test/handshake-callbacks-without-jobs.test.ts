// All callbacks where OpenSSL has no jobs: libssl's retries, or a refusal.

import './helpers/without-jobs';
import assert from 'node:assert/strict';
import test from 'node:test';
import { features } from 'bladessl';
import './handshake-callbacks.test';
import './socket/handshake-callbacks.test';

test('features.asyncHandshake: says which mechanism there is, and why', () => {
  assert.deepEqual(features.asyncHandshake, {
    available: false,
    mechanism: 'retries',
    reason: 'BLADESSL_NO_ASYNC_JOBS is set',
  });
});
