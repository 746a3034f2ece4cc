// SSLContext and its subclasses.

import type {
  ALPNCallback,
  Awaitable,
  Bytes,
  CertificateCallback,
  CertificateInput,
  CertificatesInput,
  ClientHelloCallback,
  ContextStats,
  CRL,
  CRLInput,
  DefaultTrust,
  NewSessionCallback,
  OCSPCallback,
  OCSPEvent,
  OCSPResponse,
  OCSPResponseInput,
  Password,
  PrivateKeyInput,
  PSKCallback,
  RemoteKey,
  ServerNameCallback,
  SessionCallback,
  SSLMethod,
  SSLMode,
  SSLOptions,
  StatusRequest,
  StoredCertificateOptions,
  TicketKeyCallback,
  TLSVersion,
  VerifyCallback,
  VerifyChainCallback,
  VerifyMode,
  VerifyPurpose,
} from 'bladessl';
import {
  BIO_s_mem,
  Certificate,
  SSL_OP_CRYPTOPRO_TLSEXT_BUG,
  SSL_OP_NO_TICKET,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  SSLContext,
  SSLv23ClientContext,
  SSLv23Context,
  SSLv23ServerContext,
  TLS_method,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
} from 'bladessl';
import { expectTypeOf } from 'expect-type';
import type { Face, Own } from './face';

expectTypeOf<Face<SSLContext>>().toEqualTypeOf<{
  loadCerts(certFile: string | URL, keyFile?: string | URL, password?: Password): SSLContext;
  useCertificate(
    certificate: CertificateInput | StoredCertificateOptions,
    chain?: CertificatesInput,
  ): SSLContext;
  usePrivateKey(key: PrivateKeyInput | RemoteKey, password?: Password): SSLContext;
  usePKCS12(input: string | URL | Bytes, password?: Password): SSLContext;
  setVerifyLocations(
    locations: string | URL | { file?: string | URL | undefined; path?: string | undefined },
  ): SSLContext;
  addCA(input: CertificatesInput): SSLContext;
  loadDefaultTrust(source?: DefaultTrust): SSLContext;
  readonly trustSource: string | undefined;
  readonly stats: ContextStats;
  getPointer(): bigint;
  free(): void;
  readonly method: SSLMethod;
  readonly role: 'client' | 'server' | undefined;
  setVerify(mode: VerifyMode, callback?: VerifyCallback): SSLContext;
  verifyMode: number;
  onVerify: VerifyCallback | undefined;
  verifyChain: VerifyChainCallback | undefined;
  verifyFlags: number;
  verifyPurpose: VerifyPurpose | undefined;
  verifyTime: Date | undefined;
  checkConfig: number;
  clientCAs: Certificate[];
  addCRL(input: CRLInput | readonly CRLInput[]): SSLContext;
  statusRequest: StatusRequest | undefined;
  ocspResponses: OCSPResponse[];
  onOcsp: OCSPCallback | undefined;
  onClientHello: ClientHelloCallback | undefined;
  onServerName: ServerNameCallback | undefined;
  onAlpn: ALPNCallback | undefined;
  onCertificate: CertificateCallback | undefined;
  onPsk: PSKCallback | undefined;
  onSession: SessionCallback | undefined;
  onNewSession: NewSessionCallback | undefined;
  onTicketKey: TicketKeyCallback | undefined;
  maxCertList: number;
  verifyDepth: number | undefined;
  setCiphers(list: string | readonly string[]): SSLContext;
  readonly ciphers: string[];
  ciphersuites: string[];
  groups: string[] | undefined;
  signatureAlgorithms: string[] | undefined;
  alpnProtocols: string[] | undefined;
  minVersion: TLSVersion | undefined;
  maxVersion: TLSVersion | undefined;
  securityLevel: number;
  options: bigint;
  mode: number;
  sessionIdContext: Buffer | undefined;
  numTickets: number;
  readonly freed: boolean;
}>();
expectTypeOf<Face<typeof SSLContext>>().toEqualTypeOf<{ prototype: SSLContext }>();
expectTypeOf(SSLContext).constructorParameters.toEqualTypeOf<[method: SSLMethod]>();
expectTypeOf<SSLContext>().toExtend<Disposable>();

expectTypeOf<keyof Own<TLSContext, SSLContext>>().toBeNever();
expectTypeOf<keyof Own<TLSClientContext, SSLContext>>().toBeNever();
expectTypeOf<keyof Own<TLSServerContext, SSLContext>>().toBeNever();
expectTypeOf<keyof Own<SSLv23Context, SSLContext>>().toBeNever();
expectTypeOf<keyof Own<SSLv23ClientContext, SSLContext>>().toBeNever();
expectTypeOf<keyof Own<SSLv23ServerContext, SSLContext>>().toBeNever();
for (const made of [
  new TLSContext(),
  new TLSClientContext(),
  new TLSServerContext(),
  new SSLv23Context(),
  new SSLv23ClientContext(),
  new SSLv23ServerContext(),
]) {
  expectTypeOf(made).toExtend<SSLContext>();
}
expectTypeOf<ReturnType<TLSServerContext['setVerify']>>().toEqualTypeOf<TLSServerContext>();

expectTypeOf<ContextStats>().toEqualTypeOf<{
  readonly accept: number;
  readonly acceptGood: number;
  readonly acceptRenegotiate: number;
  readonly connect: number;
  readonly connectGood: number;
  readonly connectRenegotiate: number;
  readonly hits: number;
  readonly callbackHits: number;
  readonly misses: number;
  readonly timeouts: number;
  readonly cacheFull: number;
  readonly cached: number;
}>();
expectTypeOf<TLSVersion>().toEqualTypeOf<'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'>();
expectTypeOf<SSLOptions>().toEqualTypeOf<number | bigint | readonly (number | bigint)[]>();
expectTypeOf<SSLMode>().toEqualTypeOf<number>();
expectTypeOf<VerifyMode>().toEqualTypeOf<number>();

expectTypeOf<CRLInput>().toEqualTypeOf<CRL | string | URL | Bytes>();
expectTypeOf<OCSPResponseInput>().toEqualTypeOf<OCSPResponse | Bytes>();
expectTypeOf<StatusRequest>().toEqualTypeOf<'verify' | 'require'>();
expectTypeOf<OCSPEvent>().toEqualTypeOf<{
  readonly certificate: Certificate;
  readonly serverName: string | undefined;
  readonly signal: AbortSignal;
}>();
expectTypeOf<OCSPCallback>().toEqualTypeOf<(event: OCSPEvent) => Awaitable<OCSPResponseInput | undefined>>();

const context: SSLContext = new TLSServerContext();
const chained: TLSServerContext = new TLSServerContext()
  .loadCerts('cert.pem', 'key.pem', () => 'password')
  .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)
  .setCiphers(['HIGH'])
  .setVerifyLocations({ file: 'ca.pem', path: 'certs' })
  .addCA([new Certificate('ca.pem'), 'more.pem', Buffer.alloc(0)])
  .loadDefaultTrust();
// What a setter takes beyond what its getter answers.
chained.groups = 'X25519:P-256';
chained.groups = ['X25519', 'P-256'] as const;
chained.ciphersuites = ['TLS_AES_128_GCM_SHA256'];
chained.ciphersuites = 'TLS_AES_128_GCM_SHA256';
chained.signatureAlgorithms = 'ed25519';
chained.alpnProtocols = 'h2';
chained.options = SSL_OP_NO_TICKET | SSL_OP_CRYPTOPRO_TLSEXT_BUG;
chained.options = [chained.options, SSL_OP_NO_TICKET, 1n] as const;
chained.sessionIdContext = new ArrayBuffer(4);
chained.clientCAs = 'ca.pem';
chained.clientCAs = [new Certificate('ca.pem'), Buffer.alloc(0)] as const;

// @ts-expect-error a BIO_METHOD is no SSL_METHOD
new SSLContext(BIO_s_mem);
// @ts-expect-error nor is what looks like one
new SSLContext({ name: 'TLS_method' });
// @ts-expect-error nor its name
new SSLContext('TLS_method');
// @ts-expect-error and there has to be one
new SSLContext();
// @ts-expect-error the methods of the subclasses are their own
new TLSClientContext(TLS_method);
// @ts-expect-error no such version
context.minVersion = 'TLSv1.4';
// @ts-expect-error a list of what is no string
context.groups = [5];
// @ts-expect-error text is no bytes
context.sessionIdContext = 'text';
// @ts-expect-error a counter is only to be read
context.stats.accept = 0;
// @ts-expect-error a mode is a number
context.setVerify('peer');
// @ts-expect-error there has to be a file
context.loadCerts();
// @ts-expect-error a password that comes too late
context.loadCerts('c', 'k', async () => 'password');
