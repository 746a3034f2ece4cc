// The part of the soak that has handshakes wait: what it runs, its figures, and what it allows.
import { count, Progress } from './progress.mjs';

const MiB = 1024 * 1024;
const handshakes = 10_000;

// The first round with waiting warms up, the second is held against it.
const programs = [
  { title: 'connections of a server', file: 'socket/waiting.js', parts: 23 },
  { title: 'SSLs in memory', file: 'lifecycle/waiting-ssls.js', parts: 19 },
];
const rounds = ['now', 'later', 'later', 'abandoned', 'later'];
const warm = 1;
const held = [2, 4];
const allowedShare = 0.15;

/** `runFile` runs a compiled file of the tests; tells whether all is well. */
export async function waiting(seed, runFile) {
  console.log(`     the order of the answers comes from --seed ${seed}`);
  let ok = true;
  for (const program of programs) ok = (await runOne(program, seed, runFile)) && ok;
  return ok;
}

async function runOne({ title, file, parts }, seed, runFile) {
  const progress = new Progress(title, parts, 'parts');
  const told = [];
  const status = await runFile([file, String(handshakes), String(seed), ...rounds], (line) => {
    told.push(JSON.parse(line));
    progress.show(told.length, describe(told.at(-1)));
  });
  progress.end();
  for (const part of told) console.log(`     ${describe(part)}`);
  const left = told.filter(({ part }) => part === 'after').map(({ resident }) => resident);
  const most = Math.max(...held.map((round) => left[round]));
  const ok = status === 0 && most < left[warm] * (1 + allowedShare);
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} ${count(handshakes)} ${title} have waited: ${mebibytes(left[warm])} are left after the ` +
      `first time, at most ${mebibytes(most)} after others; ${allowedShare * 100} % more are allowed`,
  );
  return ok;
}

function describe({ round, part, resident, delay, trips }) {
  const memory = `${round}, ${part}: ${mebibytes(resident)}`;
  if (delay === undefined || trips.count === 0) return memory;
  const late = [delay.p50, delay.p99, delay.most].map((ms) => ms.toFixed(1)).join(' / ');
  const talk = [trips.p50, trips.p99, trips.most].map((ms) => ms.toFixed(2)).join(' / ');
  return `${memory}; the loop is late ${late} ms, a round trip takes ${talk} ms (p50 / p99 / most)`;
}

function mebibytes(bytes) {
  return `${(bytes / MiB).toFixed(1)} MiB`;
}
