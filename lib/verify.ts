// Verification without a connection.

import { invalidValue, type OptionNames, readList, requireInteger, requireOptions } from './arguments';
import { Certificate } from './certificate';
import {
  type CertificateInput,
  type CertificatesInput,
  certificateListOf,
  certificatesOf,
} from './certificate-input';
import { type VerifyFlags, X509_V_FLAG_CRL_CHECK, X509_V_OK } from './constants';
import type { CRL } from './crl';
import { readDate } from './dates';
import { type CheckConfig, describeFault, IGNORE_NONE, requireCheckConfig } from './faults';
import { nativeOf } from './handle';
import { requireAddress, requireEmail, requireHostName } from './host-names';
import { native } from './native';
import type { NativeCertificate } from './native-certificate';
import type { NativeCRL } from './native-revocation';
import { type CRLInput, crlsOf } from './revocation-settings';
import type { VerifyResult } from './ssl-types';
import { requirePurpose, requireVerifyFlags, type VerifyPurpose } from './verify-parameters';
import { trustOf } from './verify-trust';

/** What `verify` holds a certificate against. */
export interface VerifyOptions {
  /** Certificates that the chain may be built with, in any order; they are not trusted. */
  readonly chain?: CertificatesInput | undefined;
  /**
   * Whom to trust: certificates, or `'system'` or `'node'` as in `context.loadDefaultTrust`. Default: `'system'`.
   */
  readonly trusted?: CertificatesInput | 'system' | 'node' | undefined;
  /** Directories of trusted certificates and of CRLs in files named by hash (openssl-rehash(1)). */
  readonly directories?: readonly string[] | undefined;
  /**
   * CRLs, in which the certificate is looked for (X509_V_FLAG_CRL_CHECK): its issuer's has to be among them.
   * X509_V_FLAG_CRL_CHECK_ALL in `flags` looks for those of the CAs too, X509_V_FLAG_USE_DELTAS into delta CRLs, which
   * nobody looks at otherwise. Default: none.
   */
  readonly crls?: CRLInput | readonly CRLInput[] | undefined;
  /** The moment that counts, of a year from 0 to 9999. Default: now. */
  readonly time?: Date | undefined;
  /** The host name that the certificate must be for, or several of which one is enough. Default: none. */
  readonly host?: string | readonly string[] | undefined;
  /** The IP address that the certificate must be for. Default: none. */
  readonly ip?: string | undefined;
  /** The e-mail address that the certificate must be for. Default: none. */
  readonly email?: string | undefined;
  /**
   * What the certificate must be good for. Default: `'sslserver'` when `host` or `ip` is given, as in a handshake;
   * else it is not looked at.
   */
  readonly purpose?: VerifyPurpose | undefined;
  /** How many intermediate certificates the chain may have. Default: 100. */
  readonly depth?: number | undefined;
  /** X509_V_FLAG_* flags. Default: 0. */
  readonly flags?: VerifyFlags | undefined;
  /** How strong keys and signatures must be, those of CRLs too, 0 (anything goes) to 5. Default: 0; contexts have 1 or 2. */
  readonly securityLevel?: number | undefined;
  /** Faults that are forgiven: IGNORE_*. Default: IGNORE_NONE. */
  readonly checkConfig?: CheckConfig | undefined;
}

/** What `verify` comes to. */
export type Verdict =
  | {
      /** The certificate is to be trusted. */
      readonly ok: true;
      /** From the certificate up to the one that is trusted. */
      readonly chain: Certificate[];
    }
  | Refusal;

/** The fault for which a certificate is not to be trusted. */
interface Refusal extends VerifyResult {
  readonly ok: false;
  /** Where in the chain: 0 is the certificate itself. */
  readonly depth: number;
  /** The chain as far as it could be built. */
  readonly chain: Certificate[];
}

const optionNames: OptionNames<VerifyOptions> = {
  chain: true,
  trusted: true,
  directories: true,
  crls: true,
  time: true,
  host: true,
  ip: true,
  email: true,
  purpose: true,
  depth: true,
  flags: true,
  securityLevel: true,
  checkConfig: true,
};

function hostsOf(host: unknown): string[] {
  if (host === undefined) return [];
  if (typeof host === 'string') return [requireHostName(host, 'options.host')];
  const hosts = readList(host, 'options.host', 'a host name or an array of them', requireHostName);
  if (hosts.length === 0) throw invalidValue('options.host', 'must not be empty', host);
  return hosts;
}

function emailOf(email: unknown): string {
  return email === undefined ? '' : requireEmail(email, 'options.email');
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function purposeOf({ purpose, host, ip }: VerifyOptions): number | undefined {
  if (purpose !== undefined) return requirePurpose(purpose, 'options.purpose');
  return host === undefined && ip === undefined ? undefined : requirePurpose('sslserver', 'options.purpose');
}

function crlListOf(crls: unknown): CRL[] {
  if (crls === undefined) return [];
  return Array.isArray(crls)
    ? readList(crls, 'options.crls', 'an array', crlsOf).flat()
    : crlsOf(crls, 'options.crls');
}

function chainOf(chain: unknown): NativeCertificate[] {
  if (chain === undefined) return [];
  return certificateListOf(chain, 'options.chain').map(nativeOf<NativeCertificate>);
}

/**
 * Verifies a certificate as a handshake would, without one: builds its chain up to a certificate that is trusted, and
 * checks signatures, dates, constraints, and what `options` ask for.
 *
 * A chain that is not to be trusted is an answer, not an exception. Of several faults the first that OpenSSL finds is told.
 *
 * @param certificate a Certificate, PEM text, PEM or DER bytes, or the name of a file; certificates after the first
 * count as `options.chain`.
 * @throws TypeError and RangeError for wrong arguments; SSLError and SSLSyscallError for certificates that cannot be
 * read. Stands on X509_verify_cert(3), X509_VERIFY_PARAM_set_flags(3) and X509_check_host(3).
 */
export function verify(certificate: CertificateInput, options: VerifyOptions = {}): Verdict {
  const given = requireOptions(options, 'options', optionNames);
  const [leaf, ...rest] = certificatesOf(certificate, 'certificate');
  const crls = crlListOf(given.crls);
  const flags = given.flags === undefined ? 0 : requireVerifyFlags(given.flags, 'options.flags');
  const result = native.verify(nativeOf(leaf), {
    ...trustOf(given.trusted, given.directories),
    chain: [...rest.map(nativeOf<NativeCertificate>), ...chainOf(given.chain)],
    hosts: hostsOf(given.host),
    ip: given.ip === undefined ? '' : requireAddress(given.ip, 'options.ip'),
    email: emailOf(given.email),
    time: readDate(given.time, 'options.time'),
    purpose: purposeOf(given),
    depth: optional(given.depth, (depth) => requireInteger(depth, 'options.depth', 0, 1000)),
    securityLevel: optional(given.securityLevel, (level) =>
      requireInteger(level, 'options.securityLevel', 0, 5),
    ),
    crls: crls.map(nativeOf<NativeCRL>),
    flags: given.crls === undefined ? flags : flags | X509_V_FLAG_CRL_CHECK,
    forgiven:
      given.checkConfig === undefined
        ? IGNORE_NONE
        : requireCheckConfig(given.checkConfig, 'options.checkConfig'),
  });
  const chain = result.chain.map((link) => Certificate.wrap(link));
  if (result.code === X509_V_OK) return { ok: true, chain };
  return { ...describeFault(result.code), ok: false, depth: result.depth, chain };
}
