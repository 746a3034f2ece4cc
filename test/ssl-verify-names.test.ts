// The names and addresses that a peer's certificate is checked for.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  type SSL,
  SSL_VERIFY_PEER,
  type SSLContext,
  type SSLError,
  type TLSVersion,
} from 'bladessl';
import { assertRefused } from './helpers/failures';
import { attempt, connected } from './helpers/handshake';
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
import { signed } from './helpers/openssl-identities';

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
  for (const name of ['a.example', 'b.example', 'A.EXAMPLE', 'b.Example', 'a.example.'])
    assert.ok(takesName(identity, name), name);
  for (const name of [
    'c.example',
    'example',
    'x.a.example',
    'unused.example',
    'a.example.org',
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

test('verifyName: names that are not ASCII', () => {
  const identity = named('bücher.example', '*.grün.example');
  const ask = (name: string) =>
    refusal(identity, (client) => {
      client.verifyName = name;
    });
  for (const name of ['bücher.example', 'xn--bcher-kva.example', 'BÜCHER.example', 'a.grün.example']) {
    assert.equal(ask(name), undefined, name);
  }
  assert.equal(ask('buecher.example')?.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
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
