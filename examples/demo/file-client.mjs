// @ts-check
// The client of the file server.

import { createHash } from 'node:crypto';
import { DemoError } from './demo-error.mjs';
import { Incoming, noSuchFile, patience } from './protocol.mjs';

/**
 * @typedef {object} Fetched
 * @property {number} size in bytes
 * @property {number} time in milliseconds, from the request to the last byte
 * @property {string} sha256 of the bytes, in hex
 */

export class FileClient {
  #chain;
  #incoming;

  /** @param {import('bladessl').BIO} chain whose handshake is done */
  constructor(chain) {
    this.#chain = chain;
    this.#incoming = new Incoming(chain);
  }

  /**
   * Fetches a file, hashes it as it comes and keeps none of it.
   *
   * @param {string} name
   * @param {(received: number, size: number) => void} onProgress
   * @returns {Promise<Fetched>}
   */
  async fetch(name, onProgress) {
    const started = performance.now();
    await this.#chain.writeAsync(`${name}\n`, { timeout: patience });
    const size = sizeOf(name, await this.#incoming.line());
    const hash = createHash('sha256');
    let received = 0;
    for await (const piece of this.#incoming.bytes(size)) {
      hash.update(piece);
      received += piece.length;
      onProgress(received, size);
    }
    return { size, sha256: hash.digest('hex'), time: performance.now() - started };
  }
}

/**
 * @param {string} name
 * @param {string | undefined} answer
 */
function sizeOf(name, answer) {
  if (answer === undefined) throw new DemoError('the server has closed the connection');
  if (answer === noSuchFile) throw new DemoError(`the server has no file ${name}`);
  if (!/^\d{1,15}$/.test(answer)) throw new DemoError(`the server has answered ${JSON.stringify(answer)}`);
  return Number(answer);
}
