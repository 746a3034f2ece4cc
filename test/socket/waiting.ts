// Handshakes that wait, many at once, on a server which goes on serving meanwhile.
//
//   node build-test/socket/waiting.js CONNECTIONS SEED ROUND...
//
// See helpers/waiting.ts for the rounds. Prints a line of JSON after each part of a round: see Part.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TLSSocket } from 'bladessl';
import { Random } from '../fuzz/random';
import { collect } from '../helpers/gc';
import { authority, someone } from '../helpers/identities';
import { type Program, startNode } from '../helpers/programs';
import { tlsListener } from '../helpers/socket-peers';
import { contextAsking, Questions, type Round, roundsOf } from '../helpers/waiting';
import type { RoundTrips } from './waiting-echo';

/** What a part of a round came to. */
export interface Part {
  readonly round: Round;
  readonly part: 'before' | 'asked' | 'held' | 'answered' | 'ended' | 'after';
  /** Bytes of resident memory. */
  readonly resident: number;
  readonly milliseconds: number;
  /** How late the event loop was. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly most: number };
  /** Those of a connection that talks all the time. */
  readonly trips: RoundTrips;
}

const untidy = { after: () => undefined } as never;

// That many round trips are made while all wait.
const tripsWhileHeld = 2000;
// That many answers come in one turn of the loop.
const answersInTurn = 100;

/** What comes of connections. */
class Connections {
  readonly open = new Set<TLSSocket>();
  readonly failures: Error[] = [];
  most = 0;
  echoes = 0;

  constructor(listener: TLSSocket) {
    listener.onHandshakeError((error) => this.failures.push(error));
    listener.onConnection((socket) => this.#serve(socket));
  }

  #serve(socket: TLSSocket): void {
    this.open.add(socket);
    this.most = Math.max(this.most, this.open.size);
    socket
      .onData((chunk) => {
        this.echoes += 1;
        socket.write(chunk);
      })
      .onEnd(() => socket.end())
      .onClose((error) => {
        if (error !== undefined) this.failures.push(error);
        this.open.delete(socket);
      });
  }
}

async function until(done: () => boolean): Promise<void> {
  // In the loop's own pace: what is measured is how late it is.
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
}

class Meter {
  readonly #round: Round;
  readonly #echo: Program;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 1 });
  #begin = performance.now();
  #lines = 0;

  constructor(round: Round, echo: Program) {
    this.#round = round;
    this.#echo = echo;
    this.#delay.enable();
  }

  async ends(part: Part['part']): Promise<void> {
    const [p50, p99, most] = [this.#delay.percentile(50), this.#delay.percentile(99), this.#delay.max];
    const milliseconds = performance.now() - this.#begin;
    this.#echo.write('tell\n');
    this.#lines += 1;
    const lines = await this.#echo.shows(new RegExp(`^(?:.*\n){${this.#lines - 1}}(.*)\n`));
    const told: Part = {
      round: this.#round,
      part,
      resident: process.memoryUsage.rss(),
      milliseconds,
      delay: { p50: p50 / 1e6, p99: p99 / 1e6, most: most / 1e6 },
      trips: JSON.parse(String(lines[1])),
    };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    this.#delay.reset();
    // It counts from its first tick.
    await until(() => this.#delay.count > 0);
    this.#begin = performance.now();
  }
}

/** Starts one of the client's programs, and tells it whom to trust and who it is. */
function startClient(file: string, port: number, ...args: readonly string[]): Program {
  const program = startNode(untidy, [join(__dirname, file), String(port), ...args]);
  const { certificate, privateKey } = someone;
  const credentials = [authority.certificate.pem, certificate.pem, privateKey.pem];
  program.write(`${JSON.stringify(credentials)}\n`);
  return program;
}

async function run(round: Round, count: number, random: Random): Promise<void> {
  const questions = new Questions(round);
  const options = { handshakeTimeout: 0, maxPendingHandshakes: count + 1 };
  const listener = await tlsListener(untidy, { context: contextAsking(questions), ...options });
  const connections = new Connections(listener);
  const echo = startClient('waiting-echo.js', listener.port);
  await until(() => connections.echoes >= tripsWhileHeld);
  const meter = new Meter(round, echo);
  await meter.ends('before');

  const crowd = startClient('waiting-crowd.js', listener.port, String(count), round);
  if (round !== 'now') await allWait(questions, connections, meter, count);
  if (round === 'abandoned') {
    await abandon(listener, questions, count);
    await crowd.shows(/^failed\n/);
    await meter.ends('ended');
  } else {
    await answerAll(questions, random);
    await crowd.shows(/^echoed\n/);
    assert.deepEqual([questions.asked, connections.most, connections.failures], [count, count + 1, []]);
    await meter.ends('answered');
  }
  crowd.end();
  const { status, stderr } = await crowd.ended;
  assert.deepEqual([status, stderr], [0, '']);
  await until(() => connections.open.size === 1);
  for (let i = 0; i < 5; i++) await collect();
  await meter.ends('after');
  echo.end();
  assert.equal((await echo.ended).status, 0);
  await listener.close();
}

/** Until each has been asked; none has an answer. */
async function allWait(
  questions: Questions,
  connections: Connections,
  meter: Meter,
  count: number,
): Promise<void> {
  await until(() => questions.asked === count);
  assert.deepEqual([questions.open, connections.open.size, connections.failures], [count, 1, []]);
  await meter.ends('asked');
  const before = connections.echoes;
  await until(() => connections.echoes >= before + tripsWhileHeld);
  await meter.ends('held');
}

async function answerAll(questions: Questions, random: Random): Promise<void> {
  while (questions.open > 0) {
    for (let i = 0; i < answersInTurn && questions.open > 0; i++) questions.answerAny(random);
    await nextTurn();
  }
}

/** Ends all that waits; the connection that talks stays. */
async function abandon(listener: TLSSocket, questions: Questions, count: number): Promise<void> {
  const closed = listener.close();
  await until(() => questions.aborted === count);
  await closed;
}

async function main(count: number, seed: number, names: readonly string[]): Promise<void> {
  const random = new Random(seed);
  for (const round of roundsOf(names)) await run(round, count, random);
}

main(Number(process.argv[2]), Number(process.argv[3]), process.argv.slice(4));
