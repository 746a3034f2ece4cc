// Verification of peers: whom an SSL takes and whom it refuses, and what it says then.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as constants from 'bladessl';
import {
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  TLSClientContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import { assertRefused } from './helpers/failures';
import { attempt, carry, connected } from './helpers/handshake';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';
import { belowLocalhost, dated, signed } from './helpers/openssl-identities';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

for (const version of versions) {
  const client = (trusted?: Certificate) => only(clientContext(trusted), version);

  test(`${version}: an unknown CA`, () => {
    for (const context of [only(new TLSClientContext(), version), client(someone.certificate)]) {
      const outcome = attempt(context, serverContext());
      assertRefused(outcome, 'client', 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown_ca', {
        depth: 0,
        subject: 'CN=localhost',
        expected: undefined,
      });
      assert.equal(outcome.client.verifyResult.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
      assert.match(outcome.client.verifyResult.message, /unable to get local issuer certificate/);
    }
  });

  test(`${version}: a CA of the same name with another key`, () => {
    const impostor = Certificate.generate({ commonName: 'Test CA' });
    const { clientError } = attempt(client(impostor.certificate), serverContext());
    assert.equal(clientError?.name, 'CertificateVerifyError');
    assert.equal(clientError.alert?.direction, 'sent');
  });

  test(`${version}: a self-signed certificate is taken if it is trusted itself`, () => {
    const own = Certificate.generate({ commonName: 'localhost' });
    const outcome = attempt(client(), serverContext(own));
    assertRefused(outcome, 'client', 'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown_ca', { depth: 0 });
    connected(client(own.certificate), serverContext(own));
  });

  test(`${version}: a certificate whose time is over, or has not come`, () => {
    const expired = dated('expired', '20200101000000Z', '20210101000000Z');
    assertRefused(
      attempt(client(), serverContext(expired)),
      'client',
      'X509_V_ERR_CERT_HAS_EXPIRED',
      'certificate_expired',
      { depth: 0, subject: 'CN=localhost' },
    );
    const early = dated('early', '20990101000000Z', '20991231000000Z');
    assertRefused(
      attempt(client(), serverContext(early)),
      'client',
      'X509_V_ERR_CERT_NOT_YET_VALID',
      'bad_certificate',
    );
    const justNow = Certificate.generate({ commonName: 'localhost', days: 0, issuer: authority });
    assertRefused(
      attempt(client(), serverContext(justNow)),
      'client',
      'X509_V_ERR_CERT_HAS_EXPIRED',
      'certificate_expired',
    );
  });

  test(`${version}: a fault higher up is reported with its depth and subject`, () => {
    const middle = Certificate.generate({ commonName: 'Old Middle', issuer: authority, ca: true, days: 0 });
    const leaf = Certificate.generate({ commonName: 'localhost', issuer: middle });
    const context = new TLSServerContext().useCertificate(leaf.certificate, [middle.certificate]);
    assertRefused(
      attempt(client(), context.usePrivateKey(leaf.privateKey)),
      'client',
      'X509_V_ERR_CERT_HAS_EXPIRED',
      'certificate_expired',
      { depth: 1, subject: 'CN=Old Middle' },
    );
  });

  test(`${version}: a certificate that is not for servers`, () => {
    const wrong = signed('client-only', 'extendedKeyUsage = clientAuth\nsubjectAltName = DNS:localhost\n');
    assertRefused(
      attempt(client(), serverContext(wrong)),
      'client',
      'X509_V_ERR_INVALID_PURPOSE',
      'unsupported_certificate',
    );
  });

  test(`${version}: a certificate signed by one that is no CA`, () => {
    const { certificate, privateKey } = belowLocalhost('below');
    const context = new TLSServerContext().useCertificate(certificate, [localhost.certificate]);
    assertRefused(
      attempt(client(), context.usePrivateKey(privateKey)),
      'client',
      'X509_V_ERR_INVALID_CA',
      'unknown_ca',
      { depth: 1 },
    );
  });

  test(`${version}: a certificate that was tampered with`, () => {
    const der = localhost.certificate.raw;
    der[der.length - 1] = (der.at(-1) as number) ^ 1;
    const context = new TLSServerContext().useCertificate(der).usePrivateKey(localhost.privateKey);
    assertRefused(attempt(client(), context), 'client', 'X509_V_ERR_CERT_SIGNATURE_FAILURE', 'decrypt_error');
  });

  test(`${version}: verifyDepth counts the certificates between`, () => {
    const middle = Certificate.generate({ commonName: 'Middle', issuer: authority, ca: true });
    const leaf = Certificate.generate({ commonName: 'localhost', issuer: middle });
    const context = new TLSServerContext().useCertificate(leaf.certificate, [middle.certificate]);
    context.usePrivateKey(leaf.privateKey);
    const limited = client();
    limited.verifyDepth = 0;
    assertRefused(attempt(limited, context), 'client', 'X509_V_ERR_CERT_CHAIN_TOO_LONG', 'unknown_ca');
    limited.verifyDepth = 1;
    connected(limited, context);
    limited.verifyDepth = 0;
    connected(limited, serverContext());
  });

  test(`${version}: a client that does not verify takes anyone, and knows what was wrong`, () => {
    const context = only(new TLSClientContext(), version).setVerify(SSL_VERIFY_NONE);
    const { client: lax } = connected(context, serverContext());
    assert.equal(lax.verifyResult.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    assert.equal(lax.verifyResult.code, constants.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    assert.equal(lax.peerCertificate?.subject, 'CN=localhost');
    const own = connected(only(new TLSClientContext(), version), serverContext(), {
      prepare: ({ client }) => client.setVerify(SSL_VERIFY_NONE),
    });
    assert.equal(carry(own.client, own.server, 'lax'), 'lax');
  });

  test(`${version}: an SSL may verify where its context does not`, () => {
    const context = only(new TLSClientContext(), version).setVerify(SSL_VERIFY_NONE);
    const outcome = attempt(context, serverContext(), {
      prepare: ({ client }) => client.setVerify(SSL_VERIFY_PEER),
    });
    assertRefused(outcome, 'client', 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown_ca');
  });

  test(`${version}: a client's certificate: not asked for, asked for, required`, () => {
    const asked = (mode: number) => serverContext().addCA(authority.certificate).setVerify(mode);
    const known = show(client(), someone);
    assert.equal(connected(known, asked(SSL_VERIFY_NONE)).server.peerCertificate, undefined);
    assert.equal(connected(known, asked(SSL_VERIFY_PEER)).server.peerCertificate?.subject, 'CN=someone');
    assert.equal(connected(client(), asked(SSL_VERIFY_PEER)).server.peerCertificate, undefined);
    const required = asked(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    assert.equal(connected(known, required).server.peerCertificate?.subject, 'CN=someone');
    const { clientError, serverError } = attempt(client(), required);
    assert.equal(serverError?.code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    const alert = version === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure';
    assert.deepEqual([serverError.alert?.name, serverError.alert?.direction], [alert, 'sent']);
    assert.deepEqual([clientError?.alert?.name, clientError?.alert?.direction], [alert, 'received']);
    assert.match(clientError?.hint ?? '', /certificate/);
  });

  test(`${version}: a client's certificate that the server does not take`, () => {
    const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
    const stranger = Certificate.generate({ commonName: 'stranger' });
    assertRefused(
      attempt(show(client(), stranger), server),
      'server',
      'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT',
      'unknown_ca',
      { subject: 'CN=stranger' },
    );
    const old = Certificate.generate({ commonName: 'old', issuer: authority, days: 0 });
    assertRefused(
      attempt(show(client(), old), server),
      'server',
      'X509_V_ERR_CERT_HAS_EXPIRED',
      'certificate_expired',
    );
    const serversOnly = signed('server-only', 'extendedKeyUsage = serverAuth\n');
    assertRefused(
      attempt(show(client(), serversOnly), server),
      'server',
      'X509_V_ERR_INVALID_PURPOSE',
      'unsupported_certificate',
    );
  });
}

test('subjects that are not ASCII are readable', () => {
  const odd = Certificate.generate({ commonName: 'Grüße, "Welt"', altNames: ['localhost'] });
  const { clientError } = attempt(clientContext(), serverContext(odd));
  assert.equal(clientError?.verifyError?.subject, odd.certificate.subject);
  assert.match(clientError?.message ?? '', /Grüße/);
});
