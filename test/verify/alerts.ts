// Which alert goes with which fault: RFC 8446, 6.2, as OpenSSL reads it (x509table of ssl/statem/statem_lib.c).

import type { VerifyAlert } from 'bladessl';
import type { Fault, FaultName } from './row';

const alerts: Readonly<Record<VerifyAlert, readonly FaultName[]>> = {
  bad_certificate: [
    'CA_KEY_TOO_SMALL',
    'CA_MD_TOO_WEAK',
    'CERT_NOT_YET_VALID',
    'CERT_REJECTED',
    'CRL_NOT_YET_VALID',
    'EC_KEY_EXPLICIT_PARAMS',
    'EE_KEY_TOO_SMALL',
    'HOSTNAME_MISMATCH',
    'IP_ADDRESS_MISMATCH',
  ],
  certificate_expired: ['CERT_HAS_EXPIRED', 'CRL_HAS_EXPIRED'],
  certificate_revoked: ['CERT_REVOKED'],
  certificate_unknown: [
    'CA_BCONS_NOT_CRITICAL',
    'EXCLUDED_VIOLATION',
    'KEYUSAGE_NO_CERTSIGN',
    'KEYUSAGE_NO_CRL_SIGN',
    'MISSING_AUTHORITY_KEY_IDENTIFIER',
    'NO_EXPLICIT_POLICY',
    'PERMITTED_VIOLATION',
    'PROXY_CERTIFICATES_NOT_ALLOWED',
    'PROXY_PATH_LENGTH_EXCEEDED',
    'PROXY_SUBJECT_NAME_VIOLATION',
    'SUITE_B_INVALID_ALGORITHM',
    'UNHANDLED_CRITICAL_CRL_EXTENSION',
    'UNHANDLED_CRITICAL_EXTENSION',
    'UNSUPPORTED_CONSTRAINT_TYPE',
    'UNSUPPORTED_NAME_SYNTAX',
  ],
  decrypt_error: ['CERT_SIGNATURE_FAILURE', 'CRL_SIGNATURE_FAILURE'],
  handshake_failure: ['APPLICATION_VERIFICATION'],
  internal_error: ['UNSPECIFIED'],
  unknown_ca: [
    'CERT_CHAIN_TOO_LONG',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'INVALID_CA',
    'PATH_LENGTH_EXCEEDED',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_CRL',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  unsupported_certificate: ['INVALID_PURPOSE'],
};

/** The alerts that a chain can be refused with. */
export const alertNames = Object.keys(alerts) as readonly VerifyAlert[];

/** The alert for a fault. A fault that is in no list fails: somebody has to look. */
export function alertFor(fault: Fault): VerifyAlert {
  const found = alertNames.find((alert) => alerts[alert].some((name) => fault.startsWith(`${name}@`)));
  if (found === undefined) throw new Error(`nothing is said about the alert for ${fault}`);
  return found;
}
