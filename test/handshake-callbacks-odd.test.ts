// Handshakes with turns of their own: answers that are of no use, renegotiations, HelloRetryRequests, TLS within TLS,
// and callbacks that shake hands themselves.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import {
  BIO,
  Certificate,
  OCSPResponse,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  SSL_OP_NO_RENEGOTIATION,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLContext,
  type SSLError,
  TLSServerContext,
  TLSSocket,
} from 'bladessl';
import { freeing, shake as shakeChains } from './helpers/chains';
import { duplexPair } from './helpers/duplex-pair';
import { assertQueueEmpty } from './helpers/error-queue';
import { collectGarbage } from './helpers/gc';
import { connected, type Ends, ends } from './helpers/handshake';
import { authority, clientContext, localhost, only, serverContext, someone } from './helpers/identities';
import { remoteKeyOf } from './helpers/remote-keys';
import { closing, tlsListener } from './helpers/sockets';

/** Goes on until both are done or have failed. */
async function finish({ client, server }: Ends): Promise<[client: unknown, server: unknown]> {
  const last: [unknown, unknown] = [-1, -1];
  for (let turn = 0; turn < 30; turn++) {
    for (const [index, ssl] of [client, server].entries()) {
      await ssl.settled;
      try {
        if (last[index] === -1) last[index] = ssl.doHandshake();
        else if (last[index] === 1) ssl.peek();
      } catch (error) {
        last[index] = error;
      }
    }
  }
  return last;
}

const boom = new Error('boom');
const freed = { name: 'FreedError', code: 'ERR_FREED' };
const made = () => Certificate.generate({ commonName: 'localhost', issuer: authority });

type Named = 'onClientHello' | 'onServerName' | 'onCertificate' | 'onOcsp';

/** What is answered, and what the server fails with. */
const useless: readonly (readonly [
  what: string,
  callback: Named,
  answer: (own: SSLContext) => unknown,
  failure: object,
])[] = [
  [
    'a context that was freed',
    'onClientHello',
    () => {
      const context = serverContext();
      context.free();
      return context;
    },
    freed,
  ],
  [
    'its own context, freed',
    'onServerName',
    (own) => {
      own.free();
      return { context: own };
    },
    freed,
  ],
  [
    'a certificate that was freed',
    'onCertificate',
    () => {
      const identity = made();
      identity.certificate.free();
      return identity;
    },
    freed,
  ],
  [
    'a key that was freed',
    'onCertificate',
    () => {
      const identity = made();
      identity.privateKey.free();
      return identity;
    },
    freed,
  ],
  [
    'a key that is held elsewhere, freed',
    'onCertificate',
    () => {
      const privateKey = remoteKeyOf(localhost);
      privateKey.free();
      return { certificate: localhost.certificate, privateKey };
    },
    freed,
  ],
  [
    "somebody else's key",
    'onCertificate',
    () => ({ certificate: localhost.certificate, privateKey: someone.privateKey }),
    { name: 'SSLError', reason: 'private key mismatch' },
  ],
  [
    'an OCSP response that was freed',
    'onOcsp',
    () => {
      const response = OCSPResponse.generate({
        issuer: authority,
        responses: [{ certificate: localhost.certificate, status: 'good' }],
      });
      response.free();
      return response;
    },
    freed,
  ],
  [
    'a getter that throws',
    'onCertificate',
    () => ({
      get certificate(): never {
        throw boom;
      },
    }),
    boom,
  ],
  [
    'a getter that throws',
    'onClientHello',
    () => ({
      get context(): never {
        throw boom;
      },
    }),
    boom,
  ],
];

for (const [what, callback, answer, failure] of useless) {
  for (const how of ['at once', 'later'] as const) {
    test(`${callback} answers ${what}, ${how}`, async () => {
      const [client, server] = [clientContext(), serverContext()];
      client.statusRequest = 'verify';
      server[callback] = (() =>
        how === 'at once' ? answer(server) : nextTurn().then(() => answer(server))) as never;
      const [theirs, own] = await finish(
        ends(client, server, {
          prepare: (both) => {
            both.client.hostname = 'localhost';
          },
        }),
      );
      if (failure === boom) assert.equal(own, boom);
      else
        for (const [field, value] of Object.entries(failure))
          assert.equal(Reflect.get(own as object, field), value);
      assert.equal((theirs as SSLError).alert?.name, 'internal_error');
      assertQueueEmpty();
      assert.equal(connected(clientContext(), serverContext()).client.isInitFinished, true);
    });
  }
}

test('a getter of an answer may free what it likes', async () => {
  for (const how of ['at once', 'later'] as const) {
    const [client, server] = [clientContext(), serverContext()];
    const both = ends(client, server);
    both.server.onCertificate = () => {
      const answer = {
        get certificate() {
          assert.throws(() => both.server.free(), { code: how === 'at once' ? 'ERR_BUSY' : 'unreachable' });
          return localhost.certificate;
        },
        get privateKey() {
          for (const one of [both.client, client, server]) one.free();
          collectGarbage();
          return localhost.privateKey;
        },
      };
      if (how === 'at once') return answer;
      Object.defineProperty(answer, 'certificate', {
        get() {
          both.server.free();
          collectGarbage();
          return localhost.certificate;
        },
      });
      return nextTurn().then(() => answer);
    };
    both.client.doHandshake();
    both.server.doHandshake();
    await both.server.settled.catch(() => {});
    for (let turn = 0; turn < 5; turn++) await nextTurn();
    assert.equal(both.client.freed, true);
    assert.equal(both.server.freed, how === 'later');
    assertQueueEmpty();
  }
});

test('a context that was its own, and one that answers with itself, go on', async () => {
  const [client, server] = [clientContext(), serverContext()];
  server.onClientHello = async () => server;
  server.onServerName = async () => {
    await nextTurn();
    return { context: server, verifyMode: SSL_VERIFY_PEER };
  };
  server.onCertificate = async () => localhost;
  const both = ends(client, server, {
    prepare: ({ client: own }) => {
      own.hostname = 'localhost';
    },
  });
  assert.deepEqual(await finish(both), [1, 1]);
});

test('a HelloRetryRequest: what has been decided by the first ClientHello stands', async () => {
  const [client, server] = [clientContext(), serverContext()];
  client.groups = 'X25519:P-256';
  server.groups = 'P-256';
  client.alpnProtocols = ['one'];
  const asked: string[] = [];
  for (const name of ['onClientHello', 'onServerName', 'onAlpn'] as const) {
    server[name] = async () => {
      asked.push(name);
      await nextTurn();
      return undefined;
    };
  }
  client.onVerify = async () => {
    await nextTurn();
    return true;
  };
  const both = ends(client, server, {
    prepare: ({ client: own }) => {
      own.hostname = 'localhost';
    },
  });
  assert.deepEqual(await finish(both), [1, 1]);
  assert.equal(both.server.group, 'secp256r1');
  assert.deepEqual(asked, ['onClientHello', 'onServerName', 'onAlpn']);
});

/** A client of TLS 1.2 that shakes hands anew, with a server whose callback counts. */
async function renegotiation(t: TestContext, ask: (asked: number) => unknown): Promise<[unknown, string[]]> {
  const context = only(serverContext(), 'TLSv1.2');
  context.options =
    (context.options & ~BigInt(SSL_OP_NO_RENEGOTIATION)) | BigInt(SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
  let asked = 0;
  context.onCertificate = (() => ask(++asked)) as never;
  const listener = await tlsListener(t, { server: context });
  const ca = authority.certificate.pem;
  const options: ConnectionOptions = { port: listener.port, host: '127.0.0.1', servername: 'localhost', ca };
  const client = connect(options);
  t.after(() => client.destroy());
  client.on('error', () => {});
  const [server] = await Promise.all([listener.accept(), once(client, 'secureConnect')]);
  const heard: string[] = [];
  closing(t, server).onData((chunk) => heard.push(String(chunk)));
  server.onEnd(() => void server.close());
  const closed = new Promise<unknown>((resolve) => server.onClose(resolve));
  client.renegotiate({}, (error) => {
    if (error === null) client.end('after');
  });
  const error = await closed;
  assert.equal(asked, 2);
  return [error, heard];
}

test('a renegotiation cannot wait: it fails closed', async (t) => {
  const [error, heard] = await renegotiation(t, async () => {
    await nextTurn();
    return localhost;
  });
  assert.equal((error as SSLError).code, 'ERR_ASYNC_NOT_POSSIBLE');
  assert.deepEqual(heard, []);
  assertQueueEmpty();
});

test('a renegotiation whose callback answers at once goes on', async (t) => {
  const [error, heard] = await renegotiation(t, (asked) =>
    asked === 1 ? nextTurn().then(() => localhost) : localhost,
  );
  assert.equal(error, undefined);
  assert.deepEqual(heard, ['after']);
});

function thinking<Context extends SSLContext>(context: Context): Context {
  if (context.role === 'client') {
    context.onVerify = async ({ ok }) => {
      await nextTurn();
      return ok;
    };
  } else {
    context.onClientHello = async () => await nextTurn(undefined);
    context.onCertificate = async () => {
      await nextTurn();
      return localhost;
    };
  }
  return context;
}

test('TLS over TLS over a stream: both wait', async (t) => {
  let [near, far] = duplexPair();
  for (let depth = 0; depth < 3; depth++) {
    const client = closing(t, new TLSSocket(near, thinking(clientContext())));
    const server = closing(t, new TLSSocket(far, thinking(new TLSServerContext())));
    await Promise.all([client.handshake({ servername: 'localhost' }), server.handshake()]);
    near = client.stream;
    far = server.stream;
  }
  near.write('hello');
  assert.equal(String((await once(far, 'data'))[0]), 'hello');
});

function twice(t: TestContext): { inner: Ends & { chains: SSLBIO[] }; outer: Ends & { chains: SSLBIO[] } } {
  const [nearEnd, farEnd] = BIO.pair();
  const layer = (near: BIO, far: BIO) => {
    const client = freeing(t, new SSLBIO(thinking(clientContext()), { server: false }).push(near));
    const server = freeing(t, new SSLBIO(thinking(new TLSServerContext()), { server: true }).push(far));
    client.ssl.verifyName = 'localhost';
    return { client: client.ssl, server: server.ssl, chains: [client, server] };
  };
  const inner = layer(nearEnd, farEnd);
  return { inner, outer: layer(inner.chains[0] as SSLBIO, inner.chains[1] as SSLBIO) };
}

async function untilShaken(chains: readonly SSLBIO[]): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    if (chains.map((chain) => chain.doHandshake()).every((result) => result === 1)) return;
    await nextTurn();
  }
  assert.fail('the handshake stands still');
}

test('TLS over TLS in one chain: one after the other', async (t) => {
  const { inner, outer } = twice(t);
  await untilShaken(inner.chains);
  await untilShaken(outer.chains);
  shakeChains(...outer.chains);
  outer.chains[0]?.write('hello');
  assert.equal(String(outer.chains[1]?.read()), 'hello');
});

test('TLS over TLS in one chain: both at once cannot wait, and fail closed', async (t) => {
  const { inner, outer } = twice(t);
  await assert.rejects(untilShaken(outer.chains));
  for (const ssl of [inner.client, inner.server, outer.client, outer.server]) {
    assert.equal(ssl.isInitFinished, false);
  }
  assertQueueEmpty();
});

test('a callback may shake hands with its own server', async (t) => {
  const context = serverContext();
  const listener = await tlsListener(t, { server: context });
  const visit = async (): Promise<TLSSocket> => {
    const client = closing(t, new TLSSocket({ context: clientContext() }));
    await client.connect('localhost', listener.port);
    return client;
  };
  listener.onConnection((socket) => void socket.end('hello'));
  let depth = 0;
  context.onClientHello = async () => {
    if (++depth < 5) assert.equal(String(await (await visit()).receive()), 'hello');
    return undefined;
  };
  assert.equal(String(await (await visit()).receive()), 'hello');
  assert.equal(depth, 5);
});
