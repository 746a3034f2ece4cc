// Inputs that the fuzzer begins with and that are not kept: keys, made anew each time.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// As the targets have it.
const passphrase = 'secret';
const noPassword = Buffer.of(0);
const withPassword = Buffer.of(1);

const kinds = [
  ['ec', { namedCurve: 'P-256' }, ['sec1', 'pkcs8']],
  ['ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }, ['sec1', 'pkcs8']],
  ['rsa', { modulusLength: 1024 }, ['pkcs1', 'pkcs8']],
  ['rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256' }, ['pkcs8']],
  ['dsa', { modulusLength: 1024, divisorLength: 160 }, ['pkcs8']],
  ['ed25519', {}, ['pkcs8']],
  ['ed448', {}, ['pkcs8']],
  ['x25519', {}, ['pkcs8']],
];

/** Writes the seeds of the targets that have some, a folder each. */
export function writeSeeds(folder) {
  writeEach(join(folder, 'private_key'), keySeeds());
  writeEach(join(folder, 'public_key'), publicKeySeeds());
}

function writeEach(target, seeds) {
  mkdirSync(target, { recursive: true });
  for (const [index, seed] of [...seeds].entries()) writeFileSync(join(target, `seed-${index}`), seed);
}

function* publicKeySeeds() {
  for (const [kind, options] of kinds) {
    const { publicKey } = generateKeyPairSync(kind, options);
    yield publicKey.export({ type: 'spki', format: 'der' });
    yield Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  }
}

function* keySeeds() {
  for (const [kind, options, types] of kinds) {
    const { privateKey } = generateKeyPairSync(kind, options);
    for (const type of types) yield* formsOf(privateKey, type);
  }
}

function* formsOf(key, type) {
  yield Buffer.concat([noPassword, key.export({ type, format: 'der' })]);
  yield Buffer.concat([noPassword, Buffer.from(key.export({ type, format: 'pem' }))]);
  const encrypted = { type, cipher: 'aes-128-cbc', passphrase };
  yield Buffer.concat([withPassword, Buffer.from(key.export({ ...encrypted, format: 'pem' }))]);
  if (type === 'pkcs8') yield Buffer.concat([withPassword, key.export({ ...encrypted, format: 'der' })]);
}
