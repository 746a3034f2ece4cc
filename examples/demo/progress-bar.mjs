// @ts-check

import { clearLine, hideCursor, showCursor } from './terminal.mjs';
import { rateText, sizeText } from './units.mjs';

const frameTime = 40;
const widestBar = 40;
const narrowestBar = 10;

/** A bar on the last line of a terminal. On anything else it does nothing. */
export class ProgressBar {
  #screen;
  #shown = false;
  #started = 0;
  #nextFrame = 0;

  /** @param {import('./screen.mjs').Screen} screen */
  constructor(screen) {
    this.#screen = screen;
  }

  /**
   * Draws the bar, at most some 25 times a second.
   *
   * @param {string} label
   * @param {number} done bytes
   * @param {number} total bytes
   */
  draw(label, done, total) {
    const now = performance.now();
    if (!this.#screen.isTerminal || now < this.#nextFrame) return;
    if (!this.#shown) this.#started = now;
    this.#shown = true;
    this.#nextFrame = now + frameTime;
    const share = total === 0 ? 1 : done / total;
    const percent = `${Math.floor(share * 100)}%`.padStart(4);
    const rate = now === this.#started ? '' : rateText(done, now - this.#started);
    const numbers = `${percent} ${sizeText(done).padStart(10)} ${rate.padStart(10)}`;
    const room = this.#screen.columns - label.length - numbers.length - 5;
    const bar = room < narrowestBar ? '' : `${this.#bar(share, Math.min(room, widestBar))} `;
    this.#screen.write(`${hideCursor}${clearLine}  ${label}  ${bar}${numbers}`);
  }

  /** Takes the bar away. */
  clear() {
    if (!this.#shown) return;
    this.#shown = false;
    this.#nextFrame = 0;
    this.#screen.write(`${clearLine}${showCursor}`);
  }

  /**
   * @param {number} share
   * @param {number} width
   */
  #bar(share, width) {
    const full = Math.round(share * width);
    return this.#screen.cyan('━'.repeat(full)) + this.#screen.dim('─'.repeat(width - full));
  }
}
