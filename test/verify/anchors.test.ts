// A CA that has renewed its key, and trust that comes from several places: the certificates that all contexts share,
// what one context was given, and directories. Whichever place has the right one, it is found.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import test, { type TestContext } from 'node:test';
import { type SSLContext, TLSClientContext, TLSServerContext, verify, X509_V_FLAG_CRL_CHECK } from 'bladessl';
import { attempt } from '../helpers/handshake';
import { pathOf, write } from '../helpers/openssl-files';
import { mint } from './recipes';

const leaves = { rollover: 'underRollover', rolloverBefore: 'underRolloverBefore' } as const;
type Root = keyof typeof leaves;
const roots = Object.keys(leaves) as Root[];

/** Makes certificates the system's default trust while a test runs. */
function useAsSystemTrust(t: TestContext, names: readonly string[]): void {
  const before = process.env.SSL_CERT_FILE;
  t.after(() => {
    if (before === undefined) delete process.env.SSL_CERT_FILE;
    else process.env.SSL_CERT_FILE = before;
  });
  const bundle = Buffer.concat(names.map((name) => readFileSync(mint.file(name))));
  process.env.SSL_CERT_FILE = write(`bundle-${names.join('-')}.pem`, bundle);
}

function assertTrusts(context: SSLContext, root: Root, expected: boolean): void {
  const leaf = leaves[root];
  const server = new TLSServerContext().useCertificate(mint.certificate(leaf));
  const { clientError } = attempt(context, server.usePrivateKey(mint.keyFile(leaf)));
  assert.equal(
    clientError?.verifyError?.name,
    expected ? undefined : 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  );
}

for (const shared of roots) {
  const other = roots.find((root) => root !== shared) as Root;

  test(`${shared} is shared, ${other} is given`, (t) => {
    useAsSystemTrust(t, [shared]);
    const both = new TLSClientContext().loadDefaultTrust().addCA(mint.certificate(other));
    const theOtherWay = new TLSClientContext().addCA(mint.certificate(other)).loadDefaultTrust();
    const alone = new TLSClientContext().loadDefaultTrust();
    for (const root of roots) {
      assertTrusts(both, root, true);
      assertTrusts(theOtherWay, root, true);
      assertTrusts(alone, root, root === shared);
    }
  });

  test(`${shared} is shared, ${other} comes after the first connection`, (t) => {
    useAsSystemTrust(t, [shared]);
    const context = new TLSClientContext().loadDefaultTrust();
    assertTrusts(context, other, false);
    assertTrusts(context.addCA(mint.certificate(other)), other, true);
    assertTrusts(context, shared, true);
    assertTrusts(new TLSClientContext().loadDefaultTrust(), other, false);
  });

  test(`${shared} and ${other} are shared`, (t) => {
    useAsSystemTrust(t, [shared, other]);
    for (const root of roots) {
      assertTrusts(new TLSClientContext().loadDefaultTrust(), root, true);
      assert.equal(verify(mint.certificate(leaves[root])).ok, true);
    }
  });

  test(`${shared} and Node's roots are shared`, (t) => {
    useAsSystemTrust(t, [shared]);
    const context = new TLSClientContext().loadDefaultTrust('node').loadDefaultTrust();
    for (const root of roots) assertTrusts(context, root, root === shared);
    assert.equal(verify(mint.certificate(leaves[shared]), { trusted: 'node' }).ok, false);
  });
}

test('a CRL from a directory is asked for with trust that is shared', (t) => {
  useAsSystemTrust(t, ['root']);
  const options = { chain: [mint.certificate('middle')], flags: X509_V_FLAG_CRL_CHECK };
  for (const [crl, error] of [
    ['crlRevokingLeaf', 'X509_V_ERR_CERT_REVOKED'],
    ['crlOfMiddle', undefined],
    ['crlOfRoot', 'X509_V_ERR_UNABLE_TO_GET_CRL'],
  ] as const) {
    const verdict = verify(mint.certificate('good'), { ...options, directories: [mint.directory([crl])] });
    assert.equal(verdict.ok ? undefined : verdict.name, error);
  }
});

test('the shared certificates follow the file', (t) => {
  useAsSystemTrust(t, ['rolloverBefore']);
  const leaf = mint.certificate('underRollover');
  assert.equal(verify(leaf).ok, false);
  const kept = new TLSClientContext().loadDefaultTrust();
  copyFileSync(mint.file('rollover'), pathOf('bundle-rolloverBefore.pem'));
  assert.equal(verify(leaf).ok, true);
  assertTrusts(kept, 'rollover', false);
  assertTrusts(new TLSClientContext().loadDefaultTrust(), 'rollover', true);
});
