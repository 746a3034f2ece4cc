import { native } from './native';

/** Whether something can be used here. */
export interface Feature {
  /** Whether it can. */
  readonly available: boolean;
  /** Why it cannot; not there when it can. */
  readonly reason?: string;
}

/** The same of something for which there are several algorithms. */
export interface AlgorithmFeature extends Feature {
  /** Those that can be used. */
  readonly algorithms: readonly string[];
}

/** How a handshake waits for a callback that answers by a promise. */
export interface AsyncHandshakeFeature extends Feature {
  /**
   * `'jobs'`: in every callback, on a stack of its own (ASYNC_start_job(3)) where it needs one. `'retries'`: libssl
   * calls the callback again (SSL_CLIENT_HELLO_RETRY and the like), which it can in `onClientHello`, `onServerName`,
   * `onAlpn`, `onCertificate`, and on a client in `onVerify` and `verifyChain`; the others have to answer at once.
   */
  readonly mechanism: 'jobs' | 'retries';
}

/** What depends on the OpenSSL of this process and on its runtime. */
export interface Features {
  /** Whether every callback of a handshake may answer by a promise, and a RemoteKey too. */
  readonly asyncHandshake: AsyncHandshakeFeature;
  /** Compressed certificates (RFC 8879): `brotli`, `zlib`, `zstd`. OpenSSL 3.2 and newer, if built so. */
  readonly certCompression: AlgorithmFeature;
  /** A pair of datagram BIOs (`BIO_s_dgram_pair`): OpenSSL 3.2 and newer. */
  readonly dgramPair: Feature;
  /** Encrypted Client Hello (`SSL_set1_ech_config_list`): OpenSSL 4.0 and newer. */
  readonly ech: Feature;
  /** OpenSSL's fips provider (`OSSL_PROVIDER_available`). */
  readonly fips: Feature;
  /** TLS records made by the kernel (`SSL_OP_ENABLE_KTLS`), on socket BIOs. */
  readonly ktls: Feature;
  /** The hybrid group X25519MLKEM768: OpenSSL 3.5 and newer. */
  readonly mlkem: Feature;
  /** QUIC clients (`OSSL_QUIC_client_method`): OpenSSL 3.2 and newer. */
  readonly quic: Feature;
  /** QUIC servers (`OSSL_QUIC_server_method`): OpenSSL 3.5 and newer. */
  readonly quicServer: Feature;
  /** Raw public keys instead of certificates (RFC 7250): OpenSSL 3.2 and newer. */
  readonly rawPublicKeys: Feature;
  /** TLSSocket, Socket, and the promises of a BIO: they need libuv's uv_poll, which is Node's. */
  readonly sockets: Feature;
}

function particulars(name: string, available: boolean, algorithms: readonly string[]): object {
  if (name === 'asyncHandshake') return { mechanism: available ? 'jobs' : 'retries' };
  return name === 'certCompression' ? { algorithms: Object.freeze(algorithms) } : {};
}

function readFeatures(): Features {
  const entries = native.features().map(({ name, missing, algorithms }) => {
    const available = missing === '';
    const feature = available ? { available } : { available, reason: missing };
    return [name, Object.freeze({ ...feature, ...particulars(name, available, algorithms) })];
  });
  return Object.freeze(Object.fromEntries(entries));
}

/**
 * What can be used here, and why not what cannot, as it was when this package was loaded. Where OpenSSL may
 * have the functions and nothing behind them (`certCompression`, `mlkem`, `ktls`), it was asked to use them.
 */
export const features: Features = readFeatures();
