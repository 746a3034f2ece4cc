// Verification: offline, by callbacks, and what is forgiven.

import type {
  Awaitable,
  Certificate,
  CertificateInput,
  CertificatesInput,
  CheckConfig,
  CRLInput,
  DefaultTrust,
  Verdict,
  VerifyAlert,
  VerifyAnswer,
  VerifyCallback,
  VerifyChainCallback,
  VerifyChainEvent,
  VerifyEvent,
  VerifyFlags,
  VerifyOptions,
  VerifyPurpose,
} from 'bladessl';
import {
  IGNORE_ALL,
  IGNORE_EXPIRED,
  IGNORE_HOSTNAME,
  IGNORE_NONE,
  IGNORE_NOT_YET_VALID,
  IGNORE_SELF_SIGNED,
  TLSClientContext,
  verify,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';

expectTypeOf(verify).toEqualTypeOf<(certificate: CertificateInput, options?: VerifyOptions) => Verdict>();
expectTypeOf<VerifyOptions>().toEqualTypeOf<{
  readonly chain?: CertificatesInput | undefined;
  readonly trusted?: CertificatesInput | DefaultTrust | undefined;
  readonly directories?: readonly string[] | undefined;
  readonly crls?: CRLInput | readonly CRLInput[] | undefined;
  readonly time?: Date | undefined;
  readonly host?: string | readonly string[] | undefined;
  readonly ip?: string | undefined;
  readonly email?: string | undefined;
  readonly purpose?: VerifyPurpose | undefined;
  readonly depth?: number | undefined;
  readonly flags?: VerifyFlags | undefined;
  readonly securityLevel?: number | undefined;
  readonly checkConfig?: CheckConfig | undefined;
}>();
expectTypeOf<DefaultTrust>().toEqualTypeOf<'system' | 'node'>();
expectTypeOf<VerifyPurpose>().toEqualTypeOf<
  | 'sslclient'
  | 'sslserver'
  | 'nssslserver'
  | 'smimesign'
  | 'smimeencrypt'
  | 'crlsign'
  | 'any'
  | 'ocsphelper'
  | 'timestampsign'
>();

const verdict: Verdict = verify('cert.pem');
if (verdict.ok) {
  expectTypeOf(verdict).toEqualTypeOf<{ readonly ok: true; readonly chain: Certificate[] }>();
} else {
  expectTypeOf(verdict).toEqualTypeOf<{
    readonly ok: false;
    readonly name: string;
    readonly code: number;
    readonly message: string;
    readonly depth: number;
    readonly chain: Certificate[];
  }>();
}

expectTypeOf<VerifyEvent>().toEqualTypeOf<{
  readonly ok: boolean;
  readonly code: number;
  readonly name: string;
  readonly message: string;
  readonly depth: number;
  readonly certificate: Certificate | undefined;
  readonly chain: readonly Certificate[];
  readonly signal: AbortSignal;
}>();
expectTypeOf<VerifyChainEvent>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly host: string | undefined;
  readonly ip: string | undefined;
  readonly purpose: 'sslserver' | 'sslclient';
  readonly signal: AbortSignal;
}>();
expectTypeOf<VerifyAnswer>().toEqualTypeOf<boolean | VerifyAlert>();
expectTypeOf<VerifyAlert>().toEqualTypeOf<
  | 'handshake_failure'
  | 'bad_certificate'
  | 'unsupported_certificate'
  | 'certificate_revoked'
  | 'certificate_expired'
  | 'certificate_unknown'
  | 'unknown_ca'
  | 'decrypt_error'
  | 'internal_error'
>();
expectTypeOf<VerifyCallback>().toEqualTypeOf<(event: VerifyEvent) => Awaitable<VerifyAnswer>>();
expectTypeOf<VerifyChainCallback>().toEqualTypeOf<(event: VerifyChainEvent) => Awaitable<VerifyAnswer>>();

expectTypeOf<CheckConfig>().toEqualTypeOf<number>();
expectTypeOf<typeof IGNORE_NONE>().toEqualTypeOf<0>();
expectTypeOf<typeof IGNORE_ALL>().toEqualTypeOf<1>();
expectTypeOf<typeof IGNORE_SELF_SIGNED>().toEqualTypeOf<2>();
expectTypeOf<typeof IGNORE_EXPIRED>().toEqualTypeOf<4>();
expectTypeOf<typeof IGNORE_NOT_YET_VALID>().toEqualTypeOf<8>();
expectTypeOf<typeof IGNORE_HOSTNAME>().toEqualTypeOf<16>();

const context = new TLSClientContext();
context.onVerify = ({ ok, depth }) => ok || depth > 0;
context.verifyChain = ({ certificate }) => (certificate.subject === 'CN=localhost' ? true : 'unknown_ca');
context.checkConfig = IGNORE_EXPIRED | IGNORE_HOSTNAME;
context.onVerify = async () => true;
// @ts-expect-error a promise of no answer
context.onVerify = async () => 5;
// @ts-expect-error no alert that can be sent for a chain
context.onVerify = () => 'close_notify';
