// The rows of the table, judged: by verify(), by the openssl command, and in handshakes in memory.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { domainToASCII } from 'node:url';
import {
  type CheckConfig,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSClientContext,
  TLSServerContext,
  type TLSVersion,
  type Verdict,
  type VerifyCallback,
  type VerifyChainCallback,
  type VerifyOptions,
  verify,
} from 'bladessl';
import { attempt, type Outcome } from '../helpers/handshake';
import { clientContext, only, serverContext } from '../helpers/identities';
import { openssl, write } from '../helpers/openssl-files';
import { mint } from './recipes';
import { asClient, type Fault, faultOf, flagOptions, flagsOf, type Row } from './row';

/** What comes with the leaf of a row. */
export const chainOf = ({ chain = ['middle'] }: Row): readonly string[] => chain;
const trustedOf = ({ trusted = ['root'] }: Row) => trusted;

/** The verdict of verify(), with these options in place of the row's. */
export function judge(row: Row, more: Partial<VerifyOptions> = {}): Verdict {
  const { host, ip, email, depth, time, purpose = 'sslserver' } = row;
  return verify(mint.certificate(row.leaf), {
    chain: chainOf(row).map((name) => mint.certificate(name)),
    trusted: trustedOf(row).map((name) => mint.certificate(name)),
    directories: row.directory && [mint.directory(row.directory)],
    time: time === undefined ? undefined : new Date(time),
    flags: flagsOf(row),
    securityLevel: row.level,
    ...{ host, ip, email, depth, purpose, ...more },
  });
}

/** The fault of a verdict, or none. */
export function faultsOf(verdict: Verdict): Fault[] {
  return verdict.ok ? [] : [faultOf(verdict)];
}

/** The version of the openssl command. */
export const commandVersion: string = openssl('version').split(' ')[1] ?? '';

function together(row: Row, kind: 'chain' | 'trusted', names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const all = names.map((name) => readFileSync(mint.file(name)));
  const file = write(`${kind}-of-${row.name.replaceAll(/\W/g, '-')}.pem`, Buffer.concat(all));
  return [kind === 'chain' ? '-untrusted' : '-CAfile', file];
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [name, String(value)];
}

function commandFor(row: Row): string[] {
  const { host, directory, time } = row;
  return [
    ...['verify', '-no-CAfile', '-no-CApath', '-no-CAstore'],
    ...together(row, 'trusted', trustedOf(row)),
    ...together(row, 'chain', chainOf(row)),
    ...option('-CApath', directory && mint.directory(directory)),
    ...option('-verify_hostname', host && domainToASCII(host)),
    ...option('-verify_ip', row.ip),
    ...option('-verify_email', row.email),
    ...option('-verify_depth', row.depth),
    ...option('-auth_level', row.level),
    ...option('-attime', time && Date.parse(time) / 1000),
    ...['-purpose', row.purpose ?? 'sslserver'],
    ...flagOptions(row),
    mint.file(row.leaf),
  ];
}

/** The faults that `openssl verify` prints, by number: `10@0`. It goes on after some of them. */
export function askCommand(row: Row): string[] {
  const { status, stderr, stdout } = spawnSync('openssl', commandFor(row), { encoding: 'utf8' });
  const found = [...stderr.matchAll(/^error (\d+) at (\d+) depth lookup/gm)];
  if ((status === 0) !== (found.length === 0 && stdout.includes(': OK'))) {
    throw new Error(`openssl verify, ${row.name}: status ${status}, ${stderr}${stdout}`);
  }
  return found.map(([, code, depth]) => `${code}@${depth}`);
}

/** Who verifies the other. */
export type Side = 'client' | 'server';

/** What a side asks for by itself. */
const ownPurposes = { client: 'sslserver', server: 'sslclient' } as const;

export interface HandshakeSettings {
  readonly side: Side;
  readonly version: TLSVersion;
  readonly checkConfig?: CheckConfig;
  readonly onVerify?: VerifyCallback;
  readonly verifyChain?: VerifyChainCallback;
  /** Gives the context the CRLs of the row's directory in its place. */
  readonly crlsAlone?: boolean;
}

// By what they show: connections may share them.
const shown = new Map<string, SSLContext>();

function showing(row: Row, { side, version }: HandshakeSettings): SSLContext {
  const key = [side, version, row.leaf, ...chainOf(row)].join();
  const context = shown.get(key) ?? newShowing(row, side, version);
  shown.set(key, context);
  return context;
}

function newShowing(row: Row, side: Side, version: TLSVersion): SSLContext {
  const context = only(side === 'client' ? new TLSServerContext() : clientContext(), version);
  context.securityLevel = 0;
  const chain = chainOf(row).map((name) => mint.certificate(name));
  return context.useCertificate(mint.certificate(row.leaf), chain).usePrivateKey(mint.keyFile(row.leaf));
}

function judging(row: Row, settings: HandshakeSettings): SSLContext {
  const { side, checkConfig, onVerify, verifyChain, crlsAlone = false } = settings;
  const context = side === 'client' ? new TLSClientContext() : serverContext();
  context.setVerify(SSL_VERIFY_PEER | (side === 'server' ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0));
  context.addCA(trustedOf(row).map((name) => mint.certificate(name)));
  if (crlsAlone) context.addCRL((row.directory ?? []).map((name) => mint.crlFile(name)));
  else if (row.directory) context.setVerifyLocations({ path: mint.directory(row.directory) });
  if (row.flags !== undefined) context.verifyFlags = flagsOf(row);
  if (row.depth !== undefined) context.verifyDepth = row.depth;
  if (row.time !== undefined) context.verifyTime = new Date(row.time);
  if (row.purpose !== undefined && row.purpose !== ownPurposes[side]) context.verifyPurpose = row.purpose;
  if (checkConfig !== undefined) context.checkConfig = checkConfig;
  if (onVerify !== undefined) context.onVerify = onVerify;
  if (verifyChain !== undefined) context.verifyChain = verifyChain;
  context.securityLevel = row.level ?? 0;
  return context;
}

/** A handshake in which one side judges the row. */
export function shake(row: Row, settings: HandshakeSettings): Outcome {
  const { side, version } = settings;
  const [judges, shows] = [only(judging(row, settings), version), showing(row, settings)];
  const [client, server] = side === 'client' ? [judges, shows] : [shows, judges];
  return attempt(client, server, {
    prepare: (ends) => {
      ends[side].verifyName = row.host;
      ends[side].verifyIP = row.ip;
    },
  });
}

/** Each version of TLS, and each side that may judge. */
export const allSettings: readonly Pick<HandshakeSettings, 'side' | 'version'>[] = [
  { side: 'client', version: 'TLSv1.2' },
  { side: 'client', version: 'TLSv1.3' },
  { side: 'server', version: 'TLSv1.2' },
  { side: 'server', version: 'TLSv1.3' },
];

/** The row with what a side makes of it. */
export function seenFrom(side: Side, row: Row): Row {
  return side === 'client' ? row : asClient(row);
}
