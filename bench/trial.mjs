// @ts-check
// One trial of a driver that runs in Node, in a process of its own:
//   node trial.mjs DRIVER TASK VERSION SIZE SECONDS DIRECTORY ...
// prints one line of JSON.

import { setImmediate } from 'node:timers/promises';
import { readIdentity } from './drivers/scenario.mjs';

// Between batches the loop turns: finalizers of what was collected run there.
const batchTime = 10;
const warmUpShare = 0.5;

/** @param {readonly string[]} args */
async function main([driver, task, version, size, seconds, directory]) {
  const { open } = await import(`./drivers/${driver}.mjs`);
  const identity = readIdentity(String(directory));
  /** @type {import('./drivers/scenario.mjs').Session} */
  const session = await open({ task, version, size: Number(size), identity });
  const time = Number(seconds) * 1000;
  const warm = await measure(session, time * warmUpShare, 1);
  const result = await measure(session, time, warm.batch);
  session.close();
  const { operations, wall, cpu } = result;
  const openssl = process.versions.openssl;
  console.log(JSON.stringify({ operations, wall, cpu, ...session.agreed, openssl }));
}

/**
 * @param {import('./drivers/scenario.mjs').Session} session
 * @param {number} time
 * @param {number} batch how many operations to begin with at a time
 */
async function measure(session, time, batch) {
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  let operations = 0;
  let now = begin;
  while (now - begin < time) {
    const before = now;
    await session.run(batch);
    await setImmediate();
    operations += batch;
    now = performance.now();
    if (now - before < batchTime / 2) batch *= 2;
  }
  const cpu = process.cpuUsage(cpuBefore);
  return { operations, batch, wall: (now - begin) / 1e3, cpu: (cpu.user + cpu.system) / 1e6 };
}

await main(process.argv.slice(2));
