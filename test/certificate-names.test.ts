// Distinguished and general names: of every type of string, broken ones, and those that would deceive.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import test from 'node:test';
import { inspect } from 'node:util';
import { Certificate, DistinguishedName, type NameAttribute } from 'bladessl';
import {
  type Attribute,
  altNames,
  certificateWith,
  commonName,
  der,
  extension,
  generalName,
  list,
  name,
  oid,
  tags,
  text,
} from './helpers/der';
import { signed } from './helpers/openssl-identities';

function nameOf(...rdns: readonly (readonly Attribute[])[]): DistinguishedName {
  return certificateWith({ subject: name(...rdns) }).subjectName;
}

function valueOf(value: Buffer): string | undefined {
  return nameOf([['CN', value]]).get('CN');
}

function namesOf(...names: Buffer[]): Certificate['subjectAltNames'] {
  return certificateWith({ extensions: [altNames(...names)] }).subjectAltNames;
}

test('a distinguished name keeps its order, and what stands beside each other', () => {
  const subject = nameOf(
    [['C', text(tags.printable, 'DE')]],
    [
      ['O', text(tags.printable, 'first')],
      ['OU', text(tags.printable, 'a')],
    ],
    [['OU', text(tags.printable, 'b')]],
    [['CN', text(tags.printable, 'general')]],
    [['CN', text(tags.printable, 'specific, one')]],
  );
  const attribute = (short: string, id: string, value: string): NameAttribute => ({
    name: short,
    oid: id,
    value,
  });
  assert.deepEqual(subject.rdns, [
    [attribute('C', '2.5.4.6', 'DE')],
    [attribute('O', '2.5.4.10', 'first'), attribute('OU', '2.5.4.11', 'a')],
    [attribute('OU', '2.5.4.11', 'b')],
    [attribute('CN', '2.5.4.3', 'general')],
    [attribute('CN', '2.5.4.3', 'specific, one')],
  ]);
  assert.deepEqual([...subject], subject.rdns.flat());
  assert.equal(subject.get('CN'), 'specific, one');
  assert.equal(subject.get('2.5.4.10'), 'first');
  assert.equal(subject.get('L'), undefined);
  assert.equal(subject.get('cn'), undefined);
  assert.deepEqual(subject.getAll('OU'), ['a', 'b']);
  assert.deepEqual(subject.getAll('L'), []);
  assert.deepEqual(subject.getAll('2.5.4.7'), []);
  for (const wrong of ['2.5.4.', '2.5.4.07', '2']) {
    assert.throws(() => subject.get(wrong), { code: 'ERR_INVALID_ARG_VALUE', message: /^type / });
    assert.throws(() => subject.getAll(wrong), { code: 'ERR_INVALID_ARG_VALUE', message: /^type / });
  }
  assert.equal(String(subject), 'CN=specific\\, one,CN=general,OU=b,OU=a+O=first,C=DE');
  assert.equal(JSON.stringify({ subject }), JSON.stringify({ subject: String(subject) }));
  assert.equal(inspect(subject), `DistinguishedName ${inspect(String(subject))}`);
  assert.ok(subject instanceof DistinguishedName);
  assert.equal(typeof inspect(DistinguishedName.prototype), 'string');
  for (const method of ['get', 'getAll'] as const) {
    assert.throws(() => subject[method](1 as never), { code: 'ERR_INVALID_ARG_TYPE', message: /^type / });
    assert.throws(() => subject[method](''), { code: 'ERR_INVALID_ARG_VALUE', message: /^type / });
  }
});

test('a value is read from any type of string', () => {
  assert.equal(valueOf(text(tags.utf8, Buffer.from('Müller 日本 🔑'))), 'Müller 日本 🔑');
  assert.equal(valueOf(text(tags.bmp, Buffer.from('日本', 'utf16le').swap16())), '日本');
  assert.equal(valueOf(text(tags.universal, Buffer.of(0, 1, 0xf5, 0x11))), '🔑');
  assert.equal(valueOf(text(tags.t61, 'Müller')), 'Müller');
  assert.equal(valueOf(text(tags.ia5, 'a@b')), 'a@b');
  assert.equal(valueOf(text(tags.printable, '')), '');
  assert.equal(valueOf(text(tags.utf8, 'a\0b\n\x1b[2J')), 'a\0b\n\x1b[2J');
});

test('what is no text is shown as DER, and broken text is refused', () => {
  const others = [der(3, Buffer.of(0, 1)), list(oid('1.2.3'))];
  for (const value of others) assert.equal(valueOf(value), `#${value.toString('hex')}`);
  const broken = [
    text(tags.utf8, Buffer.of(0xff)),
    text(tags.utf8, Buffer.of(0xc0, 0x80)),
    text(tags.utf8, Buffer.of(0xed, 0xa0, 0x80)),
    text(tags.utf8, Buffer.of(0xf4, 0x90, 0x80, 0x80)),
    text(tags.bmp, Buffer.of(0, 0x61, 0)),
    text(tags.bmp, Buffer.of(0xd8, 0)),
    text(tags.universal, Buffer.of(0, 0x11, 0, 0)),
  ];
  for (const value of broken)
    assert.throws(() => valueOf(value), { name: 'SSLError', code: /^ERR_OSSL_ASN1_/ });
});

test('an attribute that OpenSSL does not know goes by its object identifier', () => {
  const subject = nameOf([['1.2.3.4294967295', text(tags.utf8, 'x')]]);
  assert.deepEqual([...subject], [{ name: '1.2.3.4294967295', oid: '1.2.3.4294967295', value: 'x' }]);
  assert.equal(subject.get('1.2.3.4294967295'), 'x');
});

test('an empty subject has no attributes', () => {
  const certificate = certificateWith({ subject: name() });
  assert.equal(certificate.subject, '');
  assert.deepEqual(certificate.subjectName.rdns, []);
  assert.equal(certificate.commonName, undefined);
});

test('subject and issuer are told apart', () => {
  const certificate = certificateWith({ subject: commonName('one'), issuer: commonName('two') });
  assert.equal(certificate.commonName, 'one');
  assert.equal(certificate.subjectName.get('CN'), 'one');
  assert.equal(certificate.issuerName.get('CN'), 'two');
  assert.equal(String(certificate.issuerName), certificate.issuer);
});

test('a name of thousands of attributes is read whole', () => {
  const values = Array.from({ length: 5_000 }, (_, i) => String(i));
  const subject = nameOf(...values.map((value): Attribute[] => [['OU', text(tags.printable, value)]]));
  assert.deepEqual(subject.getAll('OU'), values);
});

test('alternative names are typed', () => {
  const { certificate } = signed(
    'typed',
    [
      'subjectAltName = DNS:*.a.example,email:a@b.example,URI:https://a.example/,IP:192.0.2.1,IP:2001:db8::1,' +
        'RID:1.2.3,dirName:dir,otherName:msUPN;UTF8:user@müller.example,otherName:1.2.3;SEQUENCE:seq',
      'issuerAltName = DNS:issuer.example',
      '[dir]\nO = Example\nCN = x\n[seq]\nnumber = INTEGER:5\n',
    ].join('\n'),
  );
  const [dns, email, uri, ipv4, ipv6, rid, dirName, upn, other, ...rest] = certificate.subjectAltNames;
  assert.deepEqual(rest, []);
  assert.deepEqual(dns, { type: 'dns', value: '*.a.example' });
  assert.deepEqual(email, { type: 'email', value: 'a@b.example' });
  assert.deepEqual(uri, { type: 'uri', value: 'https://a.example/' });
  assert.deepEqual(ipv4, { type: 'ip', value: '192.0.2.1' });
  assert.deepEqual(ipv6, { type: 'ip', value: '2001:db8::1' });
  assert.deepEqual(rid, { type: 'rid', value: '1.2.3' });
  assert.ok(dirName?.type === 'dirName' && dirName.value instanceof DistinguishedName);
  assert.equal(String(dirName.value), 'CN=x,O=Example');
  // OpenSSL reads its configuration as Latin-1, and writes the text as UTF-8.
  const user = Buffer.from('user@müller.example', 'utf8').toString('latin1');
  assert.deepEqual(upn, {
    type: 'otherName',
    oid: '1.3.6.1.4.1.311.20.2.3',
    value: text(tags.utf8, Buffer.from(user)),
    text: user,
  });
  assert.deepEqual(other, { type: 'otherName', oid: '1.2.3', value: list(der(2, Buffer.of(5))) });
  assert.deepEqual(certificate.issuerAltNames, [{ type: 'dns', value: 'issuer.example' }]);
});

test('no alternative names are empty lists', () => {
  const certificate = certificateWith({});
  assert.deepEqual(certificate.altNames, []);
  assert.deepEqual(certificate.subjectAltNames, []);
  assert.deepEqual(certificate.issuerAltNames, []);
});

test('a NUL in a DNS name stays where it is, and fits nothing', () => {
  const name = 'victim.example\0.attacker.example';
  const certificate = certificateWith({ extensions: [altNames(generalName(2, name))] });
  assert.deepEqual(certificate.subjectAltNames, [{ type: 'dns', value: name }]);
  assert.deepEqual(certificate.altNames, ['DNS:victim.example\\00.attacker.example']);
  for (const host of ['victim.example', 'x.attacker.example']) {
    assert.equal(certificate.checkHost(host), undefined);
    assert.equal(new X509Certificate(certificate.raw).checkHost(host), undefined);
  }
});

test('names that are not what their kind asks for, or have no type here, are not lost', () => {
  const unknown = [
    generalName(2, Buffer.from('münchen.example')),
    generalName(1, Buffer.from('ü@b.example')),
    generalName(6, Buffer.of(0x80)),
    generalName(7, Buffer.alloc(5)),
    generalName(7, Buffer.alloc(0)),
    generalName(7, Buffer.alloc(8)),
    der(0xa5, der(0xa1, text(tags.utf8, 'party'))),
  ];
  const found = namesOf(...unknown);
  assert.deepEqual(
    found,
    unknown.map((value) => ({ type: 'unknown', tag: (value[0] as number) & 0x1f, value })),
  );
  const [first] = namesOf(generalName(2, ''));
  assert.deepEqual(first, { type: 'dns', value: '' });
});

test('an otherName of any type is read, its text only where it is text', () => {
  const other = (value: Buffer) => der(0xa0, oid('1.2.3'), der(0xa0, value));
  const texts = (value: Buffer) => namesOf(other(value)).map((one) => 'text' in one && one.text);
  assert.deepEqual(texts(text(tags.ia5, 'a')), ['a']);
  assert.deepEqual(texts(text(tags.bmp, Buffer.of(0, 0x61))), ['a']);
  for (const value of [
    text(tags.utf8, Buffer.of(0xff)),
    text(tags.utf8, Buffer.of(0xed, 0xa0, 0x80)),
    der(1, Buffer.of(0xff)),
    der(5),
    der(4, Buffer.from('a')),
    der(2, Buffer.of(0xff)),
  ]) {
    assert.deepEqual(namesOf(other(value)), [{ type: 'otherName', oid: '1.2.3', value }]);
  }
});

test('alternative names that cannot be read, or are there twice, are an error', () => {
  for (const value of [Buffer.alloc(0), Buffer.of(0x30, 5), der(0x30, der(0xa4, Buffer.of(1)))]) {
    const certificate = certificateWith({ extensions: [extension('2.5.29.17', value)] });
    const refused = { name: 'SSLError', code: /^ERR_OSSL_ASN1_/ };
    assert.throws(() => certificate.subjectAltNames, refused);
    assert.throws(() => certificate.altNames, refused);
  }
  const twice = certificateWith({
    extensions: [altNames(generalName(2, 'a.example')), altNames(generalName(2, 'b.example'))],
  });
  const refused = { name: 'SSLError', code: 'ERR_DUPLICATE_EXTENSION', message: /subjectAltName/ };
  assert.throws(() => twice.subjectAltNames, refused);
  assert.throws(() => twice.altNames, refused);
  assert.throws(() => twice.checkHost('a.example'), { name: 'SSLError' });
});
