// Names of hosts, as they are sent by SNI and looked for in certificates.

import { isIP } from 'node:net';
import { invalidValue, requireString, requireText, toASCIIName } from './arguments';

/** A host name in ASCII (IDNA), without the root's dot. */
// A leading dot would stand for every name below (X509_check_host(3)).
export function requireHostName(value: unknown, name: string): string {
  const given = requireString(value, name);
  // The root's dot is no part of the name in SNI (RFC 6066, 3) nor in a certificate.
  const bare = given.length > 1 && given.endsWith('.') ? given.slice(0, -1) : given;
  if (isIP(given) !== 0 || isIP(bare) !== 0) {
    throw invalidValue(name, 'must be a host name, not an IP address', value);
  }
  const text = toASCIIName(bare);
  if (text === '' || text.length > 255 || /^\.|\.\.|\.$/.test(text)) {
    throw invalidValue(name, 'must be a host name of 1 to 255 characters, without empty labels', value);
  }
  return text;
}

/** An IP address, without a zone. */
export function requireAddress(value: unknown, name: string): string {
  const address = requireString(value, name);
  if (isIP(address) !== 0 && !address.includes('%')) return address;
  throw invalidValue(name, 'must be an IP address, without a zone', value);
}

/** An e-mail address. The host of one that begins in ASCII is in ASCII in certificates (RFC 9598). */
export function requireEmail(value: unknown, name: string): string {
  const address = requireText(value, name);
  const [, local = '', host = ''] = /^([^@]+)@([^@]+)$/.exec(address) ?? [];
  const ascii = /^[\x21-\x7e]+$/.test(local) ? toASCIIName(host) : host;
  if (ascii === '') throw invalidValue(name, 'must be an e-mail address', value);
  return `${local}@${ascii}`;
}
