// The demo, run as a user would, and what its report looks like.

import type { TestContext } from 'node:test';
import { versions } from 'bladessl';
import { type Environment, type Result, runNode } from './programs';

/** The demo's program. */
export const demo = 'examples/demo/demo.mjs';

/** The first line of a report. */
export const title = `bladessl ${versions.bladessl} on Node.js ${versions.node} with OpenSSL ${versions.openssl}`;

/** Runs the demo to its end. */
export async function runDemo(
  t: TestContext,
  args: readonly string[],
  environment?: Environment,
): Promise<Result> {
  return await runNode(t, [demo, ...args], environment);
}

/** A text of lines, each of which is matched as a whole by its pattern. */
export function lines(...patterns: readonly string[]): RegExp {
  return new RegExp(`^${patterns.map((pattern) => `${pattern}\\n`).join('')}$`);
}

/** The lines about a connection. */
export function connection(server: string, trust: string): string[] {
  return [
    title.replaceAll('.', '\\.'),
    '',
    'Connection',
    `  server        ${server}`,
    '  time          TCP [\\d.]+ ms, TLS [\\d.]+ ms',
    '  version       TLSv1\\.3',
    '  cipher        TLS_\\w+, (128|256) bits',
    '  group         \\S+',
    `  verified      yes, trusting ${trust}`,
    '',
    'Certificate chain',
  ];
}

/** The line about a validity of 30 days. */
export const valid = '     valid      \\d{4}-\\d\\d-\\d\\d to \\d{4}-\\d\\d-\\d\\d, 30 more days';
