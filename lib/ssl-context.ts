import { delimiter } from 'node:path';
import { setContextTest } from './advisor';
import { type Bytes, invalidType, invalidValue, type Password, readFile } from './arguments';
import { Certificate, issuersBeside } from './certificate';
import {
  type CertificateInput,
  type CertificatesInput,
  certificateListOf,
  certificatesOf,
  openCertificate,
} from './certificate-input';
import { ContextSettings } from './context-settings';
import { requireAlive } from './errors';
import { nativeOf } from './handle';
import type { SSLMethod } from './methods';
import type { NativeSSLContext } from './native';
import type { NativeCertificate } from './native-certificate';
import { requirePassword } from './password';
import { readPKCS12 } from './pkcs12';
import { PrivateKey, readPrivateKey } from './private-key';
import type { PrivateKeySource } from './private-key-input';
import { RemoteKey } from './remote-key';
import type { StoredCertificateOptions } from './stores/stored';
import {
  anchorsOf,
  type DefaultTrust,
  findDefaultTrust,
  requireDefaultTrust,
  requireDirectory,
  requireDirectoryName,
  type TrustSource,
} from './trust';

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

/** A private key: an object, or what `new PrivateKey` reads. */
export type PrivateKeyInput = PrivateKey | PrivateKeySource;

function keyOf(input: PrivateKeyInput, password: Password | undefined): PrivateKey {
  if (!(input instanceof PrivateKey)) return readPrivateKey(input, 'key', password);
  requirePassword(password, 'password');
  return input;
}

/**
 * The settings from which connections are made (SSL_CTX). It can serve any number of them. A change
 * after the first use holds for new connections; those that exist keep what they began with.
 */
export class SSLContext extends ContextSettings {
  readonly #native: NativeSSLContext;
  #trustSource: string | undefined;

  /**
   * Starts with TLS 1.2 as the oldest version. A context for clients verifies the server
   * (`SSL_VERIFY_PEER`) and trusts nobody yet; the others verify nobody (`SSL_VERIFY_NONE`).
   *
   * @param method `TLS_method` and its like: one side of TLS, or both.
   * @throws TypeError (ERR_INVALID_ARG_TYPE) when `method` is none. Stands on SSL_CTX_new(3).
   */
  constructor(method: SSLMethod) {
    super(method);
    this.#native = nativeOf(this);
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
    requireAlive(this.#native, 'SSLContext');
    const [leaf, ...chain] = Certificate.parse(readFile(certFile, 'certFile'));
    const bytes = readFile(keyFile, 'keyFile');
    try {
      this.#useIdentity(leaf, new PrivateKey(bytes, password), chain);
    } finally {
      bytes.fill(0);
    }
    return this;
  }

  /**
   * The certificate to show to peers; one per key type may be set, and the peer gets the one it can use.
   * A private key that was set before and does not match is dropped. A certificate that has come with its
   * private key from a store (`privateKeyAvailable`) brings it along: all of it is taken, or nothing.
   *
   * @param certificate see CertificateInput; certificates after the first one are its chain, and so are the
   * issuers that its store has. Or a store, and which certificate of it: see StoredCertificateOptions.
   * @param chain the intermediate certificates, from the issuer upwards; replaces those in `certificate`.
   * @throws SSLError with OpenSSL's reason (`ERR_SSL_EE_KEY_TOO_SMALL`, ...), and what `new Certificate` throws.
   * Stands on SSL_CTX_use_certificate(3), SSL_CTX_use_PrivateKey(3) and SSL_CTX_add1_chain_cert(3).
   */
  useCertificate(certificate: CertificateInput | StoredCertificateOptions, chain?: CertificatesInput): this {
    requireAlive(this.#native, 'SSLContext');
    const stored = openCertificate(certificate, 'certificate');
    if (stored === undefined) return this.#show(certificatesOf(certificate, 'certificate'), chain);
    try {
      return this.#show([stored], chain);
    } finally {
      stored.privateKey?.free();
    }
  }

  #show(
    [leaf, ...rest]: readonly [Certificate, ...Certificate[]],
    chain: CertificatesInput | undefined,
  ): this {
    const links =
      chain === undefined
        ? [...rest.map(nativeOf<NativeCertificate>), ...issuersBeside(leaf)]
        : certificateListOf(chain, 'chain').map(nativeOf<NativeCertificate>);
    if (leaf.privateKey === undefined) this.#native.useCertificate(nativeOf(leaf), links);
    else this.#native.useIdentity(nativeOf(leaf), links, nativeOf(leaf.privateKey));
    return this;
  }

  /**
   * The private key of the certificate that was set before it.
   *
   * @param key see PrivateKeyInput; or a RemoteKey, which others sign with.
   * @param password for an encrypted key; a function is called only if one is needed.
   * @throws SSLError `ERR_OSSL_X509_KEY_VALUES_MISMATCH` when it is another certificate's,
   * `ERR_PASSWORD_REQUIRED`. Stands on SSL_CTX_use_PrivateKey(3).
   */
  usePrivateKey(key: PrivateKeyInput | RemoteKey, password?: Password): this {
    requireAlive(this.#native, 'SSLContext');
    if (key instanceof RemoteKey) {
      this.#native.useRemoteKey(nativeOf(key));
      return this;
    }
    const owned = keyOf(key, password);
    try {
      this.#native.usePrivateKey(nativeOf(owned));
    } finally {
      if (owned !== key) owned.free();
    }
    return this;
  }

  /**
   * Certificate, chain and private key from one PKCS#12 file.
   *
   * @param input bytes, or the name of a file.
   * @param password of the file, if it has one.
   * @throws SSLError `ERR_PASSWORD_REQUIRED`, `ERR_OSSL_EVP_BAD_DECRYPT` (a wrong password),
   * `ERR_NOT_PKCS12`, `ERR_NO_PRIVATE_KEY`, `ERR_NO_CERTIFICATE`, `ERR_TRAILING_DATA`,
   * `ERR_TOO_MANY_ITERATIONS` (more than 5,000,000 in all parts of the file), or OpenSSL's reason: files in
   * the old RC2 format (`ERR_OSSL_EVP_UNSUPPORTED`) need its legacy provider. Stands on d2i_PKCS12(3) and
   * PKCS12_decrypt_skey(3).
   */
  usePKCS12(input: string | URL | Bytes, password?: Password): this {
    requireAlive(this.#native, 'SSLContext');
    const { certificate, privateKey, chain } = readPKCS12(input, password);
    this.#useIdentity(certificate, privateKey, chain);
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
  setVerifyLocations(
    locations: string | URL | { file?: string | URL | undefined; path?: string | undefined },
  ): this {
    requireAlive(this.#native, 'SSLContext');
    const { certificates, path } = readLocations(locations);
    if (path !== undefined) this.#trustDirectories([path]);
    this.#trust(certificates);
    return this;
  }

  /**
   * Trusts certificates; adds to what is trusted already.
   *
   * @param input see CertificatesInput.
   * @throws SSLError with OpenSSL's reason. Stands on X509_STORE_add_cert(3).
   */
  addCA(input: CertificatesInput): this {
    requireAlive(this.#native, 'SSLContext');
    this.#trust(certificateListOf(input, 'input'));
    return this;
  }

  /**
   * Trusts what the system trusts: the file that SSL_CERT_FILE names, or the directories of SSL_CERT_DIR
   * (an error if one cannot be used), the distribution's bundle, OpenSSL's default place, or else the roots
   * inside Node. `trustSource` tells which it was. All contexts of the process share the certificates: only the
   * first call reads them.
   *
   * @param source `'node'` for the roots inside Node (`tls.rootCertificates`) in any case. Default: `'system'`.
   * @throws TypeError for another source; SSLSyscallError when what the environment names cannot be read.
   */
  loadDefaultTrust(source: DefaultTrust = 'system'): this {
    requireAlive(this.#native, 'SSLContext');
    const found = findDefaultTrust(requireDefaultTrust(source, 'source'));
    if (found.kind === 'directories') this.#trustDirectories(found.paths);
    else this.#native.addAnchors(anchorsOf(found));
    this.#trustSource = nameOfSource(found);
    return this;
  }

  /** Where `loadDefaultTrust` found its certificates: a path, or `'node'`; undefined before. */
  get trustSource(): string | undefined {
    requireAlive(this.#native, 'SSLContext');
    return this.#trustSource;
  }

  /** The context's counters, as they stand now. */
  get stats(): ContextStats {
    return this.#native.stats();
  }

  /** OpenSSL's pointer to the present SSL_CTX; a change of a setting makes a new one, at the latest after a use. */
  override getPointer(): bigint {
    return super.getPointer();
  }

  /** Gives the context up; connections made from it live on (SSL_CTX_free(3)). May be called again. */
  override free(): void {
    super.free();
  }

  /** Takes all of it or nothing; the key was parsed for this and is given up. */
  #useIdentity(certificate: Certificate, key: PrivateKey, chain: readonly Certificate[]): void {
    try {
      this.#native.useIdentity(nativeOf(certificate), chain.map(nativeOf<NativeCertificate>), nativeOf(key));
    } finally {
      key.free();
    }
  }

  #trust(certificates: readonly Certificate[]): void {
    this.#native.addTrust(certificates.map(nativeOf<NativeCertificate>));
  }

  #trustDirectories(paths: readonly string[]): void {
    for (const path of paths) requireDirectory(path);
    for (const path of paths) this.#native.addTrustDirectory(path);
  }
}

function nameOfSource(source: TrustSource): string {
  if (source.kind === 'node') return 'node';
  return source.kind === 'file' ? source.path : source.paths.join(delimiter);
}

function readLocations(locations: unknown): { certificates: Certificate[]; path: string | undefined } {
  if (typeof locations === 'string' || locations instanceof URL) {
    return { certificates: Certificate.parse(readFile(locations, 'locations')), path: undefined };
  }
  if (typeof locations !== 'object' || locations === null) {
    throw invalidType('locations', 'a file name or { file, path }', locations);
  }
  const { file, path } = locations as { file?: string | URL; path?: unknown };
  if (file === undefined && path === undefined) {
    throw invalidValue('locations', 'must name a file, a path or both', locations);
  }
  const certificates = file === undefined ? [] : Certificate.parse(readFile(file, 'locations.file'));
  if (path === undefined) return { certificates, path };
  return { certificates, path: requireDirectoryName(path, 'locations.path') };
}

setContextTest((value) => value instanceof SSLContext);
