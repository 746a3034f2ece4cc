// Dates of certificates, CRLs and OCSP responses: whole seconds, in the years that ASN.1 can say.

import { types } from 'node:util';
import { invalidType, outOfRange, requireInteger } from './arguments';

const secondsOfDay = 24 * 60 * 60;
const firstSecond = Date.UTC(-1, 12, 1) / 1000;
const lastSecond = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** Seconds since 1970 of a Date. */
export function requireDate(value: unknown, name: string): number {
  if (!types.isDate(value)) throw invalidType(name, 'a Date', value);
  // Of Date itself: a subclass could say anything.
  const second = Math.floor(Date.prototype.getTime.call(value) / 1000);
  if (isSayable(second)) return second;
  throw outOfRange(name, 'of a year from 0 to 9999', value);
}

/** The same; undefined for no date. */
export function readDate(value: unknown, name: string): number | undefined {
  return value === undefined ? undefined : requireDate(value, name);
}

/** Whether ASN.1's GeneralizedTime can say it. */
export function isSayable(second: number): boolean {
  return second >= firstSecond && second <= lastSecond;
}

/** How many seconds ago what is made now began to hold: the clock of a peer may be slow. */
export const backdate: number = 5 * 60;

/** The present second. */
export function presentSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** A number of days that may lie in the past, in seconds. */
export function requireDays(value: unknown, name: string): number {
  return requireInteger(value, name, -36500, 36500) * secondsOfDay;
}

/**
 * When something ends that is good for so many seconds from now. What has ended has done so a second earlier: time(2),
 * by which OpenSSL judges, may be some milliseconds behind Date.now().
 */
export function endOf(now: number, seconds: number): number {
  return seconds > 0 ? now + seconds : now + seconds - 1;
}

/** When something begins that ends then: a little before now, or a day before it ended. */
export function beginOf(now: number, end: number): number {
  return end > now ? now - backdate : end - secondsOfDay;
}

/** The date of so many seconds since 1970. */
export function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}
