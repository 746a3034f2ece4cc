// The two lower floors without Node: compiled with the sanitizers against the libssl of the system, and run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { buildNative, type NativeProgram } from './helpers/native-build';

const run = promisify(execFile);

async function buildAndRun(program: NativeProgram): Promise<void> {
  const path = await buildNative(program);
  // Not the sanitizers of a Node that this runs under.
  const { LD_PRELOAD: _, ...env } = process.env;
  const { stdout } = await run(path, [], { env: { ...env, ASAN_OPTIONS: 'detect_leaks=1' } });
  assert.equal(stdout, 'all passed\n');
}

test('the lowest floor stands without Node, and refuses calls from inside and from other threads', async () => {
  await buildAndRun({
    name: 'floor',
    floors: ['native/openssl'],
    main: 'test/native/floor_test.cc',
    flags: ['-fsanitize=address,undefined'],
    libraries: ['ssl', 'crypto'],
  });
});

test('the I/O floor stands without Node, and its handshake threads do not race', async () => {
  await buildAndRun({
    name: 'io',
    floors: ['native/openssl', 'native/io'],
    main: 'test/native/io_test.cc',
    flags: ['-fsanitize=thread'],
    libraries: ['ssl', 'crypto', 'uv'],
  });
});
