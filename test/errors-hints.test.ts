// The hints: what is usually behind an error.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  CRL,
  MemoryBIO,
  PrivateKey,
  SSL,
  SSLError,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { errorOf } from './helpers/failures';
import { attempt } from './helpers/handshake';
import { clientContext, localhost, serverContext, show } from './helpers/identities';
import { openssl, write } from './helpers/openssl-files';

write('key.pem', localhost.privateKey.pem);
const encrypted = openssl('pkcs8 -topk8 -in key.pem -passout pass:right');

/** An SSL that reads these bytes from its peer. */
function faced(context: TLSClientContext | TLSServerContext, bytes: string | Uint8Array): SSL {
  return new SSL(context).setBio(new MemoryBIO(bytes), new MemoryBIO());
}

const http = 'the peer speaks plain HTTP, not TLS';

test('hints: a plain HTTP client at a TLS server', () => {
  const requests = [
    'GET / HTTP/1.1\r\n\r\n',
    'POST /x HTTP/1.0\r\n\r\n',
    'HEAD / HTTP/1.1\r\n\r\n',
    'PUT / HTTP/1.1\r\n\r\n',
  ];
  const others = ['OPTIONS * HTTP/1.1\r\n\r\n', 'DELETE /x HTTP/1.1\r\n\r\n', 'PATCH /x HTTP/1.1\r\n\r\n'];
  for (const request of [...requests, ...others, 'CONNECT a:1 HTTP/1.1\r\n\r\n']) {
    const error = errorOf(() => faced(serverContext(), request).accept());
    assert.equal(error.hint, http, request);
    assert.ok(error.message.endsWith(`; ${http}`), error.message);
    assert.equal(error.name, 'SSLError');
  }
  assert.equal(
    errorOf(() => faced(serverContext(), 'GET / HTTP/1.1\r\n\r\n').accept()).code,
    'ERR_SSL_HTTP_REQUEST',
  );
});

test('hints: a TLS client at a plain HTTP server, and at others that speak first', () => {
  const error = errorOf(() => faced(clientContext(), 'HTTP/1.1 400 Bad Request\r\n\r\n').connect());
  assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
  assert.equal(error.hint, http);
  const smtp = errorOf(() => faced(clientContext(), '220 mail.example ESMTP\r\n').connect());
  assert.match(smtp.hint ?? '', /does not speak TLS here: its first bytes are "220 m"/);
  const binary = errorOf(() => faced(clientContext(), Buffer.of(0, 1, 0xff, 0x1b, 10, 9, 9)).connect());
  assert.match(binary.hint ?? '', /^[\x20-\x7e]+$/, 'nothing that a terminal would take for a command');
});

test('hints: what two sides do not share', () => {
  const cases: [change: (client: TLSClientContext, server: TLSServerContext) => void, hint: RegExp][] = [
    [(client) => (client.maxVersion = 'TLSv1.1'), /minVersion/],
    [(_client, server) => (server.minVersion = 'TLSv1.3'), /protocol version/],
    [(client) => client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256'), /cipher suite/],
    [(client) => (client.signatureAlgorithms = 'rsa_pss_rsae_sha256'), /signature algorithm/],
    [(_client, server) => (server.groups = 'P-384'), /group/],
    [(client, server) => ([client.alpnProtocols, server.alpnProtocols] = [['a'], ['b']]), /ALPN/],
    [(_client, server) => server.setVerify(3), /certificate/],
  ];
  for (const [change, hint] of cases) {
    const client = clientContext();
    client.maxVersion = 'TLSv1.2';
    client.groups = ['X25519', 'P-256'];
    const server = serverContext();
    change(client, server);
    const { clientError, serverError } = attempt(client, server);
    for (const error of [clientError, serverError]) {
      if (error === undefined || error.code === 'ERR_SSL_UNEXPECTED_MESSAGE') continue;
      assert.match(error.hint ?? '', hint, `${change}: ${error.message}`);
    }
    assert.ok((clientError ?? serverError) instanceof SSLError, String(change));
  }
});

test('hints: a client that has ruled out all of its own suites', () => {
  const client = clientContext();
  client.maxVersion = 'TLSv1.2';
  client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
  client.securityLevel = 5;
  const { clientError } = attempt(client, serverContext());
  assert.equal(clientError?.code, 'ERR_SSL_NO_CIPHERS_AVAILABLE');
  assert.match(clientError?.hint ?? '', /securityLevel/);
});

test('hints: passwords, keys, names, truncation, and nothing where nothing is known', () => {
  const other = Certificate.generate({ commonName: 'x' });
  const mismatch = () => show(new TLSServerContext(), { ...localhost, privateKey: other.privateKey });
  assert.match(errorOf(() => new PrivateKey(encrypted, 'wrong')).hint ?? '', /password/);
  assert.match(errorOf(mismatch).hint ?? '', /private key is not the one/);
  const wrongName = attempt(clientContext(), serverContext(), {
    prepare: ({ client }) => {
      client.verifyName = 'other.example';
    },
  });
  assert.equal(wrongName.clientError?.hint, 'the certificate is not for other.example');
  const trusting = attempt(new TLSClientContext(), serverContext());
  assert.match(trusting.serverError?.hint ?? '', /does not trust the issuer/);
  const cut = faced(clientContext(), '');
  (cut.rbio as MemoryBIO).end();
  assert.match(errorOf(() => cut.connect()).hint ?? '', /without close_notify/);
  const revoking = attempt(clientContext().addCRL(CRL.generate({ issuer: other })), serverContext());
  assert.match(revoking.clientError?.hint ?? '', /^no CRL of its issuer was given/);
  const unhinted = errorOf(() => new TLSClientContext().setCiphers('nonsense'));
  assert.equal(Object.hasOwn(unhinted, 'hint'), false);
});
