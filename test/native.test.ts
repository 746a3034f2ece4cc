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
const flags = ['-std=c++17', '-g', '-O0', '-I.', '-Wall', '-Wextra', '-fsanitize=address,undefined'];

async function compile(sources: string[], folder: string): Promise<string[]> {
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

test('the lowest floor stands without Node, and refuses calls from inside and from other threads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bladessl-native-'));
  try {
    const floor = readdirSync(join(root, 'native', 'openssl')).filter((name) => name.endsWith('.cc'));
    const sources = [...floor.map((name) => `native/openssl/${name}`), 'test/native/floor_test.cc'];
    const objects = await compile(sources, folder);
    const program = join(folder, 'floor_test');
    await run('g++', [...flags, ...objects, '-lssl', '-lcrypto', '-pthread', '-o', program], { cwd: root });
    // Not the sanitizers of a Node that this runs under.
    const { LD_PRELOAD: _, ...env } = process.env;
    const { stdout } = await run(program, [], { env: { ...env, ASAN_OPTIONS: 'detect_leaks=1' } });
    assert.equal(stdout, 'all passed\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
