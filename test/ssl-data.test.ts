// Reading and writing: every call, its edges, and would-block in both directions.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import {
  type Bytes,
  type Data,
  type SSL,
  SSL_ERROR_NONE,
  SSL_ERROR_WANT_READ,
  type TLSVersion,
} from 'bladessl';
import { opened, readAll } from './helpers/handshake';

const record = 16384;
const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];

for (const version of versions) {
  test(`${version}: what is written is read, in every shape that bytes have`, () => {
    const { client, server } = opened(version);
    const bytes = Uint8Array.from([0, 1, 255, 0, 128]);
    const shapes: [Data, Buffer][] = [
      ['text: grüße 🎉', Buffer.from('text: grüße 🎉')],
      ['\0', Buffer.of(0)],
      ['\ud800', Buffer.from([0xef, 0xbf, 0xbd])],
      [Buffer.from(bytes), Buffer.from(bytes)],
      [bytes, Buffer.from(bytes)],
      [bytes.buffer, Buffer.from(bytes)],
      [bytes.subarray(1, 3), Buffer.of(1, 255)],
      [new DataView(bytes.buffer, 2, 2), Buffer.of(255, 0)],
      [new Uint16Array([0x0102]), Buffer.of(2, 1)],
      [new Float64Array([0]), Buffer.alloc(8)],
    ];
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([7, 8]);
    for (const [given, expected] of [...shapes, [shared, Buffer.of(7, 8)] as const]) {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        assert.equal(from.write(given), expected.length);
        assert.equal(from.error(), SSL_ERROR_NONE);
        assert.deepEqual(to.read(), expected);
        assert.equal(to.error(), SSL_ERROR_NONE);
      }
    }
  });
}

test('read: nothing there is null, and says what it waits for', () => {
  const { server } = opened();
  assert.equal(server.read(), null);
  assert.equal(server.error(), SSL_ERROR_WANT_READ);
  assert.equal(server.peek(), null);
  assert.equal(server.readInto(Buffer.alloc(5)), -1);
});

test('read: at most as many bytes as asked for, and no more than a record at a time', () => {
  const { client, server } = opened();
  client.write('abcdef');
  assert.equal(server.read(2)?.toString(), 'ab');
  assert.equal(server.pending, 4);
  assert.equal(server.read(1)?.toString(), 'c');
  assert.equal(server.read(100)?.toString(), 'def');
  client.write('one');
  client.write('two');
  assert.equal(server.read(100)?.toString(), 'one');
  assert.equal(server.read(100)?.toString(), 'two');
  client.writev([Buffer.alloc(3 * record, 1)]);
  assert.equal(server.read()?.length, record);
  assert.equal(readAll(server).length, 2 * record);
});

test('read: huge sizes cost nothing, small results pin no large memory', () => {
  const { client, server } = opened();
  // Node takes a few bytes from a pool, whose size differs between its versions.
  const pool = Buffer.from('x').buffer.byteLength;
  for (const size of [record, 65536, 65537, 2 ** 24, 2 ** 31 - 1]) {
    client.write('x');
    const chunk = server.read(size) as Buffer;
    assert.equal(chunk.toString(), 'x');
    assert.ok(chunk.buffer.byteLength <= Math.max(pool, 65536), `${size}: ${chunk.buffer.byteLength}`);
    assert.equal(server.read(size), null);
  }
});

test("read and peek: results are the caller's own", () => {
  const { client, server } = opened();
  client.write('first');
  const first = server.read() as Buffer;
  client.write('second');
  const peeked = server.peek() as Buffer;
  const second = server.read() as Buffer;
  assert.equal(first.toString(), 'first');
  first.fill('x');
  peeked.fill('y');
  assert.equal(second.toString(), 'second');
});

test('read, peek: sizes that are none', () => {
  const { server } = opened();
  for (const call of [(n: unknown) => server.read(n as number), (n: unknown) => server.peek(n as number)]) {
    for (const bad of [0, -1, 1.5, Number.NaN, Infinity, 2 ** 31, 2 ** 53]) {
      assert.throws(() => call(bad), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^n must/ });
    }
    for (const bad of [null, '1', 1n, {}, true]) {
      assert.throws(() => call(bad), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^n must/ });
    }
  }
});

test('peek: leaves the bytes where they are', () => {
  const { client, server } = opened();
  client.write('look');
  assert.equal(server.peek(2)?.toString(), 'lo');
  assert.equal(server.peek()?.toString(), 'look');
  assert.equal(server.pending, 4);
  assert.equal(server.read()?.toString(), 'look');
  assert.equal(server.peek(), null);
});

test('pending and hasPending: decrypted bytes, and bytes not looked at yet', () => {
  const { client, server } = opened();
  assert.equal(server.pending, 0);
  assert.equal(server.hasPending, false);
  client.write('abc');
  assert.equal(server.pending, 0, 'nothing has been decrypted yet');
  server.peek(1);
  assert.equal(server.pending, 3);
  assert.equal(server.hasPending, true);
  server.read();
  assert.equal(server.pending, 0);
  assert.equal(server.hasPending, false);
});

test('readInto: into the whole, a part, any view', () => {
  const { client, server } = opened();
  client.write('abcdefghij');
  const buffer = Buffer.alloc(8, '.');
  assert.equal(server.readInto(buffer, 2, 3), 3);
  assert.equal(buffer.toString(), '..abc...');
  assert.equal(server.readInto(buffer, 6), 2);
  assert.equal(buffer.toString(), '..abc.de');
  assert.equal(server.readInto(new DataView(buffer.buffer, buffer.byteOffset, 2)), 2);
  assert.equal(buffer.toString(), 'fgabc.de');
  assert.equal(server.readInto(buffer), 3);
  assert.equal(buffer.toString(), 'hijbc.de');
  assert.equal(server.readInto(buffer), -1);
  assert.equal(buffer.toString(), 'hijbc.de');
});

test('readInto: into an ArrayBuffer, a SharedArrayBuffer and a view of larger items', () => {
  const { client, server } = opened();
  for (const target of [new ArrayBuffer(4), new SharedArrayBuffer(4), new Uint16Array(2)]) {
    client.write('data');
    assert.equal(server.readInto(target as Bytes), 4);
    const bytes = ArrayBuffer.isView(target) ? Buffer.from(target.buffer) : Buffer.from(target);
    assert.equal(bytes.toString(), 'data');
  }
});

test('readInto: parts that are outside, and empty ones', () => {
  const { client, server } = opened();
  client.write('stay');
  const buffer = Buffer.alloc(4);
  const range = { name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
  const outside: [number, number | undefined][] = [
    [5, undefined],
    [-1, undefined],
    [0, 5],
    [2, 3],
    [4, 1],
    [0, -1],
    [0.5, 1],
    [0, 2 ** 53],
    [2 ** 32, 1],
    [Number.NaN, 1],
    [4, undefined],
    [0, 0],
  ];
  for (const [offset, length] of outside) {
    assert.throws(() => server.readInto(buffer, offset, length), range, `${offset} ${length}`);
  }
  assert.throws(() => server.readInto(Buffer.alloc(0)), range);
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const bad of [undefined, null, 'buffer', 5, [], {}]) {
    assert.throws(() => server.readInto(bad as Buffer), { ...type, message: /^buffer must/ });
  }
  assert.throws(() => server.readInto(buffer, '0' as never), type);
  assert.throws(() => server.readInto(buffer, 0, null as never), type);
  assert.equal(server.read()?.toString(), 'stay');
});

test('readInto: a buffer whose memory is gone', () => {
  const { client, server } = opened();
  client.write('stay');
  const buffer = new ArrayBuffer(8);
  const [view, data] = [new Uint8Array(buffer), new DataView(buffer)];
  structuredClone(buffer, { transfer: [buffer] });
  for (const gone of [buffer, view, data]) {
    assert.throws(() => server.readInto(gone), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => client.write(gone), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
  }
  assert.equal(server.read()?.toString(), 'stay');
});

test('write and writev: nothing at all is nothing done', () => {
  const { client, server } = opened();
  for (const nothing of ['', Buffer.alloc(0), new ArrayBuffer(0)]) assert.equal(client.write(nothing), 0);
  for (const nothing of [[], [''], ['', Buffer.alloc(0)]]) assert.equal(client.writev(nothing), 0);
  assert.equal(client.wbio?.pending, 0);
  assert.equal(server.read(), null);
});

test('write and writev: what is no data', () => {
  const { client } = opened();
  const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
  for (const bad of [undefined, null, 5, true, {}, [1, 2], Symbol('x'), () => 'x']) {
    assert.throws(() => client.write(bad as string), { ...type, message: /^data must/ });
    assert.throws(() => client.writev(['x', bad as string]), { ...type, message: /^list\[1\] must/ });
  }
  for (const bad of [undefined, null, 'x', Buffer.from('x'), { length: 1, 0: 'x' }]) {
    assert.throws(() => client.writev(bad as unknown as string[]), { ...type, message: /^list must/ });
  }
  assert.equal(client.wbio?.pending, 0, 'nothing has gone out');
});

test('writev: pieces become as few records as they need', () => {
  const { client, server } = opened();
  assert.equal(client.writev(['GET ', Buffer.from('/'), '', new Uint8Array([32]), 'HTTP']), 10);
  assert.equal(server.read()?.toString(), 'GET / HTTP');
  const small = Array.from({ length: 3000 }, (_, i) => `${i},`);
  const text = small.join('');
  assert.equal(client.writev(small), text.length);
  assert.equal(server.read()?.toString(), text);
  const large = randomBytes(2 * record + 5);
  assert.equal(client.writev([large.subarray(0, 7), large.subarray(7)]), large.length);
  assert.deepEqual(
    [record, record, 5].map(() => server.read()?.length),
    [record, record, 5],
  );
});

test('large data, both ways at once', () => {
  const { client, server } = opened();
  const data = randomBytes(4 << 20);
  const send = (ssl: SSL) => {
    for (let sent = 0; sent < data.length; ) sent += ssl.write(data.subarray(sent));
  };
  send(client);
  send(server);
  assert.deepEqual(readAll(server), data);
  assert.deepEqual(readAll(client), data);
});

test('a write to oneself from a read: buffers are not mixed up', () => {
  const { client, server } = opened();
  const echo = Buffer.alloc(100);
  client.write('echo');
  const count = server.readInto(echo);
  server.write(echo.subarray(0, count));
  assert.equal(client.read()?.toString(), 'echo');
});
