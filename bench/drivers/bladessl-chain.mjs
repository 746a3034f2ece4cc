// @ts-check
// An SSL BIO on a connect BIO and one on an accepted socket, by promises.

import { AcceptBIO, ConnectBIO, SSLBIO } from 'bladessl';
import { agreedBy, contextsFor } from './bladessl-contexts.mjs';
import { expect, hostname } from './scenario.mjs';

/**
 * @typedef {import('./scenario.mjs').Scenario} Scenario
 * @typedef {{ client: SSLBIO, server: SSLBIO }} Pair
 */

/**
 * @param {Scenario} scenario
 * @returns {Promise<import('./scenario.mjs').Session>}
 */
export async function open(scenario) {
  const contexts = contextsFor(scenario);
  const listener = new AcceptBIO('127.0.0.1:0');
  await listener.listen();
  const connect = () => connectTo(listener, contexts);
  const pair = await connect();
  const { task, size } = scenario;
  const run =
    task === 'handshake' ? handshakes(connect) : task === 'echo' ? echoes(pair, size) : bulk(pair, size);
  const close = () => {
    for (const chain of [pair.client, pair.server, listener]) chain.freeAll();
  };
  return { run, agreed: agreedBy(pair.client.ssl), close };
}

/**
 * @param {AcceptBIO} listener
 * @param {ReturnType<typeof contextsFor>} contexts
 * @returns {Promise<Pair>}
 */
async function connectTo(listener, contexts) {
  const client = new SSLBIO(contexts.client).push(new ConnectBIO(`127.0.0.1:${listener.acceptPort}`));
  const serve = async () => {
    const server = new SSLBIO(contexts.server).push(await listener.accept());
    await server.handshake();
    return server;
  };
  const [server] = await Promise.all([serve(), client.handshake({ servername: hostname })]);
  return { client, server };
}

/** @param {() => Promise<Pair>} connect */
function handshakes(connect) {
  return async (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) {
      const { client, server } = await connect();
      expect(client.ssl.shutdown(), 0, 'the first close_notify');
      expect((await server.readAsync()).length, 0, 'the end, as the server sees it');
      server.freeAll();
      expect((await client.readAsync()).length, 0, 'the end, as the client sees it');
      client.freeAll();
    }
  };
}

/**
 * @param {Pair} pair
 * @param {number} size
 */
function echoes({ client, server }, size) {
  const message = Buffer.alloc(size, 'x');
  const serve = async (/** @type {number} */ count) => {
    for (let left = count * size; left > 0; ) {
      const request = await server.readAsync(16384);
      left -= await server.writeAsync(request);
    }
  };
  return async (/** @type {number} */ count) => {
    const serving = serve(count);
    for (let i = 0; i < count; i++) {
      await client.writeAsync(message);
      await receive(client, size);
    }
    await serving;
  };
}

/**
 * @param {Pair} pair
 * @param {number} size
 */
function bulk({ client, server }, size) {
  const chunk = Buffer.alloc(size, 'x');
  const send = async (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) await client.writeAsync(chunk);
  };
  return async (/** @type {number} */ count) => {
    await Promise.all([send(count), receive(server, count * size)]);
  };
}

/**
 * @param {SSLBIO} chain
 * @param {number} size
 */
async function receive(chain, size) {
  for (let left = size; left > 0; ) {
    const { length } = await chain.readAsync(16384);
    if (length === 0) throw new Error('the connection has ended');
    left -= length;
  }
}
