// What is done with the installed package: the README's examples run, and compile as TypeScript.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The README's examples, by what they show. */
function readmeExamples() {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]);
  const [server, client, chain, memory, waiting, ...others] = blocks;
  assert.deepEqual(others, [], 'the README has an example that is not used here');
  for (const [block, sign] of [
    [server, 'server.listen()'],
    [client, 'socket.connect('],
    [chain, 'new SSLBIO('],
    [memory, 'BIO.pair()'],
    [waiting, 'new RemoteKey('],
  ]) {
    assert.ok(block?.includes(sign), `the README's examples are in another order: no ${sign}`);
  }
  return { server, client, chain, memory, waiting };
}

/** By require and by import, in a folder that has the package installed. */
export async function useAsJavaScript(folder) {
  const { server, client, memory, waiting } = readmeExamples();
  run(folder, 'face.cjs', face);
  assert.match(run(folder, 'memory.mjs', memory), /^ping TLSv1\.3 TLS_/);
  assert.match(run(folder, 'memory.cjs', asRequire(memory)), /^ping TLSv1\.3 TLS_/);
  run(folder, 'identity.mjs', identity);
  assert.equal(run(folder, 'waiting.mjs', waiting), 'TLSv1.3 CN=localhost\n');
  await converse(folder, server, client);
}

/** What `exports` lets through, and what it does not. */
const face = `
const assert = require('node:assert/strict');
const { versions } = require('bladessl');
assert.equal(require('bladessl/package.json').version, versions.bladessl);
assert.throws(() => require('bladessl/dist/ssl'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
import('bladessl').then((imported) => assert.equal(imported.versions, versions));
`;

/** The files that the README's server and client read. */
const identity = `
import { writeFileSync } from 'node:fs';
import { Certificate } from 'bladessl';
const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost', altNames: ['localhost'] });
writeFileSync('cert.pem', certificate.pem);
writeFileSync('ca.pem', certificate.pem);
writeFileSync('key.pem', privateKey.pem);
`;

function asRequire(source) {
  return source.replace(/^import (\{.*?\}) from ('bladessl');/m, 'const $1 = require($2);');
}

/** The README's client talks to its server, on a port that is free. */
async function converse(folder, server, client) {
  writeFileSync(join(folder, 'server.mjs'), `${server.replace('8443', '0')}console.log(server.localPort);\n`);
  const child = spawn(process.execPath, ['server.mjs'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { value: port } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    assert.match(port ?? 'no port', /^\d+$/);
    assert.match(run(folder, 'client.mjs', client.replace('8443', port)), /^hello TLSv1\.3 TLS_/);
  } finally {
    child.kill();
  }
}

function run(folder, file, source) {
  writeFileSync(join(folder, file), source);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, `${file}:\n${stdout}${stderr}`);
  return stdout;
}

const oldestTypeScript = '../test/oldest-typescript/node_modules/typescript';
const newestTypeScript = 'typescript';

/** What a project writes about modules, with the sources that such a project may have. */
const projects = {
  node16: { module: 'node16', moduleResolution: 'node16', files: ['*.mts', '*.cts', '*.ts'] },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext', files: ['*.mts', '*.cts', '*.ts'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', files: ['*.mts', '*.ts'] },
  commonjs: { module: 'commonjs', moduleResolution: 'node10', files: ['*.cts', '*.ts'] },
};

/** In a folder with the oldest types of Node that are promised, and in one with the newest there are. */
export function useAsTypeScript(oldest, newest) {
  for (const folder of [oldest, newest]) writeSources(folder);
  for (const name of Object.keys(projects)) {
    compile(oldestTypeScript, oldest, name);
    compile(newestTypeScript, oldest, name);
  }
  compile(newestTypeScript, newest, 'nodenext');
}

function writeSources(folder) {
  const { memory, ...examples } = readmeExamples();
  for (const [name, source] of Object.entries(examples)) writeFileSync(join(folder, `${name}.mts`), source);
  // No await at the top: this one may become CommonJS.
  writeFileSync(join(folder, 'memory.ts'), memory);
  const required =
    "import bladessl = require('bladessl');\nnew bladessl.TLSSocket();\nexport = bladessl.versions;\n";
  writeFileSync(join(folder, 'required.cts'), required);
}

/** The sources and the package's declarations have to be without a fault, those of others are not looked at. */
function compile(typescript, folder, name) {
  const { files, ...modules } = projects[name];
  const compilerOptions = {
    ...modules,
    ...(typescript === newestTypeScript && name === 'commonjs' ? { ignoreDeprecations: '6.0' } : {}),
    target: 'ES2022',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: ['node'],
  };
  const ts = require(typescript);
  const config = ts.parseJsonConfigFileContent({ compilerOptions, include: files }, ts.sys, folder);
  const program = ts.createProgram(config.fileNames, config.options);
  const isOurs = ({ fileName }) => !/\/node_modules\/(?!bladessl\/)/.test(fileName);
  const faults = [
    ...config.errors,
    ...program.getOptionsDiagnostics(),
    ...program
      .getSourceFiles()
      .filter(isOurs)
      .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  const host = { getCanonicalFileName: String, getCurrentDirectory: () => folder, getNewLine: () => '\n' };
  assert.equal(faults.length, 0, `${typescript}, ${name}:\n${ts.formatDiagnostics(faults, host)}`);
}
