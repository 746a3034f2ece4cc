// `npm run demo -- HOST:PORT`, against servers of all kinds.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import test, { type TestContext } from 'node:test';
import { connection, lines, runDemo, valid } from './helpers/demo';
import { authority, localhost, someone } from './helpers/identities';
import { opensslServer } from './helpers/openssl-cli';
import { pathOf, write } from './helpers/openssl-files';
import type { Environment } from './helpers/programs';

const ca = write('ca.pem', authority.certificate.pem);
const otherCa = write('other-ca.pem', someone.certificate.pem);
const identity = [
  ...['-cert', write('certificate.pem', localhost.certificate.pem), '-cert_chain', ca],
  ...['-key', write('key.pem', localhost.privateKey.pem)],
];
const untrustedHint =
  'hint:  its issuer is not trusted here: addCA(), setVerifyLocations() or loadDefaultTrust()\n' +
  '       on this command line: --ca FILE, with the certificate of its issuer\n';

async function portOf(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

for (const [host, address, server] of [
  ['localhost', '127.0.0.1', 'localhost:\\d+ at \\S+'],
  ['127.0.0.1', '127.0.0.1', '127\\.0\\.0\\.1:\\d+'],
  ['[::1]', '[::1]', '\\[::1\\]:\\d+'],
] as const) {
  test(`it tells about a server on ${host}`, async (t) => {
    const { port } = await opensslServer(t, identity, address);
    const { status, stdout, stderr } = await runDemo(t, [`${host}:${port}`, '--ca', ca]);
    assert.equal(stderr, '');
    assert.match(
      stdout,
      lines(
        ...connection(server, ca),
        '  0  CN=localhost',
        '     names      localhost, 127\\.0\\.0\\.1, ::1',
        '     issuer     CN=Test CA',
        valid,
        '  1  CN=Test CA',
        '     issuer     itself',
        valid,
      ),
    );
    assert.equal(status, 0);
  });
}

test('without --ca the system decides whom to trust', async (t) => {
  const { port } = await opensslServer(t, identity);
  const { status, stdout } = await runDemo(t, [`localhost:${port}`], { SSL_CERT_FILE: ca });
  assert.ok(stdout.includes(`\n  verified      yes, trusting ${ca}\n`), stdout);
  assert.equal(status, 0);
});

test('a relative --ca counts from where npm was called', async (t) => {
  const { port } = await opensslServer(t, identity);
  const called = { npm_lifecycle_event: 'demo', INIT_CWD: pathOf('.') };
  const { status, stdout } = await runDemo(t, [`localhost:${port}`, '--ca', 'ca.pem'], called);
  assert.ok(stdout.includes(`\n  verified      yes, trusting ${ca}\n`), stdout);
  assert.equal(status, 0);
});

async function assertRefused(
  t: TestContext,
  args: readonly string[],
  stderr: string,
  environment?: Environment,
): Promise<void> {
  assert.deepEqual(await runDemo(t, args, environment), { status: 1, signal: null, stdout: '', stderr });
}

test('the wrong CA', async (t) => {
  const { port } = await opensslServer(t, identity);
  const fault = 'self-signed certificate in certificate chain (depth 1, CN=Test CA)';
  const message = `error: certificate verify failed: ${fault}\n${untrustedHint}`;
  await assertRefused(t, [`localhost:${port}`, '--ca', otherCa], message);
  await assertRefused(t, [`localhost:${port}`], message, { SSL_CERT_FILE: otherCa });
});

test('a certificate for another name', async (t) => {
  const named = [
    ...['-cert', write('someone.pem', someone.certificate.pem)],
    ...['-key', write('someone-key.pem', someone.privateKey.pem)],
  ];
  const { port } = await opensslServer(t, named);
  await assertRefused(
    t,
    [`localhost:${port}`, '--ca', ca],
    'error: certificate verify failed: hostname mismatch (depth 0, CN=someone)\n' +
      'hint:  the certificate is not for localhost\n',
  );
});

test('a server that speaks plain HTTP', async (t) => {
  const port = await portOf(t, createWebServer());
  await assertRefused(
    t,
    [`127.0.0.1:${port}`],
    'error: wrong version number\nhint:  the peer speaks plain HTTP, not TLS\n',
  );
});

test('what a server says cannot steer the terminal', async (t) => {
  const port = await portOf(
    t,
    createServer((socket) => socket.on('error', () => {}).end('\x9b31m\u0085\n')),
  );
  const { status, stderr } = await runDemo(t, [`127.0.0.1:${port}`]);
  assert.match(
    stderr,
    /^error: wrong version number\nhint: {2}the peer does not speak TLS here: [^\p{Cc}]+\n$/u,
  );
  assert.equal(status, 1);
});

test('a port where nobody listens', async (t) => {
  const server = createServer();
  const port = await portOf(t, server);
  server.close();
  await once(server, 'close');
  const message = `error: connect ECONNREFUSED (127.0.0.1, ${port}): Connection refused\n`;
  await assertRefused(t, [`127.0.0.1:${port}`], message);
});

test('a CA file that is not there, or is none', async (t) => {
  const missing = pathOf('missing.pem');
  const message = `error: ENOENT: no such file or directory, open '${missing}'\n`;
  await assertRefused(t, ['localhost:1', '--ca', missing], message);
  const none = write('none.pem', 'nothing');
  await assertRefused(
    t,
    ['localhost:1', '--ca', none],
    `error: ${none}: no start line: no PEM certificate in the input\n`,
  );
});
