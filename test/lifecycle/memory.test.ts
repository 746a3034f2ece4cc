// Resident memory does not grow with the number of handshakes. `npm run soak` does many more of them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { assertEnded, runCompiled } from '../helpers/child';

const warmUp = 4000;
const total = 7000;
const step = 250;
// Less than 1 KiB for a handshake of the rest: the smallest object of OpenSSL that could be forgotten there
// is larger.
const allowed = 3 * 1024 * 1024;

// V8 would let its young generation grow by 14 MiB at some moment.
const flags = ['--max-semi-space-size=1'];
// The address sanitizer keeps what is freed, and each stack from which something is: here, little of both.
const environment = {
  ASAN_OPTIONS: `${process.env['ASAN_OPTIONS'] ?? ''}:quarantine_size_mb=1:malloc_context_size=0`,
};

for (const [mode, title] of [
  ['hand', 'everything is freed by hand'],
  ['collector', 'everything is left to the garbage collector'],
] as const) {
  test(`memory stays as it is when ${title}`, async (t) => {
    const args = [mode, String(total), String(step)];
    const result = await runCompiled(t, 'lifecycle/growth.js', args, flags, environment);
    assertEnded(result);
    const samples = [...result.stdout.matchAll(/^(\d+) (\d+)$/gm)].map(
      ([, done, bytes]) => [Number(done), Number(bytes)] as const,
    );
    assert.equal(samples.length, total / step);
    const most = (when: (done: number) => boolean) =>
      Math.max(...samples.filter(([done]) => when(done)).map(([, bytes]) => bytes));
    const growth = most((done) => done > warmUp) - most((done) => done <= warmUp);
    assert.ok(growth < allowed, `${growth} bytes more in use after ${total} handshakes than after ${warmUp}`);
  });
}
