// Rows about paths: who issued what, for when, and for what.

import { deep, deepest } from './recipes';
import type { Row } from './row';

const unknown = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY';
const unverified = 'UNABLE_TO_VERIFY_LEAF_SIGNATURE@0';

const building: readonly Row[] = [
  { name: 'a good chain', leaf: 'good', faults: [] },
  { name: 'a good chain without one between', leaf: 'underRoot', chain: [], faults: [] },
  { name: 'the root is sent, too', leaf: 'good', chain: ['middle', 'root'], faults: [] },
  { name: 'the chain is out of order', leaf: 'good', chain: ['root', 'middle'], faults: [] },
  {
    name: 'certificates twice, and some that have nothing to do with it',
    leaf: 'good',
    chain: ['onlyDns', 'middle', 'good', 'middle', 'rootV1', 'root', 'root'],
    faults: [],
  },
  {
    name: 'an unknown CA',
    leaf: 'good',
    trusted: ['rollover'],
    faults: [`${unknown}@1`],
  },
  {
    name: 'nobody is trusted',
    leaf: 'good',
    trusted: [],
    faults: [`${unknown}@1`],
  },
  {
    name: 'an unknown CA, and nothing but the leaf',
    leaf: 'underRoot',
    chain: [],
    trusted: ['rollover'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'an unknown CA that is sent',
    leaf: 'good',
    chain: ['middle', 'root'],
    trusted: ['rollover'],
    faults: ['SELF_SIGNED_CERT_IN_CHAIN@2'],
  },
  { name: 'the one between is missing', leaf: 'good', chain: [], faults: [`${unknown}@0`, unverified] },
  {
    name: 'one between of the same name with another key',
    leaf: 'good',
    chain: ['middleImpostor'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'one between of the same name, and the right one',
    leaf: 'good',
    chain: ['middleImpostor', 'middle'],
    faults: [],
  },
  {
    name: 'one between of the same name with another key, and nothing that tells them apart',
    leaf: 'withoutIds',
    chain: ['middleImpostor'],
    faults: ['CERT_SIGNATURE_FAILURE@0'],
  },
  {
    name: 'the one between is found in a directory',
    leaf: 'good',
    chain: [],
    directory: ['middle'],
    faults: [],
  },
  {
    name: 'the root is found in a directory',
    leaf: 'good',
    trusted: [],
    directory: ['root'],
    faults: [],
  },
  {
    name: 'the key identifier is of another root',
    leaf: 'underRoot',
    chain: [],
    trusted: ['rootOtherId'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'the serial number is of another root',
    leaf: 'byIssuerAndSerial',
    chain: [],
    trusted: ['rootPrintable'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'the serial number is of this root',
    leaf: 'byIssuerAndSerial',
    chain: [],
    faults: [],
  },
  {
    name: 'names in another case, and in another string type',
    leaf: 'good',
    trusted: ['rootPrintable'],
    faults: [],
  },

  { name: 'self-signed', leaf: 'selfSigned', chain: [], faults: ['DEPTH_ZERO_SELF_SIGNED_CERT@0'] },
  { name: 'self-signed and trusted', leaf: 'selfSigned', chain: [], trusted: ['selfSigned'], faults: [] },
  {
    name: 'self-signed and expired',
    leaf: 'selfSignedExpired',
    chain: [],
    faults: ['DEPTH_ZERO_SELF_SIGNED_CERT@0', 'CERT_HAS_EXPIRED@0'],
  },
  {
    name: 'self-signed, expired and trusted',
    leaf: 'selfSignedExpired',
    chain: [],
    trusted: ['selfSignedExpired'],
    faults: ['CERT_HAS_EXPIRED@0'],
  },
  {
    name: 'self-signed and not yet valid',
    leaf: 'selfSignedEarly',
    chain: [],
    faults: ['DEPTH_ZERO_SELF_SIGNED_CERT@0', 'CERT_NOT_YET_VALID@0'],
  },
  {
    name: 'self-signed, and for another host',
    leaf: 'selfSigned',
    chain: [],
    host: 'other.example.org',
    faults: ['DEPTH_ZERO_SELF_SIGNED_CERT@0', 'HOSTNAME_MISMATCH@0'],
  },

  {
    name: 'only the one between is trusted',
    leaf: 'good',
    chain: [],
    trusted: ['middle'],
    faults: ['UNABLE_TO_GET_ISSUER_CERT@1'],
  },
  {
    name: 'only the one between is trusted, and that is enough',
    leaf: 'good',
    chain: [],
    trusted: ['middle'],
    flags: ['PARTIAL_CHAIN'],
    faults: [],
  },
  {
    name: 'only the leaf is trusted',
    leaf: 'good',
    chain: [],
    trusted: ['good'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'only the leaf is trusted, and that is enough',
    leaf: 'good',
    chain: [],
    trusted: ['good'],
    flags: ['PARTIAL_CHAIN'],
    faults: [],
  },

  {
    name: 'a root that is no good for TLS',
    leaf: 'good',
    trusted: ['rootRejected'],
    faults: ['CERT_REJECTED@2', 'SELF_SIGNED_CERT_IN_CHAIN@2', 'INVALID_PURPOSE@2'],
  },
  {
    name: 'a root for mail',
    leaf: 'good',
    trusted: ['rootForMail'],
    faults: ['CERT_REJECTED@2', 'SELF_SIGNED_CERT_IN_CHAIN@2', 'INVALID_PURPOSE@2'],
  },
  { name: 'a root for TLS', leaf: 'good', trusted: ['rootForTls'], faults: [] },

  {
    name: 'rollover: the new key',
    leaf: 'underRollover',
    chain: [],
    trusted: ['rolloverBefore', 'rollover'],
    faults: [],
  },
  {
    name: 'rollover: the new key, the other way round',
    leaf: 'underRollover',
    chain: [],
    trusted: ['rollover', 'rolloverBefore'],
    faults: [],
  },
  {
    name: 'rollover: the old key',
    leaf: 'underRolloverBefore',
    chain: [],
    trusted: ['rolloverBefore', 'rollover'],
    faults: [],
  },
  {
    name: 'rollover: only the wrong key is trusted',
    leaf: 'underRollover',
    chain: [],
    trusted: ['rolloverBefore'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'rollover: the wrong key is trusted, and the right one is sent',
    leaf: 'underRollover',
    chain: ['rollover'],
    trusted: ['rolloverBefore'],
    faults: ['SELF_SIGNED_CERT_IN_CHAIN@1'],
  },

  {
    // OpenSSL asks a directory only for a name that it has not got.
    name: 'rollover: the wrong key is trusted, and the right one is in a directory',
    leaf: 'underRollover',
    chain: [],
    trusted: ['rolloverBefore'],
    directory: ['rollover'],
    faults: [`${unknown}@0`, unverified],
  },
  {
    name: 'rollover: both are in a directory',
    leaf: 'underRollover',
    chain: [],
    trusted: [],
    directory: ['rolloverBefore', 'rollover'],
    faults: [],
  },

  {
    name: 'rollover: the old key is trusted, and vouches for the new one',
    leaf: 'underRollover',
    chain: ['rolloverLink'],
    trusted: ['rolloverBefore'],
    faults: [],
  },
  {
    name: 'two CAs that vouch for each other',
    leaf: 'underLoop',
    chain: ['loopOneByTwo', 'loopTwoByOne'],
    faults: [`${unknown}@2`],
  },

  {
    name: 'cross-signed: the new root is trusted',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByRoot'],
    trusted: ['newRoot'],
    faults: [],
  },
  {
    name: 'cross-signed: the old root is trusted',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByRoot'],
    faults: [],
  },
  {
    name: 'cross-signed: both are trusted',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByRoot'],
    trusted: ['root', 'newRoot'],
    faults: [],
  },
  {
    name: 'cross-signed: the old root has expired, and the new one is trusted',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByOld'],
    trusted: ['newRoot'],
    faults: [],
  },
  {
    name: 'cross-signed: the old root has expired, and both are trusted',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByOld'],
    trusted: ['rootExpired', 'newRoot'],
    faults: [],
  },
  {
    name: 'cross-signed: the old root has expired, and is the only one',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByOld'],
    trusted: ['rootExpired'],
    faults: ['CERT_HAS_EXPIRED@3'],
  },
  {
    name: 'cross-signed: neither is trusted',
    leaf: 'underNewRoot',
    chain: ['middleNew', 'newRootByRoot'],
    trusted: ['rollover'],
    faults: [`${unknown}@2`],
  },
];

const dates: readonly Row[] = [
  { name: 'an expired leaf', leaf: 'expired', faults: ['CERT_HAS_EXPIRED@0'] },
  { name: 'a leaf that is not valid yet', leaf: 'early', faults: ['CERT_NOT_YET_VALID@0'] },
  { name: 'an expired leaf, in its time', leaf: 'expired', time: '2020-06-01T00:00:00Z', faults: [] },
  { name: 'a second before it expires', leaf: 'expired', time: '2020-12-31T23:59:59Z', faults: [] },
  {
    // RFC 5280, 4.1.2.5 counts that second in; OpenSSL does not.
    name: 'in the second in which it expires',
    leaf: 'expired',
    time: '2021-01-01T00:00:00Z',
    faults: ['CERT_HAS_EXPIRED@0'],
  },
  { name: 'in its first second', leaf: 'early', time: '2080-01-01T00:00:00Z', faults: [] },
  {
    name: 'a second before',
    leaf: 'early',
    time: '2079-12-31T23:59:59Z',
    faults: ['CERT_NOT_YET_VALID@0'],
  },
  { name: 'an expired leaf, and nobody asks', leaf: 'expired', flags: ['NO_CHECK_TIME'], faults: [] },
  {
    name: 'before all of them',
    leaf: 'good',
    time: '0000-01-01T00:00:00Z',
    faults: ['CERT_NOT_YET_VALID@2', 'CERT_NOT_YET_VALID@1', 'CERT_NOT_YET_VALID@0'],
  },
  {
    name: 'after all of them',
    leaf: 'good',
    time: '9999-12-31T23:59:59Z',
    faults: ['CERT_HAS_EXPIRED@2', 'CERT_HAS_EXPIRED@1', 'CERT_HAS_EXPIRED@0'],
  },
  {
    name: 'an expired CA between',
    leaf: 'underExpired',
    chain: ['middleExpired'],
    faults: ['CERT_HAS_EXPIRED@1'],
  },
  {
    name: 'an expired CA between, and an expired leaf',
    leaf: 'expiredUnderExpired',
    chain: ['middleExpired'],
    faults: ['CERT_HAS_EXPIRED@1', 'CERT_HAS_EXPIRED@0'],
  },
  {
    name: 'a CA between that is not valid yet',
    leaf: 'underEarly',
    chain: ['middleEarly'],
    faults: ['CERT_NOT_YET_VALID@1'],
  },
  {
    name: 'an expired root',
    leaf: 'underRootExpired',
    chain: ['middleUnderExpired'],
    trusted: ['rootExpired'],
    faults: ['CERT_HAS_EXPIRED@2'],
  },
  {
    name: 'a root that is not valid yet',
    leaf: 'underRootEarly',
    chain: ['middleUnderEarly'],
    trusted: ['rootEarly'],
    faults: ['CERT_NOT_YET_VALID@2'],
  },
];

const lengths: readonly Row[] = [
  { name: 'no CA below this one: a leaf', leaf: 'underLast', chain: ['middleLast'], faults: [] },
  {
    name: 'no CA below this one: a CA',
    leaf: 'underAfterLast',
    chain: ['middleAfterLast', 'middleLast'],
    faults: ['PATH_LENGTH_EXCEEDED@2'],
  },
  {
    name: 'one CA below this one',
    leaf: 'underAfterOne',
    chain: ['middleAfterOne', 'middleOne'],
    faults: [],
  },
  { name: 'a depth of 0: nothing between', leaf: 'underRoot', chain: [], depth: 0, faults: [] },
  {
    name: 'a depth of 0: one between',
    leaf: 'good',
    depth: 0,
    faults: ['CERT_CHAIN_TOO_LONG@1', `${unknown}@1`],
  },
  { name: 'a depth of 1: one between', leaf: 'good', depth: 1, faults: [] },
  { name: 'a deep chain', leaf: 'underDeep', chain: deep, faults: [] },
  {
    name: 'a deep chain, from its end',
    leaf: 'underDeep',
    chain: deep.toReversed(),
    depth: deepest,
    faults: [],
  },
  {
    name: 'a chain that is too deep',
    leaf: 'underDeep',
    chain: deep,
    depth: deepest - 1,
    faults: [`CERT_CHAIN_TOO_LONG@${deepest}`, `${unknown}@${deepest}`],
  },
];

export const pathRows: readonly Row[] = [...building, ...dates, ...lengths];
