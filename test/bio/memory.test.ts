// Sources and sinks in memory: MemoryBIO, NullBIO, and the two ends of a pair.

import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { suite, test } from 'node:test';
import {
  BIO,
  BIO_CLOSE,
  BIO_s_bio,
  BIO_s_fd,
  BIO_s_mem,
  BIO_s_null,
  FdBIO,
  MemoryBIO,
  NullBIO,
} from 'bladessl';

const uninitialised = { name: 'SSLError', code: 'ERR_OSSL_BIO_UNINITIALIZED' };

suite('MemoryBIO', () => {
  test('gives back what was written, in order and in pieces', () => {
    const bio = new MemoryBIO();
    assert.equal(bio.write('one '), 4);
    assert.equal(bio.write(Buffer.from('two')), 3);
    assert.equal(bio.pending, 7);
    assert.deepEqual(bio.read(5), Buffer.from('one t'));
    assert.deepEqual(bio.read(), Buffer.from('wo'));
    assert.equal(bio.pending, 0);
  });

  test('an empty one would block, and says so', () => {
    const bio = new MemoryBIO();
    assert.equal(bio.read(), null);
    assert.equal(bio.shouldRetry(), true);
    assert.equal(bio.shouldRead(), true);
    assert.equal(bio.shouldWrite(), false);
    assert.equal(bio.shouldIoSpecial(), false);
    assert.equal(bio.error(), 0);
    bio.write('x');
    assert.equal(bio.shouldRetry(), false);
  });

  test('an ended one gives what is left, and then the end', () => {
    const bio = new MemoryBIO('last');
    assert.equal(bio.end(), bio);
    assert.deepEqual(bio.read(), Buffer.from('last'));
    assert.deepEqual(bio.read(), Buffer.alloc(0));
    assert.equal(bio.shouldRetry(), false);
    assert.equal(bio.eof, true);
  });

  test('eof is about what is there now', () => {
    const bio = new MemoryBIO();
    assert.equal(bio.eof, true);
    bio.write('x');
    assert.equal(bio.eof, false);
  });

  test('begins with the data that it is given', () => {
    assert.deepEqual(new MemoryBIO('héllo').read(), Buffer.from('héllo', 'utf8'));
    assert.deepEqual(new MemoryBIO(new Uint8Array([0, 1, 0])).read(), Buffer.from([0, 1, 0]));
    assert.equal(new MemoryBIO('').read(), null);
    assert.equal(new MemoryBIO(undefined).read(), null);
  });

  test('keeps a copy: the bytes may change afterwards', () => {
    const bytes = Buffer.from('before');
    const bio = new MemoryBIO(bytes);
    bio.write(bytes);
    bytes.write('after!');
    assert.equal(bio.read()?.toString(), 'beforebefore');
  });

  test('what is read does not change with what is read later', () => {
    const bio = new MemoryBIO('onetwo');
    const first = bio.read(3);
    bio.read(3);
    assert.equal(first?.toString(), 'one');
  });

  test('takes text with NUL characters, and every shape of bytes', () => {
    const bio = new MemoryBIO();
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([7, 8]);
    assert.equal(bio.write('a\0b'), 3);
    assert.equal(bio.write(new Uint8Array([1, 2, 3]).subarray(1)), 2);
    assert.equal(bio.write(new DataView(new Uint8Array([4, 5]).buffer, 1)), 1);
    assert.equal(bio.write(new Uint8Array([6]).buffer), 1);
    assert.equal(bio.write(shared), 2);
    assert.deepEqual(bio.read(), Buffer.from([97, 0, 98, 2, 3, 5, 6, 7, 8]));
  });

  test('16 MiB go in and come out, in one piece each', () => {
    const bytes = Buffer.alloc(16 * 2 ** 20, 'x');
    bytes.write('end', bytes.length - 3);
    const bio = new MemoryBIO();
    assert.equal(bio.write(bytes), bytes.length);
    assert.equal(bio.pending, bytes.length);
    assert.ok(bio.read(2 ** 31 - 1)?.equals(bytes));
  });

  test('the largest possible read of a few bytes takes no more memory than they', () => {
    const chunk = new MemoryBIO('few').read(2 ** 31 - 1);
    assert.equal(chunk?.toString(), 'few');
    // Node takes a few bytes from a pool, whose size differs between its versions.
    const pool = Buffer.from('few').buffer.byteLength;
    assert.ok(chunk.buffer.byteLength <= pool, `${chunk.buffer.byteLength} bytes for 3`);
  });

  test('an empty write takes nothing', () => {
    const bio = new MemoryBIO();
    assert.equal(bio.write(''), 0);
    assert.equal(bio.write(new Uint8Array(0)), 0);
    assert.equal(bio.pending, 0);
  });

  test('flush is always done', () => {
    assert.equal(new MemoryBIO('x').flush(), 1);
  });

  test('tells its method', () => {
    assert.equal(new MemoryBIO().method, BIO_s_mem);
    assert.equal(new BIO(BIO_s_mem).method, BIO_s_mem);
  });

  test('has no descriptor, no SSL and no neighbour', () => {
    const bio = new MemoryBIO();
    assert.equal(bio.fd, undefined);
    assert.equal(bio.ssl, undefined);
    assert.equal(bio.next, undefined);
    assert.equal(bio.find(BIO_s_null), undefined);
    assert.equal(bio.find(BIO_s_mem), bio);
  });

  test('getPointer is a pointer of its own', () => {
    const [one, other] = [new MemoryBIO(), new MemoryBIO()];
    assert.equal(typeof one.getPointer(), 'bigint');
    assert.notEqual(one.getPointer(), 0n);
    assert.notEqual(one.getPointer(), other.getPointer());
    assert.equal(one.getPointer(), one.getPointer());
  });
});

suite('readInto', () => {
  test('reads to where it is told', () => {
    const bio = new MemoryBIO('abcdef');
    const buffer = Buffer.alloc(6, '.');
    assert.equal(bio.readInto(buffer, 1, 2), 2);
    assert.equal(buffer.toString(), '.ab...');
    assert.equal(bio.readInto(buffer, 4), 2);
    assert.equal(buffer.toString(), '.ab.cd');
    assert.equal(bio.readInto(new Uint8Array(buffer.buffer, buffer.byteOffset, 1)), 1);
    assert.equal(buffer.toString(), 'eab.cd');
  });

  test('-1 = would block, 0 = the end', () => {
    const bio = new MemoryBIO();
    assert.equal(bio.readInto(Buffer.alloc(1)), -1);
    bio.end();
    assert.equal(bio.readInto(Buffer.alloc(1)), 0);
  });

  test('fills every shape of bytes', () => {
    const bio = new MemoryBIO('abcdefgh');
    const [plain, shared] = [new ArrayBuffer(2), new SharedArrayBuffer(2)];
    const words = new Uint16Array(1);
    const view = new DataView(new ArrayBuffer(2));
    for (const bytes of [plain, shared, words, view]) assert.equal(bio.readInto(bytes), 2);
    const filled = [plain, shared, words.buffer, view.buffer].map((bytes) => Buffer.from(bytes).toString());
    assert.deepEqual(filled, ['ab', 'cd', 'ef', 'gh']);
  });
});

suite('NullBIO', () => {
  test('takes everything and gives nothing', () => {
    const bio = new NullBIO();
    assert.equal(bio.method, BIO_s_null);
    assert.equal(bio.write('gone'), 4);
    assert.deepEqual(bio.read(), Buffer.alloc(0));
    assert.equal(bio.shouldRetry(), false);
    assert.equal(bio.flush(), 1);
    assert.deepEqual([bio.pending, bio.wpending, bio.eof], [0, 0, true]);
  });
});

suite('BIO.pair', () => {
  test('what one end writes the other reads, both ways', () => {
    const [first, second] = BIO.pair();
    assert.equal(first.write('ping'), 4);
    assert.equal(second.write('pong!'), 5);
    assert.deepEqual([first.wpending, first.pending], [4, 5]);
    assert.deepEqual([second.wpending, second.pending], [5, 4]);
    assert.equal(second.read()?.toString(), 'ping');
    assert.equal(first.read()?.toString(), 'pong!');
    assert.equal(first.read(), null);
    assert.equal(first.shouldRead(), true);
    assert.equal(first.method, BIO_s_bio);
  });

  test('an end takes as much as it was told, and then would block', () => {
    const [first, second] = BIO.pair(4, 2);
    assert.equal(first.write('abcdef'), 4);
    assert.equal(first.write('ef'), -1);
    assert.equal(first.shouldWrite(), true);
    assert.equal(second.write('123'), 2);
    assert.equal(second.read(1)?.toString(), 'a');
    assert.equal(first.write('ef'), 1);
    assert.equal(second.read()?.toString(), 'bcde');
  });

  test('a record fits in by default, and the second size is the first', () => {
    const [first, second] = BIO.pair();
    assert.equal(first.write(Buffer.alloc(20_000)), 17 * 1024);
    assert.equal(second.write(Buffer.alloc(20_000)), 17 * 1024);
    const [small, other] = BIO.pair(3);
    assert.deepEqual([small.write('four'), other.write('four')], [3, 3]);
  });

  test('what is left of a pair says that it is broken', () => {
    const [first, second] = BIO.pair();
    first.write('lost');
    first.free();
    assert.throws(() => second.read(), uninitialised);
    assert.throws(() => second.write('x'), uninitialised);
    assert.notEqual(second.error(), 0);
    assert.match(second.errorString(), /uninitialized/);
    assert.deepEqual([second.pending, second.wpending, second.eof], [0, 0, true]);
    second.free();
    assert.equal(second.freed, true);
  });

  test('the sizes are checked', () => {
    for (const size of [0, -1, 1.5, NaN, 2 ** 30 + 1, Infinity]) {
      assert.throws(() => BIO.pair(size), {
        name: 'RangeError',
        code: 'ERR_OUT_OF_RANGE',
        message: /^firstSize /,
      });
      assert.throws(() => BIO.pair(1, size), {
        name: 'RangeError',
        code: 'ERR_OUT_OF_RANGE',
        message: /^secondSize /,
      });
    }
    for (const size of ['1', null, 1n, {}] as unknown as number[]) {
      assert.throws(() => BIO.pair(size), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^firstSize /,
      });
    }
  });

  test('an end that nobody has paired is of no use, and says so', () => {
    const bio = new BIO(BIO_s_bio);
    assert.throws(() => bio.read(), uninitialised);
    assert.throws(() => bio.write('x'), uninitialised);
    assert.equal(bio.fd, undefined);
  });
});

suite('error and errorString', () => {
  test('are those of the last call on the link', () => {
    const bio = new BIO(BIO_s_bio);
    assert.equal(bio.error(), 0);
    assert.throws(() => bio.read(), uninitialised);
    const code = bio.error();
    assert.match(bio.errorString(), /^error:[0-9A-F]{8}:BIO routines::uninitialized$/);
    assert.equal(new MemoryBIO().errorString(code), bio.errorString());
  });

  test('a success takes the failure away', () => {
    const bio = new BIO(BIO_s_fd);
    assert.throws(() => bio.write('x'), uninitialised);
    assert.notEqual(bio.error(), 0);
    assert.equal(bio.setFd(openSync('/dev/null', 'w'), BIO_CLOSE).write('x'), 1);
    assert.equal(bio.error(), 0);
    bio.free();
  });

  test('a refusal of the system has a code too', () => {
    const bio = new FdBIO(2 ** 31 - 1);
    assert.throws(() => bio.read(), { name: 'SSLSyscallError', code: 'EBADF' });
    assert.notEqual(bio.error(), 0);
    assert.match(bio.errorString(), /Bad file descriptor/);
  });

  test('the code is checked', () => {
    const bio = new MemoryBIO();
    const wrong = (code: unknown) => () => bio.errorString(code as number);
    assert.throws(wrong('1'), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /code/ });
    assert.throws(wrong(-1), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /code/ });
    assert.throws(wrong(2 ** 53), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /code/ });
  });
});
