// The hostile caller: calls what the package offers in any order, with arguments right and wrong, on objects
// in any state, also from inside its own callbacks. What there is to call it reads from the typings. It ends
// with status 0 when each call returned, or threw an error of a known kind, and none went on for ever.
//
//   node build-test/fuzz/caller.js SEED CALLS [trace]
//
// The same seed makes the same calls, as far as the network answers in the same order; `trace` tells each
// before it is made. To a parent process it says how far it is, and in the end which members have succeeded.

import dns from 'node:dns';
import { mkdtempSync, rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { collectGarbage } from '../helpers/gc';
import { Calls } from './calls';
import { Player } from './player';
import { Random } from './random';
import { playScene } from './scenes';
import { keysOf, type Model, readTypings } from './typings';
import { World } from './world';

const [, , seedText, callsText, trace] = process.argv;
const seed = Number(seedText);
const wanted = Number(callsText);
const endsWithin = 20_000;
const tellsEvery = 250;

/** No name but that of this machine is asked for, whatever a call may say. */
function resolveOnlyLocalhost(): void {
  const lookup = dns.lookup as (...args: unknown[]) => void;
  const guarded = (name: string, ...rest: unknown[]): void => {
    if (name === 'localhost' || isIP(name) !== 0) return lookup(name, ...rest);
    const fields = { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo' };
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), fields);
    setImmediate(rest.at(-1) as (error: Error) => void, error);
  };
  Object.assign(dns, { lookup: guarded });
}

async function takeStep(player: Player): Promise<void> {
  const { calls, world } = player;
  // Each step has numbers of its own: what a promise brings at another time does not change the next ones.
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(calls.step, 0x85ebca6b));
  const kind = random.below(1000);
  if (kind < 150) player.create(random);
  else if (kind < 200) playScene(player, random);
  else if (kind < 205) collectGarbage();
  else if (kind < 210) await world.refill();
  else if (kind < 260) await nextTurn();
  else player.callAny(random);
}

/** Tells the parent process, if there is one, and waits until it has been told. */
async function tellParent(message: object): Promise<void> {
  if (process.send === undefined) return;
  await new Promise<void>((resolve) => process.send?.(message, () => resolve()));
}

async function play(model: Model, calls: Calls): Promise<void> {
  const world = await World.create(model);
  const player = new Player(model, world, calls);
  let told = 0;
  for (; calls.made < wanted; calls.step++) {
    await takeStep(player);
    if (calls.made - told < tellsEvery) continue;
    told = calls.made;
    await tellParent({ made: Math.min(told, wanted), step: calls.step });
  }
  // The other half ends amid all that goes on.
  if (seed % 2 === 0) return;
  player.endAll(new Random(seed));
  await calls.settled(endsWithin);
}

async function main(): Promise<void> {
  const calls = new Calls(trace !== undefined);
  process.on('unhandledRejection', (error) => calls.judgeUncaught(error));
  process.on('uncaughtException', (error) => calls.judgeUncaught(error));
  resolveOnlyLocalhost();
  const folder = mkdtempSync(join(tmpdir(), 'bladessl-fuzz-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const model = readTypings();
  process.chdir(folder);
  await play(model, calls);
  for (const line of calls.wrong) console.log(line);
  console.log(`seed ${seed}: ${calls.made - calls.refused} calls returned, ${calls.refused} were refused`);
  const members = keysOf(model);
  await tellParent({ ...calls.summary(), members });
  process.exit(calls.wrong.length === 0 ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
