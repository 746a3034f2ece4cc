// @ts-check
// A file of random bytes in a folder of its own, which goes when the process exits.

import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { atExit } from './at-exit.mjs';

const mebibyte = 2 ** 20;

/**
 * @param {string} name
 * @param {number} mebibytes
 * @param {(done: number, total: number) => void} onProgress
 * @returns {Promise<string>} its path
 */
export async function makeRandomFile(name, mebibytes, onProgress) {
  const folder = mkdtempSync(join(tmpdir(), 'bladessl-demo-'));
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  const file = await open(path, 'wx');
  try {
    const bytes = Buffer.alloc(mebibyte);
    for (let done = 0; done < mebibytes; done++) {
      onProgress(done * mebibyte, mebibytes * mebibyte);
      await file.writeFile(randomFillSync(bytes));
    }
  } finally {
    await file.close();
  }
  return path;
}

/** @param {string} path */
export async function sha256Of(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: mebibyte }), hash);
  return hash.digest('hex');
}
