// isImmediate(), chunksOf() and knownSize(): every source, and that no file stays open.

import assert from 'node:assert/strict';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { suite, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { SSLSyscallError } from 'bladessl';
import { chunksOf, isImmediate, knownSize } from '../../dist/socket/sources';
import { assertNoneLeft, openDescriptors } from '../helpers/descriptors';

const chunkSize = 65536;
const directory = mkdtempSync(join(tmpdir(), 'bladessl-sources-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

/** A file with bytes that tell where they are. */
function fileOf(size: number, name = `${size}.bin`): { path: string; content: Buffer } {
  const content = Buffer.alloc(size).map((_, index) => (index * 31 + (index >> 8)) & 0xff) as Buffer;
  const path = join(directory, name);
  writeFileSync(path, content);
  return { path, content };
}

/** An open file; it is closed after the test. */
async function opened(t: TestContext, path: string): Promise<FileHandle> {
  const handle = await open(path);
  t.after(() => handle.close());
  return handle;
}

/** All pieces, copied: the next one may come in the same memory. */
async function piecesOf(source: unknown): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunksOf(source, 'data')) pieces.push(Buffer.from(chunk));
  return pieces;
}

const textsOf = async (source: unknown): Promise<string[]> =>
  (await piecesOf(source)).map((piece) => piece.toString());

const contentOf = async (source: unknown): Promise<Buffer> => Buffer.concat(await piecesOf(source));

/** A generator that tells whether it has been closed. */
function watched(...items: unknown[]): { source: AsyncIterable<unknown>; closed: () => boolean } {
  let closed = false;
  async function* generate(): AsyncGenerator<unknown> {
    try {
      yield* items;
    } finally {
      closed = true;
    }
  }
  return { source: generate(), closed: () => closed };
}

const invalidType = (message: RegExp) => ({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message });

suite('data', () => {
  test('is immediate', () => {
    for (const data of ['', 'text', Buffer.of(1), new DataView(new ArrayBuffer(2)), new ArrayBuffer(1)]) {
      assert.ok(isImmediate(data));
    }
    assert.ok(isImmediate(new SharedArrayBuffer(1)));
  });

  test('and its sources are not', () => {
    for (const other of [undefined, null, 5, [], ['text'], { path: 'x' }, new URL('file:///x'), () => '']) {
      assert.equal(isImmediate(other), false);
    }
  });

  test('comes in one piece, and is not copied', async () => {
    assert.deepEqual(await textsOf('Grüße'), ['Grüße']);
    const bytes = new Uint16Array([1, 2, 3]).subarray(1);
    for await (const chunk of chunksOf(bytes, 'data')) {
      assert.deepEqual(
        [chunk.buffer, chunk.byteOffset, chunk.byteLength],
        [bytes.buffer, bytes.byteOffset, 4],
      );
    }
    assert.deepEqual(await piecesOf(new Uint8Array([7, 8]).buffer), [Buffer.of(7, 8)]);
  });

  test('when it is empty, there is none', async () => {
    assert.deepEqual(await piecesOf(''), []);
    assert.deepEqual(await piecesOf(new Uint8Array(0)), []);
  });

  test('a string is text, even where it is the name of a file', async () => {
    const { path } = fileOf(3);
    assert.deepEqual(await textsOf(path), [path]);
  });

  test('bytes that are detached', async () => {
    const bytes = new Uint8Array(4);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    await assert.rejects(piecesOf(bytes), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^data must not be det/,
    });
  });
});

suite('files', () => {
  for (const size of [0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize + 5]) {
    test(`of ${size} bytes, in pieces of 64 KiB at most`, async () => {
      const before = openDescriptors();
      const { path, content } = fileOf(size);
      for (const source of [{ path }, { path: pathToFileURL(path) }, pathToFileURL(path)]) {
        const pieces = await piecesOf(source);
        assert.deepEqual(Buffer.concat(pieces), content);
        assert.ok(pieces.every((piece) => piece.length > 0 && piece.length <= chunkSize));
      }
      assertNoneLeft(before);
    });
  }

  test('are read into one buffer', async () => {
    const buffers = new Set<ArrayBufferLike>();
    for await (const { buffer } of chunksOf({ path: fileOf(4 * chunkSize).path }, 'data'))
      buffers.add(buffer);
    assert.equal(buffers.size, 1);
  });

  test('are closed when the reader stops early', async () => {
    const before = openDescriptors();
    const source = { path: fileOf(2 * chunkSize).path };
    for await (const _ of chunksOf(source, 'data')) break;
    assertNoneLeft(before);
    const failing = (async () => {
      for await (const _ of chunksOf(source, 'data')) throw new Error('the reader');
    })();
    await assert.rejects(failing, /the reader/);
    assertNoneLeft(before);
    await chunksOf(source, 'data').return();
    assertNoneLeft(before);
  });

  test('need not have an end', async () => {
    const before = openDescriptors();
    let total = 0;
    for await (const chunk of chunksOf({ path: '/dev/zero' }, 'data')) {
      total += chunk.byteLength;
      if (total >= 1e7) break;
    }
    assertNoneLeft(before);
  });

  test('that are not there', async () => {
    const path = join(directory, 'nowhere');
    const expected = { name: 'SSLSyscallError', code: 'ENOENT', syscall: 'open', message: /nowhere/ };
    await assert.rejects(piecesOf({ path }), expected);
    await assert.rejects(piecesOf(pathToFileURL(path)), expected);
  });

  test('a directory', async (t) => {
    const before = openDescriptors();
    await assert.rejects(piecesOf({ path: directory }), { name: 'SSLSyscallError', code: 'EISDIR' });
    assertNoneLeft(before);
    const handle = await opened(t, directory);
    await assert.rejects(piecesOf(handle), SSLSyscallError);
  });
});

suite('file handles', () => {
  test('are read from where they are, and stay open', async (t) => {
    const { path, content } = fileOf(2 * chunkSize);
    const handle = await opened(t, path);
    await handle.read(new Uint8Array(1000), 0, 1000, null);
    assert.deepEqual(await contentOf(handle), content.subarray(1000));
    assert.ok((await handle.stat()).isFile());
    assert.deepEqual(await piecesOf(handle), []);
  });

  test('go on from where the reader has stopped', async (t) => {
    const { path, content } = fileOf(2 * chunkSize + 10);
    const handle = await opened(t, path);
    for await (const chunk of chunksOf(handle, 'data')) {
      assert.equal(chunk.byteLength, chunkSize);
      break;
    }
    assert.deepEqual(await contentOf(handle), content.subarray(chunkSize));
  });

  test('that are closed', async () => {
    const handle = await open(fileOf(1).path);
    await handle.close();
    const expected = { name: 'SSLSyscallError', code: 'EBADF', errno: -9, syscall: 'read' };
    await assert.rejects(piecesOf(handle), expected);
    assert.equal(await knownSize(handle), undefined);
  });
});

suite('iterables', () => {
  test('of strings and bytes, without what is empty', async () => {
    const list = ['a', Buffer.from('b'), '', new Uint8Array(0), new Uint16Array([0x6363]), 'ü'];
    assert.deepEqual(await textsOf(list), ['a', 'b', 'cc', 'ü']);
    assert.deepEqual(await textsOf(new Set(list)), ['a', 'b', 'cc', 'ü']);
    assert.deepEqual(await textsOf(watched(...list).source), ['a', 'b', 'cc', 'ü']);
    assert.deepEqual(await textsOf([]), []);
  });

  test('streams', async () => {
    assert.deepEqual(await textsOf(Readable.from(['one', 'two'])), ['one', 'two']);
    const duplex = new PassThrough({ encoding: 'utf8' });
    duplex.end('Grüße');
    assert.deepEqual(await textsOf(duplex), ['Grüße']);
    const { path, content } = fileOf(chunkSize);
    assert.deepEqual(await contentOf(createReadStream(path, { start: 10 })), content.subarray(10));
    assert.deepEqual(await textsOf(Readable.toWeb(Readable.from(['web']))), ['web']);
  });

  test('what they throw comes through', async () => {
    const error = new Error('the source');
    async function* failing(): AsyncGenerator<string> {
      yield 'a';
      throw error;
    }
    const chunks = chunksOf(failing(), 'data');
    assert.equal((await chunks.next()).done, false);
    await assert.rejects(chunks.next(), error);
    assert.deepEqual(await chunks.next(), { done: true, value: undefined });
  });

  test('are closed when the reader stops early', async () => {
    const { source, closed } = watched('a', 'b');
    for await (const _ of chunksOf(source, 'data')) break;
    assert.ok(closed());
    const stream = Readable.from(['a', 'b']);
    for await (const _ of chunksOf(stream, 'data')) break;
    assert.ok(stream.destroyed);
  });

  test('an item that is no data is named', async () => {
    for (const [item, shown] of [
      [5, '5'],
      [null, 'null'],
      [undefined, 'undefined'],
      [{ path: 'x' }, '.*path'],
    ] as const) {
      const { source, closed } = watched('a', '', item, 'b');
      await assert.rejects(piecesOf(source), invalidType(new RegExp(`^data\\[2\\] must be .* ${shown}`)));
      assert.ok(closed());
    }
    await assert.rejects(piecesOf([1, 2]), invalidType(/^data\[0\] /));
  });
});

suite('what is no source', () => {
  test('is named', async () => {
    // Two that have the iterator of bytes, and no bytes.
    const hollow = [new Proxy(new Uint8Array(3), {}), Object.create(Buffer.prototype)];
    for (const source of [undefined, null, 5, true, {}, () => 'text', Promise.resolve('text'), ...hollow]) {
      await assert.rejects(piecesOf(source), invalidType(/^data must be a string, bytes, /));
    }
    await assert.rejects(piecesOf(hollow), invalidType(/^data\[0\] must be /));
    for (const path of [undefined, 5, null, Buffer.from('x')]) {
      await assert.rejects(piecesOf({ path }), invalidType(/^data\.path must be a string or a file URL/));
    }
  });

  test('a path that cannot be one', async () => {
    const wrong = (name: string) => ({ code: 'ERR_INVALID_ARG_VALUE', message: new RegExp(`^${name} must`) });
    await assert.rejects(piecesOf({ path: '' }), wrong('data\\.path'));
    await assert.rejects(piecesOf({ path: 'a\0b' }), wrong('data\\.path'));
    await assert.rejects(piecesOf({ path: new URL('http://x/y') }), wrong('data\\.path'));
    await assert.rejects(piecesOf(new URL('http://x/y')), wrong('data'));
  });
});

suite('knownSize', () => {
  test('of data, in bytes', async () => {
    assert.equal(await knownSize('Grüße'), 7);
    assert.equal(await knownSize(''), 0);
    assert.equal(await knownSize(new Uint16Array(3)), 6);
    assert.equal(await knownSize(new ArrayBuffer(5)), 5);
  });

  test('of a file', async () => {
    const { path } = fileOf(chunkSize + 3);
    for (const source of [{ path }, { path: pathToFileURL(path) }, pathToFileURL(path)]) {
      assert.equal(await knownSize(source), chunkSize + 3);
    }
  });

  test('of what is left of an open file', async (t) => {
    const handle = await opened(t, fileOf(5000).path);
    assert.equal(await knownSize(handle), 5000);
    await handle.read(new Uint8Array(1000), 0, 1000, null);
    assert.equal(await knownSize(handle), 4000);
    assert.equal((await contentOf(handle)).length, 4000);
    assert.equal(await knownSize(handle), 0);
  });

  test('of anything else', async (t) => {
    const device = await opened(t, '/dev/zero');
    const unknown = [['a'], watched('a').source, Readable.from(['a']), device, { path: '/dev/zero' }];
    const faulty = [{ path: directory }, { path: join(directory, 'nowhere') }, new URL('http://x/'), 5, null];
    for (const source of [...unknown, ...faulty]) assert.equal(await knownSize(source), undefined);
  });
});
