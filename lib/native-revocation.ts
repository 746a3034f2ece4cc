// The addon's CRLs and OCSP responses, as lib/ sees them.

import type { NativeObject } from './handle';
import type { NativeCertificate, NativePrivateKey } from './native-certificate';

/** Serial number, revocation date, reason, invalidity date, certificate issuer; dates in seconds. */
export type NativeRevoked = readonly [
  serialNumber: string,
  revocationDate: number,
  reason: number | undefined,
  invalidityDate: number | undefined,
  certificateIssuer: string | undefined,
];

export interface NativeCRL extends NativeObject {
  pem(): string;
  raw(): Buffer;
  text(): string;
  issuer(): string;
  version(): number;
  /** In hex. */
  number(): string | undefined;
  isDelta(): boolean;
  /** In seconds, as all times here. */
  lastUpdate(): number;
  nextUpdate(): number | undefined;
  signatureAlgorithm(): string;
  authorityKeyIdentifier(): ReturnType<NativeCertificate['authorityKeyId']>;
  fingerprint(): Buffer;
  size(): number;
  revoked(): NativeRevoked[];
  findCertificate(certificate: NativeCertificate): NativeRevoked | undefined;
  findSerialNumber(hex: string): NativeRevoked | undefined;
  isIssuedBy(issuer: NativeCertificate): boolean;
  /** By a SubjectPublicKeyInfo. */
  isSignedBy(publicKey: Uint8Array): boolean;
}

/** `CrlOptions` in native/openssl/crl_issue.h. */
export interface NativeCRLOptions {
  readonly issuer: NativeCertificate;
  readonly issuerKey: NativePrivateKey;
  readonly revoked: readonly {
    readonly serialNumber: string;
    readonly revocationDate: number;
    readonly revocationReason: number | undefined;
    readonly invalidityDate: number | undefined;
  }[];
  readonly number: string;
  readonly lastUpdate: number;
  readonly nextUpdate: number;
  readonly digest: string;
}

export interface NativeOCSPId {
  readonly serialNumber: string;
  readonly issuerNameHash: Buffer;
  readonly issuerKeyHash: Buffer;
  readonly hashAlgorithm: string;
}

export interface NativeSingleResponse extends NativeOCSPId {
  readonly status: number;
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly revocationTime: number | undefined;
  readonly revocationReason: number | undefined;
}

/** `OcspCheck` in native/openssl/ocsp_verify.h. */
export interface NativeOCSPCheck {
  readonly certificate: NativeCertificate;
  readonly issuer: NativeCertificate;
  readonly others: readonly NativeCertificate[];
  readonly time: number;
  readonly skew: number;
  readonly maxAge: number | undefined;
  readonly nonce: Uint8Array | undefined;
  readonly securityLevel: number;
}

export interface NativeOCSPResponse extends NativeObject {
  status(): number;
  raw(): Buffer;
  text(): string;
  producedAt(): number | undefined;
  responderId(): { name: string } | { keyHash: Buffer } | undefined;
  signatureAlgorithm(): string | undefined;
  nonce(): Buffer | undefined;
  certificates(): NativeCertificate[];
  responses(): NativeSingleResponse[];
  /** `code` is empty when all is well; `said` is the one of the responses that decides. */
  verify(check: NativeOCSPCheck): { code: string; message: string; said?: NativeSingleResponse };
}

/** `OcspOptions` in native/openssl/ocsp_issue.h. */
export interface NativeOCSPOptions {
  readonly issuer: NativeCertificate;
  readonly responses: readonly {
    readonly serialNumber: string;
    readonly status: number;
    readonly revocationTime: number;
    readonly revocationReason: number | undefined;
    readonly thisUpdate: number;
    readonly nextUpdate: number | undefined;
  }[];
  readonly responder: NativeCertificate;
  readonly responderKey: NativePrivateKey;
  readonly certificates: readonly NativeCertificate[];
  readonly byKey: boolean;
  readonly hashAlgorithm: string;
  readonly digest: string;
  readonly nonce: Uint8Array | undefined;
}

export interface NativeRevocationFunctions {
  /** At least one, or it throws. */
  parseCRLs(bytes: Uint8Array): [NativeCRL, ...NativeCRL[]];
  generateCRL(options: NativeCRLOptions): NativeCRL;
  parseOCSPResponse(bytes: Uint8Array): NativeOCSPResponse;
  generateOCSPResponse(options: NativeOCSPOptions): NativeOCSPResponse;
  refuseOCSP(status: number): NativeOCSPResponse;
  generateOCSPRequest(
    certificate: NativeCertificate,
    issuer: NativeCertificate,
    hashAlgorithm: string,
    nonce: boolean,
  ): Buffer;
  parseOCSPRequest(bytes: Uint8Array): { ids: NativeOCSPId[]; nonce?: Buffer };
}
