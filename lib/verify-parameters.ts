// What a certificate chain is held against (X509_VERIFY_PARAM).

import { invalidValue, outOfRange, requireInteger } from './arguments';
import { type VerifyFlags, X509_V_FLAG_USE_CHECK_TIME } from './constants';

/** What a certificate must be good for; OpenSSL's names (X509_PURPOSE_get0_sname(3)). */
export type VerifyPurpose = keyof typeof purposes;

// X509_PURPOSE_* of x509v3.h.
const purposes = {
  sslclient: 1,
  sslserver: 2,
  nssslserver: 3,
  smimesign: 4,
  smimeencrypt: 5,
  crlsign: 6,
  any: 7,
  ocsphelper: 8,
  timestampsign: 9,
} as const;

/** The number of a purpose. */
export function requirePurpose(value: unknown, name: string): number {
  if (typeof value === 'string' && Object.hasOwn(purposes, value)) return purposes[value as VerifyPurpose];
  throw invalidValue(name, `must be one of ${Object.keys(purposes).join(', ')}`, value);
}

/** Flags of X509_V_FLAG_*. */
export function requireVerifyFlags(value: unknown, name: string): VerifyFlags {
  const flags = requireInteger(value, name, -(2 ** 31), 2 ** 32 - 1) >>> 0;
  if ((flags & X509_V_FLAG_USE_CHECK_TIME) === 0) return flags;
  throw outOfRange(name, 'without X509_V_FLAG_USE_CHECK_TIME, which comes with the time', value);
}
