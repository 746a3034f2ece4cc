// Verification of peers: whom an SSL takes and whom it refuses, and what it says then.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as constants from 'bladessl';
import {
  Certificate,
  type SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  type SSLContext,
  type SSLError,
  TLSClientContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import { attempt, carry, connected, type Outcome } from './helpers/handshake';
import {
  authority,
  clientContext,
  type Identity,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';
import { openssl, pathOf, write } from './helpers/openssl-files';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

write('ca.pem', authority.certificate.pem);
write('ca-key.pem', authority.privateKey.pem);
write('key.pem', localhost.privateKey.pem);
openssl('req -new -key key.pem -subj /CN=localhost -out localhost.csr');

/** A certificate that the CA signs by the openssl command, with these extensions. */
function signed(name: string, extensions: string): Identity {
  write(`${name}.ext`, extensions);
  openssl(`x509 -req -in localhost.csr -CA ca.pem -CAkey ca-key.pem -extfile ${name}.ext -out ${name}.pem`);
  return { certificate: new Certificate(pathOf(`${name}.pem`)), privateKey: localhost.privateKey };
}

/** A certificate that is valid from one moment to another. */
function dated(name: string, from: string, to: string): Identity {
  for (const file of ['database', 'database.attr']) write(file, '');
  write(
    'ca.conf',
    `[ca]\ndefault_ca = x\n[x]\ndatabase = ${pathOf('database')}\nnew_certs_dir = ${pathOf('.')}\n` +
      'rand_serial = yes\npolicy = p\ndefault_md = sha256\n[p]\ncommonName = supplied\n',
  );
  const dates = `-startdate ${from} -enddate ${to}`;
  openssl(
    `ca -batch -notext -config ca.conf -in localhost.csr -cert ca.pem -keyfile ca-key.pem ${dates} -out ${name}.pem`,
  );
  return { certificate: new Certificate(pathOf(`${name}.pem`)), privateKey: localhost.privateKey };
}

/** Both sides of a refusal: who refused, for what, and what the other heard. */
function assertRefused(
  { clientError, serverError }: Outcome,
  refuser: 'client' | 'server',
  name: string,
  alert: string,
  more: Record<string, unknown> = {},
): void {
  const [own, other] = refuser === 'client' ? [clientError, serverError] : [serverError, clientError];
  assert.equal(own?.name, 'CertificateVerifyError');
  assert.equal(own.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
  assert.equal(own.verifyError?.name, name);
  assert.equal(own.verifyError.code, (constants as unknown as Record<string, number>)[name]);
  for (const [field, value] of Object.entries(more))
    assert.deepEqual(Reflect.get(own.verifyError, field), value);
  assert.deepEqual([own.alert?.name, own.alert?.direction], [alert, 'sent']);
  assert.equal(other?.name, 'SSLError');
  assert.deepEqual([other.alert?.name, other.alert?.direction], [alert, 'received']);
}

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
    write('leaf.pem', localhost.certificate.pem);
    openssl('req -new -key key.pem -subj /CN=below -out below.csr');
    openssl('x509 -req -in below.csr -CA leaf.pem -CAkey key.pem -out below-leaf.pem');
    const context = new TLSServerContext().useCertificate(pathOf('below-leaf.pem'), [localhost.certificate]);
    assertRefused(
      attempt(client(), context.usePrivateKey(localhost.privateKey)),
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

/** The error with which a client refuses the certificate, if it does. */
function refusal(
  identity: Identity,
  prepare: (client: SSL) => void,
  version: TLSVersion = 'TLSv1.3',
): SSLError | undefined {
  const context: SSLContext = only(clientContext(), version);
  return attempt(context, serverContext(identity), { prepare: ({ client }) => prepare(client) }).clientError;
}

function named(...altNames: string[]): Identity {
  return Certificate.generate({ commonName: 'unused.example', altNames, issuer: authority });
}

function takesName(identity: Identity, name: string): boolean {
  const error = refusal(identity, (client) => {
    client.verifyName = name;
  });
  if (error === undefined) return true;
  assert.equal(error.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
  assert.equal(error.verifyError.expected, name);
  assert.equal(error.hint, `the certificate is not for ${name}`);
  return false;
}

test('verifyName: the names of the certificate, in any case, and no others', () => {
  const identity = named('a.example', 'b.example');
  for (const name of ['a.example', 'b.example', 'A.EXAMPLE', 'b.Example'])
    assert.ok(takesName(identity, name), name);
  for (const name of [
    'c.example',
    'example',
    'x.a.example',
    'unused.example',
    'a.example.org',
    '.a.example',
    'xa.example',
  ]) {
    assert.ok(!takesName(identity, name), name);
  }
});

test('verifyName: a wildcard stands for one whole label', () => {
  const identity = named('*.example.org');
  for (const name of ['a.example.org', 'A.Example.ORG', 'xn--bcher-kva.example.org']) {
    assert.ok(takesName(identity, name), name);
  }
  for (const name of ['example.org', 'a.b.example.org', 'aexample.org', 'a.example.com']) {
    assert.ok(!takesName(identity, name), name);
  }
});

test('verifyName: wildcards for a part of a label, inside, or for a whole zone are none', () => {
  const odd = signed('odd', 'subjectAltName = DNS:f*.example.org,DNS:a.*.example.org,DNS:*,DNS:*.com\n');
  for (const name of ['foo.example.org', 'a.b.example.org', 'example', 'example.com', 'f.example.org']) {
    assert.ok(!takesName(odd, name), name);
  }
});

test('verifyName: the common name does not count where there are alternative names', () => {
  assert.ok(!takesName(named('a.example'), 'unused.example'));
});

test('verifyName: a server checks its clients in the same way', () => {
  const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
  const ask = (name: string) =>
    attempt(show(clientContext(), someone), server, {
      prepare: (ends) => {
        ends.server.verifyName = name;
      },
    });
  assert.equal(ask('someone').serverError, undefined);
  assertRefused(ask('other'), 'server', 'X509_V_ERR_HOSTNAME_MISMATCH', 'bad_certificate', {
    expected: 'other',
  });
});

test('verifyIP: the addresses of the certificate, and no others', () => {
  const identity = named('10.1.2.3', '2001:db8::7', 'localhost');
  const ask = (address: string) =>
    refusal(identity, (client) => {
      client.verifyIP = address;
    });
  for (const address of ['10.1.2.3', '2001:db8::7', '2001:0db8:0:0:0:0:0:7'])
    assert.equal(ask(address), undefined);
  for (const address of ['10.1.2.4', '127.0.0.1', '::1', '2001:db8::8', '::ffff:10.1.2.3']) {
    const error = ask(address);
    assert.equal(error?.verifyError?.name, 'X509_V_ERR_IP_ADDRESS_MISMATCH');
    assert.match(error?.hint ?? '', /^the certificate is not for /);
  }
});

test('verifyIP: a DNS name that looks like an address is none', () => {
  const fake = signed('fake-ip', 'subjectAltName = DNS:10.1.2.3\n');
  const error = refusal(fake, (client) => {
    client.verifyIP = '10.1.2.3';
  });
  assert.equal(error?.verifyError?.name, 'X509_V_ERR_IP_ADDRESS_MISMATCH');
});

test('verifyName and verifyIP: both must fit, and each can be taken off', () => {
  const ask = (name: string | undefined, address: string | undefined) =>
    refusal(localhost, (client) => {
      client.verifyName = 'wrong';
      client.verifyIP = '10.9.9.9';
      client.verifyName = name;
      client.verifyIP = address;
    })?.verifyError?.name;
  assert.equal(ask('localhost', '127.0.0.1'), undefined);
  assert.equal(ask('localhost', '::1'), undefined);
  assert.equal(ask(undefined, undefined), undefined);
  assert.equal(ask('other', '127.0.0.1'), 'X509_V_ERR_HOSTNAME_MISMATCH');
  assert.equal(ask('localhost', '10.0.0.1'), 'X509_V_ERR_IP_ADDRESS_MISMATCH');
  assert.equal(ask('other', undefined), 'X509_V_ERR_HOSTNAME_MISMATCH');
  assert.equal(ask(undefined, '10.0.0.1'), 'X509_V_ERR_IP_ADDRESS_MISMATCH');
});

test('names are checked also in TLS 1.2, and after the chain', () => {
  const wrong = (client: SSL) => {
    client.verifyName = 'other';
  };
  assert.equal(refusal(localhost, wrong, 'TLSv1.2')?.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
  const unknown = Certificate.generate({ commonName: 'localhost' });
  const both = refusal(unknown, wrong);
  assert.equal(both?.verifyError?.name, 'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT', 'the first fault is told');
});

test('hostname alone checks nothing, verifyName alone sends nothing', () => {
  const { server } = connected(clientContext(), serverContext(), {
    prepare: ({ client }) => {
      client.verifyName = 'localhost';
    },
  });
  assert.equal(server.hostname, undefined);
  connected(clientContext(), serverContext(), {
    prepare: ({ client }) => {
      client.hostname = 'other.example';
    },
  });
});

test('subjects that are not ASCII are readable', () => {
  const odd = Certificate.generate({ commonName: 'Grüße, "Welt"', altNames: ['localhost'] });
  const { clientError } = attempt(clientContext(), serverContext(odd));
  assert.equal(clientError?.verifyError?.subject, odd.certificate.subject);
  assert.match(clientError?.message ?? '', /Grüße/);
});
