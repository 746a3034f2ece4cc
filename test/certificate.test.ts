import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, PrivateKey, SSLError } from 'bladessl';
import { assertAllFreed, membersOf } from './helpers/members';
import { openssl, pathOf, read } from './helpers/openssl-files';
import { signed } from './helpers/openssl-identities';

const altNames = [
  'DNS:a.example',
  'IP:::1',
  'IP:192.0.2.1',
  'URI:https://a.example/',
  'email:a@b.example',
  'RID:1.2.3',
  'otherName:1.2.3.4',
];
const subject = '/C=DE/O=Müller, Söhne+OU=x/CN=日本';

openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem');
openssl(
  'req -x509 -new -key key.pem -utf8 -days 10 -out cert.pem -subj',
  subject,
  '-addext',
  `subjectAltName=${altNames.join(',')};UTF8:x`,
);
openssl('x509 -in cert.pem -outform DER -out cert.der');
openssl('x509 -in cert.pem -trustout -addtrust serverAuth -out trusted.pem');

const pem = read('cert.pem').toString();
const der = read('cert.der');
const reference = new X509Certificate(der);

/** What new Certificate and new PrivateKey throw for bytes that are no certificate. */
function codeOf(input: string | Uint8Array): string {
  try {
    new Certificate(typeof input === 'string' ? Buffer.from(input) : input);
  } catch (error) {
    assert.ok(error instanceof SSLError, inspect(error));
    return error.code;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

test('a certificate is read from PEM text, PEM and DER bytes of any shape, a file and a file URL', () => {
  const copy = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
  const shared = new SharedArrayBuffer(der.length);
  new Uint8Array(shared).set(der);
  const padded = Buffer.concat([Buffer.from('xx'), der, Buffer.from('xx')]);
  const inputs = [
    pem,
    `some text\n${pem}more text`,
    `\ufeff${pem}`,
    pem.replaceAll('\n', '\r\n'),
    Buffer.from(pem),
    der,
    copy(der),
    shared,
    new DataView(copy(der)),
    new Uint16Array(copy(Buffer.from(pem.length % 2 === 0 ? pem : `${pem}\n`))),
    padded.subarray(2, -2),
    pathOf('cert.pem'),
    pathOf('cert.der'),
    pathToFileURL(pathOf('cert.pem')),
    reference,
  ];
  for (const input of inputs) assert.deepEqual(new Certificate(input).raw, der);
});

test('its fields are those that node:crypto and openssl see', () => {
  const certificate = new Certificate(der);
  assert.equal(certificate.pem, reference.toString());
  assert.equal(certificate.serialNumber, reference.serialNumber);
  assert.equal(certificate.effectiveDate.getTime(), Date.parse(reference.validFrom));
  assert.equal(certificate.expirationDate.getTime(), Date.parse(reference.validTo));
  const printed = openssl('x509 -in cert.pem -noout -subject -issuer -nameopt RFC2253,utf8,-esc_msb');
  assert.equal(`subject=${certificate.subject}\nissuer=${certificate.issuer}`, printed);
  assert.equal(certificate.subject, 'CN=日本,O=Müller\\, Söhne+OU=x,C=DE');
  assert.deepEqual(certificate.altNames, altNames);
});

test('a date beyond 2050 and a certificate without alternative names', () => {
  openssl('req -x509 -new -key key.pem -days 20000 -out far.pem -subj /CN=far');
  const far = new Certificate(pathOf('far.pem'));
  assert.equal(far.expirationDate.getTime(), Date.parse(new X509Certificate(far.raw).validTo));
  assert.deepEqual(far.altNames, []);
});

test('names cannot smuggle in control characters or separators', () => {
  openssl('req -x509 -new -key key.pem -days 1 -out odd.pem -subj', '/CN=a\nb, CN=c');
  assert.equal(new Certificate(pathOf('odd.pem')).subject, 'CN=a\\0Ab\\, CN=c');
  const altName = Buffer.from(der);
  altName[altName.indexOf('a.example')] = 0;
  assert.equal(new Certificate(altName).altNames[0], 'DNS:\\00.example');
});

test('several certificates: the constructor takes the first, parse takes all in their order', () => {
  const other = Certificate.generate({ commonName: 'other' });
  const text = [other.privateKey.pem, pem, 'text\n', other.certificate.pem, read('trusted.pem')].join('');
  assert.deepEqual(new Certificate(text).raw, der);
  const all = Certificate.parse(text);
  assert.deepEqual(
    all.map((one) => one.raw),
    [der, other.certificate.raw, der],
  );
  assert.equal(Certificate.parse(der).length, 1);
});

test('TRUSTED CERTIFICATE and X509 CERTIFICATE are certificates too', () => {
  assert.deepEqual(new Certificate(pathOf('trusted.pem')).raw, der);
  assert.deepEqual(new Certificate(pem.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')).raw, der);
});

test('what is no certificate is refused with the reason', () => {
  assert.equal(codeOf(''), 'ERR_OSSL_PEM_NO_START_LINE');
  assert.equal(codeOf('hello\n'), 'ERR_OSSL_PEM_NO_START_LINE');
  assert.equal(codeOf(read('key.pem')), 'ERR_NOT_A_CERTIFICATE');
  assert.equal(codeOf(Buffer.concat([der, Buffer.of(0)])), 'ERR_TRAILING_DATA');
  assert.match(codeOf(der.subarray(0, -1)), /^ERR_OSSL_ASN1_/);
  assert.match(codeOf(Buffer.of(0x30, 3, 2, 1, 0)), /^ERR_OSSL_ASN1_/);
  assert.match(codeOf(Buffer.alloc(1000, '\x01\xfe', 'latin1')), /^ERR_OSSL_ASN1_/);
  assert.match(codeOf(pem.slice(0, 200)), /^ERR_OSSL_PEM_/);
  assert.match(codeOf(pem.replace('MII', '!!!')), /^ERR_OSSL_PEM_/);
  assert.equal(codeOf(pem + pem.slice(0, 100)), 'ERR_OSSL_PEM_BAD_END_LINE');
  const nothing = '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n';
  assert.equal(codeOf(nothing), 'ERR_OSSL_ASN1_NOT_ENOUGH_DATA');
  const trailing = `-----BEGIN CERTIFICATE-----\n${Buffer.concat([der, Buffer.of(0)]).toString('base64')}`;
  assert.equal(codeOf(`${trailing}\n-----END CERTIFICATE-----\n`), 'ERR_TRAILING_DATA');
});

test('every prefix of a certificate and every damaged byte is read or refused, never worse', () => {
  for (let length = 0; length < der.length; length++) codeOf(der.subarray(0, length));
  for (let index = 0; index < der.length; index++) {
    const damaged = Buffer.from(der);
    damaged.writeUInt8(damaged.readUInt8(index) ^ 0xff, index);
    try {
      const certificate = new Certificate(damaged);
      assert.equal(typeof inspect(certificate), 'string');
      assert.ok(Array.isArray(certificate.altNames));
    } catch (error) {
      assert.ok(error instanceof SSLError, inspect(error));
    }
  }
});

test('a file that is not there is a system error', () => {
  const expected = { name: 'SSLSyscallError', code: 'ENOENT', syscall: 'open' };
  assert.throws(() => new Certificate(pathOf('absent.pem')), expected);
  assert.throws(() => Certificate.parse(pathOf('absent.pem')), expected);
});

test('wrong arguments are TypeErrors that name them', () => {
  const Any = Certificate as unknown as new (...args: unknown[]) => Certificate;
  for (const value of [undefined, null, 1, {}, [], () => pem, new Certificate(der)]) {
    assert.throws(() => new Any(value), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^input\b/,
    });
  }
  for (const value of [[], [pem], new Map(), new Date(), new Certificate(der).publicKeyObject]) {
    assert.throws(() => new Any(value), { name: 'TypeError', message: /^input must be / });
  }
  for (const value of ['a\0b', `${pem}\0`, '']) {
    assert.throws(() => new Any(value), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^input /,
    });
  }
});

test('checkPrivateKey tells its own key from others', () => {
  const certificate = new Certificate(der);
  assert.equal(certificate.checkPrivateKey(new PrivateKey(pathOf('key.pem'))), true);
  assert.equal(certificate.checkPrivateKey(Certificate.generate({ commonName: 'x' }).privateKey), false);
  const rsa = Certificate.generate({ commonName: 'x', key: 'rsa' });
  assert.equal(certificate.checkPrivateKey(rsa.privateKey), false);
  assert.throws(() => certificate.checkPrivateKey(pem as never), {
    name: 'TypeError',
    message: /^privateKey /,
  });
});

test('console.log shows what it is, JSON.stringify its PEM', () => {
  const certificate = new Certificate(der);
  assert.match(inspect(certificate), /^Certificate \{.*CN=日本.*expirationDate.*\}$/s);
  assert.ok(inspect(certificate).includes(certificate.fingerprintSHA256));
  assert.equal(JSON.parse(JSON.stringify({ certificate })).certificate, pem);
  certificate.free();
  assert.equal(inspect(certificate), 'Certificate { freed: true }');
});

test('a freed certificate throws FreedError from every member, and can be freed again', () => {
  const certificate = new Certificate(der);
  const key = new PrivateKey(pathOf('key.pem'));
  assert.equal(certificate.freed, false);
  assert.equal(typeof certificate.getPointer(), 'bigint');
  assert.notEqual(certificate.getPointer(), 0n);
  certificate.free();
  certificate.free();
  certificate[Symbol.dispose]();
  assert.equal(certificate.freed, true);
  const other = new Certificate(der);
  assertAllFreed(certificate, {
    checkEmail: ['a@b.example'],
    checkHost: ['a.example'],
    checkIP: ['::1'],
    checkPrivateKey: [key],
    digest: ['sha256'],
    equals: [other],
    extension: ['keyUsage'],
    getPointer: [],
    isIssuedBy: [other],
    toJSON: [],
    toString: [],
    toX509Certificate: [],
    verifySignature: [other],
  });
  const freed = { name: 'FreedError', code: 'ERR_FREED' };
  for (const member of ['equals', 'isIssuedBy', 'verifySignature'] as const) {
    assert.throws(() => other[member](certificate), freed, member);
  }
  key.free();
  assert.throws(() => other.checkPrivateKey(key), freed);
});

test('members called on something else throw a TypeError', () => {
  const getters = membersOf(new Certificate(der)).filter(({ kind }) => kind === 'getter');
  assert.ok(getters.length >= 46, `${getters.length} getters`);
  for (const { name } of getters) {
    assert.throws(() => Reflect.get(Certificate.prototype, name, {}), TypeError, name);
  }
});

test('a long object identifier is shown whole', () => {
  const oid = `1.2.3.${'4294967295.'.repeat(20)}1`;
  const { certificate } = signed('long-oid', `subjectAltName=RID:${oid}`);
  assert.deepEqual(certificate.altNames, [`RID:${oid}`]);
});
