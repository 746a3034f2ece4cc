// The one shape of errors: classes, codes, alerts, verification, hints, and how they print.

import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import {
  Certificate,
  CertificateVerifyError,
  FreedError,
  MemoryBIO,
  PrivateKey,
  SSL,
  SSLError,
  type SSLErrorFields,
  SSLSyscallError,
  SSLZeroReturnError,
  TimeoutError,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { errorOf } from './helpers/failures';
import { attempt, ends } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';

const refused = () => attempt(new TLSClientContext(), serverContext(), { prepare: nameLocalhost });

function nameLocalhost({ client }: { client: SSL }): void {
  client.verifyName = 'localhost';
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

test('where the stack ends a failure is an error all the same', () => {
  const names = new Set<unknown>();
  let attempts = 0;
  const dive = (): void => {
    try {
      dive();
    } catch {
      // The attempts are made on the way up.
    }
    if (attempts++ > 300) return;
    try {
      new Certificate(Buffer.from('none'));
      names.add('no error');
    } catch (error) {
      names.add(error instanceof Error ? error.name : error);
    }
  };
  dive();
  assert.deepEqual(names, new Set(['RangeError', 'SSLError']));
});
