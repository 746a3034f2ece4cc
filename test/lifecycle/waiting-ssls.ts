// Handshakes in memory that wait, many at once, and how much memory is resident meanwhile.
//
//   node build-test/lifecycle/waiting-ssls.js CONNECTIONS SEED ROUND...
//
// See helpers/waiting.ts for the rounds. Prints a line of JSON after each part of a round: see Part.

import assert from 'node:assert/strict';
import type { BIO, SSL } from 'bladessl';
import { Random } from '../fuzz/random';
import { collect } from '../helpers/gc';
import { carry, type Ends, ends, pump } from '../helpers/handshake';
import { clientContext, only, show, someone } from '../helpers/identities';
import { contextAsking, Questions, type Round, roundsOf, waitingNames } from '../helpers/waiting';

/** What a part of a round came to. */
export interface Part {
  readonly round: Round;
  readonly part: 'before' | 'asked' | 'answered' | 'after';
  /** Bytes of resident memory. */
  readonly resident: number;
}

function freeEnd(ssl: SSL): void {
  const links = new Set([ssl.rbio, ssl.wbio] as BIO[]);
  ssl.free();
  for (const link of links) link.free();
}

/** Goes on until the server's callback has been asked. */
function shakeUntilAsked({ client, server }: Ends, questions: Questions): void {
  const before = questions.asked;
  while (questions.asked === before) {
    client.doHandshake();
    server.doHandshake();
  }
}

function assertEchoes({ client, server }: Ends): void {
  const { clientError, serverError } = pump(client, server);
  assert.deepEqual([clientError, serverError], [undefined, undefined]);
  assert.equal(carry(client, server, 'ping'), 'ping');
  assert.equal(carry(server, client, 'pong'), 'pong');
}

async function run(round: Round, count: number, random: Random): Promise<void> {
  const tell = (part: Part['part']): void => {
    const told: Part = { round, part, resident: process.memoryUsage.rss() };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  };
  const questions = new Questions(round);
  const server = contextAsking(questions);
  const contexts = [only(clientContext(), 'TLSv1.2'), only(clientContext(), 'TLSv1.3')] as const;
  for (const context of contexts) show(context, someone);
  const made: Ends[] = [];
  tell('before');
  for (let number = 0; number < count; number++) {
    const pair = ends(number % 2 === 0 ? contexts[0] : contexts[1], server);
    pair.client.hostname = waitingNames[number % waitingNames.length];
    shakeUntilAsked(pair, questions);
    made.push(pair);
  }
  assert.deepEqual([questions.asked, questions.open], [count, round === 'now' ? 0 : count]);
  tell('asked');
  if (round !== 'abandoned') {
    while (questions.open > 0) questions.answerAny(random);
    for (const pair of made) await pair.server.settled;
    for (const pair of made) assertEchoes(pair);
    assert.equal(questions.asked, count);
    tell('answered');
  }
  for (const pair of made) for (const end of [pair.client, pair.server]) freeEnd(end);
  made.length = 0;
  for (let i = 0; i < 5; i++) await collect();
  if (round === 'abandoned') assert.equal(questions.aborted, count);
  for (const context of [...contexts, server]) context.free();
  tell('after');
}

async function main(count: number, seed: number, names: readonly string[]): Promise<void> {
  const random = new Random(seed);
  for (const round of roundsOf(names)) await run(round, count, random);
}

main(Number(process.argv[2]), Number(process.argv[3]), process.argv.slice(4));
