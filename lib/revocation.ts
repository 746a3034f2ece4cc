// What CRLs and OCSP have in common: reasons, serial numbers, dates, and who signs.

import { types } from 'node:util';
import { invalidType, invalidValue, notAnObject, outOfRange, readList } from './arguments';
import { Certificate } from './certificate';
import { nativeOf } from './handle';
import type { NativeCertificate } from './native-certificate';

const reasons = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  undefined,
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;

type KnownReason = NonNullable<(typeof reasons)[number]>;

/** Why a certificate has been revoked, as RFC 5280 (5.3.1) spells it; `'reason 7'` for one that it does not know. */
export type RevocationReason = KnownReason | (string & {});

/** The name of a reason. */
export function reasonName(number: number): RevocationReason {
  return reasons[number] ?? `reason ${number}`;
}

/** The number of a reason; undefined for none. */
export function requireReason(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  const number = reasons.indexOf(value as KnownReason);
  if (number === -1) throw invalidValue(name, 'must be a reason of RFC 5280', value);
  return number;
}

/** A serial number: hex, as `Certificate.serialNumber` has it, or that of a certificate. */
export function requireSerialNumber(value: unknown, name: string): string {
  if (value instanceof Certificate) return value.serialNumber;
  if (typeof value !== 'string') throw invalidType(name, 'a serial number in hex', value);
  if (!/^-?[\da-f]{1,1024}$/i.test(value)) throw invalidValue(name, 'must be a number in hex', value);
  return value;
}

/** Of which certificate an entry is: one of the two says so. */
export function requireOneSerialNumber(serialNumber: unknown, certificate: unknown, name: string): string {
  if (certificate === undefined) return requireSerialNumber(serialNumber, `${name}.serialNumber`);
  if (serialNumber !== undefined) {
    throw invalidValue(`${name}.serialNumber`, 'must not be given beside certificate', serialNumber);
  }
  return requireCertificate(certificate, `${name}.certificate`).serialNumber;
}

// UTCTime begins there, and GeneralizedTime ends there.
const earliest = Date.UTC(1950, 0, 1);
const latest = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Seconds since 1970; undefined for no date. */
export function readDate(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined;
  if (!types.isDate(value)) throw invalidType(name, 'a Date', value);
  const time = Date.prototype.getTime.call(value);
  if (!(time >= earliest && time <= latest)) {
    throw outOfRange(name, 'a date from 1950 to 9999', value);
  }
  return Math.floor(time / 1000);
}

/** The present second. */
export function presentSecond(): number {
  return Math.floor(Date.now() / 1000);
}

/** How many seconds ago what is made now began to hold: the clock of a peer may be slow. */
export const backdate: number = 5 * 60;

/** The date of so many seconds since 1970. */
export function dateOf(seconds: number): Date {
  return new Date(seconds * 1000);
}

/** A certificate. */
export function requireCertificate(value: unknown, name: string): Certificate {
  if (value instanceof Certificate) return value;
  throw invalidType(name, 'a Certificate', value);
}

/** The name of a digest. */
export function requireDigest(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidType(name, 'the name of a digest', value);
  if (!/^[\w/-]{1,64}$/.test(value)) throw invalidValue(name, 'must be the name of a digest', value);
  return value;
}

/** An object. */
export function requireObject<T extends object>(value: T, name: string, expected = 'an object'): Partial<T> {
  if (typeof value === 'object' && value !== null) return value;
  if (expected === 'an object') throw notAnObject(name, value);
  throw invalidType(name, expected, value);
}

/** The addon's objects behind a list of certificates. */
export function nativeCertificates(value: unknown, name: string): NativeCertificate[] {
  return readList(value, name, 'an array of Certificates', requireCertificate).map((certificate) =>
    nativeOf(certificate),
  );
}
