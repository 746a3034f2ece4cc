// What callbacks of a handshake leave behind, and what they do to others: handshakes that are freed inside of them,
// signals, sessions, objects, counters, and what they throw.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Certificate,
  features,
  type HandshakeQuestion,
  type RemoteSign,
  type SessionCallback,
  SSL,
  SSL_ERROR_WANT_ASYNC,
  SSL_OP_NO_TICKET,
  type SSLContext,
  type SSLError,
  TLSContext,
  TLSServerContext,
  type TLSVersion,
  waitingHandshakes,
} from 'bladessl';
import { assertQueueEmpty } from './helpers/error-queue';
import { Doomed } from './helpers/gc';
import { attempt, type Ends, ends, type Outcome } from './helpers/handshake';
import { authority, clientContext, localhost, only, serverContext, show } from './helpers/identities';
import { pumpLater, remoteKeyOf, signingWith } from './helpers/remote-keys';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

function begun(client: SSLContext, server: SSLContext, prepare: (both: Ends) => void = () => {}): Ends {
  return ends(client, server, {
    prepare: (both) => {
      both.client.hostname = 'localhost';
      prepare(both);
    },
  });
}

function assertDone({ clientError, serverError }: Outcome): void {
  assert.deepEqual([clientError, serverError], [undefined, undefined]);
}

/** A server that waits, and what it was told. */
function waiting(): Ends & { readonly event: HandshakeQuestion; readonly answer: () => void } {
  let told: HandshakeQuestion | undefined;
  let resolve: (() => void) | undefined;
  const context = serverContext();
  context.onServerName = (event) => {
    told = event;
    return new Promise<undefined>((done) => {
      resolve = () => done(undefined);
    });
  };
  const both = begun(clientContext(), context);
  both.client.doHandshake();
  assert.deepEqual([both.server.doHandshake(), both.server.error()], [-1, SSL_ERROR_WANT_ASYNC]);
  return { ...both, event: told ?? assert.fail(), answer: resolve ?? assert.fail() };
}

for (const count of [1, 63, 64, 65, 70, 150]) {
  for (const others of [0, 1]) {
    test(`${count} that wait may all be freed inside a callback of another one, while ${others} more wait`, async () => {
      const all = Array.from({ length: count }, waiting);
      const left = Array.from({ length: others }, waiting);
      const context = serverContext();
      context.onServerName = () => {
        for (const { server } of all) server.free();
        return undefined;
      };
      assertDone(await pumpLater(begun(clientContext(), context)));
      for (const one of left) {
        one.answer();
        assertDone(await pumpLater(one));
      }
      const later = serverContext();
      later.onServerName = async () => await nextTurn(undefined);
      const next = Array.from({ length: 20 }, () => pumpLater(begun(clientContext(), later)));
      for (const outcome of await Promise.all(next)) assertDone(outcome);
      assert.equal(waitingHandshakes.now, 0);
      assertQueueEmpty();
    });
  }
}

test('a signal that is looked at after the end for the first time is aborted', async () => {
  const { server, event } = waiting();
  server.free();
  await nextTurn();
  const { signal } = event;
  assert.equal(signal.aborted, true);
  assert.equal((signal.reason as SSLError).code, 'ERR_CLOSED');
  assert.equal(event.signal, signal);
});

test('a signal that is looked at after its answer for the first time is not aborted', async () => {
  const made = waiting();
  made.answer();
  assertDone(await pumpLater(made));
  assert.equal(made.event.signal.aborted, false);
});

test('waitingHandshakes.abandoned counts those without an answer only', async () => {
  const { abandoned } = waitingHandshakes;
  const [answered, not] = [waiting(), waiting()];
  answered.answer();
  await answered.server.settled;
  answered.server.free();
  assert.equal(waitingHandshakes.abandoned, abandoned);
  not.server.free();
  assert.deepEqual([waitingHandshakes.abandoned, waitingHandshakes.now], [abandoned + 1, 0]);
});

const knowing: Record<string, (own: TLSServerContext, both: Ends) => void> = {
  'a callback of the SSL': (_own, { server }) => {
    server.onServerName = () => (server.version === 'none' ? 'internal_error' : undefined);
  },
  'callbacks of the context that is adopted': (own, { server }) => {
    const adopted = serverContext();
    adopted.onAlpn = ({ protocols }) => (server.version === 'none' ? false : protocols[0]);
    adopted.onVerify = () => server.version !== 'none';
    server.onServerName = () => adopted;
    own.onServerName = () => adopted;
  },
  'a key elsewhere that onCertificate answers': (_own, { server }) => {
    const now = signingWith(localhost);
    server.onCertificate = () => {
      const sign: RemoteSign = (...args) => (server.freed ? assert.fail() : now(...args));
      return { certificate: localhost.certificate, privateKey: remoteKeyOf(localhost, sign) };
    };
  },
};

for (const version of versions) {
  for (const [what, prepare] of Object.entries(knowing)) {
    test(`${version}: an SSL is collected that is known to ${what}`, async () => {
      const doomed = new Doomed();
      const own = only(serverContext(), version);
      await (async () => {
        for (let made = 0; made < 10; made++) {
          const both = begun(clientContext(), own, (made) => prepare(own, made));
          doomed.add(both.server);
          assertDone(await pumpLater(both));
          own.onServerName = undefined;
        }
      })();
      await doomed.gone();
    });
  }

  test(`${version}: a session from onNewSession is resumed like ssl.session, with intermediates`, () => {
    const intermediate = Certificate.generate({ commonName: 'intermediate', issuer: authority, ca: true });
    const leaf = Certificate.generate({
      commonName: 'localhost',
      altNames: ['localhost'],
      issuer: intermediate,
    });
    const server = only(new TLSServerContext(), version);
    server.useCertificate(leaf.certificate, [intermediate.certificate]).usePrivateKey(leaf.privateKey);
    const client = clientContext();
    const told: Buffer[] = [];
    client.onNewSession = ({ session }) => told.push(session);
    const visit = (session?: Buffer): Ends => {
      const outcome = attempt(client, server, {
        prepare: ({ client: own }) => {
          own.hostname = own.verifyName = 'localhost';
          if (session !== undefined) own.session = session;
        },
      });
      assertDone(outcome);
      outcome.client.read();
      return outcome;
    };
    const { session } = visit().client;
    const first = told.at(-1) ?? assert.fail('onNewSession was not called');
    assert.equal(visit(session).client.sessionReused, true, 'ssl.session');
    const resumed = visit(first);
    assert.equal(resumed.client.sessionReused, true, 'onNewSession');
    assert.equal(visit(told.at(-1)).client.sessionReused, true, 'of a connection that was resumed');
  });
}

const ofServers = ['onClientHello', 'onServerName', 'onAlpn', 'onOcsp'] as const;

for (const callback of ofServers) {
  test(`${callback} is refused on an SSL of a client, and by what is to become one`, () => {
    const wrong = { name: 'SSLError', code: 'ERR_WRONG_STATE' };
    for (const ssl of [new SSL(clientContext()), new SSL(new TLSContext()).setConnectState()]) {
      assert.throws(() => Object.assign(ssl, { [callback]: () => undefined }), wrong);
      assert.equal(ssl[callback], undefined);
    }
    const undecided = new SSL(show(new TLSContext(), localhost));
    undecided[callback] = () => undefined as never;
    assert.throws(() => undecided.setConnectState(), wrong);
    assert.notEqual(undecided[callback], undefined);
    assert.equal(undecided.setAcceptState().role, 'server');
  });
}

test('what onSession throws is what the handshake fails with, also where there is a PSK', async () => {
  const key = randomBytes(32);
  const boom = new Error('the store is down');
  const [client, server] = [clientContext(), serverContext()];
  for (const context of [client, server]) context.ciphersuites = 'TLS_AES_128_GCM_SHA256';
  server.options = [server.options as bigint, SSL_OP_NO_TICKET];
  const first = attempt(client, server);
  assertDone(first);
  first.client.read();
  const session = first.client.session ?? assert.fail('there is no session');
  client.onPsk = () => ({ identity: 'me', key });
  server.onPsk = (event) => ('identity' in event && String(event.identity) === 'me' ? { key } : undefined);
  const ways: SessionCallback[] = [() => assert.fail(boom)];
  if (features.asyncHandshake.available) ways.push(() => Promise.reject(boom));
  for (const fail of ways) {
    server.onSession = fail;
    const outcome = await pumpLater(
      begun(client, server, (both) => {
        both.client.session = session;
      }),
    );
    assert.equal(outcome.serverError, boom);
    assert.equal(outcome.clientError?.alert?.name, 'internal_error');
    assert.equal(outcome.server.isInitFinished, false);
    assertQueueEmpty();
  }
});

for (const [what, value] of [
  ['undefined', undefined],
  ['null', null],
] as const) {
  const answers: Record<string, () => unknown> = {
    'a callback': () => raise(value),
    'a promise': () => Promise.reject(value),
    'the getter then': () => ({
      get then() {
        return raise(value);
      },
    }),
    'the getter context': () => ({
      get context() {
        return raise(value);
      },
    }),
    'the getter context, later': async () => ({
      get context() {
        return raise(value);
      },
    }),
  };
  for (const [who, answer] of Object.entries(answers)) {
    test(`${who} that throws ${what} fails the handshake`, async () => {
      for (const callback of ['onClientHello', 'onServerName'] as const) {
        const server = serverContext();
        server[callback] = answer as never;
        const outcome = await pumpLater(begun(clientContext(), server));
        assert.equal(outcome.serverError?.code, 'ERR_CALLBACK_FAILED', callback);
        assert.equal(outcome.clientError?.alert?.name, 'internal_error');
        assert.equal(outcome.server.isInitFinished, false);
      }
    });
  }
}

function raise(value: unknown): never {
  throw value;
}
