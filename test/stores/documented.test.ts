// The table of docs/stores.md for those who know a certificate's fields by other names.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { Certificate } from 'bladessl';
import { root } from '../helpers/programs';

const text = readFileSync(join(root, 'docs/stores.md'), 'utf8').split('## By other names')[1] ?? '';
const rows = text.split('\n').filter((line) => line.startsWith('| `'));

const fields = [
  'effectiveDate expirationDate extendedKeyUsage fingerprint fingerprintSHA1 fingerprintSHA256 issuer',
  'keyPassword privateKey privateKeyAvailable privateKeyContainer publicKey publicKeyAlgorithm publicKeyLength',
  'serialNumber signatureAlgorithm store storeB storePassword storeType subjectAltNames thumbprintMD5',
  'thumbprintSHA1 thumbprintSHA256 usage usageFlags version subject encoded encodedB',
].flatMap((line) => line.split(' '));

test('each field has its row', () => {
  const named = rows.flatMap((row) =>
    Array.from(row.split(' | ')[0]?.matchAll(/`(\w+)`/g) ?? [], ([, name]) => name),
  );
  for (const field of fields) assert.ok(named.includes(field), field);
});

test('what it is here is there', () => {
  const { certificate } = Certificate.generate({ commonName: 'x' });
  const members = Array.from(text.matchAll(/`certificate\.(\w+)/g), ([, name]) => name ?? '');
  assert.ok(members.length > 25);
  for (const member of members) assert.ok(member in certificate, member);
});
