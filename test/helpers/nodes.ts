// Newer versions of Node.js, from test/nodes: scripts/setup.sh installs them.

import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Program, root } from './programs';

/** Their major versions. */
export const newerNodes = [22, 24, 26] as const;
export type NewerNode = (typeof newerNodes)[number];

/** Runs a file of build-test (`interop/node-peer.js`) under one of them. */
export function startNewerNode(
  t: TestContext,
  major: NewerNode,
  file: string,
  args: readonly string[],
): Program {
  const folder = join(root, 'test', 'nodes', 'node_modules', `node${major}-${process.arch}`);
  return new Program(t, join(folder, 'bin', 'node'), [join(root, 'build-test', file), ...args]);
}
