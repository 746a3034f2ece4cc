// Verification callbacks under TLSSockets: what they may do to the socket, its listener and its context, and when.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import test, { type TestContext } from 'node:test';
import {
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSServerContext,
  TLSSocket,
  type VerifyCallback,
} from 'bladessl';
import { duplexPair } from '../helpers/duplex-pair';
import { failureOf } from '../helpers/failures';
import { collectGarbage } from '../helpers/gc';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from '../helpers/identities';
import { closing } from '../helpers/sockets';
import { accepted, listeningSocket, newClient, refused } from '../helpers/tls-sockets';

function judging(onVerify: VerifyCallback): SSLContext {
  const context = clientContext();
  context.onVerify = onVerify;
  return context;
}

function askingServer(onVerify: VerifyCallback): TLSServerContext {
  const context = serverContext().addCA(authority.certificate);
  return context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, onVerify);
}

// The content type of a record (RFC 5246, 6.2.1).
const alertRecord = 21;

type Act = (socket: TLSSocket) => void;

const acts: Record<string, Act> = {
  close: (socket) => void socket.close(),
  abort: (socket) => void socket.close({ abort: true }),
  'end the stream': (socket) => void socket.stream.destroy(),
  'free the context and collect': (socket) => {
    socket.context.free();
    collectGarbage();
  },
  'free the SSL and collect': (socket) => {
    socket.ssl.free();
    collectGarbage();
  },
  'write early': (socket) => void socket.write('early'),
  'look at everything': (socket) => {
    for (const name of ['version', 'cipher', 'peerCertificate', 'info', 'bufferedAmount'] as const) {
      void socket[name];
    }
  },
};
const ending = ['close', 'abort', 'end the stream'];

const transports = {
  socket: async (t: TestContext, context: SSLContext) => {
    const listener = await listeningSocket(t);
    const client = newClient(t, context);
    return { client, secured: () => client.connect('localhost', listener.port) };
  },
  Duplex: async (t: TestContext, context: SSLContext) => {
    const [near, far] = duplexPair();
    const client = closing(t, new TLSSocket(near, context));
    const server = closing(t, new TLSSocket(far, serverContext()));
    server.handshake().catch(() => {});
    return { client, secured: () => client.handshake({ servername: 'localhost' }) };
  },
};

for (const [transport, make] of Object.entries(transports)) {
  for (const [name, act] of Object.entries(acts)) {
    for (const answer of [true, false] as const) {
      test(`${transport}: a client's callback may ${name}, and answer ${answer}`, async (t) => {
        let socket: TLSSocket | undefined;
        const context = judging(() => {
          act(socket as TLSSocket);
          return answer;
        });
        const { client, secured } = await make(t, context);
        socket = client;
        const handshake = secured();
        if (!answer || ending.includes(name)) {
          const { code } = await failureOf(handshake);
          assert.match(code, /^ERR_(CLOSED|SSL_CERTIFICATE_VERIFY_FAILED|STREAM_)/);
          assert.equal(client.isClosed, true);
        } else {
          await handshake;
          assert.equal(client.isConnected, true);
        }
      });
    }
  }

  test(`${transport}: what a client's callback throws is what connecting fails with`, async (t) => {
    const boom = new Error('boom');
    const context = judging(() => {
      throw boom;
    });
    const { client, secured } = await make(t, context);
    await assert.rejects(secured(), (error) => error === boom);
    assert.equal(client.isClosed, true);
  });
}

const serverActs: Record<string, (listener: TLSSocket) => void> = {
  'close the listener': (listener) => void listener.close(),
  'free the context and collect': (listener) => {
    listener.context.free();
    collectGarbage();
  },
  throw: () => {
    throw new Error('boom');
  },
};

for (const [name, act] of Object.entries(serverActs)) {
  test(`a listener's callback may ${name}`, async (t) => {
    let listener: TLSSocket | undefined;
    const context = askingServer(({ ok }) => {
      act(listener as TLSSocket);
      return ok;
    });
    listener = await listeningSocket(t, context);
    const failure = name === 'throw' ? refused(listener) : undefined;
    const client = newClient(t, show(clientContext(), someone));
    await client.connect('localhost', listener.port);
    const end = client.receive();
    if (name === 'free the context and collect') {
      const server = await accepted(t, listener);
      await server.send('hello');
      assert.equal(String(await end), 'hello');
    } else {
      await assert.rejects(end, { code: /INTERNAL_ERROR|ECONNRESET|UNEXPECTED_EOF/ });
      assert.equal((await failure)?.message, failure && 'boom');
    }
  });
}

test('a stream that closes while it takes the alert takes nothing from the refusal', async (t) => {
  const [near, far] = duplexPair();
  const write = near.write.bind(near);
  near.write = ((chunk: Buffer, done: () => void) => {
    const more = write(chunk, done);
    if (chunk[0] === alertRecord) near.destroy();
    return more;
  }) as typeof near.write;
  // On a thread: its end comes from the loop, where each call of the stream runs its ticks too.
  const context = only(clientContext(), 'TLSv1.2');
  const client = closing(t, new TLSSocket({ socket: near, context, handshakeThreads: 1 }));
  const server = closing(t, new TLSSocket(far, serverContext()));
  server.handshake().catch(() => {});
  const { verifyError } = await failureOf(client.handshake({ servername: 'example.org' }));
  assert.equal(verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
  assert.equal(near.destroyed, true);
});

test("what comes with a client's last flight is read, whoever was asked for it", async (t) => {
  const context = askingServer(() => true);
  context.minVersion = 'TLSv1.3';
  const listener = await listeningSocket(t, context);
  const client = newClient(t, show(clientContext(), someone));
  await client.connect('localhost', listener.port);
  await client.send('hello');
  const server = await accepted(t, listener);
  assert.equal(String(await server.receive()), 'hello');
});

test("a server refuses a client's certificate by its callback, and goes on", async (t) => {
  let answer: boolean | 'certificate_revoked' = 'certificate_revoked';
  const listener = await listeningSocket(
    t,
    askingServer(({ depth }) => depth > 0 || answer),
  );
  const failure = refused(listener);
  const context = show(clientContext(), someone);
  const client = newClient(t, context);
  await client.connect('localhost', listener.port);
  await assert.rejects(client.receive(), {
    alert: { name: 'certificate_revoked', number: 44, direction: 'received' },
  });
  assert.equal((await failure).verifyError?.name, 'X509_V_ERR_APPLICATION_VERIFICATION');
  answer = true;
  const next = newClient(t, context);
  const [server] = await Promise.all([accepted(t, listener), next.connect('localhost', listener.port)]);
  assert.equal(server.peerCertificate?.subject, 'CN=someone');
});

test('with handshake threads callbacks are called on their own thread', async (t) => {
  const seen: string[] = [];
  const context = askingServer(({ ok, certificate }) => seen.push(certificate?.subject ?? '') > 0 && ok);
  const listener = await listeningSocket(t, context, { handshakeThreads: 2 });
  const judge = judging(({ ok, certificate }) => seen.push(certificate?.subject ?? '') > 0 && ok);
  show(judge as TLSServerContext, someone);
  const clients = Array.from({ length: 10 }, () => newClient(t, judge, { handshakeThreads: 2 }));
  const servers = clients.map(() => accepted(t, listener));
  await Promise.all(clients.map((client) => client.connect('localhost', listener.port)));
  for (const server of await Promise.all(servers))
    assert.equal(server.peerCertificate?.subject, 'CN=someone');
  const counts = ['CN=Test CA', 'CN=localhost', 'CN=someone'].map(
    (subject) => seen.filter((one) => one === subject).length,
  );
  assert.deepEqual(counts, [20, 10, 10]);
});

test('a callback runs in the asynchronous context of its socket, and what it puts off runs soon', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const order: unknown[] = [];
  const context = judging(({ ok, depth }) => {
    order.push([depth, storage.getStore()]);
    process.nextTick(() => order.push(`tick ${depth}`));
    queueMicrotask(() => order.push(`microtask ${depth}`));
    return ok;
  });
  const listener = await listeningSocket(t);
  const client = newClient(t, context);
  await storage.run('mine', () => client.connect('localhost', listener.port));
  assert.deepEqual(order.slice(0, 2), [
    [1, 'mine'],
    [0, 'mine'],
  ]);
  assert.deepEqual(order.slice(2).sort(), ['microtask 0', 'microtask 1', 'tick 0', 'tick 1']);
});

test("what a server's callback puts off runs before the rest of the handshake has come", async (t) => {
  let late: (() => void) | undefined;
  const ran = new Promise<void>((resolve) => {
    late = resolve;
  });
  const context = askingServer(() => {
    queueMicrotask(() => late?.());
    return true;
  });
  const listener = await listeningSocket(t, context);
  const client = newClient(t, show(clientContext(), someone));
  await Promise.all([ran, client.connect('localhost', listener.port)]);
  assert.equal((await accepted(t, listener)).isConnected, true);
});

test('verifyChain decides for a socket, and is told whom it is for', async (t) => {
  const stranger = clientContext();
  stranger.verifyChain = ({ host, chain }) => {
    assert.equal(host, 'localhost');
    assert.equal(chain[0]?.checkPrivateKey(localhost.privateKey), true);
    return 'unknown_ca';
  };
  const listener = await listeningSocket(t);
  const failure = refused(listener);
  const client = newClient(t, stranger);
  await assert.rejects(client.connect('localhost', listener.port), {
    code: 'ERR_SSL_CERTIFICATE_VERIFY_FAILED',
  });
  assert.equal((await failure).alert?.name, 'unknown_ca');
  assert.equal(client.isConnected, false);
});
