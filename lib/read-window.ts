// One window for synchronous reads: bytes land in it and leave in a Buffer of just their size. A read
// of a few bytes then costs no large allocation, and its result pins none.

import { type Bytes, requireInteger, requireRange, toBytes } from './arguments';

/** The most that one call can be asked for. */
export const maxReadSize: number = 2 ** 31 - 1;

const windowSize = 64 * 1024;
const window = Buffer.allocUnsafeSlow(windowSize);
let inUse = false;

interface Source {
  /** Moved bytes, 0 for the end, -1 for would-block. */
  read(buffer: Uint8Array, offset: number, length: number): number;
  /** How many bytes wait for certain. */
  pending(): number;
}

function copyOf(buffer: Buffer, count: number): Buffer | null {
  return count < 0 ? null : Buffer.from(buffer.subarray(0, count));
}

/** At most `size` bytes: null for would-block, empty for the end. */
export function readOnce(source: Source, size: number): Buffer | null {
  const room = size <= windowSize ? size : Math.min(size, Math.max(windowSize, source.pending()));
  if (inUse || room > windowSize) return readAlone(source, room);
  inUse = true;
  try {
    return copyOf(window, source.read(window, 0, room));
  } finally {
    inUse = false;
  }
}

function readAlone(source: Source, room: number): Buffer | null {
  const buffer = Buffer.allocUnsafeSlow(room);
  const count = source.read(buffer, 0, room);
  return count < room / 2 ? copyOf(buffer, count) : buffer.subarray(0, count);
}

/** Into a part of the caller's bytes: moved bytes, 0 for the end, -1 for would-block. */
export function readInto(
  source: Pick<Source, 'read'>,
  buffer: Bytes,
  offset: number | undefined,
  length: number | undefined,
): number {
  const view = toBytes(buffer, 'buffer');
  const range = requireRange(view, offset, length);
  requireInteger(range.length, 'length', 1, maxReadSize);
  return source.read(view, range.offset, range.length);
}
