// What the body of a certificate tells, beside node:crypto and the openssl command.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { rootCertificates } from 'node:tls';
import { stripVTControlCharacters } from 'node:util';
import { Certificate } from 'bladessl';
import {
  altNames,
  certificateWith,
  commonName,
  der,
  extension,
  generalizedTime,
  generalName,
  list,
  oid,
  tags,
  text,
  utcTime,
} from './helpers/der';
import { membersOf } from './helpers/members';
import { openssl, pathOf, write } from './helpers/openssl-files';

const keys = ['ec', 'rsa', 'ed25519'] as const;
const generated = keys.map((key) => Certificate.generate({ commonName: 'localhost', key }).certificate);

test('fingerprints and thumbprints are digests of the DER', () => {
  for (const certificate of generated) {
    const digest = (algorithm: string) => createHash(algorithm).update(certificate.raw).digest('hex');
    const colons = (hex: string) => hex.replace(/(..)(?=.)/g, '$1:');
    assert.equal(certificate.fingerprint, colons(digest('md5')));
    assert.equal(certificate.fingerprintSHA1, colons(digest('sha1')));
    assert.equal(certificate.fingerprintSHA256, colons(digest('sha256')));
    assert.equal(certificate.fingerprintSHA512, colons(digest('sha512')));
    assert.equal(certificate.thumbprintMD5, digest('md5').toUpperCase());
    assert.equal(certificate.thumbprintSHA1, digest('sha1').toUpperCase());
    assert.equal(certificate.thumbprintSHA256, digest('sha256').toUpperCase());
    assert.equal(certificate.digest('sha3-256').toString('hex'), digest('sha3-256'));
  }
});

test('a digest that nobody knows is a TypeError', () => {
  const [certificate] = generated as [Certificate];
  for (const name of ['none', 'aes128', 'a\0b', '', 'x'.repeat(10_000)]) {
    assert.throws(() => certificate.digest(name), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.throws(() => certificate.digest(1 as never), { name: 'TypeError', message: /^algorithm / });
});

test('the public key is the one that node:crypto sees', () => {
  const expected = [
    { publicKeyAlgorithm: 'EC', publicKeyLength: 256, publicKeyCurve: 'prime256v1' },
    { publicKeyAlgorithm: 'RSA', publicKeyLength: 2048, publicKeyCurve: undefined },
    { publicKeyAlgorithm: 'ED25519', publicKeyLength: 256, publicKeyCurve: undefined },
  ];
  const algorithms = ['ecdsa-with-SHA256', 'sha256WithRSAEncryption', 'ED25519'];
  for (const [index, certificate] of generated.entries()) {
    const { publicKey } = new X509Certificate(certificate.raw);
    assert.equal(certificate.publicKey, publicKey.export({ format: 'pem', type: 'spki' }));
    assert.deepEqual(certificate.publicKeyRaw, publicKey.export({ format: 'der', type: 'spki' }));
    assert.ok(certificate.publicKeyObject.equals(publicKey));
    const { publicKeyAlgorithm, publicKeyLength, publicKeyCurve } = certificate;
    assert.deepEqual({ publicKeyAlgorithm, publicKeyLength, publicKeyCurve }, expected[index]);
    assert.equal(certificate.signatureAlgorithm, algorithms[index]);
    assert.deepEqual(certificate.signature, certificate.raw.subarray(-certificate.signature.length));
    assert.equal(certificate.version, 'V3');
  }
});

test('a key or an algorithm that OpenSSL does not know goes by its object identifier', () => {
  const key = list(list(oid('1.2.3.4')), der(3, Buffer.of(0, 1, 2)));
  const unknown = certificateWith({ key });
  assert.equal(unknown.publicKeyAlgorithm, '1.2.3.4');
  assert.equal(unknown.publicKeyLength, undefined);
  assert.equal(unknown.publicKeyCurve, undefined);
  assert.deepEqual(unknown.publicKeyRaw, key);
  assert.match(unknown.publicKey, /^-----BEGIN PUBLIC KEY-----\n/);
  assert.throws(() => unknown.publicKeyObject, Error);
  assert.equal(unknown.isSelfSigned, false);
  assert.match(unknown.toString(), /Unable to load Public Key/);
  // A point that is on no curve.
  const broken = list(list(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), der(3, Buffer.of(0, 4, 1)));
  assert.equal(certificateWith({ key: broken }).publicKeyAlgorithm, 'id-ecPublicKey');
  assert.equal(certificateWith({ key: broken }).publicKeyLength, undefined);
});

test('versions: those that there are, and others as they are', () => {
  assert.equal(certificateWith({ version: 0 }).version, 'V1');
  assert.equal(certificateWith({ version: 1 }).version, 'V2');
  assert.equal(certificateWith({ version: 2 }).version, 'V3');
  assert.equal(certificateWith({ version: 6 }).version, 'V7');
});

test('serial numbers: zero, negative and long ones', () => {
  const serialOf = (...bytes: number[]) => certificateWith({ serial: Buffer.from(bytes) }).serialNumber;
  assert.equal(serialOf(0), '0');
  assert.equal(serialOf(0xff), '-01');
  assert.equal(serialOf(0x80, 0), '-8000');
  assert.equal(serialOf(0, 0x80), '80');
  assert.equal(serialOf(0x7f, ...Array(100).fill(0xff)), `7F${'FF'.repeat(100)}`);
});

test('dates: far back, far out, with fractions of a second', () => {
  const datesOf = (...dates: [Buffer, Buffer]) => {
    const { effectiveDate, expirationDate } = certificateWith({ dates });
    return [effectiveDate.toISOString(), expirationDate.toISOString()];
  };
  assert.deepEqual(datesOf(utcTime('500101000000Z'), utcTime('491231235959Z')), [
    '1950-01-01T00:00:00.000Z',
    '2049-12-31T23:59:59.000Z',
  ]);
  assert.deepEqual(datesOf(generalizedTime('18500102030405Z'), generalizedTime('99991231235959Z')), [
    '1850-01-02T03:04:05.000Z',
    '9999-12-31T23:59:59.000Z',
  ]);
  assert.deepEqual(datesOf(generalizedTime('20200101000000.9Z'), generalizedTime('20500101000000Z')), [
    '2020-01-01T00:00:00.000Z',
    '2050-01-01T00:00:00.000Z',
  ]);
});

test('a date that is none is an error for who asks for it, and no more', () => {
  // Of the length of a date: since 3.2 others are refused with the whole certificate.
  const others = [utcTime('201331000000Z'), utcTime('never, never!'), generalizedTime('not a date at all')];
  for (const bad of others) {
    const certificate = certificateWith({ dates: [bad, utcTime('300101000000Z')] });
    assert.throws(() => certificate.effectiveDate, { name: 'SSLError' });
    assert.equal(certificate.expirationDate.getUTCFullYear(), 2030);
    const lines = certificate.toString().split('\n');
    assert.ok(
      lines.some((line) => line === '            Not Before: Bad time value'),
      certificate.toString(),
    );
    assert.ok(lines.some((line) => line === '        Subject: CN = subject'));
  }
});

test('a certificate of node:crypto comes in and goes out', () => {
  for (const certificate of generated) {
    const theirs = certificate.toX509Certificate();
    assert.ok(theirs instanceof X509Certificate);
    assert.deepEqual(theirs.raw, certificate.raw);
    assert.ok(new Certificate(theirs).equals(certificate));
    assert.equal(Certificate.parse(theirs).length, 1);
    assert.equal(
      createPublicKey(theirs.toString()).asymmetricKeyType,
      certificate.publicKeyObject.asymmetricKeyType,
    );
  }
});

const print = 'x509 -noout -text -nameopt oneline,-esc_msb,utf8 -in';

test('as text it is what the openssl command prints', () => {
  const extensions = [
    'basicConstraints = critical,CA:TRUE,pathlen:0',
    'subjectAltName = DNS:a.example,IP:::1,dirName:dir',
    'certificatePolicies = 1.2.3,@policy',
    'authorityInfoAccess = OCSP;URI:http://ocsp.example/',
    '1.2.3.4 = critical,ASN1:UTF8:unknown',
    '[dir]\nCN = x\n[policy]\npolicyIdentifier = 1.2.4\nCPS.1 = http://cps.example/\n',
  ];
  write('text.ext', extensions.join('\n'));
  openssl('req -newkey rsa:2048 -nodes -keyout text.key -out text.csr -utf8 -subj', '/O=Müller/CN=日本');
  openssl('x509 -req -in text.csr -key text.key -extfile text.ext -out text.pem');
  const certificates = [new Certificate(pathOf('text.pem')), ...generated];
  for (const [index, certificate] of certificates.entries()) {
    const path = write(`text-${index}.pem`, certificate.pem);
    assert.equal(certificate.toString().trim(), openssl(print, path));
  }
});

test('text for a terminal has nothing in it that a terminal obeys, and no lines that are not its own', () => {
  const evil = '\x1b[2J\x07\r\x9b\x7f\x00\u202e';
  const bytes = Buffer.from(`${evil}\n        Subject: CN = forged`);
  const policy = list(
    oid('1.2.3'),
    list(
      list(oid('1.3.6.1.5.5.7.2.1'), text(tags.ia5, bytes)),
      list(oid('1.3.6.1.5.5.7.2.2'), list(text(tags.utf8, bytes))),
    ),
  );
  const certificate = certificateWith({
    subject: list(der(0x31, list(oid('2.5.4.3'), text(tags.utf8, bytes)))),
    extensions: [
      altNames(
        generalName(2, bytes),
        generalName(6, bytes),
        der(0xa0, oid('1.2.3'), der(0xa0, text(tags.utf8, bytes))),
      ),
      extension('2.5.29.32', list(policy)),
      extension('1.2.3.4', bytes),
      extension('2.5.29.19', bytes),
    ],
  });
  const printed = certificate.toString();
  assert.equal(stripVTControlCharacters(printed), printed);
  assert.doesNotMatch(printed, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  assert.match(printed, /\\u001b/);
  const subjects = printed.split('\n').filter((line) => /^ {0,12}Subject: /.test(line));
  assert.equal(subjects.length, 1);
  assert.match(printed, /^ {16} {8}Subject: CN = forged/m);
});

const systemBundle = '/etc/ssl/certs/ca-certificates.crt';
const bundles = [rootCertificates.join('\n')];
if (existsSync(systemBundle)) bundles.push(readFileSync(systemBundle, 'utf8'));

test('every certificate that Node and the system trust can be read whole', () => {
  const all = bundles.flatMap((bundle) => Certificate.parse(bundle));
  assert.equal(all.length, bundles.join('\n').match(/-----BEGIN CERTIFICATE-----/g)?.length);
  const [some] = all as [Certificate];
  const getters = membersOf(some).filter(({ kind }) => kind === 'getter');
  for (const certificate of all) {
    for (const { name } of getters) Reflect.get(certificate, name);
    assert.match(certificate.toString(), /^Certificate:\n {4}Data:\n/);
    const theirs = new X509Certificate(certificate.raw);
    assert.equal(certificate.serialNumber, theirs.serialNumber);
    assert.equal(certificate.fingerprintSHA256.toUpperCase(), theirs.fingerprint256);
    assert.equal(certificate.effectiveDate.getTime(), Date.parse(theirs.validFrom));
    assert.equal(certificate.expirationDate.getTime(), Date.parse(theirs.validTo));
    assert.equal(certificate.isCA, theirs.ca);
    assert.equal(certificate.isSelfSigned, theirs.checkIssued(theirs) && theirs.verify(theirs.publicKey));
    assert.ok(certificate.publicKeyObject.equals(theirs.publicKey));
    const attributes = [...certificate.subjectName].map(({ name, value }) => `${name}=${value}`);
    assert.deepEqual(attributes.toSorted(), theirs.subject.replaceAll(/\\(.)/g, '$1').split('\n').toSorted());
    assert.equal(new Certificate(theirs).equals(certificate), true);
  }
});

test('a certificate without a subject and with its key alone has text all the same', () => {
  const certificate = certificateWith({ version: 0, subject: list(), issuer: commonName('x') });
  assert.match(certificate.toString(), /^ {8}Version: 1 \(0x0\)$/m);
  assert.doesNotMatch(certificate.toString(), /X509v3 extensions/);
});
