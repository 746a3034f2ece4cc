// Chains against GnuTLS: gnutls-serv and gnutls-cli.

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { ConnectBIO, SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER, SSLBIO } from 'bladessl';
import { freeing, freePort, listening, portOf } from '../helpers/chains';
import { failureOf } from '../helpers/failures';
import { authority, clientContext, localhost, serverContext, show, someone } from '../helpers/identities';
import { authorityFile, filesOf } from '../helpers/openssl-cli';
import { Program } from '../helpers/programs';

const priorities = {
  'TLSv1.2': 'NORMAL:-VERS-ALL:+VERS-TLS1.2',
  'TLSv1.3': 'NORMAL:-VERS-ALL:+VERS-TLS1.3',
} as const;

/** The options of both programs that show an identity and trust the tests' CA. */
function showing(name: string, identity: typeof localhost): string[] {
  const { certificate, key } = filesOf(name, identity);
  return ['--x509certfile', certificate, '--x509keyfile', key, '--x509cafile', authorityFile];
}

/** Starts a server that gives back what it gets. */
async function startEcho(t: TestContext, args: readonly string[]): Promise<number> {
  const port = await freePort();
  const own = ['--echo', '--port', String(port), ...showing('localhost', localhost)];
  // It speaks of being ready on the stream of its errors.
  const program = new Program(t, 'sh', ['-c', 'exec gnutls-serv "$@" 2>&1', 'sh', ...own, ...args]);
  await program.shows(/listening on IPv4 .*done/);
  return port;
}

function startClient(t: TestContext, port: number, args: readonly string[] = []): Program {
  const trust = ['--x509cafile', authorityFile, '--verify-hostname', 'localhost'];
  return new Program(t, 'gnutls-cli', ['--port', String(port), ...trust, ...args, '127.0.0.1']);
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = ['--priority', priorities[version]];

  suite(`a client of gnutls-serv, ${version}`, () => {
    test('shakes hands, talks, and takes its leave', async (t) => {
      const port = await startEcho(t, [...held, '--disable-client-cert']);
      const chain = freeing(t, new SSLBIO(clientContext()).push(new ConnectBIO(`localhost:${port}`)));
      await chain.handshake();
      assert.equal(chain.ssl.version, version);
      await chain.writeAsync('hello\n');
      assert.equal((await chain.readAsync()).toString(), 'hello\n');
    });

    test('shows its certificate', async (t) => {
      const port = await startEcho(t, [...held, '--require-client-cert', '--verify-client-cert']);
      const context = show(clientContext(), someone);
      const chain = freeing(t, new SSLBIO(context).push(new ConnectBIO(`localhost:${port}`)));
      await chain.handshake();
      await chain.writeAsync('hello\n');
      assert.equal((await chain.readAsync()).toString(), 'hello\n');
    });

    test('hears why it is refused without a certificate', async (t) => {
      const port = await startEcho(t, [...held, '--require-client-cert', '--verify-client-cert']);
      const chain = freeing(t, new SSLBIO(clientContext()).push(new ConnectBIO(`localhost:${port}`)));
      const error = await failureOf(chain.handshake().then(() => chain.readAsync()));
      assert.equal(error.alert?.direction, 'received');
    });
  });

  suite(`a server of gnutls-cli, ${version}`, () => {
    test('shakes hands, talks, and hears the end', async (t) => {
      const listener = await listening(t);
      const client = startClient(t, portOf(listener), held);
      const server = freeing(t, new SSLBIO(serverContext()).push(await listener.accept()));
      await server.handshake();
      assert.equal(server.ssl.version, version);
      client.write('hello\n');
      assert.equal((await server.readAsync()).toString(), 'hello\n');
      await server.writeAsync('good day\n');
      await client.shows(/^good day$/m);
      client.end();
      assert.deepEqual(await server.readAsync(), Buffer.alloc(0));
      server.freeAll();
      assert.equal((await client.ended).status, 0);
    });

    test('sees its certificate', async (t) => {
      const listener = await listening(t);
      const client = startClient(t, portOf(listener), [...held, ...showing('someone', someone)]);
      const context = serverContext()
        .addCA(authority.certificate)
        .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
      const server = freeing(t, new SSLBIO(context).push(await listener.accept()));
      await server.handshake();
      assert.equal(server.ssl.peerCertificate?.subject, 'CN=someone');
      await server.writeAsync('welcome\n');
      await client.shows(/^welcome$/m);
    });

    test('hears why it is refused', async (t) => {
      const listener = await listening(t);
      startClient(t, portOf(listener), [...held, '--verify-hostname', 'other.example']);
      const server = freeing(t, new SSLBIO(serverContext()).push(await listener.accept()));
      const error = await failureOf(server.handshake().then(() => server.readAsync()));
      assert.equal(error.alert?.direction, 'received');
    });
  });
}
