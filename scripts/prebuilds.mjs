// npm run prebuilds [-- linux-x64 linux-arm64]: builds the addon into prebuilds/, where the installer looks
// for it, looks at what was built, and prints the checksum of each file. Without arguments for this machine's
// platform; on Linux also for another processor, where the cross-compiler is.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkElf } from './check-elf.mjs';
import { headerVersion } from './check-openssl-map.mjs';
import { nodeIncludeDir } from './platform.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const host = `${process.platform}-${process.arch}`;
const name = 'bladessl';

/** What the tools of a cross-compiler begin with. */
const crossTools = { 'linux-arm64': 'aarch64-linux-gnu', 'linux-x64': 'x86_64-linux-gnu' };

/** Newer headers name functions that the OpenSSL of older Nodes does not have. */
const requiredHeaders = '3.0';

function main(platforms) {
  for (const platform of platforms) refuseUnlessPossible(platform);
  const includeDir = nodeIncludeDir();
  const version = headerVersion(includeDir);
  if (version !== requiredHeaders) {
    throw new Error(
      `Prebuilds are built with the headers of OpenSSL ${requiredHeaders} only; these are ${version}. Use Node 20.`,
    );
  }
  const lines = platforms.map((platform) => build(platform, join(includeDir, '..', '..')));
  console.log(lines.join('\n'));
}

function refuseUnlessPossible(platform) {
  if (platform === host) return;
  if (!/^[a-z0-9]+-[a-z0-9]+$/.test(platform)) {
    throw new Error(`'${platform}' is not a platform. One looks like this: ${host}`);
  }
  const tools = process.platform === 'linux' ? crossTools[platform] : undefined;
  if (tools === undefined) throw new Error(`${platform} cannot be built on ${host}.`);
  if (spawnSync(`${tools}-g++`, ['--version']).status === 0) return;
  throw new Error(`${platform} needs a cross-compiler: ${tools}-g++ is missing.`);
}

/** Answers its checksum, size and what it needs, as a line. */
function build(platform, nodedir) {
  const folder = join(root, 'prebuilds', platform);
  rmSync(folder, { recursive: true, force: true });
  const tree = platform === host ? root : copySources(platform);
  runPrebuildify(platform, tree, nodedir);

  const files = readdirSync(folder).filter((file) => file.endsWith('.node'));
  if (files.length !== 1)
    throw new Error(`Expected one file in prebuilds/${platform}, found ${files.length}.`);
  const file = join(folder, files[0]);
  const needs = process.platform === 'linux' ? checkElf(file, platform.split('-')[1]) : [];
  // prebuildify moves the binary out of build/Release, where tests and development look for it.
  const release = join(tree, 'build', 'Release');
  mkdirSync(release, { recursive: true });
  copyFileSync(file, join(release, `${name}.node`));

  const bytes = readFileSync(file);
  const sum = createHash('sha256').update(bytes).digest('hex');
  const facts = [`${Math.ceil(bytes.length / 1024)} KiB`, ...needs].join(', ');
  return `${sum}  prebuilds/${platform}/${files[0]}\n  ${facts}`;
}

/** What is built for another machine gets a folder of its own: this one's build/ is used by its tests. */
function copySources(platform) {
  const tree = join(root, `build-${platform}`);
  rmSync(tree, { recursive: true, force: true });
  for (const item of ['native', 'binding.gyp', 'package.json']) {
    cpSync(join(root, item), join(tree, item), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

function runPrebuildify(platform, tree, nodedir) {
  const [system, arch] = platform.split('-');
  const args = [
    join(root, 'node_modules', 'prebuildify', 'bin.js'),
    '--napi',
    '--strip',
    // `bladessl.glibc.node`: the loader does not take it on musl.
    ...(system === 'linux' ? ['--tag-libc'] : []),
    `--name=${name}`,
    `--target=node@${process.versions.node}`,
    `--arch=${arch}`,
    `--platform=${system}`,
    `--cwd=${tree}`,
    `--out=${root}`,
  ];
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: tree,
    env: { ...process.env, ...toolsFor(platform, tree), npm_config_nodedir: nodedir },
    stdio: 'inherit',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`The build for ${platform} failed.`);
}

/** The environment by which make finds compilers and flags. */
function toolsFor(platform, tree) {
  const { CC = '', CXX = '', LDFLAGS = '', JOBS = 'max' } = process.env;
  const env = { JOBS };
  if (process.platform === 'linux') {
    env.LDFLAGS = `${LDFLAGS} -Wl,--version-script=${join(tree, 'native', 'exports.map')}`;
  }
  if (platform === host) return env;
  const prefix = crossTools[platform];
  const launcher = /^ccache\s/.test(CC) && /^ccache\s/.test(CXX) ? 'ccache ' : '';
  return {
    ...env,
    CC: `${launcher}${prefix}-gcc`,
    CXX: `${launcher}${prefix}-g++`,
    PREBUILD_STRIP_BIN: `${prefix}-strip`,
  };
}

try {
  const platforms = process.argv.slice(2);
  main(platforms.length === 0 ? [host] : [...new Set(platforms)]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
