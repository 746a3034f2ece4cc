// CertificateStore as an object; PKCS#12 files that it writes; contexts that show what is in it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  Certificate,
  CertificateStore,
  type ExportPKCS12Options,
  FreedError,
  PrivateKey,
  TLSServerContext,
} from 'bladessl';
import { shownBy } from '../helpers/handshake';
import { clientContext } from '../helpers/identities';
import { openssl, read, write } from '../helpers/openssl-files';
import { contentOf, edwards, leaf, makeCrl, middle, open, password, root, rsa } from '../helpers/store-files';

const chain = [root, leaf, middle].map((one) => one.certificate);

function shown(context: TLSServerContext, trusted = root.certificate): string[] {
  return shownBy(context, clientContext(trusted).addCA(middle.certificate)).map(({ subject }) => subject);
}

test('it is read once and does not change', () => {
  const file = write('file.pem', leaf.certificate.pem + leaf.privateKey.pem);
  const store = open(file);
  write('file.pem', '');
  assert.equal(store.size, 1);
  assert.deepEqual([...store], store.certificates);
  for (const list of [store.certificates, store.privateKeys, store.publicKeys, store.crls]) {
    assert.ok(Object.isFrozen(list));
  }
  for (const member of ['type', 'certificates', 'size'] as const) {
    assert.throws(() => Object.assign(store, { [member]: undefined }), TypeError);
  }
});

test('from gives each certificate its private key', () => {
  const keys = [edwards.privateKey, leaf.privateKey];
  const store = CertificateStore.from(chain, keys);
  assert.equal(store.type, undefined);
  assert.deepEqual(contentOf(store), ['CN=Test Root', 'CN=localhost +key', 'CN=Test CA']);
  assert.deepEqual(store.privateKeys, keys);
  assert.equal(store.select().privateKey, leaf.privateKey);
  assert.equal(leaf.certificate.privateKeyAvailable, false);
  assert.deepEqual(contentOf(CertificateStore.from(store.certificates)), contentOf(store));
  assert.deepEqual(CertificateStore.from(store.certificates).privateKeys, [leaf.privateKey]);
  assert.equal(CertificateStore.from([]).size, 0);
  for (const [certificates, privateKeys] of [
    [undefined, []],
    [[leaf], []],
    [[leaf.certificate, undefined], []],
    [[], leaf.privateKey],
    [[], [leaf.certificate]],
  ]) {
    assert.throws(() => CertificateStore.from(certificates as never, privateKeys as never), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
});

test('what console.log shows', () => {
  const store = CertificateStore.from(chain, [leaf.privateKey]);
  const text = inspect(store);
  assert.match(text, /^CertificateStore \{/);
  assert.match(inspect(store, { depth: 5 }), /CN=localhost/);
  assert.match(inspect([[[store]]]), /\[CertificateStore\]/);
  assert.equal(typeof inspect(CertificateStore.prototype), 'string');
  const secret = leaf.privateKey.raw.subarray(40, 60);
  for (const depth of [0, 2, null]) {
    for (const form of ['hex', 'base64', 'latin1'] as const) {
      assert.ok(!inspect(store, { depth, showHidden: true }).includes(secret.toString(form)));
    }
  }
  const certificate = new Certificate({ store: leaf.certificate.pem + leaf.privateKey.pem });
  assert.ok(!JSON.stringify([certificate, store]).includes('PRIVATE'));
});

test('a file that it writes is one that openssl reads, and so does it', () => {
  const store = CertificateStore.from([...chain, rsa.certificate], [leaf.privateKey, rsa.privateKey]);
  for (const secret of [password, Buffer.from(password), '']) {
    const file = store.exportPKCS12({ password: secret, friendlyName: 'Größe 日本', iterations: 1000 });
    write('file.p12', file);
    const passin = ['-passin', `pass:${secret}`];
    const listed = openssl('pkcs12 -in file.p12 -noenc -info', ...passin);
    assert.equal(listed.match(/^-----BEGIN CERTIFICATE-----/gm)?.length, 4);
    assert.equal(listed.match(/^-----BEGIN PRIVATE KEY-----/gm)?.length, 2);
    assert.equal(listed.match(/friendlyName: /g)?.length, 4);
    const again = open(file, { password: secret });
    assert.deepEqual(contentOf(again), contentOf(store));
    assert.deepEqual(
      again.privateKeys.map((key) => key.raw),
      store.privateKeys.map((key) => key.raw),
    );
  }
  const ids = openssl('pkcs12 -in file.p12 -noenc -passin pass:').match(/localKeyID: .*/g) ?? [];
  assert.equal(ids.length, 4);
  assert.equal(new Set(ids).size, 2);
  new TLSServerContext().usePKCS12(store.exportPKCS12({ password, iterations: 1 }), password);
});

test('how a file is encrypted', () => {
  const file = CertificateStore.from(chain, [leaf.privateKey]).exportPKCS12({ password: 'x' });
  const args = ['pkcs12', '-in', write('file.p12', file), '-noout', '-info', '-passin', 'pass:x'];
  const { stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  assert.match(stderr, /MAC: sha256, Iteration 100000/);
  const scheme = 'PBES2, PBKDF2, AES-256-CBC, Iteration 100000, PRF hmacWithSHA256';
  assert.match(stderr, new RegExp(`PKCS7 Encrypted data: ${scheme}`));
  assert.match(stderr, new RegExp(`Shrouded Keybag: ${scheme}`));
});

test('certificates alone, keys alone, nothing, a store with a CRL', () => {
  for (const store of [
    CertificateStore.from(chain),
    CertificateStore.from([], [edwards.privateKey]),
    CertificateStore.from([]),
  ]) {
    const again = open(store.exportPKCS12({ password, iterations: 1 }), { password });
    assert.deepEqual(contentOf(again), contentOf(store));
    assert.equal(again.privateKeys.length, store.privateKeys.length);
  }
  const withCrl = open(`${leaf.certificate.pem}${crlPem()}`);
  assert.equal(withCrl.crls.length, 1);
  assert.deepEqual(open(withCrl.exportPKCS12({ password, iterations: 1 }), { password }).crls, []);
});

function crlPem(): string {
  makeCrl('root.crl');
  return read('root.crl').toString();
}

test('wrong options of exportPKCS12', () => {
  const store = CertificateStore.from(chain, [leaf.privateKey]);
  const refused = (options: unknown, name: string, code: string) =>
    assert.throws(() => store.exportPKCS12(options as ExportPKCS12Options), { name, code });
  for (const options of [
    undefined,
    null,
    'password',
    {},
    { password: 5 },
    { password: () => 'x' },
    { password, friendlyName: 5 },
    { password, iterations: '1' },
  ]) {
    refused(options, 'TypeError', 'ERR_INVALID_ARG_TYPE');
  }
  assert.throws(() => store.exportPKCS12({ password: 5 } as never), {
    message: 'options.password must be a string or bytes, not number',
  });
  refused({ password, iteration: 1_000_000 }, 'TypeError', 'ERR_INVALID_ARG_VALUE');
  refused({ password: 'a\0b' }, 'TypeError', 'ERR_INVALID_ARG_VALUE');
  refused({ password: Buffer.from('a\0b') }, 'TypeError', 'ERR_INVALID_ARG_VALUE');
  refused({ password, friendlyName: 'a\0b' }, 'TypeError', 'ERR_INVALID_ARG_VALUE');
  refused({ password: 'x'.repeat(1025) }, 'RangeError', 'ERR_OUT_OF_RANGE');
  for (const iterations of [0, -1, 1.5, 1_000_001, Number.NaN]) {
    refused({ password, iterations }, 'RangeError', 'ERR_OUT_OF_RANGE');
  }
  const keys = Array.from({ length: 4 }, () => Certificate.generate({ commonName: 'x' }).privateKey);
  assert.throws(() => CertificateStore.from([], keys).exportPKCS12({ password, iterations: 1_000_000 }), {
    name: 'RangeError',
  });
});

test('a context takes the private key along, and the issuers that the store has', () => {
  const pem = chain.map((one) => one.pem).join('') + leaf.privateKey.pem + rsa.certificate.pem;
  const context = new TLSServerContext().useCertificate(new Certificate({ store: pem }));
  assert.deepEqual(shown(context), ['CN=localhost', 'CN=Test CA', 'CN=Test Root']);
  assert.deepEqual(shown(new TLSServerContext().useCertificate(open(pem).select())), [
    'CN=localhost',
    'CN=Test CA',
    'CN=Test Root',
  ]);
  const own = new TLSServerContext().useCertificate(open(pem).select(), [middle.certificate]);
  assert.deepEqual(shown(own), ['CN=localhost', 'CN=Test CA']);
  const bare = new TLSServerContext().useCertificate(open(pem).select(), []);
  assert.deepEqual(shown(bare), ['CN=localhost']);
});

test('a context opens the store itself', () => {
  const store = chain.map((one) => one.pem).join('') + leaf.privateKey.toPEM({ password, iterations: 1000 });
  const options = { store, storePassword: password, subject: 'localhost' };
  const context = new TLSServerContext().useCertificate(options);
  assert.deepEqual(shown(context), ['CN=localhost', 'CN=Test CA', 'CN=Test Root']);
  assert.deepEqual(shown(new TLSServerContext().useCertificate(options, [])), ['CN=localhost']);
  const separate = new TLSServerContext().useCertificate({ store: leaf.certificate.pem });
  assert.deepEqual(shown(separate.usePrivateKey(leaf.privateKey)), ['CN=localhost']);
  for (const [wrong, error] of [
    [{ ...options, subject: 'CN=nobody' }, { code: 'ERR_NO_SUCH_CERTIFICATE' }],
    [{ ...options, storePassword: 'x' }, { code: 'ERR_OSSL_EVP_BAD_DECRYPT' }],
    [
      { ...options, subject: 5 },
      { name: 'TypeError', message: /^certificate\.subject must be/ },
    ],
    [
      { ...options, store: 5 },
      { name: 'TypeError', message: /^certificate\.store must be/ },
    ],
    [
      { ...options, storeType: 98 },
      { name: 'RangeError', message: /^certificate\.storeType must be/ },
    ],
    [
      { ...options, encoded: 'x' },
      { name: 'TypeError', message: /^certificate\.encoded must be/ },
    ],
    [{}, { name: 'TypeError', message: /^certificate must be/ }],
  ] as const) {
    assert.throws(() => context.useCertificate(wrong as never), error);
  }
  assert.deepEqual(shown(context), ['CN=localhost', 'CN=Test CA', 'CN=Test Root']);
  context.free();
  assert.throws(() => context.useCertificate(options), FreedError);
});

test('a context takes all of it or nothing', () => {
  const store = open(leaf.certificate.pem + leaf.privateKey.pem);
  const context = new TLSServerContext().useCertificate(store.select());
  const weak = open(weakIdentity());
  assert.throws(() => context.useCertificate(weak.select()), { code: 'ERR_SSL_EE_KEY_TOO_SMALL' });
  const freed = open(rsa.certificate.pem + rsa.privateKey.pem).select();
  freed.privateKey?.free();
  assert.throws(() => context.useCertificate(freed), FreedError);
  assert.deepEqual(shown(context), ['CN=localhost']);
});

function weakIdentity(): string {
  openssl('req -x509 -newkey rsa:512 -noenc -keyout weak-key.pem -out weak.pem -subj /CN=weak');
  return read('weak-key.pem').toString() + read('weak.pem');
}

test('a certificate of the store that was freed is none of the issuers', () => {
  const store = open(chain.map((one) => one.pem).join('') + leaf.privateKey.pem);
  store.certificates[0]?.free();
  const context = new TLSServerContext().useCertificate(store.certificates[1] as Certificate);
  assert.deepEqual(shown(context), ['CN=localhost', 'CN=Test CA']);
  assert.throws(() => store.select(), FreedError);
  assert.throws(() => store.exportPKCS12({ password }), FreedError);
});

test('a line of issuers that runs in a circle ends', () => {
  const one = Certificate.generate({ commonName: 'One' });
  const two = Certificate.generate({ commonName: 'Two', issuer: one, ca: true });
  write('one-key.pem', one.privateKey.pem);
  write('two.pem', two.certificate.pem);
  write('two-key.pem', two.privateKey.pem);
  openssl('req -new -key one-key.pem -subj /CN=One -out one.csr');
  write('ca.ext', 'basicConstraints = critical, CA:TRUE');
  openssl('x509 -req -in one.csr -CA two.pem -CAkey two-key.pem -extfile ca.ext -out circle.pem');
  const end = Certificate.generate({ commonName: 'localhost', issuer: two });
  const pem = end.certificate.pem + read('circle.pem') + two.certificate.pem + end.privateKey.pem;
  const context = new TLSServerContext().useCertificate(open(pem).select());
  assert.deepEqual(shown(context, one.certificate), ['CN=localhost', 'CN=Two', 'CN=One']);
});

test('in a worker', async () => {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { CertificateStore } = require('bladessl');
    const { file, password } = workerData;
    for (let n = 0; n < 20; n++) new CertificateStore({ store: file, password }).exportPKCS12({ password, iterations: 1 });
    const store = new CertificateStore({ store: file, password });
    parentPort.postMessage([store.type, ...store.certificates.map((one) => one.subject)]);
  `;
  const file = CertificateStore.from(chain, [leaf.privateKey]).exportPKCS12({ password, iterations: 1 });
  const worker = new Worker(source, { eval: true, workerData: { file, password } });
  const [[message]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.deepEqual(message, [3, 'CN=Test Root', 'CN=localhost', 'CN=Test CA']);
});

test('the bytes that are given are left alone', () => {
  const file = CertificateStore.from(chain, [leaf.privateKey]).exportPKCS12({ password, iterations: 1 });
  const key = Buffer.from(password);
  const copies = [Buffer.from(file), Buffer.from(key)];
  open(file, { password: key });
  assert.deepEqual([file, key], copies);
  const pem = Buffer.from(leaf.privateKey.pem);
  assert.ok(open(pem).privateKeys[0]?.equals(new PrivateKey(pem)));
});
