// Names that a certificate is for, and who has signed it, beside node:crypto.

import assert from 'node:assert/strict';
import { createPrivateKey, createSecretKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import test from 'node:test';
import { Certificate, type CheckHostOptions } from 'bladessl';
import { altNames, certificateWith, extension, generalName, name, tags, text } from './helpers/der';
import { signed } from './helpers/openssl-identities';

const { certificate } = signed(
  'checked',
  'subjectAltName = DNS:a.example,DNS:*.b.example,DNS:p*.c.example,DNS:xn--mnchen-3ya.example,IP:192.0.2.1,' +
    'IP:2001:db8::1,email:User@mail.example,URI:https://u.example/',
);
const theirs = new X509Certificate(certificate.raw);
const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };

test('checkHost answers the name that fits, as node:crypto does', () => {
  const hosts = [
    'a.example',
    'A.EXAMPLE',
    'x.b.example',
    'b.example',
    'x.y.b.example',
    'pool.c.example',
    'u.example',
    'mail.example',
    'localhost',
    'c.example',
  ];
  const options: CheckHostOptions[] = [
    {},
    { subject: 'always' },
    { subject: 'never' },
    { wildcards: false },
    { partialWildcards: true },
  ];
  for (const given of options) {
    for (const host of hosts) {
      const expected = theirs.checkHost(host, { partialWildcards: false, ...given } as never);
      assert.equal(certificate.checkHost(host, given), expected, `${host} ${JSON.stringify(given)}`);
    }
  }
  assert.equal(certificate.checkHost('A.example'), 'a.example');
  assert.equal(certificate.checkHost('x.b.example'), '*.b.example');
  assert.equal(certificate.checkHost('x.b.example', { wildcards: false }), undefined);
  assert.equal(certificate.checkHost('pool.c.example'), undefined);
  assert.equal(certificate.checkHost('pool.c.example', { partialWildcards: true }), 'p*.c.example');
  // CN=localhost
  assert.equal(certificate.checkHost('localhost'), undefined);
  assert.equal(certificate.checkHost('localhost', { subject: 'always' }), 'localhost');
});

test('checkHost takes names that are not ASCII, and the dot of the root', () => {
  assert.equal(certificate.checkHost('münchen.example'), 'xn--mnchen-3ya.example');
  assert.equal(certificate.checkHost('a.example.'), 'a.example');
});

test('without DNS names the CN counts, unless told not to', () => {
  const bare = certificateWith({ subject: name([['CN', text(tags.utf8, 'cn.example')]]) });
  assert.equal(bare.checkHost('cn.example'), 'cn.example');
  assert.equal(bare.checkHost('cn.example', { subject: 'never' }), undefined);
  const other = certificateWith({
    subject: name([['CN', text(tags.utf8, 'cn.example')]]),
    extensions: [altNames(generalName(2, 'dns.example'))],
  });
  assert.equal(other.checkHost('cn.example'), undefined);
});

test('names that cannot be read are an error, and do not make the CN count', () => {
  const broken = [
    [extension('2.5.29.17', Buffer.alloc(0))],
    [altNames(generalName(2, 'a.example')), altNames(generalName(2, 'b.example'))],
  ];
  for (const extensions of broken) {
    const one = certificateWith({ subject: name([['CN', text(tags.utf8, 'cn.example')]]), extensions });
    for (const check of [
      () => one.checkHost('cn.example'),
      () => one.checkIP('::1'),
      () => one.checkEmail('a@b'),
    ]) {
      assert.throws(check, { name: 'SSLError', code: /^ERR_(OSSL_ASN1_|DUPLICATE_EXTENSION)/ });
    }
  }
});

test('checkHost refuses what is no host name', () => {
  const any = certificate as unknown as { checkHost(...args: unknown[]): unknown };
  for (const wrong of ['', 'a.example\0', '.example', 'a..b', '192.0.2.1', '::1', 'ü/x', 'x'.repeat(300)]) {
    assert.throws(() => any.checkHost(wrong), { ...value, message: /^name / }, wrong);
  }
  for (const wrong of [undefined, null, 1, {}]) assert.throws(() => any.checkHost(wrong), type);
  assert.throws(() => any.checkHost('x', null), { ...type, message: /^options / });
  assert.throws(() => any.checkHost('x', { wildcard: false }), {
    ...value,
    message: /^options .*'wildcard'$/,
  });
  for (const subject of ['sometimes', 'toString', 1, null]) {
    assert.throws(() => any.checkHost('x', { subject }), { ...value, message: /^options\.subject / });
  }
  for (const option of ['wildcards', 'partialWildcards']) {
    assert.throws(() => any.checkHost('x', { [option]: 1 }), {
      ...type,
      message: new RegExp(`^options.${option} `),
    });
  }
});

test('checkEmail, as node:crypto does', () => {
  for (const address of ['User@mail.example', 'User@MAIL.example', 'user@mail.example', 'User@x.example']) {
    assert.equal(certificate.checkEmail(address), theirs.checkEmail(address), address);
  }
  assert.equal(certificate.checkEmail('User@mail.example'), 'User@mail.example');
  assert.equal(certificate.checkEmail('user@mail.example'), undefined);
  const german = certificateWith({ extensions: [altNames(generalName(1, 'a@xn--mnchen-3ya.example'))] });
  assert.equal(german.checkEmail('a@münchen.example'), 'a@münchen.example');
  assert.equal(german.checkEmail('ä@münchen.example'), undefined);
  for (const wrong of ['', 'a', '@b', 'a@', 'a@b@c', 'a@b\0', 'a@ü/x']) {
    assert.throws(() => certificate.checkEmail(wrong), { ...value, message: /^address / }, wrong);
  }
  assert.throws(() => certificate.checkEmail(1 as never), type);
});

test('checkIP, as node:crypto does', () => {
  for (const address of [
    '192.0.2.1',
    '192.0.2.2',
    '2001:db8::1',
    '2001:db8:0:0::1',
    '::1',
    '::ffff:192.0.2.1',
  ]) {
    assert.equal(certificate.checkIP(address), theirs.checkIP(address), address);
  }
  assert.equal(certificate.checkIP('2001:db8:0::1'), '2001:db8:0::1');
  for (const wrong of ['', 'a.example', '192.0.2', '::1%lo', '::1\0']) {
    assert.throws(() => certificate.checkIP(wrong), { ...value, message: /^address / }, wrong);
  }
  assert.throws(() => certificate.checkIP(1 as never), type);
});

const root = Certificate.generate({ commonName: 'Root' });
const namesake = Certificate.generate({ commonName: 'Root' });
const leaf = Certificate.generate({ commonName: 'leaf.example', issuer: root });

test('isIssuedBy needs the names, the right to sign and the signature', () => {
  assert.equal(leaf.certificate.isIssuedBy(root.certificate), true);
  assert.equal(leaf.certificate.isIssuedBy(namesake.certificate), false);
  assert.equal(leaf.certificate.isIssuedBy(leaf.certificate), false);
  assert.equal(root.certificate.isIssuedBy(leaf.certificate), false);
  const renamed = certificateWith({ issuer: nameOf(root.certificate) });
  assert.equal(renamed.isIssuedBy(root.certificate), false);
  assert.throws(() => leaf.certificate.isIssuedBy(root.certificate.pem as never), {
    ...type,
    message: /^issuer /,
  });
});

/** The subject of a certificate as DER. */
function nameOf(one: Certificate): Buffer {
  return name(
    ...one.subjectName.rdns.map((rdn) =>
      rdn.map(({ oid, value: it }) => [oid, text(tags.utf8, it)] as const),
    ),
  );
}

test('isIssuedBy does not care for dates, but for what the key may do', () => {
  const expired = Certificate.generate({ commonName: 'old', days: -1, issuer: root });
  assert.equal(expired.certificate.isIssuedBy(root.certificate), true);
  const same = Certificate.generate({ commonName: 'self', ca: false });
  assert.equal(same.certificate.verifySignature(same.certificate), true);
  assert.equal(
    same.certificate.isIssuedBy(same.certificate),
    new X509Certificate(same.certificate.raw).checkIssued(new X509Certificate(same.certificate.raw)),
  );
});

test('isSelfSigned needs the signature', () => {
  assert.equal(root.certificate.isSelfSigned, true);
  assert.equal(leaf.certificate.isSelfSigned, false);
  const damaged = Buffer.from(root.certificate.raw);
  const last = damaged.length - 1;
  damaged.writeUInt8(damaged.readUInt8(last) ^ 1, last);
  assert.equal(new Certificate(damaged).isSelfSigned, false);
  assert.equal(new Certificate(damaged).isIssuedBy(root.certificate), false);
});

test('verifySignature takes a certificate, or a key of node:crypto', () => {
  for (const key of ['ec', 'rsa', 'ed25519'] as const) {
    const ca = Certificate.generate({ commonName: 'CA', key });
    const one = Certificate.generate({ commonName: 'x', issuer: ca }).certificate;
    assert.equal(one.verifySignature(ca.certificate), true);
    assert.equal(one.verifySignature(ca.certificate.publicKeyObject), true);
    assert.equal(one.verifySignature(createPrivateKey(ca.privateKey.pem)), true);
    assert.equal(one.verifySignature(root.certificate), false);
    assert.equal(one.verifySignature(one), false);
    assert.equal(one.verifySignature(generateKeyPairSync('x25519').publicKey), false);
  }
  for (const wrong of [
    undefined,
    null,
    root.certificate.pem,
    {},
    createSecretKey(Buffer.alloc(16)),
    root.privateKey,
  ]) {
    assert.throws(() => leaf.certificate.verifySignature(wrong as never), { ...type, message: /^key / });
  }
});

test('equals compares all bytes', () => {
  assert.equal(root.certificate.equals(root.certificate), true);
  assert.equal(root.certificate.equals(new Certificate(root.certificate.pem)), true);
  assert.equal(root.certificate.equals(namesake.certificate), false);
  const damaged = Buffer.from(root.certificate.raw);
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
  assert.equal(root.certificate.equals(new Certificate(damaged)), false);
  assert.throws(() => root.certificate.equals(root.certificate.raw as never), {
    ...type,
    message: /^other /,
  });
});
