// What extensions tell: those that the openssl command makes, and those that nobody should.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import test from 'node:test';
import { Certificate } from 'bladessl';
import { certificateWith, der, extension, generalName, list, oid } from './helpers/der';
import { openssl, write } from './helpers/openssl-files';
import { signed } from './helpers/openssl-identities';

const { certificate: full } = signed(
  'full',
  [
    'basicConstraints = critical,CA:TRUE,pathlen:3',
    'keyUsage = critical,digitalSignature,keyCertSign,cRLSign',
    'extendedKeyUsage = serverAuth,clientAuth,1.2.3.4',
    'subjectKeyIdentifier = hash',
    'authorityKeyIdentifier = keyid:always,issuer:always',
    'crlDistributionPoints = URI:http://a.example/one.crl,second,relative',
    'authorityInfoAccess = OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/,OCSP;DNS:no.example',
    'tlsfeature = status_request',
    'certificatePolicies = 2.23.140.1.2.1,1.2.3.4',
    'nameConstraints = permitted;DNS:.example,permitted;IP:192.0.2.0/255.255.255.0,excluded;email:x.example,' +
      'permitted;IP:2001:db8::/ffff:ffff::',
    '1.2.3.4 = critical,ASN1:UTF8:anything',
    '[second]\nfullname = URI:ldap://b.example/cn=x,URI:http://b.example/two.crl',
    '[relative]\nrelativename = rdn\n[rdn]\nCN = somewhere',
  ].join('\n'),
);
const none = certificateWith({});

/** The lines of a printed extension, one after the other. */
function printed(certificate: Certificate, name: string): string {
  return openssl(`x509 -noout -ext ${name} -in`, write('printed.pem', certificate.pem));
}

test('all extensions in their order, with their bytes', () => {
  const names = full.extensions.map(({ name }) => name);
  assert.deepEqual(names, [
    'basicConstraints',
    'keyUsage',
    'extendedKeyUsage',
    'subjectKeyIdentifier',
    'authorityKeyIdentifier',
    'crlDistributionPoints',
    'authorityInfoAccess',
    'tlsfeature',
    'certificatePolicies',
    'nameConstraints',
    '1.2.3.4',
  ]);
  const unknown = {
    oid: '1.2.3.4',
    name: '1.2.3.4',
    critical: true,
    value: der(12, Buffer.from('anything')),
  };
  assert.deepEqual(full.extensions.at(-1), unknown);
  assert.deepEqual(full.extension('1.2.3.4'), unknown);
  assert.deepEqual(full.extension('2.5.29.19'), full.extension('basicConstraints'));
  assert.deepEqual(full.extension('basicConstraints'), {
    oid: '2.5.29.19',
    name: 'basicConstraints',
    critical: true,
    value: list(der(1, Buffer.of(0xff)), der(2, Buffer.of(3))),
  });
  assert.equal(full.extension('subjectAltName'), undefined);
  assert.equal(full.extension('X509v3 Basic Constraints'), undefined);
  assert.throws(() => full.extension(undefined as never), {
    code: 'ERR_INVALID_ARG_TYPE',
    message: /^type /,
  });
  for (const wrong of [
    '1.2.',
    '1.2.3.04',
    '2',
    '1.40.1',
    '3.1',
    '2.5.29.19 ',
    '2.5.29.19\0',
    `1.2${'.1'.repeat(1e6)}`,
  ]) {
    assert.throws(() => full.extension(wrong), { code: 'ERR_INVALID_ARG_VALUE', message: /^type / });
  }
  assert.throws(() => full.extension(''), { code: 'ERR_INVALID_ARG_VALUE', message: /^type / });
});

test('what each extension says', () => {
  assert.equal(full.isCA, true);
  assert.equal(full.pathLength, 3);
  assert.equal(full.usage, 'Digital Signature,Certificate Signing,CRL Signing');
  assert.equal(full.usageFlags, 0x86);
  assert.deepEqual(full.extendedKeyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.2.3.4']);
  assert.deepEqual(full.extendedKeyUsageNames, ['serverAuth', 'clientAuth', '1.2.3.4']);
  assert.deepEqual(new X509Certificate(full.raw).keyUsage, full.extendedKeyUsage);
  assert.deepEqual(full.crlDistributionPoints, [
    'http://a.example/one.crl',
    'ldap://b.example/cn=x',
    'http://b.example/two.crl',
  ]);
  assert.deepEqual(full.ocspURLs, ['http://ocsp.example/']);
  assert.deepEqual(full.caIssuersURLs, ['http://ca.example/']);
  assert.equal(full.mustStaple, true);
  assert.deepEqual(full.policies, ['2.23.140.1.2.1', '1.2.3.4']);
  assert.deepEqual(full.nameConstraints, {
    permitted: [
      { type: 'dns', value: '.example' },
      { type: 'ip', value: '192.0.2.0/255.255.255.0' },
      { type: 'ip', value: '2001:db8::/ffff:ffff::' },
    ],
    excluded: [{ type: 'email', value: 'x.example' }],
  });
});

test('key identifiers are those that the openssl command prints', () => {
  const { subjectKeyIdentifier = '', authorityKeyIdentifier } = full;
  assert.match(printed(full, 'subjectKeyIdentifier'), new RegExp(`\\s${subjectKeyIdentifier}$`, 'i'));
  const authority = printed(full, 'authorityKeyIdentifier');
  assert.match(authority, new RegExp(`\\s(keyid:)?${authorityKeyIdentifier?.keyIdentifier}\\s`, 'i'));
  const serial = /serial:(\S+)/.exec(authority)?.[1]?.replaceAll(':', '');
  assert.equal(authorityKeyIdentifier?.serialNumber, serial);
  const [issuer, ...rest] = authorityKeyIdentifier?.issuer ?? [];
  assert.deepEqual(rest, []);
  assert.ok(issuer?.type === 'dirName');
  assert.equal(String(issuer.value), full.issuer);
  const { certificate } = signed('keyid', 'authorityKeyIdentifier = keyid');
  const { keyIdentifier } = authorityKeyIdentifier ?? {};
  assert.deepEqual(certificate.authorityKeyIdentifier, {
    keyIdentifier,
    issuer: [],
    serialNumber: undefined,
  });
});

test('what a certificate does not say is undefined, or empty', () => {
  const v1 = certificateWith({ version: 0 });
  for (const certificate of [none, v1, certificateWith({ extensions: [] })]) {
    assert.deepEqual(certificate.extensions, []);
    assert.equal(certificate.isCA, false);
    assert.equal(certificate.mustStaple, false);
    for (const name of ['crlDistributionPoints', 'ocspURLs', 'caIssuersURLs', 'policies'] as const) {
      assert.deepEqual(certificate[name], [], name);
    }
    const { pathLength, usage, usageFlags, extendedKeyUsage, extendedKeyUsageNames } = certificate;
    const { subjectKeyIdentifier, authorityKeyIdentifier, nameConstraints } = certificate;
    const restrictions = [pathLength, usage, usageFlags, extendedKeyUsage, extendedKeyUsageNames];
    for (const value of [...restrictions, subjectKeyIdentifier, authorityKeyIdentifier, nameConstraints]) {
      assert.equal(value, undefined);
    }
  }
  const leaf = signed('leaf', 'basicConstraints = CA:FALSE').certificate;
  assert.equal(leaf.isCA, false);
  assert.equal(leaf.pathLength, undefined);
});

test('each usage has its word and its bit', () => {
  const bits = {
    digitalSignature: [0x80, 'Digital Signature'],
    nonRepudiation: [0x40, 'Non-Repudiation'],
    keyEncipherment: [0x20, 'Key Encipherment'],
    dataEncipherment: [0x10, 'Data Encipherment'],
    keyAgreement: [0x08, 'Key Agreement'],
    keyCertSign: [0x04, 'Certificate Signing'],
    cRLSign: [0x02, 'CRL Signing'],
    encipherOnly: [0x01, 'Encipher Only'],
    decipherOnly: [0x8000, 'Decipher Only'],
  } as const;
  for (const [name, [flag, word]] of Object.entries(bits)) {
    const { certificate } = signed('usage', `keyUsage = ${name}`);
    assert.equal(certificate.usageFlags, flag, name);
    assert.equal(certificate.usage, word);
  }
  const all = signed('usages', `keyUsage = ${Object.keys(bits).join(',')}`).certificate;
  assert.equal(all.usageFlags, 0x80ff);
  assert.equal(
    all.usage,
    Object.values(bits)
      .map(([, word]) => word)
      .join(','),
  );
  // The extension without any bit forbids everything, which is not the same as no extension.
  const nothing = certificateWith({ extensions: [extension('2.5.29.15', der(3, Buffer.of(0)))] });
  assert.equal(nothing.usageFlags, 0);
  assert.equal(nothing.usage, '');
  // Bits without a meaning are no others.
  const more = certificateWith({
    extensions: [extension('2.5.29.15', der(3, Buffer.of(0, 0, 0x80, 0xff, 0xff)))],
  });
  assert.equal(more.usageFlags, 0x8000);
});

test('must-staple is the feature status_request alone', () => {
  const features = (...numbers: Buffer[]) =>
    certificateWith({
      extensions: [extension('1.3.6.1.5.5.7.1.24', list(...numbers.map((one) => der(2, one))))],
    });
  assert.equal(features(Buffer.of(17)).mustStaple, false);
  assert.equal(features(Buffer.of(17), Buffer.of(5)).mustStaple, true);
  assert.equal(features().mustStaple, false);
  assert.equal(features(Buffer.of(1, 0, 5)).mustStaple, false);
  assert.throws(() => features(Buffer.alloc(100, 1)).mustStaple, { name: 'SSLError' });
});

test('path lengths that are none are what they are, or an error', () => {
  const constraints = (length: Buffer) =>
    certificateWith({ extensions: [extension('2.5.29.19', list(der(1, Buffer.of(0xff)), der(2, length)))] });
  assert.equal(constraints(Buffer.of(0)).pathLength, 0);
  assert.equal(constraints(Buffer.of(0xff)).pathLength, -1);
  assert.throws(() => constraints(Buffer.alloc(20, 1)).pathLength, { name: 'SSLError' });
  assert.throws(() => constraints(Buffer.alloc(20, 1)).isCA, { name: 'SSLError' });
});

test('URIs cannot smuggle in what is no URI', () => {
  const uri = generalName(6, Buffer.from('http://a.example/\n\x1b\0ü'));
  const points = list(
    list(der(0xa0, der(0xa0, uri))),
    list(),
    list(der(0xa0, der(0xa0, generalName(2, 'x')))),
  );
  const { crlDistributionPoints } = certificateWith({ extensions: [extension('2.5.29.31', points)] });
  assert.deepEqual(crlDistributionPoints, ['http://a.example/\\0A\\1B\\00\\C3\\BC']);
});

test('an extension that cannot be read is an error for its own members, and is still there', () => {
  const members = {
    '2.5.29.15': ['usage', 'usageFlags'],
    '2.5.29.19': ['isCA', 'pathLength'],
    '2.5.29.37': ['extendedKeyUsage', 'extendedKeyUsageNames'],
    '2.5.29.14': ['subjectKeyIdentifier'],
    '2.5.29.35': ['authorityKeyIdentifier'],
    '2.5.29.31': ['crlDistributionPoints'],
    '1.3.6.1.5.5.7.1.1': ['ocspURLs', 'caIssuersURLs'],
    '1.3.6.1.5.5.7.1.24': ['mustStaple'],
    '2.5.29.32': ['policies'],
    '2.5.29.30': ['nameConstraints'],
    '2.5.29.18': ['issuerAltNames'],
  } as const;
  for (const [type, names] of Object.entries(members)) {
    const broken = [Buffer.alloc(0), Buffer.of(1), Buffer.from('hello')];
    for (const value of broken) {
      const certificate = certificateWith({ extensions: [extension(type, value)] });
      assert.deepEqual(certificate.extension(type)?.value, value);
      for (const name of names) {
        assert.throws(
          () => certificate[name],
          { name: 'SSLError', code: /^ERR_OSSL_ASN1_/ },
          `${type} ${name}`,
        );
      }
      assert.equal(typeof certificate.toString(), 'string');
    }
    const twice = certificateWith({
      extensions: [extension(type, Buffer.of(5, 0)), extension(type, Buffer.of(5, 0))],
    });
    for (const name of names) {
      assert.throws(() => twice[name], { name: 'SSLError', code: 'ERR_DUPLICATE_EXTENSION' }, name);
    }
  }
});

test('thousands of extensions and long object identifiers are read whole', () => {
  const long = `1.2.3.${'4294967295.'.repeat(20)}1`;
  const extensions = Array.from({ length: 20_000 }, (_, i) => extension(`1.2.3.${i}`, Buffer.of(5, 0)));
  const certificate = certificateWith({ extensions: [...extensions, extension(long, Buffer.of(5, 0))] });
  assert.equal(certificate.extensions.length, 20_001);
  assert.equal(certificate.extensions.at(-1)?.oid, long);
  assert.equal(certificate.extension('1.2.3.19999')?.name, '1.2.3.19999');
  // Too long for OpenSSL to write: it is not taken for another.
  const longest = certificateWith({
    extensions: [extension(`1.2.3.${'1.'.repeat(2_000)}1`, Buffer.of(5, 0))],
  });
  assert.equal(longest.extensions[0]?.oid, 'invalid');
});

test('generated certificates say what they were made for', () => {
  const ca = Certificate.generate({ commonName: 'CA' });
  const leaf = Certificate.generate({ commonName: 'leaf', key: 'rsa', issuer: ca }).certificate;
  assert.equal(ca.certificate.isCA, true);
  assert.equal(leaf.isCA, false);
  assert.equal(leaf.usage, 'Digital Signature,Key Encipherment');
  assert.deepEqual(leaf.extendedKeyUsageNames, ['serverAuth', 'clientAuth']);
  assert.equal(leaf.authorityKeyIdentifier?.keyIdentifier, ca.certificate.subjectKeyIdentifier);
  assert.deepEqual(
    leaf.extension('extendedKeyUsage')?.value,
    list(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2')),
  );
});
