// OCSPResponse: OCSP_RESPONSE.

import {
  type Bytes,
  type OptionNames,
  readInput,
  requireInteger,
  requireObject,
  requireOptions,
  toBytes,
} from './arguments';
import { Certificate, requireCertificate } from './certificate';
import { colonHex } from './certificate-fields';
import { dateOf, presentSecond, readDate } from './dates';
import { Handle, nativeOf, shownMembers, Wrapped } from './handle';
import { native } from './native';
import type { NativeOCSPCheck, NativeOCSPResponse, NativeSingleResponse } from './native-revocation';
import {
  certificateStatuses,
  type OCSPGenerateOptions,
  type OCSPRefusal,
  requireOCSPOptions,
  requireRefusal,
  responseStatuses,
} from './ocsp-issuing';
import { certificateIdOf, type OCSPCertificateId } from './ocsp-request';
import { printable } from './printable';
import { nativeCertificates, type RevocationReason, reasonName } from './revocation';

/** Whether a responder has answered: `'successful'`, or why it has not; `'status 4'` for what RFC 6960 does not know. */
export type OCSPResponseStatus = 'successful' | OCSPRefusal | (string & {});

/** Who has signed a response: one of the two. */
export interface OCSPResponderId {
  /** The subject of its certificate (RFC 2253). */
  readonly name?: string;
  /** SHA-1 of its key: lower-case hex, a colon between bytes. */
  readonly keyHash?: string;
}

/** What a response says of one certificate. */
export interface OCSPSingleResponse extends OCSPCertificateId {
  /** `'unknown'` is a certificate that the responder has not heard of. */
  readonly status: 'good' | 'revoked' | 'unknown';
  /** When that was known to be so. */
  readonly thisUpdate: Date;
  /** By when there will be newer news; absent where there always are. */
  readonly nextUpdate?: Date;
  /** When it was revoked. */
  readonly revocationTime?: Date;
  /** Why, where the response says so. */
  readonly revocationReason?: RevocationReason;
}

/** Options of `OCSPResponse.verify`. */
export interface OCSPVerifyOptions {
  /** The certificate in question. */
  readonly certificate: Certificate;
  /** The certificate of its issuer, which you have verified: it is what the response is trusted for. */
  readonly issuer: Certificate;
  /**
   * Where to look for the responder's certificate, besides the response: a responder may leave it out. They
   * are trusted no more than those in the response. Default: none.
   */
  readonly certificates?: readonly Certificate[] | undefined;
  /** The moment in question. Default: now. */
  readonly time?: Date | undefined;
  /**
   * How many seconds may have passed since `thisUpdate`, 0 to 2 ** 31 - 1. Default: as many as `nextUpdate`
   * allows, and a day where there is none.
   */
  readonly maxAge?: number | undefined;
  /** By how many seconds the clocks may differ, 0 to 86400. Default: 300. */
  readonly skew?: number | undefined;
  /** The nonce of the request; the response has to have the same. Default: it may have any or none. */
  readonly nonce?: Bytes | undefined;
  /**
   * How strong signatures and keys must be, 0 (anything goes) to 5: the response's own, and those of its
   * responder's certificate. Default: 0, as in `verify`; handshakes go by their context's.
   */
  readonly securityLevel?: number | undefined;
}

/** What `OCSPResponse.verify` finds. */
export type OCSPVerdict =
  | {
      /** The certificate is good. */
      readonly ok: true;
      /** What the response says of it. */
      readonly status: 'good';
      /** Where it says so. */
      readonly response: OCSPSingleResponse;
    }
  | {
      /** The certificate is not good, or the response cannot tell. */
      readonly ok: false;
      /** What the response says of it; undefined when it cannot be believed, or says nothing. */
      readonly status: 'good' | 'revoked' | 'unknown' | undefined;
      /** Where it says so. */
      readonly response: OCSPSingleResponse | undefined;
      /** `ERR_OCSP_REVOKED`, `ERR_OCSP_EXPIRED` and so on. */
      readonly code: string;
      /** The same in words. */
      readonly message: string;
    };

/**
 * What an OCSP responder has answered (OCSP_RESPONSE, RFC 6960, 4.2).
 *
 * Every member throws FreedError (`ERR_FREED`) once it is freed, but `freed`, `free` and `inspect`.
 */
export class OCSPResponse extends Handle<NativeOCSPResponse> {
  readonly #native: NativeOCSPResponse;

  /**
   * Reads a response. Whether it can be believed `verify` tells.
   *
   * @param input DER bytes, or a file name (a string or a file URL).
   * @throws SSLError `ERR_NOT_AN_OCSP_RESPONSE` (text), `ERR_TRAILING_DATA` (bytes after the DER object),
   * `ERR_OSSL_OCSP_NOT_BASIC_RESPONSE` (of a kind that RFC 6960 does not know), or OpenSSL's reason for
   * refusing (`ERR_OSSL_ASN1_...`); SSLSyscallError (`ENOENT`, ...) when the file cannot be read; TypeError
   * for wrong arguments. Stands on d2i_OCSP_RESPONSE(3).
   */
  constructor(input: string | URL | Bytes) {
    const given: unknown = input;
    super(
      given instanceof Wrapped ? given.native : native.parseOCSPResponse(readInput(given, 'input').bytes),
    );
    this.#native = nativeOf(this);
  }

  /** @internal */
  static wrap(response: NativeOCSPResponse): OCSPResponse {
    return new OCSPResponse(new Wrapped(response) as never);
  }

  /**
   * Makes and signs a response, or makes one of a responder that refuses: `generate({ status: 'tryLater' })`.
   *
   * @throws SSLError `ERR_OSSL_X509_KEY_VALUES_MISMATCH` when a key is another's; TypeError and RangeError
   * for wrong options. Stands on OCSP_basic_sign(3), OCSP_response_create(3).
   */
  static generate(options: OCSPGenerateOptions | { readonly status: OCSPRefusal }): OCSPResponse {
    const given = requireObject<Partial<OCSPGenerateOptions> & { status?: unknown }>(options, 'options');
    const { status } = given;
    if (status === undefined) {
      return OCSPResponse.wrap(native.generateOCSPResponse(requireOCSPOptions(given)));
    }
    requireOptions<{ status?: unknown }>(given, 'options', { status: true });
    return OCSPResponse.wrap(native.refuseOCSP(requireRefusal(status, 'options.status')));
  }

  /** Whether the responder has answered. If not, what it would have said is absent or empty (OCSP_response_status(3)). */
  get status(): OCSPResponseStatus {
    const number = this.#native.status();
    return responseStatuses[number] ?? `status ${number}`;
  }

  /** DER; a fresh copy each time (i2d_OCSP_RESPONSE(3)). */
  get raw(): Buffer {
    return this.#native.raw();
  }

  /** When it was signed (OCSP_resp_get0_produced_at(3)). */
  get producedAt(): Date | undefined {
    const seconds = this.#native.producedAt();
    return seconds === undefined ? undefined : dateOf(seconds);
  }

  /** Who says to have signed it (OCSP_resp_get0_id(3)). */
  get responderId(): OCSPResponderId | undefined {
    const id = this.#native.responderId();
    if (id === undefined || 'name' in id) return id;
    return { keyHash: colonHex(id.keyHash) };
  }

  /** What it is signed with, as OpenSSL names it: `'ecdsa-with-SHA256'`; an OID in digits where it has no name. */
  get signatureAlgorithm(): string | undefined {
    return this.#native.signatureAlgorithm();
  }

  /** The certificates in it, of whoever put them there (OCSP_resp_get0_certs(3)). */
  get certificates(): Certificate[] {
    return this.#native.certificates().map((certificate) => Certificate.wrap(certificate));
  }

  /** What it says, believed or not; read anew each time (OCSP_resp_get0(3), OCSP_single_get0_status(3)). */
  get responses(): OCSPSingleResponse[] {
    return this.#native.responses().map(singleOf);
  }

  /** The nonce of the request that it answers; undefined when it answers any. */
  get nonce(): Buffer | undefined {
    return this.#native.nonce();
  }

  /**
   * Whether it says that a certificate is good, and may say so. It is signed by the issuer of the
   * certificate, or by one to whom the issuer itself has given a certificate for that (the extended usage
   * OCSPSigning) which is valid; it speaks of this certificate; and it is fresh. If it says several things of
   * the certificate, the worst counts; `'revoked'` counts whatever its dates. Whether a responder's own
   * certificate has been revoked is not asked.
   *
   * The codes, in the order in which they are looked for: `ERR_OCSP_NOT_SUCCESSFUL` (the responder has
   * refused), `ERR_OCSP_WRONG_ISSUER` (`issuer` is not the certificate's), `ERR_OCSP_NO_RESPONDER` (the
   * responder's certificate is not there), `ERR_OCSP_BAD_SIGNATURE`, `ERR_OCSP_UNTRUSTED_RESPONDER`,
   * `ERR_OCSP_WEAK_SIGNATURE` (for `securityLevel`), `ERR_OCSP_CRITICAL_EXTENSION` (one that is not understood), `ERR_OCSP_WRONG_NONCE`,
   * `ERR_OCSP_NOT_COVERED` (it is about other certificates), `ERR_OCSP_REVOKED`, `ERR_OCSP_NOT_YET_VALID`,
   * `ERR_OCSP_EXPIRED`, `ERR_OCSP_UNKNOWN`, and `ERR_OCSP_MALFORMED` for what turns out to be unreadable on
   * the way.
   *
   * @throws TypeError and RangeError for wrong options; nothing for what is wrong with the response. Stands
   * on OCSP_basic_verify(3), OCSP_cert_to_id(3).
   */
  verify(options: OCSPVerifyOptions): OCSPVerdict {
    const { code, message, said } = this.#native.verify(requireCheck(options));
    const response = said === undefined ? undefined : singleOf(said);
    if (code === '' && response?.status === 'good') return { ok: true, status: 'good', response };
    return { ok: false, status: response?.status, response, code, message };
  }

  /** Gives the response up. May be called again (OCSP_RESPONSE_free(3)). */
  override free(): void {
    super.free();
  }

  /** The whole response in words, as `openssl ocsp -resp_text` prints it; what a terminal would not just show is escaped as `\uXXXX`. */
  override toString(): string {
    return printable(this.#native.text());
  }

  /** `raw` in base64: `new OCSPResponse(Buffer.from(text, 'base64'))` reads it. */
  toJSON(): string {
    return this.raw.toString('base64');
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['status', 'producedAt', 'responderId', 'responses'];
  }
}

function singleOf(said: NativeSingleResponse): OCSPSingleResponse {
  const { nextUpdate, revocationTime, revocationReason } = said;
  return {
    ...certificateIdOf(said),
    status: certificateStatuses[said.status] ?? 'unknown',
    thisUpdate: dateOf(said.thisUpdate),
    ...(nextUpdate !== undefined && { nextUpdate: dateOf(nextUpdate) }),
    ...(revocationTime !== undefined && { revocationTime: dateOf(revocationTime) }),
    ...(revocationReason !== undefined && { revocationReason: reasonName(revocationReason) }),
  };
}

const checkNames: OptionNames<OCSPVerifyOptions> = {
  certificate: true,
  issuer: true,
  certificates: true,
  time: true,
  maxAge: true,
  skew: true,
  nonce: true,
  securityLevel: true,
};

function requireCheck(options: OCSPVerifyOptions): NativeOCSPCheck {
  const given = requireOptions(options, 'options', checkNames);
  const { certificates = [], maxAge, skew = 300, nonce, securityLevel = 0 } = given;
  return {
    certificate: nativeOf(requireCertificate(given.certificate, 'options.certificate')),
    issuer: nativeOf(requireCertificate(given.issuer, 'options.issuer')),
    others: nativeCertificates(certificates, 'options.certificates'),
    time: readDate(given.time, 'options.time') ?? presentSecond(),
    maxAge: maxAge === undefined ? undefined : requireInteger(maxAge, 'options.maxAge', 0, 2 ** 31 - 1),
    skew: requireInteger(skew, 'options.skew', 0, 86_400),
    nonce: nonce === undefined ? undefined : toBytes(nonce, 'options.nonce'),
    securityLevel: requireInteger(securityLevel, 'options.securityLevel', 0, 5),
  };
}
