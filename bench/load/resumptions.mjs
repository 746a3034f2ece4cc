// @ts-check
// Resumed handshakes, each with a ticket of the one before it. The client is node:tls, for every server.

import { connect } from 'node:tls';
import { optionsFor } from '../drivers/node-sockets.mjs';
import { hostname } from '../drivers/scenario.mjs';
import { confirmation, host } from './connections.mjs';

/**
 * @param {import('./tasks.mjs').Target} target
 * @returns {() => () => Promise<void>}
 */
export function resumptions(target) {
  const options = {
    ...optionsFor(target).client,
    host,
    port: target.port,
    servername: hostname,
    rejectUnauthorized: false,
  };
  return () => {
    /** @type {Buffer | undefined} */
    let session;
    return () =>
      new Promise((resolve, reject) => {
        const resumed = session;
        const socket = connect({ ...options, session });
        socket.setNoDelay();
        socket.on('session', (fresh) => {
          session = fresh;
        });
        socket.on('error', reject);
        socket.once('secureConnect', () => {
          if (resumed && !socket.isSessionReused()) reject(new Error('a session was not resumed'));
          socket.write(confirmation);
        });
        let answered = false;
        socket.once('data', () => {
          answered = true;
          socket.end();
        });
        socket.once('close', () => {
          if (answered) resolve();
          else reject(new Error('the server has ended the connection'));
        });
      });
  };
}
