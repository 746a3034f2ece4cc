// RemoteKey: a private key that is held elsewhere.

import { KeyObject, X509Certificate } from 'node:crypto';
import { type Bytes, invalidType, invalidValue, readInput, toBytes } from './arguments';
import { Certificate } from './certificate';
import type { CertificateInput } from './certificate-input';
import { Handle, nativeOf, shownMembers } from './handle';
import { type Awaitable, ask, type HandshakeQuestion, Question } from './handshake-question';
import { native } from './native';
import type { NativeCertificate, NativeRemoteKey, NativeSigner } from './native-certificate';
import type { KeyType, PrivateKeySummary } from './private-key';

/**
 * How TLS has a message signed: the names of its signature schemes (RFC 8446, 4.2.3). Those with SHA-1 and SHA-224 are
 * of TLS 1.2 only. There `ecdsa_secp256r1_sha256` and its like stand for the digest alone: the key's curve may be
 * another one.
 */
export type RemoteSignatureAlgorithm =
  | 'ecdsa_secp256r1_sha256'
  | 'ecdsa_secp384r1_sha384'
  | 'ecdsa_secp521r1_sha512'
  | 'ecdsa_sha224'
  | 'ecdsa_sha1'
  | 'rsa_pss_rsae_sha256'
  | 'rsa_pss_rsae_sha384'
  | 'rsa_pss_rsae_sha512'
  | 'rsa_pss_pss_sha256'
  | 'rsa_pss_pss_sha384'
  | 'rsa_pss_pss_sha512'
  | 'rsa_pkcs1_sha256'
  | 'rsa_pkcs1_sha384'
  | 'rsa_pkcs1_sha512'
  | 'rsa_pkcs1_sha224'
  | 'rsa_pkcs1_sha1'
  | 'ed25519'
  | 'ed448';

/** What `sign` is told beside the algorithm and the message: the algorithm's parts, and who is asked. */
export interface RemoteSignInfo extends HandshakeQuestion {
  /** The digest that is signed, as node:crypto calls it; undefined for Ed25519 and Ed448, which take the message. */
  readonly digest: 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | undefined;
  /** Of RSA; undefined for other keys. */
  readonly padding: 'pkcs1' | 'pss' | undefined;
  /** Of PSS, in bytes: that of the digest, which MGF1 uses too. Undefined without PSS. */
  readonly saltLength: number | undefined;
  /** The key's public part as PEM text: SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

/**
 * Signs a message.
 *
 * @param algorithm how.
 * @param data the message itself, not its digest, a fresh copy: 100 to 150 bytes, but for a client's key in TLS 1.2
 * all of the handshake so far, some thousands.
 * @param info see RemoteSignInfo.
 * @returns the signature as TLS carries it: DER of r and s for EC, as many bytes as the modulus has for RSA, 64 bytes
 * for Ed25519, 114 for Ed448; or a promise of it.
 */
export type RemoteSign = (
  algorithm: RemoteSignatureAlgorithm,
  data: Buffer,
  info: RemoteSignInfo,
) => Awaitable<Bytes>;

/** Who holds the private key of a RemoteKey. */
export interface RemoteKeyOptions {
  /** See RemoteSign. */
  readonly sign: RemoteSign;
  /**
   * Whether each signature is held against the public key before it is sent; one that is wrong then fails here and
   * not, without a reason, at the peer. It costs about as much as a signature of the peer's does. Default: false;
   * length and form are checked in any case.
   */
  readonly verify?: boolean | undefined;
}

const paddings = [undefined, 'pkcs1', 'pss'] as const;
const returned = 'the value that sign returned';

function signerOf(options: RemoteKeyOptions, sign: RemoteSign, publicKeyOf: () => string): NativeSigner {
  return {
    sign(algorithm, data, digest, padding, saltLength) {
      const info = Question.about({
        digest: digest === '' ? undefined : (digest as NonNullable<RemoteSignInfo['digest']>),
        padding: paddings[padding],
        saltLength: paddings[padding] === 'pss' ? saltLength : undefined,
        publicKey: publicKeyOf(),
      });
      return ask(
        'sign',
        info,
        () => sign.call(options, algorithm as RemoteSignatureAlgorithm, data, info),
        (value) => toBytes(value, returned),
      );
    },
  };
}

/** SubjectPublicKeyInfo, or a certificate with it; PEM or DER. */
function publicBytesOf(input: unknown): Uint8Array {
  if (input instanceof Certificate) return nativeOf<NativeCertificate>(input).publicKeyRaw();
  if (input instanceof X509Certificate) return input.raw;
  if (!(input instanceof KeyObject)) return readInput(input, 'publicKey').bytes;
  if (input.type === 'public') return input.export({ type: 'spki', format: 'der' });
  throw invalidValue('publicKey', 'must be a public key', input.type);
}

function make(input: unknown, options: unknown): NativeRemoteKey {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object with a function sign', options);
  }
  const { sign, verify = false } = options as Partial<RemoteKeyOptions>;
  if (typeof sign !== 'function') throw invalidType('options.sign', 'a function', sign);
  if (typeof verify !== 'boolean') throw invalidType('options.verify', 'a boolean', verify);
  let publicKey = '';
  const signer = signerOf(options as RemoteKeyOptions, sign, () => publicKey);
  const key = native.newRemoteKey(publicBytesOf(input), signer, verify);
  publicKey = key.publicKey();
  return key;
}

/**
 * A private key that is held elsewhere (in another process, a KMS, an HSM): OpenSSL has its public part, and what a
 * handshake has to be signed with it is asked for by a function. It is given to `usePrivateKey` of a context, for
 * servers and clients, TLS 1.2 and 1.3. RSA, RSA-PSS, EC on P-256, P-384 and P-521, Ed25519 and Ed448.
 *
 * A promise is waited for by handshakes of sockets and by `doHandshake`, `connect` and `accept` of an SSL. Where a
 * handshake cannot wait (inside a read of a chain, or on a platform without OpenSSL's jobs) `sign` has to answer at
 * once: a promise fails it with `ERR_ASYNC_NOT_POSSIBLE`. What `sign` throws ends the handshake with `internal_error`,
 * and is what it fails with; what cannot be a signature of the key is `ERR_WRONG_SIGNATURE`.
 *
 * Such a key decrypts nothing: cipher suites of TLS 1.2 in which the client encrypts with the server's RSA key are
 * never chosen by a server. Its handshakes stay on their own thread, whatever `handshakeThreads` says.
 *
 * Every member throws FreedError (`ERR_FREED`) once the key is freed, but `freed`, `free` and `inspect`.
 */
export class RemoteKey extends Handle<NativeRemoteKey> {
  readonly #native: NativeRemoteKey;

  /**
   * Puts together who signs and what is known of the key.
   *
   * @param publicKey its public part: a Certificate, a public KeyObject or an X509Certificate of node:crypto, PEM text or
   * PEM or DER bytes of a certificate or a SubjectPublicKeyInfo, or the name of a file with one of these.
   * @param options who signs, `{ sign, verify? }`; see RemoteKeyOptions.
   * @throws TypeError for wrong arguments and for a key of a kind that TLS does not sign with; SSLError
   * `ERR_NOT_A_PUBLIC_KEY` (PEM of other kinds), `ERR_TRAILING_DATA`, or OpenSSL's reason for refusing; SSLSyscallError
   * when the file cannot be read. Stands on provider-keymgmt(7) and provider-signature(7).
   */
  constructor(publicKey: CertificateInput | KeyObject, options: RemoteKeyOptions) {
    super(make(publicKey, options));
    this.#native = nativeOf(this);
  }

  /** The kind of key: `'ec'`, `'rsa'`, `'rsa-pss'`, `'ed25519'` or `'ed448'` (EVP_PKEY_get0_type_name(3)). */
  get type(): KeyType {
    return this.#native.type();
  }

  /** Its size in bits: 2048, 256, ... (EVP_PKEY_get_bits(3)). */
  get bits(): number {
    return this.#native.bits();
  }

  /** The curve, as OpenSSL spells it: `'prime256v1'`; undefined for keys that have none (EVP_PKEY_get_group_name(3)). */
  get group(): string | undefined {
    return this.#native.group();
  }

  /** Its public part as PEM text: SubjectPublicKeyInfo (PEM_write_bio_PUBKEY(3)). */
  get publicKey(): string {
    return this.#native.publicKey();
  }

  /** Its public part as DER: SubjectPublicKeyInfo; a fresh copy each time (i2d_PUBKEY(3)). */
  get publicKeyRaw(): Buffer {
    return this.#native.publicKeyRaw();
  }

  /**
   * Gives the key up; contexts that have taken it go on asking its `sign`. May be called again. Stands on
   * EVP_PKEY_free(3).
   */
  override free(): void {
    super.free();
  }

  /** The kind of key: `RemoteKey(ec, 256 bits)`. */
  override toString(): string {
    return `RemoteKey(${this.type}, ${this.bits} bits)`;
  }

  /** The kind of key. */
  toJSON(): PrivateKeySummary {
    const { type, bits, group } = this;
    return group === undefined ? { type, bits } : { type, bits, group };
  }

  /** @internal */
  protected override get [shownMembers](): string[] {
    return ['type', 'bits', 'group', 'publicKey'];
  }
}
