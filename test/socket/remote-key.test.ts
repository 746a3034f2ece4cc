// Sockets whose private key is elsewhere: against our own peers and the openssl command, with time limits, with
// threads for handshakes, and ended meanwhile.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import test from 'node:test';
import {
  type RemoteKey,
  type RemoteSign,
  type SSLContext,
  type SSLError,
  TLSServerContext,
  TLSSocket,
  type TLSSocketOptions,
} from 'bladessl';
import { clientContext, only, someone } from '../helpers/identities';
import {
  authorityFile,
  filesOf,
  opensslClient,
  opensslServer,
  showing,
  versionOptions,
} from '../helpers/openssl-cli';
import {
  contextsWith,
  identityOf,
  kinds,
  remoteKeyOf,
  showRemotely,
  sides,
  signingLater,
  signingWith,
  strictContext,
  tlsVersions,
} from '../helpers/remote-keys';
import { accepted, connectedTo, listeningSocket, receiveUntil, refused } from '../helpers/tls-sockets';
import { nextMessage, startWorker } from '../helpers/worker';

const identity = identityOf({ type: 'ec' });

function serverWith(key: RemoteKey): SSLContext {
  return showRemotely(new TLSServerContext(), identity, key);
}

for (const version of tlsVersions) {
  for (const [kind, each] of kinds) {
    for (const side of sides) {
      test(`${version}: sockets whose ${side} has a ${kind} key`, async (t) => {
        const [client, server] = contextsWith(side, version, each, remoteKeyOf(each, signingLater(each)));
        const listener = await listeningSocket(t, server);
        const [there, here] = await Promise.all([
          accepted(t, listener),
          connectedTo(t, listener.port, client),
        ]);
        await here.send('hello\n');
        assert.equal(await receiveUntil(there, '\n'), 'hello\n');
        assert.equal(here.ssl.version, version);
      });
    }

    test(`${version}: openssl s_client at a server with a ${kind} key`, async (t) => {
      const key = remoteKeyOf(each, signingLater(each));
      const listener = await listeningSocket(t, showRemotely(new TLSServerContext(), each, key));
      const client = opensslClient(t, listener.port, [versionOptions[version]]);
      const socket = await accepted(t, listener);
      await socket.send('good day\n');
      await client.shows(/good day$/m);
      await client.shows(/^Verification: OK$/m);
    });

    test(`${version}: a client with a ${kind} key at openssl s_server`, async (t) => {
      const files = showing(filesOf('remote-peer', someone));
      const wants = ['-Verify', '1', '-verify_return_error', '-CAfile', authorityFile, '-rev'];
      const { port } = await opensslServer(t, [...files, ...wants, versionOptions[version]]);
      const context = showRemotely(
        only(clientContext(), version),
        each,
        remoteKeyOf(each, signingLater(each)),
      );
      const socket = await connectedTo(t, port, context, { servername: 'someone' });
      await socket.send('stressed\n');
      assert.equal(await receiveUntil(socket, '\n'), 'desserts\n');
    });
  }
}

test('a server with an RSA key never chooses a suite in which it would have to decrypt', async (t) => {
  const [, rsa] = kinds.find(([name]) => name === 'RSA') as (typeof kinds)[number];
  const context = showRemotely(new TLSServerContext(), rsa, remoteKeyOf(rsa));
  context.setCiphers('AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256');
  const listener = await listeningSocket(t, context);
  opensslClient(t, listener.port, ['-tls1_2', '-cipher', 'AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256']);
  const socket = await accepted(t, listener);
  assert.equal(socket.ssl.cipher?.name, 'ECDHE-RSA-AES128-GCM-SHA256');
  const failure = refused(listener);
  opensslClient(t, listener.port, ['-tls1_2', '-cipher', 'AES128-GCM-SHA256']);
  assert.equal((await failure).code, 'ERR_SSL_NO_SHARED_CIPHER');
});

test('with its own RSA key a server chooses such suites again', async (t) => {
  const [, rsa] = kinds.find(([name]) => name === 'RSA') as (typeof kinds)[number];
  const context = showRemotely(new TLSServerContext(), rsa, remoteKeyOf(rsa));
  context.setCiphers('AES128-GCM-SHA256').usePrivateKey(rsa.privateKey);
  const listener = await listeningSocket(t, context);
  opensslClient(t, listener.port, ['-tls1_2', '-cipher', 'AES128-GCM-SHA256']);
  const socket = await accepted(t, listener);
  assert.equal(socket.ssl.cipher?.name, 'AES128-GCM-SHA256');
});

/** A function that never answers, and what it was told. */
function never(): { sign: RemoteSign; asked: Promise<AbortSignal> } {
  let tell: (signal: AbortSignal) => void;
  const asked = new Promise<AbortSignal>((resolve) => {
    tell = resolve;
  });
  return {
    sign: (_algorithm, _data, { signal }) => {
      tell(signal);
      return new Promise(() => undefined);
    },
    asked,
  };
}

async function aborted(signal: AbortSignal): Promise<string | undefined> {
  if (!signal.aborted) await once(signal, 'abort');
  return (signal.reason as SSLError).code;
}

for (const version of tlsVersions) {
  for (const side of sides) {
    const prepare = (sign: RemoteSign) => contextsWith(side, version, identity, remoteKeyOf(identity, sign));

    test(`${version}, the ${side}: who never answers meets handshakeTimeout`, async (t) => {
      const { sign, asked } = never();
      const [client, server] = prepare(sign);
      const short: TLSSocketOptions = { handshakeTimeout: 50 };
      const listener = new TLSSocket({ context: server, ...(side === 'server' ? short : {}) });
      t.after(() => listener.close({ abort: true }));
      await listener.bind(0, '127.0.0.1');
      await listener.listen();
      const failing = refused(listener);
      const connecting = connectedTo(t, listener.port, client, side === 'client' ? short : {});
      const own =
        side === 'server'
          ? failing
          : connecting.then(
              () => undefined,
              (error) => error,
            );
      assert.equal(((await own) as SSLError).code, 'ERR_HANDSHAKE_TIMEOUT');
      assert.equal(await aborted(await asked), 'ERR_CLOSED');
      if (side === 'server') await assert.rejects(connecting);
      else await failing;
    });

    test(`${version}, the ${side} is closed meanwhile`, async (t) => {
      const { sign, asked } = never();
      const [client, server] = prepare(sign);
      const listener = await listeningSocket(t, server);
      const socket = new TLSSocket({ context: client });
      const connecting = socket.connect('localhost', listener.port);
      const signal = await asked;
      const outcome = assert.rejects(connecting);
      if (side === 'client') await socket.close({ abort: true });
      else await listener.close({ abort: true });
      assert.equal(await aborted(signal), 'ERR_CLOSED');
      if (side === 'server') await socket.close({ abort: true });
      await outcome;
    });

    test(`${version}, the ${side}: what its key throws is what the handshake fails with`, async (t) => {
      const thrown = Object.assign(new Error('the KMS says no'), { code: 'E_NO' });
      const [client, server] = prepare(async () => {
        throw thrown;
      });
      const listener = await listeningSocket(t, server);
      const failing = refused(listener);
      const connecting = connectedTo(t, listener.port, client).then(
        () => undefined,
        (error: unknown) => error,
      );
      const failures = [await failing, await connecting];
      const [own, other] = (side === 'server' ? failures : failures.reverse()) as [unknown, SSLError];
      assert.equal(own, thrown);
      assert.equal(other.alert?.name, 'internal_error');
    });
  }

  test(`${version}: handshakeThreads has no say over a key that is elsewhere`, async (t) => {
    let calls = 0;
    const sign = signingWith(identity);
    const key = remoteKeyOf(identity, async (...args) => {
      calls++;
      return sign(...args);
    });
    const server = new TLSSocket({ context: serverWith(key), handshakeThreads: 2 });
    t.after(() => server.close({ abort: true }));
    await server.bind(0, '127.0.0.1');
    await server.listen();
    server.onConnection((socket) => socket.onData((chunk) => socket.write(chunk)));
    const trip = async () => {
      const options = { handshakeThreads: 2 };
      const socket = await connectedTo(t, server.port, only(clientContext(), version), options);
      await socket.send('over');
      return (await socket.read(4)).toString();
    };
    const trips = await Promise.all(Array.from({ length: 10 }, trip));
    assert.deepEqual(new Set(trips), new Set(['over']));
    assert.equal(calls, 10);
  });
}

test('the key is asked in the asynchronous context of its socket', async (t) => {
  const storage = new AsyncLocalStorage<string>();
  let seen: string | undefined;
  const sign = signingWith(identity);
  const key = remoteKeyOf(identity, (...args) => {
    seen = storage.getStore();
    return sign(...args);
  });
  const [client, server] = contextsWith('client', 'TLSv1.3', identity, key);
  const listener = await listeningSocket(t, server);
  await Promise.all([
    accepted(t, listener),
    storage.run('mine', () => connectedTo(t, listener.port, client)),
  ]);
  assert.equal(seen, 'mine');
});

test('many handshakes wait for one key, and are answered in another order', async (t) => {
  const waiting: (() => void)[] = [];
  const sign = signingWith(identity);
  const count = 100;
  const key = remoteKeyOf(
    identity,
    (...args) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(sign(...args)));
        if (waiting.length === count) for (const answer of waiting.reverse()) answer();
      }),
  );
  const listener = await listeningSocket(t, serverWith(key));
  listener.onConnection((socket) => socket.onData((chunk) => socket.write(chunk)));
  const trip = async (_: unknown, index: number) => {
    const socket = await connectedTo(t, listener.port);
    await socket.send(String(index).padStart(3));
    return Number((await socket.read(3)).toString());
  };
  const trips = await Promise.all(Array.from({ length: count }, trip));
  assert.deepEqual(
    trips,
    Array.from({ length: count }, (_, index) => index),
  );
});

for (const job of ['talk', 'wait']) {
  test(`in a worker: ${job}, and then it is terminated`, async () => {
    const started = startWorker('socket/remote-key-job.js', job);
    assert.equal(await nextMessage(started), job === 'talk' ? 'desserts' : 'asked');
    await started.worker.terminate();
    assert.deepEqual(await started.ended, { code: 1, error: undefined });
  });
}

test('a client of a strict server shows what it has elsewhere', async (t) => {
  const listener = await listeningSocket(t, strictContext());
  const context = showRemotely(clientContext(), identity, remoteKeyOf(identity));
  const [there] = await Promise.all([accepted(t, listener), connectedTo(t, listener.port, context)]);
  assert.equal(there.ssl.peerCertificate?.fingerprintSHA256, identity.certificate.fingerprintSHA256);
});
