// Runs the compiled tests under newer versions of Node, with the very binary that this Node has built:
//   npm run test:nodes [-- 22 24 26] [part of a file name ...]
// The versions are those of test/nodes, all of them unless some are named. The tests that are not about the
// addon in a Node (compiled-tests.mjs names them) are left out.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aboutSources, addonTests, root, runTests } from './compiled-tests.mjs';

// A binary that is to run everywhere is built with the headers of the oldest OpenSSL.
const oldestHeaders = /^3\.0\./;

const nodesFolder = join(root, 'test', 'nodes');

async function main(args) {
  const { majors, parts } = readArguments(args);
  const files = addonTests(parts);
  console.log(`${files.length} test files; left out are:`);
  for (const [file, reason] of Object.entries(aboutSources)) console.log(`  ${file}: ${reason}`);
  const rows = [];
  for (const major of majors) rows.push(await runUnder(major, files));
  printTable(rows);
  return rows.every(({ ok }) => ok);
}

function readArguments(args) {
  const { optionalDependencies } = JSON.parse(readFileSync(join(nodesFolder, 'package.json'), 'utf8'));
  const known = [...new Set(Object.keys(optionalDependencies).map((name) => /\d+/.exec(name)[0]))].sort();
  const isMajor = (arg) => /^\d+$/.test(arg);
  const majors = args.filter(isMajor);
  const unknown = majors.find((major) => !known.includes(major));
  if (unknown !== undefined) throw new Error(`Node ${unknown} is none of ${known.join(', ')}`);
  return {
    majors: majors.length > 0 ? majors : known,
    parts: args.filter((arg) => !isMajor(arg)),
  };
}

async function runUnder(major, files) {
  const node = join(nodesFolder, 'node_modules', `node${major}-${process.arch}`, 'bin', 'node');
  if (!existsSync(node)) throw new Error(`Node ${major} is not there: run scripts/setup.sh`);
  const seen = versionsUnder(node);
  if (seen.node.split('.')[0] !== major) throw new Error(`${node} is Node ${seen.node}`);
  console.log(`\n== Node ${seen.node}, OpenSSL ${seen.openssl}, headers of ${seen.opensslHeaders}`);
  const begin = performance.now();
  const { ok, counts } = await runTests(node, files);
  return { ok, seen, counts, seconds: (performance.now() - begin) / 1000 };
}

/** What the addon says under a Node; it must be build/Release, made with the oldest headers. */
function versionsUnder(node) {
  if (!existsSync(join(root, 'build', 'Release', 'bladessl.node'))) {
    throw new Error('there is no build/Release/bladessl.node: run npm run build');
  }
  const script = "console.log(JSON.stringify(require('./dist').versions))";
  const versions = JSON.parse(execFileSync(node, ['-e', script], { cwd: root, encoding: 'utf8' }));
  if (!oldestHeaders.test(versions.opensslHeaders)) {
    throw new Error(
      `build/Release is built with the headers of OpenSSL ${versions.opensslHeaders}, not 3.0: ` +
        'run npm run build under Node 20',
    );
  }
  return versions;
}

function printTable(rows) {
  const widths = [10, 9, 7, 8, 8, 9, 9];
  const line = (...cells) => console.log(cells.map((cell, i) => String(cell).padStart(widths[i])).join(''));
  console.log('');
  line('Node', 'OpenSSL', 'tests', 'passed', 'failed', 'skipped', 'seconds');
  for (const { seen, counts, seconds } of rows) {
    const failed = counts.fail + counts.cancelled;
    line(seen.node, seen.openssl, counts.tests, counts.pass, failed, counts.skipped, seconds.toFixed(0));
  }
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
