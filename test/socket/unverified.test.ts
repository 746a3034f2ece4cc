// A server that takes its time to judge a client: until it has, nothing of the client's reaches anybody, and nothing
// leaves the server.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket as NetSocket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Awaitable,
  Certificate,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  type SSLError,
  TLSServerContext,
  TLSSocket,
  type TLSVersion,
  type VerifyAnswer,
} from 'bladessl';
import { type EagerClient, eagerClient, recordsOf, recordTypes } from '../helpers/eager-clients';
import { authority, type Identity, only, show } from '../helpers/identities';
import { closing, plainListener } from '../helpers/sockets';

const rsa = (commonName: string): Identity =>
  Certificate.generate({ commonName, key: 'rsa', issuer: authority });
const [own, stranger] = [rsa('localhost'), rsa('stranger')];
const secret = 'the words of somebody who may be anybody';

/** A server, as far as it can be heard what it takes in. */
interface Serving {
  readonly port: number;
  /** What has reached its user: connections and bytes. */
  readonly told: unknown[];
  /** What the handshake has failed with; undefined when it has not. */
  readonly outcome: Promise<unknown>;
  close(): Promise<void>;
}

type Serve = (t: TestContext, context: SSLContext, handshakeTimeout: number) => Promise<Serving>;

/** A server that begins TLS on what a plain listener has given it. */
function takingOver(read: (socket: TLSSocket, told: unknown[]) => void): Serve {
  return async (t, context, handshakeTimeout) => {
    const listener = await plainListener(t);
    const told: unknown[] = [];
    let made: TLSSocket | undefined;
    const outcome = listener.accept().then(async (plain) => {
      made = closing(t, new TLSSocket({ socket: plain, context, handshakeTimeout }));
      const shaking = made.handshake();
      read(made, told);
      return await shaking.catch((error: unknown) => error);
    });
    return { port: listener.port, told, outcome, close: async () => made?.close({ abort: true }) };
  };
}

function push(socket: TLSSocket, told: unknown[]): void {
  socket.onData((chunk) => told.push(String(chunk)));
}

function pull(socket: TLSSocket, told: unknown[]): void {
  const receiving = (): Promise<unknown> =>
    socket.receive().then((chunk) => {
      told.push(String(chunk));
      return chunk.length > 0 ? receiving() : undefined;
    });
  receiving().catch(() => {});
}

function stream(socket: TLSSocket, told: unknown[]): void {
  socket.stream.on('error', () => {});
  socket.stream.on('data', (chunk) => told.push(String(chunk)));
}

function listening(take: (listener: TLSSocket, told: unknown[]) => void): Serve {
  return async (t, context, handshakeTimeout) => {
    const listener = closing(t, new TLSSocket({ context, handshakeTimeout }));
    await listener.bind(0, '127.0.0.1');
    await listener.listen();
    const told: unknown[] = [];
    const outcome = new Promise((resolve) => {
      listener.onHandshakeError(resolve);
      listener.onClose(resolve);
    });
    take(listener, told);
    return { port: listener.port, told, outcome, close: () => listener.close() };
  };
}

const overNodeSocket: Serve = async (t, context, handshakeTimeout) => {
  const told: unknown[] = [];
  const listener = createServer().listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  let made: TLSSocket | undefined;
  const outcome = once(listener, 'connection').then(async ([plain]) => {
    (plain as NetSocket).on('error', () => {});
    made = closing(t, new TLSSocket({ socket: plain as NetSocket, context, handshakeTimeout }));
    const shaking = made.handshake();
    push(made, told);
    return await shaking.catch((error: unknown) => error);
  });
  const { port } = listener.address() as AddressInfo;
  return { port, told, outcome, close: async () => made?.close({ abort: true }) };
};

const faces: Record<string, Serve> = {
  'onConnection, onData': listening((listener, told) =>
    listener.onConnection((socket) => {
      told.push('connection');
      push(socket, told);
    }),
  ),
  'accept, receive': listening((listener, told) => {
    listener.accept().then(
      (socket) => {
        told.push('connection');
        pull(socket, told);
      },
      () => {},
    );
  }),
  'onData of a socket that was taken over': takingOver(push),
  'receive of a socket that was taken over': takingOver(pull),
  'stream of a socket that was taken over': takingOver(stream),
  'onData over a net.Socket': overNodeSocket,
};

const callbacks = ['onVerify', 'verifyChain'] as const;
type Callback = (typeof callbacks)[number];

/** A server's context that asks for a verdict. */
interface Asking {
  readonly context: TLSServerContext;
  /** When the question has been asked. */
  readonly asked: Promise<AbortSignal>;
  /** Answers it. */
  readonly answer: (verdict: Awaitable<VerifyAnswer>) => void;
}

function asking(callback: Callback, version: TLSVersion): Asking {
  const context = show(only(new TLSServerContext(), version), own).addCA(authority.certificate);
  if (version === 'TLSv1.2') context.setCiphers('AES128-GCM-SHA256');
  context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
  let answer: Asking['answer'] = () => {};
  const verdict = new Promise<VerifyAnswer>((resolve) => {
    answer = resolve;
  });
  const asked = new Promise<AbortSignal>((resolve) => {
    context[callback] = ({ signal }) => {
      resolve(signal);
      return verdict;
    };
  });
  return { context, asked, answer };
}

/** So many turns of the loop, in which whatever has come to this process would be seen. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

interface Wait extends Asking {
  readonly serving: Serving;
  readonly peer: EagerClient;
  /** How much the server had said when the client had said everything. */
  readonly before: number;
}

/** A client that has said everything to a server that is still thinking. */
async function waiting(
  t: TestContext,
  serve: Serve,
  callback: Callback,
  version: TLSVersion,
  handshakeTimeout = 10_000,
): Promise<Wait> {
  const question = asking(callback, version);
  const serving = await serve(t, question.context, handshakeTimeout);
  const peer = eagerClient(t, serving.port, version, stranger, secret);
  const before = await peer.sent;
  const signal = await question.asked;
  await turns();
  assert.equal(signal.aborted, false);
  assertSilent(serving, peer, before);
  return { ...question, serving, peer, before };
}

function assertSilent({ told }: Serving, peer: EagerClient, before: number): void {
  assert.deepEqual(told, []);
  assert.equal(peer.received.length, before, 'the server has said something meanwhile');
}

/** Asserts that an alert is all that the server has said since. */
function assertAlert(peer: EagerClient, before: number, version: TLSVersion, alert: number): void {
  const since = recordsOf(peer.received.subarray(before));
  // In TLS 1.3 it looks like data from outside.
  const type = version === 'TLSv1.2' ? recordTypes.alert : recordTypes.data;
  assert.deepEqual(
    since.map((record) => record.type),
    [type],
  );
  assert.equal(peer.alert, alert);
}

const boom = new Error('boom');
const refusals: Record<string, readonly [Awaitable<VerifyAnswer>, alert: number, failure: object]> = {
  'is refused': [false, 46, { name: 'CertificateVerifyError' }],
  'is refused with an alert': ['bad_certificate', 42, { name: 'CertificateVerifyError' }],
  'is refused by a rejection': [Promise.reject(boom), 80, boom],
  'is refused by what is no answer': [undefined as never, 80, { name: 'TypeError' }],
};
(refusals['is refused by a rejection']?.[0] as Promise<never>).catch(() => {});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version}: who is never judged is never heard`, async (t) => {
    const all = callbacks.flatMap((callback) =>
      Object.entries(faces).map(async ([face, serve]) => {
        const { serving, peer, before, asked } = await waiting(t, serve, callback, version, 2000);
        assert.equal(((await serving.outcome) as SSLError).code, 'ERR_HANDSHAKE_TIMEOUT', face);
        await peer.over;
        await turns();
        assert.deepEqual(serving.told, []);
        assertAlert(peer, before, version, 80);
        assert.equal(((await asked).reason as SSLError).code, 'ERR_CLOSED');
      }),
    );
    await Promise.all(all);
  });

  for (const callback of callbacks) {
    for (const [face, serve] of Object.entries(faces)) {
      const title = `${version}, ${callback}, ${face}`;

      test(`${title}: who is accepted in the end is heard then`, async (t) => {
        const { serving, peer, before, answer } = await waiting(t, serve, callback, version);
        answer(true);
        while (serving.told.at(-1) !== secret) await nextTurn();
        await turns();
        assert.deepEqual(
          serving.told.filter((one) => one !== 'connection'),
          [secret],
        );
        assert.equal(peer.alert, undefined);
        assert.ok(peer.received.length > before);
      });

      for (const [how, [verdict, alert, failure]] of Object.entries(refusals)) {
        test(`${title}: who ${how} is never heard`, async (t) => {
          const { serving, peer, before, answer } = await waiting(t, serve, callback, version);
          answer(verdict);
          const error = (await serving.outcome) as Error;
          for (const [field, value] of Object.entries(failure))
            assert.equal(Reflect.get(error, field), value);
          await peer.over;
          await turns();
          assert.deepEqual(serving.told, []);
          assertAlert(peer, before, version, alert);
        });
      }

      test(`${title}: who is waiting when the server closes is never heard`, async (t) => {
        const { serving, peer, asked, answer } = await waiting(t, serve, callback, version);
        await serving.close();
        answer(true);
        await peer.over;
        await turns();
        assert.deepEqual(serving.told, []);
        assert.equal((await asked).aborted, true);
      });
    }
  }
}
