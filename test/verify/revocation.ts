// Rows about CRLs, which a directory has.

import type { Row } from './row';

const crls = (...directory: string[]) => ({ directory, flags: ['CRL_CHECK'] as const });
const allCrls = (...directory: string[]) => ({
  directory,
  flags: ['CRL_CHECK', 'CRL_CHECK_ALL'] as const,
});

const deltaTaken = {
  why: 'a delta was taken for a complete CRL (https://github.com/openssl/openssl/issues/31040)',
  fixedIn: ['3.0.22', '3.5.8'],
};
const weakTaken = { why: 'OpenSSL holds certificates to the level, and no CRLs' };

export const revocationRows: readonly Row[] = [
  { name: 'CRL: nothing of it', leaf: 'good', ...crls('crlOfMiddle'), faults: [] },
  { name: 'CRL: revoked', leaf: 'good', ...crls('crlRevokingLeaf'), faults: ['CERT_REVOKED@0'] },
  { name: 'CRL: revoked, and nobody asks', leaf: 'good', directory: ['crlRevokingLeaf'], faults: [] },
  { name: 'CRL: on hold', leaf: 'good', ...crls('crlHoldingLeaf'), faults: ['CERT_REVOKED@0'] },
  { name: 'CRL: missing', leaf: 'good', ...crls('crlOfRoot'), faults: ['UNABLE_TO_GET_CRL@0'] },
  { name: 'CRL: all', leaf: 'good', ...allCrls('crlOfMiddle', 'crlOfRoot'), faults: [] },
  {
    name: 'CRL: all, and the one between is revoked',
    leaf: 'good',
    ...allCrls('crlOfMiddle', 'crlRevokingMiddle'),
    faults: ['CERT_REVOKED@1'],
  },
  {
    name: 'CRL: the one between is revoked, and nobody asks',
    leaf: 'good',
    ...crls('crlOfMiddle', 'crlRevokingMiddle'),
    faults: [],
  },
  {
    name: 'CRL: all, and both are revoked',
    leaf: 'good',
    ...allCrls('crlRevokingLeaf', 'crlRevokingMiddle'),
    faults: ['CERT_REVOKED@0', 'CERT_REVOKED@1'],
  },
  {
    name: "CRL: all, and the root's is missing",
    leaf: 'good',
    ...allCrls('crlOfMiddle'),
    faults: ['UNABLE_TO_GET_CRL@1', 'UNABLE_TO_GET_CRL@2'],
  },
  {
    name: 'CRL: expired',
    leaf: 'good',
    ...crls('crlExpired'),
    faults: ['CRL_HAS_EXPIRED@0'],
  },
  {
    name: 'CRL: expired, and it revokes',
    leaf: 'good',
    ...crls('crlExpiredRevoking'),
    faults: ['CRL_HAS_EXPIRED@0', 'CERT_REVOKED@0'],
  },
  { name: 'CRL: expired, and a newer one', leaf: 'good', ...crls('crlExpired', 'crlOfMiddle'), faults: [] },
  { name: 'CRL: not valid yet', leaf: 'good', ...crls('crlEarly'), faults: ['CRL_NOT_YET_VALID@0'] },
  { name: 'CRL: tampered with', leaf: 'good', ...crls('crlDamaged'), faults: ['CRL_SIGNATURE_FAILURE@0'] },
  {
    name: 'CRL: of another key of that name',
    leaf: 'good',
    ...crls('crlOfImpostor'),
    faults: ['CRL_SIGNATURE_FAILURE@0', 'CERT_REVOKED@0'],
  },
  {
    name: 'CRL: a critical extension that nobody knows',
    leaf: 'good',
    ...crls('crlOdd'),
    faults: ['UNHANDLED_CRITICAL_CRL_EXTENSION@0'],
  },
  {
    name: 'CRL: signed by a CA that may not',
    leaf: 'underNoSign',
    chain: ['middleNoSign'],
    ...crls('crlOfNoSign'),
    faults: ['INVALID_CA@1', 'INVALID_PURPOSE@1', 'KEYUSAGE_NO_CRL_SIGN@0', 'KEYUSAGE_NO_CERTSIGN@1'],
  },
  {
    name: 'CRL: a delta that nobody asks for',
    leaf: 'good',
    ...crls('crlWithFreshest', 'deltaRevokingLeaf'),
    faults: [],
    differs: { ...deltaTaken, command: ['CERT_REVOKED@0'] },
  },
  {
    name: 'CRL: nothing but a delta',
    leaf: 'good',
    ...crls('deltaOfMiddle'),
    faults: ['UNABLE_TO_GET_CRL@0'],
    differs: { ...deltaTaken, command: [] },
  },
  {
    name: 'CRL: a delta revokes',
    leaf: 'good',
    directory: ['crlWithFreshest', 'deltaRevokingLeaf'],
    flags: ['CRL_CHECK', 'USE_DELTAS'],
    faults: ['CERT_REVOKED@0'],
  },
  {
    name: 'CRL: revoked, and a delta has nothing new',
    leaf: 'good',
    directory: ['crlWithFreshestRevoking', 'deltaOfMiddle'],
    flags: ['CRL_CHECK', 'USE_DELTAS'],
    faults: ['CERT_REVOKED@0'],
    differs: { ...deltaTaken, command: [] },
  },
  {
    name: 'CRL: a delta asked for, and nothing but it',
    leaf: 'good',
    directory: ['deltaOfMiddle'],
    flags: ['CRL_CHECK', 'USE_DELTAS'],
    faults: ['UNABLE_TO_GET_CRL@0'],
    differs: { ...deltaTaken, command: [] },
  },
  {
    name: 'CRL: nothing but a delta, which names all the reasons that there are',
    leaf: 'good',
    directory: ['deltaOfReasons'],
    flags: ['CRL_CHECK', 'USE_DELTAS', 'EXTENDED_CRL_SUPPORT'],
    faults: ['UNABLE_TO_GET_CRL@0'],
    differs: { ...deltaTaken, command: [] },
  },
  { name: 'CRL: SHA-1 at level 0', leaf: 'good', ...crls('crlSha1'), faults: [] },
  {
    name: 'CRL: SHA-1 at level 1',
    leaf: 'good',
    ...crls('crlSha1'),
    level: 1,
    faults: ['CA_MD_TOO_WEAK@0'],
    differs: { ...weakTaken, command: [] },
  },
  {
    name: 'CRL: SHA-1 at level 1, and it revokes',
    leaf: 'good',
    ...crls('crlSha1Revoking'),
    level: 1,
    faults: ['CA_MD_TOO_WEAK@0', 'CERT_REVOKED@0'],
    differs: { ...weakTaken, command: ['CERT_REVOKED@0'] },
  },
  {
    name: 'CRL: SHA-1 at level 1, of the CA above',
    leaf: 'good',
    ...allCrls('crlOfMiddle', 'crlSha1OfRoot'),
    level: 1,
    faults: ['CA_MD_TOO_WEAK@1', 'CA_MD_TOO_WEAK@2'],
    differs: { ...weakTaken, command: [] },
  },
  {
    name: 'CRL: a delta by SHA-1 at level 1',
    leaf: 'good',
    directory: ['crlWithFreshest', 'deltaSha1'],
    flags: ['CRL_CHECK', 'USE_DELTAS'],
    level: 1,
    faults: ['CA_MD_TOO_WEAK@0'],
    differs: { ...weakTaken, command: [] },
  },
  {
    name: 'CRL: revoked and expired',
    leaf: 'expired',
    ...crls('crlOfMiddle'),
    faults: ['CERT_REVOKED@0', 'CERT_HAS_EXPIRED@0'],
  },
];
