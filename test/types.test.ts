// The types of the public face. Most of this file is checked by the compiler: a line that should not
// compile and does fails the build of the tests, as does a type that is not the one that is written here.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import * as bladessl from 'bladessl';
import {
  AcceptBIO,
  AcceptedBIO,
  type AlertInfo,
  BIO,
  BIO_CLOSE,
  BIO_NOCLOSE,
  BIO_s_mem,
  type BIOMethod,
  type Bytes,
  Certificate,
  CertificateVerifyError,
  type CipherInfo,
  ConnectBIO,
  type ContextStats,
  type Data,
  FreedError,
  MemoryBIO,
  type OpenSSLErrorEntry,
  type Password,
  PrivateKey,
  SSL,
  SSL_ERROR_WANT_READ,
  SSL_OP_CRYPTOPRO_TLSEXT_BUG,
  SSL_OP_NO_TICKET,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLBIO,
  SSLContext,
  SSLError,
  type SSLMethod,
  SSLSyscallError,
  SSLZeroReturnError,
  TimeoutError,
  TLS_method,
  TLS1_3_VERSION,
  TLSClientContext,
  TLSServerContext,
  type TLSVersion,
  type VerifyErrorInfo,
  type VerifyResult,
  X509_V_ERR_CERT_HAS_EXPIRED,
} from 'bladessl';
import * as typescript from 'typescript';
import { root } from './helpers/programs';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the two types are one. */
function same<A, B>(..._proof: Same<A, B> extends true ? [] : [first: A, isNot: B]): void {}

/** Lines that only the compiler sees. */
function compiled(_lines: () => void): void {}

compiled(() => {
  same<typeof SSL_VERIFY_NONE, 0>();
  same<typeof SSL_VERIFY_PEER, 1>();
  same<typeof BIO_NOCLOSE, 0>();
  same<typeof BIO_CLOSE, 1>();
  same<typeof TLS1_3_VERSION, 0x304>();
  same<typeof SSL_ERROR_WANT_READ, 2>();
  same<typeof SSL_OP_NO_TICKET, 0x4000>();
  same<typeof SSL_OP_CRYPTOPRO_TLSEXT_BUG, 0x80000000>();
  same<typeof X509_V_ERR_CERT_HAS_EXPIRED, 10>();
});

compiled(() => {
  same<typeof TLS_method, SSLMethod>();
  same<typeof BIO_s_mem, BIOMethod>();
  new SSLContext(TLS_method);
  new BIO(BIO_s_mem);
  // @ts-expect-error a BIO_METHOD is no SSL_METHOD
  new SSLContext(BIO_s_mem);
  // @ts-expect-error and the reverse
  new BIO(TLS_method);
  // @ts-expect-error nor is what looks like one
  new SSLContext({ name: 'TLS_method' });
  // @ts-expect-error nor its name
  new SSLContext('TLS_method');
  // @ts-expect-error and there has to be one
  new SSLContext();
});

type Settings = InstanceType<typeof SSLContext>;

compiled(() => {
  same<Settings['role'], 'client' | 'server' | undefined>();
  same<Settings['method'], SSLMethod>();
  same<Settings['verifyMode'], number>();
  same<Settings['verifyDepth'], number | undefined>();
  same<Settings['ciphers'], string[]>();
  same<TLSVersion, 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'>();
  same<Settings['minVersion'], TLSVersion | undefined>();
  same<Settings['options'], bigint>();
  same<Settings['sessionIdContext'], Buffer | undefined>();
  same<Settings['numTickets'], number>();
  same<Settings['securityLevel'], number>();
  same<Settings['trustSource'], string | undefined>();
  same<Settings['stats'], ContextStats>();
  same<ContextStats['acceptGood'], number>();
  same<ReturnType<Settings['getPointer']>, bigint>();
  same<Settings['freed'], boolean>();
});

compiled(() => {
  const context: SSLContext = new TLSServerContext();
  const chained: TLSServerContext = new TLSServerContext()
    .loadCerts('cert.pem', 'key.pem', () => 'password')
    .setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)
    .setCiphers(['HIGH'])
    .setVerifyLocations({ file: 'ca.pem', path: 'certs' })
    .addCA([new Certificate('ca.pem'), 'more.pem', Buffer.alloc(0)])
    .loadDefaultTrust();
  chained.groups = 'X25519:P-256';
  chained.groups = ['X25519', 'P-256'] as const;
  chained.ciphersuites = ['TLS_AES_128_GCM_SHA256'];
  chained.alpnProtocols = ['h2'];
  chained.alpnProtocols = undefined;
  chained.verifyDepth = undefined;
  chained.minVersion = 'TLSv1.3';
  chained.maxVersion = undefined;
  chained.options = SSL_OP_NO_TICKET | SSL_OP_CRYPTOPRO_TLSEXT_BUG;
  chained.options = [chained.options, SSL_OP_NO_TICKET, 1n] as const;
  chained.sessionIdContext = new ArrayBuffer(4);
  same<ReturnType<(typeof chained)['setVerify']>, TLSServerContext>();
  // @ts-expect-error no such version
  context.minVersion = 'TLSv1.4';
  // @ts-expect-error a list of what is no string
  context.groups = [5];
  // @ts-expect-error text is no bytes
  context.sessionIdContext = 'text';
  // @ts-expect-error only to be read
  context.ciphers = ['HIGH'];
  // @ts-expect-error only to be read
  context.stats = context.stats;
  // @ts-expect-error a counter is only to be read
  context.stats.accept = 0;
  // @ts-expect-error a mode is a number
  context.setVerify('peer');
  // @ts-expect-error there has to be a file
  context.loadCerts();
  // @ts-expect-error a password that comes too late
  context.loadCerts('c', 'k', async () => 'password');
  // @ts-expect-error the methods of the subclasses are their own
  new TLSClientContext(TLS_method);
});

compiled(() => {
  same<ReturnType<SSL['connect']>, 1 | -1>();
  same<ReturnType<SSL['accept']>, 1 | -1>();
  same<ReturnType<SSL['doHandshake']>, 1 | -1>();
  same<ReturnType<SSL['shutdown']>, 1 | 0 | -1>();
  same<ReturnType<SSL['read']>, Buffer | null>();
  same<ReturnType<SSL['peek']>, Buffer | null>();
  same<ReturnType<SSL['readInto']>, number>();
  same<ReturnType<SSL['write']>, number>();
  same<ReturnType<SSL['writev']>, number>();
  same<SSL['role'], 'client' | 'server' | undefined>();
  same<SSL['rbio'], BIO | undefined>();
  same<SSL['fd'], number | undefined>();
  same<SSL['cipher'], CipherInfo | undefined>();
  same<keyof CipherInfo, 'name' | 'standardName' | 'bits'>();
  same<SSL['version'], string | undefined>();
  same<SSL['group'], string | undefined>();
  same<SSL['alpnProtocol'], string | undefined>();
  same<SSL['hostname'], string | undefined>();
  same<SSL['verifyName'], string | undefined>();
  same<SSL['verifyIP'], string | undefined>();
  same<SSL['verifyResult'], VerifyResult>();
  same<SSL['peerCertificate'], Certificate | undefined>();
  same<SSL['peerChain'], Certificate[]>();
  same<SSL['sessionReused'], boolean>();
  same<SSL['pending'], number>();
  same<SSL['hasPending'], boolean>();
  same<SSL['shutdownState'], number>();
  same<SSL['context'], SSLContext>();
});

compiled(() => {
  const ssl: SSL = new SSL(new TLSClientContext()).setConnectState().setBio(new MemoryBIO());
  ssl.setBio(undefined).setFd(3).setVerify(SSL_VERIFY_NONE);
  ssl.write('text');
  ssl.write(new DataView(new ArrayBuffer(1)));
  ssl.writev(['text', new Uint8Array(1), new SharedArrayBuffer(1)] as const);
  ssl.hostname = undefined;
  // @ts-expect-error there has to be a context
  new SSL();
  // @ts-expect-error and nothing else
  new SSL(ssl);
  // @ts-expect-error numbers are no data
  ssl.write(5);
  // @ts-expect-error nor is a list, but for writev
  ssl.write(['text']);
  // @ts-expect-error only to be read
  ssl.version = 'TLSv1.3';
  // @ts-expect-error would-block has to be looked at
  ssl.read().toString();
  // @ts-expect-error the role is set by methods
  ssl.role = 'client';
  // @ts-expect-error an SSL is no transport
  ssl.setBio(ssl);
});

compiled(() => {
  same<ReturnType<BIO['read']>, Buffer | null>();
  same<ReturnType<BIO['readAsync']>, Promise<Buffer>>();
  same<ReturnType<BIO['writeAsync']>, Promise<number>>();
  same<ReturnType<BIO['pop']>, BIO | undefined>();
  same<ReturnType<typeof BIO.pair>, [BIO, BIO]>();
  same<ReturnType<AcceptBIO['accept']>, Promise<BIO>>();
  same<SSLBIO['ssl'], SSL>();
  same<BIO['ssl'], SSL | undefined>();
  same<typeof AcceptedBIO, typeof AcceptBIO>();
  const chain: SSLBIO = new SSLBIO(new TLSClientContext()).push(new ConnectBIO({ host: '::1', port: 1 }));
  chain.handshake({ servername: 'localhost', timeout: 5, signal: AbortSignal.timeout(5) });
  const accepted: AcceptedBIO = new AcceptBIO('*:0');
  accepted.free();
  // @ts-expect-error a chain is made of BIOs
  chain.push(chain.ssl);
  // @ts-expect-error milliseconds are a number
  chain.readAsync(1, { timeout: '5' });
});

compiled(() => {
  const classes: (typeof SSLError)[] = [
    SSLSyscallError,
    SSLZeroReturnError,
    CertificateVerifyError,
    TimeoutError,
    FreedError,
  ];
  const error: unknown = classes;
  if (!(error instanceof SSLError)) return;
  same<typeof error.code, string>();
  same<typeof error.library, string | undefined>();
  same<typeof error.alert, AlertInfo | undefined>();
  same<AlertInfo['direction'], 'sent' | 'received'>();
  same<typeof error.verifyError, VerifyErrorInfo | undefined>();
  same<typeof error.errors, readonly OpenSSLErrorEntry[]>();
  same<typeof error.errno, number | undefined>();
  // @ts-expect-error only to be read
  error.code = 'other';
});

compiled(() => {
  const bytes: Bytes[] = [
    Buffer.alloc(1),
    new ArrayBuffer(1),
    new DataView(new ArrayBuffer(1)),
    new Float32Array(1),
  ];
  const data: Data[] = [...bytes, 'text'];
  const passwords: Password[] = [...data, () => 'text', () => new Uint8Array(1)];
  // @ts-expect-error a plain array is no bytes
  bytes.push([1, 2]);
  // @ts-expect-error an object is no data
  data.push({});
  const made = Certificate.generate({ commonName: 'x', key: 'ed25519', days: 1, altNames: ['a'] });
  same<typeof made, { certificate: Certificate; privateKey: PrivateKey }>();
  // @ts-expect-error no such kind of key
  Certificate.generate({ commonName: 'x', key: 'dsa' });
  const disposables: Disposable[] = [
    new TLSClientContext(),
    made.certificate,
    made.privateKey,
    new MemoryBIO(),
  ];
  return [passwords, disposables];
});

const declarations = join(root, 'dist/index.d.ts');

/** The names that the declarations export as values. */
function declaredValues(): string[] {
  const options = { strict: true, types: ['node'], typeRoots: [join(root, 'node_modules/@types')] };
  const program = typescript.createProgram([declarations], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(declarations) ?? assert.fail(`no ${declarations}`);
  const exported = checker.getExportsOfModule(
    checker.getSymbolAtLocation(source) ?? assert.fail('no module'),
  );
  const resolved = exported.map((symbol) => {
    const isAlias = (symbol.flags & typescript.SymbolFlags.Alias) !== 0;
    return { name: symbol.name, target: isAlias ? checker.getAliasedSymbol(symbol) : symbol };
  });
  return resolved
    .filter(({ target }) => (target.flags & typescript.SymbolFlags.Value) !== 0)
    .map(({ name }) => name);
}

test('what the declarations promise is there, and nothing else is', () => {
  assert.deepEqual(Object.keys(bladessl).toSorted(), declaredValues().toSorted());
});

test('what is exported is a class, a constant, a method of OpenSSL or the versions', () => {
  for (const [name, value] of Object.entries(bladessl)) {
    const kind = typeof value;
    if (kind === 'function') assert.match(name, /^[A-Z]/, name);
    else if (kind === 'number') assert.match(name, /^[A-Z0-9]+_[A-Za-z0-9_]+$/, name);
    else assert.ok(Object.isFrozen(value), name);
  }
});
