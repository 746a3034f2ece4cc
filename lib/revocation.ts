// What CRLs and OCSP have in common: reasons, serial numbers, and who signs.

import { invalidType, invalidValue, readList } from './arguments';
import { Certificate, requireCertificate } from './certificate';
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

/** The addon's objects behind a list of certificates. */
export function nativeCertificates(value: unknown, name: string): NativeCertificate[] {
  return readList(value, name, 'an array of Certificates', requireCertificate).map((certificate) =>
    nativeOf(certificate),
  );
}
