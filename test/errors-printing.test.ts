// How errors and objects print: readable, whole, and without a secret.

import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import {
  BIO,
  Certificate,
  ConnectBIO,
  MemoryBIO,
  PrivateKey,
  SSLBIO,
  SSLError,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { errorOf } from './helpers/failures';
import { attempt, connected } from './helpers/handshake';
import { authority, clientContext, localhost, serverContext } from './helpers/identities';
import { openssl, read, write } from './helpers/openssl-files';

const password = 'correct horse battery staple';
write('key.pem', localhost.privateKey.pem);
openssl('pkcs8 -topk8 -in key.pem -out encrypted.pem -passout', `pass:${password}`);

const refused = () => attempt(new TLSClientContext(), serverContext());

/** One of everything that can be printed, some of it with a secret inside. */
function everything(): object[] {
  const context = new TLSServerContext().useCertificate(localhost.certificate);
  context.usePrivateKey(read('encrypted.pem'), password);
  const { client, server } = connected(clientContext(), context);
  const chain = new SSLBIO(client).push(new ConnectBIO('127.0.0.1:1'));
  const freed = new MemoryBIO('x');
  freed.free();
  const failures = [
    () => new PrivateKey(read('encrypted.pem'), `${password}!`),
    () => new PrivateKey(read('encrypted.pem'), Buffer.from(`${password}!`)),
    () => new PrivateKey(read('encrypted.pem'), (() => ({ password })) as never),
    () => context.loadCerts('key.pem', 'key.pem', password),
    () => context.usePrivateKey(`${localhost.privateKey.pem}\0`),
    () => context.usePrivateKey(localhost.privateKey.pem.slice(0, 150)),
    () => context.usePKCS12(Buffer.from(localhost.privateKey.pem), password),
  ].map((call) => {
    try {
      return assert.fail(String(call()));
    } catch (error) {
      return error as Error;
    }
  });
  const ids = { identity: localhost, list: [authority.privateKey] };
  return [
    context,
    client,
    server,
    chain,
    freed,
    BIO.pair(),
    ids,
    refused().clientError as Error,
    ...failures,
  ];
}

test('printing anything shows no key and no password', () => {
  const secrets = [
    password,
    localhost.privateKey.pem.split('\n')[1] as string,
    authority.privateKey.pem.split('\n')[1] as string,
  ];
  const ways: ((value: object) => string)[] = [
    (value) => inspect(value),
    (value) => inspect(value, { depth: 20, showHidden: true, getters: true }),
    (value) => inspect(value, { depth: 0, colors: true }),
    (value) => JSON.stringify(value) ?? '',
    String,
  ];
  for (const value of everything()) {
    for (const way of ways) {
      const text = way(value);
      for (const secret of secrets) {
        assert.ok(!text.includes(secret.slice(0, 24)), `${way}: ${text.slice(0, 500)}`);
      }
    }
  }
});

test('errors print whole: message, code, alert and queue', () => {
  const { clientError } = refused();
  const text = inspect(clientError, { depth: 5 });
  for (const part of [
    /^CertificateVerifyError: certificate verify failed/,
    /ERR_SSL_CERTIFICATE_VERIFY_FAILED/,
  ]) {
    assert.match(text, part);
  }
  for (const part of [/unknown_ca/, /X509_V_ERR_UNABLE/, /\n {4}at /]) assert.match(text, part);
  const json = JSON.parse(JSON.stringify(clientError));
  assert.equal(json.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
  assert.deepEqual(json.verifyError, clientError?.verifyError);
  assert.equal(structuredClone(clientError)?.message, clientError?.message);
});

test("an error's stack leads to the caller", () => {
  function callerOfOurs(): SSLError {
    return errorOf(() => new TLSClientContext().setCiphers('nonsense'));
  }
  const { stack } = callerOfOurs();
  assert.match(stack ?? '', /callerOfOurs/);
  assert.doesNotMatch(stack ?? '', /makeError|usageError/);
});

test('messages are sentences, not remains', () => {
  const { clientError, serverError } = refused();
  const collected = [clientError, serverError, ...everything().filter((value) => value instanceof Error)];
  for (const error of collected as Error[]) {
    assert.doesNotMatch(error.message, /undefined|null|\[object|NaN|^\s*$/, inspect(error));
    assert.ok(error.message.length < 300, error.message);
  }
});

test("a peer's name does not command a terminal", () => {
  const evil = Certificate.generate({ commonName: '\u009b2J\u202eEVIL\u2028x\u0085y\x1b[31m' });
  const { clientError } = attempt(clientContext(), serverContext(evil));
  const message = clientError?.message ?? '';
  assert.match(message, /CN=\\u009b2J\\u202eEVIL\\u2028x\\u0085y/);
  assert.doesNotMatch(message, /[^ -~]/);
});
