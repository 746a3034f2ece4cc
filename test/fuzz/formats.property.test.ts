// Certificates and keys in the forms in which files have them, and what errors tell of bytes that are none.

import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyExportOptions, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { Certificate, MemoryBIO, PrivateKey, SSL, SSLError } from 'bladessl';
import fc from 'fast-check';
import { authority, localhost, serverContext, someone } from '../helpers/identities';
import { holds } from './property';

const known = [authority, localhost, someone];

/** A line that no reader of PEM takes for a block's. */
const comment = fc.stringMatching(/^[ -,./-~]{0,40}$/);
const lineEnd = fc.constantFrom('\n', '\r\n');

const block = fc.oneof(
  fc.integer({ min: 0, max: 2 }).map((index) => ({ index, text: known[index]?.certificate.pem ?? '' })),
  fc.integer({ min: 0, max: 2 }).map((index) => ({
    index: undefined,
    text: known[index]?.privateKey.pem.toString() ?? '',
  })),
);

holds('Certificate.parse: the certificates of a PEM text, in order, whatever is between', 150, () =>
  fc.property(fc.array(fc.tuple(comment, block), { minLength: 1, maxLength: 8 }), lineEnd, (parts, end) => {
    const text = parts
      .map(([line, { text }]) => `${line}\n${text}`)
      .join('')
      .replaceAll('\n', end);
    const expected = parts.flatMap(([, { index }]) => (index === undefined ? [] : [index]));
    const bytes = Buffer.from(text);
    if (expected.length === 0) {
      assert.throws(() => Certificate.parse(bytes), { code: 'ERR_NOT_A_CERTIFICATE' });
      return;
    }
    const found = Certificate.parse(bytes).map((certificate) => certificate.raw);
    assert.deepEqual(
      found,
      expected.map((index) => known[index]?.certificate.raw),
    );
  }),
);

holds('Certificate: what is read of changed bytes, node:crypto reads the same', 400, () => {
  const forms = known.flatMap(({ certificate }) => [certificate.raw, Buffer.from(certificate.pem)]);
  const change = fc.record({
    at: fc.nat(2000),
    bytes: fc.uint8Array({ maxLength: 4 }),
    drops: fc.integer({ min: 0, max: 4 }),
  });
  return fc.property(fc.constantFrom(...forms), fc.array(change, { maxLength: 3 }), (form, changes) => {
    const changed = changes.reduce((bytes, { at, bytes: put, drops }) => {
      const begin = at % bytes.length;
      return Buffer.concat([bytes.subarray(0, begin), put, bytes.subarray(begin + drops)]);
    }, form);
    let certificate: Certificate;
    try {
      certificate = new Certificate(changed);
    } catch (error) {
      assert.ok(error instanceof SSLError, String(error));
      return;
    }
    const judge = new X509Certificate(changed);
    assert.equal(certificate.fingerprintSHA256.toUpperCase(), judge.fingerprint256);
    assert.deepEqual(certificate.raw, judge.raw);
    assert.equal(certificate.serialNumber, judge.serialNumber);
    assert.deepEqual(new Certificate(certificate.pem).raw, certificate.raw);
  });
});

holds('Certificate.generate: the names it is given are the names it is for', 100, () => {
  const name = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  return fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (altNames) => {
    const { certificate } = Certificate.generate({ commonName: 'x', altNames, key: 'ed25519' });
    const judge = new X509Certificate(certificate.raw);
    for (const altName of altNames) {
      if (isIP(altName) === 0) assert.equal(judge.checkHost(altName), altName);
      else assert.equal(judge.checkIP(altName), altName);
    }
    const kinds = certificate.altNames.map((text) => text.slice(0, text.indexOf(':')));
    assert.deepEqual(
      kinds,
      altNames.map((text) => (isIP(text) === 0 ? 'DNS' : 'IP')),
    );
    assert.deepEqual(new Certificate(certificate.pem).altNames, certificate.altNames);
  });
});

const keys = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  generateKeyPairSync('ed25519').privateKey,
  generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
];

holds('PrivateKey: what node:crypto encrypts is read with its password only', 60, () => {
  const password = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
  const form = fc.constantFrom('pem', 'der');
  return fc.property(fc.constantFrom(...keys), form, password, password, (key, format, right, other) => {
    const options = { type: 'pkcs8', format, cipher: 'aes-128-cbc', passphrase: right };
    const encrypted = Buffer.from(key.export(options as KeyExportOptions<'pem'>));
    const read = new PrivateKey(encrypted, right);
    assert.deepEqual(read.raw, key.export({ type: 'pkcs8', format: 'der' }));
    assert.ok(createPrivateKey(read.pem.toString()).equals(key));
    assert.throws(() => new PrivateKey(encrypted), { code: 'ERR_PASSWORD_REQUIRED' });
    if (Buffer.from(other).equals(Buffer.from(right))) return;
    assert.throws(() => new PrivateKey(encrypted, other), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
  });
});

holds('a peer that speaks no TLS: what the error says of it is fit for a terminal', 400, () => {
  const context = serverContext();
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 5, maxLength: 40 }),
    fc.string({ minLength: 5, maxLength: 40 }).map((text) => Buffer.from(text)),
    fc
      .constantFrom('GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 400 Bad\r\n', '220 mail\r\n')
      .map((text) => Buffer.from(text)),
  );
  return fc.property(bytes, (sent) => {
    const ssl = new SSL(context).setAcceptState().setBio(new MemoryBIO(sent), new MemoryBIO());
    try {
      assert.equal(ssl.doHandshake(), -1);
    } catch (error) {
      assert.ok(error instanceof SSLError);
      assert.match(`${error.message}${error.hint}`, /^[\x20-\x7e]+$/);
      const [type = 0, major] = sent;
      const isRecord = type >= 20 && type <= 24 && major === 3;
      const isOldHello = type >= 128 && sent[2] === 1;
      if (!isRecord && !isOldHello) assert.match(error.hint ?? '', /TLS/);
    }
    ssl.free();
  });
});
