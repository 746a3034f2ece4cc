// HTTPS by hand on a chain, asked by curl.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER, SSLBIO, type SSLContext } from 'bladessl';
import { freeing, listening, portOf } from '../helpers/chains';
import { authority, serverContext, someone } from '../helpers/identities';
import { authorityFile, filesOf } from '../helpers/openssl-cli';
import { Program } from '../helpers/programs';

interface Call {
  readonly curl: Program;
  readonly server: SSLBIO;
}

async function call(t: TestContext, context: SSLContext, args: readonly string[] = []): Promise<Call> {
  const listener = await listening(t);
  const url = `https://localhost:${portOf(listener)}/`;
  const own = ['--silent', '--show-error', '--ipv4', '--noproxy', '*', '--cacert', authorityFile];
  const curl = new Program(t, 'curl', [...own, ...args, url]);
  return { curl, server: freeing(t, new SSLBIO(context).push(await listener.accept())) };
}

async function answer(server: SSLBIO, body: string | Buffer): Promise<string> {
  await server.handshake();
  let request = '';
  while (!request.endsWith('\r\n\r\n')) request += await server.readAsync();
  await server.writeAsync(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
  await server.writeAsync(body);
  server.freeAll();
  return request;
}

for (const version of ['1.2', '1.3']) {
  const held = [`--tlsv${version}`, '--tls-max', version];

  test(`curl gets a page over TLS ${version}, and agrees on a protocol`, async (t) => {
    const context = serverContext();
    context.alpnProtocols = ['http/1.1'];
    const { curl, server } = await call(t, context, held);
    assert.match(await answer(server, 'hello\n'), /^GET \/ HTTP\/1\.1\r\nHost: localhost:\d+\r\n/);
    const { status, stdout, stderr } = await curl.ended;
    assert.deepEqual([status, stdout, stderr], [0, 'hello\n', '']);
  });

  test(`curl gets all of a long body over TLS ${version}`, async (t) => {
    const body = Buffer.from('0123456789abcdef'.repeat(1 << 18));
    const { curl, server } = await call(t, serverContext(), held);
    await answer(server, body);
    const { status, stdout } = await curl.ended;
    assert.equal(status, 0);
    assert.ok(stdout === body.toString(), `${stdout.length} of ${body.length} bytes`);
  });

  test(`curl shows a certificate over TLS ${version}`, async (t) => {
    const files = filesOf('someone', someone);
    const context = serverContext()
      .addCA(authority.certificate)
      .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    const { curl, server } = await call(t, context, [
      ...held,
      '--cert',
      files.certificate,
      '--key',
      files.key,
    ]);
    await answer(server, 'hello\n');
    assert.equal((await curl.ended).status, 0);
  });
}

test('curl refuses a certificate for another name', async (t) => {
  const { curl, server } = await call(t, serverContext(someone));
  // It looks at the name when the handshake is done, and takes its leave as from a friend.
  await server.handshake();
  assert.equal((await server.readAsync()).length, 0);
  // CURLE_PEER_FAILED_VERIFICATION
  assert.equal((await curl.ended).status, 60);
});
