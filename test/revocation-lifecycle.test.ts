// CRLs and OCSP responses under the garbage collector, in workers, and beside Node's own crypto.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import test from 'node:test';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { CRL, OCSPResponse } from 'bladessl';
import { errorOf } from './helpers/failures';
import { collectGarbage, Doomed } from './helpers/gc';
import { ca, delegate, server } from './helpers/revocation';

const { certificate } = server;
const crl = CRL.generate({ issuer: ca, revoked: [{ certificate }] });
const response = OCSPResponse.generate({ issuer: ca, responder: delegate, responses: [{ certificate }] });
const asked = { certificate, issuer: ca.certificate };

test('objects that nobody frees are collected, with the memory behind them', async () => {
  const doomed = new Doomed();
  const make = () => {
    for (let i = 0; i < 1_000; i++) {
      const list = doomed.add(new CRL(crl.raw));
      const answer = doomed.add(new OCSPResponse(response.raw));
      if (i % 3 === 0) list.free();
      if (i % 5 === 0) answer.free();
    }
  };
  make();
  await doomed.gone();
});

test('certificates of a response outlive it', () => {
  const answer = new OCSPResponse(response.raw);
  const [own] = answer.certificates;
  answer.free();
  collectGarbage();
  assert.equal(own?.subject, delegate.certificate.subject);
  const list = new CRL(crl.raw);
  const entries = list.revoked;
  list.free();
  assert.equal(entries[0]?.serialNumber, certificate.serialNumber);
});

test('shown with what tells the most', () => {
  assert.match(inspect(crl), /^CRL \{\n {2}issuer: 'CN=Revoking CA',/);
  assert.match(inspect(response), /^OCSPResponse \{\n {2}status: 'successful',/);
  const freed = new CRL(crl.raw);
  freed.free();
  assert.equal(inspect(freed), 'CRL { freed: true }');
});

test('a refusal leaves nothing behind that node:crypto would find', () => {
  const theirs = () => {
    try {
      return new X509Certificate('hello').subject;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const alone = theirs();
  const ours: (() => unknown)[] = [
    () => errorOf(() => new CRL(certificate.raw)),
    () => errorOf(() => new OCSPResponse(certificate.raw)),
    () => crl.verifySignature(certificate),
    () => crl.find('01'),
    () => response.verify({ ...asked, issuer: certificate }),
    () =>
      OCSPResponse.generate({ issuer: ca, responder: server, responses: [{ certificate }] }).verify(asked),
  ];
  for (const call of ours) {
    call();
    assert.equal(theirs(), alone, String(call));
    call();
  }
});

const work = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { Certificate, CRL, OCSPResponse } = require(workerData.package);
  do {
    const issuer = Certificate.generate({ commonName: 'worker' });
    const { certificate } = Certificate.generate({ commonName: 'leaf', issuer });
    const crl = CRL.generate({ issuer, revoked: [{ certificate }] });
    const response = OCSPResponse.generate({ issuer, responses: [{ certificate }] });
    const { status } = response.verify({ certificate, issuer: issuer.certificate });
    parentPort.postMessage([crl.find(certificate).serialNumber === certificate.serialNumber, status]);
  } while (workerData.forever);
`;

function startWorker(forever: boolean): Worker {
  return new Worker(work, { eval: true, workerData: { package: require.resolve('bladessl'), forever } });
}

test('workers have CRLs and responses of their own', async () => {
  const workers = Array.from({ length: 3 }, () => startWorker(false));
  await Promise.all(
    workers.map(async (worker) => {
      const exit = once(worker, 'exit');
      assert.deepEqual((await once(worker, 'message'))[0], [true, 'good']);
      assert.deepEqual(await exit, [0]);
    }),
  );
});

test('a worker may be terminated in the middle', async () => {
  for (let i = 0; i < 3; i++) {
    const worker = startWorker(true);
    await once(worker, 'message');
    assert.equal(await worker.terminate(), 1);
  }
  assert.equal(response.verify(asked).ok, true);
});
