import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { type AsyncPassword, Certificate, PrivateKey } from 'bladessl';
import { pathOf, write } from './helpers/openssl-files';

const password = 'Passwört';
const key = PrivateKey.generate();
const encrypted = key.toPEM({ password, iterations: 1000 });
const plainPath = write('plain.pem', key.pem);
const encryptedPath = write('encrypted.pem', encrypted);

test('load takes what the constructor takes', async () => {
  const inputs = [
    key.pem,
    key.raw,
    Uint8Array.from(key.raw).buffer,
    plainPath,
    pathToFileURL(plainPath),
    key.toKeyObject(),
    key.toJWK(),
  ];
  for (const input of inputs) {
    const loaded = await PrivateKey.load(input);
    assert.ok(loaded instanceof PrivateKey);
    assert.deepEqual(loaded.raw, key.raw);
  }
});

test('the password: text, bytes, and functions that answer now or later', async () => {
  const later = () => new Promise<string>((resolve) => setImmediate(resolve, password));
  const passwords = [
    password,
    Buffer.from(password),
    () => password,
    async () => Buffer.from(password),
    later,
  ];
  for (const secret of passwords) {
    for (const input of [encrypted, Buffer.from(encrypted), encryptedPath, pathToFileURL(encryptedPath)]) {
      assert.deepEqual((await PrivateKey.load(input, secret)).raw, key.raw);
    }
  }
});

test('the password function is called once, only for an encrypted key', async () => {
  let calls = 0;
  const answer = async () => {
    calls++;
    return password;
  };
  await PrivateKey.load(plainPath, answer);
  assert.equal(calls, 0);
  await PrivateKey.load(encryptedPath, answer);
  assert.equal(calls, 1);
});

test('what the password function throws, or rejects with, reaches the caller unchanged', async () => {
  const mine = new Error('mine');
  const failing: (() => Promise<string>)[] = [
    () => {
      throw mine;
    },
    () => Promise.reject(mine),
  ];
  for (const answer of failing) {
    await assert.rejects(PrivateKey.load(encrypted, answer), (error) => error === mine);
  }
});

test('what load refuses is what the constructor refuses', async () => {
  const { certificate } = Certificate.generate({ commonName: 'x' });
  const refused: [input: string | Uint8Array, password: AsyncPassword | undefined, code: string][] = [
    [encrypted, undefined, 'ERR_PASSWORD_REQUIRED'],
    [encrypted, 'wrong', 'ERR_OSSL_EVP_BAD_DECRYPT'],
    [encrypted, async () => 'wrong', 'ERR_OSSL_EVP_BAD_DECRYPT'],
    [certificate.pem, password, 'ERR_NOT_A_PRIVATE_KEY'],
    [certificate.raw, password, 'ERR_NOT_A_PRIVATE_KEY'],
    [Buffer.from('hello'), () => password, 'ERR_OSSL_PEM_NO_START_LINE'],
    [Buffer.concat([key.raw, Buffer.of(0)]), undefined, 'ERR_TRAILING_DATA'],
  ];
  for (const [input, secret, code] of refused) {
    await assert.rejects(PrivateKey.load(input, secret), { name: 'SSLError', code });
  }
  await assert.rejects(PrivateKey.load(pathOf('absent.pem')), { name: 'SSLSyscallError', code: 'ENOENT' });
});

test('wrong arguments reject, and show no password', async () => {
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const input of [undefined, null, 1, {}, () => key.pem, key]) {
    await assert.rejects(PrivateKey.load(input as never), { ...type, message: /^input / });
  }
  for (const input of ['a\0b', `${key.pem}\0`]) {
    await assert.rejects(PrivateKey.load(input), {
      name: 'TypeError',
      message: 'input must not contain a NUL character',
    });
  }
  const url = new URL('https://key.example/');
  await assert.rejects(PrivateKey.load(url), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  const message = /^(?!.*(12345|secret)).*password/;
  for (const wrong of [12345, null, { secret: 1 }, ['secret']]) {
    await assert.rejects(PrivateKey.load(encrypted, wrong as never), { ...type, message });
    await assert.rejects(PrivateKey.load(encrypted, (async () => wrong) as never), { ...type, message });
  }
});

test('bytes of a caller and of its password are left alone', async () => {
  const input = Buffer.from(encrypted);
  const secret = Buffer.from(password);
  await PrivateKey.load(input, secret);
  await PrivateKey.load(input, async () => secret);
  assert.equal(input.toString(), encrypted);
  assert.equal(secret.toString(), password);
});

test('many at a time', async () => {
  const keys = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      PrivateKey.load(i % 2 ? encryptedPath : plainPath, async () => password),
    ),
  );
  for (const loaded of keys) assert.ok(loaded.equals(key));
});
