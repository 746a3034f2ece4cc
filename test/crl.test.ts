import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createSecretKey, generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { Certificate, CRL, verify } from 'bladessl';
import { assertMade, presentSecond } from './helpers/clock';
import { errorOf } from './helpers/failures';
import { assertAllFreed } from './helpers/members';
import { openssl, write } from './helpers/openssl-files';
import { ca, impostor, inDays, neighbour, second, server } from './helpers/revocation';

const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
];
const crl = CRL.generate({ issuer: ca, revoked: [{ certificate: server.certificate }], number: 7 });

test('what it tells is what `openssl crl` prints', () => {
  const path = write('list.crl', crl.pem);
  const field = (name: string) => openssl(`crl -noout -${name} -in`, path).replace(/^.*?=\s*/, '');
  assert.equal(field('fingerprint -sha256').toLowerCase(), crl.fingerprintSHA256);
  assert.equal(new Date(field('lastupdate')).getTime(), crl.lastUpdate.getTime());
  assert.equal(new Date(field('nextupdate')).getTime(), crl.nextUpdate?.getTime());
  assert.equal(BigInt(field('crlnumber')), crl.number);
  assert.equal(field('issuer -nameopt RFC2253'), crl.issuer);
  assert.equal(openssl('crl -in', path).trim(), crl.pem.trim());
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
  const printed = openssl('crl -text -noout -in', path);
  assert.deepEqual(words(crl.toString()), words(printed));
  assert.match(printed, /Version 2/);
  assert.equal(crl.version, 'V2');
  assert.equal(crl.signatureAlgorithm, 'ecdsa-with-SHA256');
  const printedId = /Authority Key Identifier:\s+(?:keyid:)?([\dA-F:]+)/.exec(printed)?.[1];
  assert.equal(crl.authorityKeyIdentifier?.keyIdentifier, printedId?.toLowerCase());
  assert.deepEqual(crl.authorityKeyIdentifier, server.certificate.authorityKeyIdentifier);
  assert.equal(crl.isDelta, false);
  assert.equal(crl.size, 1);
  assert.equal(crl.fingerprintSHA256.replaceAll(':', ''), createHash('sha256').update(crl.raw).digest('hex'));
  assert.equal(JSON.stringify({ crl }), JSON.stringify({ crl: crl.pem }));
});

for (const key of ['ec', 'rsa', 'ed25519'] as const) {
  test(`${key}: signed so that openssl takes it, and only with the issuer's key`, () => {
    const issuer = Certificate.generate({ commonName: 'Test CA', key });
    const other = Certificate.generate({ commonName: 'Test CA', key });
    const leaf = Certificate.generate({ commonName: 'leaf', issuer });
    const digest = key === 'ed25519' ? undefined : 'sha384';
    const made = CRL.generate({ issuer, revoked: [{ certificate: leaf.certificate }], digest });
    const path = write('made.crl', made.pem);
    openssl('crl -noout -verify -in', path, '-CAfile', write('issuer.pem', issuer.certificate.pem));
    assert.equal(made.verifySignature(issuer.certificate), true);
    assert.equal(made.verifySignature(other.certificate), false);
    assert.equal(made.verifySignature(leaf.certificate), false);
    const verify = () =>
      openssl('verify -crl_check -CAfile issuer.pem -CRLfile', path, write('leaf.pem', leaf.certificate.pem));
    assert.throws(verify, /certificate revoked/);
    write('made.crl', CRL.generate({ issuer }).pem);
    assert.match(verify(), /OK$/);
  });
}

test('one byte changed: no signature of the issuer', () => {
  const { raw } = crl;
  const at = raw.indexOf(Buffer.from(server.certificate.serialNumber, 'hex'));
  raw.writeUInt8(raw.readUInt8(at + 3) ^ 1, at + 3);
  const changed = new CRL(raw);
  assert.equal(changed.verifySignature(ca.certificate), false);
  assert.equal(changed.isIssuedBy(ca.certificate), false);
  assert.equal(changed.find(server.certificate), undefined);
});

test('issued by: name, key identifier, the right to sign CRLs, and the signature', () => {
  assert.equal(crl.isIssuedBy(ca.certificate), true);
  assert.equal(crl.isIssuedBy(impostor.certificate), false);
  assert.equal(crl.isIssuedBy(server.certificate), false);
  const bare = Certificate.generate({ commonName: 'Revoking CA', issuer: ca, ca: false });
  assert.equal(crl.isIssuedBy(bare.certificate), false);
});

test('verifySignature takes a certificate, or a key of node:crypto, as Certificate does', () => {
  const { publicKeyObject } = ca.certificate;
  for (const signed of [crl, server.certificate]) {
    assert.equal(signed.verifySignature(ca.certificate), true);
    assert.equal(signed.verifySignature(publicKeyObject), true);
    assert.equal(signed.verifySignature(createPrivateKey(ca.privateKey.pem)), true);
    assert.equal(signed.verifySignature(impostor.certificate.publicKeyObject), false);
    assert.equal(signed.verifySignature(generateKeyPairSync('x25519').publicKey), false);
  }
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^key / };
  for (const wrong of [createSecretKey(Buffer.alloc(16)), ca.privateKey, ca.certificate.raw]) {
    assert.throws(() => crl.verifySignature(wrong as never), type);
  }
});

test('entries: date, reason and invalidity date, in the order of the list', () => {
  const revocationDate = second(inDays(-10));
  const invalidityDate = second(inDays(-20));
  const expected = [
    ...reasons.map((revocationReason, index) => ({
      serialNumber: `${90 - index}`,
      revocationDate,
      revocationReason,
    })),
    { serialNumber: '-0A', revocationDate, invalidityDate },
    { serialNumber: '0', revocationDate },
  ];
  const revoked = expected.map((entry) => ({ ...entry, serialNumber: entry.serialNumber.toLowerCase() }));
  const made = CRL.generate({ issuer: ca, revoked });
  assert.deepEqual(made.revoked, expected);
  assert.deepEqual(made.find('83'), undefined, 'removeFromCRL');
  for (const entry of expected) {
    const found = Reflect.get(entry, 'revocationReason') === 'removeFromCRL';
    assert.deepEqual(made.find(entry.serialNumber), found ? undefined : entry);
  }
  assert.deepEqual(made.revoked, expected, 'looking up leaves the order alone');
  assert.equal(made.size, expected.length);
  assert.equal(new CRL(made.raw).equals(made), true);
});

test('find: by certificate, only of the same issuer; by serial number in any form', () => {
  assert.equal(crl.find(server.certificate)?.serialNumber, server.certificate.serialNumber);
  assert.equal(crl.find(neighbour.certificate), undefined);
  assert.ok(crl.find(server.certificate.serialNumber.toLowerCase()));
  assert.ok(crl.find(`00${server.certificate.serialNumber}`));
  assert.equal(crl.find('01'), undefined);
  const stranger = Certificate.generate({ commonName: 'Another CA' });
  const foreign = CRL.generate({ issuer: stranger, revoked: [{ certificate: server.certificate }] });
  assert.ok(foreign.find(server.certificate.serialNumber));
  assert.equal(foreign.find(server.certificate), undefined);
  for (const wrong of [undefined, 5, {}, null]) {
    assert.throws(() => crl.find(wrong as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  }
  for (const wrong of ['', 'xyz', '0x12', '1'.repeat(2000), '12\0']) {
    assert.throws(() => crl.find(wrong), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
});

test('a list of 100,000', () => {
  const revoked = Array.from({ length: 100_000 }, (_, index) => ({
    serialNumber: (0xfffff - index).toString(16),
    revocationReason: 'superseded' as const,
  }));
  const made = new CRL(CRL.generate({ issuer: ca, revoked }).raw);
  assert.equal(made.size, revoked.length);
  const entries = made.revoked;
  assert.equal(entries.length, revoked.length);
  assert.equal(entries[0]?.serialNumber, '0FFFFF');
  assert.equal(entries.at(-1)?.serialNumber, '0E7960');
  for (let index = 0; index < revoked.length; index += 10) {
    assert.deepEqual(made.find(revoked[index]?.serialNumber ?? ''), entries[index]);
  }
  assert.equal(made.find('0E795F'), undefined);
});

test('read from PEM, DER, files and URLs; all of them, with other things between', () => {
  const second = CRL.generate({ issuer: impostor });
  const text = `${ca.certificate.pem}text between\n${crl.pem}${server.privateKey.pem}${second.pem}`;
  const path = write('several.pem', text);
  for (const input of [text, Buffer.from(text), path, pathToFileURL(path)]) {
    assert.ok(new CRL(input).equals(crl));
    assert.deepEqual(
      CRL.parse(input).map((one) => one.fingerprintSHA256),
      [crl.fingerprintSHA256, second.fingerprintSHA256],
    );
  }
  assert.ok(new CRL(crl.raw).equals(crl));
  assert.equal(CRL.parse(crl.raw).length, 1);
  assert.equal(crl.equals(second), false);
  const der = new Uint8Array(crl.raw);
  assert.ok(new CRL(der.buffer).equals(crl));
});

test('what is no CRL', () => {
  const codes: [unknown, string][] = [
    [ca.certificate.pem, 'ERR_NOT_A_CRL'],
    ['-----BEGIN nothing', 'ERR_OSSL_PEM_NO_START_LINE'],
    [Buffer.from('hello'), 'ERR_OSSL_PEM_NO_START_LINE'],
    [Buffer.alloc(0), 'ERR_OSSL_PEM_NO_START_LINE'],
    [Buffer.concat([crl.raw, Buffer.of(0)]), 'ERR_TRAILING_DATA'],
    [crl.pem.replace(/^.{64}$/m, ''), 'ERR_OSSL_ASN1_'],
    [ca.certificate.raw, 'ERR_NOT_A_CRL'],
    [crl.raw.subarray(0, -1), 'ERR_OSSL_ASN1_'],
    ['none.crl', 'ENOENT'],
  ];
  for (const [input, code] of codes) {
    for (const read of [() => new CRL(input as never), () => CRL.parse(input as never)]) {
      const error = errorOf(read);
      assert.ok(error.code.startsWith(code), `${error.code} ${error.message}`);
    }
  }
  for (const wrong of [undefined, null, 5, {}, '', 'a\0b']) {
    assert.throws(() => new CRL(wrong as never), TypeError);
    assert.throws(() => CRL.parse(wrong as never), TypeError);
  }
});

test('generate: dates and numbers', () => {
  const since = presentSecond();
  const plain = CRL.generate({ issuer: ca });
  assertMade(plain.lastUpdate, since, -5 * 60 * 1000);
  assertMade(plain.nextUpdate, since, 30 * 24 * 60 * 60 * 1000);
  assertMade(new Date(Number(plain.number) * 1000), since);
  assert.deepEqual(plain.revoked, []);
  assert.equal(plain.size, 0);
  for (const days of [0, -1, -36500]) {
    const expired = CRL.generate({ issuer: ca, days });
    assertMade(expired.nextUpdate, since, days * 24 * 60 * 60 * 1000 - 1000);
    assert.equal(Number(expired.nextUpdate) - Number(expired.lastUpdate), 24 * 60 * 60 * 1000);
    const verdict = verify(server.certificate, { trusted: ca.certificate, crls: expired });
    assert.equal(verdict.ok || verdict.name, 'X509_V_ERR_CRL_HAS_EXPIRED');
  }
  for (const date of [
    new Date(Date.UTC(-1, 12, 1)),
    new Date('1949-12-31T00:00:00Z'),
    new Date('9999-12-31T23:59:59Z'),
    inDays(0.5),
  ]) {
    const made = CRL.generate({ issuer: ca, lastUpdate: date, nextUpdate: date });
    assert.deepEqual([made.lastUpdate, made.nextUpdate], [second(date), second(date)]);
  }
  for (const number of [0n, 255n, (1n << 159n) - 1n]) {
    assert.equal(CRL.generate({ issuer: ca, number }).number, number);
  }
});

test('generate: wrong options', () => {
  const ed25519 = Certificate.generate({ commonName: 'Ed25519 CA', key: 'ed25519' });
  const errors: [unknown, string][] = [
    [undefined, 'options must be'],
    [{}, 'options.issuer must be'],
    [{ issuer: { certificate: ca.certificate } }, 'options.issuer.privateKey must be'],
    [{ issuer: { privateKey: ca.privateKey } }, 'options.issuer.certificate must be'],
    [{ issuer: ca, revoked: {} }, 'options.revoked must be'],
    [{ issuer: ca, revoked: [5] }, 'options.revoked[0] must be'],
    [{ issuer: ca, revoked: [{}] }, 'options.revoked[0].serialNumber must be'],
    [{ issuer: ca, revoked: [{ serialNumber: 'x' }] }, 'options.revoked[0].serialNumber must be'],
    [{ issuer: ca, revoked: [{ certificate: 5 }] }, 'options.revoked[0].certificate must be'],
    [
      { issuer: ca, revoked: [{ certificate: ca.certificate, serialNumber: '1' }] },
      'options.revoked[0].serialNumber must not',
    ],
    [
      { issuer: ca, revoked: [{ serialNumber: '1', revocationReason: 'x' }] },
      'options.revoked[0].revocationReason must be',
    ],
    [
      { issuer: ca, revoked: [{ serialNumber: '1', revocationDate: 5 }] },
      'options.revoked[0].revocationDate must be',
    ],
    [{ issuer: ca, lastUpdate: new Date(Number.NaN) }, 'options.lastUpdate must be'],
    [{ issuer: ca, nextUpdate: new Date(8.64e15) }, 'options.nextUpdate must be'],
    [{ issuer: ca, nextupdate: new Date() }, 'options must have no other names than issuer, '],
    [{ issuer: ca, revoked: [{ serialNumber: '1', because: 'x' }] }, 'options.revoked[0] must have no other'],
    [{ issuer: ca, nextUpdate: inDays(1), days: 5 }, 'options.days must not'],
    [{ issuer: ca, days: 0.5 }, 'options.days must be'],
    [{ issuer: ca, number: -1 }, 'options.number must be'],
    [{ issuer: ca, number: 1n << 159n }, 'options.number must be'],
    [{ issuer: ca, number: '5' }, 'options.number must be'],
    [{ issuer: ca, digest: 5 }, 'options.digest must be'],
    [{ issuer: ca, digest: 'none' }, "there is no digest 'none'"],
    [{ issuer: ed25519, digest: 'sha256' }, "the signer's key hashes by itself"],
  ];
  for (const [options, message] of errors) {
    assert.throws(
      () => CRL.generate(options as never),
      (error: Error & { code?: string }) =>
        /^(Type|Range)Error$/.test(error.name) &&
        /^ERR_(INVALID_ARG|OUT_OF)/.test(error.code ?? '') &&
        error.message.startsWith(message),
      message,
    );
  }
  assert.throws(() => CRL.generate({ issuer: server }), { name: 'SSLError', code: 'ERR_ISSUER_NOT_CA' });
  const wrongKey = { certificate: ca.certificate, privateKey: impostor.privateKey };
  assert.throws(() => CRL.generate({ issuer: wrongKey }), { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' });
});

test('wrong arguments of the members', () => {
  for (const wrong of [undefined, ca, crl, 'x']) {
    for (const member of ['verifySignature', 'isIssuedBy'] as const) {
      assert.throws(() => crl[member](wrong as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    }
  }
  assert.throws(() => crl.equals(ca.certificate as never), { code: 'ERR_INVALID_ARG_TYPE' });
  const freed = new CRL(crl.raw);
  freed.free();
  assert.throws(() => crl.equals(freed), { code: 'ERR_FREED' });
  const certificate = new Certificate(ca.certificate.raw);
  certificate.free();
  assert.throws(() => crl.verifySignature(certificate), { code: 'ERR_FREED' });
  assert.throws(() => crl.find(certificate), { code: 'ERR_FREED' });
});

test('freed: every member says so', () => {
  const freed = new CRL(crl.raw);
  freed.free();
  freed.free();
  assertAllFreed(freed, {
    find: ['01'],
    isIssuedBy: [ca.certificate],
    verifySignature: [ca.certificate],
    equals: [crl],
    toString: [],
    toJSON: [],
    getPointer: [],
  });
});
