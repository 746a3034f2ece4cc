import { advisorOf } from './advisor';
import { requireAlive } from './errors';
import { Handle, type NativeObject } from './handle';
import type {
  Advice,
  ALPNCallback,
  CertificateCallback,
  ClientHelloCallback,
  OCSPCallback,
  PSKCallback,
  ServerNameCallback,
} from './handshake-advice';
import { requireCallback } from './judge';
import type { NativeAdvisor } from './native-advisor';

interface Advised extends NativeObject {
  setAdvisor(advisor: NativeAdvisor, judgesAnew: boolean): void;
}

/** The callbacks that a context or an SSL has now. */
export let adviceOf: (owner: HandshakeCallbacks<Advised>) => Advice;

/** Sets some of them. */
export let advise: (owner: HandshakeCallbacks<Advised>, change: Advice) => void;

/**
 * Callbacks that a handshake asks. Each answers at once or by a promise: the handshake waits for it, and nothing else
 * does. What one throws, or its promise is rejected with, ends the handshake with an alert, and is what it fails with.
 * On a context they hold for connections that begin after they were set; on an SSL for it alone, in place of its
 * context's.
 */
export abstract class HandshakeCallbacks<Native extends Advised> extends Handle<Native> {
  readonly #native: Native;
  readonly #inherited: Advice;
  #own: Advice = {};

  /** @internal */
  static {
    adviceOf = (owner) => owner.#advice();
    advise = (owner, change) => owner.#advise(change);
  }

  /** @internal `inherited`: what it has from its context. */
  protected constructor(native: Native, inherited: Advice) {
    super(native);
    this.#native = native;
    this.#inherited = inherited;
  }

  /**
   * On a server: is called with each ClientHello, before anything has been decided by it. It may go on with another
   * context, ask for the client's certificate or not, or refuse with an alert. A second ClientHello (after a
   * HelloRetryRequest) and those of renegotiations are not shown. Default: undefined.
   *
   * @throws TypeError when it is no function; SSLError `ERR_WRONG_STATE` on a context for clients. A refusal is
   * `ERR_REFUSED`. Stands on SSL_CTX_set_client_hello_cb(3).
   */
  get onClientHello(): ClientHelloCallback | undefined {
    return this.#alive().onClientHello;
  }
  set onClientHello(callback: ClientHelloCallback | undefined) {
    this.#advise({ onClientHello: requireCallback(callback, 'onClientHello') });
  }

  /**
   * On a server: is called when a client has asked for a name (SNI; RFC 6066, 3), after `onClientHello`, and may answer
   * as that one does: `'unrecognized_name'` is the alert for a name that is nobody's. Default: undefined.
   *
   * @throws TypeError when it is no function; SSLError `ERR_WRONG_STATE` on a context for clients. A refusal is
   * `ERR_REFUSED`. Stands on SSL_CTX_set_client_hello_cb(3).
   */
  get onServerName(): ServerNameCallback | undefined {
    return this.#alive().onServerName;
  }
  set onServerName(callback: ServerNameCallback | undefined) {
    this.#advise({ onServerName: requireCallback(callback, 'onServerName') });
  }

  /**
   * On a server: is called when a client has offered protocols (ALPN; RFC 7301), in place of `alpnProtocols`. Answers
   * one of them, `undefined` for none, or `false` to refuse. It is asked once, after `onServerName`. Default: undefined.
   *
   * @throws TypeError when it is no function; SSLError `ERR_WRONG_STATE` on a context for clients. A refusal is
   * `ERR_REFUSED`. Stands on SSL_CTX_set_client_hello_cb(3) and SSL_CTX_set_alpn_select_cb(3).
   */
  get onAlpn(): ALPNCallback | undefined {
    return this.#alive().onAlpn;
  }
  set onAlpn(callback: ALPNCallback | undefined) {
    this.#advise({ onAlpn: requireCallback(callback, 'onAlpn') });
  }

  /**
   * Is called when a certificate is to be shown: on a server in each full handshake, on a client when the server asks
   * for one. Answers an identity or several of them, of which OpenSSL takes the one that the peer can use; `undefined`
   * for what the context has; an empty list for none. Default: undefined.
   *
   * @throws TypeError when it is no function. Stands on SSL_set_cert_cb(3).
   */
  get onCertificate(): CertificateCallback | undefined {
    return this.#alive().onCertificate;
  }
  set onCertificate(callback: CertificateCallback | undefined) {
    this.#advise({ onCertificate: requireCallback(callback, 'onCertificate') });
  }

  /**
   * Is called for a key that both sides have already: on a server when a client names one, on a client when it may use
   * one, once for each version of TLS. TLS 1.2 needs cipher suites with PSK (`setCiphers('PSK')`). Default: undefined.
   *
   * @throws TypeError when it is no function. Stands on SSL_set_psk_find_session_callback(3),
   * SSL_set_psk_use_session_callback(3), SSL_set_psk_server_callback(3) and SSL_set_psk_client_callback(3).
   */
  get onPsk(): PSKCallback | undefined {
    return this.#alive().onPsk;
  }
  set onPsk(callback: PSKCallback | undefined) {
    this.#advise({ onPsk: requireCallback(callback, 'onPsk') });
  }

  /**
   * On a server: is called when a client asks for the OCSP response about the certificate that it is shown, in place of
   * `ocspResponses`. `undefined` sends none. Default: undefined.
   *
   * @throws TypeError when it is no function; SSLError `ERR_WRONG_STATE` on a context for clients. Stands on
   * SSL_CTX_set_tlsext_status_cb(3).
   */
  get onOcsp(): OCSPCallback | undefined {
    return this.#alive().onOcsp;
  }
  set onOcsp(callback: OCSPCallback | undefined) {
    this.#advise({ onOcsp: requireCallback(callback, 'onOcsp') });
  }

  #alive(): Advice {
    requireAlive(this.#native, this.constructor.name);
    return this.#advice();
  }

  #advice(): Advice {
    return { ...this.#inherited, ...this.#own };
  }

  #advise(change: Advice): void {
    const own = { ...this.#own, ...change };
    this.#native.setAdvisor(
      advisorOf(own),
      Object.hasOwn(change, 'onVerify') || Object.hasOwn(change, 'verifyChain'),
    );
    this.#own = own;
  }
}
