// HTTPS and HTTP/2, served by Node's own node:http and node:http2 on the streams of TLSSockets, asked by curl.

import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { suite, type TestContext, test } from 'node:test';
import {
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  type SSLError,
  type TLSSocket,
} from 'bladessl';
import { authority, serverContext, someone } from '../helpers/identities';
import { authorityFile, filesOf } from '../helpers/openssl-cli';
import { write } from '../helpers/openssl-files';
import { Program, type Result } from '../helpers/programs';
import { listeningSocket } from '../helpers/tls-sockets';

const body = Buffer.alloc(5 << 20, '0123456789abcdef');
const upload = write('upload', body);

function strict(context: SSLContext): SSLContext {
  context.addCA(authority.certificate);
  return context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

interface Service {
  readonly listener: TLSSocket;
  /** The connections that have come. */
  readonly sockets: TLSSocket[];
  readonly errors: SSLError[];
}

/** Gives each connection of a listener to a server of Node's. */
async function serve(
  t: TestContext,
  server: { emit(event: 'connection', stream: TLSSocket['stream']): boolean },
  context: SSLContext,
): Promise<Service> {
  const listener = await listeningSocket(t, context);
  const service: Service = { listener, sockets: [], errors: [] };
  t.after(() => Promise.all(service.sockets.map((socket) => socket.close({ abort: true }))));
  listener.onHandshakeError((error) => service.errors.push(error as SSLError));
  listener.onConnection((socket) => {
    service.sockets.push(socket);
    server.emit('connection', socket.stream);
  });
  return service;
}

async function serveHttp(
  t: TestContext,
  answer: RequestListener,
  context = serverContext(),
): Promise<Service> {
  context.alpnProtocols = ['http/1.1'];
  return await serve(t, createServer(answer), context);
}

async function serveHttp2(t: TestContext, server: Http2Server): Promise<Service> {
  const context = serverContext();
  context.alpnProtocols = ['h2'];
  return await serve(t, server, context);
}

/** Runs curl to its end. */
async function curl(
  t: TestContext,
  { listener }: Service,
  args: readonly string[],
  pages = [''],
): Promise<Result> {
  const urls = pages.map((page) => `https://localhost:${listener.port}/${page}`);
  const own = ['--silent', '--show-error', '--ipv4', '--noproxy', '*', '--cacert', authorityFile];
  return await new Program(t, 'curl', [...own, ...args, ...urls]).ended;
}

for (const [version, name] of [
  ['1.2', 'TLSv1.2'],
  ['1.3', 'TLSv1.3'],
] as const) {
  const held = [`--tlsv${version}`, '--tls-max', version];

  suite(`curl, ${name}, HTTP/1.1`, () => {
    test('gets pages over one connection', async (t) => {
      const service = await serveHttp(t, (request, response) => response.end(`${request.url}\n`));
      const { status, stdout, stderr } = await curl(t, service, held, ['a', 'b', 'c']);
      assert.deepEqual([status, stdout, stderr], [0, '/a\n/b\n/c\n', '']);
      const [socket, ...more] = service.sockets;
      assert.equal(more.length, 0);
      assert.deepEqual([socket?.version, socket?.alpnProtocol], [name, 'http/1.1']);
    });

    test('gets all of a long answer, of chunks and of an end', async (t) => {
      const service = await serveHttp(t, ({ url }, response) => {
        if (url === '/end') response.shouldKeepAlive = false;
        response.useChunkedEncodingByDefault = url === '/chunks';
        response.write(body.subarray(0, 1 << 20));
        response.end(body.subarray(1 << 20));
      });
      const { status, stdout } = await curl(t, service, held, ['chunks', 'end']);
      assert.equal(status, 0);
      assert.ok(stdout === body.toString().repeat(2), `${stdout.length} bytes`);
    });

    test('sends a file, and gets it back', async (t) => {
      const service = await serveHttp(t, (request, response) => request.pipe(response));
      const { status, stdout } = await curl(t, service, [...held, '--data-binary', `@${upload}`]);
      assert.equal(status, 0);
      assert.ok(stdout === body.toString(), `${stdout.length} of ${body.length} bytes`);
    });

    test('says that an answer was cut', async (t) => {
      const service = await serveHttp(t, ({ socket }, response) => {
        response.writeHead(200, { 'Content-Length': 1000 });
        response.write('only so much', () => socket.destroy());
      });
      const { status } = await curl(t, service, held);
      // CURLE_PARTIAL_FILE, CURLE_RECV_ERROR: the connection is reset.
      assert.ok(status === 18 || status === 56, String(status));
    });

    test('shows its certificate, and is refused without', async (t) => {
      const files = filesOf('someone', someone);
      const service = await serveHttp(
        t,
        (_request, response) => response.end(service.sockets[0]?.peerCertificate?.subject),
        strict(serverContext()) as ReturnType<typeof serverContext>,
      );
      const { status, stdout } = await curl(t, service, [
        ...held,
        '--cert',
        files.certificate,
        '--key',
        files.key,
      ]);
      assert.deepEqual([status, stdout], [0, 'CN=someone']);
      assert.notEqual((await curl(t, service, held)).status, 0);
      assert.deepEqual(
        service.errors.map(({ code }) => code),
        ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'],
      );
    });
  });

  suite(`curl, ${name}, HTTP/2`, () => {
    const http2 = [...held, '--http2', '--write-out', '%{http_version}\n'];

    test('gets pages over one connection', async (t) => {
      const server = createHttp2Server((request, response) => response.end(`${request.url} `));
      const service = await serveHttp2(t, server);
      const { status, stdout, stderr } = await curl(t, service, http2, ['a', 'b']);
      assert.deepEqual([status, stdout, stderr], [0, '/a 2\n/b 2\n', '']);
      assert.equal(service.sockets.length, 1);
      assert.deepEqual([service.sockets[0]?.version, service.sockets[0]?.alpnProtocol], [name, 'h2']);
    });

    test('sends a file, and gets it back', async (t) => {
      const server = createHttp2Server().on('stream', (stream: ServerHttp2Stream) => stream.pipe(stream));
      const service = await serveHttp2(t, server);
      const { status, stdout } = await curl(t, service, [...http2, '--data-binary', `@${upload}`]);
      assert.equal(status, 0);
      assert.ok(stdout === `${body}2\n`, `${stdout.length} of ${body.length} bytes`);
    });
  });
}

test('curl refuses a certificate for another name', async (t) => {
  const service = await serveHttp(t, () => {}, serverContext(someone));
  // CURLE_PEER_FAILED_VERIFICATION
  assert.equal((await curl(t, service, [])).status, 60);
});
