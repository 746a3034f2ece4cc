// JWK and JWK Sets.

import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import test from 'node:test';
import { inspect } from 'node:util';
import { CertStoreTypes, PrivateKey } from 'bladessl';
import type { Identity } from '../helpers/identities';
import { write } from '../helpers/openssl-files';
import { contentOf, edwards, jwkOf, leaf, middle, open, rsa, typeName } from '../helpers/store-files';

const { cstJWKBlob, cstJWKFile } = CertStoreTypes;

function x5c(...identities: Identity[]): string[] {
  return identities.map(({ certificate }) => certificate.raw.toString('base64'));
}

function withoutPrivate({
  kty,
  crv,
  n,
  e,
  x,
  y,
}: Record<string, string>): Record<string, string | undefined> {
  return { kty, crv, n, e, x, y };
}

test('a private key of each kind, with its certificates', () => {
  for (const identity of [leaf, rsa, edwards]) {
    const text = JSON.stringify({ ...jwkOf(identity), x5c: x5c(identity, middle), kid: 'x' });
    const file = write('key.jwk', text);
    for (const [store, type, name] of [
      [text, cstJWKBlob, 'cstJWKBlob'],
      [Buffer.from(`\ufeff \n${text}`), cstJWKBlob, 'cstJWKBlob'],
      [file, cstJWKFile, 'cstJWKFile'],
    ] as const) {
      for (const asked of [type, undefined]) {
        const opened = open(store, { type: asked, password: 'not needed' });
        assert.deepEqual(contentOf(opened), [`${identity.certificate.subject} +key`, 'CN=Test CA']);
        assert.ok(opened.privateKeys[0]?.equals(identity.privateKey));
        assert.equal(typeName(opened), name);
      }
    }
  }
});

test('other kinds that node:crypto writes', () => {
  const pairs: { privateKey: KeyObject; publicKey: KeyObject }[] = [
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
    generateKeyPairSync('x25519'),
    generateKeyPairSync('ed448'),
  ];
  for (const { privateKey, publicKey } of pairs) {
    const [key] = open(JSON.stringify(privateKey.export({ format: 'jwk' }))).privateKeys;
    assert.ok(key?.equals(new PrivateKey(privateKey.export({ type: 'pkcs8', format: 'der' }))));
    const opened = open(JSON.stringify(publicKey.export({ format: 'jwk' })));
    assert.deepEqual(
      opened.publicKeys.map((one) => one.equals(publicKey)),
      [true],
    );
  }
});

test('public keys', () => {
  for (const identity of [leaf, rsa, edwards]) {
    const opened = open(JSON.stringify(withoutPrivate(jwkOf(identity))));
    const [key, ...rest] = opened.publicKeys;
    assert.ok(key?.equals(createPublicKey(identity.certificate.pem)));
    assert.deepEqual([...rest, ...opened.privateKeys, ...opened.certificates], []);
  }
});

test('a set: what is of a kind that is not known is passed over', () => {
  const set = {
    keys: [
      { kty: 'oct', k: 'AAAA' },
      { ...jwkOf(leaf), x5c: x5c(leaf) },
      { kty: 'LWE' },
      withoutPrivate(jwkOf(rsa)),
      jwkOf(edwards),
      {},
    ],
  };
  const opened = open(JSON.stringify(set));
  assert.deepEqual(contentOf(opened), ['CN=localhost +key']);
  assert.deepEqual([opened.privateKeys.length, opened.publicKeys.length], [2, 1]);
  assert.equal(open('{"keys":[]}').size, 0);
});

test("a certificate that is not the key's is shown without it", () => {
  const opened = open(JSON.stringify({ ...jwkOf(leaf), x5c: x5c(rsa) }));
  assert.deepEqual(contentOf(opened), ['CN=rsa.example']);
  assert.ok(opened.privateKeys[0]?.equals(leaf.privateKey));
});

test('what is none is refused, and no error shows a part of it', () => {
  const good = jwkOf(rsa);
  const bad: unknown[] = [
    { ...good, kty: 'oct' },
    { ...good, kty: undefined },
    { ...good, kty: 'EC' },
    { ...good, n: 5 },
    { ...good, p: undefined },
    { ...good, d: 5 },
    { ...good, oth: [] },
    { ...jwkOf(leaf), crv: 'P-999' },
    { ...jwkOf(leaf), x: '' },
    { ...jwkOf(edwards), x: 'AA', d: 'AA' },
    { ...good, x5c: 'x' },
    { ...good, x5c: [5] },
    { keys: [good, 5] },
    { keys: [good, null] },
  ];
  for (const value of bad) refused(JSON.stringify(value), /^ERR_STORE_FORMAT$/, inspect(value));
  refused(JSON.stringify({ ...good, x5c: ['AAAA'] }), /^ERR_/, 'x5c');
  const text = JSON.stringify(good);
  for (const cut of [10, 200, 600, text.length - 1])
    refused(text.slice(0, cut), /^ERR_STORE_FORMAT$/, `${cut}`);
  refused(Buffer.from(`{"\xff":1}`, 'latin1'), /^ERR_STORE_FORMAT$/, 'no UTF-8');
  refused('['.repeat(200_000), /^ERR_STORE_FORMAT$/, 'deep');
  refused(`{"x":${'['.repeat(200_000)}`, /^ERR_STORE_FORMAT$/, 'deep');

  function refused(store: string | Uint8Array, code: RegExp, what: string): void {
    assert.throws(
      () => open(store, { type: cstJWKBlob }),
      (error: Error & { code: string }) => {
        assert.equal(error.name, 'SSLError', what);
        assert.match(error.code, code, what);
        assert.ok(!inspect(error).includes((good['d'] ?? '').slice(0, 20)), what);
        return true;
      },
    );
  }
});
