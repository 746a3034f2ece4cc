// The certificates and CRLs of the table of chains.

import { type CrlRecipe, Mint, type Recipe } from './mint';

const ids = ['subjectKeyIdentifier = hash', 'authorityKeyIdentifier = keyid'];
// Left out, they are added.
const noIds = ['subjectKeyIdentifier = none', 'authorityKeyIdentifier = none'];
const signs = 'keyUsage = critical, keyCertSign, cRLSign';

function authority(...more: string[]): string[] {
  return ['basicConstraints = critical, CA:TRUE', signs, ...ids, ...more];
}

function site(altNames = 'DNS:www.example.org', ...more: string[]): string[] {
  return ['basicConstraints = CA:FALSE', ...ids, `subjectAltName = ${altNames}`, ...more];
}

/** A leaf of `middle`, with the key that all leaves have. */
function leaf(extensions: readonly string[], more: Partial<Recipe> = {}): Recipe {
  return { subject: '/CN=leaf', issuer: 'middle', key: 'leaf', extensions, ...more };
}

/** A leaf of another CA. */
function under(issuer: string, more: Partial<Recipe> = {}): Recipe {
  return leaf(site(), { issuer, ...more });
}

/** A CA below another one. Most share a key: their names tell them apart. */
function below(issuer: string, subject: string, ...more: string[]): Recipe {
  return { subject: `/CN=${subject}`, issuer, key: 'between', extensions: authority(...more) };
}

/** Subject alternative names of this content, which no notation of openssl's can spell. */
function rawNames(...names: readonly [tag: number, content: string][]): string {
  const parts = names.map(([tag, content]) => {
    const bytes = Buffer.from(content, 'latin1');
    return Buffer.concat([Buffer.of(tag, bytes.length), bytes]);
  });
  const all = Buffer.concat(parts);
  return `DER:${Buffer.concat([Buffer.of(0x30, all.length), all]).toString('hex')}`;
}

// More than OpenSSL compares with as many constraints (NAME_CHECK_MAX of v3_ncons.c).
function many(kind: string): string[] {
  return Array.from({ length: 1025 }, (_, index) => `${kind}.${index} = n${index}.example.org`);
}

const dns = 0x82;
const past = { from: '20200101000000Z', until: '20210101000000Z' };
const future = { from: '20800101000000Z', until: '20900101000000Z' };

const roots = {
  root: { subject: '/O=Test/CN=Root', extensions: authority() },
  rootPrintable: { subject: '/O=TEST/CN=root', key: 'root', extensions: authority(), printable: true },
  rootExpired: { subject: '/CN=Old Root', extensions: authority(), ...past },
  rootEarly: { subject: '/CN=Early Root', extensions: authority(), ...future },
  rootForClients: { subject: '/CN=Root EKU', extensions: authority('extendedKeyUsage = clientAuth') },
  rootV1: { subject: '/CN=Root V1' },
  rootDamaged: { subject: '/CN=Damaged Root', extensions: authority(), damaged: true },
  rootRejected: {
    subject: '/O=Test/CN=Root',
    key: 'root',
    extensions: authority(),
    trust: '-addreject serverAuth -addreject clientAuth',
  },
  rootForMail: {
    subject: '/O=Test/CN=Root',
    key: 'root',
    extensions: authority(),
    trust: '-addtrust emailProtection',
  },
  rootForTls: {
    subject: '/O=Test/CN=Root',
    key: 'root',
    extensions: authority(),
    trust: '-addtrust serverAuth -addtrust clientAuth',
  },
  rootPss: { subject: '/CN=Root PSS', kind: 'RSA-PSS', extensions: authority() },
  rootEd25519: { subject: '/CN=Root Ed25519', kind: 'Ed25519', extensions: authority() },
  rootRsa: { subject: '/CN=Root RSA', kind: 'RSA-2048', extensions: authority() },
  rootWeak: { subject: '/CN=Weak Root', kind: 'RSA-1024', extensions: authority() },
  rootUnmarked: {
    subject: '/CN=Unmarked Root',
    extensions: ['basicConstraints = CA:TRUE', signs, ...ids],
  },
  // Two keys under one name: a CA that has renewed its key.
  rollover: { subject: '/CN=Rollover', extensions: authority() },
  rolloverBefore: { subject: '/CN=Rollover', extensions: authority() },
  // One key under one name, told apart by an identifier that is not the key's.
  rootOtherId: {
    subject: '/O=Test/CN=Root',
    key: 'root',
    extensions: ['basicConstraints = critical, CA:TRUE', signs, 'subjectKeyIdentifier = 00112233'],
  },
} satisfies Record<string, Recipe>;

const authorities = {
  middle: { ...below('root', 'Middle'), key: 'middle' },
  middleExpired: { ...below('root', 'Expired Middle'), ...past },
  middleEarly: { ...below('root', 'Early Middle'), ...future },
  middleDamaged: { ...below('root', 'Middle'), key: 'middle', damaged: true },
  middleImpostor: { ...below('root', 'Middle'), key: 'impostor' },
  middleForClients: below('root', 'Middle EKU', 'extendedKeyUsage = clientAuth'),
  middleForAnything: below('root', 'Middle Any', 'extendedKeyUsage = anyExtendedKeyUsage'),
  middleNoSign: {
    subject: '/CN=No Sign',
    issuer: 'root',
    key: 'between',
    extensions: ['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, digitalSignature', ...ids],
  },
  middleNoCa: {
    subject: '/CN=No CA',
    issuer: 'root',
    key: 'between',
    extensions: ['basicConstraints = CA:FALSE', ...ids],
  },
  middlePlain: { subject: '/CN=Plain Middle', issuer: 'root', key: 'between', extensions: ids },
  middleV1: { subject: '/CN=Middle V1', issuer: 'root', key: 'between' },
  middleOddExtension: below('root', 'Odd Middle', '1.2.3.4 = critical, ASN1:UTF8String:odd'),
  middleUnderExpired: below('rootExpired', 'Under Expired'),
  middleUnderEarly: below('rootEarly', 'Under Early'),
  middleUnderForClients: below('rootForClients', 'Under EKU'),
  middleLast: {
    subject: '/CN=Last',
    issuer: 'root',
    key: 'between',
    extensions: ['basicConstraints = critical, CA:TRUE, pathlen:0', signs, ...ids],
  },
  middleAfterLast: below('middleLast', 'After Last'),
  middleOne: {
    subject: '/CN=One More',
    issuer: 'root',
    key: 'between',
    extensions: ['basicConstraints = critical, CA:TRUE, pathlen:1', signs, ...ids],
  },
  middleAfterOne: below('middleOne', 'After One'),
  middleSha1: { ...below('root', 'Middle SHA-1'), digest: 'sha1' },
  middleWeak: { ...below('root', 'Weak Middle'), key: 'middleWeak', kind: 'RSA-1024' },
  onlyDns: below('root', 'Only DNS', 'nameConstraints = critical, permitted;DNS:example.org'),
  notDns: below('root', 'Not DNS', 'nameConstraints = critical, excluded;DNS:bad.example.org'),
  onlyIp: below('root', 'Only IP', 'nameConstraints = critical, permitted;IP:192.0.2.0/255.255.255.0'),
  notIp: below('root', 'Not IP', 'nameConstraints = critical, excluded;IP:192.0.2.0/255.255.255.0'),
  onlyEmail: below('root', 'Only Email', 'nameConstraints = critical, permitted;email:example.org'),
  onlyRid: below('root', 'Only RID', 'nameConstraints = critical, permitted;RID:1.2.3'),
  manyNames: below(
    'root',
    'Many Names',
    'nameConstraints = critical, @names',
    '[names]',
    ...many('permitted;DNS'),
  ),
  onlyDirectory: below(
    'root',
    'Only Directory',
    'nameConstraints = critical, permitted;dirName:dir',
    '[dir]',
    'O = Test',
  ),
  // The affair of AddTrust: the new root is known by itself, and by an older one that has expired.
  newRoot: { subject: '/CN=New Root', extensions: authority() },
  newRootByOld: { subject: '/CN=New Root', issuer: 'rootExpired', key: 'newRoot', extensions: authority() },
  newRootByRoot: { subject: '/CN=New Root', issuer: 'root', key: 'newRoot', extensions: authority() },
  // The new key, vouched for by the old one: issuer and subject are the same, and it is not self-signed.
  rolloverLink: {
    subject: '/CN=Rollover',
    issuer: 'rolloverBefore',
    key: 'rollover',
    extensions: authority(),
  },
  // Two CAs, each signed by the other.
  loopOne: { subject: '/CN=Loop One', extensions: authority() },
  loopTwo: { subject: '/CN=Loop Two', extensions: authority() },
  loopOneByTwo: { subject: '/CN=Loop One', issuer: 'loopTwo', key: 'loopOne', extensions: authority() },
  loopTwoByOne: { subject: '/CN=Loop Two', issuer: 'loopOne', key: 'loopTwo', extensions: authority() },
  middleNew: below('newRoot', 'Under New Root'),
} satisfies Record<string, Recipe>;

const names = {
  good: leaf(site()),
  several: leaf(site('DNS:a.example.org, DNS:b.example.org, DNS:www.example.org')),
  wildcard: leaf(site('DNS:*.example.org')),
  wildcardPartial: leaf(site('DNS:f*.example.org')),
  wildcardTwice: leaf(site('DNS:*.*.example.org')),
  wildcardInside: leaf(site('DNS:a.*.org')),
  wildcardTop: leaf(site('DNS:*.org')),
  wildcardAlone: leaf(site('DNS:*')),
  wildcardIdn: leaf(site('DNS:*.xn--bcher-kva.example')),
  wildcardInIdn: leaf(site('DNS:xn--*.example.org')),
  idn: leaf(site('DNS:xn--bcher-kva.example')),
  dotBefore: leaf(site('DNS:.example.org')),
  dotAfter: leaf(site('DNS:www.example.org.')),
  withNul: leaf(site(rawNames([dns, 'www.example.org\0.evil.example']))),
  endsInNul: leaf(site(rawNames([dns, 'www.example.org\0']))),
  empty: leaf(site(rawNames([dns, '']))),
  addresses: leaf(site('IP:192.0.2.1, IP:2001:db8::1')),
  addressAsName: leaf(site('DNS:192.0.2.1')),
  addressShort: leaf(site(rawNames([0x87, '\xc0\0\x02']))),
  addressInCommonName: leaf(['basicConstraints = CA:FALSE', ...ids], { subject: '/CN=192.0.2.1' }),
  commonName: leaf(['basicConstraints = CA:FALSE', ...ids], { subject: '/CN=www.example.org' }),
  commonNames: leaf(['basicConstraints = CA:FALSE', ...ids], {
    subject: '/CN=a.example.org/CN=www.example.org',
  }),
  commonNameWildcard: leaf(['basicConstraints = CA:FALSE', ...ids], { subject: '/CN=*.example.org' }),
  commonNameBeside: leaf(site('DNS:other.example.org'), { subject: '/CN=www.example.org' }),
  commonNameBesideEmail: leaf(site('email:me@example.org'), { subject: '/CN=www.example.org' }),
  commonNameBesideAddress: leaf(site('IP:192.0.2.1'), { subject: '/CN=www.example.org' }),
  email: leaf(site('email:Me@example.org')),
  emailInSubject: leaf(['basicConstraints = CA:FALSE', ...ids], {
    subject: '/CN=me/emailAddress=Me@example.org',
  }),
} satisfies Record<string, Recipe>;

/** How many CAs the deep chain has between its root and its leaf. */
export const deepest = 12;

const leaves = {
  expired: leaf(site(), past),
  early: leaf(site(), future),
  damaged: leaf(site(), { damaged: true }),
  forClients: leaf(site(undefined, 'extendedKeyUsage = clientAuth')),
  forServers: leaf(site(undefined, 'extendedKeyUsage = serverAuth')),
  forBoth: leaf(site(undefined, 'extendedKeyUsage = serverAuth, clientAuth')),
  forAnything: leaf(site(undefined, 'extendedKeyUsage = anyExtendedKeyUsage')),
  forSigning: leaf(site(undefined, 'keyUsage = critical, cRLSign')),
  odd: leaf(site(undefined, '1.2.3.4 = critical, ASN1:UTF8String:odd')),
  oddNotCritical: leaf(site(undefined, '1.2.3.4 = ASN1:UTF8String:odd')),
  selfSigned: { ...under('selfSigned'), key: 'selfSigned', subject: '/CN=Self' },
  selfSignedExpired: { ...under('selfSignedExpired', past), key: 'selfSigned', subject: '/CN=Self' },
  selfSignedEarly: { ...under('selfSignedEarly', future), key: 'selfSigned', subject: '/CN=Self' },
  sha1: leaf(site(), { digest: 'sha1' }),
  weak: leaf(site(), { key: 'weak', kind: 'RSA-1024' }),
  rsa: under('rootRsa', { key: 'rsa', kind: 'RSA-2048' }),
  md5: under('rootRsa', { digest: 'md5' }),
  spelledOut: leaf(site(), { key: 'spelledOut', kind: 'P-256 spelled out' }),
  underRoot: under('root'),
  byIssuerAndSerial: under('root', {
    extensions: ['subjectAltName = DNS:www.example.org', 'authorityKeyIdentifier = issuer:always'],
  }),
  withoutIds: leaf(['basicConstraints = CA:FALSE', ...noIds, 'subjectAltName = DNS:www.example.org']),
  underExpired: under('middleExpired'),
  expiredUnderExpired: under('middleExpired', past),
  underEarly: under('middleEarly'),
  underRootExpired: under('middleUnderExpired'),
  underRootEarly: under('middleUnderEarly'),
  underMiddleForClients: under('middleForClients'),
  underMiddleForAnything: under('middleForAnything'),
  underRootForClients: under('middleUnderForClients'),
  underNoSign: under('middleNoSign'),
  underNoCa: under('middleNoCa'),
  underPlain: under('middlePlain'),
  underV1: under('middleV1', { extensions: ['subjectAltName = DNS:www.example.org'] }),
  underOdd: under('middleOddExtension'),
  underRootV1: under('rootV1', { extensions: ['subjectAltName = DNS:www.example.org'] }),
  underDamagedRoot: under('rootDamaged'),
  underLast: under('middleLast'),
  underAfterLast: under('middleAfterLast'),
  underAfterOne: under('middleAfterOne'),
  underSha1: under('middleSha1'),
  underWeak: under('middleWeak'),
  underWeakRoot: under('rootWeak'),
  underUnmarked: under('rootUnmarked'),
  pss: under('rootPss', { key: 'pss', kind: 'RSA-PSS' }),
  ed25519: under('rootEd25519', { key: 'ed25519', kind: 'Ed25519' }),
  underDeep: under(`deep${deepest}`),
  underRollover: under('rollover'),
  underRolloverBefore: under('rolloverBefore'),
  underLoop: under('loopOne'),
  underNewRoot: under('middleNew'),
  insideDns: under('onlyDns'),
  outsideDns: leaf(site('DNS:www.example.org, DNS:www.example.com'), { issuer: 'onlyDns' }),
  outsideByWildcard: leaf(site('DNS:*.org'), { issuer: 'onlyDns' }),
  outsideByNul: leaf(site(rawNames([dns, 'www.example.com\0.example.org'])), { issuer: 'onlyDns' }),
  outsideByCommonName: leaf(['basicConstraints = CA:FALSE', ...ids], {
    issuer: 'onlyDns',
    subject: '/CN=www.example.com',
  }),
  withAddressOnly: leaf(site('IP:192.0.2.1'), { issuer: 'onlyDns' }),
  notExcludedDns: under('notDns'),
  excludedDns: leaf(site('DNS:www.bad.example.org'), { issuer: 'notDns' }),
  insideIp: leaf(site('IP:192.0.2.1'), { issuer: 'onlyIp' }),
  outsideIp: leaf(site('IP:198.51.100.1'), { issuer: 'onlyIp' }),
  outsideIp6: leaf(site('IP:2001:db8::1'), { issuer: 'onlyIp' }),
  excludedIp: leaf(site('IP:192.0.2.1'), { issuer: 'notIp' }),
  insideEmail: leaf(site('email:me@example.org'), { issuer: 'onlyEmail' }),
  outsideEmail: leaf(site('email:me@example.com'), { issuer: 'onlyEmail' }),
  emailWithoutAt: leaf(site(rawNames([0x81, 'example.org'])), { issuer: 'onlyEmail' }),
  withRid: leaf(site('RID:1.2.3'), { issuer: 'onlyRid' }),
  withManyNames: leaf(site('@names', '[names]', ...many('DNS')), { issuer: 'manyNames' }),
  withFewNames: leaf(site('DNS:n0.example.org'), { issuer: 'manyNames' }),
  insideDirectory: under('onlyDirectory', { subject: '/O=Test/CN=leaf' }),
  outsideDirectory: under('onlyDirectory', { subject: '/O=Other/CN=leaf' }),
  user: { subject: '/CN=user', issuer: 'root', extensions: site() },
  proxy: {
    subject: '/CN=user/CN=proxy',
    issuer: 'user',
    key: 'leaf',
    extensions: ['proxyCertInfo = critical, language:id-ppl-inheritAll, pathlen:0', ...ids],
  },
  proxyOtherName: {
    subject: '/CN=other/CN=proxy',
    issuer: 'user',
    key: 'leaf',
    extensions: ['proxyCertInfo = critical, language:id-ppl-inheritAll, pathlen:0', ...ids],
  },
  proxyOfProxy: {
    subject: '/CN=user/CN=proxy/CN=again',
    issuer: 'proxy',
    extensions: ['proxyCertInfo = critical, language:id-ppl-inheritAll', ...ids],
  },
} satisfies Record<string, Recipe>;

/** `deep1` is the first below the root. */
export const deep: readonly `deep${number}`[] = Array.from(
  { length: deepest },
  (_, index) => `deep${index + 1}` as const,
);

const deepRecipes = Object.fromEntries(
  deep.map((name, index) => [name, below(deep[index - 1] ?? 'root', `Deep ${index + 1}`)]),
);

const allReasons =
  'keyCompromise, CACompromise, affiliationChanged, superseded, cessationOfOperation, certificateHold, privilegeWithdrawn, AACompromise';

const delta: CrlRecipe = {
  issuer: 'middle',
  number: '02',
  from: '20200201000000Z',
  extensions: ['authorityKeyIdentifier = keyid', '2.5.29.27 = critical, ASN1:INTEGER:1'],
};

const crls: Readonly<Record<string, CrlRecipe>> = {
  crlOfMiddle: { issuer: 'middle', revoked: { expired: 'keyCompromise' } },
  crlOfRoot: { issuer: 'root' },
  crlRevokingLeaf: { issuer: 'middle', revoked: { good: 'keyCompromise', underRoot: 'superseded' } },
  crlHoldingLeaf: { issuer: 'middle', revoked: { good: 'certificateHold' } },
  crlRevokingMiddle: { issuer: 'root', revoked: { middle: 'CACompromise' } },
  crlExpired: { issuer: 'middle', until: '20210101000000Z' },
  crlExpiredRevoking: {
    issuer: 'middle',
    revoked: { good: 'keyCompromise' },
    until: '20210101000000Z',
  },
  crlEarly: { issuer: 'middle', from: '20800101000000Z' },
  crlDamaged: { issuer: 'middle', damaged: true },
  crlOfImpostor: { issuer: 'middleImpostor', revoked: { good: 'keyCompromise' } },
  crlOdd: { issuer: 'middle', extensions: ['1.2.3.4 = critical, ASN1:UTF8String:odd'] },
  crlWithFreshest: {
    issuer: 'middle',
    extensions: ['authorityKeyIdentifier = keyid', 'freshestCRL = URI:http://crl.example.org/'],
  },
  crlWithFreshestRevoking: {
    issuer: 'middle',
    revoked: { good: 'keyCompromise' },
    extensions: ['authorityKeyIdentifier = keyid', 'freshestCRL = URI:http://crl.example.org/'],
  },
  crlSha1: { issuer: 'middle', digest: 'sha1' },
  crlSha1Revoking: { issuer: 'middle', digest: 'sha1', revoked: { good: 'keyCompromise' } },
  crlSha1OfRoot: { issuer: 'root', digest: 'sha1' },
  deltaOfMiddle: delta,
  deltaSha1: { ...delta, digest: 'sha1' },
  deltaOfReasons: {
    ...delta,
    extensions: [
      ...(delta.extensions ?? []),
      'issuingDistributionPoint = critical, @idp',
      '[idp]',
      `onlysomereasons = ${allReasons}`,
    ],
  },
  deltaRevokingLeaf: { ...delta, revoked: { good: 'keyCompromise' } },
  crlOfNoSign: { issuer: 'middleNoSign' },
};

/** What the recipes are of, and what makes them. */
export const mint: Mint = new Mint({ ...roots, ...authorities, ...names, ...leaves, ...deepRecipes }, crls);

export type CertificateName =
  | keyof typeof roots
  | keyof typeof authorities
  | keyof typeof names
  | keyof typeof leaves
  | `deep${number}`;
