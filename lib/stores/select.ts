// Which certificate of a store is meant.

import { invalidType, invalidValue, requireText } from '../arguments';
import { usageError } from '../errors';
import { nativeOf } from '../handle';
import { native } from '../native';
import type { NativeCertificate } from '../native-certificate';
import type { StoreContent, StoredCertificate } from './read';

type ByDigest = { readonly algorithm: 'md5' | 'sha1' | 'sha256'; readonly thumbprint: Buffer };

const algorithms: Readonly<Record<number, ByDigest['algorithm']>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };

/**
 * The certificate that `subject` names: `*`, a subject's name or a part of one, or `Thumbprint=` and hex. Of
 * several the first that has a private key, else the first.
 */
export function select<T extends StoredCertificate>(
  certificates: readonly T[],
  subject: unknown,
  name: string,
): T {
  const text = requireText(subject, name);
  const candidates = matching(certificates, text, name);
  const chosen = candidates.find(({ privateKey }) => privateKey !== undefined) ?? candidates[0];
  if (chosen !== undefined) return chosen;
  const wanted = `no certificate in the store is '${shortened(text)}'`;
  const problem = text === '*' ? 'the store has no certificate' : wanted;
  throw usageError('ERR_NO_SUCH_CERTIFICATE', problem + subjectsOf(certificates));
}

/** The certificate `encoded`, with the key that the store has for it. */
export function selectEncoded(content: StoreContent, encoded: NativeCertificate): StoredCertificate {
  const keys = content.privateKeys;
  const [index = -1] = native.matchKeys([encoded], content.privateKeys.map(nativeOf));
  const privateKey = keys[index];
  if (privateKey !== undefined) return { native: encoded, privateKey };
  throw usageError('ERR_NO_PRIVATE_KEY', 'the store has no private key for the certificate `encoded`');
}

/**
 * What a configuration string of the form `Name=Value`, a line each, selects: a thumbprint. `PersistPFXKey`
 * and `UseInternalSecurityAPI` are about Windows and have no effect.
 */
export function configuredSubject(text: unknown, name: string): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw invalidType(name, 'a string', text);
  let subject: string | undefined;
  for (const line of text.split(/\r?\n/).filter((each) => each.trim() !== '')) {
    const [key, value] = assignmentOf(line) ?? [];
    if (key === 'thumbprint') subject = `Thumbprint=${value}`;
    else if (key !== 'persistpfxkey' && key !== 'useinternalsecurityapi') {
      throw invalidValue(name, 'has a line that is not known', line);
    }
  }
  return subject;
}

function matching<T extends StoredCertificate>(
  certificates: readonly T[],
  text: string,
  name: string,
): readonly T[] {
  if (text === '*') return certificates;
  const digest = thumbprintOf(text, name);
  if (digest !== undefined) {
    return certificates.filter((one) => one.native.digest(digest.algorithm).equals(digest.thumbprint));
  }
  const wanted = canonical(text);
  if (wanted === '') return [];
  const named = certificates.map((one) => ({ one, subject: canonical(subjectOf(one)) }));
  const exact = named.filter(({ subject }) => subject === wanted);
  const found = exact.length > 0 ? exact : named.filter(({ subject }) => subject.includes(wanted));
  return found.map(({ one }) => one);
}

function thumbprintOf(text: string, name: string): ByDigest | undefined {
  const [key, value] = assignmentOf(text) ?? [];
  if (key !== 'thumbprint' || value === undefined) return undefined;
  const hex = value.replace(/[\s:]/g, '');
  const algorithm = algorithms[hex.length];
  if (algorithm === undefined || !/^[\da-f]+$/i.test(hex)) {
    throw invalidValue(
      name,
      'must have a thumbprint of 32 (MD5), 40 (SHA-1) or 64 (SHA-256) hex digits',
      text,
    );
  }
  return { algorithm, thumbprint: Buffer.from(hex, 'hex') };
}

const aliases = new Map([
  ['e', 'emailaddress'],
  ['s', 'st'],
]);

/**
 * A name in a form in which two can be compared: RFC 2253 and the form with quotes and blanks behind commas
 * are the same there, and upper and lower case are. NUL stands between the parts: a name has none.
 */
function canonical(text: string): string {
  return partsOf(text)
    .map((part) => {
      const [key, value] = assignmentOf(part) ?? [];
      if (key === undefined || value === undefined) return plain(part).toLowerCase();
      return `${aliases.get(key) ?? key}=${plain(value)}`.toLowerCase();
    })
    .join('\0');
}

// Texts of any length come here: with a regular expression the stack overflows.

/** What stands before the first `=`, in lower case, and behind it; undefined when it begins otherwise. */
function assignmentOf(text: string): readonly [key: string, value: string] | undefined {
  const end = text.indexOf('=');
  const key = text.slice(0, Math.max(end, 0)).trim();
  return /^[\w.]{1,1000}$/.test(key) ? [key.toLowerCase(), text.slice(end + 1)] : undefined;
}

/** Splits at commas that are neither escaped nor in quotes. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let [start, isQuoted] = [0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === ',' && !isQuoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part !== '');
}

/** A value without its quotes, its escapes, and the blanks around it. */
function plain(value: string): string {
  const trimmed = value.trim();
  const inner = /^".*"$/s.test(trimmed) ? trimmed.slice(1, -1) : trimmed;
  return inner.replace(/((?:\\[\da-f]{2})+)|\\(.)/gis, (_, bytes: string | undefined, character: string) =>
    bytes === undefined ? character : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
  );
}

function subjectsOf(certificates: readonly StoredCertificate[]): string {
  if (certificates.length === 0) return '';
  const some = certificates.slice(0, 5).map((one) => shortened(subjectOf(one)));
  return `: it has ${some.join('; ')}${certificates.length > 5 ? '; ...' : ''}`;
}

function shortened(text: string): string {
  return text.length <= 256 ? text : `${text.slice(0, 256)}...`;
}

// A certificate may have a name that cannot be read: it is not found by it.
function subjectOf(one: StoredCertificate): string {
  try {
    return one.native.subject();
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_FREED') throw error;
    return '';
  }
}
