// @ts-check

/** A failure that the demo itself has found. */
export class DemoError extends Error {
  static {
    DemoError.prototype.name = 'DemoError';
  }
}
