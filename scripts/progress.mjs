// How far something long has come: a bar on a terminal, a line now and then elsewhere.

export class Progress {
  #title;
  #total;
  #unit;
  #shown = 0;

  constructor(title, total, unit) {
    this.#title = title;
    this.#total = total;
    this.#unit = unit;
  }

  show(done, note) {
    const share = done / this.#total;
    const figures = `${count(done)} of ${count(this.#total)} ${this.#unit}`;
    if (process.stdout.isTTY) {
      const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
      process.stdout.write(`\r\x1b[K${this.#title} [${bar}] ${figures}  ${note}`);
    } else if (share - this.#shown >= 0.1 - 1e-9) {
      this.#shown = share;
      console.log(`${this.#title}: ${figures}  ${note}`);
    }
  }

  end() {
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  }
}

export function count(number) {
  return number.toLocaleString('en');
}
