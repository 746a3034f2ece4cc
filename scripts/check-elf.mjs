// Looks at a compiled addon of Linux with readelf: that it is for the right machine, shows no more than Node
// looks for, and links no OpenSSL. One of the static flavour takes neither OpenSSL nor libuv from the process.
// Answers the newest versions of the libraries that it needs.
import { spawnSync } from 'node:child_process';

const machines = { x64: 'Advanced Micro Devices X86-64', arm64: 'AArch64' };
const wantedExports = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const ofProcess =
  /^(uv_|(SSL|TLS|BIO|EVP|X509(V3)?|ASN1|BN|OBJ|OSSL|PEM|PKCS\d+|PBE\w*|PBKDF2\w*|SCRYPT|RAND|GENERAL_NAMES?|CRYPTO|OPENSSL|OpenSSL|ERR)_|[adiops]2[adiops]_)/;
const versionedLibraries = ['GLIBC', 'GLIBCXX'];

export function checkElf(file, arch, { isStatic = false } = {}) {
  const machine = /Machine:\s+(.+)/.exec(readelf(file, '--file-header'))?.[1];
  if (machine !== machines[arch]) throw new Error(`${file} is for ${machine}, not for ${arch}.`);

  const symbols = dynamicSymbols(file);
  const exports = symbols.filter(({ defined }) => defined).map((symbol) => symbol.name);
  if (exports.sort().join() !== wantedExports.join()) {
    throw new Error(`${file} exports ${exports.join(', ')}: expected ${wantedExports.join(', ')} alone.`);
  }
  const needed = [...readelf(file, '--dynamic').matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]);
  const openssl = needed.find((library) => /^lib(?:ssl|crypto)\b/.test(library));
  if (openssl) {
    const instead = isStatic ? 'it has to be a part of it' : "Node's own is the one to use";
    throw new Error(`${file} links ${openssl}: ${instead}.`);
  }
  const taken = symbols.filter(({ defined, weak, name }) => !defined && !weak && ofProcess.test(name));
  if (isStatic && taken.length > 0) {
    throw new Error(`${file} would take ${taken.map(({ name }) => name).join(', ')} from the process.`);
  }
  return versionedLibraries.map((library) => newest(library, symbols)).filter(Boolean);
}

function readelf(file, what) {
  const { status, stdout, stderr, error } = spawnSync('readelf', ['--wide', what, file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** `3: 0000000000000000  0 FUNC  GLOBAL DEFAULT  UND send@GLIBC_2.17 (2)` */
function dynamicSymbols(file) {
  const row = /\s(GLOBAL|WEAK|UNIQUE)\s.*\s(UND|ABS|\d+)\s+([^@\s]+)(?:@+(\S+))?/g;
  return [...readelf(file, '--dyn-syms').matchAll(row)].map(([, binding, section, name, version = '']) => ({
    defined: section !== 'UND',
    weak: binding === 'WEAK',
    name,
    version,
  }));
}

/** `GLIBC 2.33`; nothing for a library that is not linked. */
function newest(library, symbols) {
  const versions = symbols
    .filter(({ version }) => version.startsWith(`${library}_`))
    .map(({ version }) => version.slice(library.length + 1))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return versions.length === 0 ? undefined : `${library} ${versions.at(-1)}`;
}
