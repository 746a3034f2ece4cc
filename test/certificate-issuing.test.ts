// Certificate.generate as a small CA, held against what openssl prints and verifies.

import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  Certificate,
  type CertificateGenerateOptions,
  PrivateKey,
  type PublicKeyCertificateOptions,
} from 'bladessl';
import { assertMade, presentSecond } from './helpers/clock';
import { make, printed, refused, root, verdict } from './helpers/issuing';
import { openssl, write } from './helpers/openssl-files';

type Options = CertificateGenerateOptions;

const type = 'ERR_INVALID_ARG_TYPE';
const value = 'ERR_INVALID_ARG_VALUE';
const range = 'ERR_OUT_OF_RANGE';

test('a subject of attributes, and one of text: the same name', () => {
  const subjects: [Options['subject'], rfc2253: string][] = [
    [{ C: 'DE', O: 'Example', OU: ['a', 'b'], CN: 'x' }, 'CN=x,OU=b,OU=a,O=Example,C=DE'],
    [{ CN: 'Größe, "日本" #1+2=3;<\\>' }, 'CN=Größe\\, \\"日本\\" #1\\+2=3\\;\\<\\\\\\>'],
    [{ CN: ' #leading and trailing ' }, 'CN=\\ #leading and trailing\\ '],
    [{ CN: '#1' }, 'CN=\\#1'],
    [
      { DC: ['org', 'example'], emailAddress: 'a@example.org' },
      'emailAddress=a@example.org,DC=example,DC=org',
    ],
    [{ '2.5.4.3': 'x', O: undefined, ST: [] }, 'CN=x'],
    [{}, ''],
  ];
  for (const [subject, text] of subjects) {
    const given = make({ commonName: undefined, subject });
    assert.equal(given.subject, text);
    assert.equal(new Certificate(given.raw).subject, text);
    const again = make({ commonName: undefined, subject: text });
    const encoded = (certificate: Certificate) => new X509Certificate(certificate.raw).subject;
    assert.equal(encoded(again), encoded(given));
    assert.equal(again.subject, text);
    const path = write('subject.pem', given.pem);
    assert.equal(
      openssl('x509 -noout -subject -nameopt RFC2253,-esc_msb,utf8 -in', path).trimEnd(),
      `subject=${text}`.trimEnd(),
    );
  }
});

test('a subject of text: spaces, hex, several attributes in one part', () => {
  const subjects: [string, rfc2253: string][] = [
    [' CN = x ,  O=Ex\\2C ample\\20 , C=DE', 'CN=x,O=Ex\\, ample\\ ,C=DE'],
    ['CN=\\e6\\97\\a5', 'CN=日'],
    ['2.5.4.3=x', 'CN=x'],
    ['CN=a=b', 'CN=a=b'],
  ];
  for (const [subject, text] of subjects)
    assert.equal(make({ commonName: undefined, subject }).subject, text);
  const joined = make({ commonName: undefined, subject: 'OU=a+CN=x,O=Example' });
  const lines = new X509Certificate(joined.raw).subject.split('\n');
  assert.equal(lines.length, 2);
  assert.equal(lines[0], 'O=Example');
  assert.match(lines[1] as string, /\+/);
  assert.equal(make({ commonName: undefined, subject: joined.subject }).subject, joined.subject);
});

test('the name of another certificate', () => {
  for (const subject of [{ C: 'DE', OU: ['a', 'b'], CN: 'a.example' }, 'OU=a+CN=a.example,O=Example']) {
    const { subjectName, raw } = make({ commonName: undefined, subject });
    const again = make({ commonName: undefined, subject: subjectName });
    assert.equal(new X509Certificate(again.raw).subject, new X509Certificate(raw).subject);
    assert.deepEqual(again.altNames, ['DNS:a.example']);
  }
});

test('a subject that is none', () => {
  const only = (subject: unknown) => ({ commonName: undefined, subject });
  const bad = [
    'CN',
    '=x',
    'CN=x,',
    ',CN=x',
    'CN=x+',
    'CN=x;O=y',
    'CN="x"',
    'CN=a\\',
    'CN=a\\xb',
    'CN=<',
    'CN=#0c0161',
  ];
  for (const subject of [...bad, 'CN=\\ff', 'CN=', 'CN=\\00', 'CN= , O=x']) {
    refused(only(subject), 'TypeError', value, /^options\.subject /);
  }
  for (const subject of [5, null, [], new Map([['CN', 'x']]), new (class Name {})()]) {
    refused(only(subject), 'TypeError', type, /^options\.subject /);
  }
  refused(only({ CN: 5 }), 'TypeError', type, /^options\.subject\.CN /);
  for (const text of ['', 'a\0', '\ud800'])
    refused(only({ O: ['x', text] }), 'TypeError', value, /^options\.subject\.O /);
  refused(only({ none: 'x' }), 'TypeError', value, /'none'/);
  for (const type of ['1.2.', '1', '1.02', '1 2', '', 'C N', 'CN\0', `1.${'1'.repeat(300)}`]) {
    refused(only({ [type]: 'x' }), 'TypeError', value, /^options\.subject\./);
  }
  refused(only('1.02=x'), 'TypeError', value, /^options\.subject /);
  refused(only({ '1.40.1': 'x' }), 'TypeError', value, /'1\.40\.1'/);
  refused(only({ C: 'Germany' }), 'TypeError', value, /'Germany': string too long/);
  refused(only({ CN: 'x'.repeat(65) }), 'TypeError', value, /string too long/);
  refused({ subject: { CN: 'x' } }, 'TypeError', value, /^options\.commonName /);
  assert.throws(() => Certificate.generate({}), {
    name: 'TypeError',
    code: type,
    message: /^options\.commonName /,
  });
});

test('without a subject the alternative names are critical, and by default those of the CN', () => {
  const bare = make({ commonName: undefined, subject: {}, altNames: ['a.example'] });
  assert.match(printed(bare), /Subject: X509v3|Subject: Subject Public/);
  assert.match(printed(bare), /Subject Alternative Name: critical DNS:a\.example/);
  assert.match(printed(make({})), /Subject Alternative Name: DNS:x/);
  assert.deepEqual(make({ commonName: undefined, subject: 'CN=a.example,O=b' }).altNames, ['DNS:a.example']);
  assert.deepEqual(make({ commonName: undefined, subject: { O: 'a.example' } }).altNames, []);
});

test('validity by dates', () => {
  const ends = (options: Options) => {
    const { validFrom, validTo } = new X509Certificate(make(options).raw);
    return [validFrom, validTo].map((text) => new Date(text).toISOString());
  };
  const [notBefore, notAfter] = [new Date('2001-02-03T04:05:06.789Z'), new Date('2033-01-01T00:00:00Z')];
  assert.deepEqual(ends({ notBefore, notAfter }), ['2001-02-03T04:05:06.000Z', '2033-01-01T00:00:00.000Z']);
  assert.deepEqual(ends({ notBefore, days: 1 }), ['2001-02-03T04:05:06.000Z', '2001-02-04T04:05:06.000Z']);
  assert.deepEqual(ends({ notBefore: notAfter }), ['2033-01-01T00:00:00.000Z', '2033-01-31T00:00:00.000Z']);
  assert.deepEqual(ends({ notAfter: notBefore }), ['2001-02-02T04:05:06.000Z', '2001-02-03T04:05:06.000Z']);
  const since = presentSecond();
  const [from = '', to] = ends({ notAfter });
  assertMade(new Date(from), since, -300_000);
  assert.equal(to, '2033-01-01T00:00:00.000Z');
  const far = make({ notBefore: new Date(Date.UTC(-1, 12, 1)), notAfter: new Date('9999-12-31T23:59:59Z') });
  assert.match(printed(far), /Not Before: Jan 1 00:00:00 0 GMT Not After : Dec 31 23:59:59 9999 GMT/);
  const times = openssl('asn1parse -in', write('far.pem', far.pem));
  assert.match(times, /GENERALIZEDTIME +:00000101000000Z\n.*GENERALIZEDTIME +:99991231235959Z/);
  assert.match(
    openssl('asn1parse -in', write('near.pem', make({ notAfter }).pem)),
    /UTCTIME +:330101000000Z/,
  );
});

test('validity that is none', () => {
  const notBefore = new Date('2033-01-01T00:00:00Z');
  refused({ notBefore: 0 }, 'TypeError', type, /^options\.notBefore /);
  refused({ notAfter: '2033-01-01' }, 'TypeError', type, /^options\.notAfter /);
  for (const date of [new Date(Number.NaN), new Date(8.64e15), new Date(-8.64e15)]) {
    refused({ notBefore: date }, 'RangeError', range, /^options\.notBefore /);
    refused({ notAfter: date }, 'RangeError', range, /^options\.notAfter /);
  }
  refused(
    { notBefore, notAfter: new Date('2032-12-31T23:59:59Z') },
    'RangeError',
    range,
    /^options\.notAfter /,
  );
  refused({ notBefore, days: -3 }, 'RangeError', range, /^options\.days .* not -3$/);
  refused({ notAfter: notBefore, days: 1 }, 'TypeError', value, /^options\.days /);
  const last = new Date('9999-12-31T00:00:00Z');
  refused({ notBefore: last }, 'RangeError', range, /^options\.notBefore /);
  refused({ notBefore: last, days: 1 }, 'RangeError', range, /^options\.days /);
  refused({ notAfter: new Date(Date.UTC(-1, 12, 1)) }, 'RangeError', range, /^options\.notAfter /);
});

test('serial numbers', () => {
  const serial = (serialNumber: string | bigint) => make({ serialNumber }).serialNumber;
  assert.equal(serial('01'), '01');
  assert.equal(serial(255n), 'FF');
  assert.equal(serial('00deadBEEF'), 'DEADBEEF');
  assert.equal(serial(2n ** 159n - 1n), `7F${'FF'.repeat(19)}`);
  const path = write('serial.pem', make({ serialNumber: 255n }).pem);
  assert.equal(openssl('x509 -noout -serial -in', path), 'serial=FF');
  for (const number of [0n, -1n, 2n ** 159n, '0', '00', `80${'00'.repeat(19)}`]) {
    refused({ serialNumber: number }, 'RangeError', range, /^options\.serialNumber /);
  }
  for (const text of ['', 'xyz', '0x1', '-1', ' 1', '1'.repeat(65)]) {
    refused({ serialNumber: text }, 'TypeError', value, /^options\.serialNumber /);
  }
  refused({ serialNumber: 1 }, 'TypeError', type, /^options\.serialNumber /);
});

test('a key that there is, and new ones of all kinds', () => {
  const key = PrivateKey.generate({ curve: 'P-384' });
  const made = Certificate.generate({ commonName: 'x', key });
  assert.equal(made.privateKey, key);
  assert.ok(made.certificate.checkPrivateKey(key));
  const kinds = [
    { type: 'ec', curve: 'P-521' },
    { type: 'rsa', bits: 1024 },
    { type: 'rsa-pss' },
    { type: 'ed448' },
    {},
  ];
  for (const kind of kinds) {
    const { certificate, privateKey } = Certificate.generate({ commonName: 'x', key: kind });
    const reference = new X509Certificate(certificate.raw);
    assert.equal(reference.publicKey.asymmetricKeyType, kind.type ?? 'ec');
    assert.ok(reference.verify(reference.publicKey));
    assert.ok(certificate.checkPrivateKey(privateKey));
  }
  const agreeing = make({ key: { type: 'x25519' } });
  assert.match(printed(agreeing), /X509v3 Key Usage: critical Key Agreement X509v3/);
  assert.match(verdict(agreeing), /OK/);
  assert.throws(() => Certificate.generate({ commonName: 'x', key: { type: 'x25519' } }), {
    name: 'SSLError',
  });
  key.free();
  assert.throws(() => Certificate.generate({ commonName: 'x', key }), { code: 'ERR_FREED' });
});

test("somebody else's key", () => {
  const { privateKey } = Certificate.generate({ commonName: 'x' });
  const pem = privateKey.publicKey;
  const path = write('public.pem', pem);
  const keys = [
    createPublicKey(pem),
    pem,
    Buffer.from(pem),
    privateKey.publicKeyRaw,
    path,
    pathToFileURL(path),
  ];
  for (const publicKey of keys) {
    const made = Certificate.generate({ commonName: 'x', publicKey, issuer: root });
    assert.equal(made.privateKey, undefined);
    assert.ok(made.certificate.checkPrivateKey(privateKey));
    assert.match(verdict(made.certificate), /OK/);
  }
  const certify = (publicKey: unknown, more: object = {}) =>
    Certificate.generate({
      commonName: 'x',
      publicKey,
      issuer: root,
      ...more,
    } as PublicKeyCertificateOptions);
  const refusals: [unknown, code: string | RegExp][] = [
    [privateKey.pem, 'ERR_NOT_A_PUBLIC_KEY'],
    [root.certificate.pem, 'ERR_NOT_A_PUBLIC_KEY'],
    [root.certificate.raw, /^ERR_OSSL_/],
    [Buffer.from('hello'), 'ERR_OSSL_PEM_NO_START_LINE'],
    [Buffer.concat([privateKey.publicKeyRaw, Buffer.of(0)]), 'ERR_TRAILING_DATA'],
    [privateKey.publicKeyRaw.subarray(0, -1), /^ERR_OSSL_/],
  ];
  for (const [input, code] of refusals) {
    assert.throws(
      () => certify(input),
      (error: Error & { code: string }) => {
        assert.equal(error.name, 'SSLError');
        assert.match(error.code, typeof code === 'string' ? new RegExp(`^${code}$`) : code);
        return true;
      },
    );
  }
  for (const [input, code] of [
    [5, type],
    [null, type],
    [privateKey.toKeyObject(), value],
  ]) {
    assert.throws(() => certify(input), { name: 'TypeError', code, message: /^options\.publicKey / });
  }
  assert.throws(() => certify(pem, { issuer: undefined }), { code: type, message: /^options\.issuer / });
  assert.throws(() => certify(pem, { key: 'ec' }), { code: value, message: /^options\.key / });
});

test('the digest of the signature', () => {
  const algorithm = (options: Options) =>
    /Signature Algorithm: (\S+)/.exec(
      printed(Certificate.generate({ commonName: 'x', ...options }).certificate),
    )?.[1];
  assert.equal(algorithm({}), 'ecdsa-with-SHA256');
  assert.equal(algorithm({ digest: 'sha384' }), 'ecdsa-with-SHA384');
  assert.equal(algorithm({ digest: 'SHA512', key: 'rsa' }), 'sha512WithRSAEncryption');
  assert.equal(algorithm({ digest: 'sha1', key: 'rsa' }), 'sha1WithRSAEncryption');
  assert.equal(algorithm({ digest: 'md5', key: 'rsa' }), 'md5WithRSAEncryption');
  assert.equal(algorithm({ key: 'ed25519' }), 'ED25519');
  refused({ digest: 'none' }, 'TypeError', value, /'none'/);
  refused({ digest: '' }, 'TypeError', value, /^options\.digest /);
  refused({ digest: 5 }, 'TypeError', type, /^options\.digest /);
  const own = /^the signer's key hashes by itself: the digest 'sha256' is not for it$/;
  const ed25519 = Certificate.generate({ commonName: 'x', key: 'ed25519' });
  refused({ key: 'ed25519', digest: 'sha256' }, 'TypeError', value, own);
  refused({ issuer: ed25519, digest: 'sha256' }, 'TypeError', value, own);
  refused({ key: ed25519.privateKey, digest: 'none' }, 'TypeError', value, /'none'/);
  assert.equal(algorithm({ issuer: root, key: 'ed25519', digest: 'sha384' }), 'ecdsa-with-SHA384');
});

test('a path length, and a chain that is longer', () => {
  const between = Certificate.generate({ commonName: 'Between', issuer: root, ca: true, pathLength: 0 });
  const below = Certificate.generate({ commonName: 'Below', issuer: between, ca: true });
  assert.match(printed(between.certificate), /Basic Constraints: critical CA:TRUE, pathlen:0 /);
  const leaf = Certificate.generate({ commonName: 'leaf', issuer: between });
  assert.match(verdict(between.certificate, leaf.certificate), /OK/);
  const far = Certificate.generate({ commonName: 'far', issuer: below });
  assert.match(
    verdict(between.certificate, below.certificate, far.certificate),
    /path length constraint exceeded/,
  );
  assert.match(printed(make({ ca: true, pathLength: 2 ** 31 - 1 })), /pathlen:2147483647/);
  refused({ issuer: root, pathLength: 0 }, 'TypeError', value, /^options\.pathLength /);
  for (const length of [-1, 0.5, 2 ** 31])
    refused({ pathLength: length }, 'RangeError', range, /^options\.pathLength /);
  refused({ pathLength: '0' }, 'TypeError', type, /^options\.pathLength /);
});
