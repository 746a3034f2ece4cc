// @ts-check
// What a terminal takes for commands (ECMA-48).

export const clearLine = '\r\x1b[K';
export const hideCursor = '\x1b[?25l';
export const showCursor = '\x1b[?25h';
