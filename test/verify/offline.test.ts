// The table of chains without a connection: verify(), and `openssl verify` beside it.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as bladessl from 'bladessl';
import { TLSClientContext, versions } from 'bladessl';
import { askCommand, chainOf, commandVersion, faultsOf, judge } from './judging';
import { mint } from './recipes';
import { expectedOfCommand, type Fault, partsOf, type Row } from './row';
import { clientRows, rows } from './table';

// `openssl verify` goes on after these (cb of apps/verify.c).
const goesOn = new Set([
  'X509_V_ERR_NO_EXPLICIT_POLICY',
  'X509_V_ERR_CERT_HAS_EXPIRED',
  'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT',
  'X509_V_ERR_INVALID_CA',
  'X509_V_ERR_INVALID_NON_CA',
  'X509_V_ERR_PATH_LENGTH_EXCEEDED',
  'X509_V_ERR_INVALID_PURPOSE',
  'X509_V_ERR_CRL_HAS_EXPIRED',
  'X509_V_ERR_CRL_NOT_YET_VALID',
  'X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION',
  'X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA',
  'X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN',
  'X509_V_ERR_CA_BCONS_NOT_CRITICAL',
  'X509_V_ERR_CA_CERT_MISSING_KEY_USAGE',
  'X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA',
  'X509_V_ERR_ISSUER_NAME_EMPTY',
  'X509_V_ERR_SUBJECT_NAME_EMPTY',
  'X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL',
  'X509_V_ERR_EMPTY_SUBJECT_ALT_NAME',
  'X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY',
  'X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL',
  'X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL',
  'X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER',
  'X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER',
  'X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3',
]);

/** What the command is to print of these faults: `10@0`. */
function printed(faults: readonly Fault[]): string[] {
  const parts = faults.map(partsOf);
  const last = parts.findIndex(({ name }) => !goesOn.has(name));
  const shown = last === -1 ? parts : parts.slice(0, last + 1);
  return shown.map(({ name, depth }) => `${Reflect.get(bladessl, name)}@${depth}`);
}

for (const row of [...rows, ...clientRows]) {
  test(row.name, () => {
    assert.deepEqual(faultsOf(judge(row)), row.faults.slice(0, 1));
    assert.deepEqual(askCommand(row), printed(expectedOfCommand(row, commandVersion)), 'openssl verify');
  });
}

test('of several hosts one is enough', () => {
  const stranger = 'stranger.test';
  for (const row of rows) {
    if (row.host === undefined) continue;
    const expected = row.faults.slice(0, 1);
    for (const host of [
      [row.host, stranger],
      [stranger, row.host],
      [stranger, stranger, row.host],
    ]) {
      assert.deepEqual(faultsOf(judge(row, { host })), expected, `${row.name}, ${host}`);
    }
    assert.equal(judge(row, { host: [stranger] }).ok, false, row.name);
  }
});

test('the order of a chain means nothing, nor does it that certificates come twice', () => {
  for (const row of rows) {
    const chain = chainOf(row).map((name) => mint.certificate(name));
    const expected = row.faults.slice(0, 1);
    for (const shuffled of [
      chain.toReversed(),
      [...chain, ...chain],
      [mint.certificate(row.leaf), ...chain],
    ]) {
      assert.deepEqual(faultsOf(judge(row, { chain: shuffled })), expected, row.name);
    }
  }
});

test('CRLs that are given are as good as those of a directory', () => {
  const asking = rows.filter(({ flags, directory }) => directory && flags?.includes('CRL_CHECK'));
  assert.ok(asking.length > 0);
  for (const row of asking) {
    const crls = row.directory?.map((name) => mint.crlFile(name));
    const expected = row.faults.slice(0, 1);
    assert.deepEqual(faultsOf(judge(row, { crls, directories: [] })), expected, row.name);
  }
});

test('each row has a name of its own', () => {
  const names = new Set(rows.map(({ name }) => name));
  assert.equal(names.size, rows.length);
});

test('a time that no certificate can name', () => {
  for (const time of ['+010000-01-01T00:00:00Z', '-000001-12-31T23:59:59Z']) {
    const row: Row = { name: time, leaf: 'good', time, faults: [] };
    const fault = {
      name: 'RangeError',
      code: 'ERR_OUT_OF_RANGE',
      message: /^options\.time must be of a year/,
    };
    assert.throws(() => judge(row), fault);
    const context = new TLSClientContext();
    assert.throws(() => (context.verifyTime = new Date(time)), { ...fault, message: /^verifyTime must be/ });
    assert.equal(context.verifyTime, undefined);
  }
});

// Then the rows above compare the very same code, but for the differences that are named.
if (versions.flavour === 'static') {
  test('the static flavour has the OpenSSL of the command', () => {
    assert.equal(versions.openssl, commandVersion);
  });
}
