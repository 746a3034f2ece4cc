// ClientHello: what a TLS client says first.

import { type InspectOptions, inspect } from 'node:util';
import { type Bytes, toBytes } from './arguments';
import { ByteReader, malformed } from './byte-reader';
import * as content from './client-hello-extensions';
import { type ClientKeyShare, type ClientPSKIdentity, ExtensionType } from './client-hello-extensions';
import { type FingerprintParts, ja3HashOf, ja3Of, ja4Of } from './client-hello-fingerprints';
import { type Layout, layoutOf, messageOf, type Span } from './client-hello-message';
import { describe, jsonOf } from './client-hello-text';
import type { DistinguishedName } from './distinguished-name';
import { knownMembers } from './handle';
import { cipherSuiteNames } from './iana-cipher-suites';
import { compressionNames, extensionNames, nameOf, shortNameOf, versionNames } from './iana-names';

/** One extension of a ClientHello. */
export interface ClientHelloExtension {
  /** Its type, a number of IANA's: 0 for `server_name`. */
  readonly type: number;
  /** IANA's name of it, `GREASE`, or its number: `0xABCD`. */
  readonly name: string;
  /** Its content. */
  readonly data: Buffer;
}

/**
 * What a TLS client says first (RFC 8446, 4.1.2; RFC 5246, 7.4.1.2), in its parts. Suites, groups and so on
 * have IANA's names; a number without one is `0xABCD`, and `GREASE` is a number that means nothing (RFC 8701).
 *
 * Each part is read when it is looked at, and kept: lists are frozen, Buffers are copies. An extension that is
 * not there is undefined (or false). One whose content is broken, or that is there twice, throws SSLError
 * `ERR_MALFORMED_CLIENT_HELLO` when it is looked at, and spoils no other. It holds nothing that must be freed.
 */
export class ClientHello {
  readonly #text: string;
  #bytes: Buffer | undefined;
  // By what made it, or by the type of the extension.
  readonly #kept = new Map<unknown, unknown>();

  private constructor(text: string, bytes?: Buffer) {
    this.#text = text;
    this.#bytes = bytes;
  }

  /** @internal Of a message with a byte in each character: most callbacks never look at it. */
  static of(text: string): ClientHello {
    return new ClientHello(text);
  }

  /**
   * Reads a ClientHello out of what a client has sent: one record or several, with the message in pieces, or
   * the handshake message without records. What comes in records behind it (early data) is not read.
   *
   * @throws SSLError `ERR_INCOMPLETE_CLIENT_HELLO` when more bytes have to come; `ERR_NOT_A_CLIENT_HELLO` (no
   * TLS at all, DTLS, another message), `ERR_SSLV2_CLIENT_HELLO` (the form of SSL 2),
   * `ERR_MALFORMED_CLIENT_HELLO` (the message says where); TypeError for what is no bytes.
   */
  static parse(input: Bytes): ClientHello {
    const bytes = toBytes(input, 'input');
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const hello = new ClientHello('', messageOf(view));
    hello.#keep(hello.#cipherSuiteNumbers);
    hello.#keep(hello.#compressionNumbers);
    return hello;
  }

  /** The handshake message, with its header of four bytes and without records; a fresh copy each time. */
  get raw(): Buffer {
    return Buffer.from(this.#message);
  }

  /**
   * The version in the message itself: `TLSv1.2` of clients that speak TLS 1.3 too, whose versions are in
   * `versions`.
   */
  get legacyVersion(): string {
    return nameOf(this.#layout.legacyVersion, versionNames);
  }

  /**
   * The versions that the client speaks (`TLSv1.3`), its favourite first; without the extension
   * supported_versions `legacyVersion` alone, which is the highest then.
   */
  get versions(): readonly string[] {
    return this.#read(ExtensionType.supportedVersions, content.readVersions) ?? [this.legacyVersion];
  }

  /** 32 random bytes; a fresh copy each time. */
  get random(): Buffer {
    return this.#copy(this.#layout.random);
  }

  /** Of the session that is to be resumed, or of none that there is (TLS 1.3); 0 to 32 bytes, a fresh copy each time. */
  get sessionId(): Buffer {
    return this.#copy(this.#layout.sessionId);
  }

  /**
   * The cipher suites, the client's favourite first: `TLS_AES_128_GCM_SHA256`.
   * `TLS_EMPTY_RENEGOTIATION_INFO_SCSV` and `TLS_FALLBACK_SCSV` are signals among them (RFC 5746, RFC 7507).
   */
  get cipherSuites(): readonly string[] {
    return this.#keep(this.#namesOfSuites);
  }

  /** `null`, which must be there, `DEFLATE`, `LZS`. */
  get compressionMethods(): readonly string[] {
    return this.#keep(this.#namesOfCompressions);
  }

  /** All extensions in the client's order, with those that nothing here knows. */
  get extensions(): readonly ClientHelloExtension[] {
    return this.#keep(this.#allExtensions);
  }

  /** The host that the client wants, in ASCII (SNI, RFC 6066, 3). */
  get serverName(): string | undefined {
    return this.#read(ExtensionType.serverName, content.readServerName);
  }

  /**
   * The protocols that the client speaks on top of TLS, its favourite first: `h2` (ALPN, RFC 7301). One that
   * is not UTF-8 is its bytes in hex: `0xABCD`.
   */
  get alpnProtocols(): readonly string[] | undefined {
    return this.#read(ExtensionType.alpn, content.readAlpn);
  }

  /** The groups for the key exchange, the client's favourite first: `x25519`, `secp256r1` (RFC 8446, 4.2.7). */
  get groups(): readonly string[] | undefined {
    return this.#read(ExtensionType.supportedGroups, content.readGroups);
  }

  /** The signatures that the client can verify, its favourite first: `ecdsa_secp256r1_sha256` (RFC 8446, 4.2.3). */
  get signatureAlgorithms(): readonly string[] | undefined {
    return this.#read(ExtensionType.signatureAlgorithms, content.readSignatureAlgorithms);
  }

  /** Those that it can verify in certificates, where they are others than `signatureAlgorithms` (RFC 8446, 4.2.3). */
  get signatureAlgorithmsCert(): readonly string[] | undefined {
    return this.#read(ExtensionType.signatureAlgorithmsCert, content.readSignatureAlgorithms);
  }

  /** The key exchanges that the client has begun; empty when it wants to be told a group (RFC 8446, 4.2.8). */
  get keyShares(): readonly ClientKeyShare[] | undefined {
    return this.#read(ExtensionType.keyShare, content.readKeyShares);
  }

  /** How a PSK may be used: `psk_dhe_ke`, `psk_ke` (RFC 8446, 4.2.9). */
  get pskModes(): readonly string[] | undefined {
    return this.#read(ExtensionType.pskKeyExchangeModes, content.readPSKModes);
  }

  /** The sessions of TLS 1.3, and other keys, that the client would go on with (RFC 8446, 4.2.11). */
  get pskIdentities(): readonly ClientPSKIdentity[] | undefined {
    return this.#read(ExtensionType.preSharedKey, content.readPSKIdentities);
  }

  /** Whether data follows at once, under the first of `pskIdentities` (RFC 8446, 4.2.10). */
  get earlyData(): boolean {
    return this.#flag(ExtensionType.earlyData);
  }

  /** Whether the client asks for an OCSP response (RFC 6066, 8). */
  get statusRequest(): boolean {
    return this.#read(ExtensionType.statusRequest, content.readStatusRequest) ?? false;
  }

  /** The ticket of a session of TLS 1.2; empty when the client asks for one (RFC 5077). */
  get sessionTicket(): Buffer | undefined {
    return this.#read(ExtensionType.sessionTicket, content.readSessionTicket);
  }

  /** Whose certificates the client takes (RFC 8446, 4.2.4). */
  get certificateAuthorities(): readonly DistinguishedName[] | undefined {
    return this.#read(ExtensionType.certificateAuthorities, content.readCertificateAuthorities);
  }

  /** The most bytes that the client wants in a record: 512, 1024, 2048 or 4096 (RFC 6066, 4). */
  get maxFragmentLength(): number | undefined {
    return this.#read(ExtensionType.maxFragmentLength, content.readMaxFragmentLength);
  }

  /** The most bytes of plaintext that the client takes in a record (RFC 8449). */
  get recordSizeLimit(): number | undefined {
    return this.#read(ExtensionType.recordSizeLimit, content.readRecordSizeLimit);
  }

  /** Whether the client can bind the secret of TLS 1.2 to the whole handshake (RFC 7627). */
  get extendedMasterSecret(): boolean {
    return this.#flag(ExtensionType.extendedMasterSecret);
  }

  /** Whether the client can put the MAC around what is encrypted in CBC suites (RFC 7366). */
  get encryptThenMac(): boolean {
    return this.#flag(ExtensionType.encryptThenMac);
  }

  /** Empty in a first handshake of a client that renegotiates safely (RFC 5746). */
  get renegotiationInfo(): Buffer | undefined {
    return this.#read(ExtensionType.renegotiationInfo, content.readRenegotiationInfo);
  }

  /** What the client can decompress certificates from: `zlib`, `brotli`, `zstd` (RFC 8879). */
  get certCompression(): readonly string[] | undefined {
    return this.#read(ExtensionType.compressCertificate, content.readCertCompression);
  }

  /**
   * Whether there is an encrypted ClientHello in this one, or what looks like it (RFC 9849): `serverName` may be
   * that of the client-facing server then. What it holds is not looked at.
   */
  get ech(): boolean {
    return this.#read(ExtensionType.encryptedClientHello, content.readOpaque) ?? false;
  }

  /** Whether the client would show a certificate after the handshake too (RFC 8446, 4.2.6). */
  get postHandshakeAuth(): boolean {
    return this.#flag(ExtensionType.postHandshakeAuth);
  }

  /** What the server's HelloRetryRequest gave the client to bring back (RFC 8446, 4.2.2). */
  get cookie(): Buffer | undefined {
    return this.#read(ExtensionType.cookie, content.readCookie);
  }

  /** How points on a curve may be written: `uncompressed`, which must be there, and others (RFC 8422, 5.1.2). */
  get pointFormats(): readonly string[] | undefined {
    return this.#read(ExtensionType.pointFormats, content.readPointFormats);
  }

  /**
   * JA3: version, cipher suites, extensions, groups and point formats in decimal, without GREASE:
   * `771,4865-4866,0-10-43,29-23,0`. Browsers shuffle their extensions: see `ja4`.
   */
  get ja3(): string {
    return ja3Of(this.#keep(this.#fingerprintParts));
  }

  /** The MD5 of `ja3`, 32 digits in lower case, as lists of clients have it. */
  get ja3Hash(): string {
    return ja3HashOf(this.#keep(this.#fingerprintParts));
  }

  /**
   * JA4, as of a client that speaks TLS over TCP: `t13d1516h2_8daaf6152771_e5627efa2ab1`. Extensions are sorted
   * in it; the host and the protocols that are asked for do not count.
   */
  get ja4(): string {
    return ja4Of(this.#keep(this.#fingerprintParts));
  }

  /** All of it for people, a line for each part. What a terminal would take for a command is escaped. */
  toString(): string {
    return describe(this);
  }

  /** Its members, with Buffers in hex; those that are not there or cannot be read are left out. */
  toJSON(): Record<string, unknown> {
    return jsonOf(this);
  }

  /** What `console.log` shows: the members that tell the most. Never throws. */
  [inspect.custom](depth: number, options: InspectOptions): unknown {
    // A class's prototype is no hello.
    if (!(#message in this)) return this;
    if (depth < 0) return '[ClientHello]';
    const members = ['serverName', 'versions', 'alpnProtocols', 'cipherSuites', 'groups', 'ja4'];
    return `ClientHello ${inspect(knownMembers(this, members), options)}`;
  }

  get #message(): Buffer {
    this.#bytes ??= Buffer.from(this.#text, 'latin1');
    return this.#bytes;
  }

  get #layout(): Layout {
    return this.#keep(this.#findParts);
  }

  /** What `make` has made, or makes now. */
  #keep<T>(make: () => T): T {
    const kept = this.#kept.get(make);
    if (kept !== undefined) return kept as T;
    const made = make.call(this);
    this.#kept.set(make, made);
    return made;
  }

  /** What `read` has made of an extension, or makes now; undefined when it is not there. */
  #read<T>(type: number, read: (reader: ByteReader) => T): T | undefined {
    const kept = this.#kept.get(type);
    if (kept !== undefined) return kept as T;
    const value = this.#readAnew(type, read);
    if (value !== undefined) this.#kept.set(type, value);
    return value;
  }

  #readAnew<T>(type: number, read: (reader: ByteReader) => T): T | undefined {
    const [found, second] = this.#layout.extensions.filter((extension) => extension.type === type);
    if (found === undefined) return undefined;
    const name = nameOf(type, extensionNames);
    if (second !== undefined) throw malformed(name, second.start, 'it is there twice');
    const reader = new ByteReader(this.#message, name, found.start, found.end);
    const value = read(reader);
    reader.finish();
    return value;
  }

  #flag(type: number): boolean {
    return this.#read(type, content.readFlag) ?? false;
  }

  #copy({ start, end }: Span): Buffer {
    return Buffer.from(this.#message.subarray(start, end));
  }

  #findParts(): Layout {
    return layoutOf(this.#message);
  }

  #cipherSuiteNumbers(): readonly number[] {
    const { start, end } = this.#layout.cipherSuites;
    if (start === end) throw malformed('cipher_suites', start, 'none');
    const reader = new ByteReader(this.#message, 'cipher_suites', start, end);
    return reader.all(() => reader.uint16());
  }

  #namesOfSuites(): readonly string[] {
    const numbers = this.#keep(this.#cipherSuiteNumbers);
    return Object.freeze(numbers.map((number) => nameOf(number, cipherSuiteNames)));
  }

  #compressionNumbers(): readonly number[] {
    const { start, end } = this.#layout.compressionMethods;
    if (start === end) throw malformed('compression_methods', start, 'none');
    return [...this.#message.subarray(start, end)];
  }

  #namesOfCompressions(): readonly string[] {
    const numbers = this.#keep(this.#compressionNumbers);
    return Object.freeze(numbers.map((number) => shortNameOf(number, compressionNames)));
  }

  #allExtensions(): readonly ClientHelloExtension[] {
    const all = this.#layout.extensions.map((span) =>
      Object.freeze({
        type: span.type,
        name: nameOf(span.type, extensionNames),
        data: this.#copy(span),
      }),
    );
    return Object.freeze(all);
  }

  #fingerprintParts(): FingerprintParts {
    const { legacyVersion, extensions } = this.#layout;
    const { alpn, pointFormats, signatureAlgorithms, supportedGroups, supportedVersions } = ExtensionType;
    return {
      legacyVersion,
      versions: this.#readAnew(supportedVersions, content.readVersionNumbers) ?? [],
      cipherSuites: this.#keep(this.#cipherSuiteNumbers),
      extensions: extensions.map(({ type }) => type),
      groups: this.#readAnew(supportedGroups, content.readNumbers) ?? [],
      pointFormats: this.#readAnew(pointFormats, content.readPointFormatNumbers) ?? [],
      signatureAlgorithms: this.#readAnew(signatureAlgorithms, content.readNumbers) ?? [],
      firstProtocol: this.#readAnew(alpn, content.readFirstProtocol) ?? new Uint8Array(),
    };
  }
}
