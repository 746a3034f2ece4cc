// Subject alternative names, as `Certificate.generate` takes them.

import { isIP } from 'node:net';
import { invalidType, invalidValue, requireText, toASCIIName } from './arguments';
import { AltNameKind, type NativeAltName } from './native-certificate';

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
      return {
        kind: AltNameKind.URI,
        value: requireForm(rest, name, 'an absolute URI in ASCII', /^[a-z][a-z0-9+.-]*:/i),
      };
    case 'email':
      return {
        kind: AltNameKind.email,
        value: requireForm(rest, name, 'an e-mail address in ASCII', /^[^@]+@[^@]+$/),
      };
    case 'DNS': {
      const host = asciiHost(rest);
      if (host === undefined) throw invalidValue(name, 'must be a DNS name', text);
      return { kind: AltNameKind.DNS, value: host };
    }
  }
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

function requireForm(value: string, name: string, form: string, pattern: RegExp): string {
  if (printableAscii.test(value) && pattern.test(value)) return value;
  throw invalidValue(name, `must be ${form}`, value);
}
