// A row of the table of chains: what is verified, how, and what is expected.

import * as bladessl from 'bladessl';
import type { CertificateName } from './recipes';

/** The names of X509_V_ERR_* without that. */
export type FaultName = {
  [Name in keyof typeof bladessl]: Name extends `X509_V_ERR_${infer Short}` ? Short : never;
}[keyof typeof bladessl];

/** A fault, and where in the chain it is: `CERT_HAS_EXPIRED@0`. */
export type Fault = `${FaultName}@${number}`;

/** X509_V_FLAG_*, and what `openssl verify` calls it. */
const flags = {
  CRL_CHECK: '-crl_check',
  CRL_CHECK_ALL: '-crl_check_all',
  IGNORE_CRITICAL: '-ignore_critical',
  X509_STRICT: '-x509_strict',
  ALLOW_PROXY_CERTS: '-allow_proxy_certs',
  EXPLICIT_POLICY: '-explicit_policy',
  EXTENDED_CRL_SUPPORT: '-extended_crl',
  USE_DELTAS: '-use_deltas',
  CHECK_SS_SIGNATURE: '-check_ss_sig',
  PARTIAL_CHAIN: '-partial_chain',
  NO_ALT_CHAINS: '-no_alt_chains',
  NO_CHECK_TIME: '-no_check_time',
  SUITEB_128_LOS: '-suiteB_128',
} as const;

export interface Row {
  readonly name: string;
  readonly leaf: CertificateName;
  /** What comes with it. Default: `middle`. */
  readonly chain?: readonly CertificateName[];
  /** Default: `root`. */
  readonly trusted?: readonly CertificateName[];
  /** Certificates and CRLs in a directory of hashed names. */
  readonly directory?: readonly string[];
  readonly host?: string;
  readonly ip?: string;
  readonly email?: string;
  /** Default: sslserver; in a handshake what the side asks for by itself. */
  readonly purpose?: bladessl.VerifyPurpose;
  readonly depth?: number;
  /** The security level. Default: 0. */
  readonly level?: number;
  readonly flags?: readonly (keyof typeof flags)[];
  readonly time?: string;
  /** All the faults there are, in the order in which they are found. The first is the verdict. */
  readonly faults: readonly Fault[];
  /** The faults of the chain as that of a client, where they are others. */
  readonly asClient?: readonly Fault[];
  /** Why it cannot occur in a handshake. */
  readonly offline?: string;
  readonly differs?: Difference;
}

/** Where `openssl verify` finds something else, and why. */
export interface Difference {
  readonly why: string;
  readonly command: readonly Fault[];
  /** The releases of each series that find the same. Default: none does. */
  readonly fixedIn?: readonly string[];
}

// Those that somebody has looked at.
const knownSeries = ['3.0', '3.5'];

/** What a version of the openssl command is to find. */
export function expectedOfCommand({ faults, differs }: Row, version: string): readonly Fault[] {
  const [series, patch] = split(version);
  if (!knownSeries.includes(series)) throw new Error(`nothing is said about OpenSSL ${version}`);
  const fixed = differs?.fixedIn?.map(split).find(([one]) => one === series);
  return differs === undefined || (fixed !== undefined && patch >= fixed[1]) ? faults : differs.command;
}

function split(version: string): [series: string, patch: number] {
  const [major, minor, patch] = version.split('.');
  return [`${major}.${minor}`, Number(patch)];
}

/** The row as a server judges it, where no purpose is asked for. */
export function asClient(row: Row): Row {
  const { purpose = 'sslclient', faults } = row;
  return { ...row, name: `${row.name}, a client`, purpose, faults: row.asClient ?? faults };
}

export function flagsOf(row: Row): number {
  return (row.flags ?? []).reduce((all, name) => all | bladessl[`X509_V_FLAG_${name}`], 0);
}

/** The options of `openssl verify` for the flags of a row. */
export function flagOptions(row: Row): string[] {
  return (row.flags ?? []).map((name) => flags[name]);
}

/** `X509_V_ERR_CERT_HAS_EXPIRED`, 0. */
export function partsOf(fault: Fault): { name: string; depth: number } {
  const [name, depth] = fault.split('@') as [string, string];
  return { name: `X509_V_ERR_${name}`, depth: Number(depth) };
}

export function faultOf({ name, depth }: { readonly name: string; readonly depth: number }): Fault {
  return `${name.replace('X509_V_ERR_', '')}@${depth}` as Fault;
}
