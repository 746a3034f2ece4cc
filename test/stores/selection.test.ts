// One certificate out of a store: `new Certificate` with an object, and CertificateStore.select.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { Certificate, CertificateStore, CertStoreTypes, FreedError } from 'bladessl';
import { openssl, pathOf, read, write } from '../helpers/openssl-files';
import { edwards, encrypt, leaf, middle, open, password, root, rsa } from '../helpers/store-files';

write('chain.pem', [root, middle].map((one) => one.certificate.pem).join(''));
openssl('pkcs12 -export -inkey leaf-key.pem -in leaf.pem -certfile chain.pem -out file.p12', ...encrypt);
const opened = { store: read('file.p12'), storePassword: password };

function selfSigned(name: string, subject: string): Certificate {
  openssl(`req -x509 -new -key leaf-key.pem -utf8 -out ${name} -subj`, subject);
  return new Certificate(pathOf(name));
}

const example = selfSigned(
  'example.pem',
  '/C=DE/O=Müller, "Söhne"/OU=a\\+b/emailAddress=x@y.example/CN=www.example.org',
);
const longer = selfSigned('longer.pem', '/C=DE/CN=www.example.org.example');
const named = CertificateStore.from([longer, example, root.certificate]);

test('a certificate out of a store has its private key', () => {
  const certificate = new Certificate(opened);
  assert.equal(certificate.subject, 'CN=localhost');
  assert.equal(certificate.privateKeyAvailable, true);
  assert.ok(certificate.privateKey?.equals(leaf.privateKey));
  assert.equal(certificate.privateKeyContainer, '');
  const { storeType, ...typed } = { ...opened, storeType: CertStoreTypes.cstPFXBlob };
  assert.ok(new Certificate({ ...typed, storeType }).privateKeyAvailable);
  const alone = new Certificate({ store: leaf.certificate.pem });
  assert.equal(alone.privateKeyAvailable, false);
  assert.equal(alone.privateKey, undefined);
  assert.equal(new Certificate(leaf.certificate.pem).privateKeyAvailable, false);
});

test('freeing the certificate leaves the key, and the other way round', () => {
  const certificate = new Certificate(opened);
  const key = certificate.privateKey;
  assert.ok(key);
  certificate.free();
  for (const member of ['privateKey', 'privateKeyAvailable', 'privateKeyContainer'] as const) {
    assert.throws(() => certificate[member], FreedError);
  }
  assert.ok(key.equals(leaf.privateKey));
  const other = new Certificate(opened);
  assert.equal(other.privateKeyAvailable, true);
  other.privateKey?.free();
  assert.equal(other.subject, 'CN=localhost');
  assert.equal(other.privateKeyAvailable, false);
  assert.equal(other.privateKey?.freed, true);
});

test('* is the first that has a private key, or else the first', () => {
  const pem = root.certificate.pem + middle.certificate.pem + edwards.certificate.pem;
  assert.equal(new Certificate({ store: pem }).subject, 'CN=Test Root');
  assert.equal(new Certificate({ store: pem, subject: '*' }).subject, 'CN=Test Root');
  const store = pem + edwards.privateKey.pem;
  assert.equal(new Certificate({ store }).subject, 'CN=ed.example');
  assert.equal(open(store).select().subject, 'CN=ed.example');
  assert.equal(open(store).select('Test').subject, 'CN=Test Root');
  const freed = open(store);
  freed.privateKeys[0]?.free();
  assert.equal(freed.select().subject, 'CN=Test Root');
});

test('by subject: the whole one goes before a part of one, in any case and form', () => {
  assert.equal(named.select('www.example.org').subject, longer.subject);
  for (const subject of [
    example.subject,
    example.subject.toUpperCase(),
    'CN=www.example.org,emailAddress=x@y.example,OU=a\\+b,O=Müller\\, \\"Söhne\\",C=DE',
    'CN=www.example.org, E=x@y.example, OU=a+b, O="Müller, \\"Söhne\\"", C=DE',
    ' cn = www.example.org , e=x@y.example, ou=a+b,O=M\\C3\\BCller\\2C \\"Söhne\\", C=de ',
    'O="Müller, \\"söhne\\""',
    'x@y.example, OU=a+b',
    'Müller\\, ',
  ]) {
    assert.equal(named.select(subject).subject, example.subject, subject);
  }
  assert.equal(named.select('CN=www.example.org.example,C=DE').subject, longer.subject);
});

test('by thumbprint: MD5, SHA-1, SHA-256, whatever stands between the digits', () => {
  for (const algorithm of ['md5', 'sha1', 'sha256']) {
    const hex = createHash(algorithm).update(example.raw).digest('hex');
    const pairs = hex.toUpperCase().match(/../g) ?? [];
    for (const thumbprint of [hex, hex.toUpperCase(), pairs.join(':'), pairs.join(' ')]) {
      for (const key of ['Thumbprint', 'thumbprint', 'THUMBPRINT ']) {
        assert.equal(named.select(`${key}=${thumbprint}`).subject, example.subject);
      }
    }
    const store = read('example.pem').toString() + longer.pem;
    assert.equal(
      new Certificate({ store, configurationString: `Thumbprint=${hex}\n` }).subject,
      example.subject,
    );
  }
  assert.throws(() => named.select(`Thumbprint=${'0'.repeat(40)}`), { code: 'ERR_NO_SUCH_CERTIFICATE' });
  for (const thumbprint of ['', '00', 'x'.repeat(40), '0'.repeat(128)]) {
    assert.throws(() => named.select(`Thumbprint=${thumbprint}`), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
});

test('nothing that matches is an error that tells what there is', () => {
  for (const subject of ['CN=nobody', ',', ' ', 'www.example.orgx']) {
    assert.throws(() => open(leaf.certificate.pem).select(subject), {
      name: 'SSLError',
      code: 'ERR_NO_SUCH_CERTIFICATE',
    });
  }
  assert.throws(() => new Certificate({ ...opened, subject: 'CN=nobody' }), {
    code: 'ERR_NO_SUCH_CERTIFICATE',
    message: "no certificate in the store is 'CN=nobody': it has CN=localhost; CN=Test Root; CN=Test CA",
  });
  assert.throws(() => new Certificate({ store: leaf.privateKey.pem }), {
    code: 'ERR_NO_SUCH_CERTIFICATE',
    message: 'the store has no certificate',
  });
});

test('a subject of any length is looked for, and a long one is shown in part', () => {
  const count = 100_000;
  const parts = ['x', ',', ' ', '"', '=', '\\', '\\,', '\\41', '"\\"', 'CN=', '1.', 'é', '\n', 'Thumbprint '];
  const error = { name: 'SSLError', code: 'ERR_NO_SUCH_CERTIFICATE', message: /^.{40,1000}$/s };
  for (const part of parts) {
    const subject = part.repeat(count);
    for (const long of [`zz${subject}`, `CN=zz${subject}`, `"zz${subject}`, `zz=${subject}=,`]) {
      assert.throws(() => named.select(long), error, part);
    }
    const configurationString = `x${subject}`;
    assert.throws(() => new Certificate({ ...opened, configurationString }), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
  }
  for (const part of ['x', ' ', '"', '=', '1.']) {
    assert.throws(() => named.select(`zz${part.repeat(10_000_000)}`), error, part);
  }
  for (const hex of ['a', ':', ' ']) {
    assert.throws(() => named.select(`Thumbprint=${hex.repeat(count)}`), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const long = Certificate.generate({ subject: { OU: Array(3000).fill('x,"y"'.repeat(10)), CN: 'long' } });
  const store = CertificateStore.from([root.certificate, long.certificate]);
  assert.equal(store.select('long').commonName, 'long');
  assert.equal(store.select(long.certificate.subject.toUpperCase()).commonName, 'long');
  assert.throws(() => store.select('nobody'), { message: /^.{40,1000}$/s });
});

test('encoded: its private key is looked for in the store', () => {
  const { pem, raw } = leaf.certificate;
  for (const encoded of [pem, raw, raw.toString('base64'), Buffer.from(pem)]) {
    const certificate = new Certificate({ ...opened, encoded });
    assert.deepEqual(certificate.raw, raw);
    assert.ok(certificate.privateKey?.equals(leaf.privateKey));
  }
  // The store has another certificate for the key, or none.
  const renewed = selfSigned('renewed.pem', '/CN=renewed');
  assert.ok(new Certificate({ store: leaf.privateKey.pem, encoded: renewed.pem }).privateKeyAvailable);
  assert.throws(() => new Certificate({ ...opened, encoded: rsa.certificate.pem }), {
    name: 'SSLError',
    code: 'ERR_NO_PRIVATE_KEY',
  });
  assert.throws(() => new Certificate({ ...opened, encoded: pem, subject: '*' }), { name: 'TypeError' });
  assert.throws(() => new Certificate({ ...opened, encoded: 'leaf.pem' }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
  });
  assert.throws(() => new Certificate({ ...opened, encoded: 1 as never }), { name: 'TypeError' });
  assert.throws(() => new Certificate({ ...opened, encoded: leaf.privateKey.pem }), {
    code: 'ERR_NOT_A_CERTIFICATE',
  });
});

test('configuration strings', () => {
  const configurationString = 'PersistPFXKey=False\r\nUseInternalSecurityAPI=True\n\n';
  assert.equal(new Certificate({ ...opened, configurationString }).subject, 'CN=localhost');
  const thumbprint = middle.certificate.fingerprint;
  const chosen = { ...opened, subject: 'localhost', configurationString: `Thumbprint=${thumbprint}` };
  assert.equal(new Certificate(chosen).subject, 'CN=Test CA');
  assert.throws(() => new Certificate({ ...opened, configurationString: 'Other=1' }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
  });
  assert.throws(() => new Certificate({ ...opened, configurationString: 1 as never }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
  });
});

test('wrong arguments are TypeErrors that name them', () => {
  for (const [options, name] of [
    [{}, 'input.store'],
    [{ store: null }, 'input.store'],
    [{ ...opened, storeType: 'PFX' }, 'input.storeType'],
    [{ ...opened, storeType: 98 }, 'input.storeType'],
    [{ ...opened, subject: 1 }, 'input.subject'],
    [{ ...opened, subject: '' }, 'input.subject'],
    [{ ...opened, storePassword: 1 }, 'input.storePassword'],
    [{ ...opened, keyPassword: {} }, 'input.keyPassword'],
    [{ ...opened, subjct: 'CN=x' }, 'input must have no other names'],
  ] as const) {
    assert.throws(
      () => new Certificate(options as never),
      (error: Error & { code: string }) => {
        assert.match(error.name, /^(TypeError|RangeError)$/);
        assert.match(error.message, new RegExp(name.replace('.', '\\.')));
        return error.code.startsWith('ERR_');
      },
    );
  }
  assert.throws(() => named.select(1 as never), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
});
