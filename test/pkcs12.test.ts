import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, CertificateStore, type Password, type PrivateKey, TLSServerContext } from 'bladessl';
import { openssl, pathOf, read, withMoreIterations, write } from './helpers/openssl-files';

interface PKCS12Content {
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
  readonly chain: Certificate[];
}

// Not public: SSLContext.usePKCS12 is its face, but that does not show what it has read.
const packageRoot = dirname(require.resolve('bladessl/package.json'));
const {
  readPKCS12,
}: { readPKCS12: (input: string | URL | Uint8Array, password?: Password) => PKCS12Content } = require(
  join(packageRoot, 'dist', 'pkcs12.js'),
);

const root = Certificate.generate({ commonName: 'Test Root' });
const upper = Certificate.generate({ commonName: 'Upper CA', issuer: root, ca: true });
const lower = Certificate.generate({ commonName: 'Lower CA', issuer: upper, ca: true });
const leaf = Certificate.generate({ commonName: 'localhost', issuer: lower });
const stranger = Certificate.generate({ commonName: 'Stranger' });

const password = 'Passwört';
const encrypt = ['-passout', `pass:${password}`];

write('key.pem', leaf.privateKey.pem);
write('leaf.pem', leaf.certificate.pem);
write('others.pem', [stranger, root, lower, upper].map((one) => one.certificate.pem).join(''));
openssl('pkcs12 -export -inkey key.pem -in leaf.pem -certfile others.pem -out file.p12', ...encrypt);
openssl('pkcs12 -export -inkey key.pem -in leaf.pem -out empty.p12 -passout pass:');
openssl('pkcs12 -export -inkey key.pem -in leaf.pem -nomac -out nomac.p12', ...encrypt);
openssl('pkcs12 -export -inkey key.pem -in leaf.pem -legacy -out legacy.p12', ...encrypt);
openssl('pkcs12 -export -nokeys -in leaf.pem -out nokey.p12', ...encrypt);
openssl('pkcs12 -export -nocerts -inkey key.pem -out nocert.p12', ...encrypt);

test('a file, a file URL and bytes give the key, its certificate, and the chain in order', () => {
  for (const input of [pathOf('file.p12'), pathToFileURL(pathOf('file.p12')), read('file.p12')]) {
    for (const secret of [password, Buffer.from(password), () => password]) {
      const { certificate, privateKey, chain } = readPKCS12(input, secret);
      assert.deepEqual(certificate.raw, leaf.certificate.raw);
      assert.ok(privateKey.equals(leaf.privateKey));
      const line = [lower, upper, root, stranger];
      assert.deepEqual(
        chain.map((one) => one.subject),
        line.map((one) => one.certificate.subject),
      );
    }
  }
});

test('a file whose password takes too long is refused at once, whichever part asks for it', () => {
  openssl('pkcs12 -export -inkey key.pem -in leaf.pem -iter 65536 -out often.p12', ...encrypt);
  assert.ok(readPKCS12(read('often.p12'), password).privateKey.equals(leaf.privateKey));
  const files = withMoreIterations(read('often.p12'));
  assert.equal(files.length, 3); // the certificates, the key, and the MAC
  for (const file of files) {
    assert.throws(() => readPKCS12(file, password), { name: 'SSLError', code: 'ERR_TOO_MANY_ITERATIONS' });
  }
});

test('what its parts ask for counts together', () => {
  openssl('pkcs12 -export -inkey key.pem -in leaf.pem -iter 65536 -out parts.p12', ...encrypt);
  const file = read('parts.p12');
  const count = Buffer.of(2, 3, 1, 0, 0);
  const [certificates, key] = [file.indexOf(count), file.indexOf(count, file.indexOf(count) + 1)];
  const ask = (at: number) => file.writeUIntBE(3_000_000, at + 2, 3);
  ask(certificates);
  // Bearable by itself; and the MAC is wrong, so that nothing is decrypted.
  assert.throws(() => readPKCS12(file, password), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
  ask(key);
  assert.throws(() => readPKCS12(file, password), { code: 'ERR_TOO_MANY_ITERATIONS' });
});

test('an empty password and none are the same to it', () => {
  for (const secret of [undefined, '', new Uint8Array(0)]) {
    assert.ok(readPKCS12(read('empty.p12'), secret).privateKey.equals(leaf.privateKey));
  }
});

test('SSLContext takes it', () => {
  new TLSServerContext().usePKCS12(pathOf('file.p12'), password);
  assert.throws(() => new TLSServerContext().usePKCS12(pathOf('file.p12')), {
    code: 'ERR_PASSWORD_REQUIRED',
  });
});

test('no password, a wrong one, and an odd one', () => {
  const input = read('file.p12');
  assert.throws(() => readPKCS12(input), { name: 'SSLError', code: 'ERR_PASSWORD_REQUIRED' });
  for (const guess of ['wrong', '', () => 'wrong']) {
    assert.throws(() => readPKCS12(input, guess), { name: 'SSLError', code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
  }
  for (const nul of [`${password}\0`, Buffer.from(`${password}\0`)]) {
    assert.throws(() => readPKCS12(input, nul), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.throws(() => readPKCS12(input, Buffer.alloc(2000, 'x')), {
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
  });
});

test('what is not usable is refused with the reason', () => {
  const refused = (input: Uint8Array, code: string | RegExp) =>
    assert.throws(
      () => readPKCS12(input, password),
      (error: Error & { code: string }) => {
        assert.equal(error.name, 'SSLError', inspect(error));
        assert.match(error.code, code instanceof RegExp ? code : new RegExp(`^${code}$`));
        return true;
      },
    );
  refused(read('nokey.p12'), 'ERR_NO_PRIVATE_KEY');
  refused(read('nocert.p12'), 'ERR_NO_CERTIFICATE');
  refused(read('legacy.p12'), 'ERR_OSSL_EVP_UNSUPPORTED');
  refused(read('leaf.pem'), 'ERR_NOT_PKCS12');
  refused(Buffer.alloc(0), 'ERR_NOT_PKCS12');
  refused(leaf.certificate.raw, 'ERR_NOT_PKCS12');
  refused(Buffer.concat([read('file.p12'), Buffer.of(1)]), 'ERR_TRAILING_DATA');
  refused(read('file.p12').subarray(0, -1), /^ERR_OSSL_ASN1_/);
});

test('without a MAC it is read', () => {
  assert.ok(readPKCS12(read('nomac.p12'), password).privateKey.equals(leaf.privateKey));
  assert.throws(() => readPKCS12(read('nomac.p12'), 'wrong'), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
});

test('of several keys it is the first that has a certificate', () => {
  const others = [root, stranger].map((one) => one.privateKey);
  const store = CertificateStore.from([upper.certificate, leaf.certificate], [...others, leaf.privateKey]);
  const { certificate, privateKey, chain } = readPKCS12(
    store.exportPKCS12({ password, iterations: 1 }),
    password,
  );
  assert.deepEqual(certificate.raw, leaf.certificate.raw);
  assert.ok(privateKey.equals(leaf.privateKey));
  assert.deepEqual(
    chain.map((one) => one.subject),
    [upper.certificate.subject],
  );
});

test('a file that is not there is a system error, wrong arguments are TypeErrors', () => {
  assert.throws(() => readPKCS12(pathOf('absent.p12')), { name: 'SSLSyscallError', code: 'ENOENT' });
  for (const value of [undefined, null, 1, {}]) {
    assert.throws(() => readPKCS12(value as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  assert.throws(() => readPKCS12('a\0b'), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
});

test('every damaged byte gives an answer or an error, never worse', () => {
  const bytes = read('empty.p12');
  for (let index = 0; index < bytes.length; index += 3) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(index) ^ 0x01, index);
    try {
      readPKCS12(damaged);
    } catch (error) {
      assert.equal((error as Error).name, 'SSLError', inspect(error));
    }
  }
});
