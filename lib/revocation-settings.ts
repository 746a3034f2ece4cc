import { type Bytes, invalidValue, readInput, readList } from './arguments';
import { CRL } from './crl';
import { requireAlive } from './errors';
import { nativeOf } from './handle';
import type { NativeSSLContext } from './native';
import type { NativeCRL } from './native-revocation';
import type { OCSPResponse } from './ocsp';
import { type OCSPResponseInput, responseOf } from './ocsp-input';
import { VerificationSettings } from './verification-settings';

/** Whether a client asks for an OCSP response with the server's certificate (RFC 6066, 8). */
export type StatusRequest = 'verify' | 'require';

/** A CRL: an object, PEM text, PEM or DER bytes, or the name of a file with one of these. */
export type CRLInput = CRL | string | URL | Bytes;

// `StatusRequest` in native/openssl/advisor.h.
const statusRequests = { verify: 1, require: 2 } as const;

/** All CRLs of an input. */
export function crlsOf(input: unknown, name: string): [CRL, ...CRL[]] {
  if (input instanceof CRL) return [input];
  return CRL.parse(readInput(input, name).bytes);
}

/** What a context knows of certificates that have been revoked, and what it asks and tells about that. */
export abstract class RevocationSettings extends VerificationSettings {
  readonly #native: NativeSSLContext;
  #statusRequest: StatusRequest | undefined;
  #ocspResponses: readonly OCSPResponse[] = [];

  /** @internal */
  protected constructor(context: NativeSSLContext) {
    super(context);
    this.#native = context;
  }

  /**
   * Adds CRLs, and has the peer's own certificate looked for in them (X509_V_FLAG_CRL_CHECK in `verifyFlags`): its
   * issuer's has to be among them then, and fresh. X509_V_FLAG_CRL_CHECK_ALL looks for those of the CAs too, and
   * X509_V_FLAG_USE_DELTAS into delta CRLs, which nobody looks at otherwise. CRLs whose files are named by hash
   * (`HASH.r0`) are found in the directories of `setVerifyLocations`; they wait for the flag. A CRL has to be signed as
   * strongly as `securityLevel` asks (X509_V_ERR_CA_MD_TOO_WEAK).
   *
   * @param input see CRLInput, or an array of them; all CRLs of a PEM text count.
   * @throws SSLError and SSLSyscallError when one cannot be read; TypeError. Stands on X509_STORE_add_crl(3).
   */
  addCRL(input: CRLInput | readonly CRLInput[]): this {
    requireAlive(this.#native, 'SSLContext');
    const all = Array.isArray(input)
      ? readList(input, 'input', 'an array', crlsOf).flat()
      : crlsOf(input, 'input');
    this.#native.addCrls(all.map(nativeOf<NativeCRL>));
    return this;
  }

  /**
   * Whether a client asks for an OCSP response with the server's certificate. With `'verify'` a response that comes
   * must say, freshly and by a signature of the issuer's or of a responder whom it has charged, that the certificate
   * is good, as strongly as `securityLevel` asks; and a certificate that says so itself (must-staple, RFC 7633) has to
   * come with one. With `'require'` every certificate has to. What is not right ends the handshake with
   * `bad_certificate_status_response` and an `ERR_OCSP_...` code. With SSL_VERIFY_NONE, and where `checkConfig` forgives
   * all, it is not looked at. Default: undefined, none is asked for. Throws SSLError `ERR_WRONG_STATE` on a context for
   * servers. Stands on SSL_set_tlsext_status_type(3).
   */
  get statusRequest(): StatusRequest | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#statusRequest;
  }
  set statusRequest(request: StatusRequest | undefined) {
    if (request !== undefined && !(typeof request === 'string' && Object.hasOwn(statusRequests, request))) {
      throw invalidValue('statusRequest', "must be 'verify', 'require' or undefined", request);
    }
    this.#native.setStatusRequest(request === undefined ? 0 : statusRequests[request]);
    this.#statusRequest = request;
  }

  /**
   * The OCSP responses that a server staples: a client that asks gets the first one that is about the certificate it
   * is shown, and none when there is none; `onOcsp` answers in their place. Takes one or several, as objects or DER; reads as objects. Default: empty.
   * Throws SSLError `ERR_WRONG_STATE` on a context for clients. Stands on SSL_set_tlsext_status_ocsp_resp(3).
   */
  get ocspResponses(): OCSPResponse[] {
    requireAlive(this.#native, 'SSLContext');
    return [...this.#ocspResponses];
  }
  set ocspResponses(responses: OCSPResponseInput | readonly OCSPResponseInput[]) {
    const all = Array.isArray(responses)
      ? readList(responses, 'ocspResponses', 'an array', responseOf)
      : [responseOf(responses, 'ocspResponses')];
    this.#native.setStaples(all.map(nativeOf));
    this.#ocspResponses = all;
  }
}
