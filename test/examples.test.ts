// Every example runs as its first lines say, against a real peer.

import assert from 'node:assert/strict';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import { TLSClientContext, TLSSocket } from 'bladessl';
import { authority, localhost } from './helpers/identities';
import { opensslServer } from './helpers/openssl-cli';
import { write } from './helpers/openssl-files';
import { Program, root, runNode, startNode } from './helpers/programs';

const ca = write('ca.pem', authority.certificate.pem);
const files = {
  certificate: write('certificate.pem', localhost.certificate.pem),
  key: write('key.pem', localhost.privateKey.pem),
};
const identity = ['-cert', files.certificate, '-key', files.key];
const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g;

/** An HTTPS server that answers every GET with a page. */
async function startWebServer(t: TestContext): Promise<number> {
  return (await opensslServer(t, [...identity, '-www'])).port;
}

test('each example has a test', () => {
  const examples = readdirSync(join(root, 'examples')).filter((name) => /js$/.test(name));
  assert.deepEqual(examples.sort(), [
    'buffered-chain.mjs',
    'certificate.mjs',
    'client-hello.mjs',
    'client.mjs',
    'http2-over-socket.mjs',
    'https-server.mjs',
    'in-memory.mjs',
    'inspect-server.cjs',
    'remote-key.mjs',
    'server.mjs',
    'socket-echo.mjs',
    'starttls.mjs',
    'tls-proxy.mjs',
    'verification.mjs',
  ]);
});

test('in-memory.mjs', async (t) => {
  const { status, stdout, stderr } = await runNode(t, ['examples/in-memory.mjs']);
  assert.equal(stderr, '');
  assert.match(stdout, /^TLSv1\.3 TLS_\w+, verified: X509_V_OK\nserver reads: ping\nclient reads: pong\n$/);
  assert.equal(status, 0);
});

test('verification.mjs', async (t) => {
  const { status, stdout, stderr } = await runNode(t, ['examples/verification.mjs']);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const asked = ['2: CN=Example Root,O=Example', '1: CN=Example Issuing', '0: CN=localhost'].map(
    (rest) => `asked at depth ${rest}`,
  );
  assert.deepEqual(stdout.trimEnd().split('\n'), [
    'offline: CN=localhost <- CN=Example Issuing <- CN=Example Root,O=Example: true',
    ...asked,
    'good: welcome, stapled by CN=Example Issuing',
    ...asked,
    "revoked: the certificate's OCSP status: the certificate has been revoked",
  ]);
});

test('remote-key.mjs', async (t) => {
  const { status, stdout, stderr } = await runNode(t, ['examples/remote-key.mjs']);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  assert.equal(
    stdout,
    'to be signed: 100 bytes, ecdsa_secp256r1_sha256\nTLSv1.2: welcome\n' +
      'to be signed: 146 bytes, ecdsa_secp256r1_sha256\nTLSv1.3: welcome\n',
  );
});

test('certificate.mjs', async (t) => {
  const { status, stdout, stderr } = await runNode(t, ['examples/certificate.mjs']);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  const [leaf, issuer, ...more] = (stdout.match(pem) ?? []).map((text) => new X509Certificate(text));
  assert.ok(leaf !== undefined && issuer !== undefined);
  assert.deepEqual(more, []);
  assert.ok(issuer.ca && issuer.verify(issuer.publicKey));
  assert.ok(leaf.verify(issuer.publicKey) && leaf.checkIssued(issuer));
  assert.equal(leaf.checkHost('app.dev.localhost'), '*.dev.localhost');
  assert.equal(leaf.checkIP('::1'), '::1');
  assert.match(stdout, /^for dns localhost\nfor dns \*\.dev\.localhost\nfor ip 127\.0\.0\.1\nfor ip ::1$/m);
  assert.match(stdout, /^to be used for serverAuth, clientAuth until \d{4}-/m);
  assert.match(stdout, /^www\.dev\.localhost: \*\.dev\.localhost\nexample\.org: no,/m);
  assert.match(stdout, /^signed by the CA: true$/m);
  assert.match(stdout, /^with a key of type ec, 256 bits$/m);
});

test('client-hello.mjs shows what a client says, and what is no client', async (t) => {
  const program = startNode(t, ['examples/client-hello.mjs']);
  const [, port] = await program.shows(/^listening on 127\.0\.0\.1:(\d+)$/m);
  const target = ['-connect', `127.0.0.1:${port}`, '-servername', 'www.example.org', '-alpn', 'h2'];
  new Program(t, 'openssl', ['s_client', ...target]);
  await program.shows(/^ {2}server_name: www\.example\.org$(.*\n)+ja4: t13d\d{4}h2_\w+_\w+\nja3: \w{32}\n/m);
  const other = connect(Number(port), '127.0.0.1');
  other.resume().end('GET / HTTP/1.0\r\n\r\n');
  await once(other, 'close');
  program.kill('SIGTERM');
  const { stderr } = await program.ended;
  assert.match(stderr, /^SSLError: not a ClientHello: the first byte /);
});

test('client.mjs gets a page', async (t) => {
  const port = await startWebServer(t);
  const page = await runNode(t, ['examples/client.mjs', `localhost:${port}`], { SSL_CERT_FILE: ca });
  assert.equal(page.stderr, '');
  assert.match(page.stdout, /^HTTP\/1\.0 200 ok\r\n.*<\/HTML>\r\n\r\n$/is);
  assert.equal(page.status, 0);
});

test('client.mjs refuses a server that it does not trust', async (t) => {
  const port = await startWebServer(t);
  const page = await runNode(t, ['examples/client.mjs', `localhost:${port}`]);
  assert.equal(page.stdout, '');
  assert.match(page.stderr, /^CertificateVerifyError: certificate verify failed: .*depth 0, CN=localhost/m);
  assert.equal(page.status, 1);
});

test('buffered-chain.mjs', async (t) => {
  const port = await startWebServer(t);
  const { status, stdout, stderr } = await runNode(t, ['examples/buffered-chain.mjs', `localhost:${port}`], {
    SSL_CERT_FILE: ca,
  });
  assert.equal(stderr, '');
  // Each of the three lines is a record of its own: its bytes and 22 more.
  const size = 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n'.length + 3 * 22;
  assert.deepEqual(stdout.split('\n'), [
    `three small writes are ${size} bytes in the buffer`,
    'after the flush there are 0',
    'the answer begins with: HTTP/1.0 200 ok',
    '',
  ]);
  assert.equal(status, 0);
});

test('inspect-server.cjs tells about a server that is not trusted', async (t) => {
  const { port } = await opensslServer(t, [...identity, '-tls1_2']);
  const { status, stdout, stderr } = await runNode(t, ['examples/inspect-server.cjs', `localhost:${port}`]);
  assert.equal(stderr, '');
  assert.match(stdout, /^version {2}TLSv1\.2\ncipher {3}ECDHE-ECDSA-\S+\ngroup {4}\S+\n/);
  assert.match(stdout, /^chain {4}CN=localhost, until \d{4}-\d\d-\d\dT[\d:.]+Z$/m);
  assert.match(stdout, /^verdict {2}X509_V_ERR_UNABLE_TO_\w+: unable to .+$/m);
  assert.equal(status, 0);
});

test('inspect-server.cjs tells that a server is trusted', async (t) => {
  const { port } = await opensslServer(t, identity);
  const { stdout } = await runNode(t, ['examples/inspect-server.cjs', `localhost:${port}`], {
    SSL_CERT_FILE: ca,
  });
  assert.match(stdout, /^version {2}TLSv1\.3\n(.*\n)*verdict {2}X509_V_OK: ok\n$/);
});

/** An example that serves: where, and with which certificate. */
interface Server {
  readonly server: Program;
  readonly address: string;
  readonly port: number;
  readonly certificate: string;
}

/** Starts an example that shows its certificate, and then its address in a command. */
async function startServer(t: TestContext, args: readonly string[], command: RegExp): Promise<Server> {
  const server = startNode(t, args);
  const [shown, address = ''] = await server.shows(new RegExp(`[^]*${command.source}\\n`));
  const certificate = write('shown.pem', shown.match(pem)?.[0] ?? '');
  return { server, address, port: Number(address.split(':')[1]), certificate };
}

const openssl = /openssl s_client -connect (\S+) -servername localhost/;

async function startEcho(t: TestContext): Promise<Server> {
  return await startServer(t, ['examples/server.mjs'], openssl);
}

test('server.mjs echoes to openssl s_client, to several at a time', async (t) => {
  const { address, certificate } = await startEcho(t);
  const checked = ['-CAfile', certificate, '-verify_return_error', '-verify_hostname', 'localhost', '-quiet'];
  const clients = ['first', 'second'].map((text) => {
    const client = new Program(t, 'openssl', ['s_client', '-connect', address, ...checked]);
    client.write(`${text}\n`);
    return { client, text };
  });
  for (const { client, text } of clients) await client.shows(new RegExp(`^${text}$`, 'm'));
  for (const { client, text } of clients) {
    client.write('more\n');
    assert.equal((await client.shows(/^\w+\nmore\n$/))[0], `${text}\nmore\n`);
  }
});

test('server.mjs says what is wrong with a client and serves the next one', async (t) => {
  const { server, address, certificate } = await startEcho(t);
  const [host, port] = address.split(':');
  const refused = connect(Number(port), host).end('GET / HTTP/1.0\r\n\r\n').resume();
  // The server does not read it all, so its end may come as a reset.
  refused.on('error', () => {});
  await new Promise((resolve) => refused.once('close', resolve));
  const client = new Program(t, 'openssl', [
    's_client',
    '-connect',
    address,
    '-CAfile',
    certificate,
    '-quiet',
  ]);
  client.write('hello\n');
  await client.shows(/^hello$/m);
  server.kill('SIGTERM');
  const { stderr, signal } = await server.ended;
  assert.match(stderr, /^ERR_SSL_HTTP_REQUEST: .*; the peer speaks plain HTTP, not TLS$/m);
  assert.equal(signal, 'SIGTERM');
});

/** Runs an example that needs nobody else, and takes what it says. */
async function outputOf(t: TestContext, example: string): Promise<string> {
  const { status, stdout, stderr } = await runNode(t, [`examples/${example}`]);
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}

test('socket-echo.mjs', async (t) => {
  const lines = (await outputOf(t, 'socket-echo.mjs')).split('\n');
  assert.match(lines[0] ?? '', /^client: TLSv1\.3, TLS_\w+$/);
  assert.ok(lines.includes('server: echoed 11 bytes'));
  const echoed = lines.slice(1).map((line) => /^client: (.*)$/.exec(line)?.[1] ?? '');
  assert.equal(echoed.join(''), 'hello world');
});

test('http2-over-socket.mjs', async (t) => {
  const lines = (await outputOf(t, 'http2-over-socket.mjs')).trimEnd().split('\n');
  assert.deepEqual(lines.sort(), [
    'ALPN: h2',
    'stream 1: 200, you asked for /one',
    'stream 3: 200, you asked for /two',
  ]);
});

test('starttls.mjs', async (t) => {
  assert.equal(
    await outputOf(t, 'starttls.mjs'),
    'the server says S\nthe server says 8 characters, over TLSv1.3\n',
  );
});

const curl = /curl --cacert FILE https:\/\/(\S+)\//;

test('https-server.mjs answers curl and node:https', async (t) => {
  const { port, certificate } = await startServer(t, ['examples/https-server.mjs'], curl);
  const url = `https://localhost:${port}`;
  const fetched = new Program(t, 'curl', ['-sS', '--cacert', certificate, `${url}/one`, `${url}/two`]);
  const { status, stdout, stderr } = await fetched.ended;
  assert.equal(stderr, '');
  assert.equal(stdout, 'GET /one from 127.0.0.1\nGET /two from 127.0.0.1\n');
  assert.equal(status, 0);
  const request = get(`${url}/three`, { ca: readFileSync(certificate), agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(await text(response), 'GET /three from 127.0.0.1\n');
});

/** A TCP server that reads up to the end, a chunk in each turn, and then tells how much of what that was. */
async function startBackend(t: TestContext): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, async (socket) => {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
      hash.update(chunk);
      size += chunk.length;
      await new Promise(setImmediate);
    }
    socket.end(`${size} ${hash.digest('hex')}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('tls-proxy.mjs passes on every byte, and the end of each direction', async (t) => {
  const backend = await startBackend(t);
  const { port, certificate } = await startServer(
    t,
    ['examples/tls-proxy.mjs', `127.0.0.1:${backend}`],
    openssl,
  );
  const client = new TLSSocket({ context: new TLSClientContext().setVerifyLocations(certificate) });
  await client.connect('localhost', port);
  const sent = randomBytes(4 * 1024 * 1024);
  await client.send(sent);
  await client.shutdown();
  const answer = await client.read(1024);
  assert.equal(String(answer), `${sent.length} ${createHash('sha256').update(sent).digest('hex')}`);
  assert.equal((await client.receive()).length, 0);
  await client.close();
});

test('tls-proxy.mjs ends a connection that has no backend, and serves on', async (t) => {
  const unused = createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const { port: free } = unused.address() as AddressInfo;
  await new Promise((resolve) => unused.close(resolve));
  const started = await startServer(t, ['examples/tls-proxy.mjs', `127.0.0.1:${free}`], openssl);
  for (const attempt of [1, 2]) {
    const client = new TLSSocket({ context: new TLSClientContext().setVerifyLocations(started.certificate) });
    await client.connect('localhost', started.port);
    await assert.rejects(client.receive(), { code: 'ECONNRESET' }, `attempt ${attempt}`);
  }
});
