// A process whose main thread does not have the addon: workers load it, one after the other and side by
// side, and in the end the main thread does.

import { strictEqual } from 'node:assert/strict';
import { startWorker } from '../helpers/worker';

const addons = () => Object.keys(require.cache).filter((file) => file.endsWith('.node'));

async function runRounds(): Promise<void> {
  const { code, error } = await startWorker('lifecycle/jobs.js', 'rounds').ended;
  if (error !== undefined) throw error;
  strictEqual(code, 0);
}

async function main(): Promise<void> {
  for (let i = 0; i < 3; i++) await runRounds();
  await Promise.all([runRounds(), runRounds()]);
  strictEqual(addons().length, 0, 'the main thread has the addon already');
  const { Certificate } = await import('bladessl');
  strictEqual(addons().length, 1);
  strictEqual(Certificate.generate({ commonName: 'x' }).certificate.subject, 'CN=x');
  await runRounds();
}

main();
