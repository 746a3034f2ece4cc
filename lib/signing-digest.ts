// The digest that certificates, CRLs and OCSP responses are signed with.

import { invalidType, invalidValue } from './arguments';

/** Its name; empty for the one that suits the key. */
export function readDigest(value: unknown, name: string): string {
  if (value === undefined) return '';
  if (typeof value !== 'string') throw invalidType(name, 'the name of a digest', value);
  if (!/^[\w/-]{1,64}$/.test(value)) throw invalidValue(name, 'must be the name of a digest', value);
  return value;
}
