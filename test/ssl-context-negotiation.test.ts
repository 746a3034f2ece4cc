// What two contexts agree on: ALPN, versions, suites, groups, signature algorithms, security level.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Certificate, type SSLContext, TLSContext, type TLSVersion } from 'bladessl';
import { attempt, connected, type Outcome } from './helpers/handshake';
import { authority, clientContext, localhost, only, serverContext, show } from './helpers/identities';
import { openssl, pathOf } from './helpers/openssl-files';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];
const rsa = Certificate.generate({ commonName: 'localhost', key: 'rsa', issuer: authority });

/** Two contexts for one version, after `change`. */
function contexts(
  version: TLSVersion,
  change: (client: SSLContext, server: SSLContext) => void,
): [client: SSLContext, server: SSLContext] {
  const [client, server] = [only(clientContext(), version), show(serverContext(), rsa)];
  change(client, server);
  return [client, server];
}

/** Both sides fail: one sends the alert, the other receives it. */
function assertAlert({ clientError, serverError }: Outcome, name: string, sender: 'client' | 'server'): void {
  const number = { handshake_failure: 40, protocol_version: 70, no_application_protocol: 120 }[name];
  const other = sender === 'client' ? 'server' : 'client';
  const errors = { client: clientError, server: serverError };
  assert.deepEqual(errors[sender]?.alert, { name, number, direction: 'sent' });
  assert.deepEqual(errors[other]?.alert, { name, number, direction: 'received' });
  for (const error of [clientError, serverError]) assert.equal(error?.name, 'SSLError');
}

for (const version of versions) {
  test(`${version}: ALPN: the server's order decides`, () => {
    const cases: [offered: string[], own: string[], chosen: string][] = [
      [['h2', 'http/1.1'], ['http/1.1', 'h2'], 'http/1.1'],
      [['http/1.1', 'h2'], ['h2', 'http/1.1'], 'h2'],
      [['a', 'b', 'c'], ['x', 'c'], 'c'],
      [['x'.repeat(255)], ['x', 'x'.repeat(255)], 'x'.repeat(255)],
      [['a:b'], ['a:b', 'a'], 'a:b'],
    ];
    for (const [offered, own, chosen] of cases) {
      const pair = contexts(version, (client, server) => {
        client.alpnProtocols = offered;
        server.alpnProtocols = own;
      });
      const ends = connected(...pair);
      assert.equal(ends.client.alpnProtocol, chosen);
      assert.equal(ends.server.alpnProtocol, chosen);
    }
  });

  test(`${version}: ALPN: without it on one side nothing is chosen`, () => {
    for (const side of [0, 1] as const) {
      const pair = contexts(version, (...both) => {
        both[side].alpnProtocols = ['h2'];
      });
      const { client, server } = connected(...pair);
      assert.equal(client.alpnProtocol, undefined);
      assert.equal(server.alpnProtocol, undefined);
    }
  });

  test(`${version}: ALPN: taken off again`, () => {
    const pair = contexts(version, (client, server) => {
      client.alpnProtocols = 'h2';
      server.alpnProtocols = 'http/1.1';
      server.alpnProtocols = [];
    });
    assert.equal(connected(...pair).client.alpnProtocol, undefined);
  });

  test(`${version}: ALPN: no protocol in common is fatal, with the alert for it`, () => {
    const pair = contexts(version, (client, server) => {
      client.alpnProtocols = ['h2', 'http/1.1'];
      server.alpnProtocols = ['h2c', 'http/1'];
    });
    const outcome = attempt(...pair);
    assertAlert(outcome, 'no_application_protocol', 'server');
    assert.equal(outcome.serverError?.code, 'ERR_SSL_NO_APPLICATION_PROTOCOL');
    for (const { hint } of [outcome.clientError, outcome.serverError] as { hint?: string }[]) {
      assert.match(hint ?? '', /ALPN/);
    }
  });

  test(`${version}: groups: the one in common; none is a handshake failure`, () => {
    const names = { 'P-256': 'secp256r1', X25519: 'x25519', 'P-384': 'secp384r1' };
    for (const [group, name] of Object.entries(names)) {
      const pair = contexts(version, (client, server) => {
        client.groups = ['P-521', group];
        server.groups = [group];
      });
      const { client, server } = connected(...pair);
      assert.equal(client.group, name);
      assert.equal(server.group, name);
    }
    const none = contexts(version, (client, server) => {
      client.groups = 'X25519';
      client.setCiphers('ECDHE');
      server.groups = 'P-256';
    });
    assertAlert(attempt(...none), 'handshake_failure', 'server');
  });

  test(`${version}: signature algorithms: the certificate that they fit; none is a handshake failure`, () => {
    const names = { 'ECDSA+SHA256': localhost, rsa_pss_rsae_sha256: rsa };
    for (const [algorithm, { certificate }] of Object.entries(names)) {
      const pair = contexts(version, (client) => {
        client.signatureAlgorithms = algorithm;
      });
      assert.equal(connected(...pair).client.peerCertificate?.serialNumber, certificate.serialNumber);
    }
    const none = contexts(version, (client, server) => {
      client.signatureAlgorithms = 'rsa_pss_rsae_sha384';
      server.signatureAlgorithms = 'ECDSA+SHA256';
    });
    assertAlert(attempt(...none), 'handshake_failure', 'server');
  });
}

test('TLS 1.2: the suite in common, with its names and strength; none is a handshake failure', () => {
  const suites = {
    'ECDHE-RSA-AES128-GCM-SHA256': ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 128],
    'ECDHE-ECDSA-CHACHA20-POLY1305': ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 256],
    'AES256-GCM-SHA384': ['TLS_RSA_WITH_AES_256_GCM_SHA384', 256],
  };
  for (const [name, [standardName, bits]] of Object.entries(suites)) {
    const pair = contexts('TLSv1.2', (client, server) => {
      client.setCiphers(['ECDHE-ECDSA-AES256-GCM-SHA384', name]);
      server.setCiphers(name);
    });
    const { client, server } = connected(...pair);
    assert.deepEqual(client.cipher, { name, standardName, bits });
    assert.deepEqual(server.cipher, client.cipher);
    assert.equal(client.group === undefined, name.startsWith('AES'), 'RSA key transport has no group');
  }
  const none = contexts('TLSv1.2', (client, server) => {
    client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
    server.setCiphers('ECDHE-RSA-AES256-GCM-SHA384');
  });
  const outcome = attempt(...none);
  assertAlert(outcome, 'handshake_failure', 'server');
  assert.equal(outcome.serverError?.code, 'ERR_SSL_NO_SHARED_CIPHER');
});

test('TLS 1.3: the suite in common; none is a handshake failure', () => {
  for (const [name, bits] of [
    ['TLS_AES_128_GCM_SHA256', 128],
    ['TLS_CHACHA20_POLY1305_SHA256', 256],
  ] as const) {
    const pair = contexts('TLSv1.3', (client, server) => {
      client.ciphersuites = ['TLS_AES_256_GCM_SHA384', name];
      server.ciphersuites = name;
    });
    const { client, server } = connected(...pair);
    assert.deepEqual(client.cipher, { name, standardName: name, bits });
    assert.deepEqual(server.cipher, client.cipher);
  }
  const none = contexts('TLSv1.3', (client, server) => {
    client.ciphersuites = 'TLS_AES_128_GCM_SHA256';
    server.ciphersuites = 'TLS_AES_256_GCM_SHA384';
  });
  const outcome = attempt(...none);
  assertAlert(outcome, 'handshake_failure', 'server');
  assert.equal(outcome.serverError?.code, 'ERR_SSL_NO_SHARED_CIPHER');
});

test('versions: the newest that both have', () => {
  const [client, server] = [clientContext(), serverContext()];
  assert.equal(connected(client, server).client.version, 'TLSv1.3');
  server.maxVersion = 'TLSv1.2';
  assert.equal(connected(client, server).client.version, 'TLSv1.2');
  server.maxVersion = undefined;
  client.maxVersion = 'TLSv1.2';
  assert.equal(connected(client, server).server.version, 'TLSv1.2');
});

test('versions: TLS 1.0 and 1.1 need to be asked for, on both sides, and security level 0', () => {
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    const old = (context: SSLContext) => {
      context.securityLevel = 0;
      context.setCiphers('ALL:@SECLEVEL=0');
      return only(context, version);
    };
    const { client, server } = connected(old(clientContext()), old(serverContext()));
    assert.equal(client.version, version);
    assert.equal(server.version, version);
    assertAlert(attempt(old(clientContext()), serverContext()), 'protocol_version', 'server');
    assertAlert(attempt(clientContext(), old(serverContext())), 'protocol_version', 'server');
  }
});

test('versions: none in common', () => {
  const [client, server] = [only(clientContext(), 'TLSv1.2'), only(serverContext(), 'TLSv1.3')];
  const outcome = attempt(client, server);
  assertAlert(outcome, 'protocol_version', 'server');
  assert.equal(outcome.serverError?.code, 'ERR_SSL_UNSUPPORTED_PROTOCOL');
  for (const error of [outcome.clientError, outcome.serverError])
    assert.match(error?.hint ?? '', /minVersion/);
});

test('versions: none left on one side', () => {
  const client = clientContext();
  client.minVersion = 'TLSv1.3';
  client.maxVersion = 'TLSv1.2';
  const { clientError } = attempt(client, serverContext());
  assert.equal(clientError?.code, 'ERR_SSL_NO_PROTOCOLS_AVAILABLE');
  assert.match(clientError?.hint ?? '', /minVersion and maxVersion/);
});

test('security level: a client refuses a certificate whose key is below its own', () => {
  openssl('req -x509 -newkey rsa:1024 -nodes -subj /CN=weak -keyout weak-key.pem -out weak.pem');
  const server = new TLSContext();
  server.securityLevel = 0;
  server.loadCerts(pathOf('weak.pem'), pathOf('weak-key.pem'));
  const client = clientContext().setVerifyLocations(pathOf('weak.pem'));
  client.securityLevel = 2;
  const { clientError } = attempt(client, server);
  assert.equal(clientError?.verifyError?.name, 'X509_V_ERR_EE_KEY_TOO_SMALL');
  client.securityLevel = 0;
  assert.equal(attempt(client, server).clientError, undefined);
});

test('security level: suites that are too weak for it are not offered', () => {
  const client = only(clientContext(), 'TLSv1.2');
  client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
  client.securityLevel = 4;
  const { clientError } = attempt(client, show(serverContext(), rsa));
  assert.equal(clientError?.code, 'ERR_SSL_NO_CIPHERS_AVAILABLE');
});

test('a server without a certificate says so, in whatever version', () => {
  for (const version of versions) {
    const { clientError, serverError } = attempt(only(clientContext(), version), new TLSContext());
    for (const error of [clientError, serverError]) assert.match(error?.hint ?? '', /certificate/, version);
  }
});
