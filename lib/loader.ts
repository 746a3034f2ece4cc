// Finds the addon that fits the runtime, and says what was tried when there is none.
//
// There are two flavours. The one for Node uses the OpenSSL inside it. The static one brings an OpenSSL of
// its own, for runtimes that have none or another; it is built by those who need it (docs/building.md).

import { join } from 'node:path';

/** Where the OpenSSL comes from: Node's own, or one that is linked into the addon. */
export type Flavour = 'node' | 'static';

interface Resolver {
  (directory: string): unknown;
  /** The file that it would load; throws when there is none. */
  resolve(directory: string): string;
}

const resolver: Resolver = require('node-gyp-build');

/** Which flavour is loaded, whatever the runtime: `node` or `static`. */
const choice = 'BLADESSL_FLAVOUR';

/** Runtimes whose own TLS is not OpenSSL, by their names in process.versions. */
const strangers = { bun: 'Bun', deno: 'Deno', electron: 'Electron', nw: 'NW.js' } as const;

interface Attempt {
  readonly flavour: Flavour;
  readonly error: Error & { readonly code?: string };
}

/** The runtime that is none of Node's own; undefined for Node. */
export function stranger(): keyof typeof strangers | undefined {
  const names = Object.keys(strangers) as (keyof typeof strangers)[];
  return names.find((name) => process.versions[name] !== undefined);
}

function wanted(): Flavour[] {
  const chosen = process.env[choice];
  if (chosen === 'node' || chosen === 'static') return [chosen];
  if (chosen) throw failure(`${choice} is '${chosen}': it may be 'node' or 'static'`);
  // It is seen before anything is loaded: a function of BoringSSL under the same name would be called.
  return stranger() === undefined && hasOpenSSL() ? ['node', 'static'] : ['static'];
}

/** Whether this Node was built with OpenSSL 3 or newer, and not with a relative of it. */
function hasOpenSSL(): boolean {
  return Number.parseInt(process.versions.openssl ?? '', 10) >= 3;
}

/** Loads the addon of the package in `root`. */
export function loadAddon(root: string): unknown {
  const attempts: Attempt[] = [];
  for (const flavour of wanted()) {
    try {
      return loadFile(resolver.resolve(flavour === 'node' ? root : join(root, 'static')), root);
    } catch (error) {
      attempts.push({ flavour, error: error as Error });
      if (!lacksFunctions(error as Error)) break;
    }
  }
  throw failure(reasonOf(attempts), attempts[0]?.error);
}

/** A binary that was left from another version has other functions. */
function loadFile(file: string, root: string): unknown {
  const addon: { readonly versions: { readonly addon: string } } = require(file);
  const { version }: { readonly version: string } = require(join(root, 'package.json'));
  if (addon.versions.addon === version) return addon;
  throw new Error(`${file} is of version ${addon.versions.addon}, and the package of ${version}`);
}

/** Whether a function was missing when it was loaded. */
function lacksFunctions({ message }: Error): boolean {
  return /undefined symbol|symbol not found|procedure could not be found/i.test(message);
}

function failure(reason: string, cause?: Error): Error {
  const message = `bladessl cannot load its native addon in ${runtimeName()}: ${reason}`;
  return Object.assign(new Error(message, { cause }), { code: 'ERR_ADDON_NOT_LOADED' });
}

function runtimeName(): string {
  const name = stranger();
  const runtime =
    name === undefined ? `Node.js ${process.versions.node}` : `${strangers[name]} ${process.versions[name]}`;
  return `${runtime} (${process.platform}-${process.arch})`;
}

function reasonOf(attempts: readonly Attempt[]): string {
  const [first] = attempts;
  if (first?.error.code === 'ERR_DLOPEN_DISABLED') {
    return 'the permission model refuses addons. Start Node.js with --allow-addons';
  }
  const tried = attempts.map(({ flavour, error }) => `${flavour} flavour: ${wordsOf(error)}`).join('; ');
  return `${tried}. ${adviceFor(first)}`;
}

function wordsOf({ message }: Error): string {
  const missing = /No native build was found for .*\n\s*loaded from: (.*)/.exec(message);
  return missing === null ? message : `no binary for this platform in ${missing[1]}`;
}

function adviceFor(first: Attempt | undefined): string {
  const name = stranger();
  if (name !== undefined) {
    return (
      `${strangers[name]} has no OpenSSL that addons can use: build the static flavour with ` +
      '`npm run build:static` in the folder of bladessl (docs/building.md)'
    );
  }
  if (!hasOpenSSL() || (first !== undefined && lacksFunctions(first.error))) {
    return 'Node.js 20.17 or newer has the OpenSSL that is needed; for another, build the static flavour (docs/building.md)';
  }
  if (first?.flavour === 'static') {
    return 'Build it with `npm run build:static` in the folder of bladessl (docs/building.md)';
  }
  return 'Install it again with a C++ compiler, Python and make at hand: `npm rebuild bladessl`';
}
