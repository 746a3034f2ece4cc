// How often onPsk is asked, and for which version, and what it does beside certificates.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type PSK, TLSServerContext, type TLSVersion } from 'bladessl';
import { connected } from './helpers/handshake';
import { clientContext, localhost, only, serverContext } from './helpers/identities';

const key = Buffer.alloc(32, 7);

/** The versions that a client is asked for in a handshake, in which it has the key for one of them alone. */
function askedOf(version: TLSVersion, has: TLSVersion | undefined, groups?: string): string[] {
  const asked: string[] = [];
  const client = clientContext();
  const server = serverContext();
  for (const context of [client, server]) {
    context.maxVersion = version;
    context.ciphersuites = 'TLS_AES_128_GCM_SHA256';
    if (version === 'TLSv1.2') context.setCiphers('PSK');
  }
  if (groups !== undefined) server.groups = groups;
  client.onPsk = (event): PSK | undefined => {
    asked.push(event.version);
    return event.version === has ? { identity: 'me', key } : undefined;
  };
  server.onPsk = (event): PSK => {
    assert.equal(event.version, version);
    return { key };
  };
  const ends = connected(client, server, {
    prepare: (made) => {
      made.client.hostname = made.client.verifyName = 'localhost';
    },
  });
  assert.equal(ends.client.peerCertificate === undefined, has === version);
  return asked;
}

test('a client is asked once for TLS 1.3, before its ClientHello', () => {
  assert.deepEqual(askedOf('TLSv1.3', 'TLSv1.3'), ['TLSv1.3']);
});

test('a client that has no key for TLS 1.3 is not asked for one of TLS 1.2, nor is that offered', () => {
  assert.deepEqual(askedOf('TLSv1.3', undefined), ['TLSv1.3']);
  assert.deepEqual(askedOf('TLSv1.3', 'TLSv1.2'), ['TLSv1.3']);
});

test('a client is asked once, also where there are two ClientHellos', () => {
  assert.deepEqual(askedOf('TLSv1.3', 'TLSv1.3', 'P-384'), ['TLSv1.3']);
  assert.deepEqual(askedOf('TLSv1.3', undefined, 'P-384'), ['TLSv1.3']);
});

test('a client is asked for TLS 1.2 when a cipher suite with PSK has been chosen', () => {
  assert.deepEqual(askedOf('TLSv1.2', 'TLSv1.2'), ['TLSv1.2']);
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const known of [true, false]) {
    const title = `${version}: a server has onCertificate and onPsk, and the key is ${known ? 'known' : 'not known'}`;
    test(title, () => {
      const client = only(clientContext(), version);
      const server = only(new TLSServerContext(), version);
      if (known) for (const context of [client, server]) context.setCiphers('PSK');
      server.groups = 'P-384'; // in TLS 1.3 there are two ClientHellos, therefore
      server.onCertificate = () => localhost;
      server.onPsk = () => (known ? { key, hash: 'sha384' } : undefined);
      if (known || version === 'TLSv1.3') client.onPsk = () => ({ identity: 'me', key, hash: 'sha384' });
      const { client: end } = connected(client, server, {
        prepare: (made) => {
          made.client.hostname = made.client.verifyName = 'localhost';
        },
      });
      assert.equal(end.peerCertificate?.subject, known ? undefined : 'CN=localhost');
    });
  }
}
