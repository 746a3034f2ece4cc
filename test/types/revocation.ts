// CRLs and OCSP.

import type { KeyObject } from 'node:crypto';
import type {
  AuthorityKeyIdentifier,
  Bytes,
  CRLGenerateOptions,
  CRLIssuer,
  CRLRevocation,
  OCSPCertificateId,
  OCSPGenerateOptions,
  OCSPRefusal,
  OCSPRequestOptions,
  OCSPResponderId,
  OCSPResponseStatus,
  OCSPSingleResponse,
  OCSPStatement,
  OCSPVerdict,
  OCSPVerifyOptions,
  PrivateKey,
  RevocationReason,
  RevokedCertificate,
} from 'bladessl';
import { Certificate, CRL, OCSPRequest, OCSPResponse } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<CRL>>().toEqualTypeOf<{
  readonly pem: string;
  readonly raw: Buffer;
  readonly issuer: string;
  readonly version: `V${number}`;
  readonly number: bigint | undefined;
  readonly isDelta: boolean;
  readonly lastUpdate: Date;
  readonly nextUpdate: Date | undefined;
  readonly signatureAlgorithm: string;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  readonly fingerprintSHA256: string;
  readonly size: number;
  readonly revoked: RevokedCertificate[];
  find(certificate: Certificate | string): RevokedCertificate | undefined;
  isIssuedBy(issuer: Certificate): boolean;
  verifySignature(key: Certificate | KeyObject): boolean;
  equals(other: CRL): boolean;
  free(): void;
  toString(): string;
  toJSON(): string;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof CRL>>().toEqualTypeOf<{
  prototype: CRL;
  parse(input: string | URL | Bytes): [CRL, ...CRL[]];
  generate(options: CRLGenerateOptions): CRL;
}>();
expectTypeOf(CRL).constructorParameters.toEqualTypeOf<[input: string | URL | Bytes]>();
expectTypeOf<CRL>().toExtend<Disposable>();
expectTypeOf<RevokedCertificate>().toEqualTypeOf<{
  readonly serialNumber: string;
  readonly revocationDate: Date;
  readonly revocationReason?: RevocationReason;
  readonly invalidityDate?: Date;
  readonly certificateIssuer?: string;
}>();
expectTypeOf<CRLIssuer>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
}>();
expectTypeOf<CRLRevocation>().toEqualTypeOf<{
  readonly serialNumber?: string | undefined;
  readonly certificate?: Certificate | undefined;
  readonly revocationDate?: Date | undefined;
  readonly revocationReason?: RevocationReason | undefined;
  readonly invalidityDate?: Date | undefined;
}>();
expectTypeOf<CRLGenerateOptions>().toEqualTypeOf<{
  readonly issuer: CRLIssuer;
  readonly revoked?: readonly CRLRevocation[] | undefined;
  readonly number?: bigint | number | undefined;
  readonly lastUpdate?: Date | undefined;
  readonly nextUpdate?: Date | undefined;
  readonly days?: number | undefined;
  readonly digest?: string | undefined;
}>();
expectTypeOf<string>().toExtend<RevocationReason>();

expectTypeOf<Face<OCSPResponse>>().toEqualTypeOf<{
  readonly status: OCSPResponseStatus;
  readonly raw: Buffer;
  readonly producedAt: Date | undefined;
  readonly responderId: OCSPResponderId | undefined;
  readonly signatureAlgorithm: string | undefined;
  readonly certificates: Certificate[];
  readonly responses: OCSPSingleResponse[];
  readonly nonce: Buffer | undefined;
  verify(options: OCSPVerifyOptions): OCSPVerdict;
  free(): void;
  toString(): string;
  toJSON(): string;
  readonly freed: boolean;
  getPointer(): bigint;
}>();
expectTypeOf<Face<typeof OCSPResponse>>().toEqualTypeOf<{
  prototype: OCSPResponse;
  generate(options: OCSPGenerateOptions | { readonly status: OCSPRefusal }): OCSPResponse;
}>();
expectTypeOf(OCSPResponse).constructorParameters.toEqualTypeOf<[input: string | URL | Bytes]>();
expectTypeOf<OCSPResponse>().toExtend<Disposable>();
expectTypeOf<OCSPRefusal>().toEqualTypeOf<
  'malformedRequest' | 'internalError' | 'tryLater' | 'sigRequired' | 'unauthorized'
>();
expectTypeOf<OCSPRefusal | 'successful' | string>().toExtend<OCSPResponseStatus>();
expectTypeOf<OCSPResponderId>().toEqualTypeOf<{ readonly name?: string; readonly keyHash?: string }>();
expectTypeOf<OCSPCertificateId>().toEqualTypeOf<{
  readonly serialNumber: string;
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly hashAlgorithm: string;
}>();
expectTypeOf<Face<OCSPSingleResponse>>().toEqualTypeOf<{
  readonly serialNumber: string;
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly hashAlgorithm: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly revocationTime?: Date;
  readonly revocationReason?: RevocationReason;
}>();
expectTypeOf<OCSPVerifyOptions>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly certificates?: readonly Certificate[] | undefined;
  readonly time?: Date | undefined;
  readonly maxAge?: number | undefined;
  readonly skew?: number | undefined;
  readonly nonce?: Bytes | undefined;
  readonly securityLevel?: number | undefined;
}>();
expectTypeOf<OCSPVerdict>().toEqualTypeOf<
  | { readonly ok: true; readonly status: 'good'; readonly response: OCSPSingleResponse }
  | {
      readonly ok: false;
      readonly status: 'good' | 'revoked' | 'unknown' | undefined;
      readonly response: OCSPSingleResponse | undefined;
      readonly code: string;
      readonly message: string;
    }
>();
expectTypeOf<OCSPStatement>().toEqualTypeOf<{
  readonly serialNumber?: string | undefined;
  readonly certificate?: Certificate | undefined;
  readonly status?: 'good' | 'revoked' | 'unknown' | undefined;
  readonly revocationTime?: Date | undefined;
  readonly revocationReason?: RevocationReason | undefined;
  readonly thisUpdate?: Date | undefined;
  readonly nextUpdate?: Date | null | undefined;
}>();
expectTypeOf<OCSPGenerateOptions>().toEqualTypeOf<{
  readonly issuer: { readonly certificate: Certificate; readonly privateKey?: PrivateKey | undefined };
  readonly responder?: CRLIssuer | undefined;
  readonly responses: readonly OCSPStatement[];
  readonly certificates?: readonly Certificate[] | undefined;
  readonly responderId?: 'name' | 'keyHash' | undefined;
  readonly hashAlgorithm?: 'sha1' | 'sha256' | undefined;
  readonly digest?: string | undefined;
  readonly nonce?: Bytes | undefined;
}>();

expectTypeOf<Face<OCSPRequest>>().toEqualTypeOf<{
  readonly certificates: OCSPCertificateId[];
  readonly raw: Buffer;
  readonly nonce: Buffer | undefined;
  toJSON(): string;
}>();
expectTypeOf<Face<typeof OCSPRequest>>().toEqualTypeOf<{
  prototype: OCSPRequest;
  generate(options: OCSPRequestOptions): OCSPRequest;
}>();
expectTypeOf(OCSPRequest).constructorParameters.toEqualTypeOf<[input: Bytes]>();
expectTypeOf<OCSPRequestOptions>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  readonly nonce?: boolean | undefined;
  readonly hashAlgorithm?: 'sha1' | 'sha256' | undefined;
}>();

const ca = Certificate.generate({ commonName: 'CA' });
const { certificate } = Certificate.generate({ commonName: 'x', issuer: ca });
CRL.generate({ issuer: ca, revoked: [{ certificate, revocationReason: 'keyCompromise' }] });
OCSPResponse.generate({ status: 'tryLater' });
const verdict = OCSPResponse.generate({ issuer: ca, responses: [{ certificate }] }).verify({
  certificate,
  issuer: ca.certificate,
});
expectTypeOf(verdict.ok ? verdict.status : 'good').toEqualTypeOf<'good'>();

// @ts-expect-error somebody has to sign it
CRL.generate({ revoked: [] });
// @ts-expect-error the code is there when it is refused
if (verdict.ok) verdict.code.toString();
// @ts-expect-error a success says what of
OCSPResponse.generate({ status: 'successful' });
