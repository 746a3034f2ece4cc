// Chains of ours against the openssl command, both ways, with certificates checked, and refused.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test, { type TestContext } from 'node:test';
import { BufferBIO, Certificate, ConnectBIO, SSLBIO, type SSLContext, type SSLError } from 'bladessl';
import { freeing, listening } from '../helpers/chains';
import { authority, clientContext, localhost, only, serverContext } from '../helpers/identities';
import { write } from '../helpers/openssl-files';
import { startOpensslServer } from '../helpers/programs';

const ca = write('ca.pem', authority.certificate.pem);
const identity = [
  '-cert',
  write('localhost.pem', localhost.certificate.pem),
  '-key',
  write('localhost.key', localhost.privateKey.pem),
];
const stranger = Certificate.generate({ commonName: 'another CA' });
const versions = [
  ['TLSv1.2', '-tls1_2'],
  ['TLSv1.3', '-tls1_3'],
] as const;

function dial(t: TestContext, context: SSLContext, port: number): SSLBIO {
  return freeing(t, new SSLBIO(context).push(new BufferBIO()).push(new ConnectBIO(`localhost:${port}`)));
}

async function refusal(promise: Promise<unknown>): Promise<SSLError> {
  return await promise.then(
    () => assert.fail('nothing was refused'),
    (reason: SSLError) => reason,
  );
}

/** Runs `openssl s_client` to its end, and gives what it has printed. */
async function client(t: TestContext, args: readonly string[], said: string): Promise<string> {
  const child = spawn('openssl', ['s_client', '-CAfile', ca, '-verify_return_error', ...args]);
  t.after(() => child.kill());
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => {
      output += part;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.write(said);
  await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  return output;
}

for (const [version, flag] of versions) {
  test(`SSLBIO -> BufferBIO -> ConnectBIO talks to s_server, ${version}`, async (t) => {
    const chain = dial(t, clientContext(), await startOpensslServer(t, [...identity, flag, '-rev']));
    await chain.handshake();
    assert.equal(chain.ssl.version, version);
    assert.equal(chain.ssl.peerCertificate?.subject, 'CN=localhost');
    await chain.writeAsync('drawer\n');
    assert.equal((await chain.readAsync()).toString(), 'reward\n');
  });

  test(`s_server's certificate is refused when its issuer is a stranger, ${version}`, async (t) => {
    const port = await startOpensslServer(t, [...identity, flag, '-rev']);
    const error = await refusal(dial(t, clientContext(stranger.certificate), port).handshake());
    assert.equal(error.name, 'CertificateVerifyError');
    assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'sent' });
  });

  test(`an AcceptBIO chain serves s_client, ${version}`, async (t) => {
    const listener = await listening(t);
    const connect = ['-connect', `127.0.0.1:${listener.acceptPort}`, '-servername', 'localhost'];
    const output = client(t, [...connect, flag, '-verify_hostname', 'localhost'], 'hello\n');
    const server = freeing(t, new SSLBIO(only(serverContext(), version)).push(await listener.accept()));
    await server.handshake();
    assert.deepEqual([server.ssl.version, server.ssl.hostname], [version, 'localhost']);
    assert.equal((await server.readAsync()).toString(), 'hello\n');
    await server.writeAsync('goodbye\n');
    server.freeAll();
    assert.match(await output, /goodbye/);
  });

  test(`s_client refuses a certificate for another name, and we hear why, ${version}`, async (t) => {
    const listener = await listening(t);
    const args = ['-connect', `127.0.0.1:${listener.acceptPort}`, flag, '-verify_hostname', 'other.example'];
    const output = client(t, args, '');
    const server = freeing(t, new SSLBIO(only(serverContext(), version)).push(await listener.accept()));
    const error = await refusal(server.handshake());
    assert.deepEqual([error.alert?.name, error.alert?.direction], ['bad_certificate', 'received']);
    assert.match(await output, /hostname mismatch/i);
  });
}
