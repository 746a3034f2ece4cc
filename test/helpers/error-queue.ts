// OpenSSL's error queue, which Node's own crypto reads as well: what we leave there, Node tells as its own.

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';

function stackOfNode(): unknown {
  try {
    return createPrivateKey('no key at all');
  } catch (error) {
    const { message, opensslErrorStack } = error as Error & { opensslErrorStack?: string[] };
    return { message, opensslErrorStack };
  }
}

const alone = stackOfNode();

/** Asserts that an error of Node's lists its own entries only. */
export function assertQueueEmpty(): void {
  assert.deepEqual(stackOfNode(), alone);
}
