import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, type Password, PrivateKey } from 'bladessl';
import { openssl, pathOf, read, withMoreIterations, write } from './helpers/openssl-files';

const password = 'Passwört';
const wrong = 'not it';

openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem');
openssl('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem');
openssl('genpkey -algorithm ED25519 -out ed25519.pem');
openssl('genpkey -algorithm ED448 -out ed448.pem');
openssl('genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa-pss.pem');
openssl('dsaparam -out params.pem 2048');
openssl('gendsa -out dsa.pem params.pem');
openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem');

/** The same key in all the forms that openssl writes, encrypted and not. */
function formsOf(name: string): { plain: string[]; encrypted: string[] } {
  const encrypt = ['-passout', `pass:${password}`];
  const file = (form: string) => `${name}-${form}`;
  openssl(`pkey -in ${name}.pem -traditional -out`, file('traditional'));
  openssl(`pkey -in ${name}.pem -traditional -outform DER -out`, file('traditional-der'));
  openssl(`pkcs8 -topk8 -nocrypt -in ${name}.pem -out`, file('pkcs8'));
  openssl(`pkcs8 -topk8 -nocrypt -in ${name}.pem -outform DER -out`, file('pkcs8-der'));
  openssl(`pkey -in ${name}.pem -traditional -aes256 -out`, file('traditional-aes'), ...encrypt);
  openssl(`pkcs8 -topk8 -in ${name}.pem -out`, file('pkcs8-aes'), ...encrypt);
  openssl(`pkcs8 -topk8 -scrypt -in ${name}.pem -out`, file('pkcs8-scrypt'), ...encrypt);
  openssl(`pkcs8 -topk8 -v1 PBE-SHA1-3DES -in ${name}.pem -out`, file('pkcs8-3des'), ...encrypt);
  openssl(`pkcs8 -topk8 -in ${name}.pem -outform DER -out`, file('pkcs8-aes-der'), ...encrypt);
  return {
    plain: ['traditional', 'traditional-der', 'pkcs8', 'pkcs8-der'].map(file),
    encrypted: ['traditional-aes', 'pkcs8-aes', 'pkcs8-scrypt', 'pkcs8-3des', 'pkcs8-aes-der'].map(file),
  };
}

const forms = new Map(['ec', 'rsa', 'dsa'].map((name) => [name, formsOf(name)]));
const ec = read('ec.pem');

for (const [name, { plain, encrypted }] of forms) {
  test(`${name}: every form of it is the same key`, () => {
    const expected = createPrivateKey(read(`${name}.pem`)).export({ type: 'pkcs8', format: 'der' });
    for (const file of plain) {
      assert.deepEqual(new PrivateKey(pathOf(file)).raw, expected, file);
      assert.deepEqual(new PrivateKey(read(file), wrong).raw, expected, `${file}, a password in vain`);
    }
    for (const file of encrypted) {
      assert.deepEqual(new PrivateKey(pathOf(file), password).raw, expected, file);
      assert.deepEqual(new PrivateKey(read(file), Buffer.from(password)).raw, expected, file);
      assert.deepEqual(new PrivateKey(read(file), () => password).raw, expected, file);
    }
  });

  test(`${name}: no password, and a wrong one`, () => {
    for (const file of encrypted) {
      assert.throws(
        () => new PrivateKey(read(file)),
        { name: 'SSLError', code: 'ERR_PASSWORD_REQUIRED' },
        file,
      );
      for (const guess of [wrong, '', () => wrong]) {
        assert.throws(
          () => new PrivateKey(read(file), guess),
          { name: 'SSLError', code: 'ERR_OSSL_EVP_BAD_DECRYPT', reason: 'bad decrypt' },
          file,
        );
      }
    }
  });
}

test('a wrong password has the same code where the padding happens to be right', () => {
  const file = read('rsa-traditional-aes');
  for (let i = 0; i < 1500; i++) {
    assert.throws(() => new PrivateKey(file, `wrong ${i}`), { code: 'ERR_OSSL_EVP_BAD_DECRYPT' });
  }
});

test('type, bits and group are those that node:crypto sees', () => {
  for (const name of ['ec', 'p384', 'rsa', 'rsa-pss', 'dsa', 'ed25519', 'ed448']) {
    const key = new PrivateKey(pathOf(`${name}.pem`));
    const reference = createPrivateKey(read(`${name}.pem`));
    const details = reference.asymmetricKeyDetails;
    assert.equal(key.type, reference.asymmetricKeyType);
    assert.equal(key.group, details?.namedCurve);
    if (details?.modulusLength !== undefined) assert.equal(key.bits, details.modulusLength);
    assert.equal(key.pem, reference.export({ type: 'pkcs8', format: 'pem' }));
    assert.deepEqual(key.raw, reference.export({ type: 'pkcs8', format: 'der' }));
  }
  assert.equal(new PrivateKey(ec).bits, 256);
});

test('a key is read from text, bytes, a file and a file URL; from among other PEM blocks', () => {
  const { certificate } = Certificate.generate({ commonName: 'x' });
  const expected = new PrivateKey(ec);
  const inputs = [
    ec.toString(),
    ec,
    Uint8Array.from(ec).buffer,
    new DataView(Uint8Array.from(ec).buffer),
    pathOf('ec.pem'),
    pathToFileURL(pathOf('ec.pem')),
    `${certificate.pem}text\n${ec}${read('rsa.pem')}`,
    openssl('ecparam -name prime256v1').concat(`\n${ec}`),
  ];
  for (const input of inputs) assert.ok(new PrivateKey(input).equals(expected));
});

test("the caller's bytes are left alone", () => {
  const input = Buffer.from(ec);
  new PrivateKey(input);
  assert.deepEqual(input, ec);
  const secret = Buffer.from(password);
  new PrivateKey(read('ec-pkcs8-aes'), secret);
  new PrivateKey(read('ec-pkcs8-aes'), () => secret);
  assert.equal(secret.toString(), password);
});

test('what is no private key is refused with the reason', () => {
  openssl('pkey -in ec.pem -pubout -out public.pem');
  openssl('pkey -in ec.pem -pubout -outform DER -out public.der');
  const { certificate } = Certificate.generate({ commonName: 'x' });
  const refused = (input: string | Uint8Array, code: string | RegExp, secret?: string) =>
    assert.throws(
      () => new PrivateKey(typeof input === 'string' ? Buffer.from(input) : input, secret),
      (error: Error & { code: string }) => {
        assert.equal(error.name, 'SSLError');
        assert.match(error.code, code instanceof RegExp ? code : new RegExp(`^${code}$`));
        return true;
      },
    );
  for (const input of [certificate.pem, certificate.raw, read('public.pem'), read('public.der')]) {
    refused(input, 'ERR_NOT_A_PRIVATE_KEY');
  }
  refused('', 'ERR_OSSL_PEM_NO_START_LINE');
  refused('hello\n', 'ERR_OSSL_PEM_NO_START_LINE');
  refused(Buffer.of(0x30, 3, 2, 1), /^ERR_OSSL_ASN1_/);
  refused(Buffer.alloc(500, '\x01\xfe', 'latin1'), /^ERR_OSSL_/);
  for (const file of ['ec-pkcs8-der', 'ec-traditional-der', 'ec-pkcs8-aes-der', 'rsa-traditional-der']) {
    refused(Buffer.concat([read(file), Buffer.of(0, 0)]), 'ERR_TRAILING_DATA', password);
    refused(read(file).subarray(0, -1), /^ERR_OSSL_/, password);
  }
  refused(ec.subarray(0, 100), 'ERR_OSSL_PEM_BAD_END_LINE');
  const fifth = read('ec-traditional-aes').toString().replace('Proc-Type: 4', 'Proc-Type: 5');
  refused(fifth, 'ERR_OSSL_PEM_NOT_PROC_TYPE', password);
});

test('a key whose password takes too long is refused at once', () => {
  const encrypt = ['-passout', `pass:${password}`];
  openssl('pkcs8 -topk8 -iter 65536 -in ec.pem -outform DER -out often.der', ...encrypt);
  openssl(
    'pkcs8 -topk8 -v1 PBE-SHA1-3DES -iter 65536 -in ec.pem -outform DER -out often-3des.der',
    ...encrypt,
  );
  openssl('pkcs8 -topk8 -scrypt -in ec.pem -outform DER -out scrypt.der', ...encrypt);
  const refusal = { name: 'SSLError', code: 'ERR_TOO_MANY_ITERATIONS' };
  for (const file of ['often.der', 'often-3des.der']) {
    assert.equal(new PrivateKey(read(file), password).type, 'ec');
    const [patched] = withMoreIterations(read(file));
    assert.throws(() => new PrivateKey(patched as Buffer, password), refusal);
  }
  const parallel = read('scrypt.der');
  assert.equal(new PrivateKey(parallel, password).type, 'ec');
  const factors = Buffer.of(2, 2, 0x40, 0, 2, 1, 8, 2, 1, 1); // N = 16384, r = 8, p = 1
  parallel.writeUInt8(127, parallel.indexOf(factors) + factors.length - 1);
  assert.throws(() => new PrivateKey(parallel, password), refusal);
});

/** A SEQUENCE of DER. */
function sequence(...content: Buffer[]): Buffer {
  const inside = Buffer.concat(content);
  const head = Buffer.of(0x30, 0x83, 0, 0, 0);
  head.writeUIntBE(inside.length, 2, 3);
  return Buffer.concat([head, inside]);
}

test('a scheme in a scheme in a scheme is refused, and takes no memory', () => {
  const pbes2 = Buffer.from('06092a864886f70d01050d', 'hex');
  const cipher = Buffer.from('300a06082a864886f70d0307', 'hex');
  let scheme = sequence(pbes2, cipher);
  for (let depth = 0; depth < 8000; depth++) scheme = sequence(pbes2, sequence(scheme, cipher));
  const key = sequence(scheme, Buffer.of(4, 1, 0));
  const before = process.memoryUsage.rss();
  assert.throws(() => new PrivateKey(key, password), { name: 'SSLError' });
  assert.ok(process.memoryUsage.rss() - before < 256 * 1024 * 1024);
});

test('every damaged byte of a key gives a key or an error, never worse', () => {
  for (const file of ['ec-pkcs8-der', 'ec-pkcs8-3des', 'ec-traditional-aes', 'ec-traditional-der']) {
    const bytes = read(file);
    for (let index = 0; index < bytes.length; index++) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(index) ^ 0x11, index);
      try {
        assert.equal(typeof new PrivateKey(damaged, password).type, 'string');
      } catch (error) {
        assert.equal((error as Error).name, 'SSLError', inspect(error));
      }
    }
  }
});

test('a file that is not there is a system error', () => {
  assert.throws(() => new PrivateKey(pathOf('absent.pem')), { name: 'SSLSyscallError', code: 'ENOENT' });
});

test('the password function is called once, only for an encrypted key', () => {
  let calls = 0;
  const answer = () => {
    calls++;
    return password;
  };
  new PrivateKey(ec, answer);
  assert.throws(() => new PrivateKey(Buffer.from('hello'), answer), { code: 'ERR_OSSL_PEM_NO_START_LINE' });
  assert.equal(calls, 0);
  new PrivateKey(read('ec-pkcs8-aes'), answer);
  assert.equal(calls, 1);
  assert.throws(() => new PrivateKey(read('ec-pkcs8-aes'), () => answer().slice(1)), {
    code: 'ERR_OSSL_EVP_BAD_DECRYPT',
  });
  assert.equal(calls, 2);
});

test('what the password function throws reaches the caller unchanged', () => {
  const mine = new Error('mine');
  const failing = () => {
    throw mine;
  };
  assert.throws(
    () => new PrivateKey(read('ec-pkcs8-aes'), failing),
    (error) => error === mine,
  );
});

test('a password of a wrong kind is a TypeError that does not show it', () => {
  const input = read('ec-pkcs8-aes');
  const message = /^(?!.*(12345|secret)).*password/;
  const wrongTypes: unknown[] = [12345, null, { secret: 1 }, ['secret'], true, Symbol('secret')];
  for (const value of wrongTypes) {
    const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message };
    assert.throws(() => new PrivateKey(input, value as Password), expected);
    assert.throws(() => new PrivateKey(input, (() => value) as () => string), expected);
  }
  const asynchronous = (async () => password) as unknown as () => string;
  const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /password\(\)/ };
  assert.throws(() => new PrivateKey(input, asynchronous), expected);
  assert.throws(() => new PrivateKey(input, (() => undefined) as never), expected);
  const nul = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message };
  assert.throws(() => new PrivateKey(input, 'secret\0'), nul);
  assert.throws(() => new PrivateKey(input, () => 'secret\0'), nul);
  const long = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message };
  assert.throws(() => new PrivateKey(input, 'x'.repeat(1025)), long);
});

test('the password function may use the package, and the bytes may change under it', () => {
  const input = read('ec-pkcs8-aes');
  let inner: PrivateKey | undefined;
  const key = new PrivateKey(input, () => {
    assert.throws(() => new PrivateKey(Buffer.from('hello')), { code: 'ERR_OSSL_PEM_NO_START_LINE' });
    inner = new PrivateKey(read('ec-traditional-aes'), () => password);
    return password;
  });
  assert.ok(inner?.equals(key));
  const destroyed = Uint8Array.from(input);
  assert.throws(
    () =>
      new PrivateKey(destroyed, () => {
        structuredClone(destroyed.buffer, { transfer: [destroyed.buffer] });
        return password;
      }),
    { code: 'ERR_OSSL_PEM_NO_START_LINE' },
  );
});

test('wrong arguments are TypeErrors that name them, and show no key', () => {
  const Any = PrivateKey as unknown as new (...args: unknown[]) => PrivateKey;
  for (const value of [undefined, null, 1, {}, () => ec, new PrivateKey(ec)]) {
    assert.throws(() => new Any(value), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^input /,
    });
  }
  const expected = { name: 'TypeError', message: 'input must not contain a NUL character' };
  for (const value of ['a\0b', `${ec}\0`]) assert.throws(() => new Any(value), expected);
  assert.throws(() => new PrivateKey(ec).equals(ec as never), { name: 'TypeError', message: /^other / });
});

test('equals', () => {
  const key = new PrivateKey(ec);
  assert.equal(key.equals(new PrivateKey(pathOf('ec-pkcs8-der'))), true);
  assert.equal(key.equals(new PrivateKey(pathOf('rsa.pem'))), false);
  assert.equal(key.equals(Certificate.generate({ commonName: 'x' }).privateKey), false);
});

test('nothing shows the key but pem and raw', () => {
  const key = new PrivateKey(ec);
  const [, body = ''] = ec.toString().split('\n');
  assert.equal(body.length, 64);
  const shown = [
    inspect(key, { showHidden: true, depth: 9, getters: true }),
    JSON.stringify(key),
    String(key),
    inspect([key]),
  ];
  for (const text of shown) {
    assert.ok(!text.includes(body) && !text.includes('BEGIN'), text);
    assert.match(text, /ec/);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(key)), { type: 'ec', bits: 256, group: 'prime256v1' });
  assert.deepEqual({ ...key }, {});
  assert.ok(key.pem.includes(body));
});

test('a freed key throws FreedError from every member, and can be freed again', () => {
  const key = new PrivateKey(ec);
  assert.notEqual(key.getPointer(), 0n);
  key.free();
  key.free();
  key[Symbol.dispose]();
  assert.equal(key.freed, true);
  assert.equal(inspect(key), 'PrivateKey { freed: true }');
  const freed = { name: 'FreedError', code: 'ERR_FREED' };
  for (const member of ['pem', 'raw', 'type', 'bits', 'group'] as const)
    assert.throws(() => key[member], freed);
  const other = new PrivateKey(ec);
  assert.throws(() => key.equals(other), freed);
  assert.throws(() => other.equals(key), freed);
  assert.throws(() => key.getPointer(), freed);
  assert.throws(() => key.toString(), freed);
  assert.throws(() => key.toJSON(), freed);
});

test('a key in a file that needs an algorithm of the past is refused with the reason', () => {
  const path = write('legacy.pem', '');
  openssl(
    'pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -passout pass:x -in ec.pem -out',
    path,
  );
  assert.throws(() => new PrivateKey(path, 'x'), { name: 'SSLError', code: 'ERR_OSSL_EVP_UNSUPPORTED' });
});
