// Compiles the fuzz targets: native/openssl and test/fuzz/native by clang with its fuzzer and sanitizers,
// into build-fuzz. Only what has changed is compiled again.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eachAtOnce } from './parallel.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// All paths are below the root, where the compiler runs.
const work = 'build-fuzz';
const floor = join('native', 'openssl');
const targets = join('test', 'fuzz', 'native');

const sanitizers = 'address,undefined';
const flags = [
  ...['-std=c++17', '-g', '-O1', '-fno-omit-frame-pointer', '-I.', '-Wall', '-Wextra', '-Werror'],
  ...[`-fsanitize=fuzzer-no-link,${sanitizers}`, '-fno-sanitize-recover=undefined'],
];

function sourcesIn(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.cc'))
    .map((name) => join(folder, name));
}

/** The targets by name. */
export function targetNames() {
  return sourcesIn(targets).map((source) => basename(source, '.cc'));
}

/** Compiles and links targets; throws with what the compiler says. */
export async function compileTargets(names) {
  if (names.length === 0) return;
  const compiler = findCompiler();
  for (const folder of ['objects', 'targets']) mkdirSync(join(root, work, folder), { recursive: true });
  const shared = sourcesIn(floor);
  const own = names.map((name) => join(targets, `${name}.cc`));
  await eachAtOnce([...own, ...shared], (source) => compile(compiler, source));
  await eachAtOnce(names, (name) => link(compiler, name, shared));
}

function findCompiler() {
  const found = ['clang++-14', 'clang++'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (found === undefined) {
    throw new Error("clang is missing: install Debian's packages clang-14 and libclang-rt-14-dev");
  }
  return found;
}

function objectOf(source) {
  return join(work, 'objects', `${source.replaceAll(/[\\/]/g, '-')}.o`);
}

async function compile(compiler, source) {
  const object = objectOf(source);
  const args = [...flags, '-MMD', '-c', source, '-o', object];
  const command = JSON.stringify([compiler, ...args]);
  if (isFresh(object, dependenciesOf(object)) && readText(`${object}.command`) === command) return;
  await run(compiler, args);
  writeFileSync(join(root, `${object}.command`), command);
}

async function link(compiler, name, shared) {
  const program = join(work, 'targets', name);
  const objects = [join(targets, `${name}.cc`), ...shared].map(objectOf);
  if (isFresh(program, objects)) return;
  const libraries = ['-lssl', '-lcrypto', '-pthread'];
  await run(compiler, [`-fsanitize=fuzzer,${sanitizers}`, ...objects, ...libraries, '-o', program]);
}

/** What the compiler has written beside an object: `object: source header ...`. */
function dependenciesOf(object) {
  const rule = readText(object.replace(/\.o$/, '.d'));
  return rule.replaceAll('\\\n', ' ').split(/\s+/).slice(1).filter(Boolean);
}

function readText(file) {
  const path = join(root, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function isFresh(product, sources) {
  const [made, ...changed] = [product, ...sources].map(timeOf);
  return changed.length > 0 && changed.every((time) => time <= made);
}

/** When a file was written last; one that is not there makes what is made of it old, and itself. */
function timeOf(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? Number.NaN;
}

async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    complaints += chunk;
  });
  const status = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new Error(`${command} failed:\n${complaints}`);
}
