// Bytes of a message read one after the other; what is not there is said with its place.

import { usageError } from './errors';

/** The refusal of a ClientHello: which part of it is wrong, where, and what is the matter. */
export function malformed(part: string, offset: number, problem: string): Error {
  return usageError(
    'ERR_MALFORMED_CLIENT_HELLO',
    `the ClientHello is malformed: ${part} at offset ${offset}: ${problem}`,
  );
}

/** Reads a part of a message, from `offset` to `end`. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #part: string;
  readonly #end: number;
  #offset: number;

  /** @param part what is read, for errors. */
  constructor(bytes: Buffer, part: string, offset: number, end: number) {
    this.#bytes = bytes;
    this.#part = part;
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#end;
  }

  /** Where the next `size` bytes begin; they are passed over. */
  skip(size: number): number {
    const at = this.#offset;
    if (size > this.#end - at) {
      throw this.fault(`${size} bytes are announced, ${this.#end - at} are there`);
    }
    this.#offset = at + size;
    return at;
  }

  uint8(): number {
    return this.#bytes[this.skip(1)] as number;
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.skip(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.skip(4));
  }

  /** A copy of the next bytes. */
  copy(size: number): Buffer {
    const at = this.skip(size);
    return Buffer.from(this.#bytes.subarray(at, at + size));
  }

  /** A copy of all that is left. */
  rest(): Buffer {
    return this.copy(this.#end - this.#offset);
  }

  /** A list of bytes behind its length of one or two bytes. */
  vector(lengthBytes: 1 | 2, least = 0): ByteReader {
    const before = this.#offset;
    const size = lengthBytes === 1 ? this.uint8() : this.uint16();
    const at = this.skip(size);
    if (size < least) throw malformed(this.#part, before, `of ${size} bytes; ${least} are the least`);
    return new ByteReader(this.#bytes, this.#part, at, at + size);
  }

  /** What `read` makes of each item up to the end. */
  all<T>(read: (reader: ByteReader) => T): T[] {
    const items: T[] = [];
    while (!this.isAtEnd) items.push(read(this));
    return items;
  }

  /** Nothing may be left. */
  finish(): void {
    if (!this.isAtEnd) throw this.fault(`${this.#end - this.#offset} bytes too many`);
  }

  /** An error about the place that was come to. */
  fault(problem: string): Error {
    return malformed(this.#part, this.#offset, problem);
  }
}
