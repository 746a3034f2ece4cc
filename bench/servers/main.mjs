// @ts-check
// A server under test, in a process of its own:
//   node [--expose-gc] main.mjs push|promise|duplex|node-server VERSION DIRECTORY
// prints its port, and then answers each line of its standard input with a line of JSON.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { contextsFor } from '../drivers/bladessl-contexts.mjs';
import { optionsFor } from '../drivers/node-sockets.mjs';
import { readIdentity } from '../drivers/scenario.mjs';
import { answerLines, say } from '../worker-side.mjs';
import { listenWithNodeTls, listenWithTLSSocket } from './listen.mjs';

const delay = monitorEventLoopDelay({ resolution: 1 });

const answers = {
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return { cpu: (user + system) / 1e6 };
  },
  memory: () => {
    globalThis.gc?.();
    return { resident: process.memoryUsage.rss() };
  },
  // Of the time since it was asked for the last time.
  delay: () => {
    const answer = { delay: delay.percentile(99) / 1e9 };
    delay.enable();
    delay.reset();
    return answer;
  },
};

/** @param {readonly string[]} args */
async function main([driver = '', version, directory = '']) {
  const scenario = /** @type {import('../drivers/scenario.mjs').Settings} */ ({
    version,
    identity: readIdentity(directory),
  });
  const port =
    driver === 'node-server'
      ? await listenWithNodeTls(optionsFor(scenario).server)
      : await listenWithTLSSocket(driver, contextsFor(scenario).server, 0);
  say({ port, openssl: process.versions.openssl });
  answerLines(answers);
}

await main(process.argv.slice(2));
