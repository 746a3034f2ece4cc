// Dates that are told from the time at which something is made.

import assert from 'node:assert/strict';

/** The present second, in milliseconds: what dates of certificates, CRLs and responses are kept in. */
export function presentSecond(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** Asserts that a date lies `offset` milliseconds from a moment between `since` and now. */
export function assertMade(date: Date | undefined, since: number, offset = 0): void {
  const from = since + offset;
  const to = Date.now() + offset;
  const time = Number(date);
  assert.ok(from <= time && time <= to, `${date?.toISOString()} is not between ${from} and ${to}`);
}
