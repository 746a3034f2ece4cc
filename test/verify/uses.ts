// Rows about what certificates may be used for, how strong they are, and whether they are sound.

import type { CertificateName } from './recipes';
import type { Row } from './row';

const server = 'INVALID_PURPOSE';

const purposes: readonly Row[] = [
  { name: 'for servers', leaf: 'forServers', faults: [], asClient: [`${server}@0`] },
  { name: 'for clients', leaf: 'forClients', faults: [`${server}@0`], asClient: [] },
  { name: 'for both', leaf: 'forBoth', faults: [] },
  { name: 'for anything, by its extended usage', leaf: 'forAnything', faults: [`${server}@0`] },
  {
    name: 'for CRLs only',
    leaf: 'forSigning',
    faults: [`${server}@0`],
    offline: 'a server finds no use for such a key in TLS 1.2',
  },
  {
    name: 'for clients, and asked for that',
    leaf: 'forClients',
    purpose: 'sslclient',
    faults: [],
  },
  { name: 'for clients, and anything will do', leaf: 'forClients', purpose: 'any', faults: [] },
  {
    name: 'for servers, and asked for mail',
    leaf: 'forServers',
    purpose: 'smimesign',
    faults: [`${server}@0`],
  },
  {
    name: 'a CA for clients between',
    leaf: 'underMiddleForClients',
    chain: ['middleForClients'],
    faults: [`${server}@1`],
    asClient: [],
  },
  {
    name: 'a CA for anything between',
    leaf: 'underMiddleForAnything',
    chain: ['middleForAnything'],
    faults: [`${server}@1`],
  },
  {
    name: 'a root for clients',
    leaf: 'underRootForClients',
    chain: ['middleUnderForClients'],
    trusted: ['rootForClients'],
    faults: [`${server}@2`],
    asClient: [],
  },
  {
    name: 'a CA that may not sign',
    leaf: 'underNoSign',
    chain: ['middleNoSign'],
    faults: ['INVALID_CA@1', 'INVALID_PURPOSE@1', 'KEYUSAGE_NO_CERTSIGN@1'],
  },
  {
    name: 'a CA that is none',
    leaf: 'underNoCa',
    chain: ['middleNoCa'],
    faults: ['INVALID_CA@1', 'INVALID_PURPOSE@1'],
  },
  {
    name: 'a CA that does not say so',
    leaf: 'underPlain',
    chain: ['middlePlain'],
    faults: ['INVALID_CA@1', 'INVALID_PURPOSE@1'],
  },
  {
    name: 'a CA of version 1 between',
    leaf: 'underV1',
    chain: ['middleV1'],
    faults: ['INVALID_CA@1', 'INVALID_PURPOSE@1'],
  },
  { name: 'a root of version 1', leaf: 'underRootV1', chain: [], trusted: ['rootV1'], faults: [] },
  { name: 'a critical extension that nobody knows', leaf: 'odd', faults: ['UNHANDLED_CRITICAL_EXTENSION@0'] },
  {
    name: 'a critical extension that nobody knows, and nobody minds',
    leaf: 'odd',
    flags: ['IGNORE_CRITICAL'],
    faults: [],
  },
  { name: 'an extension that nobody knows', leaf: 'oddNotCritical', faults: [] },
  {
    name: 'a critical extension that nobody knows in a CA',
    leaf: 'underOdd',
    chain: ['middleOddExtension'],
    faults: ['UNHANDLED_CRITICAL_EXTENSION@1'],
  },
  { name: 'a policy is wanted', leaf: 'good', flags: ['EXPLICIT_POLICY'], faults: ['NO_EXPLICIT_POLICY@0'] },
];

function constrained(leaf: CertificateName, chain: CertificateName, ...faults: Row['faults']): Row {
  return { name: `${leaf}, ${chain}`, leaf, chain: [chain], faults };
}

const constraints: readonly Row[] = [
  constrained('insideDns', 'onlyDns'),
  constrained('outsideDns', 'onlyDns', 'PERMITTED_VIOLATION@0'),
  constrained('outsideByWildcard', 'onlyDns', 'PERMITTED_VIOLATION@0'),
  constrained('outsideByNul', 'onlyDns'),
  constrained('outsideByCommonName', 'onlyDns', 'PERMITTED_VIOLATION@0'),
  constrained('withAddressOnly', 'onlyDns'),
  constrained('notExcludedDns', 'notDns'),
  constrained('excludedDns', 'notDns', 'EXCLUDED_VIOLATION@0'),
  constrained('insideIp', 'onlyIp'),
  constrained('outsideIp', 'onlyIp', 'PERMITTED_VIOLATION@0'),
  constrained('outsideIp6', 'onlyIp', 'PERMITTED_VIOLATION@0'),
  constrained('excludedIp', 'notIp', 'EXCLUDED_VIOLATION@0'),
  constrained('insideEmail', 'onlyEmail'),
  constrained('outsideEmail', 'onlyEmail', 'PERMITTED_VIOLATION@0'),
  constrained('emailWithoutAt', 'onlyEmail', 'UNSUPPORTED_NAME_SYNTAX@0'),
  constrained('withRid', 'onlyRid', 'UNSUPPORTED_CONSTRAINT_TYPE@0'),
  constrained('withFewNames', 'manyNames'),
  constrained('withManyNames', 'manyNames', 'UNSPECIFIED@0'),
  constrained('insideDirectory', 'onlyDirectory'),
  constrained('outsideDirectory', 'onlyDirectory', 'PERMITTED_VIOLATION@0'),
];

const signatures: readonly Row[] = [
  { name: 'a leaf that was tampered with', leaf: 'damaged', faults: ['CERT_SIGNATURE_FAILURE@0'] },
  {
    name: 'a CA that was tampered with',
    leaf: 'good',
    chain: ['middleDamaged'],
    faults: ['CERT_SIGNATURE_FAILURE@1'],
  },
  {
    name: 'a root that was tampered with',
    leaf: 'underDamagedRoot',
    chain: [],
    trusted: ['rootDamaged'],
    faults: [],
  },
  {
    name: 'a root that was tampered with, and somebody looks',
    leaf: 'underDamagedRoot',
    chain: [],
    trusted: ['rootDamaged'],
    flags: ['CHECK_SS_SIGNATURE'],
    faults: ['CERT_SIGNATURE_FAILURE@1'],
  },
  { name: 'RSA-PSS', leaf: 'pss', chain: [], trusted: ['rootPss'], faults: [] },
  { name: 'Ed25519', leaf: 'ed25519', chain: [], trusted: ['rootEd25519'], faults: [] },
];

const strength: readonly Row[] = [
  { name: 'P-256 at level 2', leaf: 'good', level: 2, faults: [] },
  {
    name: 'P-256 at level 4',
    leaf: 'good',
    level: 4,
    faults: ['EE_KEY_TOO_SMALL@0', 'CA_KEY_TOO_SMALL@1', 'CA_MD_TOO_WEAK@1'],
    offline: 'libssl has no suite left at that level',
  },
  { name: 'a weak key at level 0', leaf: 'weak', faults: [] },
  { name: 'a weak key at level 1', leaf: 'weak', level: 1, faults: [] },
  { name: 'a weak key at level 2', leaf: 'weak', level: 2, faults: ['EE_KEY_TOO_SMALL@0'] },
  {
    name: "a CA's weak key at level 2",
    leaf: 'underWeak',
    chain: ['middleWeak'],
    level: 2,
    faults: ['CA_KEY_TOO_SMALL@1'],
  },
  {
    name: "a root's weak key at level 2",
    leaf: 'underWeakRoot',
    chain: [],
    trusted: ['rootWeak'],
    level: 2,
    faults: ['CA_KEY_TOO_SMALL@1'],
  },
  { name: 'SHA-1 at level 0', leaf: 'sha1', faults: [] },
  { name: 'SHA-1 at level 1', leaf: 'sha1', level: 1, faults: ['CA_MD_TOO_WEAK@0'] },
  {
    name: 'a CA by SHA-1 at level 1',
    leaf: 'underSha1',
    chain: ['middleSha1'],
    level: 1,
    faults: ['CA_MD_TOO_WEAK@1'],
  },
  { name: 'MD5 at level 0', leaf: 'md5', chain: [], trusted: ['rootRsa'], faults: [] },
  {
    name: 'MD5 at level 1',
    leaf: 'md5',
    chain: [],
    trusted: ['rootRsa'],
    level: 1,
    faults: ['CA_MD_TOO_WEAK@0'],
  },
  { name: 'Suite B', leaf: 'good', flags: ['SUITEB_128_LOS'], faults: [] },
  {
    name: 'Suite B and RSA',
    leaf: 'rsa',
    chain: [],
    trusted: ['rootRsa'],
    flags: ['SUITEB_128_LOS'],
    faults: ['SUITE_B_INVALID_ALGORITHM@0'],
  },
];

const strict: readonly Row[] = [
  { name: 'strictly: a good chain', leaf: 'good', flags: ['X509_STRICT'], faults: [] },
  {
    name: 'strictly: no key identifiers',
    leaf: 'withoutIds',
    flags: ['X509_STRICT'],
    faults: ['MISSING_AUTHORITY_KEY_IDENTIFIER@0'],
  },
  {
    name: 'strictly: basic constraints that are not critical',
    leaf: 'underUnmarked',
    chain: [],
    trusted: ['rootUnmarked'],
    flags: ['X509_STRICT'],
    faults: ['CA_BCONS_NOT_CRITICAL@1'],
  },
  {
    name: 'strictly: a root of version 1',
    leaf: 'underRootV1',
    chain: [],
    trusted: ['rootV1'],
    flags: ['X509_STRICT'],
    faults: ['MISSING_AUTHORITY_KEY_IDENTIFIER@0', 'INVALID_CA@1'],
  },
  { name: 'a curve that is spelled out', leaf: 'spelledOut', faults: ['EC_KEY_EXPLICIT_PARAMS@0'] },
];

const proxies: readonly Row[] = [
  {
    name: 'a proxy',
    leaf: 'proxy',
    chain: ['user'],
    flags: ['ALLOW_PROXY_CERTS'],
    faults: [],
  },
  {
    name: 'a proxy, not allowed',
    leaf: 'proxy',
    chain: ['user'],
    faults: ['PROXY_CERTIFICATES_NOT_ALLOWED@0'],
  },
  {
    name: 'a proxy of another name',
    leaf: 'proxyOtherName',
    chain: ['user'],
    flags: ['ALLOW_PROXY_CERTS'],
    faults: ['PROXY_SUBJECT_NAME_VIOLATION@0'],
  },
  {
    name: 'a proxy of a proxy that may have none',
    leaf: 'proxyOfProxy',
    chain: ['proxy', 'user'],
    flags: ['ALLOW_PROXY_CERTS'],
    faults: ['PROXY_PATH_LENGTH_EXCEEDED@1'],
  },
];

export const useRows: readonly Row[] = [
  ...purposes,
  ...constraints,
  ...signatures,
  ...strength,
  ...strict,
  ...proxies,
];
