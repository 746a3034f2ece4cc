// CertificateStore.system and CertificateStore.node: what contexts trust by default, to look through.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter } from 'node:path';
import test from 'node:test';
import { rootCertificates } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { Certificate, CertificateStore, TLSClientContext, verify } from 'bladessl';
import { openssl, pathOf, write } from '../helpers/openssl-files';

const one = Certificate.generate({ commonName: 'One' });
const two = Certificate.generate({ commonName: 'Two' });
const stranger = Certificate.generate({ commonName: 'Stranger' });

/** What the system trusts with such an environment. */
function withEnvironment(variables: { SSL_CERT_FILE?: string; SSL_CERT_DIR?: string }): string[] {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: list } = process.env;
  delete process.env.SSL_CERT_FILE;
  delete process.env.SSL_CERT_DIR;
  Object.assign(process.env, variables);
  try {
    return CertificateStore.system().certificates.map(({ subject }) => subject);
  } finally {
    delete process.env.SSL_CERT_FILE;
    delete process.env.SSL_CERT_DIR;
    if (file !== undefined) process.env.SSL_CERT_FILE = file;
    if (list !== undefined) process.env.SSL_CERT_DIR = list;
  }
}

test('node: the roots inside Node, in their order', () => {
  const store = CertificateStore.node();
  assert.equal(store.type, undefined);
  assert.deepEqual(
    store.certificates.map(({ raw }) => raw),
    rootCertificates.map((pem) => new X509Certificate(pem).raw),
  );
  assert.deepEqual([store.privateKeys, store.publicKeys, store.crls], [[], [], []]);
  assert.equal(store.select().privateKeyAvailable, false);
});

test('system: a file', () => {
  const bundle = write('bundle.pem', one.certificate.pem + two.certificate.pem);
  assert.deepEqual(withEnvironment({ SSL_CERT_FILE: bundle }), ['CN=One', 'CN=Two']);
  assert.throws(() => withEnvironment({ SSL_CERT_FILE: pathOf('absent') }), {
    name: 'SSLSyscallError',
    code: 'ENOENT',
  });
  assert.throws(() => withEnvironment({ SSL_CERT_FILE: write('empty.pem', '') }), {
    code: 'ERR_OSSL_PEM_NO_START_LINE',
  });
});

test('system: directories, each certificate once, without what cannot be read', () => {
  for (const name of ['first', 'second', 'none']) mkdirSync(pathOf(name));
  write('first/one.pem', one.certificate.pem);
  write('first/stranger.pem', stranger.certificate.pem);
  write('second/one.pem', one.certificate.pem);
  write('second/two.pem', two.certificate.pem);
  openssl('rehash first');
  openssl('rehash second');
  write('second/deadbeef.0', 'garbage');
  symlinkSync(pathOf('absent'), pathOf('second/deadbeef.1'));
  const list = ['first', 'second'].map(pathOf);
  const found = withEnvironment({ SSL_CERT_DIR: list.join(delimiter) });
  assert.deepEqual(found.toSorted(), ['CN=One', 'CN=Stranger', 'CN=Two']);
  assert.deepEqual(withEnvironment({ SSL_CERT_DIR: pathOf('none') }), []);
  assert.throws(() => withEnvironment({ SSL_CERT_DIR: pathOf('absent') }), { code: 'ENOENT' });
});

test('they are trusted as default trust is, and freeing them is no matter to it', () => {
  const store = CertificateStore.node();
  const root = store.select();
  assert.equal(verify(root, { trusted: 'node', time: root.effectiveDate }).ok, true);
  assert.equal(verify(root, { trusted: store, time: root.effectiveDate }).ok, true);
  const context = new TLSClientContext().loadDefaultTrust('node');
  for (const certificate of store) certificate.free();
  assert.equal(context.trustSource, 'node');
  assert.equal(CertificateStore.node().size, rootCertificates.length);
});

test('in a worker', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    parentPort.postMessage(require('bladessl').CertificateStore.node().size);
  `;
  const worker = new Worker(source, { eval: true });
  const [[message]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  assert.equal(message, rootCertificates.length);
});
