import { invalidType, requireOptionsObject, requireText } from '../arguments';
import { BIO_CLOSE, BIO_NOCLOSE } from '../constants';
import { usageError } from '../errors';
import { nativeOf, shownMembers } from '../handle';
import { BIO_f_ssl, BIO_s_accept, BIO_s_connect } from '../methods';
import { SSL } from '../ssl';
import { SSLContext } from '../ssl-context';
import { BIO, portText, requireFamily } from './bio';

/** TLS over the chain below it (BIO_f_ssl(3)). */
export class SSLBIO extends BIO {
  /**
   * A link to push onto its transport.
   *
   * @param contextOrSsl a context, from which the link makes an SSL that goes with it; or an SSL, which
   * stays the caller's.
   * @param options.server whether this is the server's side. Default: what the context is for; a context
   * for both sides needs to be told.
   * @throws TypeError (ERR_INVALID_ARG_TYPE); SSLError `ERR_WRONG_STATE` when the side is not known or not
   * the context's, `ERR_BIO_IN_CHAIN` when the SSL is in another SSL link.
   */
  constructor(contextOrSsl: SSLContext | SSL, options?: { readonly server?: boolean | undefined }) {
    super(BIO_f_ssl);
    const own = contextOrSsl instanceof SSLContext;
    if (!own && !(contextOrSsl instanceof SSL)) {
      throw invalidType('contextOrSsl', 'an SSLContext or an SSL', contextOrSsl);
    }
    const ssl = own ? new SSL(contextOrSsl) : contextOrSsl;
    const { server } = requireOptionsObject(options, 'options');
    if (server !== undefined && typeof server !== 'boolean') {
      throw invalidType('options.server', 'a boolean', server);
    }
    const role = server === undefined ? undefined : server ? 'server' : 'client';
    if (role !== undefined && ssl.role !== role) {
      if (role === 'server') ssl.setAcceptState();
      else ssl.setConnectState();
    }
    if (ssl.role === undefined) {
      throw usageError(
        'ERR_WRONG_STATE',
        'the context is for both sides: say { server: true } or { server: false }',
      );
    }
    this.setSsl(ssl, own ? BIO_CLOSE : BIO_NOCLOSE);
  }

  /** The SSL of this link. */
  override get ssl(): SSL {
    return super.ssl as SSL;
  }
}

/** Where to connect to. */
export interface ConnectAddress {
  /** A host name or an IP address. */
  readonly host: string;
  /** A port, or the name of a service. */
  readonly port: number | string;
  /** AF_INET, AF_INET6, or AF_UNSPEC (default) for both. */
  readonly family?: number | undefined;
}

/** A TCP connection that this side makes (BIO_s_connect(3)). `connect()` makes it. */
export class ConnectBIO extends BIO {
  /**
   * Remembers where to connect to; nothing happens yet.
   *
   * @param target `host:port`, `[v6]:port`, or its parts; default: none yet, see `connHostname`.
   * @throws TypeError; SSLError with OpenSSL's reason for text that is not `host:port`.
   */
  constructor(target?: string | ConnectAddress) {
    super(BIO_s_connect);
    if (target === undefined) return;
    if (typeof target === 'string') {
      this.connHostname = requireText(target, 'target');
      return;
    }
    if (typeof target !== 'object' || target === null) {
      throw invalidType('target', "'host:port' or { host, port }", target);
    }
    const host = requireText(target.host, 'target.host');
    this.connHostname = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    const link = nativeOf(this);
    link.setConnectPort(portText(target.port, 'target.port'));
    if (target.family !== undefined) link.setConnectFamily(requireFamily(target.family, 'target.family'));
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['connHostname', 'connPort', 'connAddress', ...super[shownMembers]];
  }
}

/** A listening TCP socket (BIO_s_accept(3)). `listen()` opens it, `accept()` takes connections from it. */
export class AcceptBIO extends BIO {
  /**
   * Remembers where to listen; nothing happens yet.
   *
   * @param name `host:port`, `*:port` or `:port` for all addresses, port 0 for one that the system
   * chooses; default: none yet, see `acceptName` and `acceptPort`.
   * @throws TypeError; SSLError with OpenSSL's reason for text that is not `host:port`.
   */
  constructor(name?: string) {
    super(BIO_s_accept);
    if (name !== undefined) this.acceptName = requireText(name, 'name');
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['acceptName', 'acceptPort', ...super[shownMembers]];
  }
}
