// Compares docs/openssl-map.md with the headers of the OpenSSL inside Node: every public function and
// function-like macro has a row, and no row names what the headers do not have.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nodeIncludeDir } from './platform.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The headers that declare SSL_*, BIO_* and the TLS and DTLS methods. */
const headers = [
  'ssl.h',
  'ssl3.h',
  'tls1.h',
  'dtls1.h',
  'srtp.h',
  'bio.h',
  'evp.h',
  'asn1.h',
  'comp.h',
  'cms.h',
  'pkcs7.h',
];

/** What the map speaks of. Other families (X509_*, EVP_*, ERR_* ...) are not its subject. */
const subject = /^(?:(?:SSL|BIO|TLS|DTLS)_|(?:SSL|TLS|DTLS)v\d|(?:i2d|d2i)_SSL_)\w+$/;

/** The version of the headers as `major.minor`. */
export function headerVersion(includeDir) {
  const text = headerText(includeDir, 'opensslv.h');
  const part = (name) => new RegExp(`#\\s*define\\s+OPENSSL_VERSION_${name}\\s+(\\d+)`).exec(text)?.[1];
  return `${part('MAJOR')}.${part('MINOR')}`;
}

/** The names of all functions and function-like macros of the map's subject. */
export function publicFunctions(includeDir) {
  const names = new Set();
  const aliases = [];
  for (const header of headers) {
    const text = withoutComments(headerText(includeDir, header));
    for (const [, name, parenthesis, body] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)(\(?)(.*)$/gm)) {
      if (!subject.test(name)) continue;
      if (parenthesis) names.add(name);
      else aliases.push([name, body.trim()]);
    }
    for (const name of prototypes(text)) names.add(name);
  }
  // `#define SSL_get_peer_certificate SSL_get1_peer_certificate` is a function under a second name.
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const [name, body] of aliases) if (names.has(body)) names.add(name);
  }
  return names;
}

/**
 * Node's headers name one file per platform (`archs/linux-x86_64/asm/include/openssl/ssl.h`) behind a
 * switch. Those files differ in white space at most, so that any will do when ours is not known.
 */
function headerText(includeDir, header) {
  const top = join(includeDir, 'openssl', header);
  const text = existsSync(top) ? readFileSync(top, 'utf8') : '';
  if (text !== '' && !/_asm\.h"/.test(text)) return text;
  const archs = join(includeDir, 'openssl', 'archs');
  const own = { 'linux-x64': 'linux-x86_64', 'linux-arm64': 'linux-aarch64' }[
    `${process.platform}-${process.arch}`
  ];
  const candidates = existsSync(archs) ? [own, ...readdirSync(archs)] : [];
  for (const arch of candidates) {
    const file = join(archs, String(arch), 'asm', 'include', 'openssl', header);
    if (existsSync(file)) return readFileSync(file, 'utf8');
  }
  throw new Error(`openssl/${header} is not among the headers.`);
}

/** Also joins lines that end in a backslash. */
function withoutComments(text) {
  return text
    .replace(/\\\r?\n/g, ' ')
    .replace(/\/\*[\s\S]*?\*\//g, ' ')
    .replace(/\/\/.*$/gm, '');
}

function prototypes(text) {
  const code = text.replace(/^[ \t]*#.*$/gm, '').replace(/extern\s+"C"\s*\{/g, ' ');
  const found = [];
  // Bodies of structures and inline functions hold no prototypes. They nest: innermost first.
  let flat = code;
  for (let before = ''; before !== flat; ) {
    before = flat;
    flat = flat.replace(/\{[^{}]*\}/g, ' ; ');
  }
  for (const statement of flat.split(';')) {
    if (/^\s*typedef\b/.test(statement)) continue;
    for (const [, name] of statement.matchAll(/\b(\w+)\s*\(/g)) {
      if (!subject.test(name)) continue;
      found.push(name);
      break;
    }
  }
  return found;
}

/** Every row of the page's tables: the names in its first cell, the text of its second, its line. */
export function mapRows(markdown) {
  const rows = [];
  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    if (!/^\s*\|/.test(line) || /^\s*\|[\s|:-]+$/.test(line)) continue;
    const cells = line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/);
    const names = [...(cells[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name.trim());
    if (names.length > 0) rows.push({ names, here: (cells[1] ?? '').trim(), line: index + 1 });
  }
  return rows;
}

/** All faults as lines of text; empty when the page is right. */
export function compare(functions, rows, { complete = true } = {}) {
  const faults = [];
  const seen = new Map();
  for (const { names, here, line } of rows) {
    if (here === '') faults.push(`line ${line}: the row says nothing about ${names[0]}`);
    for (const name of names) {
      if (!functions.has(name)) faults.push(`line ${line}: ${name} is not in the headers`);
      if (seen.has(name)) faults.push(`line ${line}: ${name} is in line ${seen.get(name)} already`);
      seen.set(name, line);
    }
  }
  const missing = [...functions].filter((name) => !seen.has(name)).sort();
  if (complete) faults.push(...missing.map((name) => `${name} is in no row`));
  return { faults, missing };
}

/** Members that a row names and the package does not have. "Not yet" and "Not here" promise none. */
export function unknownMembers(rows, library) {
  const classes = {
    context: library.SSLContext,
    ssl: library.SSL,
    bio: library.BIO,
    clientHello: library.ClientHello,
  };
  const faults = [];
  for (const { here, line } of rows) {
    if (/^Not (yet|here)/.test(here)) continue;
    for (const [, object, member] of here.matchAll(/`(context|ssl|bio|clientHello)\.(\w+)/g)) {
      if (!(member in classes[object].prototype)) {
        faults.push(`line ${line}: there is no ${object}.${member}`);
      }
    }
  }
  return faults;
}

function main() {
  const includeDir = nodeIncludeDir();
  const version = headerVersion(includeDir);
  const page = readFileSync(join(root, 'docs', 'openssl-map.md'), 'utf8');
  const written = /^Headers: OpenSSL (\d+\.\d+)/m.exec(page)?.[1];
  if (!written) throw new Error('docs/openssl-map.md has no line "Headers: OpenSSL <major>.<minor>".');
  const functions = publicFunctions(includeDir);
  const rows = mapRows(page);
  const { faults, missing } = compare(functions, rows, { complete: version === written });
  faults.push(...unknownMembers(rows, createRequire(import.meta.url)('bladessl')));
  if (version !== written) {
    console.log(
      `The map speaks of OpenSSL ${written}, these headers are ${version}: ${missing.length} functions without a row do not count.`,
    );
  }
  for (const fault of faults) console.log(`docs/openssl-map.md: ${fault}`);
  console.log(`openssl-map: ${functions.size} functions, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
