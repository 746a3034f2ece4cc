// An AcceptBIO chain that serves `openssl s_client`.

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import {
  type AcceptBIO,
  BufferBIO,
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLContext,
} from 'bladessl';
import { freeing, listening, portOf } from '../helpers/chains';
import { failureOf } from '../helpers/failures';
import { authority, only, serverContext, someone } from '../helpers/identities';
import { filesOf, opensslClient, showing, versionOptions } from '../helpers/openssl-cli';
import type { Program } from '../helpers/programs';

interface Visit {
  readonly client: Program;
  readonly server: SSLBIO;
  /** The server's handshake. */
  readonly handshake: Promise<void>;
}

async function acceptBuffered(t: TestContext, listener: AcceptBIO, context: SSLContext): Promise<SSLBIO> {
  return freeing(t, new SSLBIO(context).push(new BufferBIO()).push(await listener.accept()));
}

/** Lets `openssl s_client` come to a buffered chain of a server. */
async function visit(t: TestContext, context: SSLContext, args: readonly string[] = []): Promise<Visit> {
  const listener = await listening(t);
  const client = opensslClient(t, portOf(listener), args);
  const server = await acceptBuffered(t, listener, context);
  return { client, server, handshake: server.handshake() };
}

/** A context that wants a client's certificate of the tests' CA. */
function strict(context: SSLContext): SSLContext {
  context.addCA(authority.certificate);
  return context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

suite('a server of openssl s_client', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const held = [versionOptions[version]];

    test(`${version}: shakes hands, and talks until the client takes its leave`, async (t) => {
      const { client, server, handshake } = await visit(t, serverContext(), held);
      await handshake;
      assert.equal(server.ssl.version, version);
      client.write('hello\n');
      assert.equal((await server.readAsync()).toString(), 'hello\n');
      await server.writeAsync('good day\n');
      await client.shows(/good day$/m);
      client.write('Q\n');
      assert.deepEqual(await server.readAsync(), Buffer.alloc(0));
      server.freeAll();
      const { status, stdout } = await client.ended;
      assert.equal(status, 0);
      assert.match(stdout, /^Verification: OK$/m);
      assert.match(stdout, /^Verified peername: localhost$/m);
    });

    test(`${version}: close_notify tells the client that it is over`, async (t) => {
      const { client, server, handshake } = await visit(t, serverContext(), held);
      await handshake;
      await server.writeAsync('that is all\n');
      server.freeAll();
      const { status, stdout, stderr } = await client.ended;
      assert.equal(status, 0);
      assert.match(stdout, /that is all$/m);
      assert.match(stderr, /alert read:warning:close notify/);
    });

    test(`${version}: a client that does not trust the issuer says unknown_ca`, async (t) => {
      const stranger = Certificate.generate({
        commonName: 'localhost',
        issuer: Certificate.generate({ commonName: 'Another CA' }),
      });
      const { client, server, handshake } = await visit(t, serverContext(stranger), held);
      const error = await failureOf(handshake);
      assert.equal(error.code, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA');
      assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'received' });
      assert.match(error.hint ?? '', /does not trust the issuer/);
      server.freeAll();
      const { status, stderr } = await client.ended;
      assert.equal(status, 1);
      assert.match(stderr, /certificate verify failed/);
    });

    test(`${version}: a client that came for another name says bad_certificate`, async (t) => {
      const other = Certificate.generate({ commonName: 'other.example', issuer: authority });
      const { handshake } = await visit(t, serverContext(other), held);
      const { alert } = await failureOf(handshake);
      assert.deepEqual([alert?.name, alert?.direction], ['bad_certificate', 'received']);
    });

    test(`${version}: the client's certificate is asked for, checked and shown`, async (t) => {
      const shown = showing(filesOf('someone', someone));
      const { client, server, handshake } = await visit(t, strict(serverContext()), [...held, ...shown]);
      await handshake;
      assert.equal(server.ssl.peerCertificate?.subject, 'CN=someone');
      assert.equal(server.ssl.verifyResult.name, 'X509_V_OK');
      await server.writeAsync('welcome\n');
      // In the middle of a line: what s_client itself says waits in its buffer.
      await client.shows(/welcome$/m);
    });

    test(`${version}: a client without a certificate is refused`, async (t) => {
      const { client, server, handshake } = await visit(t, strict(serverContext()), held);
      const error = await failureOf(handshake);
      assert.equal(error.code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
      const [name, words] =
        version === 'TLSv1.3'
          ? ['certificate_required', /alert certificate required/]
          : ['handshake_failure', /alert handshake failure/];
      assert.deepEqual([error.alert?.name, error.alert?.direction], [name, 'sent']);
      server.freeAll();
      const { stderr } = await client.ended;
      assert.match(stderr, words as RegExp);
    });

    test(`${version}: a client with a certificate of another CA is refused, with unknown_ca`, async (t) => {
      const files = filesOf('stranger', Certificate.generate({ commonName: 'stranger' }));
      const shown = showing(files);
      const { client, server, handshake } = await visit(t, strict(serverContext()), [...held, ...shown]);
      const error = await failureOf(handshake);
      assert.equal(error.name, 'CertificateVerifyError');
      assert.equal(error.verifyError?.name, 'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT');
      assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'sent' });
      server.freeAll();
      assert.match((await client.ended).stderr, /alert unknown ca/);
    });

    test(`${version}: a client that is killed leaves without close_notify`, async (t) => {
      const { client, server, handshake } = await visit(t, serverContext(), held);
      await handshake;
      client.write('half a sen\n');
      assert.equal((await server.readAsync()).toString(), 'half a sen\n');
      const reading = server.readAsync();
      client.kill('SIGKILL');
      const error = await failureOf(reading);
      assert.match(error.code, /^(ERR_SSL_UNEXPECTED_EOF_WHILE_READING|ECONNRESET)$/);
    });
  }

  test('no version in common is refused, with protocol_version', async (t) => {
    const { client, server, handshake } = await visit(t, only(serverContext(), 'TLSv1.3'), ['-tls1_2']);
    const error = await failureOf(handshake);
    assert.equal(error.code, 'ERR_SSL_UNSUPPORTED_PROTOCOL');
    assert.deepEqual([error.alert?.name, error.alert?.direction], ['protocol_version', 'sent']);
    server.freeAll();
    assert.match((await client.ended).stderr, /alert protocol version/);
  });

  test('the name that the client asks for, and the protocol that both speak', async (t) => {
    const context = serverContext();
    context.alpnProtocols = ['h2', 'http/1.1'];
    const { client, server, handshake } = await visit(t, context, [
      '-servername',
      'localhost',
      '-alpn',
      'x,http/1.1',
    ]);
    await handshake;
    assert.deepEqual([server.ssl.hostname, server.ssl.alpnProtocol], ['localhost', 'http/1.1']);
    await client.shows(/^ALPN protocol: http\/1\.1$/m);
  });

  test('no ALPN protocol in common is refused, with no_application_protocol', async (t) => {
    const context = serverContext();
    context.alpnProtocols = ['h2'];
    const { client, server, handshake } = await visit(t, context, ['-alpn', 'x,y']);
    const error = await failureOf(handshake);
    assert.deepEqual([error.alert?.name, error.alert?.direction], ['no_application_protocol', 'sent']);
    server.freeAll();
    assert.match((await client.ended).stderr, /alert no application protocol/);
  });

  test('several clients at once', async (t) => {
    const listener = await listening(t);
    const context = serverContext();
    const clients = [1, 2, 3].map(() => opensslClient(t, portOf(listener)));
    const servers = await Promise.all(clients.map(() => acceptBuffered(t, listener, context)));
    await Promise.all(servers.map((server) => server.handshake()));
    await Promise.all(servers.map((server, index) => server.writeAsync(`you are ${index}\n`)));
    for (const server of servers) server.freeAll();
    const said = await Promise.all(
      clients.map(async (client) => /you are \d$/m.exec((await client.ended).stdout)?.[0]),
    );
    assert.deepEqual(said.sort(), ['you are 0', 'you are 1', 'you are 2']);
  });
});
