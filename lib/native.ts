// The addon, as lib/ sees it: what the C++ floor takes for granted has been checked before a call.

import { join } from 'node:path';
import type { OpenSSLErrorEntry } from './errors';
import type { NativeObject } from './handle';
import { type Flavour, loadAddon, stranger } from './loader';
import type { NativeAdvisor } from './native-advisor';
import type {
  NativeAnchors,
  NativeCertificate,
  NativeCertificateFunctions,
  NativePrivateKey,
  NativeRemoteKey,
} from './native-certificate';
import type { NativeCRL, NativeOCSPResponse } from './native-revocation';
import type { NativeSocketFunctions } from './native-socket';
import type { ContextStats } from './ssl-context';
import type { CipherInfo } from './ssl-types';

/** Which side a context or an SSL is on; `unset` for a generic one. */
export const Role = { unset: 0, client: 1, server: 2 } as const;
export type Role = (typeof Role)[keyof typeof Role];

export interface NativeSSLContext extends NativeObject {
  setVerifyMode(mode: number): void;
  verifyMode(): number;
  setVerifyDepth(depth: number): void;
  verifyDepth(): number;
  setMinVersion(version: number): void;
  minVersion(): number;
  setMaxVersion(version: number): void;
  maxVersion(): number;
  setCiphers(list: string): void;
  ciphers(): string[];
  setCiphersuites(list: string): void;
  ciphersuites(): string[];
  setGroups(list: string): void;
  setSignatureAlgorithms(list: string): void;
  setSecurityLevel(level: number): void;
  securityLevel(): number;
  setOptions(options: bigint): void;
  options(): bigint;
  setMode(mode: number): void;
  mode(): number;
  setSessionIdContext(bytes: Uint8Array): void;
  setNumTickets(count: number): void;
  numTickets(): number;
  setAlpn(wire: Uint8Array): void;
  useCertificate(certificate: NativeCertificate, chain: readonly NativeCertificate[]): void;
  usePrivateKey(key: NativePrivateKey): void;
  /** This object keeps it. */
  useRemoteKey(key: NativeRemoteKey): void;
  useIdentity(
    certificate: NativeCertificate,
    chain: readonly NativeCertificate[],
    key: NativePrivateKey,
  ): void;
  addTrust(certificates: readonly NativeCertificate[]): void;
  addTrustDirectory(path: string): void;
  addAnchors(anchors: NativeAnchors): void;
  verifyFlags(): number;
  setVerifyFlags(flags: number): void;
  /** X509_PURPOSE_*; 0 for the other side's. */
  setPurpose(purpose: number): void;
  /** Seconds since 1970. */
  setVerifyTime(time: number | undefined): void;
  setForgiven(flags: number): void;
  /** 0: none, 1: verify, 2: require. */
  setStatusRequest(request: number): void;
  setStaples(responses: readonly NativeOCSPResponse[]): void;
  addCrls(crls: readonly NativeCRL[]): void;
  setClientCas(certificates: readonly NativeCertificate[]): void;
  setMaxCertList(size: number): void;
  maxCertList(): number;
  /** This object keeps it; the addon holds it for handshakes only. `judgesAnew`: it verifies otherwise than before. */
  setAdvisor(advisor: NativeAdvisor, judgesAnew: boolean): void;
  stats(): ContextStats;
}

/** Moved bytes, 0 for the end, -1 for would-block; failures are thrown. */
type Moved = number;

export interface NativeSSL extends NativeObject {
  setRole(role: Role): void;
  role(): Role;
  setTransport(rbio: NativeBIO | undefined, wbio: NativeBIO | undefined): void;
  fd(): number | undefined;
  handshake(): 1 | -1;
  read(buffer: Uint8Array, offset: number, length: number): Moved;
  peek(buffer: Uint8Array, offset: number, length: number): Moved;
  write(data: Uint8Array): Moved;
  writeAll(data: readonly Uint8Array[]): Moved;
  shutdown(): 1 | 0 | -1;
  lastError(): number;
  /** Whether a callback's answer is waited for. */
  waits(): boolean;
  /** Is called once, when the answer has come. */
  onAnswer(callback: () => void): void;
  pending(): number;
  hasPending(): boolean;
  isInitFinished(): boolean;
  sessionReused(): boolean;
  shutdownState(): number;
  verifyMode(): number;
  setVerifyMode(mode: number): void;
  verifyResult(): number;
  stateString(): string;
  stateStringLong(): string;
  setHostname(name: string): void;
  hostname(): string | undefined;
  setVerifyName(name: string): void;
  verifyName(): string | undefined;
  verifyIp(): string | undefined;
  setVerifyIp(address: string): void;
  session(): Buffer | undefined;
  setSession(der: Uint8Array): void;
  version(): string | undefined;
  cipher(): CipherInfo | undefined;
  group(): string | undefined;
  alpn(): string | undefined;
  peerCertificate(): NativeCertificate | undefined;
  peerChain(): NativeCertificate[];
  verifiedChain(): NativeCertificate[];
  statusResponse(): Buffer | undefined;
  verifiedName(): string | undefined;
  peerCas(): string[];
  /** As of a context; what concerns tickets and sessions is the context's alone. */
  setAdvisor(advisor: NativeAdvisor, judgesAnew: boolean): void;
}

export interface NativeBIO extends NativeObject {
  read(buffer: Uint8Array, offset: number, length: number): Moved;
  write(data: Uint8Array): Moved;
  flush(): Moved;
  /** What a write that would have blocked had begun is nobody's any more: the next write is a new one. */
  abandonWrite(): void;
  handshake(): Moved;
  accept(): 1 | -1 | NativeBIO;
  reset(): void;
  push(next: NativeBIO): void;
  pop(): void;
  close(): void;
  setSsl(ssl: NativeSSL, close: boolean): void;
  /** The descriptor that a read (false) or a write (true) of the chain waits for. */
  fd(writing: boolean): number | undefined;
  setFd(fd: number, close: boolean): void;
  setNonBlocking(on: boolean): void;
  setMemEof(end: boolean): void;
  setBufferSize(size: number): void;
  shouldRetry(): boolean;
  shouldRead(): boolean;
  shouldWrite(): boolean;
  shouldIoSpecial(): boolean;
  retryReason(): number;
  pending(): number;
  wpending(): number;
  eof(): boolean;
  /** Whether the chain ends in a link that has, or will have, a descriptor. */
  hasSource(): boolean;
  lastCode(): number;
  family(): number;
  needsLookup(): boolean;
  setConnectHost(host: string): void;
  setConnectPort(port: string): void;
  setConnectFamily(family: number): void;
  useAddress(address: string): void;
  setConnectAddress(address: string): void;
  fixedAddress(): string | undefined;
  connectHost(): string | undefined;
  connectPort(): string | undefined;
  connectAddress(): string | undefined;
  setAcceptName(name: string): void;
  setAcceptPort(port: string): void;
  setAcceptFamily(family: number): void;
  acceptName(): string | undefined;
  acceptPort(): string | undefined;
}

export interface NativeWatcher extends NativeObject {
  watch(events: number): void;
  /** Whether `fd` is still the descriptor that is watched, and not another with its number. */
  watches(fd: number): boolean;
}

/** A failure, as the addon reports it to `setErrorFactory`. */
export interface NativeErrorReport {
  readonly message: string;
  readonly code?: string;
  readonly library?: string;
  readonly reason?: string;
  readonly syscall?: string;
  readonly errno?: number;
  readonly peerBytes?: string;
  readonly alert?: { readonly number: number; readonly sent: boolean };
  readonly verify?: {
    readonly code: number;
    readonly depth: number;
    readonly message: string;
    readonly subject?: string;
    readonly expected?: string;
  };
  readonly entries: readonly OpenSSLErrorEntry[];
}

interface Addon extends NativeCertificateFunctions, NativeSocketFunctions {
  readonly constants: Readonly<Record<string, number>>;
  readonly versions: {
    readonly addon: string;
    readonly openssl: string;
    readonly opensslHeaders: string;
    readonly napi: number;
    readonly flavour: Flavour;
  };
  /** `missing` says why it cannot be used; it is empty when it can. */
  features(): { readonly name: string; readonly missing: string; readonly algorithms: readonly string[] }[];
  refuseSockets(reason: string): void;
  /** Throws `ERR_FEATURE_UNAVAILABLE` where sockets cannot be had. */
  requireSockets(): void;
  /** What a call returns in a worker that is being terminated: see below. */
  setStandstill(object: object): void;
  setErrorFactory(factory: (report: NativeErrorReport) => Error): void;
  describeCode(code: number): string;
  describeVerifyResult(code: number): string;
  defaultTrust(): { file: string; directory: string };
  newSSLContext(role: Role): NativeSSLContext;
  /** The questions of handshakes that nobody waits for any more, once each. */
  takeAbandoned(): { abort(): void }[];
  /** How many handshakes wait on this thread, the most that ever did, how many were ended, and the limit. */
  suspensions(): [waiting: number, most: number, drained: number, limit: number];
  setSuspensionLimit(limit: number): void;
  newSSL(context: NativeSSLContext): NativeSSL;
  newBIO(method: string): NativeBIO;
  openFileBIO(path: string, mode: string): NativeBIO;
  newBIOPair(firstSize: number, secondSize: number): [NativeBIO, NativeBIO];
  newWatcher(fd: number, callback: (status: number, events: number) => void): NativeWatcher;
}

/** The addon. */
export const native = loadAddon(join(__dirname, '..')) as Addon;

// A worker that is being terminated takes no errors from the addon, and JavaScript runs on until V8 looks. It
// does so in a loop: reading, writing and calling this are one.
const wait = (): never => {
  for (;;);
};
const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, wait]);
native.setStandstill(new Proxy(wait, Object.fromEntries(traps)));

// That the functions are there says little: Bun's uv_poll ends the process, Deno's never wakes.
const runtime = stranger();
if (runtime === 'bun') native.refuseSockets('Bun has uv_poll in name only');
if (runtime === 'deno') native.refuseSockets('Deno has only parts of libuv');
