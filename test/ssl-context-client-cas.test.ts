// Whom a server asks for, and how large a chain may be.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Certificate, SSL_VERIFY_PEER, TLSServerContext } from 'bladessl';
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
import { write } from './helpers/openssl-files';

const names = (list: readonly Certificate[]): string[] => list.map((certificate) => certificate.subject);

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: clientCAs are told to the client`, () => {
    const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
    const client = only(clientContext(), version);
    assert.deepEqual(connected(client, server).client.peerCAs, []);
    assert.deepEqual(server.clientCAs, []);
    server.clientCAs = [authority.certificate, localhost.certificate.pem, someone.certificate.raw];
    assert.deepEqual(names(server.clientCAs), ['CN=Test CA', 'CN=localhost', 'CN=someone']);
    const asked = connected(client, server);
    assert.deepEqual(asked.client.peerCAs, ['CN=Test CA', 'CN=localhost', 'CN=someone']);
    server.clientCAs = write('clients.pem', `${authority.certificate.pem}${localhost.certificate.pem}`);
    assert.deepEqual(connected(client, server).client.peerCAs, ['CN=Test CA', 'CN=localhost']);
    // They are a hint: a client shows what it has, and trust decides.
    server.clientCAs = localhost.certificate;
    const shown = connected(show(only(clientContext(), version), someone), server);
    assert.equal(shown.server.peerCertificate?.subject, 'CN=someone');
    server.clientCAs = [];
    assert.deepEqual(connected(client, server).client.peerCAs, []);
  });

  test(`${version}: a chain that is larger than maxCertList ends the handshake`, () => {
    const client = only(clientContext(), version);
    assert.equal(client.maxCertList, 102_400);
    client.maxCertList = localhost.certificate.raw.length;
    const { clientError, serverError } = attempt(client, serverContext());
    assert.equal(clientError?.code, 'ERR_SSL_EXCESSIVE_MESSAGE_SIZE');
    assert.equal(serverError?.alert?.name, 'illegal_parameter');
    client.maxCertList = 102_400;
    connected(client, serverContext());
  });
}

test('verifiedName: what matched', () => {
  const wildcard = Certificate.generate({
    commonName: 'wild',
    altNames: ['*.example.org', 'example.org'],
    issuer: authority,
  });
  const match = (name: string | undefined): string | undefined =>
    connected(clientContext(), serverContext(wildcard), {
      prepare: ({ client }) => {
        client.verifyName = name;
        assert.equal(client.verifiedName, undefined);
      },
    }).client.verifiedName;
  assert.equal(match('www.example.org'), '*.example.org');
  assert.equal(match('example.org'), 'example.org');
  assert.equal(match(undefined), undefined);
});

test('clientCAs and maxCertList: what they refuse changes nothing', () => {
  const context = new TLSServerContext();
  context.clientCAs = authority.certificate;
  for (const bad of [undefined, null, 1, {}, [1], [undefined]] as never[]) {
    assert.throws(() => (context.clientCAs = bad), { name: 'TypeError', message: /^clientCAs/ });
  }
  assert.throws(() => (context.clientCAs = '/missing.pem'), { code: 'ENOENT' });
  assert.deepEqual(names(context.clientCAs), ['CN=Test CA']);
  for (const bad of [0, -1, 1.5, 16 * 1024 * 1024 + 1, Number.NaN]) {
    assert.throws(() => (context.maxCertList = bad), {
      code: 'ERR_OUT_OF_RANGE',
      message: /^maxCertList must be/,
    });
  }
  assert.throws(() => (context.maxCertList = '1' as never), { code: 'ERR_INVALID_ARG_TYPE' });
});
