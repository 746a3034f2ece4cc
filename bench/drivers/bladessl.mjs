// @ts-check
// Two SSLs in memory: no event loop, no promises.

import { BIO, SSL } from 'bladessl';
import { agreedBy, contextsFor } from './bladessl-contexts.mjs';
import { expect, hostname } from './scenario.mjs';

/**
 * @typedef {import('./scenario.mjs').Scenario} Scenario
 * @typedef {ReturnType<typeof connect>} Pair
 */

/**
 * @param {Scenario} scenario
 * @returns {import('./scenario.mjs').Session}
 */
export function open(scenario) {
  const contexts = contextsFor(scenario);
  const pair = connect(contexts);
  const { task, size } = scenario;
  const runs = { handshake: () => handshake(contexts), echo: echoOf(pair, size), bulk: bulkOf(pair, size) };
  const once = runs[task];
  const run = (/** @type {number} */ count) => {
    for (let i = 0; i < count; i++) once();
  };
  return { run, agreed: agreedBy(pair.client), close: () => close(pair) };
}

/** @param {ReturnType<typeof contextsFor>} contexts */
function connect(contexts) {
  const ends = BIO.pair();
  const client = new SSL(contexts.client).setBio(ends[0]);
  const server = new SSL(contexts.server).setBio(ends[1]);
  client.hostname = hostname;
  client.verifyName = hostname;
  for (let ours = -1, theirs = -1; ours === -1 || theirs === -1; ) {
    if (ours === -1) ours = client.doHandshake();
    if (theirs === -1) theirs = server.doHandshake();
  }
  return { client, server, ends };
}

/** @param {Pair} pair */
function close({ client, server, ends }) {
  for (const owner of [client, server, ...ends]) owner.free();
}

/** @param {ReturnType<typeof contextsFor>} contexts */
function handshake(contexts) {
  const pair = connect(contexts);
  const { client, server } = pair;
  expect(client.read(), null, 'session tickets alone');
  expect(client.shutdown(), 0, 'the first close_notify');
  expect(server.read()?.length, 0, 'the end, as the server sees it');
  expect(server.shutdown(), 1, 'the second close_notify');
  expect(client.shutdown(), 1, 'the end, as the client sees it');
  close(pair);
}

/**
 * @param {Pair} pair
 * @param {number} size
 */
function echoOf({ client, server }, size) {
  const message = Buffer.alloc(size, 'x');
  return () => {
    expect(client.write(message), size, 'what the client wrote');
    const request = server.read();
    if (request === null) throw new Error('nothing came');
    expect(server.write(request), size, 'what the server wrote');
    expect(client.read()?.length, size, 'what came back');
  };
}

/**
 * @param {Pair} pair
 * @param {number} size
 */
function bulkOf({ client, server }, size) {
  const chunk = Buffer.alloc(size, 'x');
  return () => {
    expect(client.write(chunk), size, 'what was written');
    expect(server.read()?.length, size, 'what came');
  };
}
