// The long forms of tests, with their progress:
//   npm run soak [-- memory | calls | workers | crowd | waiting | transfer | connections | fuzz ...] [--seed N]
// memory    100,000 handshakes in memory, everything freed by hand, and everything left to the collector
// calls     2,000,000 hostile calls (scripts/hostile.mjs); --seed gives the first of the seeds
// workers   workers that are terminated in the middle of their work
// crowd     10,000 TLS connections at once on one server
// waiting   10,000 handshakes that wait at once, over sockets and in memory: answered in random order, or ended;
//           --seed gives the order
// transfer  1 GiB in each direction of a TLS connection
// connections  20,000 of them one after the other, and the memory that stays in use
// fuzz      what parses bytes (scripts/fuzz.mjs), for half an hour
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fuzz } from './fuzz.mjs';
import { count, Progress } from './progress.mjs';
import { waiting } from './soak-waiting.mjs';

const compiled = join(dirname(dirname(fileURLToPath(import.meta.url))), 'build-test');
const MiB = 1024 * 1024;

const handshakes = 100_000;
const settled = 20_000;
const allowedGrowth = 5 * MiB;
const hostileCalls = 2_000_000;

const parts = {
  memory,
  calls,
  workers,
  crowd,
  waiting: (seed) => waiting(seed, runFile),
  transfer,
  connections,
  fuzz: () => fuzz({ seconds: 1800 }),
};

async function main() {
  const { names, seed } = readArguments(process.argv.slice(2));
  const failed = [];
  for (const name of names) {
    console.log(`== ${name}`);
    if (!(await parts[name](seed))) failed.push(name);
  }
  console.log(failed.length === 0 ? 'all is well' : `failed: ${failed.join(', ')}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function readArguments(args) {
  const names = [];
  let seed = Date.now() % 1_000_000_000;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === '--seed') seed = Number(args[++i]);
    else if (Object.hasOwn(parts, args[i])) names.push(args[i]);
    else throw new Error(`'${args[i]}' is none of ${Object.keys(parts).join(', ')}, --seed N`);
  }
  if (!Number.isInteger(seed)) throw new Error('--seed takes a whole number');
  return { names: names.length === 0 ? Object.keys(parts) : names, seed };
}

async function memory() {
  const byHand = await growth('hand', 'freed by hand');
  const collected = await growth('collector', 'left to the collector');
  return byHand && collected;
}

async function growth(mode, title) {
  const progress = new Progress(title, handshakes, 'handshakes');
  const samples = new Map();
  const status = await runFile(['lifecycle/growth.js', mode, String(handshakes), '1000'], (line) => {
    const [done, bytes] = line.split(' ').map(Number);
    samples.set(done, bytes);
    progress.show(done, `${(bytes / MiB).toFixed(1)} MiB resident`);
  });
  progress.end();
  const [before, after] = [samples.get(settled), samples.get(handshakes)];
  const grown = after - before;
  const ok = status === 0 && grown < allowedGrowth;
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} ${title}: ${mebibytes(before)} after ${count(settled)} handshakes, ` +
      `${mebibytes(after)} after ${count(handshakes)}: ${mebibytes(grown)} more, ${mebibytes(allowedGrowth)} are allowed`,
  );
  return ok;
}

async function calls(seed) {
  const hostile = join(dirname(fileURLToPath(import.meta.url)), 'hostile.mjs');
  const args = ['--calls', String(hostileCalls), '--seed', String(seed)];
  const [status] = await once(spawn(process.execPath, [hostile, ...args], { stdio: 'inherit' }), 'close');
  return status === 0;
}

async function workers() {
  const jobs = ['contexts', 'handshakes', 'failures', 'certificates', 'messages'].map(
    (what) => `endless-${what}`,
  );
  jobs.push('accept-pending', 'handshake-pending', 'read-pending', 'live-objects-pending');
  jobs.push('sockets-in-all-states', 'endless-sockets');
  const total = 450;
  const progress = new Progress('terminated', total, 'workers');
  for (let done = 0; done < total; done++) {
    const worker = new Worker(join(compiled, 'lifecycle', 'jobs.js'), {
      workerData: jobs[done % jobs.length],
    });
    await once(worker, 'message');
    await worker.terminate();
    progress.show(done + 1, '');
  }
  progress.end();
  console.log(`ok   ${count(total)} workers were terminated, and this process is still here`);
  return true;
}

async function crowd() {
  return await longer('socket/many.test.js', { BLADESSL_CROWD: '10000' });
}

async function transfer() {
  return await longer('socket/transfer.test.js', { BLADESSL_TRANSFER_MIB: '1024' });
}

async function connections() {
  return await longer('lifecycle/socket-numbers.test.js', { BLADESSL_CONNECTIONS: '20000' });
}

/** Runs a test with more to do than it has in the suite. */
async function longer(file, more) {
  const status = await runFile([file], console.log, console.error, more);
  return status === 0;
}

/** Runs a compiled file of the tests; tells its status, or the signal that ended it. */
async function runFile([file, ...args], onLine, onComplaint = console.error, environment = {}) {
  const child = spawn(process.execPath, [join(compiled, file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', onComplaint);
  const [status, signal] = await once(child, 'close');
  return signal ?? status;
}

function mebibytes(bytes) {
  return `${(bytes / MiB).toFixed(1)} MiB`;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
