// What `CRL.generate` makes a CRL of.

import {
  invalidType,
  invalidValue,
  type OptionNames,
  outOfRange,
  readList,
  requireObject,
  requireOptions,
} from './arguments';
import { type Certificate, requireCertificate } from './certificate';
import { beginOf, endOf, presentSecond, readDate, requireDays } from './dates';
import { nativeOf } from './handle';
import type { NativeCRLOptions } from './native-revocation';
import { type PrivateKey, requirePrivateKey } from './private-key';
import { type RevocationReason, requireOneSerialNumber, requireReason } from './revocation';
import { readDigest } from './signing-digest';

/** Who signs what `CRL.generate` makes. */
export interface CRLIssuer {
  /** A certificate that may sign CRLs: one that `Certificate.generate` made as a CA. */
  readonly certificate: Certificate;
  /** Its private key. */
  readonly privateKey: PrivateKey;
}

/** A certificate that `CRL.generate` puts on the list. */
export interface CRLRevocation {
  /** Its serial number in hex; or `certificate`. */
  readonly serialNumber?: string | undefined;
  /** The certificate; or `serialNumber`. */
  readonly certificate?: Certificate | undefined;
  /** When it was revoked. Default: now. */
  readonly revocationDate?: Date | undefined;
  /** Why. Default: the CRL does not say. */
  readonly revocationReason?: RevocationReason | undefined;
  /** Since when it should not be trusted. Default: the CRL does not say. */
  readonly invalidityDate?: Date | undefined;
}

/** Options of `CRL.generate`. Dates are kept in whole seconds, in the years 0 to 9999. */
export interface CRLGenerateOptions {
  /** Who signs it. */
  readonly issuer: CRLIssuer;
  /** What is on the list. Default: nothing. */
  readonly revoked?: readonly CRLRevocation[] | undefined;
  /** Its number, which grows from one CRL to the next; at most 159 bits. Default: the present second. */
  readonly number?: bigint | number | undefined;
  /**
   * From when it holds. Default: five minutes ago, for peers whose clock is slow; for one that has expired, one day
   * before `nextUpdate`.
   */
  readonly lastUpdate?: Date | undefined;
  /** When the next one comes. Default: after `days`. */
  readonly nextUpdate?: Date | undefined;
  /**
   * In how many days from now the next one comes, -36500 to 36500; or `nextUpdate`. With 0 or less it has expired
   * that many days and a second ago, for tests of refusal. Default: 30.
   */
  readonly days?: number | undefined;
  /** The digest of the signature: as `CertificateGenerateOptions.digest`. */
  readonly digest?: string | undefined;
}

const optionNames: OptionNames<CRLGenerateOptions> = {
  issuer: true,
  revoked: true,
  number: true,
  lastUpdate: true,
  nextUpdate: true,
  days: true,
  digest: true,
};

const revocationNames: OptionNames<CRLRevocation> = {
  serialNumber: true,
  certificate: true,
  revocationDate: true,
  revocationReason: true,
  invalidityDate: true,
};

/** The options, checked and complete. */
export function requireCRLOptions(options: CRLGenerateOptions): NativeCRLOptions {
  const given = requireOptions(options, 'options', optionNames);
  const issuer = requireObject(given.issuer as CRLIssuer, 'options.issuer', '{ certificate, privateKey }');
  const now = presentSecond();
  const { revoked = [], number = now, digest } = given;
  const nextUpdate = requireNextUpdate(given, now);
  return {
    issuer: nativeOf(requireCertificate(issuer.certificate, 'options.issuer.certificate')),
    issuerKey: nativeOf(requirePrivateKey(issuer.privateKey, 'options.issuer.privateKey')),
    revoked: readList(revoked, 'options.revoked', 'an array', (item, name) =>
      requireRevocation(item as CRLRevocation, name, now),
    ),
    number: requireNumber(number, 'options.number'),
    lastUpdate: readDate(given.lastUpdate, 'options.lastUpdate') ?? beginOf(now, nextUpdate),
    nextUpdate,
    digest: readDigest(digest, 'options.digest'),
  };
}

function requireNextUpdate({ nextUpdate, days }: Partial<CRLGenerateOptions>, now: number): number {
  if (nextUpdate !== undefined && days !== undefined) {
    throw invalidValue('options.days', 'must not be given beside nextUpdate', days);
  }
  const date = readDate(nextUpdate, 'options.nextUpdate');
  return date ?? endOf(now, requireDays(days ?? 30, 'options.days'));
}

function requireNumber(value: unknown, name: string): string {
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    throw invalidType(name, 'a whole number', value);
  }
  const number = BigInt(value as bigint | number);
  // RFC 5280 (5.2.3): 20 octets at most.
  if (number < 0n || number >= 1n << 159n) throw outOfRange(name, 'from 0 to 2 ** 159 - 1', value);
  return number.toString(16);
}

function requireRevocation(
  revocation: CRLRevocation,
  name: string,
  now: number,
): NativeCRLOptions['revoked'][number] {
  const given = requireOptions(revocation, name, revocationNames);
  return {
    serialNumber: requireOneSerialNumber(given.serialNumber, given.certificate, name),
    revocationDate: readDate(given.revocationDate, `${name}.revocationDate`) ?? now,
    revocationReason: requireReason(given.revocationReason, `${name}.revocationReason`),
    invalidityDate: readDate(given.invalidityDate, `${name}.invalidityDate`),
  };
}
