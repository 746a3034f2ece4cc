// Installs what the tests need from npm into a folder with a lock file of its own. What was installed is known
// by the copy of the lock file that is left beside it.
//   node scripts/install-folder.mjs FOLDER WHAT [FILE THAT IS THERE THEN ...]
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(import.meta.url);
const root = dirname(dirname(script));

/** Throws when one of the `files` is not there in the end: npm takes no offence at what is optional. */
export function installFolder(folder, what, files, flags = []) {
  const place = join(root, folder);
  const [lock, mark] = [join(place, 'package-lock.json'), join(place, 'node_modules', '.installed')];
  if (existsSync(mark) && readFileSync(mark).equals(readFileSync(lock))) return;
  console.log(`installing for the tests: ${what} (${folder}/package.json)`);
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...flags];
  const { status, error } = spawnSync('npm', args, {
    cwd: place,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  const missing = files.filter((file) => !existsSync(join(place, 'node_modules', file)));
  if (error !== undefined || status !== 0 || missing.length > 0) {
    throw new Error(
      `npm could not install ${what} in ${folder}${missing.map((file) => `: no ${file}`).join('')}`,
    );
  }
  copyFileSync(lock, mark);
}

if (process.argv[1] === script) {
  try {
    const [folder, what, ...files] = process.argv.slice(2);
    installFolder(folder, what, files);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
