// Object identifiers in numbers. OpenSSL reads more than these, and some of it as something else.

import { invalidValue } from './arguments';

const numbers = /^([01]\.[1-3]?\d|2\.(0|[1-9]\d*))(\.(0|[1-9]\d*))*$/;
// OpenSSL converts each number in a time that grows with the square of its length.
const maxLength = 256;

/** Whether the text is `1.2.840.113549` and the like. */
export function isOID(text: string): boolean {
  return text.length <= maxLength && numbers.test(text);
}

/** For a type that is looked up and not found: one in numbers must at least be possible. */
export function requireType(type: string, name: string): void {
  if (!/^\d/.test(type) || isOID(type)) return;
  throw invalidValue(name, 'must be a name or an object identifier', type);
}
