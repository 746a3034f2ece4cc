// Where the system keeps the certificates it trusts.

import { readdirSync, statSync } from 'node:fs';
import { delimiter } from 'node:path';
import { rootCertificates } from 'node:tls';
import { readFile } from './arguments';
import { Certificate } from './certificate';
import { native } from './native';

/** A place to take trust from: a file, directories of hashed names, or the list inside Node. */
export type TrustSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'directories'; readonly paths: readonly string[] }
  | { readonly kind: 'node' };

// The bundles of the usual distributions, most common first.
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
  '/usr/local/share/certs/ca-root-nss.crt',
  '/usr/local/etc/ssl/cert.pem',
];

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

// Only files named by the hash of their subject are found (openssl-rehash(1)).
function hasHashedNames(path: string): boolean {
  return (
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true &&
    readdirSync(path).some((name) => /^[\da-f]{8}\.\d+$/.test(name))
  );
}

function directories(list: string): TrustSource {
  return { kind: 'directories', paths: list.split(delimiter) };
}

/**
 * What the environment names (SSL_CERT_FILE, SSL_CERT_DIR) comes first: somebody has set it on purpose, and
 * nothing else is taken if it cannot be used. Then the bundles of the distributions, OpenSSL's own default
 * places, and Node's list at last.
 */
export function findSystemTrust(): TrustSource {
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: list } = process.env;
  if (file) return { kind: 'file', path: file };
  if (list) return directories(list);
  const bundle = bundles.find((path) => isFile(path));
  if (bundle !== undefined) return { kind: 'file', path: bundle };
  const own = native.defaultTrust();
  if (isFile(own.file)) return { kind: 'file', path: own.file };
  if (hasHashedNames(own.directory)) return directories(own.directory);
  return { kind: 'node' };
}

// Parsing a bundle takes some 10 ms: once per file and its date is enough.
const parsed = new Map<string, { date: number; certificates: readonly Certificate[] }>();

/** The certificates of a bundle, parsed at most once for each date of the file. */
export function readBundle(path: string): readonly Certificate[] {
  const date = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const known = parsed.get(path);
  if (known?.date === date) return known.certificates;
  const certificates = Certificate.parse(readFile(path, 'file'));
  parsed.set(path, { date, certificates });
  return certificates;
}

let bundled: readonly Certificate[] | undefined;

/** The root certificates inside Node (`tls.rootCertificates`). */
export function nodeRoots(): readonly Certificate[] {
  bundled ??= Certificate.parse(rootCertificates.join('\n'));
  return bundled;
}
