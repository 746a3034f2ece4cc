// @ts-check

import { atExit } from './at-exit.mjs';
import { ProgressBar } from './progress-bar.mjs';

/** Lines on one output stream, in colours where it has them and NO_COLOR is not set, and a progress bar. */
export class Screen {
  #stream;
  #hasColors;
  #bar = new ProgressBar(this);

  /** @param {import('node:tty').WriteStream} stream */
  constructor(stream) {
    this.#stream = stream;
    this.#hasColors = stream.isTTY === true && stream.hasColors();
    atExit(() => this.clearProgress());
  }

  get isTerminal() {
    return this.#stream.isTTY === true && process.env.TERM !== 'dumb';
  }

  get columns() {
    return this.#stream.columns || 80;
  }

  /** @param {readonly string[]} lines */
  print(...lines) {
    this.clearProgress();
    this.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** @param {string} text */
  write(text) {
    this.#stream.write(text);
  }

  /**
   * Shows how far something has come, until the next line is printed.
   *
   * @param {string} label
   * @param {number} done bytes
   * @param {number} total bytes
   */
  progress(label, done, total) {
    this.#bar.draw(label, done, total);
  }

  clearProgress() {
    this.#bar.clear();
  }

  /** @param {string} text */
  bold(text) {
    return this.#styled(text, 1, 22);
  }

  /** @param {string} text */
  dim(text) {
    return this.#styled(text, 2, 22);
  }

  /** @param {string} text */
  green(text) {
    return this.#styled(text, 32, 39);
  }

  /** @param {string} text */
  red(text) {
    return this.#styled(text, 31, 39);
  }

  /** @param {string} text */
  cyan(text) {
    return this.#styled(text, 36, 39);
  }

  /**
   * @param {string} text
   * @param {number} on
   * @param {number} off
   */
  #styled(text, on, off) {
    return this.#hasColors && text !== '' ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  }
}
