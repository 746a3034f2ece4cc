// Certificates in all the shapes in which they may be given.

import { type Bytes, readInput } from './arguments';
import { Certificate } from './certificate';

/** A certificate: an object, PEM text, PEM or DER bytes, or the name of a file with one of these. */
export type CertificateInput = Certificate | string | URL | Bytes;

/** All certificates of an input. */
export function certificatesOf(input: unknown, name: string): [Certificate, ...Certificate[]] {
  if (input instanceof Certificate) return [input];
  return Certificate.parse(readInput(input, name).bytes);
}
