// What verification finds, and what may be forgiven.

import { requireInteger } from './arguments';
import { type VerifyResultCode, X509_V_OK } from './constants';
import { verifyErrorName } from './errors';
import { native } from './native';
import type { VerifyResult } from './ssl-types';

/** Flags that each forgive one fault of a certificate chain: a combination of IGNORE_*. */
export type CheckConfig = number;

/** Nothing is forgiven. */
export const IGNORE_NONE = 0;
/** Every fault is forgiven: the chain is not verified. */
export const IGNORE_ALL = 1;
/** A self-signed certificate of the peer's own is accepted (X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT). */
export const IGNORE_SELF_SIGNED = 2;
/** Certificates that have expired are accepted (X509_V_ERR_CERT_HAS_EXPIRED). */
export const IGNORE_EXPIRED = 4;
/** Certificates that are not valid yet are accepted (X509_V_ERR_CERT_NOT_YET_VALID). */
export const IGNORE_NOT_YET_VALID = 8;
/** A certificate for another host or address is accepted (X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH). */
export const IGNORE_HOSTNAME = 16;

const all = IGNORE_ALL | IGNORE_SELF_SIGNED | IGNORE_EXPIRED | IGNORE_NOT_YET_VALID | IGNORE_HOSTNAME;

/** A combination of IGNORE_*. */
export function requireCheckConfig(value: unknown, name: string): CheckConfig {
  return requireInteger(value, name, IGNORE_NONE, all);
}

/** An error of X509_V_ERR_* by its number. */
export function describeFault(code: VerifyResultCode): VerifyResult {
  const message = code === X509_V_OK ? 'ok' : native.describeVerifyResult(code);
  return { code, name: verifyErrorName(code), message };
}
