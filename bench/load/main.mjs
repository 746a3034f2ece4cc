// @ts-check
// The load on a server, in a process of its own, the same for every server:
//   node main.mjs TASK VERSION SIZE DEPTH CONNECTIONS DIRECTORY PORT
// tells what was agreed on, and then answers each line of its standard input with a line of JSON.

import { agreedBy } from '../drivers/bladessl-contexts.mjs';
import { readIdentity } from '../drivers/scenario.mjs';
import { answerLines, say } from '../worker-side.mjs';
import { connector } from './connections.mjs';
import { tasks } from './tasks.mjs';

/** @typedef {import('./tasks.mjs').Target} Target */

/** @param {readonly string[]} args */
async function main([task = '', version, size, depth, connections, directory = '', port]) {
  const target = /** @type {Target} */ ({
    version,
    identity: readIdentity(directory),
    port: Number(port),
    size: Number(size),
    depth: Number(depth),
    connections: Number(connections),
  });
  const start = tasks[/** @type {keyof typeof tasks} */ (task)];
  const first = await connector(target)();
  const agreed = agreedBy(first.ssl);
  await first.close();
  answerLines(await start(target));
  say(agreed);
}

await main(process.argv.slice(2));
