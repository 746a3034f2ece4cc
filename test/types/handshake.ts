// What the callbacks of a handshake are told, and what they may answer.

import type {
  ALPNEvent,
  AlertName,
  Awaitable,
  Bytes,
  Certificate,
  CertificateEvent,
  CertificateIdentity,
  CertificateInput,
  CertificatesInput,
  ClientHello,
  ClientHelloEvent,
  ClientPSKEvent,
  HandshakeQuestion,
  HelloAnswer,
  HelloDecision,
  NewSessionEvent,
  OCSPEvent,
  PrivateKeyInput,
  PSK,
  RemoteKey,
  ServerNameEvent,
  ServerPSKEvent,
  SessionEvent,
  SSLContext,
  TicketKey,
  TicketKeyEvent,
  VerifyMode,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';

type Told<Facts> = { readonly [Key in keyof Facts]: Facts[Key] } & { readonly signal: AbortSignal };

expectTypeOf<HandshakeQuestion>().toEqualTypeOf<{ readonly signal: AbortSignal }>();
expectTypeOf<Awaitable<number>>().toEqualTypeOf<number | PromiseLike<number>>();

expectTypeOf<ClientHelloEvent>().branded.toEqualTypeOf<Told<{ clientHello: ClientHello }>>();
expectTypeOf<ServerNameEvent>().branded.toEqualTypeOf<Told<{ serverName: string }>>();
expectTypeOf<HelloAnswer>().toEqualTypeOf<undefined | SSLContext | HelloDecision | AlertName>();
expectTypeOf<HelloDecision>().toEqualTypeOf<{
  readonly context?: SSLContext | undefined;
  readonly verifyMode?: VerifyMode | undefined;
}>();
expectTypeOf<'unrecognized_name'>().toExtend<AlertName>();
expectTypeOf<string>().not.toExtend<AlertName>();

expectTypeOf<ALPNEvent>().branded.toEqualTypeOf<
  Told<{ protocols: readonly string[]; serverName: string | undefined }>
>();
expectTypeOf<OCSPEvent>().branded.toEqualTypeOf<
  Told<{ certificate: Certificate; serverName: string | undefined }>
>();

expectTypeOf<CertificateEvent>().branded.toEqualTypeOf<
  Told<{
    role: 'server' | 'client';
    serverName: string | undefined;
    signatureAlgorithms: readonly string[];
    cipherSuites: readonly string[];
    authorities: readonly string[];
  }>
>();
expectTypeOf<CertificateIdentity>().toEqualTypeOf<{
  readonly certificate: CertificateInput;
  readonly privateKey: PrivateKeyInput | RemoteKey;
  readonly chain?: CertificatesInput | undefined;
}>();

expectTypeOf<ServerPSKEvent>().branded.toEqualTypeOf<
  Told<{ role: 'server'; version: 'TLSv1.2' | 'TLSv1.3'; identity: Buffer }>
>();
expectTypeOf<ClientPSKEvent>().branded.toEqualTypeOf<
  Told<{ role: 'client'; version: 'TLSv1.2' | 'TLSv1.3'; hint: string | undefined }>
>();
expectTypeOf<PSK>().toEqualTypeOf<{
  readonly identity?: string | Bytes | undefined;
  readonly key: Bytes;
  readonly hash?: 'sha256' | 'sha384' | undefined;
}>();

expectTypeOf<SessionEvent>().branded.toEqualTypeOf<Told<{ id: Buffer }>>();
expectTypeOf<NewSessionEvent>().toEqualTypeOf<{ readonly id: Buffer; readonly session: Buffer }>();
expectTypeOf<TicketKeyEvent>().branded.toEqualTypeOf<Told<{ name: Buffer | undefined }>>();
expectTypeOf<TicketKey>().toEqualTypeOf<{
  readonly name: Bytes;
  readonly aesKey: Bytes;
  readonly hmacKey: Bytes;
  readonly renew?: boolean | undefined;
}>();
