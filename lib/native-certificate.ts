// The addon's certificates and keys, as lib/ sees them.

import type { NativeObject } from './handle';

export interface NativeCertificate extends NativeObject {
  pem(): string;
  raw(): Buffer;
  subject(): string;
  issuer(): string;
  serialNumber(): string;
  /** Milliseconds since 1970, as a Date counts them. */
  notBefore(): number;
  notAfter(): number;
  digest(algorithm: 'sha1' | 'sha256' | 'sha512'): Buffer;
  altNames(): string[];
  hasKey(key: NativePrivateKey): boolean;
}

export interface NativePrivateKey extends NativeObject {
  pem(): string;
  raw(): Buffer;
  type(): string;
  bits(): number;
  group(): string | undefined;
  equals(other: NativePrivateKey): boolean;
}

/** The numbers of `AltNameKind` in native/openssl/issue.h. */
export const AltNameKind = { DNS: 0, IP: 1, URI: 2, email: 3 } as const;

/** The numbers of `KeyKind` in native/openssl/issue.h. */
export const KeyKind = { ec: 0, rsa: 1, ed25519: 2 } as const;

/** One alternative name: ASCII; an IP address as text. */
export interface NativeAltName {
  readonly kind: (typeof AltNameKind)[keyof typeof AltNameKind];
  readonly value: string;
}

/** `IssueOptions` in native/openssl/issue.h, complete. */
export interface NativeGenerateOptions {
  readonly commonName: string;
  readonly altNames: readonly NativeAltName[];
  readonly days: number;
  readonly key: (typeof KeyKind)[keyof typeof KeyKind];
  readonly ca: boolean;
  readonly issuer: NativeCertificate | undefined;
  readonly issuerKey: NativePrivateKey | undefined;
}

export interface NativeCertificateFunctions {
  /** At least one, or it throws. */
  parseCertificates(bytes: Uint8Array): [NativeCertificate, ...NativeCertificate[]];
  parsePrivateKey(bytes: Uint8Array, password: Uint8Array | undefined): NativePrivateKey;
  parsePkcs12(
    bytes: Uint8Array,
    password: Uint8Array | undefined,
  ): { certificate: NativeCertificate; privateKey: NativePrivateKey; chain: NativeCertificate[] };
  generateCertificate(options: NativeGenerateOptions): {
    certificate: NativeCertificate;
    privateKey: NativePrivateKey;
  };
}
