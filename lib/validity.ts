// From when to when a certificate that is being made is valid.

import { types } from 'node:util';
import { invalidType, invalidValue, outOfRange, requireInteger } from './arguments';

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

const secondsOfDay = 24 * 60 * 60;
const backdate = 5 * 60;
// What ASN.1's GeneralizedTime can say.
const firstSecond = Date.UTC(-1, 12, 1) / 1000;
const lastSecond = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** The two ends in seconds since 1970. */
export function requireValidity(options: CertificateValidityOptions): {
  notBefore: number;
  notAfter: number;
} {
  const now = Math.floor(Date.now() / 1000);
  const start =
    options.notBefore === undefined ? undefined : requireTime(options.notBefore, 'options.notBefore');
  const notAfter = requireEnd(options, start, now);
  const notBefore = start ?? (notAfter <= now ? notAfter - secondsOfDay : now - backdate);
  if (notBefore > notAfter || notBefore < firstSecond || notAfter > lastSecond) {
    throw outOfRange('options.notAfter', 'a time after notBefore, in the years 0 to 9999', options.notAfter);
  }
  return { notBefore, notAfter };
}

function requireEnd(
  { days, notAfter }: CertificateValidityOptions,
  start: number | undefined,
  now: number,
): number {
  if (notAfter === undefined) {
    const count = requireInteger(days ?? 30, 'options.days', -36500, 36500);
    // A second more than it says: time(2), by which OpenSSL judges, may be some milliseconds behind Date.now().
    const from = start ?? (count > 0 ? now : now - 1);
    return from + count * secondsOfDay;
  }
  if (days !== undefined)
    throw invalidValue('options.days', 'must not be given together with notAfter', days);
  return requireTime(notAfter, 'options.notAfter');
}

function requireTime(value: unknown, name: string): number {
  if (!types.isDate(value)) throw invalidType(name, 'a Date', value);
  const time = Math.floor(Date.prototype.getTime.call(value) / 1000);
  if (time >= firstSecond && time <= lastSecond) return time;
  throw outOfRange(name, 'a time in the years 0 to 9999', value);
}
