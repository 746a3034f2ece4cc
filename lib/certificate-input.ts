// Certificates in all the shapes in which they may be given.

import { X509Certificate } from 'node:crypto';
import { type Bytes, readInput, readList } from './arguments';
import { Certificate } from './certificate';
import { CertificateStore } from './certificate-store';
import { isStoreOptions } from './stores/stored';

/**
 * A certificate: an object, PEM text, PEM or DER bytes, the name of a file with one of these, or an object of
 * node:crypto.
 */
export type CertificateInput = Certificate | string | URL | Bytes | X509Certificate;

/** Certificates: one of these (all certificates of a PEM text count), several, or those of a store. */
export type CertificatesInput = CertificateInput | readonly CertificateInput[] | CertificateStore;

/** The certificate of a store, with its private key, if the argument `name` is options that name one. */
export function openCertificate(input: unknown, name: string): Certificate | undefined {
  return isStoreOptions(input) && 'store' in input ? Certificate.open(input, name) : undefined;
}

/** All certificates of an input. */
export function certificatesOf(input: unknown, name: string): [Certificate, ...Certificate[]] {
  if (input instanceof Certificate) return [input];
  if (input instanceof X509Certificate) return [new Certificate(input)];
  return Certificate.parse(readInput(input, name).bytes);
}

/** All certificates of one input, of several, or of a store. */
export function certificateListOf(input: unknown, name: string): Certificate[] {
  if (input instanceof CertificateStore) return [...input];
  if (!Array.isArray(input)) return certificatesOf(input, name);
  return readList(input, name, 'an array', certificatesOf).flat();
}
