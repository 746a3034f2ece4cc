import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import test from 'node:test';
import { Certificate, type CertificateGenerateOptions, PrivateKey } from 'bladessl';
import { assertMade, presentSecond } from './helpers/clock';
import { openssl, write } from './helpers/openssl-files';

const keys = ['ec', 'rsa', 'ed25519'] as const;
const altNames = [
  'localhost',
  '*.example.org',
  '127.0.0.1',
  '::1',
  'URI:https://a.example/',
  'email:a@b.example',
];
const day = 24 * 60 * 60 * 1000;

/** `openssl verify`, as strict as it gets, for both sides of TLS and for each of the names. */
function verifyStrictly(trusted: string, leaf: string, checks: string[], untrusted?: string): void {
  const between = untrusted === undefined ? [] : ['-untrusted', untrusted];
  for (const purpose of ['sslserver', 'sslclient']) {
    for (const check of checks) {
      const answer = openssl(
        `verify -x509_strict -purpose ${purpose} ${check} -CAfile`,
        trusted,
        ...between,
        leaf,
      );
      assert.equal(answer, `${leaf}: OK`);
    }
  }
}

for (const key of keys) {
  test(`${key}, self-signed: its own trust anchor, with its names`, () => {
    const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost', altNames, key });
    const path = write(`${key}.pem`, certificate.pem);
    verifyStrictly(path, path, [
      '-verify_hostname localhost',
      '-verify_hostname x.example.org',
      '-verify_ip 127.0.0.1',
      '-verify_ip ::1',
      '-verify_email a@b.example',
    ]);
    const reference = new X509Certificate(certificate.raw);
    assert.ok(reference.verify(reference.publicKey));
    assert.ok(reference.checkPrivateKey(createPrivateKey(privateKey.pem)));
    assert.equal(reference.checkHost('localhost'), 'localhost');
    assert.equal(reference.checkHost('x.example.org'), '*.example.org');
    assert.equal(reference.checkHost('example.com'), undefined);
    assert.equal(reference.checkIP('::1'), '::1');
    assert.equal(reference.checkIP('127.0.0.2'), undefined);
    assert.equal(reference.ca, true);
    assert.equal(reference.publicKey.asymmetricKeyType, key);
    assert.equal(privateKey.type, key);
    assert.equal(certificate.checkPrivateKey(privateKey), true);
  });

  for (const issuerKey of keys) {
    test(`${key}, signed by a CA with ${issuerKey}, directly and through an intermediate`, () => {
      const root = Certificate.generate({ commonName: 'Test Root', key: issuerKey });
      const between = Certificate.generate({ commonName: 'Test CA', key: issuerKey, issuer: root, ca: true });
      const leaf = Certificate.generate({ commonName: 'localhost', key, issuer: root });
      const far = Certificate.generate({ commonName: 'far.example', key, issuer: between });
      const rootPath = write('root.pem', root.certificate.pem);
      const betweenPath = write('between.pem', between.certificate.pem);
      verifyStrictly(rootPath, write('leaf.pem', leaf.certificate.pem), ['-verify_hostname localhost']);
      verifyStrictly(
        rootPath,
        write('far.pem', far.certificate.pem),
        ['-verify_hostname far.example'],
        betweenPath,
      );
      const reference = new X509Certificate(leaf.certificate.raw);
      const issuer = new X509Certificate(root.certificate.raw);
      assert.ok(reference.checkIssued(issuer));
      assert.ok(reference.verify(issuer.publicKey));
      assert.equal(reference.ca, false);
      assert.equal(leaf.certificate.issuer, root.certificate.subject);
    });
  }
}

test('a leaf signs nothing for openssl, and is refused as an issuer here', () => {
  const root = Certificate.generate({ commonName: 'Test Root' });
  const leaf = Certificate.generate({ commonName: 'leaf', issuer: root });
  assert.throws(() => Certificate.generate({ commonName: 'x', issuer: leaf }), {
    name: 'SSLError',
    code: 'ERR_ISSUER_NOT_CA',
  });
  const bare = Certificate.generate({ commonName: 'bare', ca: false });
  assert.throws(() => Certificate.generate({ commonName: 'x', issuer: bare }), { code: 'ERR_ISSUER_NOT_CA' });
});

test('extensions: what a leaf and a CA may do', () => {
  const root = Certificate.generate({ commonName: 'Test Root' });
  const leaf = Certificate.generate({ commonName: 'leaf.example', key: 'rsa', issuer: root });
  const text = (name: string, pem: string) => openssl('x509 -noout -text -in', write(name, pem));
  const ca = text('ca.pem', root.certificate.pem);
  assert.match(ca, /Basic Constraints: critical\s+CA:TRUE\n/);
  assert.match(ca, /Key Usage: critical\s+Digital Signature, Certificate Sign, CRL Sign\n/);
  assert.match(ca, /Subject Key Identifier/);
  const printed = text('leaf.pem', leaf.certificate.pem);
  assert.match(printed, /Version: 3 /);
  assert.match(printed, /Basic Constraints: critical\s+CA:FALSE\n/);
  assert.match(printed, /Key Usage: critical\s+Digital Signature, Key Encipherment\n/);
  assert.match(
    printed,
    /Extended Key Usage:\s+TLS Web Server Authentication, TLS Web Client Authentication\n/,
  );
  assert.match(printed, /Authority Key Identifier:\s+(?:keyid:)?[0-9A-F]{2}(?::[0-9A-F]{2}){19}\s/);
});

test('serial numbers are positive, of 159 bits, and never the same', () => {
  const serials = Array.from(
    { length: 200 },
    () => Certificate.generate({ commonName: 'x' }).certificate.serialNumber,
  );
  assert.equal(new Set(serials).size, serials.length);
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{39}$/);
});

test('validity: from five minutes ago, for 30 days unless told', () => {
  const since = presentSecond();
  const { certificate } = Certificate.generate({ commonName: 'x' });
  assertMade(certificate.effectiveDate, since, -5 * 60 * 1000);
  assertMade(certificate.expirationDate, since, 30 * day);
  const century = Certificate.generate({ commonName: 'x', days: 36500 }).certificate;
  assertMade(century.expirationDate, since, 36500 * day);
  const expired = Certificate.generate({ commonName: 'x', days: -2 }).certificate;
  assertMade(expired.effectiveDate, since, -3 * day - 1000);
  assertMade(expired.expirationDate, since, -2 * day - 1000);
  const justNow = Certificate.generate({ commonName: 'x', days: 0 }).certificate;
  assertMade(justNow.expirationDate, since, -1000);
  const path = write('expired.pem', expired.pem);
  assert.throws(() => openssl('verify -CAfile', path, path), /certificate has expired/);
});

test('names: what they are taken for, and the default', () => {
  const of = (options: Partial<CertificateGenerateOptions>) =>
    Certificate.generate({ commonName: 'x', ...options }).certificate.altNames;
  assert.deepEqual(of({ altNames }), [
    'DNS:localhost',
    'DNS:*.example.org',
    'IP:127.0.0.1',
    'IP:::1',
    'URI:https://a.example/',
    'email:a@b.example',
  ]);
  assert.deepEqual(of({ altNames: ['DNS:127.0.0.1', 'IP:2001:db8::0001'] }), [
    'DNS:127.0.0.1',
    'IP:2001:db8::1',
  ]);
  assert.deepEqual(of({ altNames: ['münchen.example'] }), ['DNS:xn--mnchen-3ya.example']);
  assert.deepEqual(of({ altNames: [] }), []);
  assert.deepEqual(of({ commonName: 'a.example' }), ['DNS:a.example']);
  assert.deepEqual(of({ commonName: '::1' }), ['IP:::1']);
  assert.deepEqual(of({ commonName: 'Test CA' }), []);
  const { certificate } = Certificate.generate({ commonName: 'Größe, O=日本' });
  assert.equal(certificate.subject, 'CN=Größe\\, O=日本');
  assert.deepEqual(of({ altNames: ['URI:https://a/?x=1,DNS:evil.example'] }), [
    'URI:https://a/?x=1,DNS:evil.example',
  ]);
});

test('an issuer with a key of another certificate, or freed, is refused', () => {
  const root = Certificate.generate({ commonName: 'Test Root' });
  const { privateKey } = Certificate.generate({ commonName: 'other' });
  const rsa = Certificate.generate({ commonName: 'other', key: 'rsa' });
  const { certificate } = root;
  for (const key of [privateKey, rsa.privateKey]) {
    assert.throws(() => Certificate.generate({ commonName: 'x', issuer: { certificate, privateKey: key } }), {
      name: 'SSLError',
      code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
    });
  }
  root.privateKey.free();
  assert.throws(() => Certificate.generate({ commonName: 'x', issuer: root }), { code: 'ERR_FREED' });
});

test('wrong options are TypeErrors and RangeErrors that name them', () => {
  const refused = (options: unknown, name: string, code: string, message: RegExp) =>
    assert.throws(() => Certificate.generate(options as CertificateGenerateOptions), { name, code, message });
  const type = 'ERR_INVALID_ARG_TYPE';
  const value = 'ERR_INVALID_ARG_VALUE';
  const commonName = 'x';
  refused(undefined, 'TypeError', type, /^options /);
  refused(null, 'TypeError', type, /^options /);
  refused({}, 'TypeError', type, /^options\.commonName /);
  refused({ commonName: '' }, 'TypeError', value, /^options\.commonName /);
  refused({ commonName: 'a\0b' }, 'TypeError', value, /^options\.commonName .*NUL/);
  refused({ commonName: 'x'.repeat(65) }, 'RangeError', 'ERR_OUT_OF_RANGE', /^options\.commonName /);
  refused({ commonName, days: '1' }, 'TypeError', type, /^options\.days /);
  for (const days of [1.5, Number.NaN, 1e9, -1e9]) {
    refused({ commonName, days }, 'RangeError', 'ERR_OUT_OF_RANGE', /^options\.days /);
  }
  for (const key of ['dsa', 'toString']) refused({ commonName, key }, 'TypeError', value, /^options\.key /);
  for (const key of [null, 1]) refused({ commonName, key }, 'TypeError', type, /^options\.key /);
  const foreign = [
    [],
    new Map(),
    new Date(),
    Buffer.alloc(0),
    PrivateKey.generate().toKeyObject(),
    () => 'ec',
  ];
  for (const key of foreign) refused({ commonName, key }, 'TypeError', type, /^options\.key must be 'ec'/);
  refused(
    { commonName, key: { modulusLength: 4096 } },
    'TypeError',
    value,
    /^options\.key must .*'modulusLength'$/,
  );
  refused(
    { commonName, subjectAltNames: [] },
    'TypeError',
    value,
    /^options must .*altNames.*'subjectAltNames'$/,
  );
  const options = Object.assign(Object.create(null), { commonName, key: Object.create(null) });
  assert.equal(Certificate.generate(options).privateKey.type, 'ec');
  refused({ commonName, key: { type: 'dsa' } }, 'TypeError', value, /^options\.key\.type /);
  refused({ commonName, key: { bits: 2048 } }, 'TypeError', value, /^options\.key\.bits /);
  refused({ commonName, ca: 1 }, 'TypeError', type, /^options\.ca /);
  refused({ commonName, altNames: 'localhost' }, 'TypeError', type, /^options\.altNames /);
  refused({ commonName, altNames: ['a', 1] }, 'TypeError', type, /^options\.altNames\[1\] /);
  const badNames = ['', 'a\0b', 'a b', 'a,DNS:b', 'fe80::1%eth0', 'IP:a.example', 'DNS:', 'URI:a', 'email:a'];
  for (const name of badNames) {
    refused({ commonName, altNames: [name] }, 'TypeError', value, /^options\.altNames\[0\] /);
  }
  refused({ commonName, issuer: null }, 'TypeError', type, /^options\.issuer /);
  refused({ commonName, issuer: {} }, 'TypeError', type, /^options\.issuer\.certificate /);
  const { certificate } = Certificate.generate({ commonName });
  refused({ commonName, issuer: { certificate } }, 'TypeError', type, /^options\.issuer\.privateKey /);
});

test('the key that it hands out can be read back', () => {
  for (const key of keys) {
    const { privateKey } = Certificate.generate({ commonName: 'x', key });
    assert.ok(new PrivateKey(privateKey.pem).equals(privateKey));
    assert.ok(new PrivateKey(privateKey.raw).equals(privateKey));
  }
});

test('a common name that only looks like a host name makes no alternative name', () => {
  const names = [
    'Acme/Widgets Test CA',
    'C#dev',
    'victim.example?q',
    'a\tb',
    '１２７.0.0.1',
    'Team/x',
    'a b',
  ];
  for (const commonName of names) {
    assert.deepEqual(Certificate.generate({ commonName }).certificate.altNames, [], commonName);
    for (const altName of [commonName, `DNS:${commonName}`]) {
      assert.throws(() => Certificate.generate({ commonName: 'x', altNames: [altName] }), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_VALUE',
        message: /^options\.altNames\[0\] /,
      });
    }
  }
});
