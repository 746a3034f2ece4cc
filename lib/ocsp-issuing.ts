// What `OCSPResponse.generate` makes a response of.

import {
  type Bytes,
  invalidType,
  invalidValue,
  plainView,
  readList,
  requireInteger,
  toBytes,
} from './arguments';
import type { Certificate } from './certificate';
import type { CRLIssuer } from './crl-issuing';
import { nativeOf } from './handle';
import type { NativeOCSPOptions } from './native-revocation';
import { requireHash } from './ocsp-request';
import { type PrivateKey, requirePrivateKey } from './private-key';
import {
  backdate,
  nativeCertificates,
  presentSecond,
  type RevocationReason,
  readDate,
  requireCertificate,
  requireDigest,
  requireObject,
  requireOneSerialNumber,
  requireReason,
} from './revocation';

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

/** What `OCSPResponse.generate` says of one certificate. Dates are kept in whole seconds, from 1950 to 9999. */
export interface OCSPStatement {
  /** Its serial number in hex; or `certificate`. */
  readonly serialNumber?: string | undefined;
  /** The certificate; or `serialNumber`. */
  readonly certificate?: Certificate | undefined;
  /** What is said. Default: `'good'`. */
  readonly status?: 'good' | 'revoked' | 'unknown' | undefined;
  /** When it was revoked. Default: now. */
  readonly revocationTime?: Date | undefined;
  /** Why. Default: not said. */
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
  /** The digest of the signature; keys that hash by themselves (Ed25519) have none. Default: `'sha256'`. */
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

/** The options, checked and complete. */
export function requireOCSPOptions(given: Partial<OCSPGenerateOptions>): NativeOCSPOptions {
  const { responses, responder, certificates, hashAlgorithm, nonce } = given;
  const { digest = 'sha256', responderId = 'name' } = given;
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
    digest: requireDigest(digest, 'options.digest'),
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

const week = 7 * 24 * 60 * 60;

function requireStatement(
  statement: OCSPStatement,
  name: string,
  now: number,
): NativeOCSPOptions['responses'][number] {
  const { serialNumber, certificate, status = 'good', nextUpdate } = requireObject(statement, name);
  const number = certificateStatuses.indexOf(status);
  if (number === -1) throw invalidValue(`${name}.status`, "must be 'good', 'revoked' or 'unknown'", status);
  const next = nextUpdate === null ? undefined : (readDate(nextUpdate, `${name}.nextUpdate`) ?? now + week);
  return {
    serialNumber: requireOneSerialNumber(serialNumber, certificate, name),
    status: number,
    revocationTime: readDate(statement.revocationTime, `${name}.revocationTime`) ?? now,
    revocationReason: requireReason(statement.revocationReason, `${name}.revocationReason`),
    thisUpdate: readDate(statement.thisUpdate, `${name}.thisUpdate`) ?? now - backdate,
    nextUpdate: next,
  };
}
