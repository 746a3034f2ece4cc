// Compiled files of the tests, run in a process of their own: for what may take a process with it.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Environment, type Result, runNode } from './programs';

const compiled = join(__dirname, '..');

/** Runs a file of build-test (`lifecycle/jobs.js`) to its end. */
export async function runCompiled(
  t: TestContext,
  file: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
  environment?: Environment,
): Promise<Result> {
  return await runNode(t, [...flags, join(compiled, file), ...args], environment);
}

/** Asserts that a process has ended as it should, and shows what it said if it has not. */
export function assertEnded(result: Result, status = 0): void {
  const { stdout, stderr } = result;
  const said = `${stdout}${stderr}`.trim();
  const how = result.signal === null ? `status ${result.status}` : `signal ${result.signal}`;
  assert.ok(result.status === status, `ended with ${how}, not status ${status}:\n${said}`);
}
