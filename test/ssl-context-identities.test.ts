// Several identities of a context side by side, and identities from PKCS#12.

import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, PrivateKey, type SSLContext, TLSServerContext } from 'bladessl';
import { serialShown, shownBy } from './helpers/handshake';
import {
  authority,
  clientContext,
  type Identity,
  localhost,
  only,
  serverContext,
  show,
} from './helpers/identities';
import { openssl, pathOf, read, write } from './helpers/openssl-files';

const password = 'Sésame, öffne dich';
const intermediate = Certificate.generate({ commonName: 'Test Intermediate', issuer: authority, ca: true });
const leaf = Certificate.generate({ commonName: 'localhost', issuer: intermediate });
const withChain = ['CN=localhost', 'CN=Test Intermediate'];
const other = Certificate.generate({ commonName: 'localhost', issuer: authority });
const rsa = Certificate.generate({ commonName: 'localhost', key: 'rsa', issuer: authority });
const ed25519 = Certificate.generate({ commonName: 'localhost', key: 'ed25519', issuer: authority });

/** The subjects of the chain that a server's context shows. */
function subjects(context: SSLContext): string[] {
  return shownBy(context).map(({ subject }) => subject);
}

const identities: [Identity, sigalg: string, ciphers: string][] = [
  [localhost, 'ECDSA+SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  [rsa, 'rsa_pss_rsae_sha256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  [ed25519, 'ed25519', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
];

test('several identities side by side: the client gets the one that it can use', () => {
  for (const order of [identities, identities.toReversed()]) {
    const context = new TLSServerContext();
    for (const [identity] of order) show(context, identity);
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      for (const [{ certificate }, sigalg, ciphers] of order) {
        const client = only(clientContext(), version);
        client.signatureAlgorithms = sigalg;
        client.setCiphers(ciphers);
        assert.equal(serialShown(context, client), certificate.serialNumber, `${version} ${sigalg}`);
      }
    }
  }
});

test('several identities: each is replaced by itself', () => {
  const context = show(show(new TLSServerContext(), rsa), localhost);
  const rsaOnly = only(clientContext(), 'TLSv1.3');
  rsaOnly.signatureAlgorithms = 'rsa_pss_rsae_sha256';
  const ecOnly = only(clientContext(), 'TLSv1.3');
  ecOnly.signatureAlgorithms = 'ECDSA+SHA256';
  show(context, other);
  assert.equal(serialShown(context, ecOnly), other.certificate.serialNumber);
  assert.equal(serialShown(context, rsaOnly), rsa.certificate.serialNumber);
  assert.throws(
    () => context.usePrivateKey(Certificate.generate({ commonName: 'x', key: 'rsa' }).privateKey),
    {
      code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
    },
  );
  assert.equal(serialShown(context, rsaOnly), rsa.certificate.serialNumber);
  assert.equal(serialShown(context, ecOnly), other.certificate.serialNumber);
});

const keyFile = write('key.pem', leaf.privateKey.pem);
write('whole.pem', leaf.privateKey.pem + leaf.certificate.pem);
write('for-p12.pem', leaf.certificate.pem);
write('chain-for-p12.pem', intermediate.certificate.pem);
const pkcs12 = 'pkcs12 -export -in for-p12.pem -inkey key.pem';
openssl(`${pkcs12} -certfile chain-for-p12.pem -out with.p12 -passout`, `pass:${password}`);
openssl(`${pkcs12} -certfile chain-for-p12.pem -out empty.p12 -passout`, 'pass:');
openssl('pkcs12 -export -nokeys -in for-p12.pem -out nokey.p12 -passout', 'pass:');

test('usePKCS12: certificate, key and chain, from bytes, a file, a file URL', () => {
  for (const input of [read('with.p12'), pathOf('with.p12'), pathToFileURL(pathOf('with.p12'))]) {
    for (const given of [password, Buffer.from(password), () => password]) {
      assert.deepEqual(subjects(new TLSServerContext().usePKCS12(input, given)), withChain);
    }
  }
  assert.deepEqual(subjects(new TLSServerContext().usePKCS12(pathOf('empty.p12'))), withChain);
  assert.deepEqual(subjects(new TLSServerContext().usePKCS12(pathOf('empty.p12'), '')), withChain);
});

test('usePKCS12: what cannot be used; nothing is taken', () => {
  const context = serverContext();
  const cases: [input: unknown, password: unknown, error: object][] = [
    [pathOf('with.p12'), undefined, { name: 'SSLError', code: 'ERR_PASSWORD_REQUIRED' }],
    [pathOf('with.p12'), 'wrong', { name: 'SSLError', code: 'ERR_OSSL_EVP_BAD_DECRYPT' }],
    [pathOf('with.p12'), () => 'wrong', { name: 'SSLError', code: 'ERR_OSSL_EVP_BAD_DECRYPT' }],
    [pathOf('with.p12'), 5, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [pathOf('nokey.p12'), '', { name: 'SSLError', code: 'ERR_NO_PRIVATE_KEY' }],
    [read('whole.pem'), password, { name: 'SSLError', code: 'ERR_NOT_PKCS12' }],
    [read('with.p12').subarray(0, 100), password, { name: 'SSLError' }],
    [
      Buffer.concat([read('with.p12'), Buffer.of(0)]),
      password,
      { name: 'SSLError', code: 'ERR_TRAILING_DATA' },
    ],
    [pathOf('missing.p12'), password, { name: 'SSLSyscallError', code: 'ENOENT' }],
    [pathOf('.'), password, { name: 'SSLSyscallError', code: 'EISDIR' }],
    ['', password, { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }],
    [5, password, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [null, password, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [new PrivateKey(keyFile), password, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
  ];
  for (const [input, given, error] of cases) {
    assert.throws(() => context.usePKCS12(input as string, given as string), error, inspect(input));
    assert.equal(serialShown(context), localhost.certificate.serialNumber);
  }
});
