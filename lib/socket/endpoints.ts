// Where a socket connects to, or listens: a host and a port, or the path of a Unix socket.

import { isIP, isIPv6 } from 'node:net';
import { invalidType, invalidValue, requireInteger, requireText, toASCIIName } from '../arguments';
import { resolveName } from '../bio/connecting';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../constants';
import type { Deadline } from '../deadline';

/** A path of the file system in place of a host and a port. */
export interface UnixEndpoint {
  /** The path of a Unix domain socket. */
  readonly path: string;
}

/** Where to, as it was given. */
export type Endpoint =
  | { readonly kind: 'ip'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

function requireHost(value: unknown): string {
  const text = requireText(value, 'host');
  if (isIP(text) !== 0 || isIPv6(text.split('%')[0] ?? '')) return text;
  const name = toASCIIName(text);
  if (name === '') throw invalidValue('host', 'must be a host name or an address', value);
  return name;
}

/** `(host, port)` or `({ path })`. */
export function requireEndpoint(host: unknown, port: unknown, lowestPort: 0 | 1): Endpoint {
  if (typeof host === 'object' && host !== null && 'path' in host) {
    return { kind: 'unix', path: requireText(host.path, 'path') };
  }
  if (typeof host !== 'string') throw invalidType('host', 'a string or { path }', host);
  return { kind: 'ip', host: requireHost(host), port: requireInteger(port, 'port', lowestPort, 65535) };
}

/** The numeric addresses of an endpoint's host, in the order of the system. */
export async function addressesOf(host: string, family: number, deadline: Deadline): Promise<string[]> {
  if (isIP(host.split('%')[0] ?? '') !== 0) return [host];
  return await resolveName(host, family, deadline);
}

/** AF_* of a numeric address. */
export function familyOf(address: string): number {
  return address.includes(':') ? AF_INET6 : AF_INET;
}

/** AF_* that may be asked for. */
export function requireAddressFamily(value: unknown, name: string): number {
  if (value === AF_UNSPEC || value === AF_INET || value === AF_INET6) return value as number;
  throw invalidValue(name, 'must be AF_UNSPEC, AF_INET or AF_INET6', value);
}
