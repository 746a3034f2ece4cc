// What has come and nobody has asked for yet, and who has asked for what has not come yet.

/** The end of what can be received, and why. */
interface Ending {
  /** Undefined when the peer has ended in order. */
  readonly error: Error | undefined;
}

/** Who waits for bytes. */
export interface Reader {
  /** How many bytes it takes; -1 for whatever there is. */
  readonly size: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

const nothing = Buffer.alloc(0);

/** A queue of chunks on one side and of readers on the other; one of them is always empty. */
export class Incoming {
  readonly #limit: number;
  readonly #setReading: (on: boolean) => void;
  #chunks: Buffer[] = [];
  #size = 0;
  #readers: Reader[] = [];
  #ending: Ending | undefined;
  #reading = true;

  /** `setReading` is told when more than `limit` bytes wait, and when there is room again. */
  constructor(limit: number, setReading: (on: boolean) => void) {
    this.#limit = limit;
    this.#setReading = setReading;
  }

  /** How many bytes wait. */
  get size(): number {
    return this.#size;
  }

  get ended(): boolean {
    return this.#ending !== undefined;
  }

  /** Whether a read of so many bytes would be answered at once. */
  has(size: number): boolean {
    return this.#ending !== undefined || this.#size >= Math.max(size, 1);
  }

  push(chunk: Buffer): void {
    if (this.#ending !== undefined) return;
    const [reader] = this.#readers;
    if (reader?.size === -1 && this.#size === 0) {
      this.#readers.shift();
      reader.resolve(chunk);
      return;
    }
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#serve();
  }

  /** Nothing more will come. What has come is still to be had. */
  end(error?: Error): void {
    this.#ending ??= { error };
    this.#serve();
  }

  /** Bytes if they are there, else undefined: `size` of them, -1 for all there are; fewer at the end. */
  take(size: number): Buffer | undefined {
    if (!this.has(size)) return undefined;
    const { error } = this.#ending ?? {};
    if (this.#size === 0 && error !== undefined) throw error;
    return this.#takeUpTo(size === -1 ? this.#size : size);
  }

  /** The same, waiting for it. */
  read(size: number): Promise<Buffer> {
    return new Promise<Buffer>((resolve, reject) => this.add({ size, resolve, reject }));
  }

  /** The same for whoever may have to give up. */
  add(reader: Reader): void {
    this.#readers.push(reader);
    this.#serve();
  }

  /** Takes a reader out again. If `partial`, it is given what there is, if there is anything and it is first. */
  withdraw(reader: Reader, partial: boolean): void {
    if (partial && this.#readers[0] === reader && this.#size > 0) reader.resolve(this.takeRest(reader.size));
    this.#readers = this.#readers.filter((other) => other !== reader);
    this.#serve();
  }

  /** What there is, up to `size` bytes. */
  takeRest(size: number): Buffer {
    return this.#takeUpTo(size === -1 ? this.#size : Math.min(size, this.#size));
  }

  /** How many readers wait. */
  get waiting(): number {
    return this.#readers.length;
  }

  /** Nobody wants any more of it. */
  drop(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#ending = { error: undefined };
    this.#serve();
  }

  #serve(): void {
    for (
      let [reader] = this.#readers;
      reader !== undefined && this.has(reader.size);
      [reader] = this.#readers
    ) {
      this.#readers.shift();
      try {
        reader.resolve(this.take(reader.size) as Buffer);
      } catch (error) {
        reader.reject(error);
      }
    }
    this.#regulate();
  }

  // A reader that waits for more than the limit is not kept from it.
  #regulate(): void {
    if (this.#ending !== undefined) return;
    const wanted = this.#size < this.#limit || this.#readers.length > 0;
    if (wanted === this.#reading) return;
    this.#reading = wanted;
    this.#setReading(wanted);
  }

  #takeUpTo(size: number): Buffer {
    const [first] = this.#chunks;
    if (first === undefined || size === 0) return nothing;
    const taken = first.length <= size && this.#chunks.length === 1 ? this.#takeFirst() : this.#gather(size);
    this.#size -= taken.length;
    this.#regulate();
    return taken;
  }

  #takeFirst(): Buffer {
    return this.#chunks.shift() as Buffer;
  }

  #gather(size: number): Buffer {
    const wanted = Math.min(size, this.#size);
    const parts: Buffer[] = [];
    let left = wanted;
    let index = 0;
    for (; left > 0; index++) {
      const chunk = this.#chunks[index] as Buffer;
      if (chunk.length > left) {
        parts.push(chunk.subarray(0, left));
        this.#chunks[index] = chunk.subarray(left);
        break;
      }
      parts.push(chunk);
      left -= chunk.length;
    }
    this.#chunks.splice(0, index);
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, wanted);
  }
}
