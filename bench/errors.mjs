// @ts-check

/** A reason for which the bench cannot go on that is told in one line, without a stack. */
export class BenchError extends Error {
  /** @override */
  name = 'BenchError';
}
