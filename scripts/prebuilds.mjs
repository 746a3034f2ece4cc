// npm run prebuilds [-- linux-x64]: builds the addon for this machine's platform into prebuilds/, where
// the installer looks for it, and prints the checksum of each file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headerVersion, nodeIncludeDir } from './check-openssl-map.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const host = `${process.platform}-${process.arch}`;
const name = 'bladessl';

/** Newer headers name functions that the OpenSSL of older Nodes does not have. */
const requiredHeaders = '3.0';

function main(platforms) {
  for (const platform of platforms) refuseUnlessHost(platform);
  const includeDir = nodeIncludeDir();
  const version = headerVersion(includeDir);
  if (version !== requiredHeaders) {
    throw new Error(
      `Prebuilds are built with the headers of OpenSSL ${requiredHeaders} only; these are ${version}. Use Node 20.`,
    );
  }
  build(includeDir);
}

function refuseUnlessHost(platform) {
  if (platform === host) return;
  if (!/^[a-z0-9]+-[a-z0-9]+$/.test(platform)) {
    throw new Error(`'${platform}' is not a platform. One looks like this: ${host}`);
  }
  throw new Error(`Only ${host} can be built on this machine: ${platform} would need a cross-compiler.`);
}

function build(includeDir) {
  const folder = join(root, 'prebuilds', host);
  rmSync(folder, { recursive: true, force: true });
  runPrebuildify(join(includeDir, '..', '..'));

  const files = readdirSync(folder).filter((file) => file.endsWith('.node'));
  if (files.length !== 1) throw new Error(`Expected one file in prebuilds/${host}, found ${files.length}.`);
  // prebuildify moves the binary out of build/Release, where tests and development look for it.
  const release = join(root, 'build', 'Release');
  mkdirSync(release, { recursive: true });
  for (const file of files) {
    copyFileSync(join(folder, file), join(release, `${name}.node`));
    const sum = createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex');
    console.log(`${sum}  prebuilds/${host}/${file}`);
  }
}

function runPrebuildify(nodedir) {
  const args = [
    join(root, 'node_modules', 'prebuildify', 'bin.js'),
    '--napi',
    '--strip',
    // `bladessl.glibc.node`: the loader does not take it on musl.
    ...(process.platform === 'linux' ? ['--tag-libc'] : []),
    `--name=${name}`,
    `--target=node@${process.versions.node}`,
    `--arch=${process.arch}`,
    `--platform=${process.platform}`,
  ];
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, npm_config_nodedir: nodedir },
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) throw new Error('The build failed.');
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
