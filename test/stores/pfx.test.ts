// PFX (PKCS#12) files and blobs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, CertStoreTypes } from 'bladessl';
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
  typeName,
} from '../helpers/store-files';

const { cstPFXBlob, cstPFXFile } = CertStoreTypes;

write('chain.pem', [root, middle].map((one) => one.certificate.pem).join(''));
openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -certfile chain.pem -out file.p12', ...encrypt);
openssl('pkcs12 -export -nokeys -in chain.pem -out nokey.p12', ...encrypt);
openssl('pkcs12 -export -nocerts -inkey leaf-key.pem -out nocert.p12', ...encrypt);
openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -nomac -out nomac.p12', ...encrypt);
openssl(
  'pkcs12 -export -inkey leaf-key.pem -in leaf.pem -keypbe NONE -certpbe NONE -out plain.p12',
  ...encrypt,
);
openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -out empty.p12 -passout pass:');
openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -legacy -out legacy.p12', ...encrypt);

const whole = ['CN=localhost +key', 'CN=Test Root', 'CN=Test CA'];

test('a file, a file URL, bytes and base64 give all that is in it', () => {
  const base64 = read('file.p12').toString('base64');
  const lines = base64.replace(/.{64}/g, '$&\r\n');
  const files = [pathOf('file.p12'), pathToFileURL(pathOf('file.p12'))];
  const blobs = [read('file.p12'), base64, lines, Buffer.from(lines)];
  for (const [stores, type, name] of [
    [files, cstPFXFile, 'cstPFXFile'],
    [blobs, cstPFXBlob, 'cstPFXBlob'],
  ] as const) {
    for (const store of stores) {
      for (const asked of [type, CertStoreTypes.cstAuto, undefined]) {
        const opened = open(store, { type: asked, password });
        assert.deepEqual(contentOf(opened), whole);
        assert.equal(typeName(opened), name);
        assert.ok(opened.certificates[0]?.privateKey?.equals(leaf.privateKey));
        assert.deepEqual(opened.privateKeys, [opened.certificates[0]?.privateKey]);
      }
    }
  }
});

test('a file that has its content in base64', () => {
  const file = write('base64.p12', read('file.p12').toString('base64'));
  assert.deepEqual(contentOf(open(file, { type: cstPFXFile, password })), whole);
});

test('certificates without a key, a key without certificates, no MAC, no encryption', () => {
  const nokey = open(read('nokey.p12'), { password });
  assert.deepEqual(contentOf(nokey), ['CN=Test Root', 'CN=Test CA']);
  assert.deepEqual(nokey.privateKeys, []);
  const nocert = open(read('nocert.p12'), { password });
  assert.equal(nocert.size, 0);
  assert.ok(nocert.privateKeys[0]?.equals(leaf.privateKey));
  for (const name of ['nomac.p12', 'plain.p12']) {
    assert.deepEqual(contentOf(open(read(name), { password })), ['CN=localhost +key'], name);
  }
  assert.throws(() => open(read('nomac.p12')), { code: 'ERR_PASSWORD_REQUIRED' });
  assert.throws(() => open(read('nomac.p12'), { password: 'wrong' }), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
});

test('no password, a wrong one, an empty one, and a function that is asked once', () => {
  const store = read('file.p12');
  assert.throws(() => open(store), { name: 'SSLError', code: 'ERR_PASSWORD_REQUIRED' });
  for (const wrong of ['wrong', '', Buffer.from('wrong'), () => 'wrong']) {
    assert.throws(() => open(store, { password: wrong }), {
      name: 'SSLError',
      code: 'ERR_OSSL_EVP_BAD_DECRYPT',
    });
  }
  for (const empty of [undefined, '']) {
    assert.deepEqual(contentOf(open(read('empty.p12'), { password: empty })), ['CN=localhost +key']);
  }
  let calls = 0;
  const ask = () => {
    calls += 1;
    return password;
  };
  assert.deepEqual(contentOf(open(store, { password: ask })), whole);
  assert.equal(calls, 1);
  open(read('empty.p12'), { password: ask });
  assert.equal(calls, 1);
});

test('keys with a password of their own', () => {
  const own = Buffer.from('own');
  openssl('pkcs8 -topk8 -in leaf-key.pem -outform DER -out own.der -passout pass:own');
  const store = withOwnKey(read('own.der'));
  const opened = (more: object) => contentOf(open(store, { password, ...more }));
  assert.deepEqual(opened({ keyPassword: 'own' }), ['CN=localhost +key']);
  assert.deepEqual(opened({ keyPassword: own }), ['CN=localhost +key']);
  assert.throws(() => opened({}), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
  assert.throws(() => opened({ keyPassword: 'wrong' }), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
  const calls: string[] = [];
  const asked = (name: string, answer: string) => () => {
    calls.push(name);
    return answer;
  };
  const both = { password: asked('file', password), keyPassword: asked('key', 'own') };
  assert.deepEqual(contentOf(open(store, both)), ['CN=localhost +key']);
  assert.deepEqual(calls, ['file', 'key']);
  assert.throws(() => open(store, { keyPassword: asked('key', 'own') }), { code: 'ERR_PASSWORD_REQUIRED' });
});

/** A PFX with a key that is encrypted with another password than the rest. */
function withOwnKey(encryptedKey: Buffer): Buffer {
  const tlv = (tag: number, ...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts);
    const size = Buffer.of(0x82, body.length >> 8, body.length & 0xff);
    return Buffer.concat([Buffer.of(tag), size, body]);
  };
  const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'));
  const data = oid('2a864886f70d010701');
  const bag = tlv(0x30, oid('2a864886f70d010c0a0102'), tlv(0xa0, encryptedKey));
  const keys = tlv(0x30, data, tlv(0xa0, tlv(0x04, tlv(0x30, bag))));
  openssl('pkcs12 -export -nokeys -nomac -certpbe AES-256-CBC -in leaf.pem -out outer.p12', ...encrypt);
  const offset = openssl(`asn1parse -inform DER -in ${pathOf('outer.p12')}`);
  // PFX { 3, ContentInfo { data, [0] { OCTET STRING { SEQUENCE { safes } } } } }
  const [, at = '', head = '', length = ''] =
    /^ *(\d+):d=3 +hl=(\d+) l= *(\d+) prim: OCTET STRING/m.exec(offset) ?? [];
  const start = Number(at) + Number(head);
  const content = read('outer.p12').subarray(start, start + Number(length));
  const safes = content.subarray(content[1] === 0x82 ? 4 : content[1] === 0x81 ? 3 : 2);
  const all = tlv(0x04, tlv(0x30, safes, keys));
  return tlv(0x30, Buffer.of(2, 1, 3), tlv(0x30, data, tlv(0xa0, all)));
}

test('several keys, each with its certificate; a CRL', () => {
  const crl = makeCrl('root.crl');
  const both = open(
    write(
      'two.pem',
      leaf.certificate.pem + leaf.privateKey.pem + edwards.certificate.pem + edwards.privateKey.pem,
    ),
  );
  const store = open(both.exportPKCS12({ password }), { password });
  assert.deepEqual(contentOf(store), ['CN=localhost +key', 'CN=ed.example +key']);
  assert.ok(store.select('ed.example').privateKey?.equals(edwards.privateKey));
  assert.deepEqual(
    open(crl).crls.map(({ raw }) => raw),
    [crl],
  );
});

test('what is in it and cannot be read is an error with its reason', () => {
  const refused = (store: Uint8Array, code: RegExp) =>
    assert.throws(
      () => open(store, { type: cstPFXBlob, password }),
      (error: Error & { code: string }) => {
        assert.equal(error.name, 'SSLError', inspect(error));
        assert.match(error.code, code);
        return true;
      },
    );
  refused(Buffer.concat([read('file.p12'), Buffer.of(0)]), /^ERR_TRAILING_DATA$/);
  refused(read('file.p12').subarray(0, -1), /^ERR_OSSL_ASN1_/);
  for (const file of withMoreIterations(iterated())) refused(file, /^ERR_TOO_MANY_ITERATIONS$/);
});

function iterated(): Buffer {
  openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -iter 65536 -out often.p12', ...encrypt);
  return read('often.p12');
}

test('a file of the past says what it needs', () => {
  assert.throws(() => open(read('legacy.p12'), { password }), {
    name: 'SSLError',
    code: 'ERR_OSSL_EVP_UNSUPPORTED',
    hint: /legacy provider/,
    message: /^unsupported; it needs OpenSSL's legacy provider/,
  });
});

test('every damaged byte gives a store or an error, never worse', () => {
  const bytes = read('empty.p12');
  for (let index = 0; index < bytes.length; index += 7) {
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(damaged.readUInt8(index) ^ 0x04, index);
    try {
      open(damaged, { type: cstPFXBlob });
    } catch (error) {
      assert.equal((error as Error).name, 'SSLError', inspect(error));
    }
  }
});

test('of many certificates and keys each finds its own', () => {
  const all = Array.from({ length: 60 }, (_, index) => Certificate.generate({ commonName: `n${index}` }));
  const pem =
    all.map((one) => one.certificate.pem).join('') +
    all
      .map((one) => one.privateKey.pem)
      .reverse()
      .join('');
  const store = open(pem);
  assert.equal(store.size, all.length);
  for (const [index, { certificate, privateKey }] of all.entries()) {
    assert.deepEqual(store.certificates[index]?.raw, certificate.raw);
    assert.ok(store.certificates[index]?.privateKey?.equals(privateKey));
  }
});
