// SSH public keys, PuTTY's private keys, and .NET's XML.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import test from 'node:test';
import { type CertificateStore, CertStoreTypes, PrivateKey } from 'bladessl';
import type { Identity } from '../helpers/identities';
import { openssl, pathOf, read, write } from '../helpers/openssl-files';
import { jwkOf, leaf, open, password, rsa, typeName } from '../helpers/store-files';

const { cstPPKBlob, cstSSHPublicKeyBlob, cstSSHPublicKeyFile, cstXMLBlob } = CertStoreTypes;

// puttygen hangs with the library of a sanitizer.
const { LD_PRELOAD: _, ...env } = process.env;

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const kinds = [
  ['rsa', '2048'],
  ['ecdsa', '256'],
  ['ecdsa', '384'],
  ['ecdsa', '521'],
  ['ed25519', '256'],
] as const;

/** A key pair of SSH; the private key as OpenSSH keeps it. */
function keyPair([type, bits]: (typeof kinds)[number]): string {
  const name = pathOf(`ssh-${type}-${bits}`);
  run('rm', '-f', name, `${name}.pub`);
  run('ssh-keygen', '-q', '-t', type, '-b', bits, '-N', '', '-C', 'Ein Schlüssel: a\\b', '-f', name);
  return name;
}

const pairs = kinds.map(keyPair);

/** The public key of a store as a line of SSH, but for the comment. */
function lineOf(store: CertificateStore, index = 0): string {
  const key = store.publicKeys[index];
  assert.ok(key);
  const file = write('public.pem', key.export({ type: 'spki', format: 'pem' }));
  return run('ssh-keygen', '-i', '-m', 'PKCS8', '-f', file).trim();
}

test('SSH public keys of each kind, as ssh-keygen reads them', () => {
  for (const name of pairs.filter((each) => !each.includes('ed25519'))) {
    const text = read(name.slice(pathOf('').length) + '.pub').toString();
    const expected = text.split(' ').slice(0, 2).join(' ');
    for (const [store, type] of [
      [text, cstSSHPublicKeyBlob],
      [Buffer.from(text), cstSSHPublicKeyBlob],
      [`${name}.pub`, cstSSHPublicKeyFile],
      [run('ssh-keygen', '-e', '-m', 'RFC4716', '-f', `${name}.pub`), cstSSHPublicKeyBlob],
    ] as const) {
      for (const asked of [type, undefined]) {
        const opened = open(store, { type: asked, password: 'not needed' });
        assert.equal(opened.type, type);
        assert.equal(lineOf(opened), expected);
        assert.deepEqual([opened.size, opened.privateKeys.length], [0, 0]);
      }
    }
  }
  const [, blob = ''] = read('ssh-ed25519-256.pub').toString().split(' ');
  const { x } = open(pathOf('ssh-ed25519-256.pub')).publicKeys[0]?.export({ format: 'jwk' }) ?? {};
  assert.equal(x, Buffer.from(blob, 'base64').subarray(-32).toString('base64url'));
});

test('several lines, comments, and what is no key', () => {
  const lines = pairs.map((name) => read(`${name.slice(pathOf('').length)}.pub`).toString());
  assert.equal(open(`# keys\n\n${lines.join('\r\n')}`, { type: cstSSHPublicKeyBlob }).publicKeys.length, 5);
  const [line = ''] = lines;
  const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  const long = Buffer.concat([blob, Buffer.of(0)]).toString('base64');
  for (const bad of [
    line.replace('ssh-rsa', 'ssh-ed25519'),
    line.replace('ssh-rsa', 'ssh-dss'),
    `ssh-rsa ${long}`,
    `ssh-rsa ${blob.subarray(0, 100).toString('base64')}`,
    `ssh-rsa ${blob.subarray(0, 2).toString('base64')}`,
    'ssh-rsa',
    'sk-ssh-ed25519@openssh.com AAAA',
    `${line}\nnothing`,
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAAA==',
    '# nothing',
    '---- BEGIN SSH2 PUBLIC KEY ----\nComment: x\n',
  ]) {
    assert.throws(
      () => open(bad, { type: cstSSHPublicKeyBlob }),
      { name: 'SSLError', code: 'ERR_STORE_FORMAT' },
      bad,
    );
  }
});

/** A PPK file of a key of OpenSSH's. */
function ppk(name: string, version: '2' | '3', passphrase: string): Buffer {
  const [out, secret] = [pathOf('key.ppk'), write('secret', passphrase)];
  const options = ['-O', 'private', '--ppk-param', `version=${version}`, '--new-passphrase', secret];
  run('puttygen', name, ...options, '-o', out);
  return read('key.ppk');
}

/** The key that OpenSSH sees in its own file. */
function opensshKey(name: string): PrivateKey {
  const copy = `${name}.copy`;
  run('cp', name, copy);
  run('puttygen', copy, '-O', 'private-openssh', '-o', copy);
  if (!name.includes('ed25519')) return new PrivateKey(copy);
  // OpenSSH's own format: the seed follows the public key, in front of which it stands once more.
  const body = read(`${name.slice(pathOf('').length)}`)
    .toString()
    .replace(/-----.*-----|\n/g, '');
  const bytes = Buffer.from(body, 'base64');
  const [, blob = ''] = read(`${name.slice(pathOf('').length)}.pub`)
    .toString()
    .split(' ');
  const x = Buffer.from(blob, 'base64').subarray(-32);
  const d = bytes.subarray(bytes.lastIndexOf(x) - 32, bytes.lastIndexOf(x));
  const [publicPart, privatePart] = [x.toString('base64url'), d.toString('base64url')];
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicPart, d: privatePart };
  return new PrivateKey(
    createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'der' }),
  );
}

test('PPK files of each kind and version', () => {
  for (const name of pairs) {
    const expected = opensshKey(name);
    for (const version of ['2', '3'] as const) {
      const plain = ppk(name, version, '');
      for (const store of [plain, plain.toString('latin1').replaceAll('\n', '\r\n'), pathOf('key.ppk')]) {
        const opened = open(
          typeof store === 'string' && store.startsWith('PuTTY') ? Buffer.from(store, 'latin1') : store,
        );
        assert.deepEqual(opened.privateKeys[0]?.raw, expected.raw, `${name} ${version}`);
        assert.match(typeName(opened) ?? '', /^cstPPK/);
      }
    }
    const encrypted = ppk(name, '2', 'Passwort');
    const opened = open(encrypted, { type: cstPPKBlob, password: () => 'Passwort' });
    assert.deepEqual(opened.privateKeys[0]?.raw, expected.raw);
  }
});

test('a PPK file: no password, a wrong one, Argon2, and what was changed', () => {
  const [name = ''] = pairs;
  const encrypted = ppk(name, '2', password);
  assert.equal(open(encrypted, { keyPassword: password }).privateKeys.length, 1);
  assert.throws(() => open(encrypted), { name: 'SSLError', code: 'ERR_PASSWORD_REQUIRED' });
  for (const wrong of ['wrong', '', () => 'wrong']) {
    assert.throws(() => open(encrypted, { password: wrong }), {
      name: 'SSLError',
      code: 'ERR_OSSL_EVP_BAD_DECRYPT',
    });
  }
  assert.throws(() => open(ppk(name, '3', password), { password }), {
    code: 'ERR_FEATURE_UNAVAILABLE',
    message: /version=2/,
  });
  const text = ppk(name, '2', '').toString('latin1');
  for (const bad of [
    text.replace('Comment: ', 'Comment: x'),
    text.replace(/Private-MAC: ..../, 'Private-MAC: 0000'),
    text.replace(/Private-MAC:.*/, 'Private-MAC: 00'),
    text.replace(/Private-MAC:.*/, ''),
    text.replace('none', 'rot13'),
    text.replace('File-2', 'File-1'),
    text.replace('File-2', 'File-3'),
    text.replace(/Public-Lines: \d+/, 'Public-Lines: 1000000000'),
    text.replace(/Private-Lines: \d+/, 'Private-Lines: -1'),
    text.replace(/Private-Lines: \d+/, 'Private-Lines: x'),
    text.slice(0, 100),
  ]) {
    assert.throws(() => open(Buffer.from(bad, 'latin1'), { type: cstPPKBlob }), {
      name: 'SSLError',
      code: 'ERR_STORE_FORMAT',
    });
  }
});

/** A key as .NET writes it. */
function xmlOf(identity: Identity, names: readonly string[]): string {
  const jwk = jwkOf(identity);
  const elements = [
    ['Modulus', 'n'],
    ['Exponent', 'e'],
    ['P', 'p'],
    ['Q', 'q'],
    ['DP', 'dp'],
    ['DQ', 'dq'],
    ['InverseQ', 'qi'],
    ['D', 'd'],
  ] as const;
  const texts = elements
    .filter(([name]) => names.includes(name))
    .map(([name, member]) => {
      const base64 = Buffer.from(jwk[member] ?? '', 'base64url').toString('base64');
      return `<${name}>${base64}</${name}>`;
    });
  return `<RSAKeyValue>${texts.join('')}</RSAKeyValue>`;
}

const publicNames = ['Modulus', 'Exponent'];
const privateNames = [...publicNames, 'P', 'Q', 'DP', 'DQ', 'InverseQ', 'D'];

test("an RSA key in .NET's XML", () => {
  const xml = xmlOf(rsa, privateNames);
  const spread = `\ufeff<?xml version="1.0"?>\n${xml.replaceAll('><', '>\n  <')}\n`;
  for (const store of [xml, Buffer.from(spread), write('key.xml', spread)]) {
    const opened = open(store, { password: 'not needed' });
    assert.ok(opened.privateKeys[0]?.equals(rsa.privateKey));
    assert.deepEqual(opened.privateKeys[0]?.raw, rsa.privateKey.raw);
    assert.match(typeName(opened) ?? '', /^cstXML/);
  }
  const [key] = open(xmlOf(rsa, publicNames), { type: cstXMLBlob }).publicKeys;
  assert.ok(key?.equals(createPublicKey(rsa.certificate.pem)));
});

test('XML that is no RSA key', () => {
  const xml = xmlOf(rsa, privateNames);
  for (const bad of [
    xml.replace('</RSAKeyValue>', ''),
    xml.replace('<D>', '<D>!'),
    xml.replace('<D>', '<E>').replace('</D>', '</E>'),
    xml.replace('</D>', '</D><D>AAAA</D>'),
    xml.replace('</D>', '</D>x'),
    xml.replace('<P>', '<constructor>').replace('</P>', '</constructor>'),
    xmlOf(rsa, ['Modulus']),
    xmlOf(rsa, privateNames.slice(0, -2)).replace('</RSAKeyValue>', '<D>AAAA</D></RSAKeyValue>'),
    `${xml}${xml}`,
    `<!DOCTYPE x [<!ENTITY a "b">]>${xml}`,
  ]) {
    assert.throws(() => open(bad, { type: cstXMLBlob }), { name: 'SSLError', code: 'ERR_STORE_FORMAT' }, bad);
  }
});

test('keys alone make no certificate', () => {
  openssl('pkey -in leaf-key.pem -pubout -out public.pem');
  assert.equal(open(pathOf('public.pem')).size, 0);
  assert.throws(() => open(leaf.privateKey.pem).select(), { code: 'ERR_NO_SUCH_CERTIFICATE' });
});
