// The two flavours in one process, each with its OpenSSL: side by side in one thread, and in workers. It
// prints a line for each case, and fails with the first that goes wrong.

import assert from 'node:assert/strict';
import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type * as Library from 'bladessl';
import { collectGarbage } from '../helpers/gc';

type Flavour = Library.Flavour;

/** The library with one of the addons. The next one that is loaded has nothing in common with it. */
function load(flavour: Flavour): typeof Library {
  process.env.BLADESSL_FLAVOUR = flavour;
  for (const file of Object.keys(require.cache)) {
    if (/[\\/]dist[\\/]/.test(file)) delete require.cache[file];
  }
  const library: typeof Library = require('bladessl');
  assert.equal(library.versions.flavour, flavour);
  return library;
}

/** A handshake whose two sides are of two flavours: bytes are all that they share. */
function shake(client: typeof Library, server: typeof Library): void {
  const { certificate, privateKey } = server.Certificate.generate({ commonName: 'localhost' });
  const serving = new server.TLSServerContext();
  serving.useCertificate(certificate).usePrivateKey(privateKey);
  const trusting = new client.TLSClientContext();
  trusting.addCA(certificate.pem);
  const [ours, theirs] = [new client.SSL(trusting), new server.SSL(serving)];
  ours.verifyName = 'localhost';
  const [clientIn, clientOut] = [new client.MemoryBIO(), new client.MemoryBIO()];
  const [serverIn, serverOut] = [new server.MemoryBIO(), new server.MemoryBIO()];
  ours.setBio(clientIn, clientOut);
  theirs.setBio(serverIn, serverOut);
  const move = (): void => {
    const [toServer, toClient] = [clientOut.read(), serverOut.read()];
    if (toServer?.length) serverIn.write(toServer);
    if (toClient?.length) clientIn.write(toClient);
  };
  for (let turn = 0; turn < 10; turn++) {
    ours.doHandshake();
    move();
    theirs.doHandshake();
    move();
  }
  ours.write('ping');
  move();
  assert.equal(theirs.read()?.toString(), 'ping');
  assert.equal(ours.verifyResult.code, 0);
}

/** Each refuses the objects of the other, and an error of the one is none of the other's. */
function keepApart(one: typeof Library, other: typeof Library): void {
  const context = new one.TLSClientContext();
  assert.throws(() => new other.SSL(context as never), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(
    () => new one.Certificate('none'),
    (error) => error instanceof one.SSLError && !(error instanceof other.SSLError),
  );
}

/** Node's own crypto finds its error queue, its providers and its random numbers as they were. */
function nodeIsWell(): void {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  assert.ok(createSign('SHA256').update('x').sign(privateKey).length > 0);
  assert.equal(createHash('sha256').update('').digest('hex').slice(0, 8), 'e3b0c442');
}

async function talk(client: typeof Library, server: typeof Library): Promise<void> {
  const { certificate, privateKey } = server.Certificate.generate({ commonName: 'localhost' });
  const context = new server.TLSServerContext();
  context.useCertificate(certificate).usePrivateKey(privateKey);
  const listener = new server.TLSSocket(null, context);
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  const trusting = new client.TLSClientContext();
  trusting.addCA(certificate.pem);
  const socket = new client.TLSSocket(null, trusting);
  const [accepted] = await Promise.all([
    listener.accept(),
    socket.connect('127.0.0.1', listener.port, { servername: 'localhost' }),
  ]);
  const data = Buffer.alloc(1 << 20, 'two flavours');
  const [received] = await Promise.all([
    (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of accepted) chunks.push(chunk);
      return Buffer.concat(chunks);
    })(),
    socket.send(data).then(() => socket.shutdown()),
  ]);
  assert.ok(received.equals(data));
  await Promise.all([accepted.close(), socket.close(), listener.close()]);
}

function inWorkers(flavours: readonly Flavour[]): Promise<unknown> {
  return Promise.all(
    flavours.map(async (flavour) => {
      const worker = new Worker(__filename, { workerData: flavour });
      await once(worker, 'message');
      await worker.terminate();
    }),
  );
}

async function main(): Promise<void> {
  // What never settles ends the process too.
  process.exitCode = 1;
  const [node, own] = [load('node'), load('static')];
  const pairs = [
    [node, own],
    [own, node],
  ] as const;
  for (const [one, other] of pairs) {
    shake(one, other);
    keepApart(one, other);
    nodeIsWell();
  }
  console.log('ok   side by side');
  for (const [one, other] of pairs) await talk(one, other);
  console.log('ok   sockets on one event loop');
  for (let round = 0; round < 5; round++) await inWorkers(['node', 'static', 'static', 'node']);
  nodeIsWell();
  console.log('ok   workers that come and go');
  await collectGarbage();
  shake(node, own);
  console.log('ok   after a collection');
  process.exitCode = 0;
}

async function work(): Promise<void> {
  const library = load(workerData);
  shake(library, library);
  await talk(library, library);
  parentPort?.postMessage('done');
}

if (isMainThread) main();
else work();
