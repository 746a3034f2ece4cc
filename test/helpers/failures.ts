// Errors, caught to be looked at.

import assert from 'node:assert/strict';
import * as bladessl from 'bladessl';
import { SSLError } from 'bladessl';
import type { Outcome } from './handshake';

/** The SSLError that a call throws. */
export function errorOf(call: () => unknown): SSLError {
  try {
    call();
  } catch (error) {
    if (error instanceof SSLError) return error;
    throw error;
  }
  return assert.fail(`no error: ${call}`);
}

/** The SSLError that a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<SSLError> {
  const error: unknown = await promise.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SSLError, String(error));
  return error;
}

/**
 * Asserts that one side has refused the other's certificate: for what (a name of X509_V_ERR_*, and more
 * fields of `verifyError`), with which alert, and that the other side has heard it.
 */
export function assertRefused(
  { clientError, serverError }: Outcome,
  refuser: 'client' | 'server',
  name: string,
  alert: string,
  more: Record<string, unknown> = {},
): void {
  const [own, other] = refuser === 'client' ? [clientError, serverError] : [serverError, clientError];
  assert.equal(own?.name, 'CertificateVerifyError');
  assert.equal(own.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
  assert.equal(own.verifyError?.name, name);
  assert.equal(own.verifyError.code, Reflect.get(bladessl, name));
  for (const [field, value] of Object.entries(more)) {
    assert.deepEqual(Reflect.get(own.verifyError, field), value);
  }
  assert.deepEqual([own.alert?.name, own.alert?.direction], [alert, 'sent']);
  assert.equal(other?.name, 'SSLError');
  assert.deepEqual([other.alert?.name, other.alert?.direction], [alert, 'received']);
}
