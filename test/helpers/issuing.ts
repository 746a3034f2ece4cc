// Certificates made by a CA of the tests, and what openssl thinks of them.

import assert from 'node:assert/strict';
import { Certificate, type CertificateGenerateOptions } from 'bladessl';
import { openssl, write } from './openssl-files';

type Options = CertificateGenerateOptions;

/** The CA that signs what `make` makes. */
export const root = Certificate.generate({ commonName: 'Test Root' });
/** Its certificate, as a file. */
export const rootPath = write('root.pem', root.certificate.pem);

/** A certificate of the CA's. */
export function make(options: Options): Certificate {
  return Certificate.generate({ commonName: 'x', issuer: root, ...options }).certificate;
}

/** What openssl prints of a certificate, one space between words. */
export function printed(certificate: Certificate): string {
  return openssl('x509 -noout -text -in', write('printed.pem', certificate.pem)).replaceAll(/\s+/g, ' ');
}

/** openssl's verdict on the last certificate of a chain from the root. */
export function verdict(...chain: Certificate[]): string {
  const [leaf, ...between] = chain.toReversed();
  const untrusted = write('between.pem', between.map(({ pem }) => pem).join(''));
  const path = write('last.pem', leaf?.pem ?? '');
  try {
    return openssl(
      'verify -CAfile',
      rootPath,
      ...(between.length > 0 ? ['-untrusted', untrusted] : []),
      path,
    );
  } catch (error) {
    return (error as Error).message;
  }
}

/** Asserts that options are refused. */
export function refused(options: unknown, name: string, code: string, message: RegExp): void {
  assert.throws(
    () => Certificate.generate({ commonName: 'x', ...(options as Options) }),
    { name, code, message },
    JSON.stringify(options, (_, item) => (typeof item === 'bigint' ? String(item) : item)),
  );
}
