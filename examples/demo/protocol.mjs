// @ts-check
// What client and server say to each other. The client sends the name of a file and a newline. The server
// answers with the file's size in decimal digits, a newline and the bytes; or, when it has no such file,
// with `-` and a newline. Any number of requests may follow one another; close_notify is the end.

import { DemoError } from './demo-error.mjs';

/** How much of a file is read and sent at a time, and so how much of it is in memory. */
export const pieceSize = 256 * 1024;

/** The answer to a name that the server does not have. */
export const noSuchFile = '-';

/** How long each side waits for the other, in milliseconds. */
export const patience = 10_000;

const readSize = 64 * 1024;
const longestLine = 1024;

/** What comes in over a chain: lines, and bytes in between. */
export class Incoming {
  #chain;
  #ahead = Buffer.alloc(0);

  /** @param {import('bladessl').BIO} chain */
  constructor(chain) {
    this.#chain = chain;
  }

  /** The next line, without its newline; undefined at the end. */
  async line() {
    for (;;) {
      const end = this.#ahead.indexOf('\n');
      if (end >= 0) {
        const line = this.#ahead.toString('utf8', 0, end);
        this.#ahead = this.#ahead.subarray(end + 1);
        return line;
      }
      if (this.#ahead.length > longestLine) throw new DemoError('a line is too long');
      const piece = await this.#read(readSize);
      if (piece.length === 0 && this.#ahead.length === 0) return undefined;
      if (piece.length === 0) throw new DemoError('the connection ended inside a line');
      this.#ahead = Buffer.concat([this.#ahead, piece]);
    }
  }

  /**
   * The next `count` bytes, in pieces as they come.
   *
   * @param {number} count
   */
  async *bytes(count) {
    for (let left = count; left > 0; ) {
      const piece = this.#takeAhead(left) ?? (await this.#read(Math.min(left, readSize)));
      if (piece.length === 0) throw new DemoError(`the connection ended ${left} bytes too early`);
      left -= piece.length;
      yield piece;
    }
  }

  /** @param {number} most */
  #takeAhead(most) {
    if (this.#ahead.length === 0) return undefined;
    const piece = this.#ahead.subarray(0, most);
    this.#ahead = this.#ahead.subarray(piece.length);
    return piece;
  }

  /** @param {number} most */
  async #read(most) {
    return await this.#chain.readAsync(most, { timeout: patience });
  }
}
