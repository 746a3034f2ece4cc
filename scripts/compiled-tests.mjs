// The compiled tests: which there are, and how they are run, under whatever Node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

// One more than there are cores: some wait for other programs. Node's own choice leaves one core for the runner,
// which does next to nothing.
const concurrency = availableParallelism() + 1;

/** Tests to which it is all the same with which Node, and with which build of the addon, they run. */
export const aboutSources = {
  'native.test.js': 'the two lower floors are compiled for themselves, and run without Node',
  'types.test.js': 'the compiler reads the declarations',
  'bench.test.js': 'the programs of the bench, not what they measure',
};

/** The files of the tests, or those whose names contain one of the parts. Each part has to be in one. */
export function compiledTests(parts) {
  const all = readdirSync(join(root, 'build-test'), { recursive: true })
    .filter((name) => name.endsWith('.test.js'))
    .sort();
  const unknown = parts.filter((part) => !all.some((name) => name.includes(part)));
  if (unknown.length > 0) throw new Error(`no test file with ${unknown.join(' or ')} in its name`);
  return all
    .filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)))
    .map((name) => join('build-test', name));
}

/** Those that are about the addon in a Node. */
export function addonTests(parts) {
  return compiledTests(parts).filter((file) => !Object.hasOwn(aboutSources, basename(file)));
}

/**
 * Runs files of tests under a Node, which is the `node` of the programs that they start, too.
 * Tells whether all is well, and the figures of figures-reporter.mjs.
 */
export async function runTests(node, files) {
  const directory = mkdtempSync(join(tmpdir(), 'bladessl-tests-'));
  const report = join(directory, 'figures.json');
  const reporters = [
    ['spec', 'stdout'],
    [join(root, 'scripts', 'figures-reporter.mjs'), report],
  ].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
  const options = [`--test-concurrency=${concurrency}`, '--test-timeout=300000', '--enable-source-maps'];
  const path = [dirname(node), process.env.PATH].join(delimiter);
  try {
    const child = spawn(node, ['--test', ...reporters, ...options, ...files], {
      cwd: root,
      env: { ...process.env, PATH: path },
      stdio: 'inherit',
    });
    const [status, signal] = await once(child, 'close');
    if (signal !== null) throw new Error(`the runner of the tests was ended by ${signal}`);
    return { ok: status === 0, ...JSON.parse(readFileSync(report, 'utf8')) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
