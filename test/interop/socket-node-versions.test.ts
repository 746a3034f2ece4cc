// Newer versions of Node.js: their node:tls as the peer of our TLSSockets, and TLSSockets that run in them.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER } from 'bladessl';
import { authority, clientContext, localhost, serverContext, show, someone } from '../helpers/identities';
import { newerNodes, startNewerNode } from '../helpers/nodes';
import {
  authorityFile,
  filesOf,
  opensslClient,
  opensslServer,
  showing,
  versionOptions,
} from '../helpers/openssl-cli';
import type { Program } from '../helpers/programs';
import { accepted, connectedTo, listeningSocket, receiveAll } from '../helpers/tls-sockets';
import type { Sight } from './node-peer';

const megabyte = Buffer.alloc(1 << 20, 'to another version, ');
const localhostFiles = filesOf('localhost', localhost);
const someoneFiles = filesOf('someone', someone);

/** The lines that a program has told, once it has ended well. */
async function linesOf(program: Program): Promise<Record<string, unknown>[]> {
  const { status, stdout, stderr } = await program.ended;
  assert.deepEqual([status, stderr], [0, '']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The port that a program tells, after the version that it runs in. */
async function portOf(program: Program, major: number): Promise<number> {
  const [, version, port] = await program.shows(/^\{"node":"v(\d+)[^"]*","port":(\d+)\}$/m);
  assert.equal(Number(version), major);
  return Number(port);
}

for (const major of newerNodes) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    suite(`Node ${major}, ${version}`, () => {
      test('its client is served, and resumes its session', async (t) => {
        const context = serverContext().addCA(authority.certificate);
        context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
        context.alpnProtocols = ['echo'];
        const listener = await listeningSocket(t, context);
        const { certificate, key } = someoneFiles;
        const peer = startNewerNode(t, major, 'interop/node-peer.js', [
          'client',
          version,
          authorityFile,
          certificate,
          key,
          String(listener.port),
        ]);
        const ciphers: (string | undefined)[] = [];
        for (const reused of [false, true]) {
          const socket = await accepted(t, listener);
          assert.deepEqual(
            [socket.version, socket.alpnProtocol, socket.servername, socket.sessionReused],
            [version, 'echo', 'localhost', reused],
          );
          assert.equal(socket.peerCertificate?.subject, 'CN=someone');
          for await (const chunk of socket) await socket.send(chunk);
          ciphers.push(socket.cipher?.name);
          await socket.close();
        }
        const [start, ...sights] = await linesOf(peer);
        assert.match(String(start?.node), new RegExp(`^v${major}\\.`));
        const seen = { version, alpnProtocol: 'echo', servername: 'localhost', authorized: true };
        const went = { echoed: true, ended: true, hadError: false };
        assert.deepEqual(
          // In TLS 1.2 the server's name and certificate are told of full handshakes only.
          sights.map(({ name: _name, ...sight }) => sight),
          [false, true].map((reused, index) => ({ ...seen, reused, cipher: ciphers[index], ...went })),
        );
        assert.equal(sights[0]?.name, 'localhost');
      });

      test('its server is visited', async (t) => {
        const { certificate, key } = localhostFiles;
        const args = ['server', version, authorityFile, certificate, key];
        const peer = startNewerNode(t, major, 'interop/node-peer.js', args);
        const port = await portOf(peer, major);
        const context = show(clientContext(), someone);
        context.alpnProtocols = ['shout', 'echo'];
        const socket = await connectedTo(t, port, context);
        assert.deepEqual(
          [socket.version, socket.alpnProtocol, socket.verifyResult.name],
          [version, 'echo', 'X509_V_OK'],
        );
        const [, echoed] = await Promise.all([
          socket.send(megabyte).then(() => socket.shutdown()),
          receiveAll(socket),
        ]);
        assert.ok(echoed.equals(megabyte), `${echoed.length} of ${megabyte.length} bytes`);
        const [line] = await peer.shows(/^\{"version".*\}$/m);
        assert.deepEqual(JSON.parse(line), {
          version,
          alpnProtocol: 'echo',
          servername: 'localhost',
          authorized: true,
          reused: false,
          name: 'someone',
          cipher: socket.cipher?.name ?? '',
        } satisfies Sight);
      });

      test('a TLSSocket in it serves openssl s_client', async (t) => {
        const { certificate, key } = localhostFiles;
        const args = ['server', version, certificate, key];
        const server = startNewerNode(t, major, 'interop/socket-jobs.js', args);
        const own = [versionOptions[version], '-servername', 'localhost', '-alpn', 'echo'];
        const client = opensslClient(t, await portOf(server, major), own);
        client.write('hello\n');
        await client.shows(/hello$/m);
        client.write('Q\n');
        const { status, stdout } = await client.ended;
        assert.equal(status, 0);
        assert.match(stdout, /^Verification: OK$/m);
        const [, seen] = await linesOf(server);
        assert.deepEqual(
          { ...seen, cipher: undefined },
          { servername: 'localhost', version, cipher: undefined, alpnProtocol: 'echo' },
        );
        assert.match(stdout, new RegExp(`Cipher is ${seen?.cipher}$`, 'm'));
      });

      test('a TLSSocket in it visits openssl s_server', async (t) => {
        const own = [...showing(localhostFiles), '-rev', '-alpn', 'echo', versionOptions[version]];
        const { program, port } = await opensslServer(t, own);
        const args = ['client', version, authorityFile, String(port)];
        const client = startNewerNode(t, major, 'interop/socket-jobs.js', args);
        const [start, seen] = await linesOf(client);
        assert.match(String(start?.node), new RegExp(`^v${major}\\.`));
        assert.deepEqual(
          { ...seen, cipher: undefined },
          { answer: 'desserts\n', verified: 'X509_V_OK', version, cipher: undefined, alpnProtocol: 'echo' },
        );
        await program.shows(new RegExp(`^Ciphersuite: ${seen?.cipher}$`, 'm'));
        await program.shows(/^CONNECTION CLOSED$/m);
      });
    });
  }
}
