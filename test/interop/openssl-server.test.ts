// A chain SSLBIO -> BufferBIO -> ConnectBIO against `openssl s_server`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { BufferBIO, Certificate, ConnectBIO, SSLBIO, type SSLContext } from 'bladessl';
import { freeing } from '../helpers/chains';
import { failureOf } from '../helpers/failures';
import { authority, clientContext, localhost, only, show, someone } from '../helpers/identities';
import { authorityFile, filesOf, opensslServer, showing, versionOptions } from '../helpers/openssl-cli';
import { root } from '../helpers/programs';

const wantsCertificate = ['-Verify', '1', '-CAfile', authorityFile];
const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const identity = [...showing(filesOf('localhost', localhost)), '-state'];

/** A buffered chain of a client. */
function chainTo(t: TestContext, target: string, context: SSLContext = clientContext()): SSLBIO {
  return freeing(t, new SSLBIO(context).push(new BufferBIO()).push(new ConnectBIO(target)));
}

async function lineOf(chain: SSLBIO): Promise<string> {
  let text = '';
  while (!text.endsWith('\n')) {
    const chunk = await chain.readAsync();
    assert.notEqual(chunk.length, 0, 'the end came before the end of the line');
    text += chunk;
  }
  return text;
}

suite('a client of openssl s_server', () => {
  for (const version of versions) {
    test(`${version}: shakes hands, checks the certificate, and talks`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, '-rev', versionOptions[version]]);
      const chain = chainTo(t, `localhost:${port}`);
      await chain.handshake();
      const { ssl } = chain;
      assert.equal(ssl.version, version);
      assert.equal(ssl.verifyResult.name, 'X509_V_OK');
      assert.equal(ssl.peerCertificate?.fingerprintSHA256, localhost.certificate.fingerprintSHA256);
      assert.equal(ssl.sessionReused, false);
      await chain.writeAsync('stressed\n');
      assert.equal(await lineOf(chain), 'desserts\n');
      await program.shows(new RegExp(`^Ciphersuite: ${ssl.cipher?.name}$`, 'm'));
      await program.shows(/^Protocol version: TLSv1\.[23]$/m);
      chain.freeAll();
      await program.shows(/^CONNECTION CLOSED$/m);
    });

    test(`${version}: an issuer that it does not trust is refused, with unknown_ca`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, '-rev', versionOptions[version]]);
      const strange = Certificate.generate({ commonName: 'Another CA' }).certificate;
      const error = await failureOf(chainTo(t, `localhost:${port}`, clientContext(strange)).handshake());
      assert.equal(error.name, 'CertificateVerifyError');
      assert.equal(error.verifyError?.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
      assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'sent' });
      await program.shows(/alert read:fatal:unknown CA/);
    });

    test(`${version}: a certificate for another name is refused, with bad_certificate`, async (t) => {
      const other = filesOf(
        'other',
        Certificate.generate({ commonName: 'other.example', issuer: authority }),
      );
      const { program, port } = await opensslServer(t, [
        ...showing(other),
        '-state',
        '-rev',
        versionOptions[version],
      ]);
      const error = await failureOf(chainTo(t, `localhost:${port}`).handshake());
      assert.equal(error.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
      await program.shows(/alert read:fatal:bad certificate/);
      await chainTo(t, `127.0.0.1:${port}`).handshake({ servername: 'other.example' });
    });

    test(`${version}: its certificate is asked for, and checked`, async (t) => {
      const strict = ['-rev', versionOptions[version], ...wantsCertificate, '-verify_return_error'];
      const { program, port } = await opensslServer(t, [...identity, ...strict]);
      const chain = chainTo(t, `localhost:${port}`, show(clientContext(), someone));
      await chain.handshake();
      await chain.writeAsync('evil\n');
      assert.equal(await lineOf(chain), 'live\n');
      await program.shows(/^Peer certificate: CN = someone$/m);
    });

    test(`${version}: without the certificate that is asked for it is refused`, async (t) => {
      const strict = ['-rev', versionOptions[version], ...wantsCertificate];
      const { program, port } = await opensslServer(t, [...identity, ...strict]);
      const chain = chainTo(t, `localhost:${port}`);
      const error = await failureOf(chain.handshake().then(() => chain.readAsync()));
      const name = version === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure';
      assert.deepEqual([error.alert?.name, error.alert?.direction], [name, 'received']);
      await program.shows(/alert write:fatal:(unknown|handshake failure)/);
    });

    test(`${version}: with a certificate of somebody else's CA it is refused, with unknown_ca`, async (t) => {
      const strict = ['-rev', versionOptions[version], ...wantsCertificate, '-verify_return_error'];
      const { port } = await opensslServer(t, [...identity, ...strict]);
      const stranger = Certificate.generate({
        commonName: 'stranger',
        issuer: Certificate.generate({ commonName: 'X' }),
      });
      const chain = chainTo(t, `localhost:${port}`, show(clientContext(), stranger));
      const error = await failureOf(chain.handshake().then(() => chain.readAsync()));
      assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'received' });
    });
  }

  test('no version in common is refused by the server, with protocol_version', async (t) => {
    const { program, port } = await opensslServer(t, [...identity, '-rev', '-tls1_2']);
    const error = await failureOf(
      chainTo(t, `localhost:${port}`, only(clientContext(), 'TLSv1.3')).handshake(),
    );
    assert.equal(error.code, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    assert.deepEqual(error.alert, { name: 'protocol_version', number: 70, direction: 'received' });
    assert.match(error.hint ?? '', /minVersion/);
    await program.shows(/alert write:fatal:protocol version/);
  });

  test('no cipher in common is refused by the server, with handshake_failure', async (t) => {
    const { port } = await opensslServer(t, [
      ...identity,
      '-rev',
      '-tls1_2',
      '-cipher',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
    ]);
    const context = only(clientContext(), 'TLSv1.2').setCiphers('ECDHE-ECDSA-AES256-GCM-SHA384');
    const error = await failureOf(chainTo(t, `localhost:${port}`, context).handshake());
    assert.deepEqual([error.alert?.name, error.alert?.direction], ['handshake_failure', 'received']);
  });

  for (const key of ['rsa', 'ed25519', 'ec'] as const) {
    test(`a certificate with a key of type ${key}`, async (t) => {
      const files = filesOf(
        `localhost-${key}`,
        Certificate.generate({ commonName: 'localhost', key, issuer: authority }),
      );
      const { port } = await opensslServer(t, [...showing(files), '-rev']);
      const chain = chainTo(t, `localhost:${port}`);
      await chain.handshake();
      assert.equal(chain.ssl.peerCertificate?.subject, 'CN=localhost');
    });
  }

  test('the server is told the name, and shows the certificate for it', async (t) => {
    const second = filesOf(
      'second',
      Certificate.generate({ commonName: 'second.example', issuer: authority }),
    );
    const names = ['-servername', 'second.example', '-cert2', second.certificate, '-key2', second.key];
    const { port } = await opensslServer(t, [...identity, '-rev', ...names]);
    const chain = chainTo(t, `127.0.0.1:${port}`);
    await chain.handshake({ servername: 'second.example' });
    assert.equal(chain.ssl.peerCertificate?.subject, 'CN=second.example');
  });

  test('ALPN chooses what both speak', async (t) => {
    const { port } = await opensslServer(t, [...identity, '-rev', '-alpn', 'h2,http/1.1']);
    const context = clientContext();
    context.alpnProtocols = ['spdy/3', 'http/1.1'];
    const chain = chainTo(t, `localhost:${port}`, context);
    await chain.handshake();
    assert.equal(chain.ssl.alpnProtocol, 'http/1.1');
  });

  test('the group is the one that both have', async (t) => {
    const { port } = await opensslServer(t, [...identity, '-rev', '-groups', 'P-384']);
    const chain = chainTo(t, `localhost:${port}`);
    await chain.handshake();
    assert.equal(chain.ssl.group, 'secp384r1');
  });

  for (const version of versions) {
    test(`${version}: a file comes over whole, and the end after it`, async (t) => {
      const { port } = await opensslServer(t, [...identity, '-WWW', versionOptions[version]]);
      const chain = chainTo(t, `localhost:${port}`);
      await chain.handshake();
      await chain.writeAsync('GET /package-lock.json HTTP/1.0\r\n\r\n');
      const chunks: Buffer[] = [];
      for (let chunk = await chain.readAsync(); chunk.length > 0; chunk = await chain.readAsync())
        chunks.push(chunk);
      const answer = Buffer.concat(chunks);
      const file = readFileSync(join(root, 'package-lock.json'));
      assert.ok(answer.subarray(-file.length).equals(file));
      assert.match(answer.subarray(0, -file.length).toString(), /^HTTP\/1\.0 200 ok\r\n.*\r\n\r\n$/s);
    });
  }
});
