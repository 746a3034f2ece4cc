// Certificates and keys beside Node's own crypto, under the garbage collector, and in workers.

import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { Certificate, PrivateKey } from 'bladessl';
import { certificateWith, der, extension, list, oid, utcTime } from './helpers/der';
import { collectGarbage, Doomed } from './helpers/gc';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });
const encrypted = createPrivateKey(privateKey.pem).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'right',
});

/** What an error says, without the places in the source. */
function described(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    const { name, code, message, reason, library, opensslErrorStack, errors } = error as Record<
      string,
      unknown
    >;
    const entries = errors as { code: number }[] | undefined;
    return {
      name,
      code,
      message,
      reason,
      library,
      opensslErrorStack,
      errors: entries?.map((entry) => entry.code),
    };
  }
  return 'no error';
}

const broken = certificateWith({
  key: list(list(oid('1.2.3')), der(3, Buffer.of(0))),
  dates: [utcTime('201331000000Z'), utcTime('301231000000Z')],
  extensions: [extension('2.5.29.17', Buffer.of(1)), extension('2.5.29.15', Buffer.of(1))],
});

const ours: (() => unknown)[] = [
  () => broken.publicKeyAlgorithm,
  () => broken.isSelfSigned,
  () => broken.effectiveDate,
  () => broken.subjectAltNames,
  () => broken.usage,
  () => broken.checkHost('a.example'),
  () => broken.toString().length,
  () => broken.verifySignature(certificate),
  () => broken.isIssuedBy(broken),
  () => certificate.verifySignature(broken),
  () => certificate.digest('none'),
  () => new Certificate(Buffer.from('hello')),
  () => new Certificate(Buffer.of(0x30, 3, 2, 1)),
  () => new Certificate(Buffer.from(privateKey.pem)),
  () => new PrivateKey(Buffer.from('hello')),
  () => new PrivateKey(Buffer.from(encrypted)),
  () => new PrivateKey(Buffer.from(encrypted), 'wrong'),
  () => new PrivateKey(certificate.raw),
  () => certificate.checkPrivateKey(Certificate.generate({ commonName: 'x', key: 'ed25519' }).privateKey),
  () => new PrivateKey(Certificate.generate({ commonName: 'x', key: 'ed25519' }).privateKey.raw).group,
  () =>
    Certificate.generate({
      commonName: 'x',
      issuer: { certificate, privateKey: new PrivateKey(encrypted, 'right') },
    }),
];
const nodes: (() => unknown)[] = [
  () => createPrivateKey('hello'),
  () => createPrivateKey({ key: encrypted, passphrase: 'wrong' }),
  () => createPublicKey('hello'),
  () => new X509Certificate('hello'),
  () => createPrivateKey({ key: Buffer.of(0x30, 3, 2, 1), format: 'der', type: 'pkcs8' }),
];

test('a failure of ours never shows in node:crypto, nor the reverse', () => {
  const alone = new Map([...ours, ...nodes].map((call) => [call, described(call)]));
  for (const first of [...ours, ...nodes]) {
    for (const second of [...ours, ...nodes]) {
      described(first);
      assert.deepEqual(described(second), alone.get(second), `${second} after ${first}`);
    }
  }
});

test('objects that nobody frees are collected, with the memory behind them', async () => {
  const doomed = new Doomed();
  const make = () => {
    for (let i = 0; i < 1_000; i++) {
      const parsed = doomed.add(new Certificate(certificate.raw));
      const key = doomed.add(new PrivateKey(privateKey.raw));
      if (i % 3 === 0) parsed.free();
      if (i % 5 === 0) key.free();
    }
  };
  make();
  await doomed.gone();
});

test('a key outlives the objects that it came with, and a certificate its issuer', () => {
  let made = Certificate.generate({ commonName: 'Test Root' });
  const key = made.privateKey;
  made.certificate.free();
  made = Certificate.generate({ commonName: 'x' });
  collectGarbage();
  assert.equal(key.type, 'ec');
  const leaf = Certificate.generate({ commonName: 'y', issuer: made });
  made.certificate.free();
  made.privateKey.free();
  collectGarbage();
  assert.equal(leaf.certificate.issuer, 'CN=x');
});

const work = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { Certificate, PrivateKey } = require(workerData.package);
  const kept = [];
  do {
    const { certificate, privateKey } = Certificate.generate({ commonName: 'worker' });
    kept.push(new Certificate(certificate.pem), new PrivateKey(privateKey.raw));
    const { subjectName, subjectAltNames, extensions, publicKey, isSelfSigned } = certificate;
    if (!isSelfSigned || certificate.checkHost('worker') !== 'worker') throw new Error(String(certificate));
    try { new PrivateKey(certificate.raw); } catch (error) { kept.push(error.code); }
    if (kept.length === 3) parentPort.postMessage([certificate.subject, kept[2]]);
  } while (workerData.forever);
`;

function startWorker(forever: boolean): Worker {
  return new Worker(work, { eval: true, workerData: { package: require.resolve('bladessl'), forever } });
}

test('workers have certificates and keys of their own', async () => {
  const workers = Array.from({ length: 4 }, () => startWorker(false));
  await Promise.all(
    workers.map(async (worker) => {
      const exit = once(worker, 'exit');
      assert.deepEqual((await once(worker, 'message'))[0], ['CN=worker', 'ERR_NOT_A_PRIVATE_KEY']);
      assert.deepEqual(await exit, [0]);
    }),
  );
  assert.equal(certificate.subject, 'CN=localhost');
});

test('a worker may be terminated in the middle', async () => {
  for (let i = 0; i < 5; i++) {
    const worker = startWorker(true);
    await once(worker, 'message');
    assert.equal(await worker.terminate(), 1);
  }
  assert.equal(new Certificate(certificate.pem).subject, 'CN=localhost');
});
