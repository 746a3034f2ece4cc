// What `OCSPResponse.generate` makes a response of.

import {
  type Bytes,
  invalidType,
  invalidValue,
  type OptionNames,
  plainView,
  readList,
  requireInteger,
  requireObject,
  requireOptions,
  toBytes,
} from './arguments';
import { type Certificate, requireCertificate } from './certificate';
import type { CRLIssuer } from './crl-issuing';
import { backdate, presentSecond, readDate } from './dates';
import { nativeOf } from './handle';
import type { NativeOCSPOptions } from './native-revocation';
import { requireHash } from './ocsp-request';
import { type PrivateKey, requirePrivateKey } from './private-key';
import {
  nativeCertificates,
  type RevocationReason,
  requireOneSerialNumber,
  requireReason,
} from './revocation';
import { readDigest } from './signing-digest';

/** The names of RFC 6960 (4.2.1), by number. */
export const responseStatuses = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  undefined,
  'sigRequired',
  'unauthorized',
] as const;

/** The names of V_OCSP_CERTSTATUS_*, by number. */
export const certificateStatuses = ['good', 'revoked', 'unknown'] as const;

/** Why a responder says nothing of the certificate (RFC 6960, 4.2.1). */
export type OCSPRefusal = 'malformedRequest' | 'internalError' | 'tryLater' | 'sigRequired' | 'unauthorized';

/** What `OCSPResponse.generate` says of one certificate. Dates are kept in whole seconds, in the years 0 to 9999. */
export interface OCSPStatement {
  /** Its serial number in hex; or `certificate`. */
  readonly serialNumber?: string | undefined;
  /** The certificate; or `serialNumber`. */
  readonly certificate?: Certificate | undefined;
  /** What is said. Default: `'good'`. */
  readonly status?: 'good' | 'revoked' | 'unknown' | undefined;
  /** When it was revoked; with that status only. Default: now. */
  readonly revocationTime?: Date | undefined;
  /** Why it was revoked; with that status only. Default: not said. */
  readonly revocationReason?: RevocationReason | undefined;
  /** Since when this is known. Default: five minutes ago, for peers whose clock is slow. */
  readonly thisUpdate?: Date | undefined;
  /** By when there is newer news; null for none. Default: in 7 days. */
  readonly nextUpdate?: Date | null | undefined;
}

/** Options of `OCSPResponse.generate`. */
export interface OCSPGenerateOptions {
  /** The certificate of the CA whose certificates are spoken of; its key where no `responder` signs. */
  readonly issuer: { readonly certificate: Certificate; readonly privateKey?: PrivateKey | undefined };
  /**
   * Who signs in the issuer's place. To be believed its certificate must come from the issuer and have the
   * extended usage OCSPSigning; that is not asked here. Default: the issuer.
   */
  readonly responder?: CRLIssuer | undefined;
  /** What is said. */
  readonly responses: readonly OCSPStatement[];
  /** What to send along. Default: the responder's certificate, and none where the issuer signs. */
  readonly certificates?: readonly Certificate[] | undefined;
  /** How the response names who has signed it. Default: `'name'`. */
  readonly responderId?: 'name' | 'keyHash' | undefined;
  /** What the ids of the certificates are made with. Default: `'sha1'`, as in most requests. */
  readonly hashAlgorithm?: 'sha1' | 'sha256' | undefined;
  /** The digest of the signature: as `CertificateGenerateOptions.digest`. */
  readonly digest?: string | undefined;
  /** The nonce of the request, 1 to 128 bytes. Default: none. */
  readonly nonce?: Bytes | undefined;
}

/** The number of a status that is a refusal. */
export function requireRefusal(value: unknown, name: string): number {
  const number = responseStatuses.indexOf(value as OCSPRefusal);
  if (number <= 0) throw invalidValue(name, 'must say why the responder refuses', value);
  return number;
}

const optionNames: OptionNames<OCSPGenerateOptions & { status: undefined }> = {
  status: true,
  issuer: true,
  responder: true,
  responses: true,
  certificates: true,
  responderId: true,
  hashAlgorithm: true,
  digest: true,
  nonce: true,
};

/** The options, checked and complete. */
export function requireOCSPOptions(options: Partial<OCSPGenerateOptions>): NativeOCSPOptions {
  const given = requireOptions(options, 'options', optionNames);
  const { responses, responder, certificates, hashAlgorithm, nonce } = given;
  const { digest, responderId = 'name' } = given;
  const issuer = requireSigner(given.issuer, 'options.issuer');
  const signer = responder === undefined ? issuer : requireSigner(responder, 'options.responder');
  const own = signer === issuer ? [] : [signer.certificate];
  const now = presentSecond();
  if (responderId !== 'name' && responderId !== 'keyHash')
    throw invalidValue('options.responderId', "must be 'name' or 'keyHash'", responderId);
  return {
    issuer: nativeOf(issuer.certificate),
    responses: readList(responses, 'options.responses', 'an array', (item, name) =>
      requireStatement(item as OCSPStatement, name, now),
    ),
    responder: nativeOf(signer.certificate),
    responderKey: nativeOf(requirePrivateKey(signer.privateKey, `${signer.name}.privateKey`)),
    certificates: nativeCertificates(certificates ?? own, 'options.certificates'),
    byKey: responderId === 'keyHash',
    hashAlgorithm: requireHash(hashAlgorithm, 'options.hashAlgorithm'),
    digest: readDigest(digest, 'options.digest'),
    nonce: nonce === undefined ? undefined : requireNonce(nonce, 'options.nonce'),
  };
}

/** Who may sign; the key is another question. */
function requireSigner(
  value: unknown,
  name: string,
): { name: string; certificate: Certificate; privateKey: unknown } {
  const { certificate, privateKey } = requireObject(value as CRLIssuer, name, '{ certificate, privateKey }');
  return { name, certificate: requireCertificate(certificate, `${name}.certificate`), privateKey };
}

// RFC 9654 (2.1).
function requireNonce(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'object') throw invalidType(name, 'bytes', value);
  const bytes = plainView(toBytes(value, name));
  requireInteger(bytes.byteLength, `${name}.byteLength`, 1, 128);
  return bytes;
}

const statementNames: OptionNames<OCSPStatement> = {
  serialNumber: true,
  certificate: true,
  status: true,
  revocationTime: true,
  revocationReason: true,
  thisUpdate: true,
  nextUpdate: true,
};

const week = 7 * 24 * 60 * 60;

function requireStatement(
  statement: OCSPStatement,
  name: string,
  now: number,
): NativeOCSPOptions['responses'][number] {
  const given = requireOptions(statement, name, statementNames);
  const { serialNumber, certificate, status = 'good', nextUpdate, thisUpdate } = given;
  const number = certificateStatuses.indexOf(status);
  if (number === -1) throw invalidValue(`${name}.status`, "must be 'good', 'revoked' or 'unknown'", status);
  const next = nextUpdate === null ? undefined : (readDate(nextUpdate, `${name}.nextUpdate`) ?? now + week);
  return {
    serialNumber: requireOneSerialNumber(serialNumber, certificate, name),
    status: number,
    ...requireRevocation(given, status, name, now),
    thisUpdate: readDate(thisUpdate, `${name}.thisUpdate`) ?? now - backdate,
    nextUpdate: next,
  };
}

// Beside another status they would be forgotten: the response would call a certificate good that is not.
function requireRevocation(
  { revocationTime, revocationReason }: Partial<OCSPStatement>,
  status: OCSPStatement['status'],
  name: string,
  now: number,
): Pick<NativeOCSPOptions['responses'][number], 'revocationTime' | 'revocationReason'> {
  for (const [key, value] of Object.entries({ revocationTime, revocationReason })) {
    if (value === undefined || status === 'revoked') continue;
    throw invalidValue(`${name}.${key}`, "is for the status 'revoked' only", value);
  }
  return {
    revocationTime: readDate(revocationTime, `${name}.revocationTime`) ?? now,
    revocationReason: requireReason(revocationReason, `${name}.revocationReason`),
  };
}
