// @ts-check
// What a connection of a server is for: its first byte says so, and is not answered.

import { Buffer } from 'node:buffer';

export const [echo, discard, source, query] = /** @type {[number, number, number, number]} */ ([
  ...Buffer.from('EDSQ'),
]);

/** What a source sends, over and over. */
export const sourceBlock = Buffer.alloc(65536, 'x');
