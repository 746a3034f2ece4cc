// The random caller: calls members of the public classes in any order, with arguments right and wrong, on
// objects in any state. It ends with status 0 when each call returned, or threw an error of a known kind.
//
//   node build-test/fuzz/caller.js SEED CALLS [trace]
//
// The same seed makes the same calls; `trace` tells each before it is made.

import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { AcceptBIO, BIO, ConnectBIO, SSL, SSLBIO, SSLContext } from 'bladessl';
import { collectGarbage } from '../helpers/gc';
import { join as joinInMemory } from '../helpers/handshake';
import { clientContext, serverContext } from '../helpers/identities';
import { type Member, membersOf } from '../helpers/members';
import { argumentsFor } from './arguments';
import { Random } from './random';
import { World } from './world';

const [, , seedText, callsText, trace] = process.argv;
const seed = Number(seedText);
const calls = Number(callsText);

const world = new World();
const outcomes = { returned: 0, refused: 0 };
const wrong: string[] = [];

/** At once: the next call may be the last. */
function tell(line: string): void {
  if (trace !== undefined) writeSync(1, `${line}\n`);
}

function report(step: number, what: string, error: unknown): void {
  wrong.push(`step ${step}: ${what}: ${inspect(error)}`);
}

/** What no fault of the caller explains: an error without a code is one that nobody foresaw. */
function judge(step: number, what: string, error: unknown): void {
  outcomes.refused++;
  const code = (error as { code?: unknown } | null)?.code;
  tell(`${step} ${what}: ${code}`);
  const known = error instanceof Error && (typeof code === 'string' || error.name === 'AbortError');
  if (!known || code === 'ERR_INTERNAL') report(step, what, error);
}

function attempt(step: number, what: string, call: () => unknown): void {
  tell(`${step} ${what}`);
  try {
    const result = call();
    outcomes.returned++;
    if (result instanceof Promise) result.catch((error: unknown) => judge(step, what, error));
  } catch (error) {
    judge(step, what, error);
  }
}

const memberCache = new Map<object, Member[]>();

function membersLike(object: object): Member[] {
  const prototype = Object.getPrototypeOf(object);
  const members = memberCache.get(prototype) ?? membersOf(object);
  memberCache.set(prototype, members);
  return members;
}

/** Members whose arguments are descriptors, or that take long. */
function callSpecially(object: object, name: string, random: Random): (() => unknown) | undefined {
  if (name === 'loadDefaultTrust' && !random.chance(0.02)) return () => undefined;
  if (name !== 'setFd') return undefined;
  // A raw SSL never closes a descriptor.
  if (object instanceof SSL) return () => world.withSharedDescriptor((fd) => object.setFd(fd));
  return () => world.withDescriptor(random, (fd, close) => (object as BIO).setFd(fd, close));
}

function callMember(step: number, object: object, random: Random): void {
  const { name, kind } = random.pick(membersLike(object));
  const what = `${object.constructor.name}.${name}`;
  const special = callSpecially(object, name, random);
  if (special !== undefined) return attempt(step, what, special);
  if (kind === 'getter') return attempt(step, what, () => keepLinked(random, Reflect.get(object, name)));
  const values = argumentsFor(name, world, random);
  const shown =
    trace === undefined ? what : `${what}(${values.map((value) => inspect(value, { depth: 0 })).join(', ')})`;
  if (kind === 'setter') {
    return attempt(step, `${shown} =`, () => {
      (object as Record<string, unknown>)[name] = values[0];
    });
  }
  const method = Reflect.get(object, name) as (...list: unknown[]) => unknown;
  attempt(step, shown, () => keepLinked(random, Reflect.apply(method, object, values)));
}

/** Objects that a call hands out are played with as well. */
function keepLinked(random: Random, result: unknown): unknown {
  if (result instanceof Promise) result.then((value) => keepLinked(random, value)).catch(() => undefined);
  else if (result instanceof BIO || result instanceof SSL) world.keep(random, result);
  return result;
}

function startConversation(random: Random): void {
  const clientSide = random.chance(0.5) ? clientContext() : world.find(random, SSLContext);
  const serverSide = random.chance(0.5) ? serverContext() : world.find(random, SSLContext);
  if (clientSide === undefined || serverSide === undefined) return;
  const client = world.keep(random, new SSL(clientSide).setConnectState());
  const server = world.keep(random, new SSL(serverSide).setAcceptState());
  joinInMemory(client, server, random.pick(['pair', 'memory']));
  world.conversations[random.below(4)] = { client, server };
}

function continueConversation(step: number, random: Random): void {
  const conversation = world.conversations[random.below(4)];
  if (conversation === undefined) return;
  const { client, server } = conversation;
  for (let i = random.below(8); i > 0; i--) {
    attempt(step, 'client.doHandshake', () => client.doHandshake());
    attempt(step, 'server.doHandshake', () => server.doHandshake());
  }
  if (!random.chance(0.5)) return;
  attempt(step, 'client.write', () => client.write('ping'));
  attempt(step, 'server.read', () => server.read());
}

function buildChain(random: Random): void {
  const context = world.find(random, SSLContext);
  if (context === undefined) return;
  let chain: BIO = world.keep(random, new SSLBIO(context, { server: context.role === 'server' }));
  for (let length = random.below(4); length > 0; length--) {
    const link = world.find(random, BIO);
    if (link !== undefined) chain = random.chance(0.5) ? chain.push(link) : link.push(chain);
  }
}

/** A connection to one of the listeners, which takes it or leaves it. */
function connectSomewhere(random: Random): void {
  const listener = world.find(random, AcceptBIO);
  if (listener === undefined) return;
  if (listener.fd === undefined) {
    listener.acceptName = '127.0.0.1:0';
    listener.doAccept();
  }
  const client = world.keep(random, new ConnectBIO(`127.0.0.1:${listener.acceptPort}`).setNonBlocking());
  client.doConnect();
  if (random.chance(0.7)) listener.doAccept();
  if (random.chance(0.5) && listener.next !== undefined) world.keep(random, listener.pop() as BIO);
}

async function takeStep(step: number): Promise<void> {
  // Each step has numbers of its own: what a promise brings at another time does not change the next ones.
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b));
  const kind = random.below(100);
  if (kind < 22) return attempt(step, 'create', () => world.create(random));
  if (kind < 28) return attempt(step, 'join', () => startConversation(random));
  if (kind < 35) return continueConversation(step, random);
  if (kind < 40) return attempt(step, 'chain', () => buildChain(random));
  if (kind < 43) return attempt(step, 'connect', () => connectSomewhere(random));
  if (kind < 45) return collectGarbage();
  if (kind < 49) return await nextTurn();
  const object = world.any(random);
  if (object !== undefined) callMember(step, object, random);
}

async function main(): Promise<void> {
  process.on('unhandledRejection', (error) => report(calls, 'unhandled rejection', error));
  const folder = mkdtempSync(join(tmpdir(), 'bladessl-fuzz-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.chdir(folder);
  for (let step = 0; step < calls; step++) await takeStep(step);
  for (const line of wrong) console.log(line);
  console.log(`seed ${seed}: ${outcomes.returned} calls returned, ${outcomes.refused} were refused`);
  process.exit(wrong.length === 0 ? 0 : 1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
