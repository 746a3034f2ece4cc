// OCSPRequest: what a client asks a responder.

import { type InspectOptions, inspect } from 'node:util';
import { type Bytes, invalidValue, type OptionNames, requireOptions, toBytes } from './arguments';
import { type Certificate, requireCertificate } from './certificate';
import { colonHex } from './certificate-fields';
import { knownMembers, nativeOf } from './handle';
import { native } from './native';
import type { NativeOCSPId } from './native-revocation';

/** Of which certificate OCSP speaks (RFC 6960, 4.1.1). Hashes are lower-case hex, a colon between bytes. */
export interface OCSPCertificateId {
  /** In the form of `Certificate.serialNumber`. */
  readonly serialNumber: string;
  /** The hash of the issuer's name. */
  readonly issuerNameHash: string;
  /** The hash of the issuer's key. */
  readonly issuerKeyHash: string;
  /** What both are made with: `'sha1'`, `'sha256'`. */
  readonly hashAlgorithm: string;
}

/** Options of `OCSPRequest.generate`. */
export interface OCSPRequestOptions {
  /** The certificate that is asked for. */
  readonly certificate: Certificate;
  /** The certificate of its issuer. */
  readonly issuer: Certificate;
  /**
   * Whether 16 random bytes are sent, which the response has to repeat: `verify({ nonce })`. Many responders
   * do not, because they send what they have signed before. Default: false.
   */
  readonly nonce?: boolean | undefined;
  /** What the id of the certificate is made with: `'sha1'`, which all responders know, or `'sha256'`. Default: `'sha1'`. */
  readonly hashAlgorithm?: 'sha1' | 'sha256' | undefined;
}

const optionNames: OptionNames<OCSPRequestOptions> = {
  certificate: true,
  issuer: true,
  nonce: true,
  hashAlgorithm: true,
};

/**
 * A request for an OCSP responder (OCSP_REQUEST, RFC 6960, 4.1): POST `raw` to the responder with the
 * content type `application/ocsp-request`, and read the body of the answer with `new OCSPResponse`. It holds
 * nothing that must be freed.
 */
export class OCSPRequest {
  readonly #raw: Buffer;
  readonly #nonce: Buffer | undefined;
  readonly #certificates: readonly OCSPCertificateId[];

  /**
   * Reads a request.
   *
   * @param input DER.
   * @throws SSLError `ERR_NOT_AN_OCSP_REQUEST` (text), `ERR_TRAILING_DATA` (bytes after the DER object), or
   * OpenSSL's reason for refusing (`ERR_OSSL_ASN1_...`); TypeError for what is no bytes. Stands on
   * d2i_OCSP_REQUEST(3).
   */
  constructor(input: Bytes) {
    this.#raw = Buffer.from(toBytes(input, 'input'));
    const { ids, nonce } = native.parseOCSPRequest(this.#raw);
    this.#nonce = nonce;
    this.#certificates = ids.map(certificateIdOf);
  }

  /**
   * Makes a request for one certificate, not signed.
   *
   * @throws TypeError for wrong options. Stands on OCSP_request_add0_id(3), OCSP_request_add1_nonce(3).
   */
  static generate(options: OCSPRequestOptions): OCSPRequest {
    const {
      certificate,
      issuer,
      nonce = false,
      hashAlgorithm,
    } = requireOptions(options, 'options', optionNames);
    const subject = requireCertificate(certificate, 'options.certificate');
    const signer = requireCertificate(issuer, 'options.issuer');
    const hash = requireHash(hashAlgorithm, 'options.hashAlgorithm');
    if (typeof nonce !== 'boolean') throw invalidValue('options.nonce', 'must be a boolean', nonce);
    return new OCSPRequest(native.generateOCSPRequest(nativeOf(subject), nativeOf(signer), hash, nonce));
  }

  /** The certificates that it asks for. */
  get certificates(): OCSPCertificateId[] {
    return [...this.#certificates];
  }

  /** DER; a fresh copy each time. */
  get raw(): Buffer {
    return Buffer.from(this.#raw);
  }

  /** The random bytes that the response has to repeat; undefined without them (RFC 9654). */
  get nonce(): Buffer | undefined {
    return this.#nonce === undefined ? undefined : Buffer.from(this.#nonce);
  }

  /** `raw` in base64: `new OCSPRequest(Buffer.from(text, 'base64'))` reads it. */
  toJSON(): string {
    return this.#raw.toString('base64');
  }

  /** What `console.log` shows: `certificates` and `nonce`. */
  [inspect.custom](depth: number, options: InspectOptions): unknown {
    // A class's prototype is no request.
    if (!(#raw in this)) return this;
    if (depth < 0) return '[OCSPRequest]';
    return `OCSPRequest ${inspect(knownMembers(this, ['certificates', 'nonce']), options)}`;
  }
}

/** What the addon says of a certificate in words. */
export function certificateIdOf(id: NativeOCSPId): OCSPCertificateId {
  return {
    serialNumber: id.serialNumber,
    issuerNameHash: colonHex(id.issuerNameHash),
    issuerKeyHash: colonHex(id.issuerKeyHash),
    hashAlgorithm: id.hashAlgorithm,
  };
}

/** What ids of certificates are made with. */
export function requireHash(value: unknown, name: string): string {
  if (value === undefined || value === 'sha1') return 'sha1';
  if (value === 'sha256') return 'sha256';
  throw invalidValue(name, "must be 'sha1' or 'sha256'", value);
}
