// A file of one kind where another is wanted: the error says what it is, and what opens it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Certificate, CertificateStore, CRL, PrivateKey, type SSLError, TLSServerContext } from 'bladessl';
import { openssl, read, write } from './helpers/openssl-files';

const ca = Certificate.generate({ commonName: 'CA' });
const { pem } = ca.certificate;
write('ca.pem', pem);
write('ca-key.pem', ca.privateKey.pem);
openssl('req -new -key ca-key.pem -subj /CN=x -outform DER -out request.der');
openssl('crl2pkcs7 -nocrl -certfile ca.pem -outform DER -out ca.p7b');
openssl('crl2pkcs7 -nocrl -certfile ca.pem -outform PEM -out ca.p7b.pem');

const p12 = CertificateStore.from([ca.certificate], [ca.privateKey]).exportPKCS12({
  password: 'secret',
  iterations: 1,
});
const kinds: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['a certificate', ca.certificate.raw],
  ['a certificate request', read('request.der')],
  ['a CRL', CRL.generate({ issuer: ca }).raw],
  ['PKCS#12', p12],
  ['PKCS#7', read('ca.p7b')],
  ['an encrypted private key', ca.privateKey.toDER({ password: 'secret', iterations: 1000 })],
  ['a private key', ca.privateKey.raw],
  ['a public key', ca.privateKey.publicKeyRaw],
];

const context = new TLSServerContext();
interface Reader {
  readonly wanted: string;
  readonly code: string;
  read(bytes: Uint8Array): unknown;
}
const certificate = { wanted: 'certificate', code: 'ERR_NOT_A_CERTIFICATE' };
const key = { wanted: 'private key', code: 'ERR_NOT_A_PRIVATE_KEY' };
const readers: readonly Reader[] = [
  { ...certificate, read: (bytes) => new Certificate(bytes) },
  { ...certificate, read: (bytes) => Certificate.parse(bytes) },
  { ...certificate, read: (bytes) => context.addCA(bytes) },
  { ...certificate, read: (bytes) => context.useCertificate(bytes) },
  { wanted: 'CRL', code: 'ERR_NOT_A_CRL', read: (bytes) => new CRL(bytes) },
  { wanted: 'CRL', code: 'ERR_NOT_A_CRL', read: (bytes) => context.addCRL(bytes) },
  { ...key, read: (bytes) => new PrivateKey(bytes) },
  { ...key, read: (bytes) => context.usePrivateKey(bytes) },
  { wanted: 'PKCS#12 file', code: 'ERR_NOT_PKCS12', read: (bytes) => context.usePKCS12(bytes) },
];

function errorOf(call: () => unknown): SSLError {
  try {
    call();
  } catch (error) {
    return error as SSLError;
  }
  return assert.fail('it was taken');
}

test('each kind where each other is wanted', () => {
  for (const { wanted, code, read: take } of readers) {
    for (const [name, bytes] of kinds) {
      if (name.endsWith(wanted) || wanted.startsWith(name)) continue;
      const error = errorOf(() => take(bytes));
      assert.deepEqual([error.name, error.code], ['SSLError', code], `${name} for ${wanted}`);
      assert.equal(error.message.split('; ')[0], `this is ${name}, no ${wanted}`);
      assert.deepEqual(error.errors, []);
    }
  }
});

test('what has certificates and keys in it is opened by a store', () => {
  const opens = 'new CertificateStore({ store }) opens it';
  for (const [bytes, hint] of [
    [p12, `${opens}, and so does context.usePKCS12()`],
    [read('ca.p7b'), opens],
    [read('ca.p7b.pem'), opens],
    [Buffer.from(read('ca.p7b.pem').toString().replaceAll('PKCS7', 'CMS')), opens],
  ] as const) {
    for (const { code, read: take } of readers.filter((reader) => !reader.wanted.startsWith('PKCS'))) {
      const error = errorOf(() => take(bytes));
      assert.deepEqual([error.code, error.hint], [code, hint]);
      assert.ok(error.message.endsWith(`; ${hint}`));
    }
    assert.equal(new CertificateStore({ store: bytes, password: 'secret' }).size, 1);
  }
  assert.equal(errorOf(() => new Certificate(ca.privateKey.raw)).hint, undefined);
});

test('without blocking, and in a block of another name', async () => {
  await assert.rejects(PrivateKey.load(p12), { code: 'ERR_NOT_A_PRIVATE_KEY', message: /^this is PKCS#12/ });
  const block = read('ca.p7b.pem').toString().replaceAll('PKCS7', 'CERTIFICATE');
  assert.throws(() => new Certificate(block), { code: 'ERR_NOT_A_CERTIFICATE', message: /^this is PKCS#7/ });
});

test('a certificate with something wrong behind it is not told to be one', () => {
  const trusted = openssl('x509 -in ca.pem -trustout -addtrust serverAuth');
  assert.ok(new Certificate(trusted).equals(ca.certificate));
  const der = Buffer.from(trusted.replace(/-----.*-----/g, ''), 'base64');
  der[ca.certificate.raw.length] = 0x04;
  const broken = trusted.replace(/(-----\n)[^-]+/, (_, line) => `${line}${der.toString('base64')}\n`);
  assert.match(errorOf(() => new Certificate(broken)).code, /^ERR_OSSL_/);
});

test('what is of no kind is told by its own parser', () => {
  const der = Buffer.from('3003020105', 'hex');
  for (const { read: take } of readers) {
    const error = errorOf(() => take(der));
    assert.match(error.code, /^ERR_OSSL_ASN1_/);
    assert.ok(error.errors.length > 0);
  }
});
