// The two halves of the demo's file transfer, each against a peer that does not keep to the protocol.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type BIO, ConnectBIO, SSLBIO } from 'bladessl';
import { clientContext, localhost } from './helpers/identities';
import { write } from './helpers/openssl-files';
import { type Program, root, startNode } from './helpers/programs';

interface FileClient {
  fetch(
    name: string,
    onProgress: (received: number, size: number) => void,
  ): Promise<{ size: number; sha256: string }>;
}

interface FileClientModule {
  readonly FileClient: new (chain: BIO) => FileClient;
}

function moduleUrl(name: string): string {
  return pathToFileURL(join(root, 'examples', 'demo', name)).href;
}

async function importClient(): Promise<FileClientModule['FileClient']> {
  return ((await import(moduleUrl('file-client.mjs'))) as FileClientModule).FileClient;
}

/** A client of a server that answers every request with the same text and closes the connection. */
async function clientOf(t: TestContext, answer: string): Promise<FileClient> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(answer));
  });
  server.listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const chain = new ConnectBIO({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  t.after(() => chain.free());
  await chain.connect();
  return new (await importClient())(chain);
}

const bad: readonly (readonly [what: string, answer: string, message: string])[] = [
  ['nothing', '', 'the server has closed the connection'],
  ['half a line', '12', 'the connection ended inside a line'],
  ['no file', '-\n', 'the server has no file name'],
  ['no number', '1e3\n', 'the server has answered "1e3"'],
  ['a negative number', '-1\n', 'the server has answered "-1"'],
  ['a number beyond all files', `${'9'.repeat(16)}\n`, `the server has answered "${'9'.repeat(16)}"`],
  ['a line without end', 'x'.repeat(5000), 'a line is too long'],
  ['too few bytes', '10\n1234', 'the connection ended 6 bytes too early'],
];

for (const [what, answer, message] of bad) {
  test(`the client refuses ${what}`, async (t) => {
    const client = await clientOf(t, answer);
    await assert.rejects(
      client.fetch('name', () => {}),
      { name: 'DemoError', message },
    );
  });
}

test('the client takes exactly the bytes of the file, and tells how far it is', async (t) => {
  const client = await clientOf(t, '3\nabcdef');
  const progress: [number, number][] = [];
  const { size, sha256 } = await client.fetch('name', (...state) => progress.push(state));
  assert.equal(size, 3);
  assert.equal(sha256, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.deepEqual(progress.at(-1), [3, 3]);
});

const setup = {
  certificate: localhost.certificate.pem,
  privateKey: localhost.privateKey.pem,
  files: { empty: write('empty', ''), full: write('full', 'x'.repeat(300_000)), gone: '/nowhere/at all' },
};

const starter = write(
  'starter.mjs',
  `
    import { exitOnSignals } from '${moduleUrl('at-exit.mjs')}';
    import { ServerProcess } from '${moduleUrl('server-process.mjs')}';
    exitOnSignals();
    console.log('port ' + await new ServerProcess().listen(${JSON.stringify(setup)}));
  `,
);

/** A process that starts the file server and then waits to be ended. */
async function startServer(t: TestContext): Promise<{ parent: Program; port: number }> {
  const parent = startNode(t, [starter]);
  const [, port] = await parent.shows(/^port (\d+)$/m);
  return { parent, port: Number(port) };
}

async function connectTo(t: TestContext, port: number): Promise<SSLBIO> {
  const chain = new SSLBIO(clientContext()).push(new ConnectBIO({ host: '127.0.0.1', port }));
  t.after(() => chain.freeAll());
  await chain.handshake();
  return chain;
}

async function readAll(chain: BIO): Promise<string> {
  const pieces: Buffer[] = [];
  for (let piece = await chain.readAsync(); piece.length > 0; piece = await chain.readAsync())
    pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

test('the server has the files that it was given, and no other', async (t) => {
  const { port } = await startServer(t);
  const chain = await connectTo(t, port);
  await chain.writeAsync('../../../etc/passwd\nempty\n\nconstructor\nfull\n');
  let answers = '';
  const expected = `-\n0\n-\n-\n300000\n${'x'.repeat(300_000)}`;
  while (answers.length < expected.length) answers += await chain.readAsync(100_000);
  assert.equal(answers, expected);
});

test('the server ends a connection that goes wrong, says why, and serves the next one', async (t) => {
  const { parent, port } = await startServer(t);
  const endless = await connectTo(t, port);
  await endless.writeAsync('x'.repeat(2000));
  assert.equal(await readAll(endless), '');
  const gone = await connectTo(t, port);
  await gone.writeAsync('gone\n');
  assert.equal(await readAll(gone), '');
  const next = await connectTo(t, port);
  await next.writeAsync('empty\n');
  assert.equal(String(await next.readAsync()), '0\n');
  parent.kill('SIGTERM');
  const { stderr } = await parent.ended;
  assert.deepEqual(stderr.trimEnd().split('\n'), [
    'file server: a line is too long',
    "file server: ENOENT: no such file or directory, stat '/nowhere/at all'",
  ]);
});

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGKILL', null],
] as const) {
  test(`the server ends when ${signal} ends its parent`, async (t) => {
    const { parent, port } = await startServer(t);
    const chain = await connectTo(t, port);
    const broken = assert.rejects(chain.readAsync(), { name: /^SSL(Syscall)?Error$/ });
    parent.kill(signal);
    // The parent's output is the server's too: it is at its end when both have gone.
    assert.equal((await parent.ended).status, status);
    await broken;
  });
}
