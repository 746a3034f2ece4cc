// Workers that run compiled files of the tests.

import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const compiled = join(__dirname, '..');

/** How a worker ended. */
export interface Ending {
  readonly code: number;
  /** What it did not catch. */
  readonly error: Error | undefined;
}

/** A worker, and how it ends. */
export interface Started {
  readonly worker: Worker;
  readonly ended: Promise<Ending>;
}

/** Starts a worker on a file of build-test (`lifecycle/jobs.js`). */
export function startWorker(file: string, workerData: unknown): Started {
  const worker = new Worker(join(compiled, file), { workerData });
  let error: Error | undefined;
  worker.on('error', (uncaught: Error) => {
    error = uncaught;
  });
  const ended = new Promise<Ending>((resolve) => {
    worker.on('exit', (code) => resolve({ code, error }));
  });
  return { worker, ended };
}

/** The next message of a worker; rejects when it ends without one. */
export async function nextMessage({ worker, ended }: Started): Promise<unknown> {
  const early = ended.then(({ code, error }) => {
    throw error ?? new Error(`the worker ended with code ${code} before its message`);
  });
  const [message] = await Promise.race([once(worker, 'message'), early]);
  return message;
}
