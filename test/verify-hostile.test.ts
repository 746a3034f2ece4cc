// Ways round a verification, and ways to bring it down: each of them has been tried.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import {
  Certificate,
  CertificateStore,
  CRL,
  OCSPResponse,
  PrivateKey,
  SSL_VERIFY_PEER,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
  verify,
  X509_V_FLAG_CRL_CHECK,
  X509_V_FLAG_EXTENDED_CRL_SUPPORT,
} from 'bladessl';
import { runCompiled } from './helpers/child';
import { duplexPair } from './helpers/duplex-pair';
import { failureOf } from './helpers/failures';
import { attempt, connected } from './helpers/handshake';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';
import { closing } from './helpers/sockets';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const { certificate, privateKey } = localhost;

/** Has the name and the key identifier of the CA, and another key. */
const impostor = Certificate.generate({
  subject: authority.certificate.subjectName,
  extensions: [
    {
      oid: '2.5.29.14',
      value: authority.certificate.extension('subjectKeyIdentifier')?.value ?? Buffer.alloc(0),
    },
  ],
});

const forgery = /^ERR_OCSP_(BAD_SIGNATURE|UNTRUSTED_RESPONDER)$/;

function staple(issuer: typeof authority, leaf = certificate): OCSPResponse {
  return OCSPResponse.generate({ issuer, responses: [{ certificate: leaf, status: 'good' }] });
}

test('a staple by an issuer of the right name is not believed, though the peer sends it', () => {
  assert.equal(certificate.isIssuedBy(impostor.certificate), false);
  const forged = staple(impostor);
  const offline = forged.verify({ certificate, issuer: impostor.certificate });
  assert.equal(offline.ok === false && offline.code, 'ERR_OCSP_WRONG_ISSUER');
  for (const version of versions) {
    const server = new TLSServerContext().useCertificate(certificate, [impostor.certificate]);
    server.usePrivateKey(privateKey).onOcsp = () => forged;
    const client = only(clientContext(), version);
    client.statusRequest = 'require';
    assert.match(attempt(client, server).clientError?.code ?? '', forgery);
    client.verifyChain = ({ certificate: shown }) => shown.equals(certificate);
    assert.match(attempt(client, server).clientError?.code ?? '', forgery);
    // The right one is found behind it.
    server.onOcsp = () => staple(authority);
    connected(client, server);
    const stranger = only(new TLSClientContext(), version);
    stranger.statusRequest = 'require';
    stranger.verifyChain = () => true;
    assert.equal(attempt(stranger, server).clientError?.code, 'ERR_OCSP_WRONG_ISSUER');
  }
});

test('statusRequest: a resumed session, a server without a certificate, one that cannot be read', () => {
  for (const version of versions) {
    const server = serverContext();
    server.ocspResponses = staple(authority);
    const client = only(clientContext(), version);
    client.statusRequest = 'require';
    const first = connected(client, server);
    first.client.read();
    const again = connected(client, server, {
      prepare: (made) => {
        made.client.session = first.client.session ?? assert.fail();
      },
    });
    assert.equal(again.client.sessionReused, true);
  }
  const unreadable = Certificate.generate({
    commonName: 'localhost',
    issuer: authority,
    extensions: [{ oid: '1.3.6.1.5.5.7.1.24', value: Buffer.from('0400', 'hex') }],
  });
  const client = clientContext();
  client.statusRequest = 'verify';
  assert.equal(attempt(client, serverContext(unreadable)).clientError?.code, 'ERR_OCSP_MISSING');

  const anonymous = [new TLSClientContext(), new TLSServerContext()] as const;
  for (const context of anonymous) {
    only(context, 'TLSv1.2').setCiphers('AECDH-AES256-SHA:ADH-AES256-GCM-SHA384');
    context.securityLevel = 0;
  }
  anonymous[0].statusRequest = 'verify';
  connected(...anonymous);
  anonymous[0].statusRequest = 'require';
  assert.equal(attempt(...anonymous).clientError?.code, 'ERR_OCSP_MISSING');
});

test('CRLs by somebody else than the issuer: OpenSSL verifies in the middle of a verification', () => {
  const signer = Certificate.generate({ commonName: 'Test CA', ca: true, issuer: authority });
  const crls = CRL.generate({ issuer: signer });
  const flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT;
  const chain = [signer.certificate];
  const trusted = authority.certificate;
  assert.equal(verify(certificate, { chain, trusted, crls, flags, purpose: 'sslserver' }).ok, true);
  // It looks for the name in the signer of the CRL, too.
  const named = verify(certificate, { chain, trusted, crls, flags, host: 'localhost' });
  assert.equal(named.ok === false && named.name, 'X509_V_ERR_CRL_PATH_VALIDATION_ERROR');
  const server = serverContext();
  server.useCertificate(certificate, chain).usePrivateKey(privateKey);
  const client = clientContext().addCRL(crls);
  client.verifyFlags = flags;
  connected(client, server);
  client.onVerify = ({ ok }) => ok;
  connected(client, server);
});

for (const event of ['error', 'close'] as const) {
  test(`a Duplex that says '${event}' inside a callback`, async (t: TestContext) => {
    const [near, far] = duplexPair();
    near.on('error', () => {});
    const context = clientContext();
    context.onVerify = () => {
      near.emit(event, new Error('gone'));
      return true;
    };
    const client = closing(t, new TLSSocket(near, context));
    const server = closing(t, new TLSSocket(far, serverContext()));
    const refused = failureOf(server.handshake());
    const handshake = client.handshake({ servername: 'localhost' });
    await assert.rejects(handshake, { message: event === 'error' ? 'gone' : /ECONNRESET/ });
    assert.equal(client.isClosed, true);
    await server.close({ abort: true });
    assert.equal((await refused).code, 'ERR_CLOSED');
  });
}

test('a server takes no session from before it asked for stronger keys', () => {
  for (const version of versions) {
    const weak = Certificate.generate({ commonName: 'weak', key: 'rsa', issuer: authority });
    const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
    const client = show(only(clientContext(), version), weak);
    const first = connected(client, server);
    first.client.read();
    server.securityLevel = 3;
    const { server: ssl } = attempt(client, server, {
      prepare: (made) => {
        made.client.session = first.client.session ?? assert.fail();
      },
    });
    assert.equal(ssl.sessionReused, false);
  }
});

test('members that others have put on all objects change no verdict', () => {
  const context = clientContext();
  context.onVerify = () => false;
  const accept = (): number => -1;
  for (const [name, value] of Object.entries({ chain: accept, finding: accept, status: accept })) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true });
    try {
      const own = clientContext();
      own.onVerify = () => false;
      for (const one of [own, context]) {
        assert.equal(attempt(one, serverContext()).clientError?.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
      }
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  }
});

test('verify: what would ask for nothing is refused, or asked for', () => {
  const trusted = authority.certificate;
  assert.throws(() => verify(certificate, { trusted, hostname: 'localhost' } as never), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^options must have no other names than .*, host, .*: 'hostname'$/,
  });
  assert.throws(() => verify(certificate, { trusted, host: [] }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^options\.host must not be empty/,
  });
  const unchecked = verify(certificate, { trusted, crls: [] });
  assert.equal(unchecked.ok === false && unchecked.name, 'X509_V_ERR_UNABLE_TO_GET_CRL');
});

test('a promise that rejects does not end the process; nothing that is thrown is nothing', async (t) => {
  const { status, stdout, stderr } = await runCompiled(t, 'lifecycle/rejecting-callbacks.js');
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), [
    'ERR_ASYNC_NOT_POSSIBLE',
    'ERR_ASYNC_NOT_POSSIBLE',
    'ERR_ASYNC_NOT_POSSIBLE',
    'ERR_CALLBACK_FAILED',
    'ERR_CALLBACK_FAILED',
  ]);
});

test('a store of certificates brings the issuers of the one that is taken', () => {
  const middle = Certificate.generate({ commonName: 'Middle', issuer: authority, ca: true });
  const leaf = Certificate.generate({ commonName: 'localhost', issuer: middle });
  const store = CertificateStore.from([middle.certificate, leaf.certificate], [leaf.privateKey]);
  const server = new TLSServerContext().useCertificate(store.select());
  const { client } = connected(clientContext(), server);
  assert.deepEqual(
    client.peerChain.map(({ subject }) => subject),
    ['CN=localhost', 'CN=Middle'],
  );
});

test('a JWK whose halves are of two keys is refused, by each of its readers', () => {
  for (const type of ['ec', 'rsa', 'ed25519', 'x25519']) {
    const [one, other] = [PrivateKey.generate({ type }).toJWK(), PrivateKey.generate({ type }).toJWK()];
    assert.equal(new PrivateKey(one).toJWK().d, one.d);
    const publicHalf =
      type === 'rsa' ? { n: `${other.n}` } : { x: `${other.x}`, ...(other.y && { y: other.y }) };
    const mixed = { ...one, ...publicHalf };
    assert.throws(() => new PrivateKey(mixed), { code: 'ERR_INVALID_JWK' }, type);
    const store = JSON.stringify(mixed);
    assert.throws(() => new CertificateStore({ store }), { code: 'ERR_STORE_FORMAT' }, type);
    assert.equal(new CertificateStore({ store: JSON.stringify(one) }).privateKeys.length, 1);
  }
});

test('no error shows a password or a key', () => {
  const secret = 'hunter2';
  const pem = someone.privateKey.pem;
  const body = pem.split('\n')[1]?.slice(30, 60) ?? '';
  const jwk = someone.privateKey.toJWK();
  const context = new TLSServerContext();
  const calls: (() => unknown)[] = [
    () => context.useCertificate({ store: 'server.p12', storePassword: secret } as never),
    () => verify({ store: 'server.p12', storePassword: secret } as never),
    () => new PrivateKey({ key: pem, passphrase: secret } as never),
    () => context.usePrivateKey({ key: pem, passphrase: secret } as never),
    () => context.loadCerts({ password: secret, key: pem } as never),
    () => context.usePKCS12({ pfx: pem, password: secret } as never),
    () => Certificate.generate({ commonName: 'x', key: pem as never }),
    () => certificate.checkPrivateKey(jwk as never),
    () => privateKey.equals(jwk as never),
    () => Certificate.generate({ commonName: 'x', issuer: { certificate, privateKey: pem as never } }),
    () => CertificateStore.from([], [pem as never]),
    () => new CertificateStore(secret as never),
    () => CertificateStore.from([], []).exportPKCS12(secret as never),
    () => privateKey.toPEM(secret as never),
    () => new Certificate(`${pem}\0`),
  ];
  for (const call of calls) {
    assert.throws(call, (error: Error) => {
      const shown = `${error.message}${error.stack}`;
      return !shown.includes(secret) && !shown.includes(body) && !shown.includes(`${jwk.d}`);
    });
  }
});
