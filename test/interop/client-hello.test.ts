// What clients say first: ours, Node's, openssl, GnuTLS, curl.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { ClientHello, type SSL, TLSClientContext } from 'bladessl';
import { firstBytes, firstFlight } from '../helpers/client-hellos';
import { connected } from '../helpers/handshake';
import { authority, clientContext, only, serverContext } from '../helpers/identities';
import { authorityFile } from '../helpers/openssl-cli';
import { Program } from '../helpers/programs';

/** What a program says that is started with a port at the end of its arguments. */
async function helloOfProgram(t: TestContext, command: string, args: (port: number) => string[]) {
  return ClientHello.parse(await firstBytes(t, (port) => new Program(t, command, args(port))));
}

test('ours: what the context was set to', () => {
  const context = new TLSClientContext();
  context.alpnProtocols = ['h2', 'http/1.1'];
  context.groups = ['P-384', 'X25519'];
  context.signatureAlgorithms = ['ECDSA+SHA256', 'ed25519'];
  context.setCiphers('ECDHE-ECDSA-AES128-GCM-SHA256');
  context.ciphersuites = ['TLS_CHACHA20_POLY1305_SHA256'];
  const hello = ClientHello.parse(
    firstFlight(context, (ssl: SSL) => {
      ssl.hostname = 'www.example.org';
    }),
  );
  assert.equal(hello.serverName, 'www.example.org');
  assert.deepEqual(hello.alpnProtocols, ['h2', 'http/1.1']);
  assert.deepEqual(hello.groups, ['secp384r1', 'x25519']);
  assert.deepEqual(hello.keyShares?.map(({ group }) => group).slice(0, 1), ['secp384r1']);
  assert.equal(hello.keyShares?.[0]?.keyExchange.length, 97);
  assert.deepEqual(hello.signatureAlgorithms, ['ecdsa_secp256r1_sha256', 'ed25519']);
  assert.deepEqual(hello.versions, ['TLSv1.3', 'TLSv1.2']);
  const suites = hello.cipherSuites.filter((name) => !name.endsWith('_SCSV'));
  assert.deepEqual(suites, ['TLS_CHACHA20_POLY1305_SHA256', 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256']);
  assert.equal(hello.extendedMasterSecret, true);
  assert.deepEqual(hello.sessionTicket, Buffer.alloc(0));
  assert.deepEqual(hello.compressionMethods, ['null']);
});

test('ours: one version of TLS', () => {
  const old = ClientHello.parse(firstFlight(only(new TLSClientContext(), 'TLSv1.2')));
  assert.deepEqual(old.versions, ['TLSv1.2']);
  assert.equal(old.keyShares, undefined);
  const recent = ClientHello.parse(firstFlight(only(new TLSClientContext(), 'TLSv1.3')));
  assert.deepEqual(recent.versions, ['TLSv1.3']);
  assert.ok(recent.cipherSuites.every((name) => /^TLS_(AES|CHACHA20)_|_SCSV$/.test(name)));
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`ours: a session that is to be resumed, ${version}`, () => {
    const context = only(clientContext(), version);
    const { client, server } = connected(context, serverContext());
    server.write('x');
    client.read();
    const { session } = client;
    const hello = ClientHello.parse(
      firstFlight(context, (ssl) => {
        ssl.session = session ?? assert.fail('no session');
      }),
    );
    if (version === 'TLSv1.2') {
      assert.ok((hello.sessionTicket?.length ?? 0) > 100);
      assert.equal(hello.pskIdentities, undefined);
    } else {
      assert.ok((hello.pskIdentities?.[0]?.identity.length ?? 0) > 100);
      assert.deepEqual(hello.pskModes, ['psk_dhe_ke']);
      assert.equal(hello.extensions.at(-1)?.name, 'pre_shared_key');
    }
  });
}

test('openssl s_client', async (t) => {
  const options = ['-servername', 'www.example.org', '-alpn', 'h2,x', '-status', '-maxfraglen', '1024'];
  const more = ['-requestCAfile', authorityFile, '-enable_pha'];
  const hello = await helloOfProgram(t, 'openssl', (port) => [
    ...['s_client', '-connect', `127.0.0.1:${port}`],
    ...options,
    ...more,
  ]);
  assert.equal(hello.serverName, 'www.example.org');
  assert.deepEqual(hello.alpnProtocols, ['h2', 'x']);
  assert.equal(hello.statusRequest, true);
  assert.equal(hello.maxFragmentLength, 1024);
  assert.equal(hello.postHandshakeAuth, true);
  assert.equal(hello.encryptThenMac, true);
  assert.deepEqual(hello.certificateAuthorities?.map(String), [authority.certificate.subject]);
});

test('GnuTLS', async (t) => {
  const hello = await helloOfProgram(t, 'gnutls-cli', (port) => [
    ...['--insecure', '--port', String(port), '--priority', 'NORMAL:-GROUP-ALL:+GROUP-X448:+GROUP-SECP256R1'],
    'localhost',
  ]);
  assert.equal(hello.serverName, 'localhost');
  assert.deepEqual(hello.groups, ['x448', 'secp256r1']);
  assert.deepEqual(hello.pskModes, ['psk_dhe_ke', 'psk_ke']);
  assert.deepEqual(hello.renegotiationInfo, Buffer.alloc(0));
  assert.equal(hello.recordSizeLimit, 16385);
  assert.equal(hello.statusRequest, true);
});

test('curl', async (t) => {
  const hello = await helloOfProgram(t, 'curl', (port) => ['-sk', `https://localhost:${port}/`]);
  assert.equal(hello.serverName, 'localhost');
  assert.ok(hello.alpnProtocols?.includes('http/1.1'));
  assert.ok(hello.versions.includes('TLSv1.3'));
});

test('node:tls', async (t) => {
  const options = { servername: 'node.example', ALPNProtocols: ['a', 'b'], ecdhCurve: 'P-256:X448' };
  const bytes = await firstBytes(t, (port) => {
    const socket = connect({ ...options, port, host: '127.0.0.1', maxVersion: 'TLSv1.3' });
    socket.on('error', () => {});
    t.after(() => socket.destroy());
  });
  const hello = ClientHello.parse(bytes);
  assert.equal(hello.serverName, 'node.example');
  assert.deepEqual(hello.alpnProtocols, ['a', 'b']);
  assert.deepEqual(hello.groups, ['secp256r1', 'x448']);
});
