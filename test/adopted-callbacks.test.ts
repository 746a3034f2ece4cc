// Whose callbacks a server asks after one of them has answered another context.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import {
  type Awaitable,
  type HelloAnswer,
  type SessionEvent,
  SSL_OP_NO_TICKET,
  type SSLContext,
  type SSLError,
  type TLSServerContext,
  type TLSVersion,
} from 'bladessl';
import { type AnyCallback, callbackCases, type Prepared } from './helpers/callback-cases';
import { attempt, type Ends, ends, type Outcome } from './helpers/handshake';
import { clientContext, localhost, only, serverContext, show } from './helpers/identities';
import { pumpLater } from './helpers/remote-keys';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

function shake(client: SSLContext, server: SSLContext, prepare: (ends: Ends) => void = () => {}): Outcome {
  return attempt(client, server, {
    prepare: (both) => {
      both.client.hostname = 'localhost';
      prepare(both);
    },
  });
}

/** What a server may have on an SSL of its own, and is asked after the ClientHello. */
const afterwards = callbackCases.filter(
  ({ callback, side }) =>
    side === 'server' && !['onClientHello', 'onServerName', 'onSession', 'onTicketKey'].includes(callback),
);

/** Two servers that are set up alike, of which one answers the other; how often each has been asked, and the SSL. */
class Asked {
  readonly prepared: Prepared;
  readonly own;
  readonly ssl;
  readonly adopted;
  readonly #first: SSLContext;
  readonly #callback: string;

  constructor(callback: string, version: TLSVersion, prepare: (version: TLSVersion) => Prepared) {
    this.prepared = prepare(version);
    this.#first = prepare(version).server;
    this.#callback = callback;
    [this.own, this.ssl, this.adopted] = [1, 2, 3].map(() =>
      mock.fn<AnyCallback>(() => this.prepared.answer as never),
    ) as [AnyMock, AnyMock, AnyMock];
    Object.assign(this.#first, { [callback]: this.own });
    Object.assign(this.prepared.server, { [callback]: this.adopted });
    this.#first.onServerName = () => this.prepared.server;
  }

  shake(onSSL: Record<string, AnyCallback | undefined>): Outcome {
    return shake(this.prepared.client, this.#first, ({ server }) => Object.assign(server, onSSL));
  }

  /** Which of the three have been asked. */
  get who(): string[] {
    const all = { own: this.own, ssl: this.ssl, adopted: this.adopted };
    return Object.entries(all).flatMap(([name, fn]) => (fn.mock.callCount() > 0 ? [name] : []));
  }

  assertTaken(outcome: Outcome, who: string): void {
    assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined], this.#callback);
    assert.deepEqual(this.who, [who]);
    this.prepared.check(outcome);
  }
}

type AnyMock = ReturnType<typeof mock.fn<AnyCallback>>;

for (const { callback, prepare } of afterwards) {
  for (const version of versions) {
    const title = `${callback}, ${version}`;

    test(`${title}: the adopted context's is asked, the first one's is not`, () => {
      const asked = new Asked(callback, version, prepare);
      asked.assertTaken(asked.shake({}), 'adopted');
    });

    test(`${title}: one of the SSL itself is asked in place of both`, () => {
      const asked = new Asked(callback, version, prepare);
      asked.assertTaken(asked.shake({ [callback]: asked.ssl }), 'ssl');
    });

    test(`${title}: where the SSL has set it to undefined, nobody is`, () => {
      const asked = new Asked(callback, version, prepare);
      asked.shake({ [callback]: undefined });
      assert.deepEqual(asked.who, []);
    });

    test(`${title}: what the SSL has of others leaves it the adopted context's`, () => {
      const asked = new Asked(callback, version, prepare);
      const other = callback === 'onAlpn' ? 'onOcsp' : 'onAlpn';
      asked.assertTaken(asked.shake({ [other]: () => undefined as never }), 'adopted');
    });
  }
}

for (const version of versions) {
  test(`${version}: a verification callback of the SSL itself takes the place of both of the adopted context`, () => {
    for (const [own, others] of [
      ['onVerify', 'verifyChain'],
      ['verifyChain', 'onVerify'],
    ] as const) {
      const prepare = afterwards.find(({ callback }) => callback === own)?.prepare ?? assert.fail();
      const asked = new Asked(own, version, prepare);
      const other = mock.fn(() => true);
      asked.prepared.server[others] = other;
      asked.assertTaken(asked.shake({ [own]: asked.ssl }), 'ssl');
      assert.equal(other.mock.callCount(), 0);
    }
  });

  test(`${version}: onServerName is the adopted context's, unless the SSL has its own`, () => {
    for (const onSSL of [false, true]) {
      const [first, second] = [only(serverContext(), version), only(serverContext(), version)];
      const [own, ssl, adopted] = [
        mock.fn(() => undefined),
        mock.fn(() => undefined),
        mock.fn(() => undefined),
      ];
      first.onClientHello = () => second;
      first.onServerName = own;
      second.onServerName = adopted;
      const outcome = shake(clientContext(), first, ({ server }) => {
        if (onSSL) server.onServerName = ssl;
      });
      assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
      const counts = [own, ssl, adopted].map((fn) => fn.mock.callCount());
      assert.deepEqual(counts, onSSL ? [0, 1, 0] : [0, 0, 1]);
    }
  });

  test(`${version}: onTicketKey is the first context's`, () => {
    const key = { name: Buffer.alloc(16, 1), aesKey: Buffer.alloc(32, 2), hmacKey: Buffer.alloc(32, 3) };
    const other = mock.fn(() => assert.fail('the adopted context has been asked'));
    for (const adoptedToo of [false, true]) {
      const own = mock.fn(() => key);
      const server = adopting(version, adoptedToo ? { onTicketKey: other } : {});
      server.onTicketKey = own;
      assertResumed(version, server);
      assert.ok(own.mock.callCount() >= 2, 'to seal, and to open');
    }
    const without = adopting(version, { onTicketKey: other });
    assertResumed(version, without);
    assert.equal(other.mock.callCount(), 0);
  });

  test(`${version}: onSession and onNewSession are the first context's`, () => {
    const store = new Map<string, Buffer>();
    const other = mock.fn(() => assert.fail('the adopted context has been asked'));
    const server = adopting(version, { onNewSession: other, onSession: other, options: SSL_OP_NO_TICKET });
    server.onNewSession = ({ id, session }) => store.set(id.toString('hex'), session);
    server.onSession = mock.fn(({ id }: SessionEvent) => store.get(id.toString('hex')));
    assertResumed(version, server);
    assert.ok(store.size > 0);
    assert.equal(other.mock.callCount(), 0);
  });

  for (const callback of ['onClientHello', 'onServerName'] as const) {
    test(`${version}, ${callback}: a context for clients is no answer`, async () => {
      const forClients = show(clientContext(), localhost);
      for (const answer of [
        () => forClients,
        () => ({ context: forClients }),
        async () => forClients,
        async () => ({ context: forClients }),
      ]) {
        const { serverError, clientError } = await pumpLater(answering(version, callback, answer));
        assert.equal(serverError?.code, 'ERR_WRONG_STATE');
        assert.equal((clientError as SSLError).alert?.name, 'internal_error');
      }
    });
  }
}

/** A server that goes on with a context that has these settings. */
function adopting(version: TLSVersion, settings: object): TLSServerContext {
  const [own, adopted] = [only(serverContext(), version), only(serverContext(), version)];
  Object.assign(adopted, settings);
  for (const context of [own, adopted]) context.sessionIdContext = Buffer.from('shared');
  own.onServerName = () => adopted;
  return own;
}

function assertResumed(version: TLSVersion, server: SSLContext): void {
  const client = only(clientContext(), version);
  const first = shake(client, server);
  assert.deepEqual([first.clientError, first.serverError], [undefined, undefined]);
  first.client.read();
  const { session } = first.client;
  const second = shake(client, server, ({ client: own }) => {
    own.session = session ?? assert.fail('there is no session');
  });
  assert.deepEqual(
    [second.clientError, second.serverError, second.server.sessionReused],
    [undefined, undefined, true],
  );
}

function answering(
  version: TLSVersion,
  callback: 'onClientHello' | 'onServerName',
  answer: () => Awaitable<HelloAnswer>,
): Ends {
  const server = Object.assign(only(serverContext(), version), { [callback]: answer });
  return ends(clientContext(), server, {
    prepare: ({ client }) => {
      client.hostname = 'localhost';
    },
  });
}
