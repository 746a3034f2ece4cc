// Handshakes in memory, and what each side knows afterwards.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TLSSocket } from 'node:tls';
import {
  BIO,
  Certificate,
  MemoryBIO,
  SSL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import { attempt, carry, connected, ends, join, pump, transports } from './helpers/handshake';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';
import { visit } from './helpers/node-client';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

for (const version of versions) {
  for (const transport of transports) {
    test(`${version} over ${transport}: both sides agree on everything`, () => {
      const { client, server } = connected(only(clientContext(), version), serverContext(), { transport });
      for (const ssl of [client, server]) {
        assert.equal(ssl.version, version);
        assert.equal(ssl.isInitFinished, true);
        assert.equal(ssl.sessionReused, false);
        assert.equal(ssl.shutdownState, 0);
      }
      assert.deepEqual(client.cipher, server.cipher);
      assert.equal(client.cipher?.bits, 256);
      assert.equal(client.group, server.group);
      assert.equal(typeof client.group, 'string');
      assert.equal(carry(client, server, 'ping'), 'ping');
      assert.equal(carry(server, client, 'pong'), 'pong');
    });

    test(`${version} over ${transport}: mutual TLS`, () => {
      const server = serverContext().addCA(authority.certificate);
      server.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
      const client = show(only(clientContext(), version), someone);
      const ends = connected(client, server, { transport });
      assert.equal(ends.server.peerCertificate?.subject, 'CN=someone');
      assert.equal(ends.client.peerCertificate?.subject, 'CN=localhost');
      assert.equal(ends.server.verifyResult.name, 'X509_V_OK');
      assert.equal(carry(ends.client, ends.server, 'known'), 'known');
    });
  }

  test(`${version}: through a pair that takes a few bytes at a time`, () => {
    for (const size of [1, 7, 100]) {
      const [a, b] = BIO.pair(size);
      const client = new SSL(only(clientContext(), version)).setBio(a);
      const server = new SSL(serverContext()).setBio(b);
      assert.equal(client.connect(), -1);
      assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
      assert.equal(server.accept(), -1);
      assert.equal(server.error(), SSL_ERROR_WANT_READ);
      const { clientError, serverError } = pump(client, server);
      assert.equal(clientError ?? serverError, undefined, `${size}`);
      assert.equal(client.version, version);
    }
  });

  test(`${version}: the certificate and the chain, as sent`, () => {
    const middle = Certificate.generate({ commonName: 'Middle CA', issuer: authority, ca: true });
    const leaf = Certificate.generate({ commonName: 'localhost', issuer: middle });
    const context = new TLSServerContext().useCertificate(leaf.certificate, [
      middle.certificate,
      authority.certificate,
    ]);
    context.usePrivateKey(leaf.privateKey);
    const { client, server } = connected(only(clientContext(), version), context);
    assert.ok(client.peerCertificate instanceof Certificate);
    assert.deepEqual(client.peerCertificate.raw, leaf.certificate.raw);
    const chain = client.peerChain.map(({ raw }) => raw);
    assert.deepEqual(chain, [leaf.certificate.raw, middle.certificate.raw, authority.certificate.raw]);
    assert.equal(server.peerCertificate, undefined);
    assert.deepEqual(server.peerChain, []);
    const kept = client.peerCertificate;
    client.free();
    assert.equal(kept.subject, 'CN=localhost', 'it outlives the SSL');
  });

  test(`${version}: a client's chain, as sent`, () => {
    const middle = Certificate.generate({ commonName: 'Middle CA', issuer: authority, ca: true });
    const leaf = Certificate.generate({ commonName: 'client', issuer: middle });
    const server = serverContext().addCA(authority.certificate);
    server.setVerify(SSL_VERIFY_PEER);
    const client = only(clientContext(), version).useCertificate(leaf.certificate, [middle.certificate]);
    const ends = connected(client.usePrivateKey(leaf.privateKey), server);
    const subjects = ends.server.peerChain.map(({ subject }) => subject);
    assert.deepEqual(subjects, ['CN=client', 'CN=Middle CA']);
  });

  test(`${version}: SNI: the server sees the name that the client asks for, and none if it asks for none`, () => {
    for (const name of ['localhost', 'other.example.org', 'x'.repeat(255), undefined]) {
      const { client, server } = connected(only(clientContext(), version), serverContext(), {
        prepare: ({ client }) => {
          client.hostname = name;
        },
      });
      assert.equal(server.hostname, name);
      assert.equal(client.hostname, name);
    }
  });
}

test('a resumed connection knows as much as the first', async () => {
  const context = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
  context.alpnProtocols = ['h2'];
  const identity = { cert: someone.certificate.pem, key: someone.privateKey.pem };
  const more = { servername: 'localhost', ALPNProtocols: ['h2'], ...identity };
  for (const version of versions) {
    const first = await visit(context, version, undefined, more);
    const second = await visit(context, version, first.sessions[0], more);
    assert.equal(second.reused, true, version);
    for (const { ssl, reused } of [first, second]) {
      assert.equal(ssl.sessionReused, reused, version);
      assert.equal(ssl.version, version);
      assert.equal(ssl.alpnProtocol, 'h2');
      assert.equal(ssl.peerCertificate?.subject, 'CN=someone');
      assert.equal(ssl.verifyResult.name, 'X509_V_OK');
      assert.deepEqual(ssl.cipher, first.ssl.cipher);
      assert.equal(ssl.hostname, 'localhost', `${version}, reused: ${reused}`);
    }
  }
});

test('a server does not renegotiate unless it is told to', async () => {
  const renegotiate = (client: TLSSocket) =>
    new Promise<Error | null>((resolve) => {
      client.once('error', resolve);
      client.renegotiate({}, resolve);
    });
  const ask = async (context: SSLContext) => {
    let answer: Error | null | undefined;
    await visit(context, 'TLSv1.2', undefined, {}, async (client) => {
      answer = await renegotiate(client);
    });
    return [answer === null, context.stats.acceptRenegotiate];
  };
  assert.deepEqual(await ask(serverContext()), [false, 1], 'asked, and refused');
  const lenient = serverContext();
  lenient.options = SSL_OP_ALLOW_CLIENT_RENEGOTIATION;
  assert.deepEqual(await ask(lenient), [true, 1]);
});

test('doHandshake, connect and accept: -1 while there is nothing to read, 1 when done, and 1 again', () => {
  const { client, server } = ends(clientContext(), serverContext());
  assert.equal(server.accept(), -1);
  assert.equal(server.accept(), -1);
  assert.equal(client.connect(), -1);
  assert.equal(client.connect(), -1);
  assert.equal(client.error(), SSL_ERROR_WANT_READ);
  assert.equal(server.doHandshake(), -1);
  assert.equal(client.doHandshake(), 1);
  assert.equal(server.doHandshake(), 1);
  assert.equal(client.connect(), 1);
  assert.equal(server.accept(), 1);
});

test('reading and writing shake hands by themselves', () => {
  const { client, server } = ends(clientContext(), serverContext());
  assert.equal(client.write('early'), -1);
  assert.equal(server.read(), null);
  assert.equal(client.write('early'), 5);
  assert.equal(server.read()?.toString(), 'early');
  assert.equal(client.isInitFinished && server.isInitFinished, true);
});

test('the sample of the documentation: two SSLs on a pair', () => {
  const [clientEnd, serverEnd] = BIO.pair();
  const a = new SSL(clientContext());
  a.setConnectState();
  a.setBio(clientEnd, clientEnd);
  const b = new SSL(serverContext());
  b.setAcceptState();
  b.setBio(serverEnd, serverEnd);
  let turns = 0;
  for (let x = 0, y = 0; x !== 1 || y !== 1; turns++) {
    x = a.doHandshake();
    y = b.doHandshake();
  }
  assert.ok(turns < 5);
});

test('many SSLs of one context at once', () => {
  const [client, server] = [clientContext(), serverContext()];
  const pairs = Array.from({ length: 50 }, () => ends(client, server));
  let open = [...pairs];
  while (open.length > 0) {
    open = open.filter((pair) => {
      const done = [pair.client.doHandshake(), pair.server.doHandshake()];
      return done.includes(-1);
    });
  }
  for (const [index, pair] of pairs.entries()) {
    assert.equal(carry(pair.client, pair.server, `${index}`), `${index}`);
  }
  assert.equal(server.stats.acceptGood, 50);
});

test('a raw SSL sends no name and checks none unless it is told', () => {
  const stranger = serverContext(Certificate.generate({ commonName: 'stranger', issuer: authority }));
  const { client, server } = connected(clientContext(), stranger);
  assert.equal(server.hostname, undefined);
  assert.equal(client.verifyName, undefined);
  assert.equal(client.peerCertificate?.subject, 'CN=stranger');
});

test('bytes that arrive one by one are enough', () => {
  const client = new SSL(clientContext());
  const server = new SSL(serverContext());
  const slow = new MemoryBIO();
  const [toServer, toClient] = [new MemoryBIO(), new MemoryBIO()];
  client.setBio(toClient, toServer);
  server.setBio(slow, toClient);
  while (!server.isInitFinished) {
    client.doHandshake();
    for (let byte = toServer.read(1); byte !== null; byte = toServer.read(1)) {
      slow.write(byte);
      server.doHandshake();
    }
  }
  assert.equal(client.isInitFinished, true);
});

test('two clients of one server do not hear each other', () => {
  const server = serverContext();
  const pairs = [connected(clientContext(), server), connected(clientContext(), server)] as const;
  pairs[0].client.write('first');
  pairs[1].client.write('second');
  assert.equal(pairs[1].server.read()?.toString(), 'second');
  assert.equal(pairs[0].server.read()?.toString(), 'first');
  const crossed = new SSL(clientContext());
  join(crossed, pairs[0].server);
  assert.throws(
    () => {
      crossed.doHandshake();
      pairs[0].server.read();
    },
    { name: 'SSLError' },
  );
});

test('an identity that a client cannot use is not taken for one that it can', () => {
  const client = only(clientContext(), 'TLSv1.2');
  client.setCiphers('ECDHE-RSA-AES128-GCM-SHA256');
  const { clientError, serverError } = attempt(client, serverContext(localhost));
  assert.deepEqual(clientError?.alert, { name: 'handshake_failure', number: 40, direction: 'received' });
  assert.equal(serverError?.code, 'ERR_SSL_NO_SHARED_CIPHER');
});
