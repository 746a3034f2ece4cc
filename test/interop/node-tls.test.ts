// Chains against node:tls, both ways.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import * as tls from 'node:tls';
import { ConnectBIO, SSL_VERIFY_FAIL_IF_NO_PEER_CERT, SSL_VERIFY_PEER, SSLBIO } from 'bladessl';
import { freeing, listening, portOf } from '../helpers/chains';
import { failureOf } from '../helpers/failures';
import { authority, clientContext, localhost, serverContext, show, someone } from '../helpers/identities';

const ca = authority.certificate.pem;
const megabyte = Buffer.alloc(1 << 20, 'bladessl');

async function startServer(
  t: TestContext,
  options: tls.TlsOptions,
): Promise<{ server: tls.Server; port: number }> {
  const own = { cert: localhost.certificate.pem, key: localhost.privateKey.pem, ca };
  const server = tls.createServer({ ...own, ...options }).listen(0, '127.0.0.1');
  server.on('secureConnection', (socket) => socket.on('error', () => {}));
  t.after(() => server.close());
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

function chainTo(t: TestContext, port: number, context = clientContext()): SSLBIO {
  return freeing(t, new SSLBIO(context).push(new ConnectBIO(`localhost:${port}`)));
}

async function readExactly(chain: SSLBIO, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let missing = length; missing > 0; missing -= chunks.at(-1)?.length ?? 0) {
    chunks.push(await chain.readAsync());
    assert.notEqual(chunks.at(-1)?.length, 0, `the end came ${missing} bytes early`);
  }
  return Buffer.concat(chunks);
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = { minVersion: version, maxVersion: version };

  test(`${version}: an echo server of node:tls`, async (t) => {
    const { server, port } = await startServer(t, { ...held, ALPNProtocols: ['echo'] });
    server.on('secureConnection', (socket) => socket.pipe(socket));
    const context = clientContext();
    context.alpnProtocols = ['echo'];
    const chain = chainTo(t, port, context);
    await chain.handshake();
    assert.deepEqual([chain.ssl.version, chain.ssl.alpnProtocol], [version, 'echo']);
    const [, echoed] = await Promise.all([chain.writeAsync(megabyte), readExactly(chain, megabyte.length)]);
    assert.ok(echoed.equals(megabyte));
  });

  test(`${version}: a server of node:tls sees the client's certificate`, async (t) => {
    const { server, port } = await startServer(t, { ...held, requestCert: true });
    const arrived = once(server, 'secureConnection') as Promise<[tls.TLSSocket]>;
    const chain = chainTo(t, port, show(clientContext(), someone));
    await chain.handshake();
    const [socket] = await arrived;
    assert.equal(socket.getPeerCertificate().subject.CN, 'someone');
    chain.freeAll();
    socket.resume();
    await once(socket, 'end');
  });

  test(`${version}: a client of node:tls`, async (t) => {
    const listener = await listening(t);
    const client = tls.connect({
      ...held,
      ca,
      host: '127.0.0.1',
      port: portOf(listener),
      servername: 'localhost',
    });
    t.after(() => client.destroy());
    const server = freeing(t, new SSLBIO(serverContext()).push(await listener.accept()));
    const [, secure] = await Promise.all([server.handshake(), once(client, 'secureConnect')]);
    assert.deepEqual(secure, []);
    assert.equal(server.ssl.hostname, 'localhost');
    client.pipe(client);
    const [, echoed] = await Promise.all([server.writeAsync(megabyte), readExactly(server, megabyte.length)]);
    assert.ok(echoed.equals(megabyte));
    server.freeAll();
    await once(client, 'end');
  });

  test(`${version}: a client of node:tls shows its certificate, and goes`, async (t) => {
    const listener = await listening(t);
    const own = { cert: someone.certificate.pem, key: someone.privateKey.pem, ca };
    const client = tls.connect({ ...held, ...own, port: portOf(listener), servername: 'localhost' });
    t.after(() => client.destroy());
    const context = serverContext()
      .addCA(authority.certificate)
      .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    const server = freeing(t, new SSLBIO(context).push(await listener.accept()));
    await server.handshake();
    assert.equal(server.ssl.peerCertificate?.subject, 'CN=someone');
    client.end('bye');
    assert.equal((await server.readAsync()).toString(), 'bye');
    assert.equal((await server.readAsync()).length, 0);
  });

  test(`${version}: a client of node:tls that does not trust us sends nothing`, async (t) => {
    const listener = await listening(t);
    const client = tls.connect({ ...held, port: portOf(listener), servername: 'localhost' });
    const refusal = once(client, 'error');
    const server = freeing(t, new SSLBIO(serverContext()).push(await listener.accept()));
    // It looks at the chain when its part of the handshake is done, and cuts the connection without an alert.
    const { code } = await failureOf(server.handshake().then(() => server.readAsync()));
    assert.match(code, /^(ERR_SSL_UNEXPECTED_EOF_WHILE_READING|ECONNRESET)$/);
    assert.equal((await refusal)[0].code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
}
