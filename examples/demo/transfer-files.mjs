// @ts-check
// `npm run demo`: two files go from one process to another over TLS.

import { fileURLToPath } from 'node:url';
import { Certificate, TLSClientContext } from 'bladessl';
import { connectTLS } from './connection.mjs';
import { DemoError } from './demo-error.mjs';
import { FileClient } from './file-client.mjs';
import { makeRandomFile, sha256Of } from './random-file.mjs';
import { connectionLines, fileLine, processLines, titleLine } from './report.mjs';
import { ServerProcess } from './server-process.mjs';

const host = 'localhost';
const lockFile = fileURLToPath(new URL('../../package-lock.json', import.meta.url));

/**
 * @param {import('./screen.mjs').Screen} screen
 * @param {import('./options.mjs').TransferOptions} options
 */
export async function transferFiles(screen, { mebibytes }) {
  screen.print(titleLine(screen));
  const ca = Certificate.generate({ commonName: 'bladessl demo CA' });
  const leaf = Certificate.generate({ commonName: host, issuer: ca });
  const randomName = `random-${mebibytes}-MiB`;
  const randomFile = await makeRandomFile(randomName, mebibytes, (done, total) =>
    screen.progress(`making ${randomName}`, done, total),
  );
  const files = { 'package-lock.json': lockFile, [randomName]: randomFile };
  const server = new ServerProcess();
  try {
    const port = await server.listen({
      certificate: leaf.certificate.pem + ca.certificate.pem,
      privateKey: leaf.privateKey.pem,
      files,
    });
    const context = new TLSClientContext().addCA(ca.certificate);
    const connection = await connectTLS(context, { host, port });
    screen.print(...connectionLines(screen, connection, 'the CA made for this run'));
    screen.print(...processLines(screen, server.pid));
    await fetchAll(screen, connection.chain, files);
    connection.chain.freeAll();
  } finally {
    server.stop();
  }
}

/**
 * @param {import('./screen.mjs').Screen} screen
 * @param {import('bladessl').BIO} chain
 * @param {Record<string, string>} files
 */
async function fetchAll(screen, chain, files) {
  const client = new FileClient(chain);
  const width = Math.max(...Object.keys(files).map((name) => name.length));
  for (const [name, path] of Object.entries(files)) {
    const label = name.padEnd(width);
    const fetched = await client.fetch(name, (received, size) => screen.progress(label, received, size));
    const intact = fetched.sha256 === (await sha256Of(path));
    screen.print(fileLine(screen, label, fetched, intact));
    if (!intact) throw new DemoError(`${name} has not arrived as it is on disk`);
  }
}
