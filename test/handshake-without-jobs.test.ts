// What a review has found about callbacks, where OpenSSL has no jobs: libssl's retries, or a refusal.

import './helpers/without-jobs';
import assert from 'node:assert/strict';
import test from 'node:test';
import { features } from 'bladessl';
import './adopted-callbacks.test';
import './handshake-aftermath.test';
import './handshake-towers.test';
import './second-client-hello.test';

test('there are none', () => {
  assert.equal(features.asyncHandshake.available, false);
});
