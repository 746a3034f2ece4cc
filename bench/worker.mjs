// @ts-check
// A process that takes part in a trial: it says one line of JSON when it is ready, and then answers lines.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** @typedef {import('./drivers/index.mjs').Program} Program */

export class Worker {
  #name;
  #child;
  #lines;
  #ended;
  #stderr = '';
  #ending = false;

  /**
   * @param {string} name
   * @param {Program} program
   */
  constructor(name, { command, args }) {
    this.#name = name;
    this.#child = spawn(command, args);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr += text;
    });
    // Its end says more than the write that fails because of it.
    this.#child.stdin.on('error', () => {});
    this.#ended = once(this.#child, 'close').then(([status, signal]) => {
      if (!this.#ending) throw new Error(`${this.#name} ended (${signal ?? status})\n${this.#stderr}`.trim());
    });
    this.#ended.catch(() => {});
  }

  /**
   * What it says next.
   *
   * @returns {Promise<any>}
   */
  async hear() {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    await this.#ended;
    throw new Error(`${this.#name} has said its last`);
  }

  /** @param {string} line */
  async ask(line) {
    this.#child.stdin.write(`${line}\n`);
    return await this.hear();
  }

  async end() {
    this.#ending = true;
    this.#child.stdin.end();
    await this.#ended;
  }
}
