// @ts-check
// Lines, colours and a progress bar on one output stream. Colours need a terminal that has them and no
// NO_COLOR; the bar needs a terminal.

import { atExit } from './at-exit.mjs';

const frameTime = 40;
const clearLine = '\r\x1b[K';
const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';

export class Screen {
  #stream;
  #hasColors;
  #hasProgress;
  #progressShown = false;
  #nextFrame = 0;

  /** @param {import('node:tty').WriteStream} stream */
  constructor(stream) {
    this.#stream = stream;
    this.#hasColors = stream.isTTY === true && stream.hasColors();
    this.#hasProgress = stream.isTTY === true && process.env.TERM !== 'dumb';
    atExit(() => this.clearProgress());
  }

  /** @param {readonly string[]} lines */
  print(...lines) {
    this.clearProgress();
    for (const line of lines) this.#stream.write(`${line}\n`);
  }

  /**
   * Draws a bar below what has been printed, at most some 25 times a second. Does nothing without a terminal.
   *
   * @param {string} label
   * @param {number} done
   * @param {number} total
   */
  progress(label, done, total) {
    const now = performance.now();
    if (!this.#hasProgress || now < this.#nextFrame) return;
    this.#nextFrame = now + frameTime;
    this.#progressShown = true;
    this.#stream.write(`${hideCursor}${clearLine}${this.#bar(label, done / total)}`);
  }

  clearProgress() {
    if (!this.#progressShown) return;
    this.#progressShown = false;
    this.#nextFrame = 0;
    this.#stream.write(`${clearLine}${showCursor}`);
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
   * @param {string} label
   * @param {number} share
   */
  #bar(label, share) {
    const columns = this.#stream.columns || 80;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const room = columns - label.length - percent.length - 6;
    if (room < 10) return `  ${percent}`;
    const width = Math.min(room, 40);
    const full = Math.round(share * width);
    const bar = `${this.cyan('━'.repeat(full))}${this.dim('─'.repeat(width - full))}`;
    return `  ${label}  ${bar} ${percent}`;
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
