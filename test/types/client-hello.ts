// ClientHello.

import type {
  Bytes,
  ClientHelloExtension,
  ClientKeyShare,
  ClientPSKIdentity,
  DistinguishedName,
} from 'bladessl';
import { ClientHello } from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face } from './face';

expectTypeOf<Face<ClientHello>>().toEqualTypeOf<{
  readonly raw: Buffer;
  readonly legacyVersion: string;
  readonly versions: readonly string[];
  readonly random: Buffer;
  readonly sessionId: Buffer;
  readonly cipherSuites: readonly string[];
  readonly compressionMethods: readonly string[];
  readonly extensions: readonly ClientHelloExtension[];
  readonly serverName: string | undefined;
  readonly alpnProtocols: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
  readonly signatureAlgorithms: readonly string[] | undefined;
  readonly signatureAlgorithmsCert: readonly string[] | undefined;
  readonly keyShares: readonly ClientKeyShare[] | undefined;
  readonly pskModes: readonly string[] | undefined;
  readonly pskIdentities: readonly ClientPSKIdentity[] | undefined;
  readonly earlyData: boolean;
  readonly statusRequest: boolean;
  readonly sessionTicket: Buffer | undefined;
  readonly certificateAuthorities: readonly DistinguishedName[] | undefined;
  readonly maxFragmentLength: number | undefined;
  readonly recordSizeLimit: number | undefined;
  readonly extendedMasterSecret: boolean;
  readonly encryptThenMac: boolean;
  readonly renegotiationInfo: Buffer | undefined;
  readonly certCompression: readonly string[] | undefined;
  readonly ech: boolean;
  readonly postHandshakeAuth: boolean;
  readonly cookie: Buffer | undefined;
  readonly pointFormats: readonly string[] | undefined;
  readonly ja3: string;
  readonly ja3Hash: string;
  readonly ja4: string;
  toString(): string;
  toJSON(): Record<string, unknown>;
}>();
expectTypeOf<Face<typeof ClientHello>>().toEqualTypeOf<{
  prototype: ClientHello;
  parse(input: Bytes): ClientHello;
}>();
expectTypeOf<ClientHelloExtension>().toEqualTypeOf<{
  readonly type: number;
  readonly name: string;
  readonly data: Buffer;
}>();
expectTypeOf<ClientKeyShare>().toEqualTypeOf<{ readonly group: string; readonly keyExchange: Buffer }>();
expectTypeOf<ClientPSKIdentity>().toEqualTypeOf<{
  readonly identity: Buffer;
  readonly obfuscatedTicketAge: number;
}>();
