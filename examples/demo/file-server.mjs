// @ts-check
// The file server of the demo, a process of its own: TLS on an AcceptBIO. Its parent sends it one message
// with its identity and its files, gets the port back, and ends it by disconnecting.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { AcceptBIO, SSLBIO, TLSServerContext } from 'bladessl';
import { DemoError } from './demo-error.mjs';
import { Incoming, noSuchFile, patience, pieceSize } from './protocol.mjs';

/**
 * @typedef {object} Setup
 * @property {string} certificate its chain in PEM, its own certificate first
 * @property {string} privateKey in PEM
 * @property {Record<string, string>} files the path of each file by the name that clients ask for
 */

/** @param {Setup} setup */
async function start({ certificate, privateKey, files }) {
  const context = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
  const listener = new AcceptBIO('127.0.0.1:0');
  await listener.listen();
  process.send?.({ port: Number(listener.acceptPort) });
  for (;;) {
    const connection = new SSLBIO(context, { server: true }).push(await listener.accept());
    serve(connection, new Map(Object.entries(files))).catch((error) => {
      console.error(`file server: ${error.message}`);
    });
  }
}

/**
 * @param {SSLBIO} connection
 * @param {ReadonlyMap<string, string>} files
 */
async function serve(connection, files) {
  try {
    await connection.handshake({ timeout: patience });
    const incoming = new Incoming(connection);
    for (let name = await incoming.line(); name !== undefined; name = await incoming.line()) {
      await answer(connection, files.get(name));
    }
  } finally {
    connection.freeAll();
  }
}

/**
 * @param {SSLBIO} connection
 * @param {string | undefined} path
 */
async function answer(connection, path) {
  if (path === undefined) {
    await connection.writeAsync(`${noSuchFile}\n`, { timeout: patience });
    return;
  }
  const { size } = await stat(path);
  await connection.writeAsync(`${size}\n`, { timeout: patience });
  let left = size;
  for await (const piece of createReadStream(path, { highWaterMark: pieceSize })) {
    left -= await connection.writeAsync(piece, { timeout: patience });
  }
  if (left !== 0) throw new DemoError(`${path} has changed its size`);
}

// Ctrl-C reaches the whole group of processes; this one ends with its parent, and not before.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
process.once('disconnect', () => process.exit());
process.once('message', (setup) => start(/** @type {Setup} */ (setup)));
