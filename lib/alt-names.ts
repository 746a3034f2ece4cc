// Subject alternative names and name constraints, as `Certificate.generate` takes them.

import { isIP } from 'node:net';
import { invalidType, invalidValue, readList, requireText, toASCIIName } from './arguments';
import { AltNameKind, type NativeAltName, type NativeSubtree } from './native-certificate';

const prefixed = /^(DNS|IP|URI|email):(.*)$/s;
const hostName = /^[A-Za-z0-9_.*-]+$/;
const printableAscii = /^[!-~]+$/;

/** Names with a prefix are of that kind, IP addresses are IP addresses, and the rest are DNS names. */
export function requireAltNames(value: unknown, name: string): NativeAltName[] {
  if (!Array.isArray(value)) throw invalidType(name, 'an array of strings', value);
  return value.map((item, index) => requireAltName(item, `${name}[${index}]`));
}

/** The name as an alternative name; none when it is neither an IP address nor a possible DNS name. */
export function altNamesOf(commonName: string): NativeAltName[] {
  if (isAddress(commonName)) return [{ kind: AltNameKind.IP, value: commonName }];
  const host = asciiHost(commonName);
  return host === undefined ? [] : [{ kind: AltNameKind.DNS, value: host }];
}

function requireAltName(item: unknown, name: string): NativeAltName {
  const text = requireText(item, name);
  const match = prefixed.exec(text);
  if (match === null) {
    const [altName] = altNamesOf(text);
    if (altName === undefined) throw invalidValue(name, 'must be a DNS name or an IP address', text);
    return altName;
  }
  const [, prefix, rest = ''] = match;
  switch (prefix as keyof typeof AltNameKind) {
    case 'IP':
      if (!isAddress(rest)) throw invalidValue(name, 'must be an IP address', text);
      return { kind: AltNameKind.IP, value: rest };
    case 'URI':
      return { kind: AltNameKind.URI, value: requireURI(rest, name) };
    case 'email':
      return { kind: AltNameKind.email, value: requireMailbox(rest, name) };
    case 'DNS': {
      const host = asciiHost(rest);
      if (host === undefined) throw invalidValue(name, 'must be a DNS name', text);
      return { kind: AltNameKind.DNS, value: host };
    }
  }
}

/** An absolute URI in ASCII. */
export function requireURI(value: unknown, name: string): string {
  return requireForm(requireText(value, name), name, 'an absolute URI in ASCII', /^[a-z][a-z0-9+.-]*:/i);
}

/** Parts of the trees of names, for name constraints (RFC 5280, 4.2.1.10). */
export function requireSubtrees(value: unknown, name: string): NativeSubtree[] {
  return readList(value, name, 'an array of strings', requireSubtree);
}

function requireSubtree(item: unknown, name: string): NativeSubtree {
  const text = requireText(item, name);
  const [, prefix, rest = ''] = prefixed.exec(text) ?? [];
  switch (prefix as keyof typeof AltNameKind | undefined) {
    case 'IP':
      return requireNetwork(rest, name);
    case 'DNS':
      // An empty one stands for all names.
      return hostSubtree(AltNameKind.DNS, rest === '' ? '' : requireHost(rest, name, text));
    case 'email':
      return hostSubtree(
        AltNameKind.email,
        rest.includes('@') ? requireMailbox(rest, name) : requireHost(rest, name, text),
      );
    case 'URI':
      return hostSubtree(AltNameKind.URI, requireHost(rest, name, text));
    default:
      throw invalidValue(name, "must begin with 'DNS:', 'IP:', 'email:' or 'URI:'", text);
  }
}

function hostSubtree(kind: NativeSubtree['kind'], value: string): NativeSubtree {
  return { kind, value, prefix: 0 };
}

function requireNetwork(text: string, name: string): NativeSubtree {
  const [address = '', bits = '', ...more] = text.split('/');
  const most = isIP(address) === 4 ? 32 : 128;
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (isAddress(address) && prefix <= most && more.length === 0) {
    return { kind: AltNameKind.IP, value: address, prefix };
  }
  throw invalidValue(name, "must be an address and the length of its prefix ('IP:10.0.0.0/8')", text);
}

function requireHost(host: string, name: string, text: string): string {
  const ascii = asciiHost(host);
  if (ascii === undefined) throw invalidValue(name, 'must be a host name', text);
  return ascii;
}

// A zone ("fe80::1%eth0") has no place in a certificate.
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

function asciiHost(text: string): string | undefined {
  if (hostName.test(text)) return text;
  const ascii = toASCIIName(text);
  return hostName.test(ascii) ? ascii : undefined;
}

function requireMailbox(value: string, name: string): string {
  return requireForm(value, name, 'an e-mail address in ASCII', /^[^@]+@[^@]+$/);
}

function requireForm(value: string, name: string, form: string, pattern: RegExp): string {
  if (printableAscii.test(value) && pattern.test(value)) return value;
  throw invalidValue(name, `must be ${form}`, value);
}
