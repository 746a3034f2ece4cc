// Whom a context trusts.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, type SSLContext, TLSClientContext } from 'bladessl';
import { attempt } from './helpers/handshake';
import { authority, clientContext, type Identity, localhost, serverContext } from './helpers/identities';
import { openssl, pathOf, write } from './helpers/openssl-files';

const secondAuthority = Certificate.generate({ commonName: 'Second CA' });
const second = Certificate.generate({ commonName: 'localhost', issuer: secondAuthority });
const caFile = write('ca.pem', authority.certificate.pem);
const secondFile = write('second.pem', secondAuthority.certificate.pem);
const bothFile = write('both.pem', authority.certificate.pem + secondAuthority.certificate.pem);
const garbageFile = write('garbage.pem', 'nothing of use\n');

/** A directory for OpenSSL: files named by the hash of their subject. */
function hashed(name: string, ca: Identity): string {
  mkdirSync(pathOf(name));
  write(`${name}/ca.pem`, ca.certificate.pem);
  openssl(`rehash ${name}`);
  return pathOf(name);
}

const directory = hashed('hashed', authority);
const secondDirectory = hashed('second-hashed', secondAuthority);

/** Whose servers a client's context takes: the CA's, the second CA's. */
function trusts(context: SSLContext): [boolean, boolean] {
  const accepts = (identity: Identity) => {
    const { clientError } = attempt(context, serverContext(identity));
    if (clientError === undefined) return true;
    assert.equal(clientError.verifyError?.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    return false;
  };
  return [accepts(localhost), accepts(second)];
}

test('a client trusts nobody to begin with', () => {
  assert.deepEqual(trusts(new TLSClientContext()), [false, false]);
});

test('setVerifyLocations: a file, a directory, both; by name and by URL', () => {
  type Locations = Parameters<SSLContext['setVerifyLocations']>[0];
  const cases: [Locations, [boolean, boolean]][] = [
    [caFile, [true, false]],
    [pathToFileURL(caFile), [true, false]],
    [bothFile, [true, true]],
    [{ file: caFile }, [true, false]],
    [{ file: pathToFileURL(secondFile) }, [false, true]],
    [{ path: directory }, [true, false]],
    [{ file: secondFile, path: directory }, [true, true]],
    [{ file: caFile, path: secondDirectory }, [true, true]],
  ];
  for (const [locations, expected] of cases) {
    assert.deepEqual(
      trusts(new TLSClientContext().setVerifyLocations(locations)),
      expected,
      inspect(locations),
    );
  }
});

test('trust adds up, and knows no doubles', () => {
  const context = new TLSClientContext();
  for (let turn = 0; turn < 3; turn++) {
    context.setVerifyLocations(caFile).setVerifyLocations({ path: directory }).addCA(authority.certificate);
    assert.deepEqual(trusts(context), [true, false]);
  }
  context.setVerifyLocations({ path: secondDirectory });
  assert.deepEqual(trusts(context), [true, true]);
});

test('setVerifyLocations: what cannot be read, or has no certificate; nothing is taken', () => {
  const missing = pathOf('missing');
  const key = write('key.pem', localhost.privateKey.pem);
  const system = { name: 'SSLSyscallError' };
  const cases: [unknown, object][] = [
    [missing, { ...system, code: 'ENOENT', errno: -2, syscall: 'open' }],
    [{ path: missing }, { ...system, code: 'ENOENT', errno: -2 }],
    [directory, { ...system, code: 'EISDIR' }],
    [{ path: caFile }, { ...system, code: 'ENOTDIR', errno: -20 }],
    [garbageFile, { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [key, { name: 'SSLError', code: 'ERR_NOT_A_CERTIFICATE' }],
    [
      { file: missing, path: directory },
      { ...system, code: 'ENOENT' },
    ],
    [
      { file: garbageFile, path: directory },
      { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' },
    ],
    [
      { file: caFile, path: missing },
      { ...system, code: 'ENOENT' },
    ],
  ];
  for (const [locations, error] of cases) {
    const context = new TLSClientContext();
    assert.throws(() => context.setVerifyLocations(locations as string), error, inspect(locations));
    assert.deepEqual(trusts(context), [false, false], inspect(locations));
  }
});

test('setVerifyLocations: wrong arguments', () => {
  const context = new TLSClientContext();
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const bad of [undefined, null, 5, true, { file: 5 }, { path: 5 }, { file: null }, { path: null }]) {
    assert.throws(() => context.setVerifyLocations(bad as unknown as string), type, inspect(bad));
  }
  const value = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
  for (const bad of [
    {},
    { file: undefined, path: undefined },
    '',
    { path: '' },
    `${caFile}\0`,
    { path: `${directory}\0` },
  ]) {
    assert.throws(() => context.setVerifyLocations(bad as string), value, inspect(bad));
  }
});

test('a directory whose name OpenSSL would take apart is refused', () => {
  mkdirSync(pathOf('one:two'));
  assert.throws(() => new TLSClientContext().setVerifyLocations({ path: pathOf('one:two') }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
  });
});

test('addCA: a certificate in every shape, one or several', () => {
  const { certificate } = authority;
  const shapes = [
    certificate,
    certificate.pem,
    Buffer.from(certificate.pem),
    certificate.raw,
    caFile,
    pathToFileURL(caFile),
  ];
  for (const shape of shapes) {
    assert.deepEqual(trusts(new TLSClientContext().addCA(shape)), [true, false]);
    assert.deepEqual(trusts(new TLSClientContext().addCA([secondFile, shape])), [true, true]);
  }
  assert.deepEqual(trusts(new TLSClientContext().addCA(bothFile)), [true, true]);
  assert.deepEqual(trusts(new TLSClientContext().addCA([])), [false, false]);
});

test('addCA: wrong types, garbage, freed objects; one bad one spoils all', () => {
  const freed = Certificate.generate({ commonName: 'x' }).certificate;
  freed.free();
  const cases: [unknown, object][] = [
    [undefined, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [null, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [5, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [{}, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    [authority.privateKey, { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' }],
    ['', { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' }],
    ['/no/such/file', { name: 'SSLSyscallError', code: 'ENOENT' }],
    [Buffer.from('garbage'), { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [Buffer.alloc(0), { name: 'SSLError', code: 'ERR_OSSL_PEM_NO_START_LINE' }],
    [authority.privateKey.pem, { name: 'SSLError', code: 'ERR_NOT_A_CERTIFICATE' }],
    [freed, { name: 'FreedError', code: 'ERR_FREED' }],
  ];
  for (const [bad, error] of cases) {
    const context = new TLSClientContext();
    assert.throws(() => context.addCA(bad as string), error, inspect(bad));
    assert.throws(() => context.addCA([authority.certificate, bad as string]), error, inspect(bad));
    assert.deepEqual(trusts(context), [false, false]);
  }
});

test('a CA may be freed once a context has it', () => {
  const copy = new Certificate(authority.certificate.pem);
  const context = new TLSClientContext().addCA(copy);
  copy.free();
  assert.deepEqual(trusts(context), [true, false]);
});

test('what one context trusts is nothing to another', () => {
  const [first, other] = [clientContext(), clientContext(secondAuthority.certificate)];
  assert.deepEqual(trusts(first), [true, false]);
  assert.deepEqual(trusts(other), [false, true]);
  for (const context of [first, other]) context.loadDefaultTrust();
  assert.deepEqual(trusts(first), [true, false]);
  assert.deepEqual(trusts(other), [false, true]);
  first.addCA(secondAuthority.certificate);
  assert.deepEqual(trusts(first), [true, true]);
  assert.deepEqual(trusts(other), [false, true]);
  assert.deepEqual(trusts(new TLSClientContext().loadDefaultTrust()), [false, false]);
  first.free();
  assert.deepEqual(trusts(other), [false, true]);
});

test('loadDefaultTrust: the system has something, and says where', () => {
  assert.equal(clientContext().trustSource, undefined);
  const source = new TLSClientContext().loadDefaultTrust().trustSource ?? '';
  assert.ok(source === 'node' || existsSync(source), source);
});

const child = `
  const [library, helpers] = process.argv.slice(1);
  const { TLSClientContext, TLSServerContext } = require(library);
  const { attempt } = require(helpers);
  const context = new TLSClientContext();
  try { context.loadDefaultTrust(); } catch (error) { return console.log(JSON.stringify({ code: error.code })); }
  const accepts = ['local.pem', 'other.pem'].map((file) => {
    return attempt(context, new TLSServerContext().loadCerts(file)).clientError === undefined;
  });
  console.log(JSON.stringify({ source: context.trustSource, accepts }));
`;

write('local.pem', localhost.certificate.pem + localhost.privateKey.pem);
write('other.pem', second.certificate.pem + second.privateKey.pem);

/** What loadDefaultTrust comes to in a process with these variables. */
function underEnvironment(variables: Record<string, string>): unknown {
  const { SSL_CERT_FILE: _file, SSL_CERT_DIR: _directory, ...rest } = process.env;
  const args = [
    '-e',
    `(() => {${child}})()`,
    require.resolve('bladessl'),
    require.resolve('./helpers/handshake'),
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: pathOf('.'),
    env: { ...rest, ...variables },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('loadDefaultTrust: SSL_CERT_FILE and SSL_CERT_DIR come first', () => {
  const cases: [Record<string, string>, string, [boolean, boolean]][] = [
    [{ SSL_CERT_FILE: caFile }, caFile, [true, false]],
    [{ SSL_CERT_FILE: bothFile }, bothFile, [true, true]],
    [{ SSL_CERT_DIR: secondDirectory }, secondDirectory, [false, true]],
    [{ SSL_CERT_FILE: caFile, SSL_CERT_DIR: secondDirectory }, caFile, [true, false]],
  ];
  for (const [variables, source, accepts] of cases) {
    assert.deepEqual(underEnvironment(variables), { source, accepts }, inspect(variables));
  }
});

test('loadDefaultTrust: a variable that names nothing of use is an error, not the trust of the whole system', () => {
  const cases: [Record<string, string>, string][] = [
    [{ SSL_CERT_FILE: pathOf('missing.pem') }, 'ENOENT'],
    [{ SSL_CERT_FILE: garbageFile }, 'ERR_OSSL_PEM_NO_START_LINE'],
    [{ SSL_CERT_FILE: '/dev/null' }, 'ERR_OSSL_PEM_NO_START_LINE'],
    [{ SSL_CERT_FILE: directory }, 'EISDIR'],
    [{ SSL_CERT_DIR: pathOf('missing') }, 'ENOENT'],
    [{ SSL_CERT_DIR: caFile }, 'ENOTDIR'],
  ];
  for (const [variables, code] of cases) {
    assert.deepEqual(underEnvironment(variables), { code }, inspect(variables));
  }
});

test('loadDefaultTrust: empty variables are none', () => {
  const plain = underEnvironment({});
  assert.deepEqual(underEnvironment({ SSL_CERT_FILE: '', SSL_CERT_DIR: '' }), plain);
  assert.deepEqual((plain as { accepts: unknown }).accepts, [false, false]);
});

test('loadDefaultTrust: one directory that cannot be read spoils them all', (t) => {
  const good = pathOf('hashed-one');
  mkdirSync(good);
  write('hashed-one/ca.pem', authority.certificate.pem);
  openssl('rehash hashed-one');
  const { env } = process;
  process.env = { SSL_CERT_DIR: `${good}:${pathOf('not-there-at-all')}` };
  t.after(() => (process.env = env));
  const context = new TLSClientContext();
  assert.throws(() => context.loadDefaultTrust(), { name: 'SSLSyscallError', code: 'ENOENT' });
  assert.equal(context.trustSource, undefined);
  const { clientError } = attempt(context, serverContext());
  assert.equal(clientError?.name, 'CertificateVerifyError');
});
