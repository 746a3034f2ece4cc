// @ts-check
// What a server does with a connection, on each face of a TLSSocket and on the Duplex that node:tls has.

import { discard, echo, query, source, sourceBlock } from './modes.mjs';

/**
 * @typedef {import('bladessl').TLSSocket} TLSSocket
 * @typedef {() => string} Answer what a query is told
 */

/**
 * @param {TLSSocket} socket
 * @param {Answer} answer
 */
function servePushed(socket, answer) {
  const pump = () => {
    while (socket.write(sourceBlock));
  };
  const echoBack = (/** @type {Buffer} */ chunk) => {
    if (!socket.write(chunk)) socket.pause();
  };
  const begin = (/** @type {Buffer} */ chunk) => {
    const [mode] = chunk;
    if (mode === echo) socket.onDrain(() => socket.resume()).onData(echoBack);
    else if (mode === discard) socket.onData(() => {});
    else if (mode === query) socket.end(answer());
    else if (mode === source) {
      socket.onDrain(pump);
      pump();
    }
    if (mode === echo && chunk.length > 1) echoBack(chunk.subarray(1));
  };
  socket.onEnd(() => socket.end()).onData(begin);
}

/**
 * @param {TLSSocket} socket
 * @param {Answer} answer
 */
async function servePromised(socket, answer) {
  const first = await socket.receive();
  const [mode] = first;
  if (mode === source) for (;;) await socket.send(sourceBlock);
  if (mode === query) await socket.send(answer());
  if (mode === echo) {
    if (first.length > 1) await socket.send(first.subarray(1));
    for (let chunk = await socket.receive(); chunk.length > 0; chunk = await socket.receive()) {
      await socket.send(chunk);
    }
  }
  if (mode === discard) while ((await socket.receive()).length > 0);
  await socket.close();
}

/**
 * @param {import('node:stream').Duplex} stream
 * @param {Answer} answer
 */
export function serveStream(stream, answer) {
  const pump = () => {
    while (stream.writable && stream.write(sourceBlock));
  };
  /** @type {number | undefined} */
  let mode;
  // A peer that goes away is nobody's fault.
  stream.on('error', () => {});
  stream.on('data', (/** @type {Buffer} */ chunk) => {
    let bytes = chunk;
    if (mode === undefined) {
      [mode] = chunk;
      bytes = chunk.subarray(1);
      if (mode === query) stream.end(answer());
      if (mode === source) {
        stream.on('drain', pump);
        pump();
      }
    }
    if (mode !== echo || bytes.length === 0 || stream.write(bytes)) return;
    stream.pause();
    stream.once('drain', () => stream.resume());
  });
}

/** @type {Readonly<Record<string, (socket: TLSSocket, answer: Answer) => void>>} */
export const faces = {
  push: servePushed,
  promise: (socket, answer) => {
    servePromised(socket, answer).catch(() => {});
  },
  duplex: ({ stream }, answer) => serveStream(stream, answer),
};
