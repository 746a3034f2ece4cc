// npm run lint                every check but the slow ones, a line each
// npm run lint -- --tidy      clang-tidy alone: it takes minutes
// npm run lint -- --portable  whether the addon compiles for Windows (with MinGW) alone
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { eachAtOnce } from './parallel.mjs';
import { nodeIncludeDir } from './platform.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each answers the text of its complaints, '' when there are none. */
const checks = {
  biome: () => runNode('node_modules/@biomejs/biome/bin/biome', 'check'),
  'tsc lib': () => runNode('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'),
  'tsc bench': () => runNode('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'bench/tsconfig.json'),
  'tsc examples': () =>
    runNode('node_modules/typescript/bin/tsc', '--noEmit', '-p', 'examples/tsconfig.json'),
  'clang-format': clangFormat,
  constants: () => runNode('scripts/constants.mjs', '--check'),
  'openssl-map': () => runNode('scripts/check-openssl-map.mjs'),
  'doc-comments': () => runNode('scripts/check-doc-comments.mjs'),
  floors,
};

const slowChecks = { '--tidy': { 'clang-tidy': clangTidy }, '--portable': { windows } };

async function main() {
  const wanted = process.argv[2];
  if (wanted !== undefined && slowChecks[wanted] === undefined) {
    throw new Error(`'${wanted}' is none of ${Object.keys(slowChecks).join(', ')}`);
  }
  const failed = [];
  for (const [name, check] of Object.entries(slowChecks[wanted] ?? checks)) {
    const complaints = await complaintsOf(check);
    console.log(`${complaints === '' ? 'ok  ' : 'FAIL'} ${name}`);
    if (complaints === '') continue;
    failed.push(name);
    console.log(complaints.replace(/^/gm, '     '));
  }
  if (failed.length === 0) return;
  console.log(`lint failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

async function complaintsOf(check) {
  try {
    return (await check()).trimEnd();
  } catch (error) {
    return error.message;
  }
}

function runNode(script, ...args) {
  return run(process.execPath, [join(root, script), ...args]);
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  return status === 0 ? '' : `${stdout}${stderr}`.trim() || `${command} failed with status ${status}`;
}

/** The first of the names that runs here. */
function tool(names, debianPackage) {
  const found = names.find((name) => spawnSync(name, ['--version']).status === 0);
  if (found) return found;
  throw new Error(`${names[0]} is missing: install Debian's package ${debianPackage}.`);
}

function clangFormat() {
  const files = nativeFiles(/\.(h|cc)$/);
  // The version is part of the style: others wrap some lines in other places.
  const command = tool(['clang-format-14', 'clang-format'], 'clang-format-14');
  if (files.length === 0) return '';
  const complaints = run(command, ['--dry-run', '-Werror', ...files]);
  const unformatted = files.filter((file) => complaints.includes(`${file}:`));
  return unformatted.length === 0 ? complaints : `${command} -i ${unformatted.join(' ')}`;
}

async function clangTidy() {
  const command = tool(['clang-tidy-14', 'clang-tidy'], 'clang-tidy-14');
  const flags = compileFlags();
  return forEachSource((file) => [command, '--quiet', file, '--', ...flags], 'stdout');
}

/** MSVC is not to be had here; MinGW has Windows' headers too. */
async function windows() {
  const command = tool(
    ['x86_64-w64-mingw32-g++-posix', 'x86_64-w64-mingw32-g++'],
    'g++-mingw-w64-x86-64-posix',
  );
  const flags = [...compileFlags(), '-DNOMINMAX', '-DWIN32_LEAN_AND_MEAN', '-Wall', '-Wextra', '-Werror'];
  return forEachSource((file) => [command, '-fsyntax-only', ...flags, file], 'stderr');
}

/** What the command of each source file complains about on that stream, as many at a time as there are processors. */
async function forEachSource(commandOf, stream) {
  const complaints = [];
  await eachAtOnce(nativeFiles(/\.cc$/), async (file) => {
    complaints.push(await complaintsAbout(file, commandOf(file), stream));
  });
  return complaints.join('');
}

function complaintsAbout(file, [command, ...args], stream) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', ...['stdout', 'stderr'].map((name) => (name === stream ? 'pipe' : 'ignore'))],
    });
    let output = '';
    child[stream].setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve(status === 0 ? '' : output || `${file}: status ${status}\n`));
  });
}

/** As node-gyp would compile; the headers of others count as the system's, so that they stay unjudged. */
function compileFlags() {
  const gyp = readFileSync(join(root, 'binding.gyp'), 'utf8').replace(/^\s*#.*$/gm, '');
  const defines = JSON.parse(/"defines":\s*(\[[^\]]*\])/.exec(gyp)?.[1] ?? '[]');
  return [
    '-std=c++17',
    '-fexceptions',
    ...defines.map((define) => `-D${define}`),
    `-I${root}`,
    '-isystem',
    join(root, 'node_modules', 'node-addon-api'),
    '-isystem',
    nodeIncludeDir(),
  ];
}

/** Paths below the root, with forward slashes. */
function nativeFiles(pattern, folder = 'native') {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .flatMap((item) => {
      const name = `${folder}/${item.name}`;
      return item.isDirectory() ? nativeFiles(pattern, name) : [name];
    })
    .filter((name) => pattern.test(name))
    .sort();
}

/** A lower floor never includes a higher one, and the binding never touches the error queue. */
function floors() {
  const nodeApi = String.raw`(?:napi|node_api|js_native_api)[\w-]*\.h`;
  const above = (floorsAbove) => String.raw`(?:[\w./]*/)?(?:${floorsAbove})/[^">]*`;
  const include = (...what) =>
    new RegExp(String.raw`^[ \t]*#[ \t]*include[ \t]*["<](?:${what.join('|')})[">]`);
  const rules = [
    [
      'native/openssl',
      include(nodeApi, String.raw`uv\.h`, above('io|binding')),
      'this floor knows OpenSSL only',
    ],
    ['native/io', include(nodeApi, above('binding')), 'this floor knows no JavaScript'],
    ['native/binding', /\bERR_(?:get|peek|clear|set_mark|pop)/, 'the error queue belongs to the floor below'],
  ];
  const complaints = [];
  for (const [folder, pattern, reason] of rules) {
    for (const file of nativeFiles(/\.(h|cc|inc)$/, folder)) {
      for (const [index, line] of codeLines(file).entries()) {
        if (pattern.test(line)) complaints.push(`${file}:${index + 1}: ${line.trim()} (${reason})`);
      }
    }
  }
  return [...complaints, ...indexOnlyReexports()].join('\n');
}

/** Comments are blanked, line numbers stay. */
function codeLines(file) {
  return readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/\/\/.*$/gm, '')
    .split('\n');
}

function indexOnlyReexports() {
  const file = 'lib/index.ts';
  if (!existsSync(join(root, file))) return [`${file} does not exist`];
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest);
  return source.statements
    .filter((statement) => !(ts.isExportDeclaration(statement) && statement.moduleSpecifier))
    .map((statement) => {
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart(source));
      return `${file}:${line + 1}: only re-exports belong here`;
    });
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
