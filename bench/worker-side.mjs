// @ts-check
// The worker's side of `Worker`: it answers lines, and ends with its standard input.

import { createInterface } from 'node:readline';

/** @typedef {Readonly<Record<string, (argument: number) => object | Promise<object>>>} Answers */

/** @param {object} answer */
export function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** @param {Answers} answers by the first word of a line; a number may follow it */
export function answerLines(answers) {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const [word = '', argument] = line.split(' ');
    const answer = answers[word];
    if (answer === undefined) throw new Error(`nobody answers '${line}'`);
    say(await answer(Number(argument)));
  });
  lines.on('close', () => process.exit());
}
