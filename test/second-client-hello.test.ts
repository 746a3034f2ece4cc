// What was decided by the first ClientHello holds for the second one (after a HelloRetryRequest): it may not ask for
// another server. The bytes of an honest client are changed on their way.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemoryBIO, SSL, type SSLError, type TLSServerContext } from 'bladessl';
import type { AnyCallback } from './helpers/callback-cases';
import { assertQueueEmpty } from './helpers/error-queue';
import { clientContext, only, serverContext } from './helpers/identities';

const name = 'public.example';

function take(bio: MemoryBIO): Buffer {
  return bio.read(bio.pending) ?? assert.fail('nothing was sent');
}

async function step(ssl: SSL): Promise<1 | -1> {
  ssl.doHandshake();
  await ssl.settled;
  return ssl.doHandshake();
}

type Change = (hello: Buffer) => void;

interface Retried {
  readonly client: SSL;
  readonly server: SSL;
  /** Goes on with the second ClientHello, which the server has now. */
  readonly answer: () => Promise<1 | -1>;
}

/** A server that has asked its client for another key share, and has the second ClientHello before it. */
async function retried(context: TLSServerContext, first: Change, second: Change): Promise<Retried> {
  const [toClient, sent, toServer, answers] = [1, 2, 3, 4].map(() => new MemoryBIO());
  assert.ok(toClient && sent && toServer && answers);
  const offering = only(clientContext(), 'TLSv1.3');
  offering.groups = 'X25519:P-256';
  offering.alpnProtocols = ['one'];
  only(context, 'TLSv1.3').groups = 'P-256';
  const client = new SSL(offering).setConnectState();
  client.hostname = name;
  client.setBio(toClient, sent);
  const server = new SSL(context).setAcceptState();
  server.setBio(toServer, answers);
  const say = (change: Change): void => {
    assert.equal(client.doHandshake(), -1);
    const hello = take(sent);
    change(hello);
    toServer.write(hello);
  };
  say(first);
  assert.equal(await step(server), -1);
  toClient.write(take(answers));
  say(second);
  const hear = (): unknown => toClient.write(take(answers));
  return { client, server, answer: () => step(server).finally(hear) };
}

const nothing: Change = () => {};

/** Writes over the name, or over what is so many bytes from it. */
function patch(hello: Buffer, offset: number, bytes: Buffer): void {
  const at = hello.indexOf(name);
  assert.ok(at > 0, 'the name is not in the ClientHello');
  bytes.copy(hello, at + offset);
}

const another: Change = (hello) => patch(hello, 0, Buffer.from('secret.example'));
// RFC 6066, 3: before the name stand its length, its type, the length of the list and of the extension, and the type of
// that. RFC 8701: types that nobody may mind.
const noName: Change = (hello) => patch(hello, -9, Buffer.of(0xda, 0xda));

const callbacks: Record<string, AnyCallback> = {
  onClientHello: () => undefined as never,
  onServerName: () => undefined as never,
  onAlpn: () => 'one' as never,
  onCertificate: () => undefined as never,
  onOcsp: () => undefined as never,
  onVerify: () => true as never,
  verifyChain: () => true as never,
  onPsk: () => undefined as never,
  onSession: () => undefined as never,
  onTicketKey: () => undefined as never,
};

for (const [callback, answer] of Object.entries(callbacks)) {
  const wraps: Record<string, AnyCallback> = { 'at once': answer };
  if (['onClientHello', 'onServerName'].includes(callback)) {
    wraps['by a promise'] = async (event) => {
      await nextTurn();
      return await answer(event);
    };
  }
  for (const [how, ask] of Object.entries(wraps)) {
    const context = (): TLSServerContext => Object.assign(serverContext(), { [callback]: ask });
    const title = `${callback}, ${how}`;

    for (const [what, first, second] of [
      ['another name than the first', nothing, another],
      ['no name any more', nothing, noName],
      ['a name where there was none', noName, nothing],
    ] as const) {
      test(`${title}: a second ClientHello with ${what} is refused`, async () => {
        const { client, server, answer: goOn } = await retried(context(), first, second);
        await assert.rejects(goOn, (error: SSLError) => {
          assert.equal(error.code, 'ERR_REFUSED');
          assert.deepEqual([error.alert?.name, error.alert?.direction], ['illegal_parameter', 'sent']);
          return true;
        });
        assert.throws(
          () => client.doHandshake(),
          (error: SSLError) => error.alert?.name === 'illegal_parameter',
        );
        assert.equal(server.isInitFinished, false);
        assertQueueEmpty();
      });
    }

    test(`${title}: one with the same name goes on`, async () => {
      const { client, server, answer: goOn } = await retried(context(), nothing, nothing);
      assert.equal(await goOn(), -1);
      assert.equal(client.doHandshake(), 1);
      assert.deepEqual([server.hostname, server.group], [name, 'secp256r1']);
    });
  }
}
