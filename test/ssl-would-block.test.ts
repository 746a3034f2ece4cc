// Writing more than the transport takes: partial writes, would-block, and how a retry goes on.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { SSL_ERROR_NONE, SSL_ERROR_WANT_WRITE, SSL_MODE_AUTO_RETRY } from 'bladessl';
import { connected, opened, readAll } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';

const record = 16384;

test('partial writes: a transport that takes one record takes one record', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = randomBytes(3 * record);
  assert.equal(client.write(data), record);
  assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
  assert.equal(client.write(data.subarray(record)), -1);
  assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
  assert.deepEqual(server.read(), data.subarray(0, record));
});

test('partial writes: a transport that takes all takes all, in as few records as it needs', () => {
  const { client, server } = opened();
  const data = randomBytes(3 * record + 1);
  assert.equal(client.write(data), data.length);
  assert.equal(client.error(), SSL_ERROR_NONE);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => server.read()?.length),
    [record, record, record, 1],
  );
});

test('would-block: a retry may come from another buffer, and goes on where it was', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = randomBytes(20 * record);
  const received: Buffer[] = [];
  let sent = 0;
  let blocked = 0;
  while (sent < data.length) {
    const count = client.write(Buffer.from(data.subarray(sent)));
    if (count < 0) {
      blocked++;
      assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
      received.push(readAll(server));
    } else sent += count;
  }
  received.push(readAll(server));
  assert.ok(blocked >= 18);
  assert.deepEqual(Buffer.concat(received), data);
});

test('would-block: writev goes on where it was too', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const pieces = Array.from({ length: 300 }, () => randomBytes(1000));
  const data = Buffer.concat(pieces);
  const received: Buffer[] = [];
  for (let sent = 0; sent < data.length; ) {
    const rest = data.subarray(sent);
    const count = client.writev([rest.subarray(0, 10), rest.subarray(10)]);
    if (count < 0) received.push(readAll(server));
    else sent += count;
  }
  received.push(readAll(server));
  assert.deepEqual(Buffer.concat(received), data);
});

test('would-block: the other direction goes on meanwhile', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = randomBytes(3 * record);
  assert.equal(client.write(data), record);
  assert.equal(server.write('other way'), 9);
  assert.equal(client.read()?.toString(), 'other way');
  const received = [readAll(server)];
  for (let sent = record; sent < data.length; received.push(readAll(server))) {
    sent += Math.max(0, client.write(data.subarray(sent)));
  }
  assert.deepEqual(Buffer.concat(received), data);
});

test('would-block: write and writev take over from each other', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = randomBytes(40 * record);
  const received: Buffer[] = [];
  for (let sent = 0, turn = 0; sent < data.length; turn++) {
    const rest = data.subarray(sent);
    const count = turn % 2 === 0 ? client.write(rest) : client.writev([rest]);
    if (count > 0) sent += count;
    received.push(readAll(server));
  }
  assert.deepEqual(Buffer.concat(received), data);
});

test('would-block: the rest may be offered in smaller pieces', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = randomBytes(5 * record);
  const received: Buffer[] = [];
  for (let sent = 0, size = 40_000; sent < data.length; size = size === 40_000 ? 700 : 40_000) {
    const count = client.write(data.subarray(sent, sent + size));
    if (count < 0) received.push(readAll(server));
    else sent += count;
  }
  received.push(readAll(server));
  assert.deepEqual(Buffer.concat(received), data);
});

test('would-block: other bytes go out after the record that is under way', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = Buffer.alloc(2 * record, 'x');
  assert.equal(client.write(data), record);
  assert.equal(client.write(data.subarray(record)), -1);
  const received = [readAll(server)];
  assert.equal(client.write('something else'), 14);
  received.push(readAll(server));
  assert.equal(Buffer.concat(received).toString(), `${data}something else`);
});

test('would-block: close_notify waits for the record that is under way', () => {
  const { client, server } = opened('TLSv1.3', 'pair');
  const data = Buffer.alloc(2 * record, 'x');
  assert.equal(client.write(data), record);
  assert.equal(client.write(data.subarray(record)), -1);
  assert.equal(client.shutdown(), -1);
  assert.equal(client.error(), SSL_ERROR_WANT_WRITE);
  assert.equal(readAll(server).length, record);
  assert.equal(client.shutdown(), 0);
  assert.equal(server.read()?.length, record);
  assert.equal(server.read()?.length, 0);
});

test('without partial writes a write takes all or blocks', () => {
  const context = clientContext();
  context.mode = SSL_MODE_AUTO_RETRY;
  const { client, server } = connected(context, serverContext());
  const data = randomBytes(5 * record);
  assert.equal(client.write(data), data.length);
  assert.deepEqual(readAll(server), data);
  const pair = connected(context, serverContext(), { transport: 'pair' });
  assert.equal(pair.client.write(data), -1);
  assert.equal(pair.client.error(), SSL_ERROR_WANT_WRITE);
});
