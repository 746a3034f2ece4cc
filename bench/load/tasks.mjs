// @ts-check
// The kinds of load.

import { confirm, connectAll, connector } from './connections.mjs';
import { resumptions } from './resumptions.mjs';

/**
 * @typedef {import('../drivers/scenario.mjs').Settings} Settings
 * @typedef {import('../worker-side.mjs').Answers} Answers
 *
 * @typedef {object} Load
 * @property {number} port
 * @property {number} size how many bytes one message has
 * @property {number} depth how many messages of a connection are in flight
 * @property {number} connections how many are open, or are being made, at a time
 *
 * @typedef {Settings & Load} Target
 */

const block = Buffer.alloc(65536, 'x');
// So many connections that are to stay are made at a time.
const atATime = 50;

/** What is going on from the start: `count` tells how many units have been done. */
export const tasks = {
  handshake: handshakes,
  resume: (/** @type {Target} */ target) => counted(target.connections, resumptions(target)),
  echo: echoes,
  download: downloads,
  upload: uploads,
  memory: idleConnections,
  delay: bursts,
};

/**
 * @param {number} slots how many of them go on at a time
 * @param {() => () => Promise<void>} open makes an operation, to be done again and again
 * @returns {Answers}
 */
function counted(slots, open) {
  let count = 0;
  const repeat = async (/** @type {() => Promise<void>} */ operation) => {
    for (;;) {
      await operation();
      count += 1;
    }
  };
  for (let i = 0; i < slots; i++) repeat(open());
  return { count: () => ({ count }) };
}

/** @param {Target} target */
function handshakes(target) {
  const handshake = handshakeWith(target);
  return counted(target.connections, () => handshake);
}

/** @param {Target} target */
function handshakeWith(target) {
  const connect = connector(target);
  return async () => {
    const socket = await connect();
    await confirm(socket);
    await socket.close();
  };
}

/**
 * @param {Target} target
 * @returns {Promise<Answers>}
 */
async function echoes(target) {
  const { size, depth } = target;
  const message = Buffer.alloc(size, 'x');
  let count = 0;
  for (const socket of await connectAll(target, 'E')) {
    let received = 0;
    socket.onData((chunk) => {
      received += chunk.length;
      for (; received >= size; received -= size) {
        count += 1;
        socket.write(message);
      }
    });
    for (let i = 0; i < depth; i++) socket.write(message);
  }
  return { count: () => ({ count }) };
}

/**
 * @param {Target} target
 * @returns {Promise<Answers>}
 */
async function downloads(target) {
  let bytes = 0;
  for (const socket of await connectAll(target, 'S')) {
    socket.onData((chunk) => {
      bytes += chunk.length;
    });
  }
  return { count: () => ({ count: bytes / 1e6 }) };
}

/**
 * @param {Target} target
 * @returns {Promise<Answers>}
 */
async function uploads(target) {
  let bytes = 0;
  for (const socket of await connectAll(target, 'D')) {
    const pump = () => {
      do bytes += block.length;
      while (socket.write(block));
    };
    socket.onDrain(pump);
    pump();
  }
  return { count: () => ({ count: bytes / 1e6 }) };
}

/**
 * @param {Target} target
 * @returns {Answers}
 */
function idleConnections(target) {
  const connect = connector(target);
  /** @type {import('bladessl').TLSSocket[]} */
  const held = [];
  const hold = async () => {
    const socket = await connect();
    await confirm(socket);
    held.push(socket);
  };
  return {
    open: async (more) => {
      for (let left = more; left > 0; left -= atATime) {
        await Promise.all(Array.from({ length: Math.min(left, atATime) }, hold));
      }
      return { open: held.length };
    },
  };
}

/**
 * @param {Target} target
 * @returns {Answers}
 */
function bursts(target) {
  const handshake = handshakeWith(target);
  return {
    burst: async () => {
      await Promise.all(Array.from({ length: target.connections }, handshake));
      return { burst: target.connections };
    },
  };
}
