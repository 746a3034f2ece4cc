// TLSSockets against the `openssl` command: s_client and s_server.

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import {
  Certificate,
  Socket,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSSocket,
} from 'bladessl';
import { failureOf } from '../helpers/failures';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from '../helpers/identities';
import {
  authorityFile,
  filesOf,
  opensslClient,
  opensslServer,
  showing,
  versionOptions,
} from '../helpers/openssl-cli';
import { pathOf } from '../helpers/openssl-files';
import { Program } from '../helpers/programs';
import {
  accepted,
  closing,
  connectedTo,
  listeningSocket,
  newClient,
  receiveAll,
  receiveUntil,
  refused,
} from '../helpers/tls-sockets';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const identity = [...showing(filesOf('localhost', localhost)), '-state'];
const wantsCertificate = ['-Verify', '1', '-CAfile', authorityFile, '-verify_return_error'];
const megabyte = Buffer.alloc(1 << 20, '0123456789abcdefghijklmnopqrstuvwxyz\n');

/** A context that wants a client's certificate of the tests' CA. */
function strict(context: SSLContext): SSLContext {
  context.addCA(authority.certificate);
  return context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

/** Starts `openssl s_client`; what it says about itself comes on its standard output too. */
function clientOnOneStream(t: TestContext, port: number, args: readonly string[]): Program {
  const own = ['-connect', `127.0.0.1:${port}`, '-CAfile', authorityFile, ...args];
  return new Program(t, 'sh', ['-c', 'exec openssl s_client "$@" 2>&1', 'sh', ...own]);
}

interface Visit {
  readonly client: Program;
  readonly server: TLSSocket;
}

/** Lets `openssl s_client` come to a new listener. */
async function visit(t: TestContext, context: SSLContext, args: readonly string[]): Promise<Visit> {
  const listener = await listeningSocket(t, context);
  const client = opensslClient(t, listener.port, args);
  return { client, server: await accepted(t, listener) };
}

suite('a TLSSocket that serves openssl s_client', () => {
  for (const version of versions) {
    const held = [versionOptions[version]];

    test(`${version}: agrees on everything, and talks until the client takes its leave`, async (t) => {
      const context = serverContext();
      context.alpnProtocols = ['talk'];
      const { client, server } = await visit(t, context, [
        ...held,
        '-servername',
        'localhost',
        '-alpn',
        'shout,talk',
      ]);
      assert.deepEqual(
        [server.version, server.alpnProtocol, server.servername, server.sessionReused],
        [version, 'talk', 'localhost', false],
      );
      client.write('hello\n');
      assert.equal((await server.receive()).toString(), 'hello\n');
      await server.send('good day\n');
      await client.shows(/good day$/m);
      client.write('Q\n');
      assert.equal((await server.receive()).length, 0);
      await server.close();
      const { status, stdout } = await client.ended;
      assert.equal(status, 0);
      assert.match(stdout, /^Verification: OK$/m);
      assert.match(stdout, /^ALPN protocol: talk$/m);
      assert.match(stdout, new RegExp(`Cipher is ${server.cipher?.name}$`, 'm'));
    });

    test(`${version}: close() tells the client that it is over`, async (t) => {
      const { client, server } = await visit(t, serverContext(), held);
      await server.send('that is all\n');
      await server.close();
      const { status, stdout, stderr } = await client.ended;
      assert.equal(status, 0);
      assert.match(stdout, /that is all$/m);
      assert.match(stderr, /alert read:warning:close notify/);
    });

    test(`${version}: a client that is killed is no orderly end`, async (t) => {
      const { client, server } = await visit(t, serverContext(), held);
      await server.send('still there?\n');
      await client.shows(/still there\?$/m);
      client.kill('SIGKILL');
      assert.equal((await failureOf(server.receive())).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
      assert.equal(server.isClosed, true);
    });

    test(`${version}: a megabyte comes, in small records, and goes`, async (t) => {
      const { client, server } = await visit(t, serverContext(), [
        ...held,
        '-quiet',
        '-max_send_frag',
        '600',
      ]);
      client.write(megabyte.toString());
      assert.ok((await server.read(megabyte.length)).equals(megabyte));
      await server.send(megabyte);
      await server.close();
      const { status, stdout } = await client.ended;
      assert.equal(status, 0);
      assert.ok(stdout === megabyte.toString(), `${stdout.length} of ${megabyte.length} bytes`);
    });

    test(`${version}: the session is resumed`, async (t) => {
      const listener = await listeningSocket(t);
      const file = pathOf(`session-${version}`);
      for (const [args, reused] of [
        [['-sess_out', file], false],
        [['-sess_in', file], true],
      ] as const) {
        const client = opensslClient(t, listener.port, [...held, ...args]);
        const server = await accepted(t, listener);
        assert.equal(server.sessionReused, reused);
        await server.send('good day\n');
        // The tickets came before it.
        await client.shows(/good day$/m);
        client.write('Q\n');
        assert.equal((await server.receive()).length, 0);
        await server.close();
        const { stdout } = await client.ended;
        assert.match(stdout, reused ? /^Reused, TLSv1\.[23]/m : /^New, TLSv1\.[23]/m);
      }
    });

    test(`${version}: the client's certificate is checked and shown, and missed`, async (t) => {
      const shown = showing(filesOf('someone', someone));
      const listener = await listeningSocket(t, strict(serverContext()));
      const client = opensslClient(t, listener.port, [...held, ...shown]);
      const server = await accepted(t, listener);
      assert.equal(server.peerCertificate?.subject, 'CN=someone');
      assert.equal(server.verifyResult.name, 'X509_V_OK');
      await server.send('welcome\n');
      await client.shows(/welcome$/m);
      const refusal = refused(listener);
      const other = opensslClient(t, listener.port, held);
      assert.equal((await refusal).code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
      assert.equal(listener.handshakeFailures, 1);
      assert.match((await other.ended).stderr, /alert (certificate required|handshake failure)/);
    });

    test(`${version}: a client that does not trust us says so`, async (t) => {
      const stranger = Certificate.generate({
        commonName: 'localhost',
        issuer: Certificate.generate({ commonName: 'Another CA' }),
      });
      const listener = await listeningSocket(t, serverContext(stranger));
      const refusal = refused(listener);
      const client = opensslClient(t, listener.port, held);
      const error = await refusal;
      assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'received' });
      assert.equal((await client.ended).status, 1);
    });

    test(`${version}: STARTTLS, after plain words of SMTP`, async (t) => {
      const listener = new Socket();
      t.after(() => listener.close());
      await listener.bind(0, '127.0.0.1');
      await listener.listen();
      const client = opensslClient(t, listener.port, [...held, '-starttls', 'smtp']);
      const plain = await listener.accept();
      t.after(() => plain.close({ abort: true }));
      await plain.send('220 mail.example ESMTP\r\n');
      assert.match((await plain.receive()).toString(), /^EHLO .*\r\n$/);
      await plain.send('250-mail.example\r\n250 STARTTLS\r\n');
      assert.equal((await plain.receive()).toString(), 'STARTTLS\r\n');
      await plain.send('220 go ahead\r\n');
      const server = closing(t, new TLSSocket(plain, serverContext()));
      await server.handshake();
      assert.equal(server.version, version);
      client.write('hello\n');
      assert.equal((await server.receive()).toString(), 'hello\n');
      await server.close();
      assert.equal((await client.ended).status, 0);
    });

    test(`${version}: a Unix socket`, async (t) => {
      const path = pathOf(`serves-${version}`);
      const listener = closing(t, new TLSSocket(null, serverContext()));
      await listener.bind({ path });
      await listener.listen();
      const client = new Program(t, 'openssl', [
        's_client',
        '-unix',
        path,
        '-CAfile',
        authorityFile,
        ...held,
      ]);
      const server = await accepted(t, listener);
      client.write('hello\n');
      assert.equal((await server.receive()).toString(), 'hello\n');
      client.write('Q\n');
      assert.equal((await server.receive()).length, 0);
      await server.close();
      assert.equal((await client.ended).status, 0);
    });
  }

  test('TLSv1.3: the client renews its keys and asks for ours to be renewed', async (t) => {
    const listener = await listeningSocket(t);
    const client = clientOnOneStream(t, listener.port, ['-tls1_3', '-msg']);
    const server = await accepted(t, listener);
    client.write('K\n');
    await client.shows(/^KEYUPDATE$/m);
    client.write('hello\n');
    assert.equal((await server.receive()).toString(), 'hello\n');
    await server.send('good day\n');
    await client.shows(/good day$/m);
    await server.close();
    assert.match((await client.ended).stdout, /^<<< TLS 1\.3, Handshake \[length 0005\], KeyUpdate$/m);
  });

  test('TLSv1.2: a client may not renegotiate', async (t) => {
    const { client, server } = await visit(t, serverContext(), ['-tls1_2']);
    const failure = failureOf(server.receive());
    client.write('R\n');
    assert.equal((await failure).alert?.name, 'handshake_failure');
    const { status, stderr } = await client.ended;
    assert.equal(status, 1);
    assert.match(stderr, /alert read:warning:no renegotiation/);
  });

  test('versions that do not meet are refused, with protocol_version', async (t) => {
    const listener = await listeningSocket(t, only(serverContext(), 'TLSv1.3'));
    const refusal = refused(listener);
    const client = opensslClient(t, listener.port, ['-tls1_2']);
    const error = await refusal;
    assert.equal(error.code, 'ERR_SSL_UNSUPPORTED_PROTOCOL');
    assert.deepEqual([error.alert?.name, error.alert?.direction], ['protocol_version', 'sent']);
    assert.match((await client.ended).stderr, /alert protocol version/);
  });
});

suite('a TLSSocket that is a client of openssl s_server', () => {
  for (const version of versions) {
    const held = [versionOptions[version]];

    test(`${version}: agrees on everything, and talks`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, '-rev', '-alpn', 'talk', ...held]);
      const context = clientContext();
      context.alpnProtocols = ['shout', 'talk'];
      const socket = await connectedTo(t, port, context);
      assert.deepEqual(
        [socket.version, socket.alpnProtocol, socket.servername, socket.sessionReused],
        [version, 'talk', 'localhost', false],
      );
      assert.equal(socket.verifyResult.name, 'X509_V_OK');
      assert.equal(socket.peerCertificate?.fingerprintSHA256, localhost.certificate.fingerprintSHA256);
      await socket.send('stressed\n');
      assert.equal(await receiveUntil(socket, '\n'), 'desserts\n');
      await program.shows(new RegExp(`^Ciphersuite: ${socket.cipher?.name}$`, 'm'));
      await socket.close();
      await program.shows(/alert read:warning:close notify/);
      await program.shows(/^CONNECTION CLOSED$/m);
    });

    test(`${version}: resumes its session`, async (t) => {
      const { port } = await opensslServer(t, [...identity, '-rev', ...held]);
      let session: Buffer | undefined;
      for (const reused of [false, true]) {
        const socket = newClient(t);
        if (session !== undefined) socket.ssl.session = session;
        await socket.connect('127.0.0.1', port, { servername: 'localhost' });
        assert.equal(socket.sessionReused, reused);
        await socket.send('stressed\n');
        // The tickets come before it.
        assert.equal(await receiveUntil(socket, '\n'), 'desserts\n');
        session = socket.ssl.session;
        await socket.close();
      }
    });

    test(`${version}: hears the end of the server, and says its own`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, '-rev', ...held]);
      const socket = await connectedTo(t, port);
      await socket.send('stressed\nCLOSE\n');
      assert.equal((await receiveAll(socket)).toString(), 'desserts\n');
      await program.shows(/^CONNECTION CLOSED$/m);
      await socket.close();
    });

    test(`${version}: a server that is killed is no orderly end`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, ...held]);
      const socket = await connectedTo(t, port);
      await socket.send('hello\n');
      await program.shows(/^hello$/m);
      program.kill('SIGKILL');
      assert.equal((await failureOf(socket.receive())).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    });

    test(`${version}: a megabyte goes and comes back`, async (t) => {
      // It turns each line around.
      const { port } = await opensslServer(t, [...identity, '-rev', ...held, '-max_send_frag', '700']);
      const socket = await connectedTo(t, port);
      const line = `${'0123456789'.repeat(100)}\n`;
      const turned = `${'9876543210'.repeat(100)}\n`;
      const [, answer] = await Promise.all([socket.send(line.repeat(1000)), socket.read(line.length * 1000)]);
      assert.ok(answer.toString() === turned.repeat(1000));
    });

    test(`${version}: a page of its own web server, up to the end`, async (t) => {
      const { port } = await opensslServer(t, [...identity, '-www', ...held]);
      const socket = await connectedTo(t, port);
      await socket.send('GET / HTTP/1.0\r\n\r\n');
      const page = (await receiveAll(socket)).toString();
      assert.match(page, /^HTTP\/1\.0 200 ok\r\n/);
      assert.match(page, /<\/html>\s*$/i);
    });

    test(`${version}: shows its certificate, and is refused without`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, '-rev', ...held, ...wantsCertificate]);
      const socket = await connectedTo(t, port, show(clientContext(), someone));
      await socket.send('evil\n');
      assert.equal(await receiveUntil(socket, '\n'), 'live\n');
      await program.shows(/^Peer certificate: CN = someone$/m);
      await socket.close();
      const other = newClient(t);
      const error = await failureOf(other.connect('127.0.0.1', port).then(() => other.receive()));
      const name = version === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure';
      assert.deepEqual([error.alert?.name, error.alert?.direction], [name, 'received']);
      assert.equal(other.isClosed, true);
    });

    test(`${version}: refuses an issuer that it does not trust, and a certificate for another name`, async (t) => {
      const { program, port } = await opensslServer(t, [...identity, '-rev', ...held]);
      const stranger = newClient(t, clientContext(Certificate.generate({ commonName: 'X' }).certificate));
      const distrust = await failureOf(stranger.connect('127.0.0.1', port));
      assert.equal(distrust.name, 'CertificateVerifyError');
      assert.deepEqual(distrust.alert, { name: 'unknown_ca', number: 48, direction: 'sent' });
      await program.shows(/alert read:fatal:unknown CA/);
      const lost = newClient(t);
      const mismatch = await failureOf(lost.connect('127.0.0.1', port, { servername: 'other.example' }));
      assert.equal(mismatch.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
      await program.shows(/alert read:fatal:bad certificate/);
      assert.deepEqual([stranger.isClosed, lost.isClosed], [true, true]);
    });
  }

  test('TLSv1.3: the server renews its keys and asks for ours to be renewed', async (t) => {
    const { program, port } = await opensslServer(t, [...identity, '-tls1_3']);
    const socket = await connectedTo(t, port);
    await socket.send('hello\n');
    await program.shows(/^hello$/m);
    program.write('K\n');
    await program.shows(/write server key update/);
    program.write('good day\n');
    assert.equal((await socket.receive()).toString(), 'good day\n');
    await socket.send('once more\n');
    await program.shows(/^once more$/m);
    await program.shows(/read client key update/);
  });

  test('TLSv1.2: the server may not renegotiate', async (t) => {
    const { program, port } = await opensslServer(t, [...identity, '-tls1_2']);
    const socket = await connectedTo(t, port);
    await socket.send('hello\n');
    await program.shows(/^hello$/m);
    const failure = failureOf(socket.receive());
    program.write('r\n');
    await program.shows(/alert read:warning:no renegotiation/);
    assert.equal((await failure).alert?.direction, 'received');
  });

  test('versions that do not meet are refused by the server', async (t) => {
    const { port } = await opensslServer(t, [...identity, '-rev', '-tls1_2']);
    const socket = newClient(t, only(clientContext(), 'TLSv1.3'));
    const error = await failureOf(socket.connect('127.0.0.1', port));
    assert.deepEqual(error.alert, { name: 'protocol_version', number: 70, direction: 'received' });
  });
});
