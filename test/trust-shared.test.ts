// Default trust that contexts have in common: read once, and nobody's to change.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { rootCertificates } from 'node:tls';
import {
  Certificate,
  CRL,
  IGNORE_ALL,
  type SSLContext,
  TLSClientContext,
  verify,
  X509_V_FLAG_CRL_CHECK,
} from 'bladessl';
import { attempt } from './helpers/handshake';
import { authority, localhost, serverContext } from './helpers/identities';
import { nextMessage, startWorker } from './helpers/worker';

const folder = mkdtempSync(join(tmpdir(), 'bladessl-trust-'));
after(() => rmSync(folder, { recursive: true }));

const known = Certificate.generate({ commonName: 'Known CA' });
const server = serverContext(Certificate.generate({ commonName: 'localhost', issuer: known }));

// As many as a system has.
const others = Array.from(
  { length: 140 },
  (_, i) => Certificate.generate({ commonName: `CA ${i}` }).certificate.pem,
);
const bundle = join(folder, 'bundle.pem');
writeFileSync(bundle, [...others, known.certificate.pem].join(''));

process.env.SSL_CERT_FILE = bundle;

function systemContext(): TLSClientContext {
  return new TLSClientContext().loadDefaultTrust();
}

function verdict(context: SSLContext, of = server): string {
  return attempt(context, of).clientError?.verifyError?.name ?? 'trusted';
}

const unknown = 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY';

test('what one context does is no matter to a thousand others', () => {
  const contexts = Array.from({ length: 1000 }, systemContext);
  const [first, second, third, fourth, fifth, sixth, seventh, ...rest] = contexts as [
    SSLContext,
    SSLContext,
    SSLContext,
    SSLContext,
    SSLContext,
    SSLContext,
    SSLContext,
    ...SSLContext[],
  ];
  first.addCA(authority.certificate);
  second.verifyFlags = X509_V_FLAG_CRL_CHECK;
  third.onVerify = () => false;
  fourth.verifyTime = new Date('2001-01-01');
  fifth.checkConfig = IGNORE_ALL;
  sixth.verifyPurpose = 'smimesign';
  seventh.addCRL(CRL.generate({ issuer: authority }));
  const stranger = serverContext(localhost);
  assert.deepEqual([verdict(first), verdict(first, stranger)], ['trusted', 'trusted']);
  assert.deepEqual([verdict(second), verdict(second, stranger)], ['X509_V_ERR_UNABLE_TO_GET_CRL', unknown]);
  const refused = 'X509_V_ERR_APPLICATION_VERIFICATION';
  assert.deepEqual([verdict(third), verdict(third, stranger)], [refused, unknown]);
  assert.equal(verdict(fourth), 'X509_V_ERR_CERT_NOT_YET_VALID');
  assert.deepEqual([verdict(fifth), verdict(fifth, stranger)], ['trusted', 'trusted']);
  assert.equal(verdict(sixth), 'X509_V_ERR_INVALID_PURPOSE');
  assert.equal(verdict(seventh), 'X509_V_ERR_UNABLE_TO_GET_CRL');
  for (const context of rest) {
    assert.deepEqual([verdict(context), verdict(context, stranger)], ['trusted', unknown]);
  }
  assert.equal(verify(localhost.certificate).ok, false);
  assert.equal(verify(localhost.certificate, { trusted: authority.certificate }).ok, true);
});

test('a CA of the same name as a shared one is trusted beside it', () => {
  const successor = Certificate.generate({ commonName: 'Known CA' });
  const theirs = serverContext(Certificate.generate({ commonName: 'localhost', issuer: successor }));
  const both = systemContext().addCA(successor.certificate);
  assert.deepEqual([verdict(both), verdict(both, theirs)], ['trusted', 'trusted']);
  const before = new TLSClientContext().addCA(successor.certificate).loadDefaultTrust();
  assert.deepEqual([verdict(before), verdict(before, theirs)], ['trusted', 'trusted']);
  assert.equal(verdict(systemContext(), theirs), unknown);
});

test('the roots of Node beside those of the system, and alone', () => {
  const both = systemContext().loadDefaultTrust('node');
  assert.equal(both.trustSource, 'node');
  assert.equal(verdict(both), 'trusted');
  const alone = new TLSClientContext().loadDefaultTrust('node');
  assert.equal(verdict(alone), unknown);
  const [root = ''] = rootCertificates;
  assert.equal(verify(root, { trusted: 'node' }).ok, true);
  assert.equal(verify(root, { trusted: 'system' }).ok, false);
  assert.equal(verify(known.certificate).ok, true);
  for (const bad of ['System', '', null, 1] as never[]) {
    assert.throws(() => new TLSClientContext().loadDefaultTrust(bad), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^source must be 'system' or 'node'/,
    });
  }
});

test('a file is read once in a process, also for workers, until it changes', async () => {
  const date = new Date('2026-01-01');
  utimesSync(bundle, date, date);
  assert.equal(verdict(systemContext()), 'trusted');
  writeFileSync(bundle, '-'.repeat(statSync(bundle).size));
  utimesSync(bundle, date, date);
  assert.equal(verdict(systemContext()), 'trusted');
  const started = startWorker('lifecycle/trust.js', known.certificate.pem);
  const { leaf, ...found } = (await nextMessage(started)) as { leaf: string };
  assert.deepEqual(found, { trusted: true, own: true, beside: false });
  assert.equal(verify(leaf).ok, false);
  assert.deepEqual(await started.ended, { code: 0, error: undefined });
  const old = systemContext();
  writeFileSync(bundle, authority.certificate.pem);
  assert.equal(verdict(systemContext(), serverContext()), 'trusted');
  assert.equal(verdict(systemContext()), unknown);
  assert.equal(verdict(old), 'trusted');
  writeFileSync(bundle, 'no certificate at all');
  assert.throws(systemContext, { code: 'ERR_OSSL_PEM_NO_START_LINE' });
  rmSync(bundle);
  assert.throws(systemContext, { code: 'ENOENT' });
});
