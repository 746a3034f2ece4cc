// @ts-check
// Connections to a server under test. Nothing is verified: the load shall cost as little as it can.

import { SSL_VERIFY_NONE, TLSSocket } from 'bladessl';
import { contextsFor } from '../drivers/bladessl-contexts.mjs';
import { hostname } from '../drivers/scenario.mjs';

export const host = '127.0.0.1';

/** What is sent to see that the server has finished the handshake too: a byte to be echoed. */
export const confirmation = 'Ex';

/**
 * @param {import('./tasks.mjs').Target} target
 * @returns {() => Promise<TLSSocket>}
 */
export function connector(target) {
  const context = contextsFor(target).client;
  context.verifyMode = SSL_VERIFY_NONE;
  return async () => {
    const socket = new TLSSocket({ context });
    await socket.connect(host, target.port, { servername: hostname });
    return socket;
  };
}

/** @param {TLSSocket} socket */
export async function confirm(socket) {
  await socket.send(confirmation);
  const answer = await socket.receive();
  if (answer.length !== 1) throw new Error('the server has ended the connection');
}

/**
 * Connects, and says what the connections are for.
 *
 * @param {import('./tasks.mjs').Target} target
 * @param {'E' | 'D' | 'S'} mode
 * @returns {Promise<TLSSocket[]>}
 */
export async function connectAll(target, mode) {
  const connect = connector(target);
  return await Promise.all(
    Array.from({ length: target.connections }, async () => {
      const socket = await connect();
      socket.onClose((error) => {
        throw error ?? new Error('the server has closed a connection');
      });
      socket.write(mode);
      return socket;
    }),
  );
}
