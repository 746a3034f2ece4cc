import { Certificate } from './certificate';
import type { VerifyMode } from './constants';
import { requireAlive } from './errors';
import { describeFault } from './faults';
import { adviceOf, advise, HandshakeCallbacks } from './handshake-callbacks';
import { requireAddress, requireHostName } from './host-names';
import { requireCallback, type VerifyCallback, type VerifyChainCallback } from './judge';
import type { NativeSSL } from './native';
import { OCSPResponse } from './ocsp';
import type { VerifyResult } from './ssl-types';
import { requireHeeded, requireVerifyMode, type VerificationSettings } from './verification-settings';

/** Whom an SSL asks for, how it verifies its peer, and what it has found. */
export abstract class SSLVerification extends HandshakeCallbacks<NativeSSL> {
  readonly #native: NativeSSL;

  /** @internal */
  protected constructor(ssl: NativeSSL, context: VerificationSettings) {
    super(ssl, adviceOf(context));
    this.#native = ssl;
  }

  /**
   * The server name of SNI (RFC 6066): on a client what it sends, `undefined` for none; on a server what
   * the client sent. An IP address is refused, as the RFC has it; a name that is not ASCII is turned into
   * its ASCII form (IDNA). Setting it on a server, or after the handshake has begun, throws
   * `ERR_WRONG_STATE`. Stands on SSL_set_tlsext_host_name(3).
   */
  get hostname(): string | undefined {
    return this.#native.hostname();
  }
  set hostname(name: string | undefined) {
    this.#native.setHostname(name === undefined ? '' : requireHostName(name, 'hostname'));
  }

  /**
   * The name that the peer's certificate must be for. Default: undefined, none is checked. A wildcard in
   * the certificate stands for one whole label. Setting it after the handshake has begun throws
   * `ERR_WRONG_STATE`. Stands on SSL_set1_host(3).
   */
  get verifyName(): string | undefined {
    return this.#native.verifyName();
  }
  set verifyName(name: string | undefined) {
    this.#native.setVerifyName(name === undefined ? '' : requireHostName(name, 'verifyName'));
  }

  /**
   * The IP address that the peer's certificate must be for. Default: undefined, none is checked. Setting it
   * after the handshake has begun throws `ERR_WRONG_STATE`. Stands on X509_VERIFY_PARAM_set1_ip_asc(3).
   */
  get verifyIP(): string | undefined {
    return this.#native.verifyIp();
  }
  set verifyIP(address: string | undefined) {
    this.#native.setVerifyIp(address === undefined ? '' : requireAddress(address, 'verifyIP'));
  }

  /** Whether and how this connection verifies its peer; the context's at first (SSL_set_verify(3)). */
  get verifyMode(): VerifyMode {
    return this.#native.verifyMode();
  }
  set verifyMode(mode: VerifyMode) {
    this.#native.setVerifyMode(requireVerifyMode(mode, 'verifyMode'));
  }

  /**
   * Whether and how this connection verifies its peer.
   *
   * @param callback what to set `onVerify` to. Left out, it leaves `onVerify` as it is.
   * @throws RangeError (ERR_OUT_OF_RANGE) when flags come without SSL_VERIFY_PEER; TypeError
   * (ERR_INVALID_ARG_VALUE) when a callback comes with SSL_VERIFY_NONE; SSLError `ERR_WRONG_STATE` for a
   * callback when the handshake has begun, or for SSL_VERIFY_NONE on a client that has a callback. Stands on
   * SSL_set_verify(3).
   */
  setVerify(mode: VerifyMode, callback?: VerifyCallback): this {
    const flags = requireVerifyMode(mode, 'mode');
    requireHeeded(flags, callback);
    if (callback !== undefined) this.onVerify = callback;
    this.#native.setVerifyMode(flags);
    return this;
  }

  /**
   * As `onVerify` of a context, for this connection alone; setting it takes the place of both callbacks of the
   * context. Default: the context's. Setting it after the handshake has begun throws `ERR_WRONG_STATE`.
   */
  get onVerify(): VerifyCallback | undefined {
    requireAlive(this.#native, 'SSL');
    return adviceOf(this).onVerify;
  }
  set onVerify(callback: VerifyCallback | undefined) {
    advise(this, { onVerify: requireCallback(callback, 'onVerify'), verifyChain: undefined });
  }

  /** As `verifyChain` of a context, for this connection alone; for the rest as `onVerify`. */
  get verifyChain(): VerifyChainCallback | undefined {
    requireAlive(this.#native, 'SSL');
    return adviceOf(this).verifyChain;
  }
  set verifyChain(callback: VerifyChainCallback | undefined) {
    advise(this, { onVerify: undefined, verifyChain: requireCallback(callback, 'verifyChain') });
  }

  /** What verification came to; X509_V_OK also when there was nothing to verify (SSL_get_verify_result(3)). */
  get verifyResult(): VerifyResult {
    return describeFault(this.#native.verifyResult());
  }

  /** The peer's certificate; undefined when it has shown none (SSL_get1_peer_certificate(3)). */
  get peerCertificate(): Certificate | undefined {
    const certificate = this.#native.peerCertificate();
    return certificate && Certificate.wrap(certificate);
  }

  /**
   * The peer's chain as it was sent, its own certificate first; a session that is resumed has no more than that one
   * (SSL_get_peer_cert_chain(3)).
   */
  get peerChain(): Certificate[] {
    return this.#native.peerChain().map((certificate) => Certificate.wrap(certificate));
  }

  /**
   * The peer's chain as it was built, from its own certificate up to one that is trusted; empty when nothing was
   * verified, after `verifyChain` has decided, and where a session is resumed (SSL_get0_verified_chain(3)).
   */
  get verifiedChain(): Certificate[] {
    return this.#native.verifiedChain().map((certificate) => Certificate.wrap(certificate));
  }

  /**
   * The name in the peer's certificate that matched `verifyName`: the name itself, or a wildcard that stands for it.
   * Undefined when no name was verified (SSL_get0_peername(3)).
   */
  get verifiedName(): string | undefined {
    return this.#native.verifiedName();
  }

  /**
   * On a client: the OCSP response that the server has stapled; undefined when it sent none, or none was asked for
   * (`context.statusRequest`). It has been verified, unless the connection verifies nothing (SSL_VERIFY_NONE, or
   * IGNORE_ALL in the context's `checkConfig`).
   *
   * @throws SSLError with OpenSSL's reason for bytes that are none. Stands on SSL_get_tlsext_status_ocsp_resp(3).
   */
  get ocspResponse(): OCSPResponse | undefined {
    const der = this.#native.statusResponse();
    return der && new OCSPResponse(der);
  }

  /**
   * On a client: the CAs whose certificates the server has asked for (RFC 2253); empty when it takes anybody's, or
   * asks for none (SSL_get0_peer_CA_list(3)).
   */
  get peerCAs(): string[] {
    return this.#native.peerCas();
  }
}
