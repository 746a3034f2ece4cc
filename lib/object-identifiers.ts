// Object identifiers in numbers. OpenSSL reads more than these, and some of it as something else.

const numbers = /^[0-2](\.(0|[1-9]\d*))+$/;
// OpenSSL converts each number in a time that grows with the square of its length.
const maxLength = 256;

/** Whether the text is `1.2.840.113549` and the like. */
export function isOID(text: string): boolean {
  return text.length <= maxLength && numbers.test(text);
}
