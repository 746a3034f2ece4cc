// What is sent, in the order of the calls. Small things go to the connection at once; what has to wait for
// room, or is read from somewhere, is a job, and everything after it waits for its end.

import type { Deadline } from '../deadline';
import type { NativeConnection } from '../native-socket';

type Job = () => Promise<void>;

// What is given to the connection in one go.
const stepSize = 256 * 1024;

export class Outgoing {
  readonly #connection: NativeConnection;
  readonly #onIdle: () => void;
  #jobs: Job[] | undefined;
  #queued = 0;
  #room: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  /** What a job that nobody waits for has failed with. */
  #failure: Error | undefined;

  /** `onIdle` is told when no job is left. */
  constructor(connection: NativeConnection, onIdle: () => void) {
    this.#connection = connection;
    this.#onIdle = onIdle;
  }

  /** Bytes that wait, here and in the connection. */
  get buffered(): number {
    return this.#queued + this.#connection.queued();
  }

  get busy(): boolean {
    return this.#jobs !== undefined;
  }

  /** Takes all of it: false when it is enough for now. The bytes are the caller's again at once. */
  write(bytes: Uint8Array): boolean {
    if (this.#jobs === undefined) return this.#connection.write(bytes);
    this.#queueCopy(bytes);
    return false;
  }

  /** The same without owing a drain: whether there is room for more. */
  pass(bytes: Uint8Array): boolean {
    return this.#connection.write(bytes);
  }

  /** Carries out something that takes a while, after everything before it. */
  run<T>(body: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#add(() => body().then(resolve, reject)));
  }

  /** Gives the connection all of it, step by step; waits for room at the end too. */
  async passAll(
    bytes: Uint8Array,
    deadline: Deadline | undefined,
    progress?: (size: number) => void,
  ): Promise<void> {
    for (let offset = 0; offset < bytes.byteLength; offset += stepSize) {
      deadline?.requireRunning();
      const step = bytes.subarray(offset, offset + stepSize);
      const room = this.pass(step);
      if (!room) await this.room();
      progress?.(step.byteLength);
    }
  }

  /** Waits until what was written has left. */
  async room(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      this.#room = { resolve, reject };
    });
  }

  /** The connection is over. */
  fail(error: Error): void {
    this.#failure = error;
    this.#room?.reject(error);
  }

  #queueCopy(bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    this.#queued += copy.length;
    this.#add(async () => {
      this.#queued -= copy.length;
      if (!this.pass(copy)) await this.room();
    });
  }

  #add(job: Job): void {
    if (this.#jobs !== undefined) {
      this.#jobs.push(job);
      return;
    }
    this.#jobs = [job];
    void this.#work(this.#jobs);
  }

  async #work(jobs: Job[]): Promise<void> {
    for (let [job] = jobs; job !== undefined; [job] = jobs) {
      await job().catch(() => {});
      jobs.shift();
    }
    this.#jobs = undefined;
    this.#onIdle();
  }

  /** The connection has sent everything. */
  drained(): void {
    const waiting = this.#room;
    this.#room = undefined;
    waiting?.resolve();
  }
}
