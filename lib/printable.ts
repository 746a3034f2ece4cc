// Text that a peer has a part in, for a terminal.

// What a terminal would take for a command, or show in another order.
const unprintable = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The same with all but tabs and line breaks escaped as `\uXXXX` that a terminal would not just show. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}
