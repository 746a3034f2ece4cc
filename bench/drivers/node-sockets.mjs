// @ts-check
// The tasks on two connected tls.TLSSockets, whatever lies below them.

import { once } from 'node:events';
import { createSecureContext } from 'node:tls';
import { ciphers, groups } from './scenario.mjs';

/**
 * @typedef {import('./scenario.mjs').Scenario} Scenario
 * @typedef {import('node:tls').TLSSocket} TLSSocket
 * @typedef {{ client: TLSSocket, server: TLSSocket }} Pair
 */

/** @param {import('./scenario.mjs').Settings} settings */
export function optionsFor({ version, identity }) {
  const common = {
    minVersion: version,
    maxVersion: version,
    ciphers: ciphers[version],
    ecdhCurve: groups.join(':'),
  };
  // Made once: a context for each connection would cost more than the handshake.
  const client = { secureContext: createSecureContext({ ...common, ca: identity.ca }) };
  return { client, server: { ...common, cert: identity.certificate, key: identity.key } };
}

/**
 * @param {Scenario} scenario
 * @param {() => Promise<Pair>} connect
 * @returns {Promise<import('./scenario.mjs').Session>}
 */
export async function openSockets({ task, size }, connect) {
  const pair = await connect();
  const run =
    task === 'handshake' ? handshakes(connect) : task === 'echo' ? echoes(pair, size) : bulk(pair, size);
  const agreed = {
    version: pair.client.getProtocol() ?? undefined,
    cipher: pair.client.getCipher().standardName,
    group: groupOf(pair.client),
  };
  const close = () => {
    pair.client.destroy();
    pair.server.destroy();
  };
  return { run, agreed, close };
}

/**
 * @param {TLSSocket} client
 * @returns {string | undefined}
 */
function groupOf(client) {
  const info = client.getEphemeralKeyInfo();
  return info !== null && 'name' in info ? info.name : undefined;
}

/** @param {() => Promise<Pair>} connect */
function handshakes(connect) {
  return async (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) {
      const { client, server } = await connect();
      const closed = Promise.all([once(client, 'close'), once(server, 'close')]);
      // On a Duplex a TLSSocket does not end by itself when its peer does.
      server.once('end', () => server.end());
      client.resume();
      server.resume();
      client.end();
      await closed;
    }
  };
}

/**
 * @param {Pair} pair
 * @param {number} size
 */
function echoes({ client, server }, size) {
  const message = Buffer.alloc(size, 'x');
  let tripsLeft = 0;
  let bytesLeft = 0;
  let done = () => {};
  const next = () => {
    bytesLeft = size;
    client.write(message);
  };
  server.on('data', (chunk) => server.write(chunk));
  client.on('data', (chunk) => {
    bytesLeft -= chunk.length;
    if (bytesLeft > 0) return;
    if (--tripsLeft > 0) next();
    else done();
  });
  return (/** @type {number} */ count) =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      tripsLeft = count;
      done = resolve;
      next();
    });
}

/**
 * @param {Pair} pair
 * @param {number} size
 */
function bulk({ client, server }, size) {
  const chunk = Buffer.alloc(size, 'x');
  let writesLeft = 0;
  let bytesLeft = 0;
  let done = () => {};
  const send = () => {
    while (writesLeft > 0) {
      writesLeft--;
      if (!client.write(chunk)) return;
    }
  };
  client.on('drain', send);
  server.on('data', (received) => {
    bytesLeft -= received.length;
    if (bytesLeft === 0) done();
  });
  return (/** @type {number} */ count) =>
    new Promise((/** @type {(value: void) => void} */ resolve) => {
      writesLeft = count;
      bytesLeft = count * size;
      done = resolve;
      send();
    });
}
