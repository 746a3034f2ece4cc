// What console.log shows of each object.

import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import {
  AcceptBIO,
  BufferBIO,
  ConnectBIO,
  MemoryBIO,
  PrivateKey,
  SSL,
  SSLBIO,
  TLSClientContext,
} from 'bladessl';
import { tlsPair } from './helpers/chains';
import { clientContext, localhost } from './helpers/identities';

test('a context shows its side, versions and verification', () => {
  assert.equal(
    inspect(new TLSClientContext()),
    "TLSClientContext { role: 'client', minVersion: 'TLSv1.2', verifyMode: 1 }",
  );
});

test('a chain shows its links, and the SSL that drives it', () => {
  const chain = new SSLBIO(clientContext()).push(new BufferBIO()).push(new ConnectBIO('localhost:443'));
  const text = inspect(chain).replace(/\s+/g, ' ');
  assert.match(
    text,
    /^SSLBIO \{ pending: 0, wpending: 0, ssl: SSL \{ role: 'client', .*\}, next: BufferBIO /,
  );
  assert.match(text, /next: ConnectBIO \{ connHostname: 'localhost', connPort: '443', pending: 0, /);
  chain.freeAll();
  assert.equal(inspect(chain), 'SSLBIO { freed: true }');
});

test('links show what they hold', () => {
  assert.equal(inspect(new MemoryBIO('abc')), 'MemoryBIO { pending: 3, wpending: 0 }');
  assert.equal(
    inspect(new AcceptBIO('127.0.0.1:443')),
    "AcceptBIO { acceptName: '127.0.0.1', acceptPort: '443', pending: 0, wpending: 0 }",
  );
});

test('a connection shows what was agreed on, and with whom', (t) => {
  const { client } = tlsPair(t);
  const text = inspect(client.ssl, { compact: true, breakLength: Infinity });
  assert.match(
    text,
    /^SSL \{ role: 'client', stateStringLong: '.*', version: 'TLSv1\.3', cipher: \{ name: 'TLS_/,
  );
  assert.match(text, /peerCertificate: Certificate \{ subject: 'CN=localhost'/);
});

test('what is nested too deep shows its class, and a prototype is no object', () => {
  const ssl = new SSL(clientContext());
  assert.equal(inspect({ ssl }, { depth: 0 }), '{ ssl: [SSL] }');
  for (const { prototype } of [SSL, SSLBIO, TLSClientContext, PrivateKey]) {
    assert.equal(typeof inspect(prototype), 'string');
  }
});

test('what cannot be read at the moment shows why not', () => {
  class Asking extends SSLBIO {
    override get pending(): number {
      throw Object.assign(new Error('not now'), { code: 'ERR_BUSY' });
    }
  }
  assert.match(inspect(new Asking(clientContext())), /^Asking \{\s*pending: '\[ERR_BUSY\]'/);
});

test('a key shows its kind alone', () => {
  assert.equal(inspect(localhost.privateKey), "PrivateKey { type: 'ec', bits: 256, group: 'prime256v1' }");
});
