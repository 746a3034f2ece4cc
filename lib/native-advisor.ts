// What the addon asks during a handshake, as native/binding/advisor.cc has it.

import type { NativeSSLContext } from './native';
import type {
  NativeAnswer,
  NativeCertificate,
  NativePrivateKey,
  NativeRemoteKey,
} from './native-certificate';

/** How a server goes on after a ClientHello; undefined: as it is. */
export interface NativeHelloAnswer {
  readonly context?: NativeSSLContext | undefined;
  readonly verifyMode?: number | undefined;
  /** The number of the alert with which it refuses. */
  readonly alert?: number | undefined;
}

export interface NativeIdentity {
  readonly certificate: NativeCertificate;
  /** One of the two. */
  readonly privateKey?: NativePrivateKey;
  readonly remoteKey?: NativeRemoteKey;
  readonly chain: readonly NativeCertificate[];
}

export interface NativePSK {
  /** Of a client. */
  readonly identity: Uint8Array;
  readonly key: Uint8Array;
  readonly sha384: boolean;
}

export interface NativeTicketKey {
  readonly name: Uint8Array;
  readonly aesKey: Uint8Array;
  readonly hmacKey: Uint8Array;
  readonly renew: boolean;
}

/** Those that are there are asked. */
export interface NativeAdvisor {
  /** Answers -1 to accept, or the number of an alert; 0 for the one of the fault. */
  finding?(
    code: number,
    depth: number,
    certificate: NativeCertificate | undefined,
    chain: readonly NativeCertificate[],
  ): NativeAnswer<number>;
  /** The same, of the whole chain, in place of OpenSSL. */
  chain?(sent: readonly NativeCertificate[], expected: string, ofClient: boolean): NativeAnswer<number>;
  /** Answers DER. */
  status?(certificate: NativeCertificate, serverName: string): NativeAnswer<Uint8Array | undefined>;
  /** `message` has a byte in each character. */
  clientHello?(message: string): NativeAnswer<NativeHelloAnswer | undefined>;
  serverName?(name: string): NativeAnswer<NativeHelloAnswer | undefined>;
  /** A protocol, `''` for none, null to refuse. */
  alpn?(offered: string[], serverName: string): NativeAnswer<string | null>;
  /** `schemes` and `suites` have a number in each character. undefined: those of the context. */
  certificate?(
    toClient: boolean,
    serverName: string,
    schemes: string,
    suites: string,
    authorities: string[],
  ): NativeAnswer<NativeIdentity[] | undefined>;
  psk?(
    ofServer: boolean,
    isTLS13: boolean,
    identity: Buffer,
    hint: Buffer,
  ): NativeAnswer<NativePSK | undefined>;
  session?(id: Buffer): NativeAnswer<Uint8Array | undefined>;
  /** No name: the key to seal with. */
  ticketKey?(name: Buffer | undefined): NativeAnswer<NativeTicketKey | undefined>;
  newSession?(id: Buffer, session: Buffer): void;
}
