import { statSync } from 'node:fs';
import {
  type Bytes,
  invalidType,
  invalidValue,
  outOfRange,
  type Password,
  readFile,
  readInput,
  requireInteger,
  requireList,
  requireText,
  toBytes,
} from './arguments';
import { Certificate, nativeCertificate } from './certificate';
import {
  SSL_VERIFY_CLIENT_ONCE,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSL_VERIFY_POST_HANDSHAKE,
  type SSLMode,
  type SSLOptions,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_3_VERSION,
  TLS1_VERSION,
  type VerifyMode,
} from './constants';
import { requireAlive, SSLError, systemError, usageError } from './errors';
import { requireOptions } from './flags';
import { roleOfMethod, type SSLMethod } from './methods';
import * as methods from './methods';
import { type NativeSSLContext, native, Role } from './native';
import { nativePrivateKey, PrivateKey } from './private-key';
import { readPKCS12 } from './pkcs12';
import { findSystemTrust, nodeRoots, readBundle } from './trust';

/** The versions of TLS, oldest first. What is below TLSv1.2 also needs `securityLevel` 0. */
export type TLSVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Counters of a context; see SSL_CTX_sess_number(3). All connections it ever had are in them. */
export interface ContextStats {
  /** Handshakes begun as a server. */
  readonly accept: number;
  /** Handshakes completed as a server. */
  readonly acceptGood: number;
  /** Renegotiations as a server. */
  readonly acceptRenegotiate: number;
  /** Handshakes begun as a client. */
  readonly connect: number;
  /** Handshakes completed as a client. */
  readonly connectGood: number;
  /** Renegotiations as a client. */
  readonly connectRenegotiate: number;
  /** Sessions resumed. */
  readonly hits: number;
  /** Sessions resumed that an external cache had. */
  readonly callbackHits: number;
  /** Sessions that clients proposed and no cache had. */
  readonly misses: number;
  /** Sessions that clients proposed and that were too old. */
  readonly timeouts: number;
  /** Sessions thrown out because the cache was full. */
  readonly cacheFull: number;
  /** Sessions in the internal cache now. */
  readonly cached: number;
}

/** A certificate: an object, PEM text, PEM or DER bytes, or the name of a file with one of these. */
export type CertificateInput = Certificate | string | URL | Bytes;

/** A private key: an object, PEM text, PEM or DER bytes, or the name of a file with one of these. */
export type PrivateKeyInput = PrivateKey | string | URL | Bytes;

const versions: Readonly<Record<TLSVersion, number>> = {
  TLSv1: TLS1_VERSION,
  'TLSv1.1': TLS1_1_VERSION,
  'TLSv1.2': TLS1_2_VERSION,
  'TLSv1.3': TLS1_3_VERSION,
};

function versionNumber(value: TLSVersion | undefined, name: string): number {
  if (value === undefined) return 0;
  if (!Object.hasOwn(versions, value)) {
    throw invalidValue(name, `must be one of ${Object.keys(versions).join(', ')} or undefined`, value);
  }
  return versions[value];
}

function versionName(number: number): TLSVersion | undefined {
  return (Object.keys(versions) as TLSVersion[]).find((name) => versions[name] === number);
}

const verifyFlags =
  SSL_VERIFY_PEER |
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT |
  SSL_VERIFY_CLIENT_ONCE |
  SSL_VERIFY_POST_HANDSHAKE;

/** A verify mode that OpenSSL gives a meaning to. */
export function requireVerifyMode(mode: unknown): VerifyMode {
  const flags = requireInteger(mode, 'mode', 0, verifyFlags);
  if (flags !== SSL_VERIFY_NONE && (flags & SSL_VERIFY_PEER) === 0) {
    throw outOfRange('mode', 'SSL_VERIFY_NONE, or have SSL_VERIFY_PEER beside the other flags', mode);
  }
  return flags;
}

function alpnWire(protocols: string[]): Buffer {
  const parts = protocols.map((protocol, index) => {
    const bytes = Buffer.from(protocol, 'utf8');
    if (bytes.length > 255) throw outOfRange(`alpnProtocols[${index}]`, 'at most 255 bytes long', protocol);
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  });
  const wire = Buffer.concat(parts);
  if (wire.length > 65535) throw outOfRange('alpnProtocols', 'at most 65535 bytes long in all', protocols);
  return wire;
}

function certificatesOf(input: unknown, name: string): [Certificate, ...Certificate[]] {
  if (input instanceof Certificate) return [input];
  return Certificate.parse(readInput(input, name).bytes);
}

function keyOf(input: PrivateKeyInput, password: Password | undefined): PrivateKey {
  return input instanceof PrivateKey ? input : new PrivateKey(input, password);
}

/** The addon's object behind a context; for the classes that build on it. */
export let nativeContext: (context: SSLContext) => NativeSSLContext;

/**
 * The settings from which connections are made (SSL_CTX). It can serve any number of them. A change
 * after the first use holds for new connections; those that exist keep what they began with.
 *
 * Every member throws FreedError once the context is freed.
 */
export class SSLContext {
  readonly #native: NativeSSLContext;
  readonly #method: SSLMethod;
  #groups: string[] | undefined;
  #signatureAlgorithms: string[] | undefined;
  #alpnProtocols: string[] | undefined;
  #sessionIdContext: Buffer | undefined;
  #trustSource: string | undefined;

  /** @internal */
  static {
    nativeContext = (context) => context.#native;
  }

  /**
   * Starts with TLS 1.2 as the oldest version. A context for clients verifies the server
   * (`SSL_VERIFY_PEER`) and trusts nobody yet; the others verify nobody (`SSL_VERIFY_NONE`).
   *
   * @param method `TLS_method` and its like: one side of TLS, or both.
   * @throws TypeError (ERR_INVALID_ARG_TYPE) when `method` is none. Stands on SSL_CTX_new(3).
   */
  constructor(method: SSLMethod) {
    this.#native = native.newSSLContext(roleOfMethod(method));
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
   * Loads a certificate with its chain (the certificates after the first) and its private key. All of
   * it is taken, or nothing.
   *
   * @param certFile a PEM or DER file.
   * @param keyFile a PEM or DER file; default: the same file.
   * @param password for an encrypted key; a function is called only if one is needed.
   * @throws SSLSyscallError (`ENOENT` and so on) when a file cannot be read; SSLError
   * `ERR_PASSWORD_REQUIRED`, `ERR_OSSL_X509_KEY_VALUES_MISMATCH`, `ERR_OSSL_PEM_NO_START_LINE` and
   * OpenSSL's other reasons. Stands on SSL_CTX_use_certificate(3) and SSL_CTX_use_PrivateKey(3).
   */
  loadCerts(certFile: string | URL, keyFile: string | URL = certFile, password?: Password): this {
    const [leaf, ...chain] = Certificate.parse(readFile(certFile, 'certFile'));
    const bytes = readFile(keyFile, 'keyFile');
    try {
      const key = new PrivateKey(bytes, password);
      this.#native.useIdentity(nativeCertificate(leaf), chain.map(nativeCertificate), nativePrivateKey(key));
      key.free();
    } finally {
      bytes.fill(0);
    }
    return this;
  }

  /**
   * The certificate to show to peers; one per key type may be set, and the peer gets the one it can use.
   * A private key that was set before and does not match is dropped.
   *
   * @param certificate see CertificateInput; certificates after the first one are its chain.
   * @param chain the intermediate certificates, from the issuer upwards; replaces those in `certificate`.
   * @throws SSLError with OpenSSL's reason (`ERR_SSL_EE_KEY_TOO_SMALL`, ...). Stands on
   * SSL_CTX_use_certificate(3) and SSL_CTX_add1_chain_cert(3).
   */
  useCertificate(certificate: CertificateInput, chain?: readonly CertificateInput[]): this {
    const [leaf, ...rest] = certificatesOf(certificate, 'certificate');
    if (chain !== undefined && !Array.isArray(chain)) throw invalidType('chain', 'an array', chain);
    const links = chain?.flatMap((link, index) => certificatesOf(link, `chain[${index}]`)) ?? rest;
    this.#native.useCertificate(nativeCertificate(leaf), links.map(nativeCertificate));
    return this;
  }

  /**
   * The private key of the certificate that was set before it.
   *
   * @param key see PrivateKeyInput.
   * @param password for an encrypted key; a function is called only if one is needed.
   * @throws SSLError `ERR_OSSL_X509_KEY_VALUES_MISMATCH` when it is another certificate's,
   * `ERR_PASSWORD_REQUIRED`. Stands on SSL_CTX_use_PrivateKey(3).
   */
  usePrivateKey(key: PrivateKeyInput, password?: Password): this {
    const owned = keyOf(key, password);
    this.#native.usePrivateKey(nativePrivateKey(owned));
    if (owned !== key) owned.free();
    return this;
  }

  /**
   * Certificate, chain and private key from one PKCS#12 file.
   *
   * @param input bytes, or the name of a file.
   * @param password of the file, if it has one.
   * @throws SSLError `ERR_PASSWORD_REQUIRED`, or OpenSSL's reason. Stands on PKCS12_parse(3).
   */
  usePKCS12(input: string | URL | Bytes, password?: Password): this {
    const { certificate, privateKey, chain } = readPKCS12(input, password);
    this.#native.useIdentity(
      nativeCertificate(certificate),
      chain.map(nativeCertificate),
      nativePrivateKey(privateKey),
    );
    privateKey.free();
    return this;
  }

  /**
   * Trusts the certificates of a PEM file, or of a directory whose files are named by hash
   * (`openssl rehash`), or of both; adds to what is trusted already.
   *
   * @param locations a file name, or `{ file?, path? }` where `path` is the directory.
   * @throws SSLSyscallError when one of them cannot be read; SSLError with OpenSSL's reason when the file
   * has no certificate. Stands on X509_STORE_add_cert(3) and X509_STORE_load_path(3).
   */
  setVerifyLocations(locations: string | URL | { file?: string | URL; path?: string }): this {
    if (typeof locations === 'string' || locations instanceof URL) return this.#trustFile(locations);
    if (typeof locations !== 'object' || locations === null) {
      throw invalidType('locations', 'a file name or { file, path }', locations);
    }
    const { file, path } = locations;
    if (file === undefined && path === undefined) {
      throw invalidValue('locations', 'must name a file, a path or both', locations);
    }
    if (path !== undefined) this.#trustDirectory(requireText(path, 'locations.path'));
    return file === undefined ? this : this.#trustFile(file);
  }

  /**
   * Trusts certificates; adds to what is trusted already.
   *
   * @param input see CertificateInput, or an array of them; all certificates of a PEM text count.
   * @throws SSLError with OpenSSL's reason. Stands on X509_STORE_add_cert(3).
   */
  addCA(input: CertificateInput | readonly CertificateInput[]): this {
    const inputs = Array.isArray(input) ? input : [input];
    this.#trust(inputs.flatMap((one, index) => certificatesOf(one, `input[${index}]`)));
    return this;
  }

  /**
   * Trusts what the system trusts: the file or directory that SSL_CERT_FILE or SSL_CERT_DIR names, the
   * distribution's bundle, OpenSSL's default place, or else the roots inside Node. `trustSource` tells
   * which it was.
   */
  loadDefaultTrust(): this {
    const source = findSystemTrust();
    if (source.kind === 'directory') this.#trustDirectory(source.path);
    else this.#trust(source.kind === 'file' ? readBundle(source.path) : nodeRoots());
    this.#trustSource = source.kind === 'node' ? 'node' : source.path;
    return this;
  }

  /** Where `loadDefaultTrust` found its certificates: a path, or `'node'`; undefined before. */
  get trustSource(): string | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#trustSource;
  }

  /**
   * Whether and how the peer is verified.
   *
   * @param mode SSL_VERIFY_NONE, or SSL_VERIFY_PEER with flags.
   * @throws RangeError (ERR_OUT_OF_RANGE) when flags come without SSL_VERIFY_PEER. Stands on
   * SSL_CTX_set_verify(3).
   */
  setVerify(mode: VerifyMode): this {
    this.#native.setVerifyMode(requireVerifyMode(mode));
    return this;
  }

  /** Whether and how the peer is verified (SSL_CTX_get_verify_mode(3)); the same as `setVerify`. */
  get verifyMode(): VerifyMode {
    return this.#native.verifyMode();
  }
  set verifyMode(mode: VerifyMode) {
    this.setVerify(mode);
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
   * The cipher suites for TLS 1.2 and older.
   *
   * @param list OpenSSL's names and keywords, as an array or separated by colons; see openssl-ciphers(1).
   * @throws SSLError `ERR_SSL_NO_CIPHER_MATCH` when nothing is left. Stands on SSL_CTX_set_cipher_list(3).
   */
  setCiphers(list: string | readonly string[]): this {
    this.#native.setCiphers(requireList(list, 'ciphers'));
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
  set groups(list: string | readonly string[]) {
    const text = requireList(list, 'groups');
    this.#native.setGroups(text);
    this.#groups = text.split(':');
  }

  /**
   * The signature algorithms that are accepted and used: `ECDSA+SHA256`, `rsa_pss_rsae_sha256`, ...
   * Default: undefined, which is OpenSSL's list. Takes an array or a colon-separated string. Throws
   * SSLError when a name is unknown. Stands on SSL_CTX_set1_sigalgs_list(3).
   */
  get signatureAlgorithms(): string[] | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#signatureAlgorithms && [...this.#signatureAlgorithms];
  }
  set signatureAlgorithms(list: string | readonly string[]) {
    const text = requireList(list, 'signatureAlgorithms');
    this.#native.setSignatureAlgorithms(text);
    this.#signatureAlgorithms = text.split(':');
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
    const empty = list === undefined || list.length === 0;
    const protocols = empty
      ? []
      : typeof list === 'string'
        ? requireText(list, 'alpnProtocols').split(':')
        : list.map((item, index) => requireText(item, `alpnProtocols[${index}]`));
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
    this.#native.setOptions(requireOptions(options, 'options'));
  }

  /**
   * SSL_MODE_* flags; assignment replaces what was set. Default: SSL_MODE_ENABLE_PARTIAL_WRITE,
   * SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER and SSL_MODE_RELEASE_BUFFERS beside OpenSSL's own. See
   * SSL_CTX_set_mode(3).
   */
  get mode(): SSLMode {
    return this.#native.mode();
  }
  set mode(mode: SSLMode) {
    this.#native.setMode(Number(requireOptions(mode, 'mode') & 0xffffffffn));
  }

  /**
   * What tells this server's sessions from those of others, at most 32 bytes. Default: undefined, random
   * bytes of each context's own. See SSL_CTX_set_session_id_context(3).
   */
  get sessionIdContext(): Buffer | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#sessionIdContext && Buffer.from(this.#sessionIdContext);
  }
  set sessionIdContext(bytes: Bytes) {
    const copy = Buffer.from(toBytes(bytes, 'sessionIdContext'));
    if (copy.length > 32) throw outOfRange('sessionIdContext', 'at most 32 bytes long', bytes);
    this.#native.setSessionIdContext(copy);
    this.#sessionIdContext = copy;
  }

  /** How many tickets a TLS 1.3 server sends after a full handshake. Default: 2. SSL_CTX_set_num_tickets(3). */
  get numTickets(): number {
    return this.#native.numTickets();
  }
  set numTickets(count: number) {
    this.#native.setNumTickets(requireInteger(count, 'numTickets', 0, 255));
  }

  /** The context's counters, as they stand now. */
  get stats(): ContextStats {
    return this.#native.stats() as unknown as ContextStats;
  }

  /**
   * OpenSSL's pointer to the present SSL_CTX. A change after the first use makes a new one. It is good for
   * as long as this object is alive and unchanged.
   */
  getPointer(): bigint {
    return this.#native.pointer();
  }

  /** Whether `free` has been called. */
  get freed(): boolean {
    return this.#native.isFreed();
  }

  /** Gives the context up. Connections made from it live on (SSL_CTX_free(3)). May be called again. */
  free(): void {
    this.#native.free();
  }

  /** The same as `free`, for `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  #trust(certificates: readonly Certificate[]): void {
    this.#native.addTrust(certificates.map(nativeCertificate));
  }

  #trustFile(file: string | URL): this {
    this.#trust(Certificate.parse(readFile(file, 'file')));
    return this;
  }

  #trustDirectory(path: string): void {
    try {
      if (!statSync(path).isDirectory()) throw usageError('ENOTDIR', `not a directory: '${path}'`);
    } catch (error) {
      throw error instanceof SSLError ? error : systemError(error as NodeJS.ErrnoException);
    }
    this.#native.addTrustDirectory(path);
  }
}

/** A context for either side of TLS: the SSL says which. */
export class TLSContext extends SSLContext {
  /** The same as `new SSLContext(TLS_method)`. */
  constructor() {
    super(methods.TLS_method);
  }
}

/** A context for TLS clients. It verifies the server. */
export class TLSClientContext extends SSLContext {
  /** The same as `new SSLContext(TLS_client_method)`. */
  constructor() {
    super(methods.TLS_client_method);
  }
}

/** A context for TLS servers. */
export class TLSServerContext extends SSLContext {
  /** The same as `new SSLContext(TLS_server_method)`. */
  constructor() {
    super(methods.TLS_server_method);
  }
}

/** The old name of TLSContext: the protocols are the same, SSLv2 and SSLv3 are gone from OpenSSL. */
export class SSLv23Context extends SSLContext {
  /** The same as `new SSLContext(SSLv23_method)`. */
  constructor() {
    super(methods.SSLv23_method);
  }
}

/** The old name of TLSClientContext. */
export class SSLv23ClientContext extends SSLContext {
  /** The same as `new SSLContext(SSLv23_client_method)`. */
  constructor() {
    super(methods.SSLv23_client_method);
  }
}

/** The old name of TLSServerContext. */
export class SSLv23ServerContext extends SSLContext {
  /** The same as `new SSLContext(SSLv23_server_method)`. */
  constructor() {
    super(methods.SSLv23_server_method);
  }
}
