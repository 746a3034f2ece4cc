// Other programs, run beside a test: the examples, and the `openssl` command as a peer.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { TestContext } from 'node:test';

/** The root of the package. */
export const root = join(__dirname, '..', '..');

/** What a program came to. */
export interface Result {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Variables to set for a program; undefined ones are taken away. */
export type Environment = Readonly<Record<string, string | undefined>>;

// Each test decides about colours and trust by itself.
const unset: Environment = {
  CI: undefined,
  FORCE_COLOR: undefined,
  NO_COLOR: undefined,
  NODE_DISABLE_COLORS: undefined,
  NODE_TEST_CONTEXT: undefined,
  SSL_CERT_FILE: undefined,
  SSL_CERT_DIR: undefined,
};

// Of all programs only Node.js, in whatever version, loads the addon, by itself or on a terminal that script(1)
// makes. Some others hang with the library of a sanitizer.
function sanitizerOf(command: string): Environment {
  return basename(command) === basename(process.execPath) || command === 'script'
    ? {}
    : { LD_PRELOAD: undefined };
}

/** A program that runs. It is killed at the end of its test, if it is still there. */
export class Program {
  /** When it and all that have its output have ended. */
  readonly ended: Promise<Result>;
  readonly #child: ChildProcess;
  readonly #name: string;
  #stdout = '';
  #stderr = '';
  #over = false;

  constructor(t: TestContext, command: string, args: readonly string[], environment: Environment = {}) {
    this.#name = [command, ...args].join(' ');
    const env = { ...process.env, ...unset, ...sanitizerOf(command), ...environment };
    this.#child = spawn(command, args, { cwd: root, env });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // A program that ends early is a failure of what waits for it, not of each write to it.
    this.#child.stdin?.on('error', () => {});
    this.ended = this.#wait();
    this.ended.catch(() => {});
    t.after(() => this.kill('SIGKILL'));
  }

  /** Waits until its standard output has the pattern. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      assert.ok(
        !this.#over,
        `${this.#name} ended and did not show ${pattern}:\n${this.#stdout}${this.#stderr}`,
      );
      await Promise.race([once(this.#child.stdout as NodeJS.ReadableStream, 'data'), this.ended]);
    }
  }

  /** Gives it text on its standard input. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Ends its standard input. */
  end(): void {
    this.#child.stdin?.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #wait(): Promise<Result> {
    try {
      const [status, signal] = await once(this.#child, 'close');
      return { status, signal, stdout: this.#stdout, stderr: this.#stderr };
    } catch (error) {
      throw new Error(`${this.#name} cannot be run here`, { cause: error });
    } finally {
      this.#over = true;
    }
  }
}

/** Starts Node.js; paths count from the root of the package. */
export function startNode(t: TestContext, args: readonly string[], environment?: Environment): Program {
  return new Program(t, process.execPath, args, environment);
}

/** Runs Node.js to its end. */
export async function runNode(
  t: TestContext,
  args: readonly string[],
  environment?: Environment,
): Promise<Result> {
  return await startNode(t, args, environment).ended;
}
