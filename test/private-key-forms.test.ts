// A key in the shapes of others and back: KeyObject, JWK, encrypted files.

import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
} from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { PrivateKey, type PrivateKeyExportOptions } from 'bladessl';
import { openssl, write } from './helpers/openssl-files';

const password = 'Passwört';
const ec = PrivateKey.generate();
const rsa = PrivateKey.generate({ type: 'rsa' });
const pss = PrivateKey.generate({ type: 'rsa-pss' });
const types = ['ed25519', 'ed448', 'x25519', 'x448'] as const;
const onCurves = types.map((type) => PrivateKey.generate({ type }));
const p521 = PrivateKey.generate({ curve: 'P-521' });
const k256 = PrivateKey.generate({ curve: 'secp256k1' });
const brainpool = PrivateKey.generate({ curve: 'brainpoolP256r1' });
const withJWK = [ec, rsa, ...onCurves, p521, k256];
const all = [...withJWK, pss, brainpool];

test('toKeyObject, and a KeyObject taken: the same key', () => {
  for (const key of all) {
    const object = key.toKeyObject();
    assert.equal(object.type, 'private');
    assert.equal(object.asymmetricKeyType, key.type);
    assert.deepEqual(object.export({ type: 'pkcs8', format: 'der' }), key.raw);
    assert.deepEqual(new PrivateKey(object).raw, key.raw);
  }
  const object = ec.toKeyObject();
  const copy = new PrivateKey(ec.raw);
  const before = copy.toKeyObject();
  copy.free();
  assert.ok(before.equals(object));
});

test('keys that node:crypto makes are taken', () => {
  const made = [
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }),
    generateKeyPairSync('rsa-pss', {
      modulusLength: 2048,
      hashAlgorithm: 'sha384',
      mgf1HashAlgorithm: 'sha384',
    }),
    generateKeyPairSync('ed25519'),
  ];
  for (const { privateKey, publicKey } of made) {
    const key = new PrivateKey(privateKey);
    assert.equal(key.type, privateKey.asymmetricKeyType);
    assert.ok(key.toKeyObject().equals(privateKey));
    assert.equal(key.publicKey, publicKey.export({ type: 'spki', format: 'pem' }));
    assert.deepEqual(key.publicKeyRaw, publicKey.export({ type: 'spki', format: 'der' }));
  }
});

test('a KeyObject of another kind is refused', () => {
  const objects = [createPublicKey(ec.publicKey), createSecretKey(Buffer.alloc(16, 'secret'))];
  for (const object of objects) {
    assert.throws(() => new PrivateKey(object), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: `input must be a private key: '${object.type}'`,
    });
  }
});

test('publicKey is what openssl and node:crypto make of the key', () => {
  for (const key of all) {
    const path = write('key.pem', key.pem);
    assert.equal(key.publicKey.trim(), openssl('pkey -pubout -in', path));
    assert.deepEqual(key.publicKeyRaw, createPublicKey(key.pem).export({ type: 'spki', format: 'der' }));
  }
});

test('toJWK, and a JWK taken: as an object, as text, as bytes, from a file', async () => {
  for (const key of withJWK) {
    const jwk = key.toJWK();
    assert.deepEqual(jwk, createPrivateKey(key.pem).export({ format: 'jwk' }));
    const text = JSON.stringify(jwk);
    const path = write('key.json', `${JSON.stringify(jwk, null, 2)}\n`);
    const spaced = `\n ${text}\n`;
    const marked = Buffer.from(`\ufeff${spaced}`);
    const inputs = [jwk, text, spaced, Buffer.from(text), marked, path, pathToFileURL(path)];
    for (const input of inputs) {
      assert.deepEqual(new PrivateKey(input).raw, key.raw);
      assert.deepEqual((await PrivateKey.load(input)).raw, key.raw);
    }
  }
});

test('a key without a JWK form says so', () => {
  for (const key of [pss, brainpool]) {
    assert.throws(() => key.toJWK(), { name: 'SSLError', code: 'ERR_JWK_UNSUPPORTED' });
  }
});

test('a JWK that is none is refused, and not shown', async () => {
  const jwk = ec.toJWK();
  const ed = (onCurves[0] as PrivateKey).toJWK();
  const { d: _, ...publicOnly } = jwk;
  const { d = '' } = jwk;
  const bad: (JsonWebKey | string)[] = [
    publicOnly,
    { ...jwk, kty: 'none' },
    { ...jwk, crv: 'none' },
    { ...jwk, x: 'AAAA' },
    { ...jwk, d: { secret: d } as never },
    { ...ed, x: (PrivateKey.generate({ type: 'ed25519' }).toJWK() as { x: string }).x },
    { ...ed, x: 5 as never },
    { kty: 'oct', k: d },
    { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
    { ...rsa.toJWK(), oth: [{ r: d, d, t: d }] },
    { ...rsa.toJWK(), oth: null as never },
    `{ "keys": [${JSON.stringify(jwk)}] }`,
    `{ "kty": 5, "d": "${d}" }`,
    `{ "kty": "EC", "d": "${d}", }`,
    '{}',
  ];
  for (const input of bad) {
    const expected = (error: Error & { code?: string }) => {
      assert.equal(error.name, 'SSLError');
      assert.equal(error.code, 'ERR_INVALID_JWK');
      assert.ok(!error.message.includes(d));
      return true;
    };
    assert.throws(() => new PrivateKey(input as JsonWebKey), expected);
    await assert.rejects(PrivateKey.load(input as JsonWebKey), expected);
    if (typeof input === 'string') assert.throws(() => new PrivateKey(Buffer.from(input)), expected);
  }
  assert.throws(() => new PrivateKey(Buffer.from('{ half')), { code: 'ERR_OSSL_PEM_NO_START_LINE' });
  assert.throws(() => new PrivateKey('{"kty":"EC"}\0'), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
});

test('DER in base64: as text, as bytes, from a file', async () => {
  for (const key of all) {
    for (const der of [key.raw, key.toDER({ password, iterations: 1000 })]) {
      const text = der.toString('base64');
      const lines = `\n${text.replace(/.{64}/g, '$&\r\n')}\n`;
      const path = write('key.b64', lines);
      for (const input of [text, lines, Buffer.from(lines), path]) {
        assert.ok(new PrivateKey(input, password).equals(key));
        assert.ok((await PrivateKey.load(input, password)).equals(key));
      }
    }
  }
});

test('text that has a key in it, but none that is read here, is not taken for the name of a file', async () => {
  const secret = rsa.raw.toString('base64');
  const der = `${secret.slice(0, 200)}!`;
  const ppk = `PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 1\n${secret}`;
  const xml = `<RSAKeyValue><D>${secret}</D></RSAKeyValue>`;
  for (const [text, code, hint] of [
    [der, 'ERR_OSSL_PEM_NO_START_LINE', undefined],
    [`{"d":"${secret}`, 'ERR_OSSL_PEM_NO_START_LINE', undefined],
    [ppk, 'ERR_NOT_A_PRIVATE_KEY', 'new CertificateStore({ store }) opens it'],
    [xml, 'ERR_NOT_A_PRIVATE_KEY', 'new CertificateStore({ store }) opens it'],
  ] as const) {
    for (const input of [text, Buffer.from(text), write('secret', text)]) {
      const expected = (error: Error & { code?: string; hint?: string }) => {
        assert.deepEqual([error.name, error.code, error.hint], ['SSLError', code, hint]);
        assert.ok(!inspect(error).includes(secret.slice(0, 30)));
        return true;
      };
      assert.throws(() => new PrivateKey(input), expected);
      await assert.rejects(PrivateKey.load(input), expected);
    }
  }
});

test('PEM after a brace is PEM', () => {
  assert.ok(new PrivateKey(`{ a note }\n${ec.pem}`).equals(ec));
  assert.ok(new PrivateKey(Buffer.from(`{ a note }\n${ec.pem}{}`)).equals(ec));
});

test('toPEM and toDER without a password: PKCS#8, PKCS#1 and SEC1 as openssl writes them', () => {
  for (const key of all) {
    assert.equal(key.toPEM(), key.pem);
    assert.deepEqual(key.toDER({ type: 'pkcs8' }), key.raw);
  }
  for (const [key, type] of [
    [rsa, 'pkcs1'],
    [ec, 'sec1'],
    [p521, 'sec1'],
  ] as const) {
    const pem = key.toPEM({ type });
    assert.equal(pem.trim(), openssl('pkey -traditional -in', write('key.pem', key.pem)));
    assert.equal(pem, key.toKeyObject().export({ type, format: 'pem' }));
    assert.deepEqual(key.toDER({ type }), key.toKeyObject().export({ type, format: 'der' }));
    for (const input of [pem, key.toDER({ type })]) assert.deepEqual(new PrivateKey(input).raw, key.raw);
  }
});

test('an encrypted key: here, in openssl and in node:crypto', () => {
  const iterations = 1000;
  for (const key of all) {
    const pem = key.toPEM({ password, iterations });
    assert.match(pem, /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/);
    const path = write('encrypted.pem', pem);
    assert.equal(openssl('pkey -in', path, '-passin', `pass:${password}`), key.pem.trim());
    const object = createPrivateKey({ key: pem, passphrase: password });
    assert.deepEqual(object.export({ type: 'pkcs8', format: 'der' }), key.raw);
    assert.deepEqual(new PrivateKey(Buffer.from(pem), password).raw, key.raw);
    assert.throws(() => new PrivateKey(pem, 'wrong'), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
    assert.throws(() => new PrivateKey(pem), { code: 'ERR_PASSWORD_REQUIRED' });
    const der = key.toDER({ password: Buffer.from(password), iterations });
    assert.deepEqual(new PrivateKey(der, password).raw, key.raw);
  }
});

test('how it is encrypted: PBES2, PBKDF2 with SHA-256, a salt of 16 bytes that is new each time', () => {
  const parse = (options: PrivateKeyExportOptions) =>
    openssl('asn1parse -inform DER -in', write('encrypted.der', ec.toDER(options)));
  const first = parse({ password });
  assert.match(first, /PBES2/);
  assert.match(first, /PBKDF2/);
  assert.match(first, /hmacWithSHA256/);
  assert.match(first, /INTEGER +:0927C0\n/);
  assert.match(first, /aes-256-cbc/);
  const salt = /OCTET STRING +\[HEX DUMP\]:([0-9A-F]{32})\n/;
  assert.match(first, salt);
  assert.notEqual(salt.exec(first)?.[1], salt.exec(parse({ password }))?.[1]);
  for (const cipher of ['aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'] as const) {
    assert.ok(parse({ password, cipher, iterations: 1000 }).includes(`:${cipher}`));
    assert.match(parse({ password, cipher, iterations: 4096 }), /INTEGER +:1000\n/);
  }
});

test('wrong options of toPEM and toDER', () => {
  const refused = (key: PrivateKey, options: unknown, name: string, code: string, message: RegExp) => {
    const expected = { name, code, message };
    assert.throws(() => key.toPEM(options as PrivateKeyExportOptions), expected);
    assert.throws(() => key.toDER(options as PrivateKeyExportOptions), expected);
  };
  const [typeError, value, type] = ['TypeError', 'ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_TYPE'];
  refused(ec, null, typeError, type, /^options /);
  refused(ec, { passphrase: 'secret' }, typeError, value, /^options .* password, .*: 'passphrase'$/);
  refused(ec, Buffer.from('secret'), typeError, value, /^options .*: '0'$/);
  refused(ec, { type: 5 }, typeError, type, /^options\.type /);
  for (const form of ['pkcs7', '', 'spki']) refused(ec, { type: form }, typeError, value, /^options\.type /);
  for (const [key, form] of [
    [ec, 'pkcs1'],
    [rsa, 'sec1'],
    [pss, 'pkcs1'],
    [onCurves[0] as PrivateKey, 'sec1'],
  ] as const) {
    refused(key, { type: form }, typeError, value, /^options\.type is for (ec|rsa) keys, not /);
  }
  for (const cipher of ['des', 'des-ede3-cbc', 'rc2', 'aes-256-gcm', 'AES-256-CBC', 'none', null, 5]) {
    refused(ec, { password, cipher }, typeError, value, /^options\.cipher /);
  }
  refused(ec, { cipher: 'aes-128-cbc' }, typeError, value, /^options\.cipher .*password/);
  refused(ec, { iterations: 5000 }, typeError, value, /^options\.iterations .*password/);
  refused(ec, { type: 'sec1', password }, typeError, value, /^options\.type /);
  for (const iterations of [999, 5_000_001, 1.5, Number.NaN]) {
    refused(ec, { password, iterations }, 'RangeError', 'ERR_OUT_OF_RANGE', /^options\.iterations /);
  }
  const hidden = /^(?!.*(12345|secret))options\.password/;
  for (const wrong of [undefined, null, 12345, { secret: 1 }, () => 'secret']) {
    refused(ec, { password: wrong }, typeError, type, hidden);
  }
  refused(ec, { password: 'secret\0' }, typeError, value, hidden);
  refused(ec, { password: '' }, typeError, value, hidden);
  refused(ec, { password: 'x'.repeat(1025) }, 'RangeError', 'ERR_OUT_OF_RANGE', hidden);
});

test('the password in bytes is left alone', () => {
  const secret = Buffer.from(password);
  ec.toDER({ password: secret, iterations: 1000 });
  assert.equal(secret.toString(), password);
});

test('a freed key gives nothing', () => {
  const key = new PrivateKey(ec.raw);
  key.free();
  const freed = { name: 'FreedError', code: 'ERR_FREED' };
  const uses = [
    () => key.publicKey,
    () => key.publicKeyRaw,
    () => key.toPEM(),
    () => key.toDER({ password }),
    () => key.toJWK(),
    () => key.toKeyObject(),
  ];
  for (const use of uses) assert.throws(use, freed);
});
