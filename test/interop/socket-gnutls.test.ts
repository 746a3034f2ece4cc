// TLSSockets against GnuTLS: gnutls-cli and gnutls-serv.

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER, type SSLError } from 'bladessl';
import { freePort } from '../helpers/chains';
import { failureOf } from '../helpers/failures';
import { authority, clientContext, localhost, serverContext, show, someone } from '../helpers/identities';
import { authorityFile, filesOf } from '../helpers/openssl-cli';
import { Program } from '../helpers/programs';
import {
  accepted,
  connectedTo,
  listeningSocket,
  newClient,
  receiveAll,
  receiveUntil,
  refused,
} from '../helpers/tls-sockets';

const priorities = {
  'TLSv1.2': 'NORMAL:-VERS-ALL:+VERS-TLS1.2',
  'TLSv1.3': 'NORMAL:-VERS-ALL:+VERS-TLS1.3',
} as const;

/** The options of both programs that show an identity. */
function showing(name: string, identity: typeof localhost): string[] {
  const { certificate, key } = filesOf(name, identity);
  return ['--x509certfile', certificate, '--x509keyfile', key];
}

const trust = ['--x509cafile', authorityFile];

/** Starts a program; what it says of alerts and of being ready comes on its standard output too. */
function onOneStream(t: TestContext, command: string, args: readonly string[]): Program {
  return new Program(t, 'sh', ['-c', `exec ${command} "$@" 2>&1`, 'sh', ...args]);
}

/** Starts a server that gives back what it gets. */
async function startEcho(t: TestContext, args: readonly string[]): Promise<{ echo: Program; port: number }> {
  const port = await freePort();
  const own = ['--echo', '--port', String(port), ...showing('localhost', localhost), ...trust];
  const echo = onOneStream(t, 'gnutls-serv', [...own, ...args]);
  await echo.shows(/listening on IPv4 .*done/);
  return { echo, port };
}

function startClient(t: TestContext, port: number, args: readonly string[] = []): Program {
  const own = ['--port', String(port), ...trust, '--verify-hostname', 'localhost'];
  return onOneStream(t, 'gnutls-cli', [...own, ...args, '127.0.0.1']);
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = ['--priority', priorities[version]];

  suite(`${version}: a TLSSocket that serves gnutls-cli`, () => {
    test('agrees on everything, talks, and hears the end', async (t) => {
      const context = serverContext();
      context.alpnProtocols = ['talk'];
      const listener = await listeningSocket(t, context);
      const client = startClient(t, listener.port, [
        ...held,
        '--alpn',
        'talk',
        '--sni-hostname',
        'localhost',
      ]);
      const server = await accepted(t, listener);
      assert.deepEqual(
        [server.version, server.alpnProtocol, server.servername],
        [version, 'talk', 'localhost'],
      );
      client.write('hello\n');
      assert.equal((await server.receive()).toString(), 'hello\n');
      await server.send('good day\n');
      await client.shows(/^good day$/m);
      client.end();
      assert.equal((await server.receive()).length, 0);
      await server.close();
      assert.equal((await client.ended).status, 0);
    });

    test('close() tells the client that it is over', async (t) => {
      const listener = await listeningSocket(t);
      const client = startClient(t, listener.port, held);
      const server = await accepted(t, listener);
      await server.send('that is all\n');
      await server.close();
      const { status, stdout } = await client.ended;
      assert.equal(status, 0);
      assert.match(stdout, /^that is all\n- Peer has closed the GnuTLS connection$/m);
    });

    test('a client that is killed is no orderly end', async (t) => {
      const listener = await listeningSocket(t);
      const client = startClient(t, listener.port, held);
      const server = await accepted(t, listener);
      await server.send('still there?\n');
      await client.shows(/^still there\?$/m);
      client.kill('SIGKILL');
      const { code } = await failureOf(server.receive());
      assert.equal(code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    });

    test('the session is resumed', async (t) => {
      const listener = await listeningSocket(t);
      const client = startClient(t, listener.port, [...held, '--resume']);
      const first = await accepted(t, listener);
      assert.equal(first.sessionReused, false);
      // It waits for a ticket, takes its leave, and comes again.
      assert.equal((await first.receive()).length, 0);
      await first.close();
      const second = await accepted(t, listener);
      assert.equal(second.sessionReused, true);
      await second.send('welcome back\n');
      await client.shows(/^welcome back$/m);
      await second.close();
      const { status, stdout } = await client.ended;
      assert.equal(status, 0);
      assert.match(stdout, /^\*\*\* This is a resumed session$/m);
    });

    test("the client's certificate is checked and shown, and missed", async (t) => {
      const context = serverContext().addCA(authority.certificate);
      context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
      const listener = await listeningSocket(t, context);
      const client = startClient(t, listener.port, [...held, ...showing('someone', someone)]);
      const server = await accepted(t, listener);
      assert.equal(server.peerCertificate?.subject, 'CN=someone');
      await server.send('welcome\n');
      await client.shows(/^welcome$/m);
      const refusal = refused(listener);
      const other = startClient(t, listener.port, held);
      assert.equal((await refusal).code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
      assert.match((await other.ended).stdout, /Received alert \[(40|116)\]/);
    });

    test('hears why it is refused', async (t) => {
      const listener = await listeningSocket(t);
      const told = new Promise<SSLError>((resolve) => {
        listener.onHandshakeError((error) => resolve(error as SSLError));
      });
      const heard = listener.accept().then((server) => failureOf(server.receive()));
      const client = startClient(t, listener.port, [...held, '--verify-hostname', 'other.example']);
      // Its answer can come when our part of the handshake is done.
      const { alert } = await Promise.race([told, heard]);
      assert.equal(alert?.direction, 'received');
      assert.equal((await client.ended).status, 1);
    });
  });

  suite(`${version}: a TLSSocket that is a client of gnutls-serv`, () => {
    const open = [...held, '--disable-client-cert'];

    test('agrees on everything, talks, and takes its leave', async (t) => {
      const { port } = await startEcho(t, [...open, '--alpn', 'talk']);
      const context = clientContext();
      context.alpnProtocols = ['shout', 'talk'];
      const socket = await connectedTo(t, port, context);
      assert.deepEqual(
        [socket.version, socket.alpnProtocol, socket.verifyResult.name],
        [version, 'talk', 'X509_V_OK'],
      );
      await socket.send('hello\n');
      assert.equal(await receiveUntil(socket, '\n'), 'hello\n');
      await socket.shutdown();
      assert.equal((await receiveAll(socket)).length, 0);
      await socket.close();
    });

    test('a server that is killed is no orderly end', async (t) => {
      const { echo, port } = await startEcho(t, open);
      const socket = await connectedTo(t, port);
      await socket.send('hello\n');
      assert.equal(await receiveUntil(socket, '\n'), 'hello\n');
      echo.kill('SIGKILL');
      const { code } = await failureOf(socket.receive());
      assert.equal(code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    });

    test('shows its certificate, and is refused without', async (t) => {
      const { port } = await startEcho(t, [...held, '--require-client-cert', '--verify-client-cert']);
      const socket = await connectedTo(t, port, show(clientContext(), someone));
      await socket.send('hello\n');
      assert.equal(await receiveUntil(socket, '\n'), 'hello\n');
      await socket.close();
      const other = newClient(t);
      const error = await failureOf(other.connect('127.0.0.1', port).then(() => other.receive()));
      assert.equal(error.alert?.direction, 'received');
    });

    test('refuses a certificate for another name', async (t) => {
      const { echo, port } = await startEcho(t, open);
      const socket = newClient(t);
      const error = await failureOf(socket.connect('127.0.0.1', port, { servername: 'other.example' }));
      assert.equal(error.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
      // In TLS 1.3 libssl has no keys for its alert before its first message, and GnuTLS takes none without.
      await echo.shows(/^Error in handshake: (A TLS fatal alert has been received|Decryption has failed)/m);
    });
  });
}
