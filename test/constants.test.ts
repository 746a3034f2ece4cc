import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import test from 'node:test';
import * as bladessl from 'bladessl';

/** The literal `V` is the type of the constant: `number` would not do, nor another literal. */
type IsExactly<T, V> = [T] extends [V] ? ([V] extends [T] ? true : false) : false;

/** Checked by the compiler; they have nothing to do at run time. */
const typeAssertions: [
  IsExactly<typeof bladessl.SSL_FILETYPE_PEM, 1>,
  IsExactly<typeof bladessl.SSL_VERIFY_NONE, 0>,
  IsExactly<typeof bladessl.SSL_VERIFY_PEER, 1>,
  IsExactly<typeof bladessl.SSL_ERROR_WANT_READ, 2>,
  IsExactly<typeof bladessl.SSL_OP_CRYPTOPRO_TLSEXT_BUG, 2147483648>,
  IsExactly<typeof bladessl.TLS1_3_VERSION, 772>,
  IsExactly<typeof bladessl.X509_V_ERR_CERT_HAS_EXPIRED, 10>,
  IsExactly<bladessl.FileType, 1 | 2>,
  IsExactly<bladessl.CloseFlag, 0 | 1>,
  IsExactly<bladessl.VerifyMode, number>,
  IsExactly<typeof bladessl.AF_INET, number>,
  IsExactly<typeof bladessl.TCP_USER_TIMEOUT, number | undefined>,
] = [true, true, true, true, true, true, true, true, true, true, true, true];

const packageRoot = dirname(require.resolve('bladessl/package.json'));
const addon: { readonly constants: Readonly<Record<string, number>> } =
  require('node-gyp-build')(packageRoot);

/** Every exported number; the package exports no other numbers than constants, and IGNORE_* are its own. */
const exported = new Map(
  Object.entries(bladessl).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && !entry[0].startsWith('IGNORE_'),
  ),
);

test('the literal types are those of the headers', () => {
  assert.ok(typeAssertions.every(Boolean));
});

test('every exported constant has the value that the addon was compiled with', () => {
  const wrong = [...exported].filter(([name, value]) => addon.constants[name] !== value);
  assert.deepEqual(wrong, []);
});

test('every constant of the addon is exported', () => {
  const missing = Object.keys(addon.constants).filter((name) => !exported.has(name));
  assert.deepEqual(missing, []);
});

test('the constants are numbers that are exact, and none is negative', () => {
  for (const [name, value] of exported) assert.ok(Number.isSafeInteger(value) && value >= 0, name);
});

test('the object of the addon cannot be changed', () => {
  assert.ok(Object.isFrozen(addon.constants));
});

test('every verification result has a number of its own', () => {
  const results = [...exported].filter(([name]) => /^X509_V_(OK$|ERR_)/.test(name));
  assert.equal(new Set(results.map(([, value]) => value)).size, results.length);
});

test('the flags of one kind are distinct bits, apart from the collections', () => {
  const collections = /_(ALL|MASK|SUITEB_128_LOS)$/;
  for (const kind of [/^SSL_MODE_/, /^X509_V_FLAG_/, /^SSL_VERIFY_/, /^SSL_(SENT|RECEIVED)_SHUTDOWN$/]) {
    const flags = [...exported].filter(
      ([name, value]) => kind.test(name) && !collections.test(name) && value,
    );
    const union = flags.reduce((bits, [, value]) => bits | BigInt(value), 0n);
    const sum = flags.reduce((bits, [, value]) => bits + BigInt(value), 0n);
    assert.ok(flags.length > 1);
    assert.equal(union, sum, String(kind));
  }
});
