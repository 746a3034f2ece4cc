// What processes and workers of the lifecycle tests do. In a process the job's name is the first argument,
// in a worker it is the data; each job says 'started' when it is in the middle of what it is about.
//
//   node build-test/lifecycle/jobs.js 'accept-pending'

import { strictEqual } from 'node:assert/strict';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import {
  AcceptBIO,
  BIO,
  BufferBIO,
  Certificate,
  ConnectBIO,
  MemoryBIO,
  PrivateKey,
  SSL,
  SSLBIO,
  type SSLError,
  TLSServerContext,
} from 'bladessl';
import { tcpConnection, tlsConnection, tlsPair } from '../helpers/chains';
import { collect } from '../helpers/gc';
import { attempt, carry, connected } from '../helpers/handshake';
import { authority, clientContext, localhost, only, serverContext, someone } from '../helpers/identities';
import { tlsClient, tlsListener, tlsSockets } from '../helpers/socket-peers';
import { encryptedKey, password } from './encrypted-key';
import { chain, conversation, freeInOrders, twoWays } from './free-orders';
import { socketsInAllStates, states } from './socket-states';

type Job = (started: () => void) => void | Promise<void>;

const kept: unknown[] = [];

/** For helpers that tidy up after a test: here nobody does, that is the point. */
const untidy = { after: () => undefined } as unknown as TestContext;

/** A record that goes out in halves, with the rest of the write in smaller pieces, through a buffer. */
function halfSent(client: SSLBIO, server: SSLBIO): void {
  const head = new BufferBIO(30_000).push(client);
  const data = Buffer.alloc(40_000, 'x');
  let received = 0;
  for (let sent = 0; sent < data.length; received += server.read(65536)?.length ?? 0) {
    const size = received === 0 ? data.length : 5000;
    sent += Math.max(0, head.write(data.subarray(sent, sent + size)));
  }
  while (head.flush() < 0) received += server.read(65536)?.length ?? 0;
  for (let part = server.read(65536); part !== null; part = server.read(65536)) received += part.length;
  strictEqual(received, data.length);
  head.pop();
}

/** Handshakes that succeed and that fail, chains, certificates: once each, with all their results checked. */
function rounds(): void {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const { client, server } = connected(only(clientContext(), version), serverContext(), {
      transport: 'pair',
    });
    strictEqual(client.version, version);
    strictEqual(carry(client, server, 'ping'), 'ping');
    const refused = attempt(clientContext(someone.certificate), serverContext());
    strictEqual(refused.clientError?.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
    strictEqual(refused.serverError?.alert?.name, 'unknown_ca');
  }
  const { client, server } = tlsPair(untidy);
  client.write('ping');
  strictEqual(server.read()?.toString(), 'ping');
  halfSent(client, server);
  client.freeAll();
  server.freeAll();
  strictEqual(new Certificate(localhost.certificate.pem).subject, 'CN=localhost');
  strictEqual(new PrivateKey(encryptedKey, password).type, 'ec');
}

function failures(): void {
  for (const call of [
    () => new Certificate(Buffer.from('no certificate')),
    () => new PrivateKey(Buffer.of(1)),
    () => new SSL(new TLSServerContext()).setConnectState(),
    () => new ConnectBIO('localhost:1').doConnect(),
  ]) {
    try {
      call();
      throw new Error('no error');
    } catch (error) {
      strictEqual(typeof (error as SSLError).code, 'string');
    }
  }
}

/** Objects freed in some of the orders that free-order.test.ts goes through. */
function oddOrders(): void {
  for (const steps of [0, 1, 3]) {
    freeInOrders(() => conversation(steps), 100);
    freeInOrders(() => chain(steps), 100);
  }
  freeInOrders(twoWays, 5);
}

function certificates(): void {
  for (const key of ['ec', 'ed25519', 'rsa'] as const) {
    const made = Certificate.generate({ commonName: 'x', key, issuer: authority });
    const read = new Certificate(made.certificate.raw);
    strictEqual(read.checkPrivateKey(new PrivateKey(made.privateKey.pem)), true);
    strictEqual(read.altNames.length, 1);
    strictEqual(Certificate.parse(read.pem + authority.certificate.pem).length, 2);
  }
}

/** For ever, in one go: the loop turns at the beginning only. */
function endless(body: () => void): Job {
  return async (started) => {
    body();
    started();
    await nextTurn();
    for (;;) body();
  };
}

async function pendingAccepts(): Promise<AcceptBIO> {
  const listener = new AcceptBIO('127.0.0.1:0');
  await listener.listen();
  for (let i = 0; i < 10; i++) listener.accept().catch(() => undefined);
  return listener;
}

/** A client's chain in the middle of its handshake: nobody answers. */
async function pendingHandshake(): Promise<void> {
  const { client, server } = await tcpConnection(untidy);
  kept.push(server);
  const chain = new SSLBIO(clientContext()).push(client);
  chain.handshake({ servername: 'localhost' }).catch(() => undefined);
  await nextTurn();
}

async function pendingReads(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const [plain, secure] = [await tcpConnection(untidy), await tlsConnection(untidy)];
    for (const end of [plain.client, plain.server, secure.client, secure.server]) {
      end.readAsync(5).catch(() => undefined);
      end.readAsync(5, { timeout: 1_000_000 }).catch(() => undefined);
    }
  }
}

/** One of everything, in all states, held until the end. */
async function liveObjects(): Promise<void> {
  const { client, server } = connected(clientContext(), serverContext(), { transport: 'memory' });
  const begun = new SSL(clientContext()).setBio(new MemoryBIO(), new MemoryBIO());
  begun.doHandshake();
  kept.push(
    client,
    server,
    begun,
    ...BIO.pair(),
    new BufferBIO().push(new MemoryBIO('data')),
    tlsPair(untidy),
  );
  kept.push(await tlsConnection(untidy), new ConnectBIO('127.0.0.1:1'), authority, new TLSServerContext());
}

const socketMoments = ['onData', 'onEnd', 'onDrain', 'onClose', 'onConnection', 'onHandshakeError'] as const;

/** Does something inside a listener of a socket. */
async function inside(moment: (typeof socketMoments)[number], act: () => void): Promise<void> {
  const listener = await tlsListener(untidy);
  if (moment === 'onHandshakeError') {
    listener.onHandshakeError(act);
    connect(listener.port, '127.0.0.1').end('no TLS');
    return;
  }
  if (moment === 'onConnection') listener.onConnection(act);
  const accepted = moment === 'onConnection' ? undefined : listener.accept();
  const client = tlsClient(untidy);
  await client.connect('127.0.0.1', listener.port);
  const server = await accepted;
  if (server === undefined) return;
  server.onData(() => (moment === 'onData' ? act() : undefined));
  if (moment === 'onEnd') server.onEnd(act);
  if (moment === 'onDrain') server.onDrain(act);
  if (moment === 'onClose') server.onClose(act);
  client.onData(() => {});
  client.write('x');
  if (moment === 'onDrain') server.write(Buffer.alloc(1 << 20));
  if (moment === 'onEnd') client.end();
  if (moment === 'onClose') await client.close({ abort: true });
}

const jobs: Readonly<Record<string, Job>> = {
  rounds: rounds,
  failures: failures,
  'odd-orders': oddOrders,
  certificates: certificates,
  'endless-contexts': endless(() => {
    clientContext();
    serverContext();
  }),
  'endless-handshakes': endless(rounds),
  'endless-failures': endless(failures),
  'endless-certificates': endless(() => {
    kept[0] = new Certificate(Certificate.generate({ commonName: 'x' }).certificate.pem);
  }),
  'endless-messages': async (started) => {
    const { client, server } = await tlsConnection(untidy);
    const echo = async () => {
      for (;;) await server.writeAsync(await server.readAsync());
    };
    echo().catch(() => undefined);
    started();
    for (;;) {
      await client.writeAsync('ping');
      strictEqual((await client.readAsync()).toString(), 'ping');
    }
  },
  'accept-pending': async (started) => {
    await pendingAccepts();
    started();
  },
  'handshake-pending': async (started) => {
    await pendingHandshake();
    started();
  },
  'read-pending': async (started) => {
    await pendingReads();
    started();
  },
  'write-pending': async (started) => {
    const { client, server } = await tlsConnection(untidy);
    const head = new BufferBIO().push(client);
    for (const link of [head, client, head]) link.writeAsync(Buffer.alloc(1 << 24)).catch(() => undefined);
    kept.push(head, server);
    await nextTurn();
    started();
  },
  'live-objects': async (started) => {
    await liveObjects();
    started();
  },
  'live-objects-pending': async (started) => {
    await liveObjects();
    await pendingReads();
    await pendingHandshake();
    await pendingAccepts();
    started();
  },
  'sockets-in-all-states': async (started) => {
    kept.push(await socketsInAllStates());
    started();
  },
  'socket-rounds': async (started) => {
    for (const make of Object.values(states)) {
      await make();
      await nextTurn();
    }
    started();
    process.exit(0);
  },
  'sockets-dropped': async () => {
    for (let round = 0; round < 3; round++) {
      for (const make of Object.values(states)) {
        await make();
        await collect();
      }
    }
    for (let i = 0; i < 5; i++) await collect();
    process.exit(0);
  },
  'endless-sockets': async (started) => {
    const { client, server } = await tlsSockets(untidy);
    server.onData((chunk) => server.write(chunk));
    client.onData((chunk) => client.write(chunk));
    client.write('x'.repeat(1000));
    const listener = await tlsListener(untidy);
    listener.onConnection((socket) => socket.end('bye'));
    started();
    for (;;) {
      const visitor = tlsClient(untidy);
      await visitor.connect('127.0.0.1', listener.port);
      strictEqual((await visitor.receive()).toString(), 'bye');
      await visitor.close();
    }
  },
  ...Object.fromEntries(
    socketMoments.map((moment): [string, Job] => [
      `exit-inside-${moment}`,
      async () => {
        kept.push(await socketsInAllStates());
        await inside(moment, () => process.exit(7));
      },
    ]),
  ),
  ...Object.fromEntries(
    socketMoments.map((moment): [string, Job] => [
      `throw-inside-${moment}`,
      async () => {
        await inside(moment, () => {
          throw new Error('thrown in a listener');
        });
      },
    ]),
  ),
  'go-on-after-an-exception': async () => {
    const thrown: unknown[] = [];
    process.on('uncaughtException', (error) => thrown.push(error));
    const { client, server } = await tlsSockets(untidy);
    let received = 0;
    server.onData((chunk) => {
      received += chunk.length;
      throw new Error('on purpose');
    });
    for (let i = 0; i < 10; i++) {
      client.write('x');
      while (received <= i) await nextTurn();
    }
    strictEqual(thrown.length, 10);
    await client.close({ abort: true });
    process.exit(0);
  },
  'live-objects-then-exit': async () => {
    await liveObjects();
    await pendingReads();
    await pendingHandshake();
    await pendingAccepts();
    process.exit(7);
  },
  'exit-inside-a-continuation': async () => {
    const { client, server } = await tcpConnection(untidy);
    await pendingAccepts();
    client.readAsync().then(() => process.exit(7));
    server.write('x');
  },
  'exit-inside-a-password-callback': () => {
    new PrivateKey(encryptedKey, () => process.exit(7));
  },
  'throw-inside-a-password-callback': () => {
    new PrivateKey(encryptedKey, () => {
      throw new Error('no password today');
    });
  },
  'throw-inside-a-continuation': async () => {
    const { client, server } = await tcpConnection(untidy);
    await pendingAccepts();
    client.readAsync().then(() => {
      throw new Error('thrown in a continuation');
    });
    server.write('x');
  },
  'free-what-is-pending': async () => {
    const listener = await pendingAccepts();
    const { client, server } = await tcpConnection(untidy);
    const read = client.readAsync();
    listener.free();
    client.free();
    server.free();
    const outcome = await read.catch((error: SSLError) => error.code);
    strictEqual(outcome, 'ERR_FREED');
  },
  'use-objects-in-an-exit-handler': async () => {
    const { client, server } = connected(clientContext(), serverContext());
    process.on('exit', () => {
      strictEqual(carry(client, server, 'bye'), 'bye');
      client.free();
      rounds();
      process.stdout.write('carried\n');
    });
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
