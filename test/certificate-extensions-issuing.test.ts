// Certificate.generate: the extensions that it writes, held against what openssl reads.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import test from 'node:test';
import { Certificate } from 'bladessl';
import { make, printed, refused, root, verdict } from './helpers/issuing';

const type = 'ERR_INVALID_ARG_TYPE';
const value = 'ERR_INVALID_ARG_VALUE';

test('usages', () => {
  const all = [
    ...([
      'digitalSignature',
      'nonRepudiation',
      'keyEncipherment',
      'dataEncipherment',
      'keyAgreement',
    ] as const),
    ...(['keyCertSign', 'cRLSign', 'encipherOnly', 'decipherOnly'] as const),
  ];
  const texts = [
    ...['Digital Signature', 'Non Repudiation', 'Key Encipherment', 'Data Encipherment', 'Key Agreement'],
    ...['Certificate Sign', 'CRL Sign', 'Encipher Only', 'Decipher Only'],
  ];
  for (const [index, usage] of all.entries()) {
    const text = printed(make({ keyUsage: [usage, usage] }));
    assert.ok(text.includes(`X509v3 Key Usage: critical ${texts[index]} X509v3`), text);
  }
  assert.ok(printed(make({ keyUsage: all })).includes(`Key Usage: critical ${texts.join(', ')} X509v3`));
  const extended = ['serverAuth', 'codeSigning', 'emailProtection', 'timeStamping', 'OCSPSigning', '1.2.3.4'];
  assert.match(
    printed(make({ extendedKeyUsage: [...extended, 'anyExtendedKeyUsage'] })),
    /TLS Web Server Authentication, Code Signing, E-mail Protection, Time Stamping, OCSP Signing, 1\.2\.3\.4, Any Extended Key Usage/,
  );
  assert.deepEqual(new X509Certificate(make({ extendedKeyUsage: extended }).raw).keyUsage.at(-1), '1.2.3.4');
  const none = printed(make({ keyUsage: [], extendedKeyUsage: [] }));
  assert.doesNotMatch(none, /Key Usage/);
  refused({ keyUsage: ['all'] }, 'TypeError', value, /^options\.keyUsage\[0\] /);
  refused({ keyUsage: [5] }, 'TypeError', value, /^options\.keyUsage\[0\] /);
  refused({ keyUsage: 'cRLSign' }, 'TypeError', type, /^options\.keyUsage /);
  const bad = ['CN', 'serverauth', '1', '1.', '3.1', '1.02', '1.2\0', '', `1.${'1'.repeat(300)}`];
  for (const usage of bad) {
    refused(
      { extendedKeyUsage: ['serverAuth', usage] },
      'TypeError',
      value,
      /^options\.extendedKeyUsage\[1\] /,
    );
  }
  refused({ extendedKeyUsage: ['1.40.1'] }, 'TypeError', value, /'1\.40\.1'/);
  refused({ extendedKeyUsage: [5] }, 'TypeError', type, /^options\.extendedKeyUsage\[0\] /);
});

test('addresses of CRLs, responders and issuers', () => {
  const certificate = make({
    crlDistributionPoints: ['http://crl.example/a,b', 'ldap://crl.example/'],
    ocspURLs: ['http://ocsp.example/'],
    caIssuersURLs: ['http://ca.example/ca.der', 'http://ca.example/2'],
  });
  const text = printed(certificate);
  const points = /Points: Full Name: URI:http:\/\/crl\.example\/a,b Full Name: URI:ldap:\/\/crl\.example\/ /;
  assert.match(text, points);
  assert.equal(
    new X509Certificate(certificate.raw).infoAccess?.trim(),
    'OCSP - URI:http://ocsp.example/\nCA Issuers - URI:http://ca.example/ca.der\nCA Issuers - URI:http://ca.example/2',
  );
  assert.match(verdict(certificate), /OK/);
  for (const name of ['crlDistributionPoints', 'ocspURLs', 'caIssuersURLs']) {
    for (const url of ['', 'no url', '/path', 'http://münchen.example/', 'http://a\n/']) {
      refused({ [name]: ['http://a/', url] }, 'TypeError', value, new RegExp(`^options\\.${name}\\[1\\] `));
    }
    refused({ [name]: 'http://a/' }, 'TypeError', type, new RegExp(`^options\\.${name} `));
    refused({ [name]: [new URL('http://a/')] }, 'TypeError', type, new RegExp(`^options\\.${name}\\[0\\] `));
  }
});

test('must-staple', () => {
  assert.match(printed(make({ mustStaple: true })), /TLS Feature: status_request/);
  assert.doesNotMatch(printed(make({})), /TLS Feature/);
  refused({ mustStaple: 1 }, 'TypeError', type, /^options\.mustStaple /);
});

test('name constraints, and what openssl makes of them', () => {
  const between = Certificate.generate({
    commonName: 'Between',
    issuer: root,
    ca: true,
    nameConstraints: {
      permitted: [
        'DNS:example.org',
        'IP:10.1.2.3/9',
        'IP:2001:db8::/33',
        'email:example.org',
        'URI:.example.org',
      ],
      excluded: ['DNS:bad.example.org', 'email:a@example.org', 'IP:10.0.0.7/32'],
    },
  });
  const text = printed(between.certificate);
  assert.match(
    text,
    /Name Constraints: critical Permitted: DNS:example\.org IP:10\.0\.0\.0\/255\.128\.0\.0 /,
  );
  assert.match(
    text,
    /IP:2001:DB8:0:0:0:0:0:0\/FFFF:FFFF:8000:0:0:0:0:0 email:example\.org URI:\.example\.org /,
  );
  assert.match(
    text,
    /Excluded: DNS:bad\.example\.org email:a@example\.org IP:10\.0\.0\.7\/255\.255\.255\.255/,
  );
  const verdicts: [altName: string, expected: RegExp][] = [
    ['www.example.org', /OK/],
    ['example.com', /permitted subtree violation/],
    ['bad.example.org', /excluded subtree violation/],
    ['10.127.0.1', /OK/],
    ['10.128.0.1', /permitted subtree violation/],
    ['10.0.0.7', /excluded subtree violation/],
    ['2001:db8:7fff::1', /OK/],
    ['2001:db8:8000::1', /permitted subtree violation/],
    ['email:b@example.org', /OK/],
    ['email:a@example.org', /excluded subtree violation/],
    ['URI:https://a.example.org/', /OK/],
    ['URI:https://example.com/', /permitted subtree violation/],
  ];
  for (const [altName, expected] of verdicts) {
    const { certificate } = Certificate.generate({
      subject: { O: 'x' },
      altNames: [altName],
      issuer: between,
    });
    assert.match(verdict(between.certificate, certificate), expected, altName);
  }
  const noNames = Certificate.generate({
    ...{ commonName: 'No names', issuer: root, ca: true },
    nameConstraints: { excluded: ['DNS:', 'IP:0.0.0.0/0', 'IP:::/0'] },
  });
  const named = Certificate.generate({ commonName: 'a.example', issuer: noNames });
  assert.match(verdict(noNames.certificate, named.certificate), /excluded subtree violation/);
  assert.match(printed(make({ ca: true, nameConstraints: {} })), /^(?!.*Name Constraints)/);
});

test('name constraints that are none', () => {
  const bad = [
    'example.org',
    '',
    'DNS:a b',
    'DNS:a,b',
    'IP:10.0.0.0',
    'IP:10.0.0.0/33',
    'IP:::/129',
    'IP:a/8',
  ];
  for (const text of [
    ...bad,
    'IP:10.0.0.0/8/8',
    'IP:10.0.0.0/',
    'IP:10.0.0.0/-1',
    'email:',
    'email:a@b@c',
    'URI:',
  ]) {
    for (const list of ['permitted', 'excluded']) {
      const message = new RegExp(`^options\\.nameConstraints\\.${list}\\[0\\] `);
      refused({ nameConstraints: { [list]: [text] } }, 'TypeError', value, message);
    }
  }
  refused({ nameConstraints: [], ca: 1 }, 'TypeError', type, /^options\.ca /);
  const constraints = { permitted: ['DNS:a'] };
  refused(
    { nameConstraints: constraints, ca: false },
    'TypeError',
    value,
    /^options\.nameConstraints .* CA only/,
  );
  refused(
    { nameConstraints: constraints, issuer: root },
    'TypeError',
    value,
    /^options\.nameConstraints .* CA only/,
  );
  refused(
    { nameConstraints: { exclude: ['DNS:a'] } },
    'TypeError',
    value,
    /^options\.nameConstraints .*'exclude'$/,
  );
  refused({ nameConstraints: 'DNS:a' }, 'TypeError', type, /^options\.nameConstraints /);
  refused(
    { nameConstraints: { permitted: 'DNS:a' } },
    'TypeError',
    type,
    /^options\.nameConstraints\.permitted /,
  );
});

test('policies', () => {
  const text = printed(make({ policies: ['2.23.140.1.2.1', 'anyPolicy'] }));
  assert.match(text, /Certificate Policies: Policy: 2\.23\.140\.1\.2\.1 Policy: X509v3 Any Policy/);
  refused({ policies: ['any'] }, 'TypeError', value, /^options\.policies\[0\] /);
  refused({ policies: '1.2.3' }, 'TypeError', type, /^options\.policies /);
});

test('other extensions: bytes as they are, in place of what there would be', () => {
  const content = Buffer.from('0c0568656c6c6f', 'hex');
  const own = make({ extensions: [{ oid: '1.3.6.1.4.1.99999.1', critical: true, value: content }] });
  assert.match(printed(own), /1\.3\.6\.1\.4\.1\.99999\.1: critical \.\.hello/);
  assert.match(verdict(own), /unhandled critical extension/);
  const copied = make({ extensions: [own.extension('1.3.6.1.4.1.99999.1') ?? assert.fail()] });
  assert.deepEqual(copied.extension('1.3.6.1.4.1.99999.1'), own.extension('1.3.6.1.4.1.99999.1'));
  const usage = make({ extensions: [{ oid: '2.5.29.15', value: Buffer.from('03020106', 'hex') }] });
  assert.match(printed(usage), /X509v3 Key Usage: Certificate Sign, CRL Sign /);
  assert.equal(printed(usage).match(/X509v3 Key Usage/g)?.length, 1);
  const empty = make({ extensions: [{ oid: '1.2.3.4', value: new Uint8Array() }] });
  assert.match(printed(empty), /1\.2\.3\.4:/);
  const item = (more: object) => ({ extensions: [{ oid: '1.2.3.4', value: content, ...more }] });
  refused({ extensions: {} }, 'TypeError', type, /^options\.extensions /);
  refused(item({ critcal: true }), 'TypeError', value, /^options\.extensions\[0\] must .*'critcal'$/);
  refused({ extensions: [null] }, 'TypeError', type, /^options\.extensions\[0\] /);
  refused(item({ oid: 'basicConstraints' }), 'TypeError', value, /^options\.extensions\[0\]\.oid /);
  refused(item({ oid: 5 }), 'TypeError', type, /^options\.extensions\[0\]\.oid /);
  refused(item({ oid: '1.40.3' }), 'TypeError', value, /'1\.40\.3'/);
  refused(item({ critical: 1 }), 'TypeError', type, /^options\.extensions\[0\]\.critical /);
  refused(item({ value: 'text' }), 'TypeError', type, /^options\.extensions\[0\]\.value /);
  const twice = [...item({}).extensions, ...item({}).extensions];
  refused({ extensions: twice }, 'TypeError', value, /^options\.extensions\[1\]\.oid /);
});

test('made wrong on purpose', () => {
  const leaf = Certificate.generate({ commonName: 'leaf', issuer: root });
  const below = Certificate.generate({ commonName: 'below', issuer: leaf, faults: ['issuer-not-ca'] });
  assert.match(verdict(leaf.certificate, below.certificate), /invalid CA certificate/);
  const old = make({ faults: ['version-1'], altNames: ['a.example'] });
  assert.match(printed(old), /Version: 1 /);
  assert.doesNotMatch(printed(old), /X509v3/);
  assert.deepEqual(old.altNames, []);
  for (const key of ['ec', 'rsa', 'ed25519'] as const) {
    const issuer = Certificate.generate({ commonName: 'Root', key });
    const good = Certificate.generate({ commonName: 'x', issuer });
    const bad = Certificate.generate({ commonName: 'x', issuer, faults: ['bad-signature'] });
    const { publicKey } = new X509Certificate(issuer.certificate.raw);
    assert.equal(new X509Certificate(good.certificate.raw).verify(publicKey), true);
    assert.equal(new X509Certificate(bad.certificate.raw).verify(publicKey), false);
  }
  assert.match(verdict(make({ faults: ['bad-signature'] })), /certificate signature failure/);
  refused({ faults: ['none'] }, 'TypeError', value, /^options\.faults\[0\] /);
  refused({ faults: 'version-1' }, 'TypeError', type, /^options\.faults /);
});

test('a chain of five, with a key of its own kind each', () => {
  const kinds = [{ type: 'rsa' }, { type: 'ed25519' }, { type: 'rsa-pss' }, { curve: 'P-521' }];
  let issuer = root;
  const chain: Certificate[] = [];
  for (const [depth, key] of kinds.entries()) {
    issuer = Certificate.generate({
      commonName: `CA ${depth}`,
      key,
      issuer,
      ca: true,
      pathLength: 4 - depth,
    });
    chain.push(issuer.certificate);
  }
  assert.match(verdict(...chain, Certificate.generate({ commonName: 'leaf', issuer }).certificate), /OK/);
});
