// Certificates, chains and private keys of a context.

import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, SSL, type SSLContext, TLSServerContext } from 'bladessl';
import { serialShown, shownBy } from './helpers/handshake';
import { authority, localhost, serverContext, show } from './helpers/identities';
import { openssl, pathOf, read, write } from './helpers/openssl-files';

const password = 'Sésame, öffne dich';
const intermediate = Certificate.generate({ commonName: 'Test Intermediate', issuer: authority, ca: true });
const leaf = Certificate.generate({ commonName: 'localhost', issuer: intermediate });
const other = Certificate.generate({ commonName: 'localhost', issuer: authority });
const rsa = Certificate.generate({ commonName: 'localhost', key: 'rsa', issuer: authority });

const chainFile = write('chain.pem', leaf.certificate.pem + intermediate.certificate.pem);
const keyFile = write('key.pem', leaf.privateKey.pem);
const wholeFile = write(
  'whole.pem',
  leaf.privateKey.pem + leaf.certificate.pem + intermediate.certificate.pem,
);
const garbageFile = write('garbage.pem', 'not a certificate\n');
openssl('pkcs8 -topk8 -in key.pem -out encrypted.pem -passout', `pass:${password}`);
const encryptedFile = pathOf('encrypted.pem');

/** The subjects of the chain that a server's context shows. */
function shown(context: SSLContext): string[] {
  return shownBy(context).map(({ subject }) => subject);
}

const withChain = ['CN=localhost', 'CN=Test Intermediate'];

test('loadCerts: two files, one file, file URLs, DER; with the chain', () => {
  const der = write('leaf.der', other.certificate.raw);
  const derKey = write('leaf-key.der', other.privateKey.raw);
  const url = (path: string) => pathToFileURL(path);
  assert.deepEqual(shown(new TLSServerContext().loadCerts(chainFile, keyFile)), withChain);
  assert.deepEqual(shown(new TLSServerContext().loadCerts(wholeFile)), withChain);
  assert.deepEqual(shown(new TLSServerContext().loadCerts(url(chainFile), url(keyFile))), withChain);
  assert.deepEqual(shown(new TLSServerContext().loadCerts(der, derKey)), ['CN=localhost']);
});

test('loadCerts: certificates after the first are the chain, also the root', () => {
  const file = write('full.pem', wholeText() + authority.certificate.pem);
  assert.deepEqual(shown(new TLSServerContext().loadCerts(file)), [...withChain, 'CN=Test CA']);
});

function wholeText(): string {
  return read('whole.pem').toString();
}

test('without the chain a client cannot find the way to its CA', () => {
  const bare = write('bare.pem', leaf.certificate.pem);
  assert.throws(() => shown(new TLSServerContext().loadCerts(bare, keyFile)), {
    code: 'ERR_SSL_CERTIFICATE_VERIFY_FAILED',
  });
});

test('loadCerts: files that are missing, directories, garbage, the wrong kind; nothing is taken', () => {
  const context = serverContext();
  const missing = pathOf('missing.pem');
  const directory = pathOf('.');
  const otherKey = write('other-key.pem', other.privateKey.pem);
  const rsaKey = write('rsa-key.pem', rsa.privateKey.pem);
  const empty = write('empty.pem', '');
  const system = { name: 'SSLSyscallError', syscall: 'open' };
  const cases: [certFile: string, keyFile: string | undefined, error: object][] = [
    [missing, keyFile, { ...system, code: 'ENOENT', errno: -2 }],
    [chainFile, missing, { ...system, code: 'ENOENT', errno: -2 }],
    [directory, keyFile, { name: 'SSLSyscallError', code: 'EISDIR', syscall: 'read' }],
    [chainFile, directory, { name: 'SSLSyscallError', code: 'EISDIR', syscall: 'read' }],
    [garbageFile, keyFile, { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [chainFile, garbageFile, { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [empty, keyFile, { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [keyFile, keyFile, { name: 'SSLError', code: 'ERR_NOT_A_CERTIFICATE' }],
    [chainFile, undefined, { name: 'SSLError', code: 'ERR_NOT_A_PRIVATE_KEY' }],
    [chainFile, otherKey, { name: 'SSLError', code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' }],
    [chainFile, rsaKey, { name: 'SSLError', code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' }],
  ];
  for (const [cert, key, error] of cases) {
    assert.throws(() => context.loadCerts(cert, key), error, `${cert} ${key}`);
    assert.equal(serialShown(context), localhost.certificate.serialNumber);
  }
});

test('loadCerts: a key that does not match says so in words', () => {
  const otherKey = write('other-key.pem', other.privateKey.pem);
  assert.throws(() => new TLSServerContext().loadCerts(chainFile, otherKey), {
    hint: 'the private key is not the one of the certificate',
    reason: 'key values mismatch',
  });
});

test('loadCerts: arguments that are no file names', () => {
  const context = new TLSServerContext();
  for (const bad of [undefined, null, 5, {}, [chainFile], true]) {
    const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
    assert.throws(() => context.loadCerts(bad as string), { ...wrong, message: /^certFile must/ });
    if (bad === undefined) continue;
    assert.throws(() => context.loadCerts(chainFile, bad as string), { ...wrong, message: /^keyFile must/ });
  }
  for (const bad of ['', '\0', `${chainFile}\0`]) {
    assert.throws(() => context.loadCerts(bad), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
});

test('PEM text in place of a file name is refused without showing the key', () => {
  const context = new TLSServerContext();
  const secret = leaf.privateKey.pem.split('\n')[1] as string;
  const calls = [
    () => context.loadCerts(wholeText()),
    () => context.loadCerts(chainFile, leaf.privateKey.pem),
    () => context.loadCerts(chainFile, `${leaf.privateKey.pem}\0`),
    () => context.usePKCS12(leaf.privateKey.pem),
    () => context.setVerifyLocations(wholeText()),
  ];
  for (const call of calls) {
    const error = errorOf(call);
    assert.ok(error instanceof TypeError, inspect(error));
    assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), new RegExp(secret.slice(0, 12)));
  }
});

function errorOf(call: () => unknown): Error & { code?: string } {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  return assert.fail('it did not throw');
}

test('an encrypted key: a string, bytes, a function of either', () => {
  const bytes = Buffer.from(password);
  for (const given of [password, bytes, Uint8Array.from(bytes).buffer, () => password, () => bytes]) {
    assert.deepEqual(shown(new TLSServerContext().loadCerts(chainFile, encryptedFile, given)), withChain);
    const context = new TLSServerContext().useCertificate(chainFile).usePrivateKey(encryptedFile, given);
    assert.deepEqual(shown(context), withChain);
  }
  assert.equal(bytes.toString(), password);
});

test('an encrypted key: no password, a wrong one, one that is none', () => {
  const context = new TLSServerContext().useCertificate(chainFile);
  const uses = [
    (given: unknown) => context.loadCerts(chainFile, encryptedFile, given as string),
    (given: unknown) => context.usePrivateKey(encryptedFile, given as string),
    (given: unknown) => context.usePrivateKey(read('encrypted.pem'), given as string),
  ];
  for (const use of uses) {
    assert.throws(() => use(undefined), { name: 'SSLError', code: 'ERR_PASSWORD_REQUIRED' });
    for (const wrong of ['wrong', '', Buffer.from('wrong'), () => 'wrong', () => '']) {
      const expected = {
        name: 'SSLError',
        code: 'ERR_OSSL_EVP_BAD_DECRYPT',
        hint: 'the password is probably wrong',
      };
      assert.throws(() => use(wrong), expected);
    }
    for (const bad of [5, null, {}, ['x'], () => undefined, () => 5, async () => password]) {
      assert.throws(() => use(bad), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    }
    assert.throws(() => use(`${password}\0`), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => use('x'.repeat(1025)), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  }
  assert.throws(
    () => serialShown(context),
    { code: /HANDSHAKE_FAILURE|NO_SHARED_CIPHER/ },
    'no key has been taken',
  );
});

test('the password function: asked once and only if need be; what it throws comes through', () => {
  const context = new TLSServerContext();
  let asked = 0;
  const ask = () => {
    asked++;
    return password;
  };
  context.loadCerts(chainFile, keyFile, ask);
  assert.equal(asked, 0);
  context.loadCerts(chainFile, encryptedFile, ask);
  assert.equal(asked, 1);
  const thrown = new Error('not today');
  const refuse = () => {
    throw thrown;
  };
  assert.equal(
    errorOf(() => context.loadCerts(chainFile, encryptedFile, refuse)),
    thrown,
  );
  assert.deepEqual(shown(context), withChain);
});

test('the password function may use the context, and free it', () => {
  const context = new TLSServerContext();
  context.loadCerts(chainFile, encryptedFile, () => {
    context.loadCerts(wholeFile).numTickets = 1;
    assert.deepEqual(shown(context), withChain);
    return password;
  });
  assert.equal(context.numTickets, 1);
  const free = () => {
    context.free();
    return password;
  };
  assert.throws(() => context.loadCerts(chainFile, encryptedFile, free), { code: 'ERR_FREED' });
});

test('useCertificate and usePrivateKey: every shape', () => {
  const certificates = [
    leaf.certificate,
    leaf.certificate.pem,
    Buffer.from(leaf.certificate.pem),
    leaf.certificate.raw,
  ];
  const keys = [leaf.privateKey, leaf.privateKey.pem, Buffer.from(leaf.privateKey.pem), leaf.privateKey.raw];
  for (const certificate of [...certificates, chainFile, pathToFileURL(chainFile)]) {
    for (const key of [...keys, keyFile, pathToFileURL(keyFile)]) {
      const context = new TLSServerContext().useCertificate(certificate, [intermediate.certificate]);
      assert.deepEqual(shown(context.usePrivateKey(key)), withChain);
    }
  }
});

test('useCertificate: the chain argument replaces the chain of the text, and that of before', () => {
  const text = read('chain.pem').toString();
  const context = new TLSServerContext().useCertificate(text).usePrivateKey(leaf.privateKey);
  assert.deepEqual(shown(context), withChain);
  const pems = intermediate.certificate.pem + authority.certificate.pem;
  context.useCertificate(text, [pems]);
  assert.deepEqual(shown(context), [...withChain, 'CN=Test CA']);
  context.useCertificate(leaf.certificate, [intermediate.certificate.raw, authority.certificate]);
  assert.deepEqual(shown(context), [...withChain, 'CN=Test CA']);
  context.useCertificate(text, []);
  assert.throws(() => shown(context), { code: 'ERR_SSL_CERTIFICATE_VERIFY_FAILED' });
});

test('useCertificate: a renewed certificate keeps its key; another one drops it', () => {
  const renewed = Certificate.generate({ commonName: 'localhost', issuer: authority });
  const context = show(new TLSServerContext(), other);
  assert.equal(serialShown(context), other.certificate.serialNumber);
  context.useCertificate(renewed.certificate);
  assert.throws(() => serialShown(context), { code: /HANDSHAKE_FAILURE|NO_SHARED_CIPHER/ });
  context.usePrivateKey(renewed.privateKey);
  assert.equal(serialShown(context), renewed.certificate.serialNumber);
  const again = write('renewed.csr', '');
  write('renewed-key.pem', renewed.privateKey.pem);
  write('ca.pem', authority.certificate.pem);
  write('ca-key.pem', authority.privateKey.pem);
  openssl(`req -new -key renewed-key.pem -subj /CN=localhost -out ${again}`);
  openssl('x509 -req -in renewed.csr -CA ca.pem -CAkey ca-key.pem -set_serial 7 -out renewed.pem');
  context.useCertificate(pathOf('renewed.pem'));
  assert.equal(serialShown(context), '07');
});

test('useCertificate and usePrivateKey: wrong types, garbage and freed objects', () => {
  const context = serverContext();
  const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const bad of [undefined, null, 5, {}, [leaf.certificate], leaf.privateKey]) {
    assert.throws(() => context.useCertificate(bad as string), { ...wrong, message: /^certificate must/ });
    if (bad === undefined) continue;
    if (!Array.isArray(bad)) {
      assert.throws(() => context.useCertificate(leaf.certificate, bad as never), {
        ...wrong,
        message: /^chain must/,
      });
    }
    const chain = [intermediate.certificate, bad as never];
    assert.throws(() => context.useCertificate(leaf.certificate, chain), {
      ...wrong,
      message: /^chain\[1\] must/,
    });
  }
  for (const bad of [undefined, null, 5, {}, leaf.certificate]) {
    assert.throws(() => context.usePrivateKey(bad as unknown as string), wrong);
  }
  const garbage = { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' };
  assert.throws(() => context.useCertificate(garbageFile), garbage);
  assert.throws(() => context.usePrivateKey(Buffer.from('garbage')), garbage);
  assert.throws(() => context.useCertificate(Buffer.of(0x30, 3, 2, 1, 0)), { name: 'SSLError' });
  assert.throws(() => context.useCertificate(''), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  const freed = Certificate.generate({ commonName: 'x' });
  freed.certificate.free();
  freed.privateKey.free();
  const gone = { name: 'FreedError', code: 'ERR_FREED' };
  assert.throws(() => context.useCertificate(freed.certificate), gone);
  assert.throws(() => context.useCertificate(leaf.certificate, [freed.certificate]), gone);
  assert.throws(() => context.usePrivateKey(freed.privateKey), gone);
  assert.equal(serialShown(context), localhost.certificate.serialNumber);
});

test('usePrivateKey: another key than the certificate has is refused, and the old one stays', () => {
  const mismatch = { name: 'SSLError', code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' };
  const context = serverContext();
  assert.throws(() => context.usePrivateKey(other.privateKey), mismatch);
  assert.equal(serialShown(context), localhost.certificate.serialNumber);
  const bare = new TLSServerContext().useCertificate(localhost.certificate);
  assert.throws(() => bare.usePrivateKey(other.privateKey), mismatch);
  assert.equal(serialShown(bare.usePrivateKey(localhost.privateKey)), localhost.certificate.serialNumber);
});

test('usePrivateKey: a key of another kind than the certificate that waits for one is refused too', () => {
  const context = new TLSServerContext().useCertificate(localhost.certificate);
  assert.throws(() => context.usePrivateKey(rsa.privateKey), {
    name: 'SSLError',
    code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  });
  assert.equal(serialShown(context.usePrivateKey(localhost.privateKey)), localhost.certificate.serialNumber);
});

test('usePrivateKey before useCertificate works too', () => {
  const context = new TLSServerContext().usePrivateKey(other.privateKey).useCertificate(other.certificate);
  assert.equal(serialShown(context), other.certificate.serialNumber);
});

test('certificates and keys may be freed once a context has them; the context frees none of them', () => {
  const identity = Certificate.generate({ commonName: 'localhost', issuer: authority });
  const { serialNumber } = identity.certificate;
  const context = show(new TLSServerContext(), identity);
  assert.equal(identity.privateKey.freed, false);
  identity.certificate.free();
  identity.privateKey.free();
  assert.equal(serialShown(context), serialNumber);
  context.numTickets = 1;
  assert.equal(serialShown(context), serialNumber, 'also when the settings are replayed');
  const kept = show(new TLSServerContext(), other);
  kept.free();
  assert.equal(other.privateKey.type, 'ec');
});

test('the key must be as strong as the security level asks', () => {
  openssl('req -x509 -newkey rsa:1024 -nodes -subj /CN=weak -keyout weak-key.pem -out weak.pem');
  const context = new TLSServerContext();
  context.securityLevel = 2;
  const weak = { name: 'SSLError', code: 'ERR_SSL_EE_KEY_TOO_SMALL' };
  assert.throws(() => context.loadCerts(pathOf('weak.pem'), pathOf('weak-key.pem')), weak);
  assert.throws(() => context.useCertificate(pathOf('weak.pem')), weak);
  context.securityLevel = 0;
  context.loadCerts(pathOf('weak.pem'), pathOf('weak-key.pem'));
});

test('a context is rebuilt from its settings whatever order they were made in', () => {
  openssl('req -x509 -newkey rsa:512 -nodes -subj /CN=weak -sha256 -keyout weaker-key.pem -out weaker.pem');
  for (const last of [0, 1]) {
    const context = new TLSServerContext();
    context.securityLevel = 0;
    context.loadCerts(pathOf('weaker.pem'), pathOf('weaker-key.pem'));
    context.securityLevel = last;
    assert.throws(() => context.setCiphers('nonsense'), { code: 'ERR_SSL_NO_CIPHER_MATCH' });
    new SSL(context);
    context.numTickets = 1;
    assert.equal(context.numTickets, 1);
    assert.equal(context.securityLevel, last);
  }
});
