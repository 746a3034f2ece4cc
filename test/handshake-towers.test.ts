// SSLs over SSLs in one chain, and the SSLs of chains: whose handshake may wait, and what may not be done meanwhile.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIO,
  BIO_f_ssl,
  features,
  MemoryBIO,
  SSL,
  SSL_OP_NO_TICKET,
  type SSLBIO,
  type SSLContext,
  type SSLError,
  TLSServerContext,
  type TLSVersion,
  waitingHandshakes,
} from 'bladessl';
import { freeing, shake, tlsLinks, tlsPair } from './helpers/chains';
import { assertQueueEmpty } from './helpers/error-queue';
import { errorOf } from './helpers/failures';
import { type Ends, readAll } from './helpers/handshake';
import { clientContext, localhost, only, serverContext } from './helpers/identities';
import { pumpLater, remoteKeyOf, showRemotely, signingLater, signingWith } from './helpers/remote-keys';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];
const notPossible = 'ERR_ASYNC_NOT_POSSIBLE';
const undecided = async (): Promise<undefined> => await nextTurn(undefined);

/** What the SSLs of one level are made from. */
interface Level {
  readonly client: SSLContext;
  readonly server: SSLContext;
}

const atOnce = (version: TLSVersion): Level => {
  const made = { client: only(clientContext(), version), server: only(serverContext(), version) };
  made.client.onVerify = ({ ok }) => ok;
  made.server.onServerName = () => undefined;
  made.server.onCertificate = () => localhost;
  return made;
};

const kinds: Record<string, (version: TLSVersion) => Level> = {
  'callbacks that answer at once': atOnce,
  'a key elsewhere that signs at once': (version) => ({
    client: only(clientContext(), version),
    server: remote(version, false),
  }),
  'callbacks by promises': (version) => {
    const made = { client: only(clientContext(), version), server: only(serverContext(), version) };
    made.client.onVerify = async ({ ok }) => {
      await nextTurn();
      return ok;
    };
    made.server.onServerName = undecided;
    made.server.onCertificate = undecided;
    return made;
  },
};

function remote(version: TLSVersion, later = true): TLSServerContext {
  const signer = (later ? signingLater : signingWith)(localhost);
  return showRemotely(only(new TLSServerContext(), version), localhost, remoteKeyOf(localhost, signer));
}

const plain = (version: TLSVersion): Level => ({
  client: only(clientContext(), version),
  server: only(serverContext(), version),
});

/** SSLs over SSLs, the lowest first. */
function tower(t: TestContext, levels: readonly Level[]): Ends[] {
  let [near, far] = BIO.pair(1 << 20, 1 << 20);
  const made = levels.map(({ client: ours, server: theirs }) => {
    const client = new SSL(ours).setConnectState().setBio(near);
    const server = new SSL(theirs).setAcceptState().setBio(far);
    client.hostname = 'localhost';
    near = new BIO(BIO_f_ssl).setSsl(client);
    far = new BIO(BIO_f_ssl).setSsl(server);
    return { client, server };
  });
  for (const top of [near, far]) freeing(t, top);
  return made;
}

function assertCarries({ client, server }: Ends): void {
  server.write('hello');
  assert.equal(readAll(client).toString(), 'hello');
}

async function fromBelow(levels: readonly Ends[]): Promise<Awaited<ReturnType<typeof pumpLater>>[]> {
  const outcomes: Awaited<ReturnType<typeof pumpLater>>[] = [];
  for (const level of levels) outcomes.push(await pumpLater(level));
  return outcomes;
}

for (const version of versions) {
  for (const height of [2, 3, 4, 6, 8, 12]) {
    for (const [what, make] of Object.entries(kinds)) {
      test(`${version}: ${height} SSLs with ${what} shake hands from below`, async (t) => {
        const levels = tower(
          t,
          Array.from({ length: height }, () => make(version)),
        );
        for (const { clientError, serverError } of await fromBelow(levels)) {
          assert.deepEqual([clientError, serverError], [undefined, undefined]);
        }
        assertCarries(levels.at(-1) as Ends);
        assertQueueEmpty();
      });
    }

    test(`${version}: ${height} SSLs with a key elsewhere wait, or say that they cannot`, async (t) => {
      const lower = Array.from({ length: height - 1 }, () => plain(version));
      const top = { client: only(clientContext(), version), server: remote(version) };
      const levels = tower(t, [...lower, top]);
      const outcomes = await fromBelow(levels);
      const last = outcomes.at(-1) ?? assert.fail();
      const { available } = features.asyncHandshake;
      if (height === 2) assert.equal(last.serverError?.code, available ? undefined : notPossible);
      else assert.ok([undefined, notPossible].includes(last.serverError?.code));
      if (last.serverError === undefined) assertCarries(levels.at(-1) as Ends);
      else assert.notEqual(last.clientError, undefined);
      assertQueueEmpty();
    });

    test(`${version}: ${height} SSLs, callbacks on top alone, shake hands all at once`, (t) => {
      const lower = Array.from({ length: height - 1 }, () => plain(version));
      const top = tower(t, [...lower, atOnce(version)]).at(-1) ?? assert.fail();
      assert.equal(allAtOnce(top), undefined);
      assertCarries(top);
    });

    test(`${version}: ${height} SSLs, callbacks everywhere, shake hands all at once or fail closed`, (t) => {
      const top =
        tower(
          t,
          Array.from({ length: height }, () => atOnce(version)),
        ).at(-1) ?? assert.fail();
      const error = allAtOnce(top);
      if (error === undefined) assertCarries(top);
      else assert.deepEqual([top.client.isInitFinished, top.server.isInitFinished], [false, false]);
      assertQueueEmpty();
    });
  }
}

/** Goes on with the highest SSLs only, which carry those below along; undefined when both are done. */
function allAtOnce({ client, server }: Ends): unknown {
  try {
    for (let turn = 0; turn < 1000; turn++) {
      if ([client, server].filter((ssl) => ssl.doHandshake() === 1).length === 2) return undefined;
    }
  } catch (error) {
    return error;
  }
  return assert.fail('the handshake stands still');
}

/** What is done to the SSL below, whose key is elsewhere, after the SSL above has begun to shake hands. */
const meanwhile: Record<string, (below: SSL, above: SSL, link: BIO) => unknown> = {
  nothing: () => {},
  write: (below) => below.write('attack at dawn'),
  read: (below) => below.read(),
  doHandshake: (below) => below.doHandshake(),
  'doHandshake of the one above': (_below, above) => above.doHandshake(),
  'free of the one above': (below, above) => {
    above.free();
    return below.write('attack at dawn');
  },
  pop: (below, _above, link) => {
    link.pop();
    return below.write('attack at dawn');
  },
  freeAll: (_below, above, link) => {
    above.setBio(undefined);
    link.freeAll();
  },
};

for (const version of versions) {
  for (const [what, call] of Object.entries(meanwhile)) {
    test(`${version}: a key of an SSL below cannot be waited for under the one above; ${what}`, async () => {
      const [toServer, toClient] = [new MemoryBIO(), new MemoryBIO()];
      const peer = new SSL(only(clientContext(), version)).setConnectState();
      peer.hostname = 'localhost';
      peer.setBio(toClient, toServer).doHandshake();
      const below = new SSL(remote(version)).setAcceptState().setBio(toServer, toClient);
      const link = new BIO(BIO_f_ssl).setSsl(below);
      const outer = serverContext();
      outer.onServerName = () => undefined;
      const above = new SSL(outer).setAcceptState().setBio(link);
      const failures = [above, above, below].map((ssl) => errorOf(() => ssl.doHandshake()).code);
      assert.equal(failures[0], notPossible);
      try {
        call(below, above, link);
      } catch (error) {
        assert.ok('code' in (error as SSLError), String(error));
      }
      await nextTurn();
      assert.ok(!toClient.read(65536)?.includes('attack at dawn'), 'in clear on the wire');
      assert.equal(below.freed || !below.isInitFinished, true);
      assertQueueEmpty();
    });
  }

  test(`${version}: keys of both work when each handshake has its turn`, async (t) => {
    const level = (): Level => ({ client: only(clientContext(), version), server: remote(version) });
    const levels = tower(t, [level(), level()]);
    const outcomes = await fromBelow(levels);
    if (!features.asyncHandshake.available) {
      assert.equal(outcomes[0]?.serverError?.code, notPossible);
      return;
    }
    for (const { clientError, serverError } of outcomes) {
      assert.deepEqual([clientError, serverError], [undefined, undefined]);
    }
    assertCarries(levels[1] as Ends);
  });

  test(`${version}: onNewSession is told of sessions that come over chains`, (t) => {
    const [client, server] = [only(clientContext(), version), only(serverContext(), version)];
    server.options = [server.options as bigint, SSL_OP_NO_TICKET];
    const [ours, theirs]: [Buffer[], Buffer[]] = [[], []];
    client.onNewSession = ({ session }) => ours.push(session);
    server.onNewSession = ({ session }) => theirs.push(session);
    const ends = tlsPair(t, { client, server });
    ends.server.write('hello');
    assert.equal(String(ends.client.read()), 'hello');
    assert.ok(ours.length > 0, 'the client');
    assert.ok(theirs.length > 0, 'the server');
    assert.deepEqual(ours.at(-1), ends.client.ssl.session);
  });

  test(`${version}: a link whose handshake waits stays where it is`, async (t) => {
    const { client, server, answer } = waiting(t, version);
    const transport = server.next ?? assert.fail();
    for (const [name, call] of Object.entries({
      pop: () => server.pop(),
      'pop of what is below': () => transport.pop(),
      setSsl: () => server.setSsl(new SSL(serverContext())),
    })) {
      assert.throws(call, { name: 'SSLError', code: 'ERR_BUSY' }, name);
    }
    answer();
    await server.ssl.settled;
    shake(client, server);
    server.write('hello');
    assert.equal(String(client.read()), 'hello');
    assert.equal(server.pop(), transport);
  });

  test(`${version}: a chain whose handshake waits may be freed`, async (t) => {
    const { server, answer, signal } = waiting(t, version);
    const { ssl } = server;
    const { settled } = ssl;
    server.freeAll();
    ssl.free();
    await settled;
    assert.equal((signal.reason as SSLError).code, 'ERR_CLOSED');
    answer();
    await nextTurn();
    assertQueueEmpty();
  });
}

interface Waiting {
  readonly client: SSLBIO;
  readonly server: SSLBIO;
  readonly answer: () => void;
  readonly signal: AbortSignal;
}

/** Two chains, of which the server's waits for a callback. */
function waiting(t: TestContext, version: TLSVersion): Waiting {
  const context = only(serverContext(), version);
  let told: AbortSignal | undefined;
  let resolve: (() => void) | undefined;
  context.onServerName = ({ signal }) => {
    told = signal;
    return new Promise<undefined>((done) => {
      resolve = () => done(undefined);
    });
  };
  const { client, server } = tlsLinks(t, { client: only(clientContext(), version), server: context });
  const [near, far] = BIO.pair();
  client.push(near).ssl.hostname = 'localhost';
  client.ssl.verifyName = 'localhost';
  server.push(far);
  client.doHandshake();
  assert.deepEqual([server.doHandshake(), waitingHandshakes.now], [-1, 1]);
  return { client, server, answer: resolve ?? assert.fail(), signal: told ?? assert.fail() };
}
