// @ts-check
// The servers in JavaScript, ready to take connections.

import { once } from 'node:events';
import { createServer } from 'node:tls';
import { TLSSocket } from 'bladessl';
import { faces, serveStream } from './faces.mjs';

const host = '127.0.0.1';
const queueLength = 4096;

/** @typedef {import('./faces.mjs').Answer} Answer */

/**
 * @param {string} face
 * @param {import('bladessl').TLSServerContext} context
 * @param {number} port
 * @param {Answer} [answer]
 */
export async function listenWithTLSSocket(face, context, port, answer = () => '') {
  const serve = faces[face];
  if (serve === undefined) throw new Error(`there is no face '${face}'`);
  const server = new TLSSocket({ context });
  await server.bind(port, host);
  await server.listen(queueLength);
  server.onConnection((socket) => serve(socket, answer));
  return server.port;
}

/** @param {import('node:tls').TlsOptions} options */
export async function listenWithNodeTls(options) {
  const server = createServer({ ...options, noDelay: true }, (socket) => serveStream(socket, () => ''));
  server.on('tlsClientError', () => {});
  await once(server.listen({ port: 0, host, backlog: queueLength }), 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
