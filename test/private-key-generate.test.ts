import assert from 'node:assert/strict';
import { sign, verify } from 'node:crypto';
import { once } from 'node:events';
import test from 'node:test';
import { Worker } from 'node:worker_threads';
import { PrivateKey, type PrivateKeyGenerateOptions, versions } from 'bladessl';
import { openssl, write } from './helpers/openssl-files';

const isNew = Number.parseFloat(versions.openssl) >= 3.5;

const kinds: [PrivateKeyGenerateOptions | undefined, type: string, bits: number, group?: string][] = [
  [undefined, 'ec', 256, 'prime256v1'],
  [{}, 'ec', 256, 'prime256v1'],
  [{ type: 'ec', curve: 'secp384r1' }, 'ec', 384, 'secp384r1'],
  [{ curve: 'P-521' }, 'ec', 521, 'secp521r1'],
  [{ curve: 'secp256k1' }, 'ec', 256, 'secp256k1'],
  [{ type: 'rsa' }, 'rsa', 2048],
  [{ type: 'rsa', bits: 1024, publicExponent: 3 }, 'rsa', 1024],
  [{ type: 'rsa-pss', bits: 1031 }, 'rsa-pss', 1031],
  [{ type: 'ed25519' }, 'ed25519', 256],
  [{ type: 'ed448' }, 'ed448', 456],
  [{ type: 'x25519' }, 'x25519', 253],
  [{ type: 'x448' }, 'x448', 448],
];

for (const [options, type, bits, group] of kinds) {
  test(`generate and generateAsync: ${JSON.stringify(options)}`, async () => {
    const made = [PrivateKey.generate(options), await PrivateKey.generateAsync(options)];
    for (const key of made) {
      assert.equal(key.type, type);
      assert.equal(key.bits, bits);
      assert.equal(key.group, group);
      const path = write('made.pem', key.pem);
      assert.match(openssl('pkey -noout -check -in', path), /Key is valid/);
      const object = key.toKeyObject();
      const exponent = object.asymmetricKeyDetails?.publicExponent;
      if (exponent !== undefined) assert.equal(exponent, BigInt(options?.publicExponent ?? 65537));
      if (type.startsWith('x')) continue;
      const signature = sign(null, Buffer.from('data'), object);
      assert.ok(verify(null, Buffer.from('data'), key.publicKey, signature));
    }
    const [first, second] = made as [PrivateKey, PrivateKey];
    assert.equal(first.equals(second), false);
  });
}

test('kinds that newer versions of OpenSSL have', async () => {
  for (const type of ['ml-dsa-65', 'ml-kem-768', 'slh-dsa-sha2-128f']) {
    if (isNew) {
      assert.equal(PrivateKey.generate({ type }).type, type);
      assert.equal((await PrivateKey.generateAsync({ type })).type, type);
      continue;
    }
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: new RegExp(`'${type}'`) };
    assert.throws(() => PrivateKey.generate({ type }), expected);
    await assert.rejects(PrivateKey.generateAsync({ type }), expected);
  }
});

test('wrong options', async () => {
  const refused = async (options: unknown, name: string, code: string, message: RegExp) => {
    const expected = { name, code, message };
    assert.throws(() => PrivateKey.generate(options as PrivateKeyGenerateOptions), expected);
    await assert.rejects(PrivateKey.generateAsync(options as PrivateKeyGenerateOptions), expected);
  };
  const [type, value, range] = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_OUT_OF_RANGE'];
  await refused(null, 'TypeError', type, /^options /);
  await refused('ec', 'TypeError', type, /^options /);
  const names = /^options must have no other names than type, curve, bits, publicExponent: 'modulusLength'$/;
  await refused({ type: 'rsa', modulusLength: 4096 }, 'TypeError', value, names);
  await refused({ modulusLength: undefined }, 'TypeError', value, names);
  await refused({ ['x'.repeat(1e6)]: 1 }, 'TypeError', value, /^options .{1,200}$/);
  await refused({ '\u001b[2J\0': 1 }, 'TypeError', value, /'\\x1B\[2J\\x00'$/);
  await refused({ type: 5 }, 'TypeError', type, /^options\.type /);
  for (const kind of ['', 'EC', 'dh', 'dsa', 'hmac', 'ec\0', 'ml-dsa-', 'toString']) {
    await refused({ type: kind }, 'TypeError', value, /^options\.type /);
  }
  await refused({ type: 'ml-dsa-1' }, 'TypeError', value, /'ml-dsa-1'/);
  await refused({ curve: 5 }, 'TypeError', type, /^options\.curve /);
  await refused({ curve: '' }, 'TypeError', value, /^options\.curve /);
  await refused({ curve: 'P-256\0' }, 'TypeError', value, /^options\.curve /);
  await refused({ curve: 'P-1' }, 'TypeError', value, /curve 'P-1'/);
  await refused({ curve: 'x'.repeat(100_000) }, 'TypeError', value, /curve 'x/);
  await refused({ type: 'rsa', curve: 'P-256' }, 'TypeError', value, /^options\.curve /);
  await refused({ type: 'ec', bits: 2048 }, 'TypeError', value, /^options\.bits /);
  await refused({ type: 'ed25519', publicExponent: 3 }, 'TypeError', value, /^options\.publicExponent /);
  for (const bits of [1023, 16385, 2048.5, Number.NaN, -1]) {
    await refused({ type: 'rsa', bits }, 'RangeError', range, /^options\.bits /);
  }
  await refused({ type: 'rsa', bits: '2048' }, 'TypeError', type, /^options\.bits /);
  await refused({ type: 'rsa', publicExponent: 1 }, 'RangeError', range, /^options\.publicExponent /);
  await refused(
    { type: 'rsa', publicExponent: 2 ** 32 + 1 },
    'RangeError',
    range,
    /^options\.publicExponent /,
  );
  await refused({ type: 'rsa', publicExponent: 4 }, 'TypeError', value, /^options\.publicExponent /);
});

test('many at a time', async () => {
  const keys = await Promise.all(Array.from({ length: 100 }, () => PrivateKey.generateAsync()));
  assert.equal(new Set(keys.map((key) => key.publicKey)).size, 100);
});

const work = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { PrivateKey } = require(workerData);
  const encrypted = PrivateKey.generate().toPEM({ password: 'secret', iterations: 1000 });
  const next = () => PrivateKey.load(encrypted, async () => 'secret')
    .then(() => PrivateKey.generateAsync({ type: 'rsa', bits: 1024 }))
    .then((key) => parentPort.postMessage(key.type))
    .then(next);
  for (let i = 0; i < 8; i++) next();
`;

test('a worker may be terminated while keys are made and read', async () => {
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(work, { eval: true, workerData: require.resolve('bladessl') });
    assert.deepEqual(await once(worker, 'message'), ['rsa']);
    assert.equal(await worker.terminate(), 1);
  }
  assert.equal((await PrivateKey.generateAsync()).type, 'ec');
});
