// What a TLSSocket and node:tls of this process agree on, and what they refuse.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import type * as tls from 'node:tls';
import { SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER, type SSLContext } from 'bladessl';
import { failureOf } from '../helpers/failures';
import { authority, clientContext, localhost, serverContext, show, someone } from '../helpers/identities';
import { nodeClient, nodeServer, serve, textOf, theirs, visit } from '../helpers/node-ends';
import { accepted, connectedTo, listeningSocket, newClient, refused } from '../helpers/tls-sockets';

/** A context that wants a client's certificate of the tests' CA. */
function strict<Context extends SSLContext>(context: Context): Context {
  context.addCA(authority.certificate);
  context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  return context;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = { minVersion: version, maxVersion: version };

  suite(`${version}: a TLSSocket that serves node:tls`, () => {
    test('agrees on everything', async (t) => {
      const context = serverContext();
      context.alpnProtocols = ['talk', 'shout'];
      const { socket, peer } = await serve(t, { ...held, ALPNProtocols: ['shout'] }, context);
      assert.deepEqual(
        [socket.version, socket.alpnProtocol, socket.servername, socket.sessionReused],
        [version, 'shout', 'localhost', false],
      );
      assert.deepEqual(
        [peer.getProtocol(), peer.alpnProtocol, peer.authorized, peer.isSessionReused()],
        [version, 'shout', true, false],
      );
      assert.equal(peer.getCipher().name, socket.cipher?.name);
      assert.deepEqual([socket.remotePort, socket.localPort], [peer.localPort, peer.remotePort]);
    });

    test('a protocol that we do not speak is refused', async (t) => {
      const context = serverContext();
      context.alpnProtocols = ['talk'];
      const listener = await listeningSocket(t, context);
      const refusal = refused(listener);
      const peer = nodeClient(t, listener, { ...held, ALPNProtocols: ['mumble'] });
      const [error] = await once(peer, 'error');
      assert.match(error.code, /ALERT_NO_APPLICATION_PROTOCOL$/);
      assert.deepEqual((await refusal).alert, {
        name: 'no_application_protocol',
        number: 120,
        direction: 'sent',
      });
    });

    test('clients come at once, and their handshakes are made on threads', async (t) => {
      const context = strict(serverContext());
      const listener = await listeningSocket(t, context, { handshakeThreads: 2 });
      listener.onConnection((socket) => {
        t.after(() => socket.close({ abort: true }));
        socket.stream.pipe(socket.stream);
      });
      const visits = Array.from({ length: 20 }, async (_, index) => {
        const peer = nodeClient(t, listener, { ...held, ...theirs });
        await once(peer, 'secureConnect');
        peer.end(`visit ${index}`);
        assert.equal(await textOf(peer), `visit ${index}`);
      });
      await Promise.all(visits);
    });

    for (const [kind, context, identity] of [
      ['a session', serverContext, {}],
      ["a session with a client's certificate", () => strict(serverContext()), theirs],
    ] as const) {
      test(`${kind} is resumed by its ticket`, async (t) => {
        const listener = await listeningSocket(t, context());
        const options: tls.ConnectionOptions = { ...held, ...identity };
        const peer = nodeClient(t, listener, options);
        const session = once(peer, 'session') as Promise<[Buffer]>;
        const first = await accepted(t, listener);
        await first.send('good day');
        assert.equal((await once(peer, 'data')).toString(), 'good day');
        const [ticket] = await session;
        const again = nodeClient(t, listener, { ...options, session: ticket });
        const second = await accepted(t, listener);
        await second.send('welcome back');
        assert.equal((await once(again, 'data')).toString(), 'welcome back');
        assert.deepEqual(
          [first.sessionReused, second.sessionReused, again.isSessionReused()],
          [false, true, true],
        );
        assert.equal(second.peerCertificate?.fingerprintSHA256, first.peerCertificate?.fingerprintSHA256);
        assert.equal(second.peerCertificate === undefined, identity !== theirs);
        assert.equal(second.verifyResult.name, 'X509_V_OK');
      });
    }

    test("a client's certificate is checked and shown, and missed", async (t) => {
      const listener = await listeningSocket(t, strict(serverContext()));
      nodeClient(t, listener, { ...held, ...theirs });
      const socket = await accepted(t, listener);
      assert.deepEqual(
        [socket.peerCertificate?.subject, socket.verifyResult.name],
        ['CN=someone', 'X509_V_OK'],
      );
      const refusal = refused(listener);
      const peer = nodeClient(t, listener, held);
      const [error] = await once(peer, 'error');
      assert.match(error.code, /ALERT_(HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED)$/);
      assert.equal((await refusal).code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    });

    test('a client that does not trust us cuts the connection', async (t) => {
      const listener = await listeningSocket(t);
      const told = new Promise<Error>((resolve) => {
        listener.onHandshakeError(resolve);
      });
      const heard = listener.accept().then((socket) => failureOf(socket.receive()));
      const peer = nodeClient(t, listener, { ...held, ca: [] });
      assert.equal((await once(peer, 'error'))[0].code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      // It looks at the chain when its part of the handshake is done, and sends no alert.
      const { code } = (await Promise.race([told, heard])) as NodeJS.ErrnoException;
      assert.match(code ?? '', /^(ERR_SSL_UNEXPECTED_EOF_WHILE_READING|ECONNRESET)$/);
    });
  });

  suite(`${version}: a TLSSocket that is a client of node:tls`, () => {
    test('agrees on everything', async (t) => {
      const context = clientContext();
      context.alpnProtocols = ['talk', 'shout'];
      const { socket, peer } = await visit(t, { ...held, ALPNProtocols: ['shout'] }, context);
      assert.deepEqual(
        [socket.version, socket.alpnProtocol, socket.servername, socket.sessionReused],
        [version, 'shout', 'localhost', false],
      );
      assert.deepEqual(
        [peer.getProtocol(), peer.alpnProtocol, (peer as tls.TLSSocket & { servername: string }).servername],
        [version, 'shout', 'localhost'],
      );
      assert.equal(peer.getCipher().name, socket.cipher?.name);
      assert.equal(socket.peerCertificate?.fingerprintSHA256, localhost.certificate.fingerprintSHA256);
    });

    test('resumes its session', async (t) => {
      const { server, port } = await nodeServer(t, held);
      let session: Buffer | undefined;
      for (const reused of [false, true]) {
        const arrival = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
        const socket = newClient(t);
        if (session !== undefined) socket.ssl.session = session;
        await socket.connect('127.0.0.1', port, { servername: 'localhost' });
        const [peer] = await arrival;
        assert.deepEqual([socket.sessionReused, peer.isSessionReused()], [reused, reused]);
        assert.equal(socket.peerCertificate?.fingerprintSHA256, localhost.certificate.fingerprintSHA256);
        // The tickets come before it.
        peer.write('good day');
        assert.equal((await socket.receive()).toString(), 'good day');
        session = socket.ssl.session;
        await socket.close();
      }
    });

    test('the name that it asks for chooses the certificate', async (t) => {
      const { server, port } = await nodeServer(t, held);
      server.addContext('someone', theirs);
      const socket = await connectedTo(t, port, clientContext(), { servername: 'someone' });
      assert.equal(socket.peerCertificate?.subject, 'CN=someone');
    });

    test('a protocol that the server does not speak is refused', async (t) => {
      const { port } = await nodeServer(t, { ...held, ALPNProtocols: ['talk'] });
      const context = clientContext();
      context.alpnProtocols = ['mumble'];
      const error = await failureOf(newClient(t, context).connect('127.0.0.1', port));
      assert.deepEqual([error.alert?.name, error.alert?.direction], ['no_application_protocol', 'received']);
    });

    test('shows its certificate, and is refused without', async (t) => {
      const { server, port } = await nodeServer(t, { ...held, requestCert: true });
      const arrival = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
      await connectedTo(t, port, show(clientContext(), someone));
      const [peer] = await arrival;
      assert.deepEqual([peer.getPeerCertificate().subject.CN, peer.authorized], ['someone', true]);
      const other = newClient(t);
      const { alert } = await failureOf(other.connect('127.0.0.1', port).then(() => other.receive()));
      const name = version === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure';
      assert.deepEqual([alert?.name, alert?.direction], [name, 'received']);
    });

    test('refuses an issuer that it does not trust, and a certificate for another name', async (t) => {
      const { server, port } = await nodeServer(t, held);
      for (const [trusted, servername, reason, alert] of [
        [someone, 'localhost', 'X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN', 'UNKNOWN_CA'],
        [authority, 'other.example', 'X509_V_ERR_HOSTNAME_MISMATCH', 'BAD_CERTIFICATE'],
      ] as const) {
        const told = once(server, 'tlsClientError');
        const socket = newClient(t, clientContext(trusted.certificate));
        const error = await failureOf(socket.connect('127.0.0.1', port, { servername }));
        assert.equal(error.verifyError?.name, reason);
        assert.match((await told)[0].code, new RegExp(`ALERT_${alert}$`));
      }
    });
  });
}
