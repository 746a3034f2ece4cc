// BufferBIO, FileBIO, FdBIO and SocketBIO.

import assert from 'node:assert/strict';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import {
  BIO,
  BIO_CLOSE,
  BIO_f_buffer,
  BIO_NOCLOSE,
  BIO_s_fd,
  BIO_s_file,
  BIO_s_socket,
  BufferBIO,
  FdBIO,
  FileBIO,
  MemoryBIO,
  SocketBIO,
} from 'bladessl';
import { tcpConnection } from '../helpers/chains';

const directory = mkdtempSync(join(tmpdir(), 'bladessl-'));
after(() => rmSync(directory, { recursive: true }));
const pathOf = (name: string): string => join(directory, name);

const uninitialised = { name: 'SSLError', code: 'ERR_OSSL_BIO_UNINITIALIZED' };
const badDescriptor = (syscall: string) => ({ name: 'SSLSyscallError', code: 'EBADF', syscall });

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

suite('BufferBIO', () => {
  test('keeps small writes back until it is flushed', () => {
    const below = new MemoryBIO();
    const bio = new BufferBIO().push(below);
    assert.equal(bio.method, BIO_f_buffer);
    assert.deepEqual([bio.write('one '), bio.write('two')], [4, 3]);
    assert.equal(below.pending, 0);
    assert.equal(bio.wpending, 7);
    assert.equal(bio.flush(), 1);
    assert.equal(below.read()?.toString(), 'one two');
    assert.equal(bio.wpending, 0);
  });

  test('reads ahead', () => {
    const below = new MemoryBIO('abcdef');
    const bio = new BufferBIO().push(below);
    assert.equal(bio.read(2)?.toString(), 'ab');
    assert.equal(below.pending, 0);
    assert.equal(bio.pending, 4);
    assert.equal(bio.read()?.toString(), 'cdef');
  });

  test('holds as much as it was told, and never less than 4096 bytes', () => {
    for (const [size, holds] of [
      [undefined, 4096],
      [10, 4096],
      [4096, 4096],
      [10_000, 10_000],
    ] as const) {
      const below = new MemoryBIO();
      const bio = new BufferBIO(size).push(below);
      assert.equal(bio.write(Buffer.alloc(holds)), holds);
      assert.equal(below.pending, 0);
      bio.write('x');
      assert.equal(below.pending, holds);
      assert.equal(bio.wpending, 1);
    }
  });

  test('would block when what is below would, and loses nothing', () => {
    const [near, far] = BIO.pair(4);
    const bio = new BufferBIO().push(near);
    bio.write('abcdefghij');
    const got: string[] = [];
    assert.equal(bio.flush(), -1);
    assert.equal(bio.shouldRetry(), true);
    assert.equal(bio.shouldWrite(), true);
    for (let done = -1; done !== 1; done = bio.flush()) got.push(far.read()?.toString() ?? '');
    got.push(far.read()?.toString() ?? '');
    assert.equal(got.join(''), 'abcdefghij');
    assert.equal(bio.read(), null);
    assert.equal(bio.shouldRead(), true);
  });

  test('with nothing below there is nothing to read', () => {
    const bio = new BufferBIO();
    assert.deepEqual(bio.read(), Buffer.alloc(0));
    assert.equal(bio.next, undefined);
    assert.equal(bio.fd, undefined);
  });

  test('the size is checked', () => {
    for (const size of [0, -1, 0.5, NaN, Infinity, 2 ** 30 + 1]) {
      assert.throws(() => new BufferBIO(size), {
        name: 'RangeError',
        code: 'ERR_OUT_OF_RANGE',
        message: /^size/,
      });
    }
    for (const size of [null, '4096', 1n] as unknown as number[]) {
      assert.throws(() => new BufferBIO(size), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^size/,
      });
    }
  });
});

suite('FileBIO', () => {
  test('reads a file to its end', () => {
    writeFileSync(pathOf('read'), 'a\0b\n');
    const bio = new FileBIO(pathOf('read'));
    assert.equal(bio.method, BIO_s_file);
    assert.equal(bio.eof, false);
    assert.deepEqual(bio.read(2), Buffer.from('a\0'));
    assert.deepEqual(bio.read(), Buffer.from('b\n'));
    assert.deepEqual(bio.read(), Buffer.alloc(0));
    assert.equal(bio.eof, true);
    bio.free();
  });

  test('writes what is flushed or freed', () => {
    const bio = new FileBIO(pathOf('written'), 'w');
    assert.equal(bio.write('one '), 4);
    assert.equal(bio.flush(), 1);
    assert.equal(readFileSync(pathOf('written'), 'utf8'), 'one ');
    bio.write('two');
    bio.free();
    assert.equal(readFileSync(pathOf('written'), 'utf8'), 'one two');
  });

  test('appends', () => {
    writeFileSync(pathOf('appended'), 'one ');
    const bio = new FileBIO(pathOf('appended'), 'a');
    bio.write('two');
    bio.free();
    assert.equal(readFileSync(pathOf('appended'), 'utf8'), 'one two');
  });

  test('each mode of fopen is taken', () => {
    writeFileSync(pathOf('modes'), '');
    for (const mode of [
      'r',
      'rb',
      'r+',
      'r+b',
      'rb+',
      'w',
      'wb',
      'w+',
      'w+b',
      'wb+',
      'a',
      'ab',
      'a+',
      'a+b',
      'ab+',
    ]) {
      new FileBIO(pathOf('modes'), mode).free();
    }
  });

  test('what the system refuses is an SSLSyscallError', () => {
    const refusals: [string, string | undefined, string][] = [
      [pathOf('missing'), undefined, 'ENOENT'],
      [pathOf('missing/file'), 'w', 'ENOENT'],
      [directory, 'w', 'EISDIR'],
      [pathOf('x'.repeat(300)), 'w', 'ENAMETOOLONG'],
    ];
    for (const [path, mode, code] of refusals) {
      assert.throws(() => new FileBIO(path, mode), { name: 'SSLSyscallError', code, syscall: 'fopen' });
    }
  });

  test('reading a directory fails when it is read', () => {
    const bio = new FileBIO(directory);
    assert.throws(() => bio.read(), { name: 'SSLSyscallError', code: 'EISDIR' });
    assert.notEqual(bio.error(), 0);
    bio.free();
  });

  test('a write that the system refuses is an SSLSyscallError', () => {
    writeFileSync(pathOf('readonly'), '');
    const bio = new FileBIO(pathOf('readonly'));
    assert.throws(() => bio.write('x'), { name: 'SSLSyscallError', code: 'EBADF' });
    bio.free();
    const full = new FileBIO('/dev/full', 'w');
    assert.throws(() => full.write(Buffer.alloc(2 ** 20)), { name: 'SSLSyscallError', code: 'ENOSPC' });
    full.free();
  });

  test('a flush that the system refuses is an SSLSyscallError', () => {
    const full = new FileBIO('/dev/full', 'w');
    assert.equal(full.write('x'), 1);
    assert.throws(() => full.flush(), { name: 'SSLSyscallError', code: 'ENOSPC', syscall: 'fflush' });
    full.free();
  });

  test('path and mode are checked', () => {
    const type = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^path/ };
    const value = (name: string) => ({
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
      message: new RegExp(`^${name}`),
    });
    for (const path of [undefined, null, 5, Buffer.from('x')] as unknown as string[]) {
      assert.throws(() => new FileBIO(path), type);
    }
    assert.throws(() => new FileBIO(''), value('path'));
    assert.throws(() => new FileBIO('a\0b'), value('path'));
    for (const mode of ['', 'x', 'rw', 'r\0', 'rbb', 'r+b+', ' r', 'r,ccs=UTF-8']) {
      assert.throws(() => new FileBIO(pathOf('x'), mode), value('mode'));
    }
    assert.throws(() => new FileBIO(pathOf('x'), null as unknown as string), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });

  test('one without a file is of no use, and says so', () => {
    assert.throws(() => new BIO(BIO_s_file).read(), uninitialised);
  });
});

suite('FdBIO', () => {
  test('reads and writes a descriptor', () => {
    const bio = new FdBIO(openSync(pathOf('fd'), 'w+'), BIO_CLOSE);
    assert.equal(bio.method, BIO_s_fd);
    assert.equal(bio.write('abc'), 3);
    bio.free();
    const again = new FdBIO(openSync(pathOf('fd'), 'r'), BIO_CLOSE);
    assert.equal(again.read()?.toString(), 'abc');
    assert.deepEqual(again.read(), Buffer.alloc(0));
    again.free();
  });

  test('setFd closes the one before if that was to be closed', () => {
    const [one, two] = [openSync(pathOf('s1'), 'w'), openSync(pathOf('s2'), 'w')];
    const bio = new FdBIO(one, BIO_CLOSE);
    assert.equal(bio.setFd(two), bio);
    assert.deepEqual([isOpen(one), bio.fd], [false, two]);
    bio.free();
    assert.equal(isOpen(two), true);
    closeSync(two);
  });

  test('one without a descriptor is of no use, and says so', () => {
    const bio = new BIO(BIO_s_fd);
    assert.equal(bio.fd, undefined);
    assert.throws(() => bio.read(), uninitialised);
  });
});

suite('SocketBIO', () => {
  test('reads and writes a socket', async (t) => {
    const { client, server } = await tcpConnection(t);
    const bio = new SocketBIO(client.fd as number);
    assert.equal(bio.method, BIO_s_socket);
    assert.equal(bio.write('hello'), 5);
    assert.equal((await server.readAsync()).toString(), 'hello');
    assert.equal(bio.read(), null);
    assert.equal(bio.shouldRead(), true);
    bio.free();
    assert.equal(isOpen(client.fd as number), true);
  });
});

for (const Link of [FdBIO, SocketBIO]) {
  suite(`${Link.name} and its descriptor`, () => {
    test('BIO_CLOSE closes the descriptor, BIO_NOCLOSE does not, and is the default', () => {
      for (const [close, open] of [
        [BIO_CLOSE, false],
        [BIO_NOCLOSE, true],
        [undefined, true],
      ] as const) {
        const fd = openSync(pathOf('closes'), 'w');
        new Link(fd, close).free();
        assert.equal(isOpen(fd), open);
        if (open) closeSync(fd);
      }
    });

    test('a descriptor that is not open fails when it is used', () => {
      const bio = new Link(2 ** 31 - 1);
      assert.equal(bio.fd, 2 ** 31 - 1);
      assert.throws(() => bio.read(), badDescriptor('read'));
      assert.throws(() => bio.write('x'), badDescriptor('write'));
      assert.throws(() => bio.setNonBlocking(), { name: 'SSLSyscallError', code: 'EBADF' });
      bio.free();
    });
  });
}

suite('setFd', () => {
  test('is for sockets and descriptors only', () => {
    for (const bio of [new MemoryBIO(), new BufferBIO().push(new SocketBIO(0))]) {
      assert.throws(() => bio.setFd(0), { name: 'SSLError', code: 'ERR_WRONG_BIO_TYPE', message: /setFd/ });
    }
  });

  test('the descriptor and the flag are checked', () => {
    const makers = [
      (fd: unknown, close?: unknown) => new FdBIO(fd as number, close as 0),
      (fd: unknown, close?: unknown) => new SocketBIO(fd as number, close as 0),
      (fd: unknown, close?: unknown) => new BIO(BIO_s_socket).setFd(fd as number, close as 0),
    ];
    for (const make of makers) {
      for (const fd of [-1, 1.5, NaN, 2 ** 31]) {
        assert.throws(() => make(fd), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^fd/ });
      }
      for (const fd of ['1', null, undefined, {}]) {
        assert.throws(() => make(fd), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^fd/ });
      }
      assert.throws(() => make(0, 2), { name: 'RangeError', code: 'ERR_OUT_OF_RANGE', message: /^close/ });
      assert.throws(() => make(0, true), {
        name: 'TypeError',
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^close/,
      });
    }
  });
});
