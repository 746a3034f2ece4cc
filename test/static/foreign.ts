// What works in a runtime that is not Node: the objects of OpenSSL, and clear words about the rest.
//   bun build-test/static/foreign.js
// It prints a line for each, and ends with status 1 when one fails. (node:test is not the same everywhere.)

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  AcceptBIO,
  BIO,
  Certificate,
  CertificateVerifyError,
  ConnectBIO,
  FileBIO,
  features,
  Socket,
  SSL,
  SSLBIO,
  SSLError,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
  type TLSVersion,
  versions,
} from 'bladessl';
import { join, pump } from '../helpers/handshake';
import { authority, clientContext, localhost, only, serverContext } from '../helpers/identities';

function shake(client: TLSClientContext, name: string) {
  const ends = { client: new SSL(client), server: new SSL(serverContext()) };
  ends.client.hostname = name;
  ends.client.verifyName = name;
  join(ends.client, ends.server);
  return pump(ends.client, ends.server);
}

/** Without the event loop: the descriptors are asked again and again. */
async function untilDone(step: () => boolean): Promise<void> {
  while (!step()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const checks: Readonly<Record<string, () => unknown>> = {
  'its own OpenSSL': () => {
    assert.equal(versions.flavour, 'static');
    assert.equal(versions.openssl, versions.opensslHeaders);
  },

  'handshakes and data in memory': () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] satisfies TLSVersion[]) {
      const { client, server, clientError } = shake(only(clientContext(), version), 'localhost');
      assert.equal(clientError, undefined);
      assert.equal(client.version, version);
      client.write('ping');
      assert.equal(server.read()?.toString(), 'ping');
      client.shutdown();
    }
  },

  'a certificate for another name is refused': () => {
    const { clientError } = shake(clientContext(), 'example.com');
    assert.ok(clientError instanceof CertificateVerifyError);
    assert.equal(clientError.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
  },

  'a certificate of nobody known is refused': () => {
    const { clientError } = shake(new TLSClientContext(), 'localhost');
    assert.ok(clientError instanceof CertificateVerifyError);
  },

  'certificates and keys': () => {
    const { certificate, privateKey } = Certificate.generate({ commonName: 'leaf', issuer: authority });
    assert.equal(new Certificate(certificate.pem).fingerprintSHA256, certificate.fingerprintSHA256);
    assert.equal(certificate.checkPrivateKey(privateKey), true);
    assert.equal(certificate.checkPrivateKey(localhost.privateKey), false);
  },

  'errors are typed, and the system store is read': () => {
    assert.throws(() => new Certificate(Buffer.from('none')), { code: 'ERR_OSSL_PEM_NO_START_LINE' });
    assert.throws(() => new TLSServerContext().setCiphers('none'), SSLError);
    new TLSClientContext().loadDefaultTrust();
  },

  'chains: pairs and files': () => {
    const [near, far] = BIO.pair();
    near.write('bytes');
    assert.equal(far.read()?.toString(), 'bytes');
    const folder = mkdtempSync(joinPath(tmpdir(), 'bladessl-'));
    const file = new FileBIO(joinPath(folder, 'file'), 'w+');
    file.write('text');
    file.free();
    rmSync(folder, { recursive: true });
  },

  'TLS over TCP, without waiting': async () => {
    const listener = new AcceptBIO('127.0.0.1:0').setNonBlocking();
    listener.doAccept();
    const connect = new ConnectBIO(`127.0.0.1:${listener.acceptPort}`).setNonBlocking();
    await untilDone(() => connect.doConnect() === 1);
    await untilDone(() => listener.doAccept() === 1);
    const client = new SSLBIO(clientContext());
    client.ssl.verifyName = 'localhost';
    client.push(connect);
    const server = new SSLBIO(serverContext(), { server: true });
    server.push(listener.pop() as BIO);
    let done = 0;
    await untilDone(() => {
      done = Math.min(client.doHandshake(), server.doHandshake());
      return done === 1;
    });
    client.write('ping');
    let read: Buffer | null = null;
    await untilDone(() => {
      read = server.read();
      return read !== null;
    });
    assert.equal(String(read), 'ping');
    for (const bio of [client, server, listener]) bio.free();
  },

  'freed objects say so': () => {
    const context = new TLSClientContext();
    context.free();
    assert.throws(() => new SSL(context), { name: 'FreedError', code: 'ERR_FREED' });
  },

  'a worker': async () => {
    const worker = new Worker(__filename, { workerData: 'worker' });
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message) => (message === 'done' ? resolve() : reject(message)));
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the worker has ended early')));
    });
    await worker.terminate();
  },

  'sockets: not here, and why': async () => {
    const { available, reason } = features.sockets;
    assert.equal(available, false);
    assert.match(reason ?? '', /libuv|uv_poll/);
    const refusal = { name: 'SSLError', code: 'ERR_FEATURE_UNAVAILABLE', message: /no sockets here: / };
    assert.throws(() => new Socket(), refusal);
    assert.throws(() => new TLSSocket(null, clientContext()), refusal);
    const listener = new AcceptBIO('127.0.0.1:0');
    await listener.listen();
    await assert.rejects(listener.accept(), refusal);
    listener.free();
  },
};

async function main(): Promise<void> {
  const { isMainThread, parentPort } = await import('node:worker_threads');
  if (!isMainThread) {
    const { clientError } = shake(clientContext(), 'localhost');
    parentPort?.postMessage(clientError ?? 'done');
    return;
  }
  // What never settles ends the process too.
  process.exitCode = 1;
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      console.log(`ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}`, error);
    }
  }
  console.log(`${Object.keys(checks).length - failed} of ${Object.keys(checks).length}`);
  process.exit(failed === 0 ? 0 : 1);
}

main();
