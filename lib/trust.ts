// Whom to trust by default, and the shapes in which trust may be given.

import { readdirSync, type Stats, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { invalidValue, readFile, requireText } from './arguments';
import { Certificate } from './certificate';
import { SSLError, systemError } from './errors';
import { nativeOf } from './handle';
import { native } from './native';
import type { NativeAnchors, NativeCertificate } from './native-certificate';

/** Where default trust is taken from: the system, or the list inside Node (`tls.rootCertificates`). */
export type DefaultTrust = 'system' | 'node';

/** A place to take trust from: a file, directories of hashed names, or the list inside Node. */
export type TrustSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'directories'; readonly paths: readonly string[] }
  | { readonly kind: 'node' };

type Bundle = Exclude<TrustSource, { kind: 'directories' }>;

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
  return look(path)?.isFile() === true;
}

/** What there is; undefined for nothing. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw systemError(error as NodeJS.ErrnoException);
  }
}

// Only files named by the hash of their subject are found (openssl-rehash(1)).
const hashedName = /^[\da-f]{8}\.\d+$/;

function hasHashedNames(path: string): boolean {
  return look(path)?.isDirectory() === true && readdirSync(path).some((name) => hashedName.test(name));
}

function directories(list: string): TrustSource {
  return { kind: 'directories', paths: list.split(delimiter) };
}

/**
 * What the environment names (SSL_CERT_FILE, SSL_CERT_DIR) comes first: somebody has set it on purpose, and
 * nothing else is taken if it cannot be used. Then the bundles of the distributions, OpenSSL's own default
 * places, and Node's list at last.
 */
function findSystemTrust(): TrustSource {
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

/** Where default trust comes from on this machine. */
export function findDefaultTrust(source: DefaultTrust): TrustSource {
  return source === 'node' ? { kind: 'node' } : findSystemTrust();
}

export function requireDefaultTrust(value: unknown, name: string): DefaultTrust {
  if (value === 'system' || value === 'node') return value;
  throw invalidValue(name, "must be 'system' or 'node'", value);
}

// By file: the name under which its certificates are kept.
const kept = new Map<string, string>();

/**
 * The certificates of a bundle, or of Node's list. Parsing takes some 10 ms: it is done once in a process for
 * each content of a file, and all contexts share the outcome.
 */
export function anchorsOf(source: Bundle): NativeAnchors {
  if (source.kind === 'node') return sharedAnchors('node', source, undefined);
  const { path } = source;
  const { mtimeMs, size, ino } = look(path) ?? { mtimeMs: 0, size: 0, ino: 0 };
  const name = `${path}:${mtimeMs}:${size}:${ino}`;
  const anchors = sharedAnchors(name, source, kept.get(path));
  kept.set(path, name);
  return anchors;
}

function contentOf(source: Bundle): string | Uint8Array {
  return source.kind === 'node' ? rootCertificates.join('\n') : readFile(source.path, 'file');
}

function sharedAnchors(name: string, source: Bundle, stale: string | undefined): NativeAnchors {
  const found = native.findAnchors(name);
  if (found !== undefined) return found;
  const certificates = Certificate.parse(contentOf(source));
  return native.keepAnchors(name, certificates.map(nativeOf<NativeCertificate>), stale);
}

/** The certificates of default trust, each read anew: whoever asks for them may do with them what he likes. */
export function defaultCertificates(source: DefaultTrust): Certificate[] {
  const found = findDefaultTrust(source);
  if (found.kind !== 'directories') return Certificate.parse(contentOf(found));
  const all = found.paths.flatMap(certificatesIn);
  // One that stands there under two names is one.
  return [...new Map(all.map((one) => [one.fingerprintSHA256, one])).values()];
}

function certificatesIn(path: string): Certificate[] {
  requireDirectory(path);
  const names = readdirSync(path).filter((name) => hashedName.test(name));
  return names.toSorted().flatMap((name) => readableIn(join(path, name)));
}

// OpenSSL passes over what it cannot read.
function readableIn(path: string): Certificate[] {
  try {
    return Certificate.parse(readFile(path, 'file'));
  } catch (error) {
    if (error instanceof SSLError) return [];
    throw error;
  }
}

/** The name of one directory. */
export function requireDirectoryName(value: unknown, name: string): string {
  const path = requireText(value, name);
  // OpenSSL takes it for a list.
  if (path.includes(delimiter)) throw invalidValue(name, `must not contain '${delimiter}'`, value);
  return path;
}

/** A directory that can be read. */
export function requireDirectory(path: string): void {
  try {
    readdirSync(path);
  } catch (error) {
    throw systemError(error as NodeJS.ErrnoException);
  }
}
