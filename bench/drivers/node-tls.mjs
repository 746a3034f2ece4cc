// @ts-check
// node:tls on TCP.

import { once } from 'node:events';
import { connect as connectTls, createServer } from 'node:tls';
import { openSockets, optionsFor } from './node-sockets.mjs';
import { hostname } from './scenario.mjs';

/**
 * @param {import('./scenario.mjs').Scenario} scenario
 * @returns {Promise<import('./scenario.mjs').Session>}
 */
export async function open(scenario) {
  const options = optionsFor(scenario);
  const listener = createServer({ ...options.server, noDelay: true });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (listener.address());

  const session = await openSockets(scenario, async () => {
    const accepted = once(listener, 'secureConnection');
    const client = connectTls({ ...options.client, host: '127.0.0.1', port, servername: hostname });
    client.setNoDelay();
    const [[server]] = await Promise.all([accepted, once(client, 'secureConnect')]);
    return { client, server };
  });
  const close = () => {
    session.close();
    listener.close();
  };
  return { ...session, close };
}
