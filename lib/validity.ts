// From when to when a certificate that is being made is valid.

import { invalidValue, type OptionNames, outOfRange } from './arguments';
import { beginOf, endOf, isSayable, presentSecond, readDate, requireDays } from './dates';

/** Options of `Certificate.generate` about time. */
export interface CertificateValidityOptions {
  /**
   * How many days it is valid, -36500 to 36500: from now, or from `notBefore`. Default: 30. With 0 or less it
   * has expired that many days and a second ago, for tests of refusal. Not together with `notAfter`.
   */
  readonly days?: number | undefined;
  /**
   * The first second of its validity, in the years 0 to 9999. Default: five minutes ago, so that a peer whose
   * clock is a little slow takes it; for one that has expired, one day before the last second.
   */
  readonly notBefore?: Date | undefined;
  /** The last second of its validity. Default: after `days`. */
  readonly notAfter?: Date | undefined;
}

/** The names of these options. */
export const validityOptionNames: OptionNames<CertificateValidityOptions> = {
  days: true,
  notBefore: true,
  notAfter: true,
};

/** The two ends in seconds since 1970. */
export function requireValidity(options: CertificateValidityOptions): {
  notBefore: number;
  notAfter: number;
} {
  const { days, notAfter: given } = options;
  if (given !== undefined && days !== undefined)
    throw invalidValue('options.days', 'must not be given together with notAfter', days);
  const now = presentSecond();
  const start = readDate(options.notBefore, 'options.notBefore');
  const end = readDate(given, 'options.notAfter') ?? endAfter(days, start, now);
  const notBefore = start ?? beginOf(now, end);
  if (notBefore <= end && isSayable(notBefore) && isSayable(end)) return { notBefore, notAfter: end };
  throw outside(options);
}

function endAfter(days: unknown, start: number | undefined, now: number): number {
  const length = requireDays(days ?? 30, 'options.days');
  return start === undefined ? endOf(now, length) : start + length;
}

/** Blames what the caller has written. */
function outside({ days, notBefore, notAfter }: CertificateValidityOptions): RangeError {
  if (notAfter !== undefined) {
    return outOfRange('options.notAfter', 'a time after notBefore, in the years 0 to 9999', notAfter);
  }
  if (days === undefined) return outOfRange('options.notBefore', '30 days before the year 10000', notBefore);
  return outOfRange('options.days', 'as many as end after notBefore, in the years 0 to 9999', days);
}
