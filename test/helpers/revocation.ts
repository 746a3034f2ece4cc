// A CA with an OCSP responder of its own, and what its certificates, CRLs and responses are tested with.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { sign } from 'node:crypto';
import { Certificate } from 'bladessl';
import { der, list, oid } from './der';
import type { Identity } from './identities';
import { openssl, pathOf, write } from './openssl-files';

/** A moment that is so many days from now. */
export function inDays(days: number): Date {
  return new Date(Date.now() + days * 24 * 60 * 60 * 1000);
}

/** A whole second: what comes back from a CRL or a response is one. */
export function second(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** The CA. */
export const ca: Identity = Certificate.generate({ commonName: 'Revoking CA', days: 3650 });
/** One with the same name and another key. */
export const impostor: Identity = Certificate.generate({ commonName: 'Revoking CA', days: 3650 });
/** A server that the CA has certified. */
export const server: Identity = Certificate.generate({
  commonName: 'server.example',
  issuer: ca,
  days: 3000,
});
/** Another one. */
export const neighbour: Identity = Certificate.generate({
  commonName: 'neighbour.example',
  issuer: ca,
  days: 3000,
});

write('revoking-ca.pem', ca.certificate.pem);
write('revoking-ca-key.pem', ca.privateKey.pem);
write('server.pem', server.certificate.pem);
write('server-key.pem', server.privateKey.pem);
openssl('req -new -key server-key.pem -subj /CN=responder -out responder.csr');

/** A certificate for the server's key from the CA, with these extensions (x509v3_config(5)), valid for some days. */
export function certified(
  name: string,
  extensions: string,
  days = 3000,
  signer = '-CA revoking-ca.pem -CAkey revoking-ca-key.pem',
): Identity {
  write(`${name}.ext`, extensions);
  openssl(`x509 -req -in responder.csr ${signer} -extfile ${name}.ext -days ${days} -out ${name}.pem`);
  return { certificate: new Certificate(pathOf(`${name}.pem`)), privateKey: server.privateKey };
}

/** One that the CA has charged with speaking for it. */
export const delegate: Identity = certified('delegate', 'extendedKeyUsage = OCSPSigning');

/** The AlgorithmIdentifier of the CA's signatures. */
export const ecdsaWithSHA256: Buffer = list(oid('1.2.840.10045.4.3.2'));

/** An INTEGER from its bytes in hex. */
export function integer(hex: string): Buffer {
  return der(2, Buffer.from(hex, 'hex'));
}

/** A Name of one CN, a UTF8String. */
export function nameOf(commonName: string): Buffer {
  return list(der(0x31, list(oid('2.5.4.3'), der(12, Buffer.from(commonName)))));
}

/** What is to be signed, with a signature of `signer`. */
export function signedBy(signer: Identity, content: Buffer): Buffer {
  const signature = sign('sha256', content, signer.privateKey.pem);
  return list(content, ecdsaWithSHA256, der(3, Buffer.of(0), signature));
}

/** The INTEGER of a serial number. */
export function serialOf({ certificate }: Identity): Buffer {
  return integer(certificate.serialNumber);
}

/** Runs one of GnuTLS' programs in the directory of the files and returns what it prints. */
export function gnutls(program: 'certtool' | 'ocsptool', ...args: string[]): string {
  // It hangs with the library of a sanitizer.
  const { LD_PRELOAD: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: pathOf('.'), encoding: 'utf8', env });
  assert.equal(status, 0, stdout + stderr);
  return stdout + stderr;
}
