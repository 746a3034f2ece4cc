// Stores of any bytes: read, or refused with an error of the package's.

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { Certificate, CertificateStore, CertStoreTypes, SSLError } from 'bladessl';
import fc from 'fast-check';
import { openssl, read } from '../helpers/openssl-files';
import { edwards, jwkOf, leaf, middle, root, rsa } from '../helpers/store-files';
import { holds } from './property';

const blobs = (Object.keys(CertStoreTypes) as (keyof typeof CertStoreTypes)[])
  .filter((name) => /Blob$|Auto$/.test(name) && !/KS/.test(name))
  .map((name) => CertStoreTypes[name]);

const identities = [leaf, rsa, edwards];
const certificates = [root, middle, ...identities].map((one) => one.certificate);

function sshLine(): string {
  const { n = '', e = '' } = jwkOf(rsa);
  const parts = [
    'ssh-rsa',
    Buffer.from(e, 'base64url'),
    Buffer.from(`00${Buffer.from(n, 'base64url').toString('hex')}`, 'hex'),
  ];
  const wire = parts.map((part) => {
    const bytes = Buffer.from(part);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    return Buffer.concat([size, bytes]);
  });
  return `ssh-rsa ${Buffer.concat(wire).toString('base64')} comment\n`;
}

function xml(): string {
  const { n = '', e = '', d = '', p = '', q = '', dp = '', dq = '', qi = '' } = jwkOf(rsa);
  const elements = { Modulus: n, Exponent: e, P: p, Q: q, DP: dp, DQ: dq, InverseQ: qi, D: d };
  const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64');
  const content = Object.entries(elements).map(([name, text]) => `<${name}>${base64(text)}</${name}>`);
  return `<RSAKeyValue>${content.join('')}</RSAKeyValue>`;
}

function seeds(): Buffer[] {
  openssl('crl2pkcs7 -nocrl -certfile leaf.pem -certfile middle.pem -outform DER -out seed.p7b');
  const store = CertificateStore.from(
    certificates,
    identities.map((one) => one.privateKey),
  );
  const jwk = { keys: [{ ...jwkOf(leaf), x5c: [leaf.certificate.raw.toString('base64')] }, jwkOf(edwards)] };
  const ppk =
    'PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n';
  const texts = [leaf.certificate.pem + leaf.privateKey.pem, JSON.stringify(jwk), sshLine(), xml(), ppk];
  return [
    ...texts.map((text) => Buffer.from(text)),
    store.exportPKCS12({ password: '', iterations: 1 }),
    read('seed.p7b'),
    Buffer.from(read('seed.p7b').toString('base64')),
    leaf.certificate.raw,
    edwards.privateKey.raw,
  ];
}

const change = fc.record({
  at: fc.nat(4000),
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom('{', '"', '<', '\n', '-', '=', ':', ' ').map((text) => Buffer.from(text)),
  ),
  drops: fc.integer({ min: 0, max: 4 }),
});

holds('CertificateStore: changed bytes are read, or refused with an SSLError', 600, () => {
  const changed = fc
    .tuple(fc.constantFrom(...seeds()), fc.array(change, { maxLength: 3 }))
    .map(([seed, changes]) =>
      changes.reduce((bytes, { at, bytes: put, drops }) => {
        const begin = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, begin), put, bytes.subarray(begin + drops)]);
      }, seed),
    );
  const any = fc.oneof({ weight: 5, arbitrary: changed }, fc.uint8Array({ maxLength: 200 }));
  return fc.property(any, fc.constantFrom(...blobs), (store, type) => {
    const before = Buffer.from(store);
    try {
      const opened = new CertificateStore({ store, type });
      for (const certificate of opened) {
        if (certificate.privateKey) assert.ok(certificate.checkPrivateKey(certificate.privateKey));
      }
      for (const key of opened.privateKeys) createPrivateKey(key.pem);
    } catch (error) {
      assert.ok(error instanceof SSLError, String(error));
      assert.match(error.code, /^ERR_/);
    }
    assert.deepEqual(Buffer.from(store), before);
  });
});

holds('CertificateStore: what exportPKCS12 writes reads the same', 40, () => {
  const some = fc.subarray(certificates);
  const keys = fc.subarray(identities.map((one) => one.privateKey));
  const secret = fc.string({ maxLength: 40, unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  return fc.property(some, keys, secret, secret, (chosen, chosenKeys, right, wrong) => {
    const store = CertificateStore.from(chosen, chosenKeys);
    const file = store.exportPKCS12({ password: right, iterations: 1 });
    const again = new CertificateStore({ store: file, password: right });
    assert.deepEqual(
      again.certificates.map(({ raw, privateKeyAvailable }) => [raw, privateKeyAvailable]),
      store.certificates.map(({ raw, privateKeyAvailable }) => [raw, privateKeyAvailable]),
    );
    assert.deepEqual(
      again.privateKeys.map(({ raw }) => raw),
      store.privateKeys.map(({ raw }) => raw),
    );
    if (right === wrong) return;
    assert.throws(() => new CertificateStore({ store: file, password: wrong }), {
      code: 'ERR_OSSL_EVP_BAD_DECRYPT',
    });
  });
});

holds('CertificateStore.select: a certificate is found by its subject, quoted or escaped', 60, () => {
  const value = fc.stringMatching(/^[A-Za-zäß日 ,+"\\<>;=#.]{1,30}$/u).filter((text) => text.trim() !== '');
  return fc.property(value, (commonName) => {
    const { certificate } = Certificate.generate({ commonName, altNames: [], key: 'ed25519' });
    const store = CertificateStore.from([root.certificate, certificate]);
    const found = (subject: string) => store.select(subject).raw.equals(certificate.raw);
    assert.ok(found(certificate.subject));
    assert.ok(
      found(certificate.subject.replace('CN=', 'cn = ').replace(/[a-z]/g, (letter) => letter.toUpperCase())),
    );
    const plain = commonName.trim();
    if (plain === commonName) assert.ok(found(`CN="${plain.replace(/["\\]/g, '\\$&')}"`));
  });
});

holds('new Certificate: any text for a subject is found, not found, or a TypeError', 300, () => {
  const store = leaf.certificate.pem + leaf.privateKey.pem;
  const text = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.stringMatching(/^[CN=a-z,"\\ +]{0,40}$/),
    fc.string({ maxLength: 70 }).map((rest) => `Thumbprint=${rest}`),
  );
  return fc.property(text, (subject) => {
    try {
      assert.ok(new Certificate({ store, subject }).privateKeyAvailable);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      assert.match(code, /^ERR_(NO_SUCH_CERTIFICATE|INVALID_ARG_VALUE)$/, String(error));
    }
  });
});
