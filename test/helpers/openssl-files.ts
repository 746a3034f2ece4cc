// A directory that lasts as long as the process, and the `openssl` command working in it.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const directory = mkdtempSync(join(tmpdir(), 'bladessl-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

/** The path of a file in the directory. */
export function pathOf(name: string): string {
  return join(directory, name);
}

/** Writes a file in the directory and tells its path. */
export function write(name: string, content: string | Uint8Array): string {
  writeFileSync(pathOf(name), content);
  return pathOf(name);
}

/** The content of a file in the directory. */
export function read(name: string): Buffer {
  return readFileSync(pathOf(name));
}

/** Runs `openssl` in the directory and returns what it prints. Arguments are separated by spaces. */
export function openssl(command: string, ...more: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('openssl', [...command.split(' '), ...more], {
    cwd: directory,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`openssl ${command}: ${stderr}${stdout}`);
  return stdout.trim();
}

/** The file once for each place that asks for 65536 iterations, which asks for 8388607 then. */
export function withMoreIterations(file: Buffer): Buffer[] {
  const count = Buffer.of(2, 3, 1, 0, 0); // an INTEGER of DER
  const files: Buffer[] = [];
  for (let at = file.indexOf(count); at !== -1; at = file.indexOf(count, at + 1)) {
    const patched = Buffer.from(file);
    patched.writeUIntBE(0x7fffff, at + 2, 3);
    files.push(patched);
  }
  return files;
}
