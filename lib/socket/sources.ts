// What can be sent: data, a file, or whatever gives data piece by piece.

import type { Stats } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { types } from 'node:util';
import { type Data, invalidType, invalidValue, requireText, toData } from '../arguments';
import { syscallError, systemError } from '../errors';

/**
 * What can be sent.
 *
 * - Data: a string is text (sent as UTF-8), never a path.
 * - `{ path }` or a file URL: the file's content. The file is opened and closed for it.
 * - A FileHandle of node:fs/promises: from its position to the end. It stays open.
 * - An iterable of Data, async or not: a generator, a Readable, a Duplex, a list.
 */
export type Sendable =
  | Data
  | {
      /** The name of the file, or its URL. */
      readonly path: string | URL;
    }
  | URL
  | FileHandle
  | AsyncIterable<Data>
  | Iterable<Data>;

type Source =
  | { readonly kind: 'data'; readonly data: Data }
  | { readonly kind: 'path'; readonly path: string | URL }
  | { readonly kind: 'handle'; readonly handle: FileHandle }
  | { readonly kind: 'items'; readonly items: AsyncIterable<unknown> | Iterable<unknown> };

const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;
const chunkSize = 65536;
const expected = 'a string, bytes, { path }, a file URL, a FileHandle or an iterable of strings and bytes';

/** Whether something is data itself, and not a source of data. */
export function isImmediate(data: unknown): data is Data {
  return typeof data === 'string' || ArrayBuffer.isView(data) || types.isAnyArrayBuffer(data);
}

/**
 * The bytes of a source, piece by piece; no piece is empty. A file gives 64 KiB at most at a time, and an
 * iterable what it gives.
 *
 * A piece is good until the next one is asked for: a file is read into one buffer, again and again. Who
 * stops early has to say `return` to the generator, as `for await` does: that closes the file and the
 * iterable.
 *
 * @param source a Sendable, checked when the first piece is asked for.
 * @param name of the argument, for errors; an iterable's item is `name[3]`.
 * @throws TypeError (ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE); SSLSyscallError for the file
 * (`ENOENT`, `EISDIR` and so on); what the iterable throws.
 */
export async function* chunksOf(source: unknown, name: string): AsyncGenerator<Uint8Array, void, undefined> {
  const one = classify(source, name);
  switch (one.kind) {
    case 'data': {
      const bytes = toData(one.data, name);
      if (bytes.byteLength > 0) yield bytes;
      return;
    }
    case 'path':
      return yield* pathChunks(one.path);
    case 'handle':
      return yield* handleChunks(one.handle);
    case 'items':
      return yield* itemChunks(one.items, name);
  }
}

/**
 * How many bytes `chunksOf` will give, as far as that can be told beforehand: for data, and for what is
 * left of a regular file. Undefined for anything else, for a file that cannot be looked at, and for a
 * FileHandle where the system does not tell its position (it does on Linux). Never rejects.
 */
export async function knownSize(source: unknown): Promise<number | undefined> {
  try {
    return await sizeOf(classify(source, 'source'));
  } catch {
    // Reading it reports what is wrong with it.
    return undefined;
  }
}

/** Looks at each kind before those that it could be taken for: a stream of a file has a `path`, too. */
function classify(source: unknown, name: string): Source {
  if (isImmediate(source)) return { kind: 'data', data: source };
  if (typeof source !== 'object' || source === null) throw invalidType(name, expected, source);
  if (source instanceof URL) return { kind: 'path', path: requireFileURL(source, name) };
  if (isFileHandle(source)) return { kind: 'handle', handle: source };
  // It has the iterator of its prototype, which refuses it: a Proxy of bytes.
  if (source instanceof TypedArray) throw invalidType(name, expected, source);
  if (isIterable(source)) return { kind: 'items', items: source };
  if ('path' in source) return { kind: 'path', path: requirePath(source.path, `${name}.path`) };
  throw invalidType(name, expected, source);
}

// Node exports the type, but not the class.
function isFileHandle(source: object): source is FileHandle {
  const { fd, read, readableWebStream } = source as Partial<FileHandle>;
  return typeof fd === 'number' && typeof read === 'function' && typeof readableWebStream === 'function';
}

function isIterable(source: object): source is AsyncIterable<unknown> | Iterable<unknown> {
  const { [Symbol.asyncIterator]: asyncIterator, [Symbol.iterator]: iterator } = source as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof asyncIterator === 'function' || typeof iterator === 'function';
}

function requirePath(path: unknown, name: string): string | URL {
  if (path instanceof URL) return requireFileURL(path, name);
  if (typeof path !== 'string') throw invalidType(name, 'a string or a file URL', path);
  return requireText(path, name);
}

function requireFileURL(url: URL, name: string): URL {
  if (url.protocol !== 'file:') throw invalidValue(name, 'must be a file URL', url.href);
  return url;
}

async function* pathChunks(path: string | URL): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await orFileError(open(path));
  try {
    yield* handleChunks(handle);
  } finally {
    await orFileError(handle.close());
  }
}

async function* handleChunks(handle: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(chunkSize);
  for (;;) {
    // No position: reads on from where the handle is.
    const { bytesRead } = await orFileError(handle.read(buffer, 0, chunkSize, null));
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* itemChunks(
  items: AsyncIterable<unknown> | Iterable<unknown>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let index = 0;
  for await (const item of items) {
    const bytes = toData(item, `${name}[${index}]`);
    index += 1;
    if (bytes.byteLength > 0) yield bytes;
  }
}

async function orFileError<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw fileError(error as NodeJS.ErrnoException);
  }
}

// For a handle that is closed Node makes the error itself, without a number.
function fileError(error: NodeJS.ErrnoException): Error {
  const { code, errno, syscall, message } = error;
  if (code !== 'EBADF' || errno !== undefined) return systemError(error);
  return syscallError({ code, errno: -constants.errno.EBADF, syscall: syscall ?? 'read' }, message);
}

async function sizeOf(source: Source): Promise<number | undefined> {
  switch (source.kind) {
    case 'data':
      return typeof source.data === 'string' ? Buffer.byteLength(source.data) : source.data.byteLength;
    case 'path':
      return sizeOfFile(await stat(source.path));
    case 'handle':
      return await sizeLeft(source.handle);
    case 'items':
      return undefined;
  }
}

function sizeOfFile(stats: Stats): number | undefined {
  return stats.isFile() ? stats.size : undefined;
}

async function sizeLeft(handle: FileHandle): Promise<number | undefined> {
  const size = sizeOfFile(await handle.stat());
  if (size === undefined) return undefined;
  // Node has no lseek(2).
  const about = await readFile(`/proc/self/fdinfo/${handle.fd}`, 'latin1');
  const position = /^pos:\s*(\d+)/m.exec(about)?.[1];
  return position === undefined ? undefined : Math.max(0, size - Number(position));
}
