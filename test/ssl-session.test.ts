// Taking a session from one connection to another.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SSL, type SSLContext, type TLSVersion } from 'bladessl';
import { connected } from './helpers/handshake';
import { clientContext, only, serverContext } from './helpers/identities';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

function resume(client: SSLContext, server: SSLContext, session: Buffer): SSL {
  const prepare = (ends: { client: SSL }): void => {
    ends.client.session = session;
  };
  return connected(client, server, { prepare }).client;
}

for (const version of versions) {
  test(`${version}: a session is resumed, also after the connection it came from is gone`, () => {
    const [client, server] = [only(clientContext(), version), serverContext()];
    const first = connected(client, server);
    first.client.read();
    const { session } = first.client;
    assert(session instanceof Buffer);
    first.client.free();
    first.server.free();
    assert.equal(resume(client, server, session).sessionReused, true);
  });

  test(`${version}: another context of the server knows nothing of it`, () => {
    const client = only(clientContext(), version);
    const first = connected(client, serverContext());
    first.client.read();
    assert.equal(resume(client, serverContext(), first.client.session as Buffer).sessionReused, false);
  });
}

test('there is no session before the handshake, and in TLS 1.3 none before the ticket has come', () => {
  const server = serverContext();
  server.numTickets = 0;
  assert.equal(new SSL(clientContext()).session, undefined);
  assert.equal(connected(only(clientContext(), 'TLSv1.3'), server).client.session, undefined);
});

test('what is no session is refused', () => {
  const ssl = new SSL(clientContext());
  const set = (value: unknown) => () => {
    ssl.session = value as Buffer;
  };
  assert.throws(set('text'), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_TYPE',
    message: /^session must be/,
  });
  assert.throws(set(Buffer.from('nonsense')), { name: 'SSLError', code: /^ERR_OSSL_ASN1_/ });
  assert.throws(set(Buffer.alloc(0)), { name: 'SSLError' });
  const { client } = connected(only(clientContext(), 'TLSv1.2'), serverContext());
  const session = client.session as Buffer;
  assert.throws(set(Buffer.concat([session, Buffer.of(0)])), { code: 'ERR_TRAILING_DATA' });
});

test('it can be set on a client before the handshake only', () => {
  const ends = connected(only(clientContext(), 'TLSv1.2'), serverContext());
  const session = ends.client.session as Buffer;
  const set = (ssl: SSL) => () => {
    ssl.session = session;
  };
  assert.throws(set(ends.client), { code: 'ERR_WRONG_STATE', message: /handshake has begun/ });
  assert.throws(set(new SSL(serverContext())), { code: 'ERR_WRONG_STATE', message: /server/ });
  const freed = new SSL(clientContext());
  freed.free();
  assert.throws(set(freed), { code: 'ERR_FREED' });
  assert.throws(() => freed.session, { code: 'ERR_FREED' });
});
