// A chain whose handshake waits for an answer: what may be done with it meanwhile, and what ends the wait.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  Certificate,
  SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLContext,
  type SSLError,
  type VerifyAnswer,
} from 'bladessl';
import { freeing, listening, portOf, tcpConnection } from '../helpers/chains';
import { type EagerClient, eagerClient, recordsOf } from '../helpers/eager-clients';
import { collectGarbage } from '../helpers/gc';
import { authority, clientContext, type Identity, only, serverContext, show } from '../helpers/identities';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const sides = ['client', 'server'] as const;
const rsa = (commonName: string): Identity =>
  Certificate.generate({ commonName, key: 'rsa', altNames: [commonName], issuer: authority });
const [own, stranger] = [rsa('localhost'), rsa('stranger')];
const secret = 'the words of somebody who may be anybody';

interface Asked {
  readonly signal: AbortSignal;
  answer(verdict: VerifyAnswer): void;
}

/** Lets a context ask for a verdict on the peer; the first question. */
function asking(context: SSLContext): Promise<Asked> {
  return new Promise((asked) => {
    context.verifyChain = ({ signal }) => new Promise((answer) => asked({ signal, answer }));
  });
}

function strict(): SSLContext {
  return serverContext(own)
    .addCA(authority.certificate)
    .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
}

interface Wait extends Asked {
  readonly chain: SSLBIO;
  readonly other: SSLBIO;
  readonly handshake: Promise<void>;
  readonly otherHandshake: Promise<void>;
}

/** Two chains over TCP, of which the one on a side waits. */
async function waiting(
  t: TestContext,
  side: (typeof sides)[number],
  version: (typeof versions)[number],
): Promise<Wait> {
  const contexts = { client: only(show(clientContext(), stranger), version), server: strict() };
  const asked = asking(contexts[side]);
  const plain = await tcpConnection(t);
  const links = {
    client: freeing(t, new SSLBIO(contexts.client).push(plain.client)),
    server: freeing(t, new SSLBIO(contexts.server).push(plain.server)),
  };
  const shaking = {
    client: links.client.handshake({ servername: 'localhost' }),
    server: links.server.handshake(),
  };
  for (const handshake of Object.values(shaking)) handshake.catch(() => {});
  const otherSide = side === 'client' ? 'server' : 'client';
  return {
    ...(await asked),
    chain: links[side],
    other: links[otherSide],
    handshake: shaking[side],
    otherHandshake: shaking[otherSide],
  };
}

test('two who shake hands on one chain both hear that it is done', async (t) => {
  const plain = await tcpConnection(t);
  const client = freeing(t, new SSLBIO(clientContext()).push(plain.client));
  const server = freeing(t, new SSLBIO(serverContext()).push(plain.server));
  const first = client.handshake({ servername: 'localhost' });
  while (client.ssl.stateString === 'PINIT') await nextTurn();
  assert.equal(server.doHandshake(), -1);
  // It finds what the first one waits for, before the loop does.
  await Promise.all([client.handshake(), first]);
});

/** What the wait is ended with, and what the handshake fails with then. */
const ends: Record<string, readonly [(chain: SSLBIO) => void, code: string]> = {
  'the chain is freed': [(chain) => chain.freeAll(), 'ERR_FREED'],
  'the link is freed': [(chain) => chain.free(), 'ERR_FREED'],
};

for (const side of sides) {
  for (const version of versions) {
    const title = `${side}, ${version}`;

    test(`${title}: nothing but the handshake goes on`, async (t) => {
      const { chain, other, signal, answer, handshake, otherHandshake } = await waiting(t, side, version);
      const busy = { name: 'SSLError', code: 'ERR_BUSY' };
      for (const call of [
        () => chain.read(),
        () => chain.write('x'),
        () => chain.flush(),
        () => chain.pending,
        () => chain.wpending,
        () => chain.ssl.read(),
        () => chain.ssl.write('x'),
        () => chain.ssl.shutdown(),
      ]) {
        assert.throws(call, busy, String(call));
      }
      await assert.rejects(chain.readAsync(), busy);
      await assert.rejects(chain.writeAsync('x'), busy);
      assert.deepEqual([chain.doHandshake(), chain.doConnect()], [-1, -1]);
      assert.equal(signal.aborted, false);
      answer(true);
      await Promise.all([handshake, otherHandshake]);
      await chain.writeAsync('hello');
      assert.equal(String(await other.readAsync()), 'hello');
      assert.equal(signal.aborted, false);
    });

    test(`${title}: a wait that was given up can be taken up again`, async (t) => {
      const { chain, signal, answer, handshake, otherHandshake } = await waiting(t, side, version);
      await assert.rejects(chain.handshake({ timeout: 5 }), { name: 'TimeoutError' });
      const controller = new AbortController();
      const aborted = chain.handshake({ signal: controller.signal });
      controller.abort(new Error('enough'));
      await assert.rejects(aborted, { message: 'enough' });
      assert.equal(signal.aborted, false);
      const again = [chain.handshake(), chain.handshake()];
      answer(true);
      await Promise.all([handshake, otherHandshake, ...again]);
      assert.equal(signal.aborted, false);
    });

    for (const [how, [end, code]] of Object.entries(ends)) {
      test(`${title}: ${how}`, async (t) => {
        const { chain, signal, answer, handshake } = await waiting(t, side, version);
        end(chain);
        collectGarbage();
        await assert.rejects(handshake, { code });
        await nextTurn();
        assert.equal((signal.reason as SSLError).code, 'ERR_CLOSED');
        answer(true);
        collectGarbage();
        await nextTurn();
        collectGarbage();
      });
    }

    test(`${title}: no other transport takes the place of the one that it waits with`, async (t) => {
      const { chain, answer, handshake, otherHandshake } = await waiting(t, side, version);
      assert.throws(() => chain.pop(), { code: 'ERR_BUSY' });
      assert.throws(() => chain.next?.pop(), { code: 'ERR_BUSY' });
      assert.throws(() => chain.setSsl(new SSL(chain.ssl.context)), { code: 'ERR_BUSY' });
      answer(true);
      await Promise.all([handshake, otherHandshake]);
      assert.equal(chain.ssl.isInitFinished, true);
    });
  }
}

interface Visit {
  readonly chain: SSLBIO;
  readonly peer: EagerClient;
  /** How much the server had said when the client had said everything. */
  readonly before: number;
  readonly handshake: Promise<void>;
  readonly asked: Asked;
}

async function visited(t: TestContext, version: (typeof versions)[number]): Promise<Visit> {
  const context = only(strict(), version);
  if (version === 'TLSv1.2') context.setCiphers('AES128-GCM-SHA256');
  const question = asking(context);
  const listener = await listening(t);
  const peer = eagerClient(t, portOf(listener), version, stranger, secret);
  const chain = freeing(t, new SSLBIO(context).push(await listener.accept()));
  const handshake = chain.handshake();
  handshake.catch(() => {});
  const before = await peer.sent;
  const asked = await question;
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  assert.equal(peer.received.length, before);
  return { chain, peer, before, handshake, asked };
}

for (const version of versions) {
  test(`${version}: who is accepted in the end is heard then`, async (t) => {
    const { chain, handshake, asked } = await visited(t, version);
    await assert.rejects(chain.readAsync(), { code: 'ERR_BUSY' });
    asked.answer(true);
    await handshake;
    assert.equal(String(await chain.readAsync()), secret);
  });

  for (const [verdict, alert] of [
    [false, 46],
    ['unknown_ca', 48],
    [7 as never, 80],
  ] as const) {
    test(`${version}: who is refused is never heard (${verdict})`, async (t) => {
      const { chain, peer, before, handshake, asked } = await visited(t, version);
      asked.answer(verdict);
      await assert.rejects(handshake);
      await assert.rejects(chain.readAsync());
      assert.throws(() => chain.read());
      assert.throws(() => chain.ssl.read());
      chain.freeAll();
      await peer.over;
      assert.equal(recordsOf(peer.received.subarray(before)).length, 1);
      assert.equal(peer.alert, alert);
    });
  }
}
