// CRLs that CRL.generate does not make: of other programs, and by hand.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Certificate, CRL } from 'bladessl';
import { der, extension, generalizedTime, list } from './helpers/der';
import { errorOf } from './helpers/failures';
import { openssl, pathOf, write } from './helpers/openssl-files';
import {
  ca,
  certified,
  ecdsaWithSHA256,
  gnutls,
  inDays,
  integer,
  nameOf,
  second,
  serialOf,
  server,
  signedBy,
} from './helpers/revocation';

const date = generalizedTime('20260102030405Z');
const moment = new Date('2026-01-02T03:04:05Z');

interface Parts {
  readonly version?: Buffer | undefined;
  readonly issuer?: Buffer;
  readonly dates?: Buffer[];
  readonly entries?: Buffer[] | undefined;
  readonly extensions?: Buffer[];
}

function handmade({
  version = integer('01'),
  issuer,
  dates = [date, date],
  entries,
  extensions,
}: Parts): CRL {
  const content = list(
    version,
    ecdsaWithSHA256,
    issuer ?? nameOf('Revoking CA'),
    ...dates,
    ...(entries === undefined ? [] : [list(...entries)]),
    ...(extensions === undefined ? [] : [der(0xa0, list(...extensions))]),
  );
  return new CRL(signedBy(ca, content));
}

function entry(serial: Buffer, ...extensions: Buffer[]): Buffer {
  return list(serial, date, ...(extensions.length === 0 ? [] : [list(...extensions)]));
}

function certificateIssuer(name: string): Buffer {
  return extension('2.5.29.29', list(der(0xa4, nameOf(name))), true);
}

test('of `openssl ca`: what it has revoked', () => {
  const expiry = '301231235959Z';
  const line = (serial: string, revoked: string) => `R\t${expiry}\t${revoked}\t${serial}\tunknown\t/CN=x\n`;
  write(
    'index.txt',
    line('1000', '260102030405Z,keyCompromise') +
      line('0ABC', '260102030405Z,CACompromise') +
      line('0F', '260102030405Z'),
  );
  write('crlnumber', '1234567890ABCDEF1234\n');
  write(
    'crl.conf',
    `[ca]\ndefault_ca = x\n[x]\ndatabase = ${pathOf('index.txt')}\ncrlnumber = ${pathOf('crlnumber')}\ndefault_md = sha256\n`,
  );
  openssl(
    'ca -config crl.conf -gencrl -crldays 10 -cert revoking-ca.pem -keyfile revoking-ca-key.pem -out ca.crl',
  );
  const crl = new CRL(pathOf('ca.crl'));
  assert.deepEqual(
    crl.revoked.map(({ serialNumber, revocationReason }) => [serialNumber, revocationReason]),
    [
      ['0F', undefined],
      ['0ABC', 'cACompromise'],
      ['1000', 'keyCompromise'],
    ],
  );
  assert.deepEqual(crl.find('0abc')?.revocationDate, moment);
  assert.equal(crl.number, 0x1234567890abcdef1234n);
  assert.equal(crl.verifySignature(ca.certificate), true);
});

test('of GnuTLS, and for GnuTLS', () => {
  const run = (...args: string[]) => gnutls('certtool', ...args);
  const revoked = [{ certificate: server.certificate, revocationDate: second(inDays(-3)) }];
  write('list.crl', CRL.generate({ issuer: ca, revoked, number: 9 }).pem);
  assert.match(
    run('--verify-crl', '--infile', 'list.crl', '--load-ca-certificate', 'revoking-ca.pem'),
    /Verification output: Verified/,
  );
  const info = run('--crl-info', '--infile', 'list.crl');
  assert.match(info, /CRL Number \(not critical\): 09\s/);
  assert.ok(info.includes(server.certificate.serialNumber.toLowerCase()), info);
  write('template', 'crl_next_update = 20\ncrl_number = 77\n');
  const signer = ['--load-ca-certificate', 'revoking-ca.pem', '--load-ca-privkey', 'revoking-ca-key.pem'];
  run(
    '--generate-crl',
    '--load-certificate',
    'server.pem',
    ...signer,
    '--template',
    'template',
    '--outfile',
    'tls.crl',
  );
  const crl = new CRL(pathOf('tls.crl'));
  assert.equal(crl.number, 77n);
  assert.equal(crl.isIssuedBy(ca.certificate), true);
  assert.equal(crl.verifySignature(ca.certificate), true);
  assert.ok(crl.find(server.certificate));
});

test('version 1, without nextUpdate, extensions and entries', () => {
  const crl = handmade({ version: Buffer.alloc(0), dates: [date] });
  assert.equal(crl.version, 'V1');
  assert.deepEqual(crl.lastUpdate, moment);
  assert.deepEqual(
    [crl.nextUpdate, crl.number, crl.authorityKeyIdentifier, crl.size, crl.isDelta],
    [undefined, undefined, undefined, 0, false],
  );
  assert.deepEqual(crl.revoked, []);
  assert.equal(crl.find('01'), undefined);
  assert.equal(crl.isIssuedBy(ca.certificate), true);
  assert.equal(crl.verifySignature(ca.certificate), true);
});

test('a delta, a number of any size, and a version of nobody', () => {
  const crl = handmade({
    version: integer('07'),
    extensions: [extension('2.5.29.27', integer('05'), true), extension('2.5.29.20', integer('ff01'))],
  });
  assert.equal(crl.isDelta, true);
  assert.equal(crl.number, -255n);
  assert.equal(crl.version, 'V8');
  const huge = handmade({ extensions: [extension('2.5.29.20', integer(`01${'00'.repeat(5000)}`))] });
  assert.equal(huge.number, 1n << 40_000n);
});

test('indirect: entries of other issuers, each for those after it too', () => {
  const entries = [
    entry(integer('01')),
    entry(integer('02'), certificateIssuer('Another CA')),
    entry(integer('03')),
    entry(integer('02'), certificateIssuer('Revoking CA')),
    entry(integer('04')),
  ];
  const indirect = extension('2.5.29.28', list(der(0x84, Buffer.of(0xff))), true);
  const crl = handmade({ entries, extensions: [indirect] });
  const other = 'CN=Another CA';
  const expected = [
    ['01', undefined],
    ['02', other],
    ['03', other],
    ['02', undefined],
    ['04', undefined],
  ];
  const issuers = () => crl.revoked.map((revoked) => [revoked.serialNumber, revoked.certificateIssuer]);
  assert.deepEqual(issuers(), expected);
  assert.equal(crl.find('03'), undefined, 'a serial number is one of the own issuer');
  assert.deepEqual(crl.find('02'), { serialNumber: '02', revocationDate: moment });
  const { certificate, privateKey } = Certificate.generate({ commonName: 'Another CA' });
  write('another.pem', certificate.pem);
  write('another-key.pem', privateKey.pem);
  const ofAnother = '-CA another.pem -CAkey another-key.pem -set_serial';
  const third = certified('third', '', 10, `${ofAnother} 3`).certificate;
  assert.deepEqual(crl.find(third), { serialNumber: '03', revocationDate: moment, certificateIssuer: other });
  assert.equal(crl.find(certified('fourth', '', 10, `${ofAnother} 4`).certificate), undefined);
  assert.deepEqual(issuers(), expected, 'looking up leaves the order alone');
});

test('reasons and dates that nobody should write', () => {
  const reason = (hex: string) => extension('2.5.29.21', der(10, Buffer.from(hex, 'hex')));
  const numbers = ['07', '63', 'ff'];
  const crl = handmade({ entries: numbers.map((hex, index) => entry(integer(`0${index}`), reason(hex))) });
  assert.deepEqual(
    crl.revoked.map((revoked) => revoked.revocationReason),
    ['reason 7', 'reason 99', 'reason -1'],
  );
  const unreadable: Buffer[] = [
    list(serialOf(server), generalizedTime('20261332000000Z')),
    list(serialOf(server), generalizedTime('this is no time')),
    entry(serialOf(server), extension('2.5.29.21', Buffer.of(4, 0))),
    entry(serialOf(server), reason('010203040506070809')),
    entry(serialOf(server), reason('01'), reason('02')),
    entry(serialOf(server), extension('2.5.29.24', Buffer.of(5, 0))),
  ];
  for (const bad of unreadable) {
    const spoiled = handmade({ entries: [entry(integer('01')), bad] });
    assert.match(errorOf(() => spoiled.revoked).code, /^ERR_(OSSL|OPENSSL)_/);
    assert.match(errorOf(() => spoiled.find(server.certificate)).code, /^ERR_(OSSL|OPENSSL)_/);
    assert.equal(spoiled.size, 2);
    assert.ok(spoiled.find('01'));
  }
  const timeless = handmade({
    dates: [generalizedTime('this is no time'), generalizedTime('20260230000000Z')],
  });
  assert.match(errorOf(() => timeless.lastUpdate).message, /lastUpdate is not a time/);
  assert.match(errorOf(() => timeless.nextUpdate).message, /nextUpdate is not a time/);
  const twice = handmade({ extensions: [1, 2].map((n) => extension('2.5.29.20', integer(`0${n}`))) });
  assert.match(errorOf(() => twice.number).message, /number of the CRL is unreadable/);
});

test('names with commands for the terminal', () => {
  const crl = handmade({
    issuer: nameOf('a\u001b[31mb\u009bc\u202ed\0e'),
    extensions: [extension('2.5.29.18', list(der(0x86, Buffer.from('http://x/\u001b[2J\u0007', 'latin1'))))],
  });
  const shown = crl.toString();
  assert.match(shown, /^[\n -~]*$/);

  assert.ok(shown.includes('http://x/'));
  assert.doesNotMatch(crl.issuer, /[\u0000-\u001f]/);
});
