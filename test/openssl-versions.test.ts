// What differs between the versions of Node and of the OpenSSL in them, for one binary of the addon. A version
// that is not in the tables fails: somebody has to look.

import assert from 'node:assert/strict';
import test from 'node:test';
import { TLSClientContext, TLSServerContext, versions } from 'bladessl';
import { connected } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';

const hybrid = 'X25519MLKEM768';

/** By the OpenSSL of the running Node: the group of a connection that says nothing about groups. */
const defaultGroups: Readonly<Record<string, string>> = { '3.0': 'x25519', '3.5': hybrid };

/** By Node, which sets it when it is built. */
const securityLevels: Readonly<Record<string, number>> = { '20': 1, '22': 1, '24': 2, '26': 2 };

const openssl = versions.openssl.split('.', 2).join('.');
const [major = ''] = versions.node.split('.');

function expected<T>(table: Readonly<Record<string, T>>, version: string): T {
  const value = table[version];
  assert.ok(value !== undefined, `nothing is said about ${version}`);
  return value;
}

test('the group of a connection that says nothing about groups', () => {
  const { client, server } = connected(clientContext(), serverContext());
  const group = expected(defaultGroups, openssl);
  assert.deepEqual([client.version, client.group, server.group], ['TLSv1.3', group, group]);
});

test('the hybrid group of ML-KEM and X25519: agreed on where OpenSSL has it, refused by name elsewhere', () => {
  const [client, server] = [clientContext(), serverContext()];
  if (expected(defaultGroups, openssl) !== hybrid) {
    assert.throws(() => (client.groups = hybrid), { name: 'SSLError', code: 'ERR_UNKNOWN_GROUP' });
    return;
  }
  client.groups = [hybrid];
  server.groups = [hybrid];
  assert.equal(connected(client, server).server.group, hybrid);
});

// Another OpenSSL has been given its own when it was built.
const own = versions.flavour === 'static' && 'this OpenSSL is not the one inside Node';
test('the security level of a new context', { skip: own }, () => {
  const level = expected(securityLevels, major);
  assert.equal(new TLSClientContext().securityLevel, level);
  assert.equal(new TLSServerContext().securityLevel, level);
});
