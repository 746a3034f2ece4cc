// What holds of every type of store: what is not of the type, and what cannot be had.

import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import test from 'node:test';
import { inspect } from 'node:util';
import { Certificate, CertStoreTypes, SSLError } from 'bladessl';
import { openssl, pathOf, read, write } from '../helpers/openssl-files';
import { encrypt, jwkOf, leaf, open } from '../helpers/store-files';

const names = Object.keys(CertStoreTypes) as (keyof typeof CertStoreTypes)[];
const isUnavailable = (name: string) => /User|Machine|JKS|SecurityKey|BCFKS|PKCS11/.test(name);
const files = names.filter((name) => name.endsWith('File') && !isUnavailable(name));
const blobs = names.filter((name) => name.endsWith('Blob') && !isUnavailable(name));

const garbage = [
  '',
  'garbage',
  'MIIgarbage',
  Buffer.of(0),
  Buffer.alloc(100_000, 0xff),
  Buffer.from('3082', 'hex'),
  Buffer.from('3003020103', 'hex'),
  Buffer.from('30800000', 'hex'),
  '{',
  '{}',
  '{"keys":[1]}',
  '[]',
  '<x/>',
  'PuTTY-User-Key-File-2: ssh-rsa',
  'ssh-rsa AAAA',
  '---- BEGIN SSH2 PUBLIC KEY ----',
  '-----BEGIN CERTIFICATE-----\n',
];

test('the types and their numbers', () => {
  assert.deepEqual(
    names.map((name) => CertStoreTypes[name]),
    [...Array.from({ length: 24 }, (_, number) => number), 99],
  );
  assert.ok(Object.isFrozen(CertStoreTypes));
  assert.equal(files.length + blobs.length, 16);
});

test('garbage is an SSLError of every type', () => {
  for (const name of [...blobs, 'cstAuto'] as const) {
    for (const bytes of garbage) {
      const store = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      const error = errorOf(() => open(store, { type: CertStoreTypes[name], password: 'x' }));
      assert.ok(error instanceof SSLError, `${name}: ${inspect(bytes)}: ${inspect(error)}`);
      assert.match(error.code, /^ERR_(STORE_FORMAT|OSSL_)/, name);
    }
  }
  for (const name of files) {
    const file = write('garbage', 'garbage');
    const error = errorOf(() => open(file, { type: CertStoreTypes[name] }));
    assert.ok(error instanceof SSLError);
    assert.equal(error.code, 'ERR_STORE_FORMAT', name);
  }
});

test('a store of another type is ERR_STORE_FORMAT, with what it looks like', () => {
  openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -out file.p12', ...encrypt);
  openssl('crl2pkcs7 -nocrl -certfile leaf.pem -outform DER -out file.p7b');
  const stores = {
    PFX: read('file.p12'),
    P7B: read('file.p7b'),
    PEM: Buffer.from(leaf.certificate.pem),
    DER: leaf.certificate.raw,
    JWK: Buffer.from(JSON.stringify(jwkOf(leaf))),
  };
  for (const [found, store] of Object.entries(stores)) {
    for (const name of blobs) {
      const isSame = name === `cst${found}Blob`;
      if (isSame || (/PEM|DER/.test(found) && /PEMKey|PublicKeyBlob/.test(name) && !/SSH/.test(name)))
        continue;
      assert.throws(() => open(store, { type: CertStoreTypes[name] }), {
        name: 'SSLError',
        code: 'ERR_STORE_FORMAT',
      });
    }
  }
  assert.throws(() => open(stores.P7B, { type: CertStoreTypes.cstPFXBlob }), { message: /no PFX.* P7B/ });
});

test('types that cannot be had say what to do', () => {
  for (const name of names.filter(isUnavailable)) {
    for (const make of [
      () => open('store', { type: CertStoreTypes[name] }),
      () => new Certificate({ store: 'store', storeType: CertStoreTypes[name] }),
    ]) {
      const error = errorOf(make);
      assert.ok(error instanceof SSLError);
      assert.equal(error.code, 'ERR_STORE_TYPE_UNAVAILABLE');
      assert.match(error.message, name.includes('KS') && !name.includes('PKCS') ? /keytool/ : /./);
      assert.match(error.message, new RegExp(`^${name}: `));
    }
  }
  for (const uri of ['pkcs11:token=t;object=k', 'PKCS11:', new URL('pkcs11:token=t')]) {
    const token = { code: 'ERR_STORE_TYPE_UNAVAILABLE', message: /^cstPKCS11: .*pkcs11-tool/ };
    assert.throws(() => open(uri), token);
    assert.throws(() => new Certificate({ store: uri }), token);
  }
  assert.throws(() => open('./pkcs11:none'), { code: 'ENOENT' });
  const magic = Buffer.from('feedfeed00000002', 'hex');
  assert.throws(() => open(magic), { code: 'ERR_STORE_TYPE_UNAVAILABLE', message: /keytool/ });
});

test('a file that is not there is a system error', () => {
  for (const name of [...files, 'cstAuto'] as const) {
    assert.throws(() => open(pathOf('absent'), { type: CertStoreTypes[name] }), {
      name: 'SSLSyscallError',
      code: 'ENOENT',
    });
  }
});

test('no error shows a store that was given in place of its name', () => {
  const secrets = [leaf.privateKey.pem, JSON.stringify(jwkOf(leaf)), leaf.privateKey.raw.toString('base64')];
  for (const secret of secrets) {
    const part = secret.slice(60, 90);
    for (const name of [...files, ...blobs, 'cstAuto'] as const) {
      for (const store of [secret, Buffer.from(secret), `${secret}\0`, `${secret}x`]) {
        const error = errorOf(() => open(store as string, { type: CertStoreTypes[name], password: secret }));
        assert.ok(!inspect(error).includes(part), name);
      }
    }
  }
});

test('wrong arguments are TypeErrors that name them', () => {
  for (const value of [undefined, null, 1, {}, () => {}, Symbol('x')]) {
    for (const name of [...files, ...blobs, 'cstAuto'] as const) {
      assert.throws(() => open(value as never, { type: CertStoreTypes[name] }), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^options\.store must be/,
      });
    }
  }
  for (const name of files) {
    assert.throws(() => open(Buffer.from('x'), { type: CertStoreTypes[name] }), { name: 'TypeError' });
  }
  for (const name of blobs) {
    assert.throws(() => open(new URL('file:///x'), { type: CertStoreTypes[name] }), { name: 'TypeError' });
  }
  assert.throws(() => open('x', { type: 24 as never }), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => open('x', { type: 'x' as never }), { name: 'TypeError' });
  assert.throws(() => open('x', { pasword: 'x' } as never), { message: /^options must have no other names/ });
});

test('a password of a wrong form is refused by every type, needed or not', () => {
  const stores = [
    leaf.certificate.pem,
    leaf.certificate.raw,
    leaf.privateKey.pem,
    JSON.stringify(jwkOf(leaf)),
    read('file.p7b'),
    createPublicKey(leaf.certificate.pem).export({ type: 'spki', format: 'pem' }),
  ];
  const wrong: readonly (readonly [value: unknown, code: string])[] = [
    [5, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [['secret'], 'ERR_INVALID_ARG_TYPE'],
    ['secret\0', 'ERR_INVALID_ARG_VALUE'],
    ['secret'.repeat(1000), 'ERR_OUT_OF_RANGE'],
  ];
  for (const store of stores) {
    for (const [value, code] of wrong) {
      const password = value as never;
      for (const [name, make] of [
        ['options.password', () => open(store, { password })],
        ['options.keyPassword', () => open(store, { password: 'x', keyPassword: password })],
        ['input.storePassword', () => new Certificate({ store, storePassword: password })],
        ['input.keyPassword', () => new Certificate({ store, keyPassword: password })],
      ] as const) {
        const error = errorOf(make) as Error & { code?: string };
        assert.equal(error.code, code, name);
        assert.ok(error.message.startsWith(`${name} must`), error.message);
        assert.ok(!error.message.includes('secret'));
      }
    }
    const unasked = () => assert.fail('asked');
    assert.ok(open(store, { password: unasked, keyPassword: 'not needed' }));
  }
});

/** What a call throws, or undefined. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
