// @ts-check
// How far the bench has come, in a last line that is drawn again for each trial. Nothing without a terminal.

import { atExit } from '../examples/demo/at-exit.mjs';
import { clearLine, hideCursor, showCursor } from '../examples/demo/terminal.mjs';

const barWidth = 24;

export class StatusLine {
  #screen;
  #shown = false;
  #begin = performance.now();

  /** @param {import('../examples/demo/screen.mjs').Screen} screen */
  constructor(screen) {
    this.#screen = screen;
    atExit(() => this.clear());
  }

  /**
   * @param {string} text
   * @param {number} share how much is done
   */
  show(text, share) {
    if (!this.#screen.isTerminal) return;
    this.#shown = true;
    const full = Math.round(share * barWidth);
    const bar = `${this.#screen.cyan('━'.repeat(full))}${this.#screen.dim('─'.repeat(barWidth - full))}`;
    // Cut, so that it stays one line.
    const rest = `${this.#timeLeft(share)}  ${text}`.slice(
      0,
      Math.max(0, this.#screen.columns - barWidth - 3),
    );
    this.#screen.write(`${hideCursor}${clearLine}  ${bar}${rest}`);
  }

  clear() {
    if (!this.#shown) return;
    this.#shown = false;
    this.#screen.write(`${clearLine}${showCursor}`);
  }

  /** @param {number} share */
  #timeLeft(share) {
    if (share === 0) return '';
    const seconds = Math.ceil(((performance.now() - this.#begin) * (1 / share - 1)) / 1000);
    return seconds < 90 ? `  ${seconds} s left` : `  ${Math.ceil(seconds / 60)} min left`;
  }
}
