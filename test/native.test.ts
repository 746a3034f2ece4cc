// The lowest floor without Node: compiled with the sanitizers against the libssl of the system, and run.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(__dirname, '..');
const common = ['-std=c++17', '-g', '-I.', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];

async function compile(sources: string[], flags: string[], folder: string): Promise<string[]> {
  const waiting = [...sources];
  const objects: string[] = [];
  const work = async (): Promise<void> => {
    for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
      const object = join(folder, `${basename(source)}.o`);
      await run('g++', [...flags, '-c', source, '-o', object], { cwd: root });
      objects.push(object);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return objects;
}

async function buildAndRun(
  floors: string[],
  main: string,
  flags: string[],
  libraries: string[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bladessl-native-'));
  try {
    const files = floors.flatMap((floor) => readdirSync(join(root, floor)).map((name) => join(floor, name)));
    const sources = [...files.filter((name) => name.endsWith('.cc')), main];
    const objects = await compile(sources, [...common, ...flags], folder);
    const program = join(folder, 'program');
    const link = ['-lssl', '-lcrypto', ...libraries, '-pthread', '-o', program];
    await run('g++', [...flags, ...objects, ...link], { cwd: root });
    // Not the sanitizers of a Node that this runs under.
    const { LD_PRELOAD: _, ...env } = process.env;
    const { stdout } = await run(program, [], { env: { ...env, ASAN_OPTIONS: 'detect_leaks=1' } });
    assert.equal(stdout, 'all passed\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the lowest floor stands without Node, and refuses calls from inside and from other threads', async () => {
  const flags = ['-O0', '-fsanitize=address,undefined'];
  await buildAndRun(['native/openssl'], 'test/native/floor_test.cc', flags, []);
});

test('the I/O floor stands without Node, and its handshake threads do not race', async () => {
  const flags = ['-O1', '-fsanitize=thread'];
  await buildAndRun(['native/openssl', 'native/io'], 'test/native/io_test.cc', flags, ['-luv']);
});
