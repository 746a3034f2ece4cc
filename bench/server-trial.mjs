// @ts-check
// One trial of a server: it and the load run in processes of their own, on cores of their own where that can be.
//   node server-trial.mjs PROGRAM TASK VERSION SIZE SECONDS DIRECTORY DEPTH CONNECTIONS
// prints one line of JSON. PROGRAM is the server's, as JSON.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pinned } from './pinning.mjs';
import { Worker } from './worker.mjs';

/**
 * @typedef {{ server: Worker, load: Worker, time: number, connections: number }} Trial
 * @typedef {{ operations: number, cpu?: number, resident?: number, delay?: number }} Measured
 */

const warmUpShare = 0.5;
// A connection counts as idle when it has rested for so many milliseconds.
const restTime = 500;
const loadProgram = fileURLToPath(new URL('load/main.mjs', import.meta.url));
/** @type {Readonly<Record<string, (trial: Trial) => Promise<Measured>>>} */
const measures = { memory: measureMemory, delay: measureDelay };

/** @param {readonly string[]} args */
async function main([program = '', task = '', version = '', size = '', seconds, directory = '', ...load]) {
  const server = new Worker('the server', pinned(withMore(JSON.parse(program), version, directory), 0));
  const { port, openssl } = await server.hear();
  const args = [loadProgram, task, version, size, ...load, directory, String(port)];
  const loader = new Worker('the load', pinned({ command: process.execPath, args }, 1));
  const agreed = await loader.hear();
  const trial = { server, load: loader, time: Number(seconds) * 1000, connections: Number(load[1]) };
  const begin = performance.now();
  const measured = await (measures[task] ?? measureCpu)(trial);
  const wall = (performance.now() - begin) / 1000;
  await loader.end();
  await server.end();
  console.log(JSON.stringify({ wall, ...measured, ...agreed, openssl }));
}

/**
 * @param {import('./drivers/index.mjs').Program} program
 * @param {readonly string[]} more
 */
function withMore({ command, args }, ...more) {
  return { command, args: [...args, ...more] };
}

/** @param {Trial} trial */
async function measureCpu({ server, load, time }) {
  const look = async () => {
    const [{ cpu }, { count }] = await Promise.all([server.ask('cpu'), load.ask('count')]);
    return { cpu, count, now: performance.now() };
  };
  await sleep(time * warmUpShare);
  const before = await look();
  let after = before;
  // A trial that is too short for one operation goes on until there is one.
  do {
    await sleep(time);
    after = await look();
  } while (after.count === before.count || after.cpu === before.cpu);
  const wall = (after.now - before.now) / 1000;
  return { operations: after.count - before.count, cpu: after.cpu - before.cpu, wall };
}

/** @param {Trial} trial */
async function measureMemory({ server, load, connections }) {
  const look = async () => {
    await load.ask(`open ${connections}`);
    await sleep(restTime);
    const { resident } = await server.ask('memory');
    return resident;
  };
  // The first ones stay open and are not counted: they pay for what is there once and for all, such as a larger heap.
  const before = await look();
  return { operations: connections, resident: (await look()) - before };
}

/** @param {Trial} trial */
async function measureDelay({ server, load, time, connections }) {
  const burstFor = async (/** @type {number} */ period) => {
    const end = performance.now() + period;
    let bursts = 0;
    do {
      await load.ask('burst');
      bursts += 1;
    } while (performance.now() < end);
    return bursts;
  };
  await burstFor(time * warmUpShare);
  await server.ask('delay');
  const bursts = await burstFor(time);
  const { delay } = await server.ask('delay');
  return { operations: bursts * connections, delay };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exit(1);
}
