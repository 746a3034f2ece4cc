// Sequences of calls that get further than random ones would: handshakes, chains, connections, streams. The
// objects stay, in the states that they have come to.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';
import {
  AcceptBIO,
  BIO,
  Certificate,
  type CertificateIssuer,
  ConnectBIO,
  MemoryBIO,
  Socket,
  type SocketStream,
  SSL,
  SSLBIO,
  SSLContext,
  TLSSocket,
} from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { authority, clientContext, localhost, serverContext } from '../helpers/identities';
import type { Player } from './player';
import type { Random } from './random';

type Scene = (player: Player, random: Random) => unknown;
type AnySocket = Socket | TLSSocket;

/** Two SSLs that are joined in memory, shake hands and talk. */
function converse(player: Player, random: Random): void {
  const { world } = player;
  const clientSide = random.chance(0.7) ? clientContext() : world.find(random, SSLContext);
  const serverSide = random.chance(0.7) ? serverContext() : world.find(random, SSLContext);
  const client = player.make(random, SSL, clientSide);
  const server = player.make(random, SSL, serverSide);
  player.use(random, client, 'setConnectState');
  player.use(random, server, 'setAcceptState');
  const [one, two] = random.chance(0.5) ? BIO.pair() : [new MemoryBIO(), new MemoryBIO()];
  const isPair = one.constructor === BIO;
  player.use(random, client, 'setBio', one, isPair ? undefined : two);
  player.use(random, server, 'setBio', two, isPair ? undefined : one);
  const shakes = random.chance(0.5) ? ['doHandshake', 'doHandshake'] : ['connect', 'accept'];
  for (let turns = random.below(6); turns > 0; turns--) {
    player.use(random, client, shakes[0] as string);
    player.use(random, server, shakes[1] as string);
  }
  if (random.chance(0.3)) return;
  player.use(random, client, 'write', 'ping');
  player.use(random, server, random.pick(['read', 'peek']));
  player.use(random, server, 'writev', ['po', 'ng']);
  player.use(random, client, 'readInto', Buffer.alloc(10));
  player.use(random, client, 'session');
}

const answers = {
  onVerify: true,
  verifyChain: true,
  onClientHello: undefined,
  onServerName: undefined,
  onAlpn: undefined,
  onCertificate: localhost,
} as const;

/** Two SSLs whose callbacks answer at once or later, and do anything before and meanwhile. */
async function waitForAnswers(player: Player, random: Random): Promise<void> {
  const ask = (answer: unknown) => () => {
    if (random.chance(0.3)) player.callAny(random);
    if (random.chance(0.3)) return answer;
    return nextTurn().then(() => {
      if (random.chance(0.3)) player.callAny(random);
      return answer;
    });
  };
  const [client, server] = [clientContext(), serverContext()].map((context) => {
    for (const [name, answer] of Object.entries(answers)) {
      const judges = name === 'onVerify' || name === 'verifyChain';
      const suits = judges || name === 'onCertificate' || context.role === 'server';
      if (suits && random.chance(0.4)) Object.assign(context, { [name]: ask(answer) });
    }
    player.world.adopt(random, context);
    return player.make(random, SSL, context);
  });
  const [one, two] = BIO.pair();
  player.use(random, client, 'setBio', one);
  player.use(random, server, 'setBio', two);
  for (let turns = 1 + random.below(20); turns > 0; turns--) {
    for (const ssl of [client, server]) player.use(random, ssl, 'doHandshake');
    await nextTurn();
  }
  for (const ssl of [client, server]) player.use(random, ssl, 'settled');
}

/** A certificate is looked at from all sides, and its names. */
function lookAtCertificate(player: Player, random: Random): void {
  const certificate = player.make(
    random,
    Certificate,
    random.pick([localhost.certificate.pem, rootCertificates[0]]),
  );
  if (certificate === undefined) return;
  for (let looks = random.below(40); looks > 0; looks--)
    player.callMember(random, certificate, /^(?!free|dispose)/);
  const name = player.use(random, certificate, random.pick(['subjectName', 'issuerName'])) as
    | object
    | undefined;
  for (let looks = random.below(10); looks > 0; looks--) player.callMember(random, name);
}

/** Filters on top of each other, over anything. */
function buildChain(player: Player, random: Random): void {
  const { world } = player;
  const context = world.find(random, SSLContext);
  if (context === undefined || context.freed) return;
  let chain: BIO | undefined = player.make(random, SSLBIO, context, { server: context.role === 'server' });
  for (let length = random.below(4); length > 0 && chain !== undefined; length--) {
    const link = world.find(random, BIO);
    const [above, below] = random.chance(0.5) ? [chain, link] : [link, chain];
    player.use(random, above, 'push', below);
  }
}

/** A connection that is to be made, or waited for, with settings of all kinds. */
function setAddresses(player: Player, random: Random): void {
  const isClient = random.chance(0.5);
  const bio = player.make<BIO>(random, isClient ? ConnectBIO : AcceptBIO);
  for (let left = 4; left > 0; left--)
    player.callMember(random, bio, isClient ? /^conn[A-Z]/ : /^accept[A-Z]/);
}

/** A connection to one of the listeners, step by step. */
function connectChain(player: Player, random: Random): void {
  const { world } = player;
  const listener = world.find(random, AcceptBIO);
  if (listener === undefined || listener.freed) return;
  if (listener.fd === undefined) {
    player.use(random, listener, 'setNonBlocking');
    listener.acceptName = '127.0.0.1:0';
    player.use(random, listener, 'doAccept');
  }
  const client = player.make(random, ConnectBIO, `127.0.0.1:${listener.acceptPort}`);
  player.use(random, client, 'doConnect');
  if (random.chance(0.7)) player.use(random, listener, 'doAccept');
  if (random.chance(0.5) && listener.next !== undefined) player.use(random, listener, 'pop');
}

/** The same with promises, TLS on top. */
async function talkThroughChains(player: Player, random: Random): Promise<void> {
  const listener = player.make(random, AcceptBIO, '127.0.0.1:0');
  await player.use(random, listener, 'listen', { timeout: 1000 });
  if (listener === undefined || listener.freed) return;
  const client = player.make(random, ConnectBIO, `127.0.0.1:${listener.acceptPort}`);
  const accepted = player.use(random, listener, 'accept', { timeout: 1000 });
  await player.use(random, client, 'connect', { timeout: 1000 });
  const server = (await accepted) as BIO | undefined;
  if (server === undefined || client === undefined) return;
  const above = player.make(random, SSLBIO, clientContext());
  const aboveServer = player.make(random, SSLBIO, serverContext());
  player.use(random, above, 'push', client);
  player.use(random, aboveServer, 'push', server);
  const options = { timeout: 1000, servername: 'localhost' };
  await Promise.all([
    player.use(random, above, 'handshake', options),
    player.use(random, aboveServer, 'handshake', { timeout: 1000 }),
  ]);
  await player.use(random, above, 'writeAsync', 'ping', { timeout: 1000 });
  await player.use(random, above, 'flushAsync', { timeout: 1000 });
  await player.use(random, aboveServer, 'readAsync', 4, { timeout: 1000 });
}

/** Two sockets that are connected: over TCP, a Unix socket, streams, or sockets of Node's. */
async function connectSockets(player: Player, random: Random): Promise<void> {
  const way = random.below(10);
  if (way < 2) return await joinStreams(player, random);
  const type = random.chance(0.6) ? TLSSocket : Socket;
  const tls = type === TLSSocket;
  const threads = { handshakeThreads: random.pick([0, 0, 1]) };
  const listener = player.make<AnySocket>(
    random,
    type,
    tls ? { context: serverContext(), ...threads } : undefined,
  );
  const path = `socket-${random.below(5)}`;
  const where = way < 7 ? [0, '127.0.0.1'] : [{ path }];
  await player.use(random, listener, 'bind', ...where);
  await player.use(random, listener, 'listen');
  if (listener === undefined || !listener.isListening) return;
  const client = player.make<AnySocket>(
    random,
    type,
    tls ? { context: clientContext(), ...threads } : undefined,
  );
  if (random.chance(0.3)) player.callMember(random, listener, /^onConnection$/);
  const accepted = player.use(random, listener, 'accept');
  const to = way < 7 ? ['127.0.0.1', listener.port] : [{ path }, undefined, { servername: 'localhost' }];
  await player.use(random, client, 'connect', ...to);
  await talk(player, random, client, (await accepted) as AnySocket | undefined);
}

/** TLS over the two ends of a stream, or over plain sockets on them. */
async function joinStreams(player: Player, random: Random): Promise<void> {
  const ends = duplexPair().map((end) => end.on('error', () => {}));
  const below = random.chance(0.5) ? ends.map((end) => Socket.from(end)) : ends;
  const client = player.make(random, TLSSocket, below[0], clientContext());
  const server = player.make(random, TLSSocket, below[1], serverContext());
  const { sessions } = player.world;
  if (client !== undefined && sessions.length > 0 && random.chance(0.5)) {
    player.calls.attempt(
      'TLSSocket#session=',
      () => 'a session',
      () => {
        client.session = random.pick(sessions);
      },
    );
  }
  await Promise.all([
    player.use(random, client, 'handshake', { servername: 'localhost' }),
    player.use(random, server, 'handshake', random.chance(0.5) ? { server: true } : undefined),
  ]);
  await talk(player, random, client, server);
}

async function talk(
  player: Player,
  random: Random,
  one: AnySocket | undefined,
  two: AnySocket | undefined,
): Promise<void> {
  const [from, to] = random.chance(0.5) ? [one, two] : [two, one];
  const face = random.below(4);
  if (face === 0) player.callMember(random, to, /^onData$/);
  if (face === 1) useStream(player, random, player.use(random, to, 'stream') as SocketStream | undefined);
  if (face > 1) void player.use(random, to, random.pick(['receive', 'read', 'Symbol.asyncIterator']));
  for (const name of [/^onEnd$/, /^onDrain$/, /^onClose$/]) player.callMember(random, to, name);
  player.use(random, from, 'write', 'x'.repeat(random.pick([1, 100, 100_000])));
  await player.use(random, from, 'send', random.pick(['hello', Buffer.alloc(300_000)]));
  if (random.chance(0.3)) await player.use(random, from, 'shutdown');
  if (random.chance(0.3)) player.callMember(random, to, /^shutdown$/);
}

/** What the users of a stream do; those members are Node's, and end in ours. */
function useStream(player: Player, random: Random, stream: SocketStream | undefined): void {
  if (stream === undefined) return;
  const doings: readonly (() => unknown)[] = [
    () => stream.write('x'.repeat(random.pick([1, 100_000]))),
    () => stream.read(),
    () => stream.resume(),
    () => stream.pause(),
    () => stream.end(),
    () => stream.destroy(random.chance(0.5) ? new Error('destroyed') : undefined),
    () => stream.cork(),
    () => stream.uncork(),
    () => stream.unshift(Buffer.alloc(3)),
    () => stream.on('data', () => player.callAny(random)),
  ];
  for (let left = random.below(5); left > 0; left--) {
    player.calls.attempt('Duplex', () => 'a stream', random.pick(doings));
  }
}

function useAnyStream(player: Player, random: Random): void {
  const type = player.world.classes.get('SocketStream')?.type;
  if (type !== undefined)
    useStream(player, random, player.world.find(random, type) as SocketStream | undefined);
}

/** A chain of certificates from a CA, of which any may be wrong. */
function issueChain(player: Player, random: Random): void {
  let issuer: CertificateIssuer = authority;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const faults = random.chance(0.2) ? [random.pick(['version-1', 'bad-signature'] as const)] : [];
    const options = {
      commonName: `CA ${left}`,
      issuer,
      ca: left > 1,
      pathLength: left > 1 ? left : undefined,
      faults,
    };
    const made = player.calls.attempt(
      'Certificate.generate()',
      () => `a chain, ${left} to go, ${faults}`,
      () => Certificate.generate(options),
    );
    if (made === undefined) return;
    issuer = made as CertificateIssuer;
    player.world.adopt(random, issuer.certificate);
    player.world.adopt(random, issuer.privateKey);
  }
}

const scenes: readonly Scene[] = [
  ...Array<Scene>(6).fill(converse),
  ...Array<Scene>(3).fill(waitForAnswers),
  ...Array<Scene>(3).fill(buildChain),
  ...Array<Scene>(2).fill(setAddresses),
  ...Array<Scene>(3).fill(connectChain),
  ...Array<Scene>(2).fill(talkThroughChains),
  ...Array<Scene>(5).fill(connectSockets),
  ...Array<Scene>(2).fill(useAnyStream),
  ...Array<Scene>(2).fill(lookAtCertificate),
  ...Array<Scene>(2).fill(issueChain),
];

/** Plays one of the scenes; it may go on for a while. */
export function playScene(player: Player, random: Random): void {
  const play = async (): Promise<unknown> => await random.pick(scenes)(player, random);
  play().catch((error: unknown) => player.calls.judge('a scene', error));
}
