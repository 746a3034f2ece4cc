// At each security level CRLs and OCSP responses may be signed with what certificates may be signed with, and with
// nothing else: what OpenSSL makes of a certificate is what is expected of both.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  type CertificateGenerateOptions,
  CRL,
  OCSPResponse,
  PrivateKey,
  type SSLContext,
  TLSClientContext,
  TLSServerContext,
  verify,
} from 'bladessl';
import { attempt, type Outcome } from '../helpers/handshake';
import { certified, delegate, inDays, ca as revokingCA, server } from '../helpers/revocation';

interface Kind {
  readonly key: CertificateGenerateOptions['key'];
  readonly digests: readonly (string | undefined)[];
  /** The highest level at which such a key is strong enough. */
  readonly highest: number;
}

const sha2 = ['sha224', 'sha256', 'sha384', 'sha512'];
const kinds: Readonly<Record<string, Kind>> = {
  ECDSA: { key: { type: 'ec', curve: 'P-521' }, digests: ['sha1', ...sha2], highest: 5 },
  RSA: { key: 'rsa', digests: ['md5', 'sha1', ...sha2], highest: 2 },
  'RSA-PSS': { key: { type: 'rsa-pss' }, digests: ['sha1', ...sha2], highest: 2 },
  Ed25519: { key: 'ed25519', digests: [undefined], highest: 3 },
  Ed448: { key: { type: 'ed448' }, digests: [undefined], highest: 4 },
};

const levels = (highest: number) => Array.from({ length: highest + 1 }, (_, level) => level);

for (const [name, { key, digests, highest }] of Object.entries(kinds)) {
  const ca = Certificate.generate({ commonName: 'CA', key, days: 100 });
  const leafKey = PrivateKey.generate({ type: 'ec', curve: 'P-521' });
  const leaf = (digest?: string) =>
    Certificate.generate({ commonName: 'leaf', issuer: ca, key: leafKey, digest }).certificate;
  const strong = leaf(digests.at(-1));

  for (const digest of digests) {
    test(`${name}, ${digest ?? 'which hashes by itself'}`, () => {
      const signed = leaf(digest);
      const crl = CRL.generate({ issuer: ca, digest });
      const response = OCSPResponse.generate({ issuer: ca, responses: [{ certificate: strong }], digest });
      for (const securityLevel of levels(highest)) {
        const options = { trusted: ca.certificate, securityLevel };
        const expected = verify(signed, options);
        const byCRL = verify(strong, { ...options, crls: crl });
        const byResponse = response.verify({ certificate: strong, issuer: ca.certificate, securityLevel });
        const found = (verdict: object) => ({
          code: 0,
          depth: 0,
          ...verdict,
          chain: [],
          response: undefined,
        });
        assert.deepEqual(found(byCRL), found(expected), `level ${securityLevel}`);
        if (!expected.ok) assert.equal(expected.name, 'X509_V_ERR_CA_MD_TOO_WEAK');
        assert.equal(byResponse.ok || byResponse.code, expected.ok || 'ERR_OCSP_WEAK_SIGNATURE');
      }
    });
  }
}

test("the responder's own certificate is held to the level", () => {
  const { certificate } = server;
  const issuer = revokingCA.certificate;
  const signer = '-CA revoking-ca.pem -CAkey revoking-ca-key.pem -sha1';
  const weak = certified('weak-delegate', 'extendedKeyUsage = OCSPSigning', 100, signer);
  for (const [responder, code] of [
    [delegate, undefined],
    [weak, 'ERR_OCSP_UNTRUSTED_RESPONDER'],
  ] as const) {
    const response = OCSPResponse.generate({ issuer: revokingCA, responder, responses: [{ certificate }] });
    assert.equal(response.verify({ certificate, issuer }).ok, true);
    const verdict = response.verify({ certificate, issuer, securityLevel: 1 });
    assert.equal(verdict.ok ? undefined : verdict.code, code);
    if (!verdict.ok) assert.match(verdict.message, /too weak/);
  }
});

// --- In handshakes ---

const ca = Certificate.generate({ commonName: 'CA', days: 100 });
const identity = Certificate.generate({ commonName: 'localhost', issuer: ca });
const responses = [{ certificate: identity.certificate, thisUpdate: inDays(-1) }];

function serving(digest: string): TLSServerContext {
  const context = new TLSServerContext();
  context.securityLevel = 0;
  context.useCertificate(identity.certificate).usePrivateKey(identity.privateKey);
  context.ocspResponses = OCSPResponse.generate({ issuer: ca, responses, digest });
  return context;
}

function shake(level: number | undefined, digest: string, asks: (context: SSLContext) => void): Outcome {
  const client = new TLSClientContext().addCA(ca.certificate);
  if (level !== undefined) client.securityLevel = level;
  asks(client);
  return attempt(client, serving(digest));
}

test('a handshake holds CRLs and staples to the level of its context', () => {
  const byCRL = (digest: string) => (context: SSLContext) =>
    context.addCRL(CRL.generate({ issuer: ca, digest }));
  const byStaple = (context: SSLContext) => {
    context.statusRequest = 'require';
  };
  for (const level of [undefined, 0, 1, 2, 3]) {
    const expected = level === 0;
    const { clientError: fault } = shake(level, 'sha1', byCRL('sha1'));
    assert.equal(fault?.verifyError?.name, expected ? undefined : 'X509_V_ERR_CA_MD_TOO_WEAK');
    assert.equal(fault?.alert?.name, expected ? undefined : 'bad_certificate');
    assert.match(fault?.hint ?? 'CRL', /\bCRL\b/);
    const { clientError: refusal } = shake(level, 'sha1', byStaple);
    assert.equal(refusal?.code, expected ? undefined : 'ERR_OCSP_WEAK_SIGNATURE');
    assert.equal(refusal?.alert?.name, expected ? undefined : 'bad_certificate_status_response');
    assert.equal(shake(level, 'sha256', byCRL('sha256')).clientError, undefined);
    assert.equal(shake(level, 'sha256', byStaple).clientError, undefined);
  }
});

test('a callback may accept a CRL that is signed too weakly, and nothing else with it', () => {
  for (const [revoked, name] of [
    [[], undefined],
    [[{ certificate: identity.certificate }], 'X509_V_ERR_CERT_REVOKED'],
  ] as const) {
    const client = new TLSClientContext().addCA(ca.certificate);
    client.addCRL(CRL.generate({ issuer: ca, digest: 'sha1', revoked }));
    client.onVerify = (event) => event.ok || event.name === 'X509_V_ERR_CA_MD_TOO_WEAK';
    assert.equal(attempt(client, serving('sha256')).clientError?.verifyError?.name, name);
  }
});
