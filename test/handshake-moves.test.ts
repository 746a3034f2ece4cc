// Handshakes that turn out to need a stack of their own only when callbacks have answered already: what was answered
// is not asked again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Awaitable, SSLContext, TLSVersion } from 'bladessl';
import { BIO, SSL_VERIFY_PEER, TLSServerContext } from 'bladessl';
import { type Ends, ends } from './helpers/handshake';
import { authority, clientContext, only, serverContext } from './helpers/identities';
import {
  identityOf,
  pumpLater,
  remoteKeyOf,
  type Side,
  showRemotely,
  sides,
  signingLater,
  strictContext,
  tlsVersions,
} from './helpers/remote-keys';

const identity = identityOf({ type: 'ec' });
// Larger than what libssl gathers before it writes.
const large = identityOf({ type: 'ec' }, [
  'localhost',
  ...Array.from({ length: 400 }, (_, i) => `${i}.some.example`),
]);
const ways = ['at once', 'later'] as const;
type Way = (typeof ways)[number];

function answers<T>(way: Way, value: T): Awaitable<T> {
  return way === 'at once' ? value : nextTurn(value);
}

/** Who was asked, in order. */
async function askedIn(both: Ends, asked: string[]): Promise<readonly string[]> {
  const outcome = await pumpLater(both);
  assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
  return asked;
}

function endsOf(client: SSLContext, server: SSLContext): Ends {
  const both = ends(client, server);
  both.client.hostname = 'localhost';
  return both;
}

/** A server whose second context signs elsewhere and asks for its client's certificate to be judged. */
function changingServer(version: TLSVersion, way: Way, asked: string[]): SSLContext {
  const told = <T>(name: string, value: T): Awaitable<T> => {
    asked.push(name);
    return answers(way, value);
  };
  const sign = signingLater(identity);
  const second = showRemotely(
    new TLSServerContext(),
    identity,
    remoteKeyOf(identity, (...args) => {
      asked.push('sign');
      return sign(...args);
    }),
  );
  second.onAlpn = () => told('second onAlpn', 'h2');
  second.onCertificate = () => told('second onCertificate', undefined);
  const first = only(serverContext(), version);
  first.onClientHello = () => told('onClientHello', undefined);
  first.onServerName = () => told('onServerName', second);
  first.onAlpn = () => told('onAlpn', undefined);
  return first;
}

for (const version of tlsVersions) {
  for (const way of ways) {
    test(`${version}: a context that signs elsewhere is adopted ${way}`, async () => {
      const asked: string[] = [];
      const client = only(clientContext(), version);
      client.alpnProtocols = ['h2'];
      const both = endsOf(client, changingServer(version, way, asked));
      assert.deepEqual(await askedIn(both, asked), [
        'onClientHello',
        'onServerName',
        'second onAlpn',
        'second onCertificate',
        'sign',
      ]);
      assert.equal(both.client.alpnProtocol, 'h2');
    });
  }

  for (const side of sides) {
    for (const way of ways) {
      test(`${version}, the ${side}: onCertificate answers a key that is elsewhere, ${way}`, async () => {
        const asked: string[] = [];
        const sign = signingLater(identity);
        const key = remoteKeyOf(identity, (...args) => {
          asked.push('sign');
          return sign(...args);
        });
        const shows = contextOf(side);
        shows.onCertificate = () => {
          asked.push('onCertificate');
          return answers(way, { certificate: identity.certificate, privateKey: key });
        };
        const both =
          side === 'server'
            ? endsOf(only(clientContext(), version), shows)
            : endsOf(only(shows, version), strictContext());
        assert.deepEqual(await askedIn(both, asked), ['onCertificate', 'sign']);
        const peer = side === 'server' ? both.client : both.server;
        assert.equal(peer.peerCertificate?.serialNumber, identity.certificate.serialNumber);
      });
    }
  }

  test(`${version}: where the certificate has to go out before it is signed for, it still waits`, async () => {
    const asked: string[] = [];
    const sign = signingLater(large);
    const server = new TLSServerContext();
    server.onCertificate = () => ({
      certificate: large.certificate,
      privateKey: remoteKeyOf(large, (...args) => {
        asked.push('sign');
        return sign(...args);
      }),
    });
    const both = endsOf(only(clientContext(), version), server);
    const [clientEnd, serverEnd] = BIO.pair(512);
    both.client.setBio(clientEnd);
    both.server.setBio(serverEnd);
    assert.deepEqual(await askedIn(both, asked), ['sign']);
  });
}

/** What makes a job necessary, and is not asked here: the client has no key, no certificate, and wants no response. */
const unasked: Readonly<Record<string, (context: SSLContext) => unknown>> = {
  onPsk: (context) => (context.onPsk = () => undefined),
  onVerify: (context) => (context.setVerify(SSL_VERIFY_PEER).onVerify = () => true),
  onOcsp: (context) => (context.onOcsp = () => undefined),
};

for (const version of tlsVersions) {
  for (const [name, prepare] of Object.entries(unasked)) {
    for (const rejects of [false, true]) {
      const answer = rejects ? 'is refused' : 'goes on';
      test(`${version}: a promise after a context with ${name} was adopted, which is not asked: ${answer}`, async () => {
        const second = only(serverContext(), version);
        prepare(second);
        second.onAlpn = async () => {
          await nextTurn();
          if (rejects) throw new Error('refused');
          return 'h2';
        };
        const first = only(serverContext(), version);
        first.onServerName = () => second;
        const client = only(clientContext(), version);
        client.alpnProtocols = ['h2'];
        const both = endsOf(client, first);
        const outcome = await pumpLater(both);
        assert.equal(outcome.serverError?.message, rejects ? 'refused' : undefined);
        if (!rejects) assert.equal(both.client.alpnProtocol, 'h2');
      });
    }
  }
}

function contextOf(side: Side): SSLContext {
  if (side === 'server') return new TLSServerContext();
  return clientContext(authority.certificate);
}
