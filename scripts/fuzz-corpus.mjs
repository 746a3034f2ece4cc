// The inputs of the fuzz targets that are kept: test/fuzz/corpus, a folder each.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = join(root, 'build-fuzz');

const mostBytes = 4096;

/** Keeps the fewest of the kept and the local inputs of a target that cover as much as all; a line about it. */
export async function mergeCorpus(name) {
  const kept = join(root, 'test', 'fuzz', 'corpus', name);
  const merged = join(work, 'merged', name);
  rmSync(merged, { recursive: true, force: true });
  mkdirSync(merged, { recursive: true });
  const corpora = [kept, join(work, 'corpus', name)].filter((folder) => existsSync(folder));
  const options = ['-merge=1', `-max_len=${mostBytes}`, '-timeout=20'];
  execFileSync(join(work, 'targets', name), [...options, merged, ...corpora], { stdio: 'ignore' });
  for (const file of readdirSync(merged)) {
    if (!mayBeKept(readFileSync(join(merged, file)))) rmSync(join(merged, file));
  }
  rmSync(kept, { recursive: true, force: true });
  renameSync(merged, kept);
  const sizes = readdirSync(kept).map((file) => statSync(join(kept, file)).size);
  return `merged ${name}: ${sizes.length} inputs, ${sizes.reduce((sum, size) => sum + size, 0)} bytes`;
}

// Keys are made anew each time; in the repository they would look like somebody's.
function mayBeKept(bytes) {
  return bytes.length <= mostBytes && !bytes.includes('PRIVATE KEY');
}
