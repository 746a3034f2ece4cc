import { invalidValue, outOfRange, requireInteger } from './arguments';
import type { Certificate } from './certificate';
import { type CertificatesInput, certificateListOf } from './certificate-input';
import {
  SSL_VERIFY_CLIENT_ONCE,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSL_VERIFY_POST_HANDSHAKE,
  type VerifyFlags,
  type VerifyMode,
} from './constants';
import { readDate } from './dates';
import { requireAlive } from './errors';
import { type CheckConfig, IGNORE_NONE, requireCheckConfig } from './faults';
import { nativeOf } from './handle';
import { adviceOf, advise, HandshakeCallbacks } from './handshake-callbacks';
import { requireCallback, type VerifyCallback, type VerifyChainCallback } from './judge';
import type { NativeSSLContext } from './native';
import type { NativeCertificate } from './native-certificate';
import { requirePurpose, requireVerifyFlags, type VerifyPurpose } from './verify-parameters';

const verifyFlags =
  SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE | SSL_VERIFY_POST_HANDSHAKE;

/** A verify mode that OpenSSL gives a meaning to. */
export function requireVerifyMode(mode: unknown, name: string): VerifyMode {
  const flags = requireInteger(mode, name, 0, verifyFlags);
  if (flags !== SSL_VERIFY_NONE && (flags & SSL_VERIFY_PEER) === 0) {
    throw outOfRange(name, 'SSL_VERIFY_NONE, or have SSL_VERIFY_PEER beside the other flags', mode);
  }
  return flags;
}

/** A callback that would be heard. */
export function requireHeeded(mode: VerifyMode, callback: VerifyCallback | undefined): void {
  requireCallback(callback, 'callback');
  if (mode !== SSL_VERIFY_NONE || callback === undefined) return;
  throw invalidValue('callback', 'must not come with SSL_VERIFY_NONE, which asks nobody', callback);
}

/**
 * How a context verifies its peers. Each change holds for connections that begin after it; sessions and tickets
 * from before a change that could make the verdict stricter are not resumed by a server.
 */
export abstract class VerificationSettings extends HandshakeCallbacks<NativeSSLContext> {
  readonly #native: NativeSSLContext;
  #purpose: VerifyPurpose | undefined;
  #time: Date | undefined;
  #checkConfig: CheckConfig = IGNORE_NONE;
  #clientCAs: readonly Certificate[] = [];

  /** @internal */
  protected constructor(context: NativeSSLContext) {
    super(context, {});
    this.#native = context;
  }

  /**
   * Whether and how the peer is verified, and by whom.
   *
   * @param mode SSL_VERIFY_NONE, or SSL_VERIFY_PEER with flags.
   * @param callback what to set `onVerify` to. Left out, it leaves `onVerify` as it is.
   * @throws RangeError (ERR_OUT_OF_RANGE) when flags come without SSL_VERIFY_PEER; TypeError
   * (ERR_INVALID_ARG_VALUE) when a callback comes with SSL_VERIFY_NONE; SSLError `ERR_WRONG_STATE` for
   * SSL_VERIFY_NONE on a client's context that has a callback. Stands on SSL_CTX_set_verify(3).
   */
  setVerify(mode: VerifyMode, callback?: VerifyCallback): this {
    const flags = requireVerifyMode(mode, 'mode');
    requireHeeded(flags, callback);
    this.#native.setVerifyMode(flags);
    if (callback !== undefined) this.onVerify = callback;
    return this;
  }

  /** Whether and how the peer is verified (SSL_CTX_get_verify_mode(3)); the same as `setVerify`. */
  get verifyMode(): VerifyMode {
    return this.#native.verifyMode();
  }
  set verifyMode(mode: VerifyMode) {
    this.#native.setVerifyMode(requireVerifyMode(mode, 'verifyMode'));
  }

  /**
   * Is called inside the handshake, for each certificate of the peer's chain from the root down to the peer's own, and
   * for each fault that OpenSSL finds. `true` accepts: that certificate, or that one fault and no other. `false`
   * refuses with the alert that goes with the fault (`certificate_unknown` where OpenSSL finds none), the name of an
   * alert refuses with that one; the handshake then fails with CertificateVerifyError. What the callback throws refuses
   * with `internal_error`, and is what the handshake fails with. Anything else that it returns is such a TypeError.
   * Where a session is resumed, a client asks it before the session is offered, a server does not. Faults that
   * `checkConfig` forgives are shown as no faults. On a client the callback is heard also where the mode is
   * SSL_VERIFY_NONE: the connection then verifies. A server with SSL_VERIFY_NONE asks for no certificate, and so
   * never calls it. Default: undefined.
   *
   * @throws TypeError when it is no function. Stands on SSL_CTX_set_verify(3).
   */
  get onVerify(): VerifyCallback | undefined {
    requireAlive(this.#native, 'SSLContext');
    return adviceOf(this).onVerify;
  }
  set onVerify(callback: VerifyCallback | undefined) {
    advise(this, { onVerify: requireCallback(callback, 'onVerify') });
  }

  /**
   * Is called inside the handshake once, with the peer's chain, **in place of** OpenSSL's whole verification: names,
   * dates, signatures and trust are its own to check (`verify` does that). Answers as `onVerify`, which is not called
   * then. Default: undefined.
   *
   * @throws TypeError when it is no function. Stands on SSL_CTX_set_cert_verify_callback(3).
   */
  get verifyChain(): VerifyChainCallback | undefined {
    requireAlive(this.#native, 'SSLContext');
    return adviceOf(this).verifyChain;
  }
  set verifyChain(callback: VerifyChainCallback | undefined) {
    advise(this, { verifyChain: requireCallback(callback, 'verifyChain') });
  }

  /**
   * How many intermediate certificates a chain may have. Default: undefined, which is OpenSSL's 100.
   * Stands on SSL_CTX_set_verify_depth(3).
   */
  get verifyDepth(): number | undefined {
    const depth = this.#native.verifyDepth();
    return depth < 0 ? undefined : depth;
  }
  set verifyDepth(depth: number | undefined) {
    const value = depth === undefined ? -1 : requireInteger(depth, 'verifyDepth', 0, 1000);
    this.#native.setVerifyDepth(value);
  }

  /**
   * X509_V_FLAG_* flags: CRLs, partial chains, strictness, policies. Assignment replaces what was set. Default: 0;
   * OpenSSL adds X509_V_FLAG_TRUSTED_FIRST. Stands on X509_VERIFY_PARAM_set_flags(3).
   */
  get verifyFlags(): VerifyFlags {
    return this.#native.verifyFlags();
  }
  set verifyFlags(flags: VerifyFlags) {
    this.#native.setVerifyFlags(requireVerifyFlags(flags, 'verifyFlags'));
  }

  /**
   * What the peer's certificate must be good for. Default: undefined, which is `'sslserver'` on a client and
   * `'sslclient'` on a server. Stands on X509_VERIFY_PARAM_set_purpose(3).
   */
  get verifyPurpose(): VerifyPurpose | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#purpose;
  }
  set verifyPurpose(purpose: VerifyPurpose | undefined) {
    this.#native.setPurpose(purpose === undefined ? 0 : requirePurpose(purpose, 'verifyPurpose'));
    this.#purpose = purpose;
  }

  /**
   * The moment for which certificates and CRLs must be valid, of a year from 0 to 9999. Default: undefined, now.
   * Stands on X509_VERIFY_PARAM_set_time(3).
   */
  get verifyTime(): Date | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#time && new Date(this.#time);
  }
  set verifyTime(time: Date | undefined) {
    this.#native.setVerifyTime(readDate(time, 'verifyTime'));
    this.#time = time && new Date(time);
  }

  /**
   * Faults of the peer's chain that are forgiven, each by its own flag and no other: IGNORE_SELF_SIGNED,
   * IGNORE_EXPIRED, IGNORE_NOT_YET_VALID, IGNORE_HOSTNAME, or IGNORE_ALL. Default: IGNORE_NONE.
   */
  get checkConfig(): CheckConfig {
    requireAlive(this.#native, 'SSLContext');
    return this.#checkConfig;
  }
  set checkConfig(flags: CheckConfig) {
    const forgiven = requireCheckConfig(flags, 'checkConfig');
    this.#native.setForgiven(forgiven);
    this.#checkConfig = forgiven;
  }

  /**
   * The CAs whose certificates a server asks its clients for, by their subjects (RFC 8446, 4.2.4); a client with
   * several certificates chooses by it. It is a hint, not a check: what is trusted decides. Takes certificates, reads
   * as certificates; an empty list asks for anybody's. Default: empty. Throws SSLError `ERR_WRONG_STATE` on a context
   * for clients. Stands on SSL_CTX_set0_CA_list(3).
   */
  get clientCAs(): Certificate[] {
    requireAlive(this.#native, 'SSLContext');
    return [...this.#clientCAs];
  }
  set clientCAs(certificates: CertificatesInput) {
    const all = certificateListOf(certificates, 'clientCAs');
    this.#native.setClientCas(all.map(nativeOf<NativeCertificate>));
    this.#clientCAs = all;
  }

  /**
   * How many bytes the peer's chain may have, in DER: at most 16 MiB. A larger one ends the handshake with
   * `ERR_SSL_EXCESSIVE_MESSAGE_SIZE`. Default: 102,400. Stands on SSL_CTX_set_max_cert_list(3).
   */
  get maxCertList(): number {
    return this.#native.maxCertList();
  }
  set maxCertList(size: number) {
    this.#native.setMaxCertList(requireInteger(size, 'maxCertList', 1, 16 * 1024 * 1024));
  }
}
