// The binary encoding of SSH (RFC 4251, 5): what SSH public keys and PPK files have inside.

import { usageError } from '../errors';

/** ERR_STORE_FORMAT. */
export function formatError(problem: string): Error {
  return usageError('ERR_STORE_FORMAT', problem);
}

/** Reads strings and numbers one after the other. */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #offset = 0;

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** A view on the bytes of the next string. */
  string(): Buffer {
    const left = this.#bytes.length - this.#offset;
    const size = left < 4 ? 0 : this.#bytes.readUInt32BE(this.#offset);
    if (left < 4 || size > left - 4) throw formatError(`${this.#what} is cut short`);
    const start = this.#offset + 4;
    this.#offset = start + size;
    return this.#bytes.subarray(start, this.#offset);
  }

  /** A number that is not negative, without zeros in front. */
  number(): Buffer {
    const bytes = this.string();
    if ((bytes[0] ?? 0) >= 0x80) throw formatError(`${this.#what} has a negative number`);
    const first = bytes.findIndex((byte) => byte !== 0);
    return first === -1 ? bytes.subarray(0, 0) : bytes.subarray(first);
  }

  /** Throws when something follows. */
  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) throw formatError(`${left} bytes follow ${this.#what}`);
  }
}

/** A string as SSH writes it. */
export function wireString(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
