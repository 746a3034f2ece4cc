import { requireAlive } from './errors';
import type { NewSessionCallback, SessionCallback, TicketKeyCallback } from './handshake-advice';
import { adviceOf, advise } from './handshake-callbacks';
import { requireCallback } from './judge';
import type { NativeSSLContext } from './native';
import { RevocationSettings } from './revocation-settings';

/** Where the sessions of a context are kept, and what its tickets are sealed with. */
export abstract class ResumptionSettings extends RevocationSettings {
  readonly #native: NativeSSLContext;

  /** @internal */
  protected constructor(context: NativeSSLContext) {
    super(context);
    this.#native = context;
  }

  /**
   * On a server: is called when a client would like to go on with a session that this process does not have. Such
   * sessions have numbers: those of TLS 1.2 where tickets are off (SSL_OP_NO_TICKET), and of TLS 1.3 likewise. Answers
   * what `onNewSession` has told, or `undefined`: then the handshake is a full one. Default: undefined.
   *
   * @throws TypeError when it is no function; SSLError `ERR_WRONG_STATE` on a context for clients. Stands on
   * SSL_CTX_sess_set_get_cb(3).
   */
  get onSession(): SessionCallback | undefined {
    requireAlive(this.#native, 'SSLContext');
    return adviceOf(this).onSession;
  }
  set onSession(callback: SessionCallback | undefined) {
    advise(this, { onSession: requireCallback(callback, 'onSession') });
  }

  /**
   * Is told of each session that can be resumed: on a server for `onSession` to find again, on a client for
   * `ssl.session` of a later connection. It is called after the step of the handshake, or the read, in which it came;
   * what it throws is an uncaught exception. Default: undefined.
   *
   * @throws TypeError when it is no function. Stands on SSL_CTX_sess_set_new_cb(3).
   */
  get onNewSession(): NewSessionCallback | undefined {
    requireAlive(this.#native, 'SSLContext');
    return adviceOf(this).onNewSession;
  }
  set onNewSession(callback: NewSessionCallback | undefined) {
    advise(this, { onNewSession: requireCallback(callback, 'onNewSession') });
  }

  /**
   * On a server: is called for the key that a ticket is to be sealed with, or that one was sealed with: so that several
   * processes can open each other's tickets, and keys can be changed. `undefined` for a name that is not known makes the
   * handshake a full one; for a ticket to be sealed, there is none. Default: undefined, random keys of the context's.
   *
   * @throws TypeError when it is no function; SSLError `ERR_WRONG_STATE` on a context for clients. Stands on
   * SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
   */
  get onTicketKey(): TicketKeyCallback | undefined {
    requireAlive(this.#native, 'SSLContext');
    return adviceOf(this).onTicketKey;
  }
  set onTicketKey(callback: TicketKeyCallback | undefined) {
    advise(this, { onTicketKey: requireCallback(callback, 'onTicketKey') });
  }
}
