// The one shape of errors: classes, codes, alerts, verification, hints, and how they print.

import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import {
  BIO,
  Certificate,
  CertificateVerifyError,
  ConnectBIO,
  FreedError,
  MemoryBIO,
  PrivateKey,
  SSL,
  SSLBIO,
  SSLError,
  type SSLErrorFields,
  SSLSyscallError,
  SSLZeroReturnError,
  TimeoutError,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { attempt, connected, ends } from './helpers/handshake';
import { authority, clientContext, localhost, serverContext, show } from './helpers/identities';
import { openssl, read, write } from './helpers/openssl-files';

function errorOf(call: () => unknown): SSLError {
  try {
    call();
  } catch (error) {
    if (error instanceof SSLError) return error;
    throw error;
  }
  return assert.fail(`no error: ${call}`);
}

const password = 'correct horse battery staple';
write('key.pem', localhost.privateKey.pem);
openssl('pkcs8 -topk8 -in key.pem -out encrypted.pem -passout', `pass:${password}`);

const refused = () => attempt(new TLSClientContext(), serverContext(), { prepare: nameLocalhost });

function nameLocalhost({ client }: { client: SSL }): void {
  client.verifyName = 'localhost';
}

/** An SSL that reads these bytes from its peer. */
function faced(context: TLSClientContext | TLSServerContext, bytes: string | Uint8Array): SSL {
  return new SSL(context).setBio(new MemoryBIO(bytes), new MemoryBIO());
}

test('the classes: all are SSLErrors and Errors, each with its name', () => {
  const classes = {
    SSLError,
    SSLSyscallError,
    SSLZeroReturnError,
    CertificateVerifyError,
    TimeoutError,
    FreedError,
  };
  for (const [name, Class] of Object.entries(classes)) {
    const error = new Class('words', { code: 'ERR_X' });
    assert.ok(error instanceof SSLError && error instanceof Error);
    assert.equal(error.name, name);
    assert.equal(Object.hasOwn(error, 'name'), false);
    assert.equal(String(error), `${name}: words`);
    assert.match(error.stack ?? '', new RegExp(`^${name}: words\n`));
    assert.deepEqual(Object.keys(error).toSorted(), ['code', 'errors']);
    assert.deepEqual(error.errors, []);
  }
  const fields: SSLErrorFields = {
    code: 'X',
    library: 'l',
    reason: 'r',
    hint: 'h',
    syscall: 's',
    errno: -1,
    cause: 5,
  };
  const full = new SSLError('words', fields);
  assert.equal(full.cause, 5);
  assert.deepEqual(
    { ...full },
    { code: 'X', library: 'l', reason: 'r', hint: 'h', syscall: 's', errno: -1, errors: [] },
  );
});

test('which class an error has', () => {
  const freed = new MemoryBIO();
  freed.free();
  const closing = ends(clientContext(), serverContext()).client;
  closing.doHandshake();
  closing.rbio?.write(Buffer.of(0x15, 3, 3, 0, 2, 1, 0));
  const cases: [typeof SSLError, SSLError][] = [
    [FreedError, errorOf(() => freed.read())],
    [SSLZeroReturnError, errorOf(() => closing.connect())],
    [SSLSyscallError, errorOf(() => new Certificate('/missing'))],
    [SSLSyscallError, errorOf(() => new SSL(clientContext()).setFd(2 ** 31 - 1).connect())],
    [CertificateVerifyError, refused().clientError as SSLError],
    [SSLError, refused().serverError as SSLError],
    [SSLError, errorOf(() => new PrivateKey(Buffer.from('x')))],
    [SSLError, errorOf(() => new SSL(clientContext()).accept())],
  ];
  for (const [Class, error] of cases) assert.equal(error.constructor, Class, inspect(error));
});

test('an error of libssl: code, library, reason, and its entry of the queue', () => {
  const error = errorOf(() => new TLSClientContext().setCiphers('nonsense'));
  assert.equal(error.code, 'ERR_SSL_NO_CIPHER_MATCH');
  assert.equal(error.library, 'SSL routines');
  assert.equal(error.reason, 'no cipher match');
  assert.match(error.message, /no cipher match/);
  assert.equal(error.alert, undefined);
  assert.equal(error.verifyError, undefined);
  assert.equal(error.syscall, undefined);
  assert.equal(error.errno, undefined);
  assert.equal(error.errors.length, 1);
  const [entry] = error.errors;
  assert.equal(entry?.reason, 'no cipher match');
  assert.equal(entry?.library, 'SSL routines');
  assert.match(entry?.file ?? '', /ssl_lib\.c$/);
  assert.equal(typeof entry?.line, 'number');
  assert.match(
    new MemoryBIO().errorString(entry?.code),
    /^error:[0-9A-F]{8}:SSL routines:.*:no cipher match$/i,
  );
});

test('an error of another part of OpenSSL names that part, and has the whole queue', () => {
  const error = errorOf(() => new Certificate(Buffer.of(0x30, 3, 2, 1, 1)));
  assert.match(error.code, /^ERR_OSSL_ASN1_[A-Z_]+$/);
  assert.match(error.library ?? '', /asn1|ASN1/);
  assert.ok(error.errors.length > 1, 'more than one entry');
  assert.equal(error.code, `ERR_OSSL_ASN1_${error.errors[0]?.reason.toUpperCase().replaceAll(' ', '_')}`);
});

test("an error of the system is as Node's own", () => {
  const error = errorOf(() => new TLSServerContext().loadCerts('/missing/file'));
  const { code, errno, syscall, errors, message } = error;
  assert.deepEqual(
    { code, errno, syscall, errors },
    { code: 'ENOENT', errno: -2, syscall: 'open', errors: [] },
  );
  assert.equal(message, "ENOENT: no such file or directory, open '/missing/file'");
  assert.equal((error.cause as NodeJS.ErrnoException).path, '/missing/file');
  const dead = errorOf(() => new SSL(clientContext()).setFd(2 ** 31 - 1).connect());
  assert.deepEqual([dead.code, dead.errno, dead.syscall, dead.library], ['EBADF', -9, 'write', undefined]);
});

test('a refused certificate: what was wrong, where, for whom, and the alert', () => {
  const { clientError, serverError } = refused();
  assert.deepEqual(clientError?.verifyError, {
    name: 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    code: 20,
    depth: 0,
    message: 'unable to get local issuer certificate',
    subject: 'CN=localhost',
    expected: 'localhost',
  });
  assert.deepEqual(clientError?.alert, { name: 'unknown_ca', number: 48, direction: 'sent' });
  assert.equal(clientError?.library, 'SSL routines');
  assert.equal(clientError?.reason, 'certificate verify failed');
  assert.equal(
    clientError?.message,
    'certificate verify failed: unable to get local issuer certificate (depth 0, CN=localhost); ' +
      'its issuer is not trusted here: addCA(), setVerifyLocations() or loadDefaultTrust()',
  );
  assert.deepEqual(serverError?.alert, { name: 'unknown_ca', number: 48, direction: 'received' });
  assert.equal(serverError?.code, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA');
  assert.equal(serverError?.verifyError, undefined);
});

const http = 'the peer speaks plain HTTP, not TLS';

test('hints: a plain HTTP client at a TLS server', () => {
  const requests = [
    'GET / HTTP/1.1\r\n\r\n',
    'POST /x HTTP/1.0\r\n\r\n',
    'HEAD / HTTP/1.1\r\n\r\n',
    'PUT / HTTP/1.1\r\n\r\n',
  ];
  const others = ['OPTIONS * HTTP/1.1\r\n\r\n', 'DELETE /x HTTP/1.1\r\n\r\n', 'PATCH /x HTTP/1.1\r\n\r\n'];
  for (const request of [...requests, ...others, 'CONNECT a:1 HTTP/1.1\r\n\r\n']) {
    const error = errorOf(() => faced(serverContext(), request).accept());
    assert.equal(error.hint, http, request);
    assert.ok(error.message.endsWith(`; ${http}`), error.message);
    assert.equal(error.name, 'SSLError');
  }
  assert.equal(
    errorOf(() => faced(serverContext(), 'GET / HTTP/1.1\r\n\r\n').accept()).code,
    'ERR_SSL_HTTP_REQUEST',
  );
});

test('hints: a TLS client at a plain HTTP server, and at others that speak first', () => {
  const error = errorOf(() => faced(clientContext(), 'HTTP/1.1 400 Bad Request\r\n\r\n').connect());
  assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
  assert.equal(error.hint, http);
  const smtp = errorOf(() => faced(clientContext(), '220 mail.example ESMTP\r\n').connect());
  assert.match(smtp.hint ?? '', /does not speak TLS here: its first bytes are "220 m"/);
  const binary = errorOf(() => faced(clientContext(), Buffer.of(0, 1, 0xff, 0x1b, 10, 9, 9)).connect());
  assert.match(binary.hint ?? '', /^[\x20-\x7e]+$/, 'nothing that a terminal would take for a command');
});

test('hints: what two sides do not share', () => {
  const cases: [change: (client: TLSClientContext, server: TLSServerContext) => void, hint: RegExp][] = [
    [(client) => (client.maxVersion = 'TLSv1.1'), /minVersion/],
    [(_client, server) => (server.minVersion = 'TLSv1.3'), /protocol version/],
    [(client) => client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256'), /cipher suite/],
    [(client) => (client.signatureAlgorithms = 'rsa_pss_rsae_sha256'), /signature algorithm/],
    [(_client, server) => (server.groups = 'P-384'), /group/],
    [(client, server) => ([client.alpnProtocols, server.alpnProtocols] = [['a'], ['b']]), /ALPN/],
    [(_client, server) => server.setVerify(3), /certificate/],
  ];
  for (const [change, hint] of cases) {
    const client = clientContext();
    client.maxVersion = 'TLSv1.2';
    client.groups = ['X25519', 'P-256'];
    const server = serverContext();
    change(client, server);
    const { clientError, serverError } = attempt(client, server);
    for (const error of [clientError, serverError]) {
      if (error === undefined || error.code === 'ERR_SSL_UNEXPECTED_MESSAGE') continue;
      assert.match(error.hint ?? '', hint, `${change}: ${error.message}`);
    }
    assert.ok((clientError ?? serverError) instanceof SSLError, String(change));
  }
});

test('hints: a client that has ruled out all of its own suites', () => {
  const client = clientContext();
  client.maxVersion = 'TLSv1.2';
  client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
  client.securityLevel = 5;
  const { clientError } = attempt(client, serverContext());
  assert.equal(clientError?.code, 'ERR_SSL_NO_CIPHERS_AVAILABLE');
  assert.match(clientError?.hint ?? '', /securityLevel/);
});

test('hints: passwords, keys, names, truncation, and nothing where nothing is known', () => {
  const other = Certificate.generate({ commonName: 'x' });
  const mismatch = () => show(new TLSServerContext(), { ...localhost, privateKey: other.privateKey });
  assert.match(errorOf(() => new PrivateKey(read('encrypted.pem'), 'wrong')).hint ?? '', /password/);
  assert.match(errorOf(mismatch).hint ?? '', /private key is not the one/);
  const wrongName = attempt(clientContext(), serverContext(), {
    prepare: ({ client }) => {
      client.verifyName = 'other.example';
    },
  });
  assert.equal(wrongName.clientError?.hint, 'the certificate is not for other.example');
  const trusting = attempt(new TLSClientContext(), serverContext());
  assert.match(trusting.serverError?.hint ?? '', /does not trust the issuer/);
  const cut = faced(clientContext(), '');
  (cut.rbio as MemoryBIO).end();
  assert.match(errorOf(() => cut.connect()).hint ?? '', /without close_notify/);
  const unhinted = errorOf(() => new TLSClientContext().setCiphers('nonsense'));
  assert.equal(Object.hasOwn(unhinted, 'hint'), false);
});

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

test('errors of arguments are TypeErrors and RangeErrors of their own, with a code', () => {
  for (const call of [
    () => new Certificate(5 as never),
    () => new SSL(5 as never),
    () => new MemoryBIO().read(-1),
  ]) {
    assert.throws(call, (error: Error & { code?: string }) => {
      assert.ok(error instanceof TypeError || error instanceof RangeError);
      assert.ok(!(error instanceof SSLError));
      assert.match(error.code ?? '', /^ERR_(INVALID_ARG_TYPE|INVALID_ARG_VALUE|OUT_OF_RANGE)$/);
      return true;
    });
  }
});

test('a value in a message is shown short', () => {
  const long = 'x'.repeat(1 << 20);
  for (const call of [
    () => new TLSClientContext().setVerify(long as never),
    () => new MemoryBIO().read(long as never),
  ]) {
    assert.throws(call, ({ message }: Error) => message.length < 300);
  }
});
