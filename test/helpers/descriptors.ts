// The descriptors of this process, counted.

import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';

function target(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The one that the listing itself was read with.
    return undefined;
  }
}

/** What is open: descriptor and target, as in `20 socket:[4711]`. Linux only, where the count is exact. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    const to = target(fd);
    return to === undefined || to.startsWith('/proc/') ? [] : [`${fd} ${to}`];
  });
}

/** What is open that was not open before. */
export function openedSince(before: readonly string[]): string[] {
  const known = new Set(before);
  return openDescriptors().filter((one) => !known.has(one));
}

/** Asserts that nothing is open that was not open before. */
export function assertNoneLeft(before: readonly string[]): void {
  assert.deepEqual(openedSince(before), []);
}
