// PEM key files, public key files, and PKCS#7.

import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { type Certificate, CertStoreTypes } from 'bladessl';
import { openssl, pathOf, read, withMoreIterations, write } from '../helpers/openssl-files';
import {
  contentOf,
  edwards,
  encrypt,
  leaf,
  makeCrl,
  middle,
  open,
  password,
  root,
  rsa,
  typeName,
} from '../helpers/store-files';

const { cstP7BBlob, cstP7BFile, cstPEMKeyBlob, cstPEMKeyFile, cstPublicKeyBlob, cstPublicKeyFile } =
  CertStoreTypes;

const whole = leaf.certificate.pem + leaf.privateKey.pem + middle.certificate.pem;
write('whole.pem', whole);
openssl('pkcs8 -topk8 -in leaf-key.pem -out encrypted.pem', ...encrypt);
openssl('rsa -in rsa-key.pem -traditional -aes128 -out traditional.pem', ...encrypt);

const content = ['CN=localhost +key', 'CN=Test CA'];

/** The public key of a certificate, as a text. */
function publicPem(certificate: Certificate): string {
  return createPublicKey(certificate.pem).export({ type: 'spki', format: 'pem' }).toString();
}

function pemsOf(keys: readonly KeyObject[]): string[] {
  return keys.map((key) => key.export({ type: 'spki', format: 'pem' }).toString());
}

test('a PEM key file: text, bytes, a file, a file URL', () => {
  for (const [store, type, name] of [
    [whole, cstPEMKeyBlob, 'cstPEMKeyBlob'],
    [Buffer.from(whole), cstPEMKeyBlob, 'cstPEMKeyBlob'],
    [pathOf('whole.pem'), cstPEMKeyFile, 'cstPEMKeyFile'],
    [pathToFileURL(pathOf('whole.pem')), cstPEMKeyFile, 'cstPEMKeyFile'],
  ] as const) {
    for (const asked of [type, undefined]) {
      const opened = open(store, { type: asked });
      assert.deepEqual(contentOf(opened), content);
      assert.equal(typeName(opened), name);
    }
  }
});

test('a PEM key file: keys alone, in DER, several, encrypted', () => {
  const alone = open(leaf.privateKey.pem);
  assert.equal(alone.size, 0);
  assert.ok(alone.privateKeys[0]?.equals(leaf.privateKey));
  for (const key of [leaf, rsa, edwards]) {
    const der = open(key.privateKey.raw, { type: cstPEMKeyBlob });
    assert.ok(der.privateKeys[0]?.equals(key.privateKey));
    assert.equal(typeName(open(key.privateKey.raw)), 'cstPEMKeyBlob');
  }
  const several = read('encrypted.pem').toString() + read('traditional.pem') + rsa.certificate.pem;
  const opened = open(several, { password });
  assert.deepEqual(contentOf(opened), ['CN=rsa.example +key']);
  assert.equal(opened.privateKeys.length, 2);
  assert.equal(open(several, { password: 'wrong', keyPassword: password }).privateKeys.length, 2);
});

test('a PEM key file: no password, a wrong one, a function, one that takes too long', () => {
  const text = read('encrypted.pem').toString() + leaf.certificate.pem;
  for (const type of [cstPEMKeyBlob, undefined]) {
    assert.throws(() => open(text, { type }), { code: 'ERR_PASSWORD_REQUIRED' });
    for (const wrong of [{ password: 'wrong' }, { password, keyPassword: 'wrong' }, { password: () => '' }]) {
      assert.throws(() => open(text, { type, ...wrong }), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
    }
  }
  let calls = 0;
  const ask = () => {
    calls += 1;
    return password;
  };
  assert.deepEqual(contentOf(open(text, { password: ask })), ['CN=localhost +key']);
  assert.deepEqual(contentOf(open(whole, { password: ask })), content);
  assert.equal(calls, 1);
  openssl('pkcs8 -topk8 -in leaf-key.pem -iter 65536 -outform DER -out often.der', ...encrypt);
  for (const file of withMoreIterations(read('often.der'))) {
    assert.throws(() => open(file, { password }), { code: 'ERR_TOO_MANY_ITERATIONS' });
  }
});

test('the iterations of all keys count together', () => {
  openssl('pkcs8 -topk8 -in leaf-key.pem -iter 65536 -outform DER -out many.der', ...encrypt);
  const first = read('many.der');
  const second = Buffer.from(first);
  // Bearable by itself.
  second.writeUIntBE(4_950_000, second.indexOf(Buffer.of(2, 3, 1, 0, 0)) + 2, 3);
  const [one, other] = [first, second].map((der) => {
    const body = der.toString('base64').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...body, '-----END ENCRYPTED PRIVATE KEY-----\n'].join(
      '\n',
    );
  });
  assert.equal(open(`${one}${one}`, { password }).privateKeys.length, 2);
  assert.throws(() => open(`${one}${other}`, { password }), { code: 'ERR_TOO_MANY_ITERATIONS' });
});

test('a public key file: certificates in PEM and DER, and keys are passed over', () => {
  const encrypted = read('encrypted.pem').toString();
  const store = open(encrypted + whole, { type: cstPublicKeyBlob });
  assert.deepEqual(contentOf(store), ['CN=localhost', 'CN=Test CA']);
  assert.deepEqual(store.privateKeys, []);
  const der = write('leaf.der', leaf.certificate.raw);
  assert.deepEqual(contentOf(open(der, { type: cstPublicKeyFile })), ['CN=localhost']);
  for (const blob of [leaf.certificate.raw, leaf.certificate.raw.toString('base64')]) {
    const opened = open(blob);
    assert.deepEqual(contentOf(opened), ['CN=localhost']);
    assert.equal(typeName(opened), 'cstPublicKeyBlob');
  }
  assert.deepEqual(contentOf(open(leaf.certificate.pem, { password: 'not needed' })), ['CN=localhost']);
  openssl('x509 -in leaf.pem -trustout -out trusted.pem');
  assert.deepEqual(contentOf(open(pathOf('trusted.pem'))), ['CN=localhost']);
});

test('a public key file: public keys alone', () => {
  const spki = publicPem(rsa.certificate);
  openssl('rsa -in rsa-key.pem -RSAPublicKey_out -out rsa-public.pem');
  openssl('rsa -in rsa-key.pem -pubout -outform DER -out rsa-public.der');
  for (const store of [spki, pathOf('rsa-public.pem'), read('rsa-public.der'), pathOf('rsa-public.der')]) {
    const opened = open(store);
    assert.deepEqual(pemsOf(opened.publicKeys), [spki]);
    assert.equal(opened.size, 0);
    assert.match(typeName(opened) ?? '', /^cstPublicKey/);
  }
});

test('PKCS#7: DER, PEM and base64, of files and blobs; certificates and CRLs', () => {
  const crl = makeCrl('root.crl');
  write('chain.pem', [leaf, middle, root].map((one) => one.certificate.pem).join(''));
  openssl('crl2pkcs7 -in root.crl -certfile chain.pem -out both.p7b');
  openssl('crl2pkcs7 -in root.crl -certfile chain.pem -outform DER -out both.der');
  openssl('crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out nocrl.der');
  const subjects = ['CN=localhost', 'CN=Test CA', 'CN=Test Root'];
  for (const name of ['both.p7b', 'both.der']) {
    for (const [store, type] of [
      [pathOf(name), cstP7BFile],
      [read(name), cstP7BBlob],
      [read(name).toString(name === 'both.der' ? 'base64' : 'utf8'), cstP7BBlob],
    ] as const) {
      for (const asked of [type, undefined]) {
        const opened = open(store, { type: asked, password: 'not needed' });
        assert.deepEqual(contentOf(opened), subjects);
        assert.deepEqual(
          opened.crls.map(({ raw }) => raw),
          [crl],
        );
        assert.equal(opened.type, type);
      }
    }
  }
  const nocrl = open(read('nocrl.der'));
  assert.deepEqual(contentOf(nocrl), subjects);
  assert.deepEqual(nocrl.crls, []);
});

test('PKCS#7: what is signed counts, what is encrypted or plain does not', () => {
  write('text', 'text');
  const keys = '-signer leaf.pem -inkey leaf-key.pem';
  openssl(`smime -sign -nodetach -in text ${keys} -certfile middle.pem -outform DER -out signed.der`);
  assert.deepEqual(contentOf(open(read('signed.der'))).toSorted(), ['CN=Test CA', 'CN=localhost']);
  openssl('smime -encrypt -in text -outform DER -out enveloped.der rsa.pem');
  openssl('cms -data_create -in text -outform DER -out data.der');
  for (const name of ['enveloped.der', 'data.der']) {
    assert.throws(() => open(read(name)), { name: 'SSLError', code: 'ERR_STORE_FORMAT' });
  }
  // ContentInfo without a content
  const nothing = Buffer.from('300b06092a864886f70d010702', 'hex');
  assert.throws(() => open(nothing), { name: 'SSLError', code: 'ERR_STORE_FORMAT' });
});

test('every damaged byte of PKCS#7 gives a store or an error, never worse', () => {
  openssl('crl2pkcs7 -nocrl -certfile edwards.pem -outform DER -out damaged.der');
  const bytes = read('damaged.der');
  for (let index = 0; index < bytes.length; index++) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(index) ^ 0x11, index);
    try {
      contentOf(open(damaged, { type: cstP7BBlob }));
    } catch (error) {
      assert.equal((error as Error).name, 'SSLError', inspect(error));
    }
  }
});

test('PEM without anything of it says what there is', () => {
  openssl('req -new -key leaf-key.pem -subj /CN=x -out request.pem');
  assert.throws(() => open(pathOf('request.pem')), {
    code: 'ERR_STORE_FORMAT',
    message: /no certificate or key in the PEM text, which has: CERTIFICATE REQUEST/,
  });
  assert.throws(() => open(leaf.certificate.pem, { type: cstPEMKeyBlob }), { code: 'ERR_STORE_FORMAT' });
  assert.throws(() => open(leaf.certificate.pem, { type: cstP7BBlob }), { code: 'ERR_STORE_FORMAT' });
  assert.throws(() => open('-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n'), {
    name: 'SSLError',
    code: /^ERR_OSSL_PEM_/,
  });
});
