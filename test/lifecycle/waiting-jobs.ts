// Processes and workers with handshakes that wait for answers, as lifecycle/jobs.ts has those with other things.
//
//   node build-test/lifecycle/waiting-jobs.js 'everything-waits'

import { once } from 'node:events';
import type { AddressInfo, Socket as NetSocket } from 'node:net';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createServer } from 'node:tls';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Socket, SSL, SSLBIO, type SSLContext, TLSSocket, type TLSVersion } from 'bladessl';
import { type AnyCallback, type CallbackCase, callbackCases } from '../helpers/callback-cases';
import { tcpConnection } from '../helpers/chains';
import { collectGarbage } from '../helpers/gc';
import { type Ends, ends } from '../helpers/handshake';
import { clientContext, localhost, serverContext, show } from '../helpers/identities';
import { remoteKeyOf, showRemotely } from '../helpers/remote-keys';
import { tlsClient, tlsListener } from '../helpers/socket-peers';

type Job = (started: () => void) => void | Promise<void>;

const kept: unknown[] = [];
const untidy = { after: () => undefined } as unknown as TestContext;
const never: AnyCallback = () => new Promise(() => {}) as never;
const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

function advance({ client, server }: Ends): boolean {
  return [client, server].map((ssl) => ssl.isInitFinished || ssl.doHandshake() === 1).every(Boolean);
}

/** Two SSLs in memory, one of which asks. */
function begin(one: CallbackCase, version: TLSVersion, ask: AnyCallback): Ends {
  const prepared = one.prepare(version);
  Object.assign(prepared[one.side], { [one.callback]: ask });
  const made = ends(prepared.client, prepared.server, {
    prepare: ({ client }) => {
      client.hostname = 'localhost';
      if (prepared.session !== undefined) client.session = prepared.session;
    },
  });
  for (let turn = 0; turn < 5; turn++) advance(made);
  return made;
}

/** One of each callback, in memory. */
function inMemory(ask: AnyCallback): Ends[] {
  return versions.flatMap((version) => callbackCases.map((one) => begin(one, version, ask)));
}

function judged(ask: AnyCallback): SSLContext {
  const context = clientContext();
  context.onVerify = ask as never;
  return context;
}

/** Clients and servers on the loopback that wait: for verdicts, and for a signature. */
async function overSockets(ask: AnyCallback, count = 5): Promise<void> {
  const waiting = remoteKeyOf(localhost, ask as never);
  const listeners = [
    await tlsListener(untidy, { context: show(serverContext(), localhost) }),
    await tlsListener(untidy, { context: showRemotely(serverContext(), localhost, waiting) }),
  ];
  kept.push(listeners);
  for (const listener of listeners) {
    for (let i = 0; i < count; i++) {
      const client = tlsClient(untidy, { context: judged(ask) });
      client.connect('localhost', listener.port).catch(() => {});
      kept.push(client);
    }
  }
}

async function overChains(ask: AnyCallback): Promise<void> {
  const plain = await tcpConnection(untidy);
  const client = new SSLBIO(judged(ask)).push(plain.client);
  const server = new SSLBIO(serverContext()).push(plain.server);
  client.handshake({ servername: 'localhost' }).catch(() => {});
  server.handshake().catch(() => {});
  kept.push(client, server);
}

async function everything(ask: AnyCallback): Promise<void> {
  kept.push(inMemory(ask));
  await overSockets(ask);
  await overChains(ask);
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

const jobs: Readonly<Record<string, Job>> = {
  'everything-waits': async (started) => {
    await everything(never);
    started();
  },
  'everything-waits-and-is-collected': async (started) => {
    await everything(never);
    kept.length = 0;
    collectGarbage();
    started();
    for (;;) {
      await nextTurn();
      inMemory(never);
      collectGarbage();
    }
  },
  'endless-answers': async (started) => {
    const later: AnyCallback = () => nextTurn().then(() => true) as never;
    await overSockets(later);
    started();
    for (;;) {
      const made = inMemory(later);
      await Promise.all(made.flatMap(({ client, server }) => [client.settled, server.settled]));
      for (const one of made) {
        try {
          advance(one);
        } catch {
          // Not every callback takes true for an answer.
        }
      }
    }
  },
  'exit-while-everything-waits': async () => {
    await everything(never);
    process.exit(7);
  },
  'exit-inside-a-callback': async () => {
    kept.push(inMemory(never));
    await overSockets(() => process.exit(7) as never);
    await new Promise(() => {});
  },
  'exit-inside-a-callback-in-memory': () => {
    kept.push(inMemory(never));
    inMemory(() => process.exit(7) as never);
  },
  'exit-inside-an-abort': async () => {
    await everything(never);
    const made = begin(callbackCases[0] as CallbackCase, 'TLSv1.3', ({ signal }) => {
      signal.addEventListener('abort', () => process.exit(7));
      return new Promise(() => {}) as never;
    });
    made.client.free();
    process.exit(1);
  },
  'exit-before-the-answer': async () => {
    await everything(async () => {
      await nextTurn();
      process.exit(7);
    });
    await new Promise(() => {});
  },
  'answer-in-an-exit-handler': async () => {
    const answers: ((answer: unknown) => void)[] = [];
    const ask: AnyCallback = () => new Promise((resolve) => answers.push(resolve)) as never;
    await everything(ask);
    process.on('exit', () => {
      for (const answer of answers) answer(true);
      for (const { client, server } of kept.flat() as Ends[]) {
        if (!(client instanceof SSL)) continue;
        client.free();
        server.free();
      }
      if (isMainThread) process.stdout.write('answered\n');
    });
    process.exit(7);
  },
  'nothing-else-to-do': (started) => {
    kept.push(inMemory(never));
    started();
  },
  'a-socket-that-keeps-nobody': async (started) => {
    const [cert, key] = [localhost.certificate.pem, localhost.privateKey.pem];
    const listener = createServer({ cert, key }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    listener.unref().on('connection', (socket: NetSocket) => socket.unref());
    const plain = new Socket();
    await plain.connect('127.0.0.1', (listener.address() as AddressInfo).port);
    const asked = new Promise<void>((resolve) => {
      const context = judged(() => {
        resolve();
        return new Promise(() => {}) as never;
      });
      const client = new TLSSocket(plain, context).unref();
      client.handshake({ servername: 'localhost' }).catch(() => {});
      kept.push(client);
    });
    // The socket keeps nobody from ending; this does, until then.
    const busy = setInterval(() => {}, 1000);
    await asked;
    clearInterval(busy);
    started();
  },
};

async function main(): Promise<void> {
  const name: string = isMainThread ? (process.argv[2] ?? '') : workerData;
  const job = jobs[name];
  if (job === undefined) throw new Error(`there is no job '${name}'`);
  await job(() => {
    if (parentPort === null) process.stdout.write('started\n');
    else parentPort.postMessage('started');
  });
}

main();
