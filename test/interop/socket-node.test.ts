// TLSSockets against node:tls of this process, and Node's HTTP on both sides.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { suite, type TestContext, test } from 'node:test';
import * as tls from 'node:tls';
import {
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  type TLSSocket,
  type TLSVersion,
} from 'bladessl';
import { failureOf } from '../helpers/failures';
import { authority, clientContext, localhost, serverContext, show, someone } from '../helpers/identities';
import {
  accepted,
  connectedTo,
  listeningSocket,
  newClient,
  receiveAll,
  refused,
} from '../helpers/tls-sockets';

const ca = authority.certificate.pem;
const ours = { cert: localhost.certificate.pem, key: localhost.privateKey.pem };
const theirs = { cert: someone.certificate.pem, key: someone.privateKey.pem };
const megabytes = Buffer.alloc(5 << 20, 'bladessl and node:tls, ');

/** A context that wants a client's certificate of the tests' CA. */
function strict<Context extends SSLContext>(context: Context): Context {
  context.addCA(authority.certificate);
  context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  return context;
}

/** What comes up to the end; the stream stays as it is (those of node:stream/consumers destroy it). */
async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

async function textOf(stream: Readable): Promise<string> {
  return (await bytesOf(stream)).toString();
}

/** Lets a word go to Node: it sends no close_notify in the turn in which the handshake of TLS 1.3 has ended. */
async function greet({ socket, peer }: Met<tls.TLSSocket>): Promise<void> {
  await Promise.all([socket.send('hello'), once(peer, 'data')]);
}

/** Connects a client of Node's to a listener; it is destroyed when the test is over. */
function nodeClient(t: TestContext, { port }: TLSSocket, options: tls.ConnectionOptions): tls.TLSSocket {
  const socket = tls.connect({ host: '127.0.0.1', servername: 'localhost', ca, ...options, port });
  t.after(() => socket.destroy());
  return socket;
}

/** Both sides of node:tls take it; the types know it of one. */
interface HalfOpen {
  readonly allowHalfOpen?: boolean | undefined;
}

interface Met<Peer> {
  readonly socket: TLSSocket;
  readonly peer: Peer;
}

/** A client of Node's and what we accept of it. */
async function serve(
  t: TestContext,
  options: HalfOpen & tls.ConnectionOptions,
  context: SSLContext = serverContext(),
): Promise<Met<tls.TLSSocket>> {
  const listener = await listeningSocket(t, context, { allowHalfOpen: options.allowHalfOpen });
  const peer = nodeClient(t, listener, options);
  const [socket] = await Promise.all([accepted(t, listener), once(peer, 'secureConnect')]);
  return { socket, peer };
}

/** A server of Node's on a port of 127.0.0.1. */
async function nodeServer(
  t: TestContext,
  options: tls.TlsOptions,
): Promise<{ server: tls.Server; port: number }> {
  const server = tls.createServer({ ...ours, ca, ...options }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  server.on('secureConnection', (socket) => t.after(() => socket.destroy()));
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** A client of ours and what a server of Node's accepts of it. */
async function visit(
  t: TestContext,
  options: tls.TlsOptions,
  context: SSLContext = clientContext(),
): Promise<Met<tls.TLSSocket>> {
  const { server, port } = await nodeServer(t, options);
  const arrival = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
  const socket = await connectedTo(t, port, context, { allowHalfOpen: options.allowHalfOpen });
  const [peer] = await arrival;
  return { socket, peer };
}

type Meet = (t: TestContext, options: tls.TlsOptions & tls.ConnectionOptions) => Promise<Met<tls.TLSSocket>>;

/** What is the same on both sides: `meet` gives a connection of ours and Node's end of it. */
function testTalk(meet: Meet, held: { minVersion: TLSVersion; maxVersion: TLSVersion }): void {
  test('five megabytes go each way at once', async (t) => {
    const { socket, peer } = await meet(t, { ...held, allowHalfOpen: true });
    peer.end(megabytes);
    const [sent, received, answered] = await Promise.all([
      socket.send(megabytes).then((size) => socket.shutdown().then(() => size)),
      receiveAll(socket),
      bytesOf(peer),
    ]);
    assert.equal(sent, megabytes.length);
    assert.ok(received.equals(megabytes));
    assert.ok(answered.equals(megabytes));
    assert.deepEqual([socket.bytesRead, socket.bytesWritten], [megabytes.length, megabytes.length]);
    if (!peer.closed) await once(peer, 'close');
    await socket.close();
  });

  test('five megabytes are echoed through its stream', async (t) => {
    const { socket, peer } = await meet(t, held);
    socket.stream.pipe(socket.stream);
    const echo = bytesOf(peer);
    peer.end(megabytes);
    assert.ok((await echo).equals(megabytes));
  });

  test('its stream: an orderly end is seen on both sides', async (t) => {
    const { socket, peer } = await meet(t, held);
    const { stream } = socket;
    const closed = Promise.all([once(stream, 'close'), once(peer, 'close')]);
    stream.end('that is all');
    assert.equal(await textOf(peer), 'that is all');
    // Node ends its side in answer.
    assert.equal(await textOf(stream), '');
    assert.deepEqual(await closed, [[], [false]]);
    assert.equal(socket.isClosed, true);
  });

  test('its stream ends when Node has ended', async (t) => {
    const met = await meet(t, held);
    await greet(met);
    const { socket, peer } = met;
    const { stream } = socket;
    const closed = Promise.all([once(stream, 'close'), once(peer, 'close')]);
    peer.end('that is all');
    assert.equal(await textOf(stream), 'that is all');
    assert.deepEqual(await closed, [[], [false]]);
    assert.deepEqual([stream.writableFinished, socket.isClosed], [true, true]);
  });

  test('its stream goes on when Node has ended, if it may', async (t) => {
    const met = await meet(t, { ...held, allowHalfOpen: true });
    await greet(met);
    const { socket, peer } = met;
    const { stream } = socket;
    peer.end('question');
    assert.equal(await textOf(stream), 'question');
    assert.equal(stream.writable, true);
    const [answer, closed] = [bytesOf(peer), Promise.all([once(stream, 'close'), once(peer, 'close')])];
    stream.end(megabytes);
    assert.ok((await answer).equals(megabytes));
    assert.deepEqual(await closed, [[], [false]]);
  });

  test('its stream hears what is said after its end, if Node goes on', async (t) => {
    const { socket, peer } = await meet(t, { ...held, allowHalfOpen: true });
    const { stream } = socket;
    stream.end('question');
    assert.equal(await textOf(peer), 'question');
    const [answer, closed] = [bytesOf(stream), Promise.all([once(stream, 'close'), once(peer, 'close')])];
    peer.end(megabytes);
    assert.ok((await answer).equals(megabytes));
    assert.deepEqual(await closed, [[], [false]]);
  });

  test('its promises: an orderly end is seen on both sides', async (t) => {
    const met = await meet(t, held);
    await greet(met);
    const { socket, peer } = met;
    const [ended, closed] = [once(peer, 'end'), once(peer, 'close')];
    peer.end('that is all');
    assert.equal((await receiveAll(socket)).toString(), 'that is all');
    await socket.close();
    await ended;
    assert.deepEqual(await closed, [false]);
  });

  test('Node ends its side first, and hears what is said after that', async (t) => {
    const met = await meet(t, { ...held, allowHalfOpen: true });
    await greet(met);
    const { socket, peer } = met;
    peer.end('question');
    assert.equal((await receiveAll(socket)).toString(), 'question');
    const answer = textOf(peer);
    await socket.send('a long ');
    await socket.send('answer');
    await socket.shutdown();
    assert.equal(await answer, 'a long answer');
    await socket.close();
  });

  test('we end our side first, and hear what is said after that', async (t) => {
    const { socket, peer } = await meet(t, { ...held, allowHalfOpen: true });
    await socket.send('question');
    await socket.shutdown();
    assert.equal(await textOf(peer), 'question');
    assert.equal(socket.isConnected, true);
    peer.write('a long ');
    assert.equal((await socket.receive()).toString(), 'a long ');
    const closed = new Promise((resolve) => {
      socket.onClose(resolve);
    });
    peer.end('answer');
    assert.equal((await receiveAll(socket)).toString(), 'answer');
    assert.equal(await closed, undefined);
  });

  test('destroy() is no orderly end for us', async (t) => {
    const { socket, peer } = await meet(t, held);
    await socket.send('question');
    await once(peer, 'data');
    peer.write('half of an ');
    assert.equal((await socket.receive()).toString(), 'half of an ');
    const failure = failureOf(socket.receive());
    peer.destroy();
    assert.equal((await failure).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    assert.equal(socket.isClosed, true);
  });

  test('destroy() is no orderly end for our stream', async (t) => {
    const { socket, peer } = await meet(t, held);
    const { stream } = socket;
    stream.write('question');
    await once(peer, 'data');
    const failure = failureOf(textOf(stream));
    peer.destroy();
    assert.equal((await failure).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
    assert.equal(stream.destroyed, true);
  });

  test('close({ abort: true }) is no orderly end for Node', async (t) => {
    const { socket, peer } = await meet(t, held);
    await socket.send('question');
    await once(peer, 'data');
    const failure = once(peer, 'error');
    await socket.close({ abort: true });
    assert.equal((await failure)[0].code, 'ECONNRESET');
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = { minVersion: version, maxVersion: version };

  suite(`${version}: a TLSSocket that serves node:tls`, () => {
    testTalk((t, options) => serve(t, options), held);

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
        assert.equal(second.peerCertificate?.fingerprint256, first.peerCertificate?.fingerprint256);
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

    test('node:https asks node:http on our stream', async (t) => {
      const listener = await listeningSocket(t);
      const server = http.createServer((request, response) => request.pipe(response));
      listener.onConnection((socket) => {
        t.after(() => socket.close({ abort: true }));
        server.emit('connection', socket.stream);
      });
      const agent = new https.Agent({ ...held, ca, keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      for (const reused of [false, true]) {
        const options = { agent, port: listener.port, servername: 'localhost', method: 'POST' };
        const request = https.request({ ...options, host: '127.0.0.1' }).end(megabytes);
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        assert.ok((await bytesOf(response)).equals(megabytes));
        assert.equal(request.reusedSocket, reused);
      }
    });
  });

  suite(`${version}: a TLSSocket that is a client of node:tls`, () => {
    testTalk((t, options) => visit(t, options), held);

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
      assert.equal(socket.peerCertificate?.fingerprint256, localhost.certificate.fingerprint256);
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
        assert.equal(socket.peerCertificate?.fingerprint256, localhost.certificate.fingerprint256);
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

    test('node:http asks node:https through our stream', async (t) => {
      const server = https.createServer({ ...ours, ...held }, (request, response) => request.pipe(response));
      t.after(() => {
        server.close();
        server.closeAllConnections();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = await connectedTo(t, (server.address() as AddressInfo).port);
      const request = http.request({ createConnection: () => socket.stream as never, method: 'POST' });
      request.end(megabytes);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.ok((await bytesOf(response)).equals(megabytes));
    });

    test('node:http2 asks node:http2 through our stream', async (t) => {
      const server = http2.createSecureServer({ ...ours, ...held });
      server.on('stream', (stream) => stream.pipe(stream));
      t.after(() => server.close());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const context = clientContext();
      context.alpnProtocols = ['h2'];
      const { port } = server.address() as AddressInfo;
      const socket = await connectedTo(t, port, context);
      const session = http2.connect('https://localhost', { createConnection: () => socket.stream });
      t.after(() => session.destroy());
      const request = session.request({ ':method': 'POST' }).end(megabytes);
      assert.ok((await bytesOf(request)).equals(megabytes));
      session.close();
      await once(session, 'close');
      assert.equal(await receiveEnd(socket), true);
    });
  });
}

/** Whether a socket is over, sooner or later. */
async function receiveEnd(socket: TLSSocket): Promise<boolean> {
  if (!socket.stream.closed) await once(socket.stream, 'close');
  return socket.isClosed;
}
