// Programs of the lower floors, compiled without Node. What has been compiled once stays in build-native.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './programs';

const run = promisify(execFile);
const common = ['-std=c++17', '-g1', '-O0', '-I.', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror'];

/** What a program is made from; paths count from the root of the package. */
export interface NativeProgram {
  readonly name: string;
  readonly floors: readonly string[];
  readonly main: string;
  readonly flags: readonly string[];
  readonly libraries: readonly string[];
}

/** Compiles what has changed, links it, and tells the path of the program. */
export async function buildNative({ name, floors, main, flags, libraries }: NativeProgram): Promise<string> {
  const folder = join(root, 'build-native', name);
  mkdirSync(folder, { recursive: true });
  const options = [...common, ...flags];
  const inFloors = floors.flatMap((floor) => readdirSync(join(root, floor)).map((file) => join(floor, file)));
  const headers = inFloors.filter((file) => file.endsWith('.h'));
  const sources = [...inFloors.filter((file) => file.endsWith('.cc')), main];
  const same = digest(await surroundings(libraries), options.join(' '), ...headers.map(contentOf));
  const objects = sources.map((source) => {
    const key = digest(same, source, contentOf(source));
    return { source, object: join(folder, `${basename(source)}-${key}.o`) };
  });
  await compileAll(
    objects.filter(({ object }) => !existsSync(object)),
    options,
  );
  const names = objects.map(({ object }) => object);
  const program = join(folder, `${name}-${digest(...names, ...libraries)}`);
  if (!existsSync(program)) {
    await make(program, [...flags, ...names, ...libraries.map((one) => `-l${one}`), '-pthread']);
  }
  removeAllBut(folder, [...names, program]);
  return program;
}

interface Compilation {
  readonly source: string;
  readonly object: string;
}

async function compileAll(compilations: readonly Compilation[], options: readonly string[]): Promise<void> {
  const waiting = [...compilations];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await make(next.object, [...options, '-c', next.source]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

/** Lets the compiler make a file, which is there as a whole or not at all. */
async function make(file: string, args: readonly string[]): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  await run('g++', [...args, '-o', unfinished], { cwd: root });
  renameSync(unfinished, file);
}

/** What else an object depends on: the versions of the compiler and of the libraries, as their macros. */
async function surroundings(libraries: readonly string[]): Promise<string> {
  const headers = ['openssl/opensslv.h', ...(libraries.includes('uv') ? ['uv/version.h'] : [])];
  const including = headers.flatMap((header) => ['-include', header]);
  const { stdout } = await run('g++', ['-dM', '-E', '-x', 'c++', ...including, '/dev/null']);
  return stdout;
}

function contentOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function digest(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex').slice(0, 16);
}

function removeAllBut(folder: string, files: readonly string[]): void {
  const current = new Set(files);
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (!current.has(file)) rmSync(file);
  }
}
