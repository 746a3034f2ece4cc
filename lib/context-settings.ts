import {
  type Bytes,
  invalidValue,
  outOfRange,
  requireInteger,
  requireList,
  requireTexts,
  toBytes,
} from './arguments';
import {
  type SSLMode,
  type SSLOptions,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_3_VERSION,
  TLS1_VERSION,
} from './constants';
import { requireAlive } from './errors';
import { requireMode, requireSSLOptions } from './flags';
import { shownMembers } from './handle';
import { roleOfMethod, type SSLMethod } from './methods';
import { type NativeSSLContext, native, Role } from './native';
import { ResumptionSettings } from './resumption-settings';

/** The versions of TLS, oldest first. What is below TLSv1.2 also needs `securityLevel` 0. */
export type TLSVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

const versions: Readonly<Record<TLSVersion, number>> = {
  TLSv1: TLS1_VERSION,
  'TLSv1.1': TLS1_1_VERSION,
  'TLSv1.2': TLS1_2_VERSION,
  'TLSv1.3': TLS1_3_VERSION,
};

function versionNumber(value: TLSVersion | undefined, name: string): number {
  if (value === undefined) return 0;
  if (typeof value !== 'string' || !Object.hasOwn(versions, value)) {
    throw invalidValue(name, `must be one of ${Object.keys(versions).join(', ')} or undefined`, value);
  }
  return versions[value];
}

function versionName(number: number): TLSVersion | undefined {
  return (Object.keys(versions) as TLSVersion[]).find((name) => versions[name] === number);
}

function requireDistinct(list: unknown, name: string): string[] {
  const names = requireTexts(list, name);
  const twice = names.find((item, index) => names.indexOf(item) < index);
  if (twice !== undefined) throw invalidValue(name, 'must not name anything twice', twice);
  return names;
}

// A ClientHello has 64 KiB for all of its extensions.
const maxAlpnSize = 32768;

function alpnWire(protocols: string[]): Buffer {
  const parts = protocols.map((protocol, index) => {
    const bytes = Buffer.from(protocol, 'utf8');
    if (bytes.length > 255) throw outOfRange(`alpnProtocols[${index}]`, 'at most 255 bytes long', protocol);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
  const wire = Buffer.concat(parts);
  if (wire.length > maxAlpnSize) {
    throw outOfRange('alpnProtocols', `at most ${maxAlpnSize} bytes long in all`, protocols);
  }
  return wire;
}

/** The protocol settings of a context: versions, suites, groups and flags. */
export abstract class ContextSettings extends ResumptionSettings {
  readonly #native: NativeSSLContext;
  readonly #method: SSLMethod;
  #groups: string[] | undefined;
  #signatureAlgorithms: string[] | undefined;
  #alpnProtocols: string[] | undefined;
  #sessionIdContext: Buffer | undefined;

  /** @internal */
  protected constructor(method: SSLMethod) {
    const context = native.newSSLContext(roleOfMethod(method));
    super(context);
    this.#native = context;
    this.#method = method;
  }

  /** The method that the context was made with. */
  get method(): SSLMethod {
    requireAlive(this.#native, 'SSLContext');
    return this.#method;
  }

  /** The side that the context is for; undefined when its SSLs decide. */
  get role(): 'client' | 'server' | undefined {
    requireAlive(this.#native, 'SSLContext');
    const role = roleOfMethod(this.#method);
    if (role === Role.unset) return undefined;
    return role === Role.client ? 'client' : 'server';
  }

  /**
   * The cipher suites for TLS 1.2 and older.
   *
   * @param list OpenSSL's names and keywords, as an array or separated by colons; see openssl-ciphers(1).
   * @throws SSLError `ERR_SSL_NO_CIPHER_MATCH` when nothing is left. Stands on SSL_CTX_set_cipher_list(3).
   */
  setCiphers(list: string | readonly string[]): this {
    this.#native.setCiphers(requireList(list, 'list'));
    return this;
  }

  /** The cipher suites for TLS 1.2 and older, by OpenSSL's names, in order of preference. */
  get ciphers(): string[] {
    return this.#native.ciphers();
  }

  /**
   * The cipher suites of TLS 1.3, in order of preference. Default: OpenSSL's. Takes an array or a
   * colon-separated string. Throws SSLError when a name is unknown. Stands on SSL_CTX_set_ciphersuites(3).
   */
  get ciphersuites(): string[] {
    return this.#native.ciphersuites();
  }
  set ciphersuites(list: string | readonly string[]) {
    this.#native.setCiphersuites(requireList(list, 'ciphersuites'));
  }

  /**
   * The groups for key exchange, in order of preference: `X25519`, `P-256`, ... Default: undefined, which
   * is OpenSSL's list. Takes an array or a colon-separated string. Throws SSLError when a name is unknown.
   * Stands on SSL_CTX_set1_groups_list(3).
   */
  get groups(): string[] | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#groups && [...this.#groups];
  }
  set groups(list: string | readonly string[] | undefined) {
    const names = list === undefined ? undefined : requireDistinct(list, 'groups');
    this.#native.setGroups(names?.join(':') ?? '');
    this.#groups = names;
  }

  /**
   * The signature algorithms that are accepted and used: `ECDSA+SHA256`, `rsa_pss_rsae_sha256`, ...
   * Default: undefined, which is OpenSSL's list. Takes an array or a colon-separated string. Throws
   * SSLError when a name is unknown. A change ends the sessions that a server has given out; a client's
   * are resumed without a new signature. Stands on SSL_CTX_set1_sigalgs_list(3).
   */
  get signatureAlgorithms(): string[] | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#signatureAlgorithms && [...this.#signatureAlgorithms];
  }
  set signatureAlgorithms(list: string | readonly string[] | undefined) {
    const names = list === undefined ? undefined : requireDistinct(list, 'signatureAlgorithms');
    this.#native.setSignatureAlgorithms(names?.join(':') ?? '');
    this.#signatureAlgorithms = names;
  }

  /**
   * The protocols of ALPN (RFC 7301), in order of preference. A client offers them; a server picks the
   * first of its own that the client offers, and refuses with `no_application_protocol` when there is
   * none. Default: undefined, no ALPN; an empty list takes it off. Takes an array or a colon-separated
   * string. Stands on SSL_CTX_set_alpn_protos(3) and SSL_CTX_set_alpn_select_cb(3).
   */
  get alpnProtocols(): string[] | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#alpnProtocols && [...this.#alpnProtocols];
  }
  set alpnProtocols(list: string | readonly string[] | undefined) {
    const empty = list === undefined || (Array.isArray(list) && list.length === 0);
    const protocols = empty ? [] : requireTexts(list, 'alpnProtocols');
    this.#native.setAlpn(alpnWire(protocols));
    this.#alpnProtocols = empty ? undefined : protocols;
  }

  /** The oldest version of TLS. Default: TLSv1.2; undefined: OpenSSL's own. SSL_CTX_set_min_proto_version(3). */
  get minVersion(): TLSVersion | undefined {
    return versionName(this.#native.minVersion());
  }
  set minVersion(version: TLSVersion | undefined) {
    this.#native.setMinVersion(versionNumber(version, 'minVersion'));
  }

  /** The newest version of TLS. Default: undefined, the newest there is. SSL_CTX_set_max_proto_version(3). */
  get maxVersion(): TLSVersion | undefined {
    return versionName(this.#native.maxVersion());
  }
  set maxVersion(version: TLSVersion | undefined) {
    this.#native.setMaxVersion(versionNumber(version, 'maxVersion'));
  }

  /**
   * How strong keys, groups and suites must be, 0 (anything goes) to 5. Default: OpenSSL's, 1 or 2. See
   * SSL_CTX_set_security_level(3).
   */
  get securityLevel(): number {
    return this.#native.securityLevel();
  }
  set securityLevel(level: number) {
    this.#native.setSecurityLevel(requireInteger(level, 'securityLevel', 0, 5));
  }

  /**
   * SSL_OP_* flags. Reads as a bigint; takes a number, a bigint or a list of flags, and replaces what was
   * set. Default: SSL_OP_NO_COMPRESSION and SSL_OP_NO_RENEGOTIATION beside OpenSSL's own. See
   * SSL_CTX_set_options(3).
   */
  get options(): bigint {
    return this.#native.options();
  }
  set options(options: SSLOptions) {
    this.#native.setOptions(requireSSLOptions(options, 'options'));
  }

  /**
   * SSL_MODE_* flags; assignment replaces what was set. Default: SSL_MODE_ENABLE_PARTIAL_WRITE,
   * SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER and SSL_MODE_RELEASE_BUFFERS beside OpenSSL's own. Connections
   * always accept a moving write buffer: bytes of JavaScript stay in no place. SSL_MODE_ASYNC is refused: handshakes
   * that wait set it themselves. See SSL_CTX_set_mode(3).
   */
  get mode(): SSLMode {
    return this.#native.mode();
  }
  set mode(mode: SSLMode) {
    this.#native.setMode(requireMode(mode, 'mode'));
  }

  /**
   * What tells this server's sessions from those of others, 1 to 32 bytes: servers that share sessions by `onTicketKey`
   * or `onSession` have the same. They share only if they verify clients by the same rules, of which functions
   * (`onVerify`, `verifyChain`) cannot be compared. Default: undefined, random bytes of each context's own.
   * OpenSSL is given a digest of this and of the rules. Throws SSLError `ERR_WRONG_STATE` on a context for clients. See
   * SSL_CTX_set_session_id_context(3).
   */
  get sessionIdContext(): Buffer | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#sessionIdContext && Buffer.from(this.#sessionIdContext);
  }
  set sessionIdContext(bytes: Bytes | undefined) {
    const copy = bytes === undefined ? undefined : Buffer.from(toBytes(bytes, 'sessionIdContext'));
    if (copy !== undefined && (copy.length === 0 || copy.length > 32)) {
      throw outOfRange('sessionIdContext', '1 to 32 bytes long', bytes);
    }
    this.#native.setSessionIdContext(copy ?? Buffer.alloc(0));
    this.#sessionIdContext = copy;
  }

  /**
   * How many tickets a TLS 1.3 server sends after a full handshake. Default: 2. Throws SSLError `ERR_WRONG_STATE`
   * on a context for clients. See SSL_CTX_set_num_tickets(3).
   */
  get numTickets(): number {
    return this.#native.numTickets();
  }
  set numTickets(count: number) {
    this.#native.setNumTickets(requireInteger(count, 'numTickets', 0, 255));
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['role', 'minVersion', 'maxVersion', 'verifyMode', 'trustSource', 'alpnProtocols'];
  }
}
