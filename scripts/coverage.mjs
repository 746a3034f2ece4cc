// What scripts/coverage.sh has measured, as tables, held against test/coverage-floor.json.
//   node scripts/coverage.mjs [--raise | --no-floor]
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, 'build-coverage');
const tree = join(work, 'tree');
const floorFile = join(root, 'test', 'coverage-floor.json');
const worstFiles = 10;
/** Per cent that two runs of the same sources may differ by: threads and timers are not the same twice. */
const jitter = 0.3;

function main() {
  const halves = {
    native: readLcov(join(work, 'native.info')),
    lib: onlyCode(readLcov(join(work, 'lib', 'lcov.info'))),
  };
  for (const [name, files] of Object.entries(halves)) printFolders(name, files);
  printHoles(new Map([...halves.native, ...halves.lib]));
  console.log('\nEvery line: build-coverage/native/index.html, build-coverage/lib/index.html\n');
  const reached = Object.fromEntries(
    Object.entries(halves).map(([name, files]) => [name, percent(count([...files.values()]))]),
  );
  if (process.argv.includes('--raise')) raiseFloor(reached);
  if (!process.argv.includes('--no-floor')) checkFloor(reached);
}

/** File to line to how often it ran. A header is reported once by each source that includes it. */
function readLcov(path) {
  const files = new Map();
  let lines;
  for (const record of readFileSync(path, 'utf8').split('\n')) {
    const [, kind, value] = /^(SF|DA):(.*)$/.exec(record) ?? [];
    if (kind === 'SF') {
      const file = value.replace(`${tree}/`, '');
      lines = files.get(file) ?? new Map();
      files.set(file, lines);
    } else if (kind === 'DA') {
      const [line, runs] = value.split(',').map(Number);
      lines.set(line, (lines.get(line) ?? 0) + runs);
    }
  }
  return files;
}

/** V8 knows what did not run; whatever else is in a file, types and comments too, c8 counts as run. */
function onlyCode(files) {
  for (const [file, lines] of files) {
    const code = linesOfStatements(file);
    for (const line of lines.keys()) {
      if (!code.has(line)) lines.delete(line);
    }
  }
  return files;
}

function linesOfStatements(file) {
  const text = readFileSync(join(tree, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = new Set();
  const visit = (node) => {
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    if (runs(node)) lines.add(source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

function runs(node) {
  if (ts.isBlock(node) || ts.isImportDeclaration(node)) return false;
  return ts.isStatement(node) || (ts.isArrowFunction(node.parent ?? node) && node.parent.body === node);
}

function count(files) {
  const runs = files.flatMap((lines) => [...lines.values()]);
  return { covered: runs.filter((times) => times > 0).length, total: runs.length };
}

function percent({ covered, total }) {
  return total === 0 ? 0 : (100 * covered) / total;
}

function printFolders(name, files) {
  const folders = new Map();
  for (const [file, lines] of files) {
    const folder = dirname(file);
    folders.set(folder, [...(folders.get(folder) ?? []), lines]);
  }
  console.log(`\n${'lines'.padEnd(20)}${'covered'.padStart(9)}${'of'.padStart(7)}${'%'.padStart(8)}`);
  for (const [folder, counted] of [...folders].sort()) printRow(folder, count(counted));
  printRow(`all of ${name}`, count([...files.values()]));
}

function printRow(name, counts) {
  const { covered, total } = counts;
  const numbers = [
    String(covered).padStart(9),
    String(total).padStart(7),
    percent(counts).toFixed(1).padStart(8),
  ];
  console.log(name.padEnd(20) + numbers.join(''));
}

function printHoles(files) {
  const holes = [...files]
    .map(([file, lines]) => ({ file, missing: missingLines(lines), ranges: missingRanges(lines) }))
    .filter(({ missing }) => missing.length > 0)
    .sort((a, b) => b.missing.length - a.missing.length);
  console.log('\nMost lines not run');
  for (const { file, missing, ranges } of holes.slice(0, worstFiles)) {
    console.log(`${String(missing.length).padStart(5)}  ${file}: ${ranges.join(', ')}`);
  }
}

function missingLines(lines) {
  return [...lines].filter(([, times]) => times === 0).map(([line]) => line);
}

/** Lines without code between two that did not run do not end a range. */
function missingRanges(lines) {
  const ranges = [];
  let open;
  for (const [line, times] of [...lines].sort(([a], [b]) => a - b)) {
    if (times > 0) open = undefined;
    else if (open) open.last = line;
    else ranges.push((open = { first: line, last: line }));
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
}

function checkFloor(reached) {
  const floor = readFloor();
  for (const [name, value] of Object.entries(reached)) {
    const report = `${name}: ${value.toFixed(1)} % of lines, the floor is ${floor[name]} %`;
    if (value < floor[name]) {
      console.log(`FAIL ${report}`);
      process.exitCode = 1;
    } else {
      const possible = possibleFloor(value);
      const hint = `; it could be ${possible} % (npm run coverage -- --raise)`;
      console.log(`ok   ${report}${possible > floor[name] ? hint : ''}`);
    }
  }
}

function raiseFloor(reached) {
  const floor = readFloor();
  for (const [name, value] of Object.entries(reached)) {
    floor[name] = Math.max(floor[name], possibleFloor(value));
  }
  writeFileSync(floorFile, `${JSON.stringify(floor, null, 2)}\n`);
}

function readFloor() {
  return JSON.parse(readFileSync(floorFile, 'utf8'));
}

function possibleFloor(value) {
  return Number((Math.floor(value * 10) / 10 - jitter).toFixed(1));
}

main();
