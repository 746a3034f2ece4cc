// What the types cannot tell of an argument: which texts are hosts, which numbers are sizes. By the name of
// the parameter, option or setter, or by the member's and that: `generate.key`.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as bladessl from 'bladessl';
import { chromiumHello } from '../fixtures/chromium-hello';
import { firstFlight } from '../helpers/client-hellos';
import { authority, clientContext, localhost, serverContext, someone } from '../helpers/identities';
import { remoteKeyOf, signingLater, signingWith } from '../helpers/remote-keys';
import { authorityFile, certificateFile, encryptedKeyFile, keyFile, pkcs12, secret } from './files';
import { bytes } from './hostile-values';
import type { Random } from './random';
import type { World } from './world';

/** What an argument is made from. */
export interface Scope {
  readonly world: World;
  readonly random: Random;
  /** The name of the member that is called, and the object on which it is. */
  readonly member: string;
  readonly receiver: object | undefined;
  /** Whether the values are to be of the types that are asked for. */
  readonly isHonest: boolean;
}

type Hint = (scope: Scope) => unknown;

function oneOf(...values: unknown[]): Hint {
  return ({ random }) => random.pick(values);
}

function oneFrom(...makers: Hint[]): Hint {
  return (scope) => scope.random.pick(makers)(scope);
}

const fileURL =
  (name: string): Hint =>
  () =>
    pathToFileURL(name);
const unixPath = oneOf('socket', 'socket', 'none/socket', 'file', '', 'a\0', 'x'.repeat(200));
const unixEndpoint: Hint = (scope) => ({ path: unixPath(scope) });
const numericHost = oneOf('127.0.0.1', '127.0.0.1', '::1', 'localhost', '', 'a\0b', '::1%lo');
const ownPort: Hint = ({ world, random }) => world.port(random);
const portText = oneFrom(ownPort, oneOf('0', 1, '70000', 'none', -1, '', undefined));
const families = oneOf(bladessl.AF_INET, bladessl.AF_INET6, bladessl.AF_UNSPEC, 99, -1, 'x');
const sizes = oneOf(1, 2, 5, 100, 1024, 16384, 65536, 65537, 2 ** 31 - 1);
const smallSizes = oneOf(1, 2, 100, 4096, 17_000, 70_000, 0, -1, Number.NaN, 2 ** 53);
const limits = oneOf(1, 100, 16384, 65536, 1 << 20, 0, -1);
const times = oneOf(0, 1, 2, 5, 20, -1, 0.5);
const certificates = oneFrom(
  oneOf(localhost.certificate, someone.certificate, authority.certificate),
  oneOf(localhost.certificate.pem, authority.certificate.raw, 'none'),
  fileURL(certificateFile),
);
const privateKeys = oneFrom(
  oneOf(localhost.privateKey, someone.privateKey),
  oneOf(localhost.privateKey.pem, localhost.privateKey.raw, 'none'),
  oneOf(localhost.privateKey.toJWK(), localhost.privateKey.toKeyObject()),
  fileURL(keyFile),
  oneOf(encryptedKeyFile),
);
const remoteKey = remoteKeyOf(localhost);
const list = bladessl.CRL.generate({ issuer: authority, revoked: [{ certificate: someone.certificate }] });
const lists = oneOf(list.pem, list.raw, 'none');
const { certificate } = localhost;
const asked = { certificate, issuer: authority.certificate };
const request = bladessl.OCSPRequest.generate(asked);
const response = bladessl.OCSPResponse.generate({ issuer: authority, responses: [{ certificate }] });
const hellos = oneOf(firstFlight(), Buffer.from(chromiumHello, 'base64'), Buffer.of(22, 3, 1), Buffer.of(0));
const trusted = oneOf(authority.certificate, authority.certificate, someone.certificate);
const isOf =
  (type: { prototype: object }, own: Hint, others: Hint): Hint =>
  (scope) =>
    (scope.receiver === type || scope.receiver instanceof (type as never) ? own : others)(scope);
const keys = ['ec', 'ed25519', 'none', { type: 'ed448' }, { curve: 'P-384' }, someone.privateKey];
const exportOptions = oneOf(
  undefined,
  { type: 'sec1' },
  { type: 'pkcs1' },
  { password: secret, iterations: 1000 },
  { password: secret, cipher: 'aes-128-cbc', iterations: 1000 },
  { password: undefined },
);
const uris = oneOf(undefined, [], ['http://localhost/a'], ['http://localhost/a', 'ldap://localhost/b']);
const identityPem = localhost.certificate.pem + localhost.privateKey.pem;
const stores = oneFrom(
  oneOf(pkcs12, readFileSync(pkcs12), readFileSync(pkcs12).toString('base64'), 'none'),
  oneOf(identityPem, authority.certificate.raw, '{"keys":[]}'),
  fileURL(pkcs12),
  oneOf(encryptedKeyFile),
);
const storedCertificate: Hint = (scope) => ({
  store: stores(scope),
  storePassword: scope.random.pick([secret, secret, 'wrong', undefined]),
  subject: subjects(scope),
});
const storeTypes = oneOf(undefined, ...Object.values(bladessl.CertStoreTypes), 98);
const subjects = oneOf('*', 'localhost', 'CN=localhost', 'Thumbprint=', 'none', undefined);
const data = oneFrom(oneOf('x', 'hello', 'y'.repeat(20_000), ''), ({ random }) => random.pick(bytes)(random));
const verifyModes = oneOf(0, 1, 2, 3, 15, -1);
const serverNames = oneOf('localhost', 'localhost', undefined, '127.0.0.1', '', 'x'.repeat(300));

/** By name, that of the member first. */
export const hints: Readonly<Record<string, Hint>> = {
  'AcceptBIO.name': oneOf('127.0.0.1:0', 'localhost:0', '[::1]:0', '', 'a\0', undefined),
  'BufferBIO.size': smallSizes,
  'CRL.input': lists,
  'Certificate.input': oneFrom(
    ...[certificates, certificates, storedCertificate],
    oneOf(localhost.certificate.toX509Certificate()),
  ),
  'Certificate.subject': subjects,
  'CertificateStore.type': storeTypes,
  'ConnectBIO.target': (scope) => {
    const [host, port] = [numericHost(scope), portText(scope)];
    return scope.random.chance(0.5) ? `${host}:${port}` : { host, port, family: families(scope) };
  },
  'FileBIO.mode': oneOf('r', 'r', 'w+', 'a', 'x'),
  'FileBIO.path': oneOf('file', 'file', 'other-file', 'none/file', '', 'a\0'),
  'OCSPRequest.input': oneOf(request.raw, request.raw, 'none'),
  'OCSPResponse.input': oneOf(response.raw, response.raw, 'none'),
  'PrivateKey.input': privateKeys,
  'RemoteKey.options': oneFrom(
    oneOf({ sign: signingWith(localhost) }, { sign: signingLater(localhost), verify: true }),
    oneOf({ sign: () => Buffer.alloc(8) }, { sign: () => undefined }, { sign: 'x' }, undefined),
  ),
  'RemoteKey.publicKey': oneFrom(
    certificates,
    oneOf(localhost.privateKey.publicKey, localhost.privateKey.publicKeyRaw, localhost.privateKey),
  ),
  'addCA.input': certificates,
  'checkEmail.address': oneOf('a@b.example', 'x@localhost', 'a', 'ü@b.example', 'a@ü.example', ''),
  'checkHost.name': oneOf('localhost', 'localhost', 'a.example', '*.localhost', 'münchen.example', '', '::1'),
  'checkIP.address': oneOf('127.0.0.1', '::1', '10.0.0.1', 'localhost', '::1%lo', ''),
  'checkPrivateKey.privateKey': oneOf(localhost.privateKey, someone.privateKey),
  'digest.algorithm': oneOf('sha256', 'SHA3-512', 'md5', 'shake128', 'none', ''),
  'equals.other': isOf(
    bladessl.CRL,
    oneOf(list),
    oneOf(...[localhost.privateKey, someone.privateKey], ...[localhost.certificate, someone.certificate]),
  ),
  'extension.type': oneOf('basicConstraints', '2.5.29.17', '1.2.3', 'none', ''),
  'find.certificate': oneOf(someone.certificate, localhost.certificate, '01', 'none'),
  'generate.commonName': oneOf('localhost', 'localhost', 'x', undefined),
  'generate.days': oneOf(undefined, undefined, 1, -1),
  'generate.issuer': isOf(bladessl.OCSPRequest, trusted, (scope) => hints['issuer']?.(scope)),
  'generate.key': ({ random }) => (random.chance(0.01) ? 'rsa' : random.pick(keys)),
  'generate.type': oneOf('ec', 'ed25519', 'x25519', 'none', undefined),
  'generateAsync.type': oneOf('ec', 'ed25519', 'x25519', 'none', undefined),
  'get.type': oneOf('CN', '2.5.4.3', 'O', 'none', ''),
  'getAll.type': oneOf('CN', 'OU', '2.5.4.3', ''),
  'getOption.level': oneOf(undefined, bladessl.SOL_SOCKET, bladessl.IPPROTO_TCP, 99),
  'isIssuedBy.issuer': oneOf(authority.certificate, localhost.certificate, someone.certificate),
  'load.input': privateKeys,
  'load.password': oneOf(
    secret,
    () => secret,
    async () => secret,
    undefined,
    'wrong',
  ),
  'exportPKCS12.password': oneOf(secret, secret, '', 'a\0'),
  // New ones: the store hands them out, and whoever gets one may free it.
  'from.certificates': oneFrom(oneOf([]), () => bladessl.Certificate.parse(identityPem)),
  'from.privateKeys': oneFrom(oneOf([], undefined), () => [new bladessl.PrivateKey(identityPem)]),
  'loadCerts.password': oneOf(secret, secret, undefined, 'wrong'),
  'parse.input': isOf(bladessl.ClientHello, hellos, isOf(bladessl.CRL, lists, certificates)),
  'select.subject': subjects,
  'setBlocking.on': oneOf(true, true, false),
  'setCiphers.list': oneOf('ALL', ['ECDHE-ECDSA-AES128-GCM-SHA256'], 'none', ''),
  'setNonBlocking.on': oneOf(true, undefined, 1, null, 'x'),
  'setOption.level': oneOf(undefined, undefined, undefined, bladessl.SOL_SOCKET, bladessl.IPPROTO_TCP, 99),
  'setOption.option': oneOf('SO_KEEPALIVE', 'SO_REUSEADDR', 'TCP_NODELAY', 'TCP_KEEPIDLE', 'SO_RCVBUF'),
  'setOption.value': oneOf(true, true, false, 0, 1, 1000, 65536, 'reno'),
  'setVerify.mode': verifyModes,
  'toDER.options': exportOptions,
  'toPEM.options': exportOptions,
  'useCertificate.certificate': oneFrom(certificates, certificates, storedCertificate),
  'usePKCS12.input': oneFrom(oneOf(pkcs12, readFileSync(pkcs12), 'none'), () => pathToFileURL(pkcs12)),
  'usePKCS12.password': oneOf(secret, secret, secret, 'wrong', undefined),
  'usePrivateKey.key': oneFrom(privateKeys, privateKeys, oneOf(remoteKey)),
  'verify.certificate': oneOf(localhost.certificate, someone.certificate),
  'verify.issuer': trusted,
  'verifySignature.key': oneOf(
    ...[authority.certificate, localhost.certificate, authority.certificate.publicKeyObject],
  ),
  acceptFamily: families,
  acceptName: oneOf('127.0.0.1:0', 'localhost:0', '[::1]:0', '', 'a\0', undefined),
  acceptPort: portText,
  alpnProtocols: oneOf('h2', ['h2', 'http/1.1'], [], undefined, [''], ['x'.repeat(256)], 5),
  altNames: oneOf(['localhost'], ['127.0.0.1', '::1'], [], ['']),
  bits: oneOf(undefined, 1024, 512, -1),
  caIssuersURLs: uris,
  certFile: oneFrom(oneOf(certificateFile, certificateFile, 'none'), fileURL(certificateFile)),
  certificate: certificates,
  chain: oneOf(undefined, [], [authority.certificate], [authority.certificate.pem], ['none']),
  ciphersuites: oneOf('TLS_AES_128_GCM_SHA256', ['TLS_AES_256_GCM_SHA384'], 'none', []),
  commonName: oneOf('localhost', 'x', '', 'x'.repeat(300)),
  connAddress: oneOf('127.0.0.1', '::1', 'localhost', '', undefined),
  connFamily: families,
  connHostname: oneOf('127.0.0.1', '127.0.0.1:1', '[::1]:1', '', 'a\0', 'a:b:c', undefined, 5),
  connPort: portText,
  context: oneFrom(
    () => clientContext(),
    () => serverContext(),
    ({ world, random }) => world.find(random, bladessl.SSLContext),
  ),
  crlDistributionPoints: uris,
  curve: oneOf(undefined, 'P-256', 'secp384r1', 'none'),
  data,
  configurationString: oneOf(undefined, '', 'PersistPFXKey=True', 'Thumbprint=00', 'Other=1'),
  delay: times,
  depth: oneOf(0, 1, 2, -1),
  digest: oneOf(undefined, 'sha256', 'sha512', 'sha1'),
  excluded: oneOf(undefined, ['DNS:bad.example']),
  extendedKeyUsage: oneOf(undefined, [], ['serverAuth', '1.2.3']),
  extensions: oneOf(undefined, [{ oid: '1.2.3', value: Buffer.of(5, 0) }]),
  encoded: oneOf(undefined, localhost.certificate.pem, localhost.certificate.raw, 'none'),
  family: families,
  fd: ({ world }) => world.sharedFd,
  file: oneFrom(oneOf(authorityFile, 'none'), fileURL(authorityFile)),
  firstSize: smallSizes,
  friendlyName: oneOf(undefined, 'name', 'Größe', 'a\0'),
  groups: oneOf('X25519', ['P-256', 'P-384'], 'none', [], undefined),
  handshakeBudget: oneOf(1, 2, 0.5, 0, -1),
  handshakeThreads: oneOf(0, 0, 1, 2, -1),
  handshakeTimeout: oneOf(100, 1000, 5, 0, -1),
  highWaterMark: limits,
  host: (scope) =>
    (scope.member === 'connect' && scope.random.chance(0.2) ? unixEndpoint : numericHost)(scope),
  hostname: serverNames,
  how: oneOf(bladessl.SHUT_RD, bladessl.SHUT_WR, bladessl.SHUT_RDWR, 7),
  issuer: oneFrom(
    () => authority,
    ({ world, random }) => ({
      certificate: world.find(random, bladessl.Certificate),
      privateKey: world.find(random, bladessl.PrivateKey),
    }),
  ),
  iterations: oneOf(1, 1000, undefined, 0, -1, 2 ** 31),
  keepAlive: oneOf(true, false, 1000, 5000, 0),
  keyFile: oneFrom(oneOf(keyFile, keyFile, 'none', undefined), fileURL(keyFile), oneOf(encryptedKeyFile)),
  keyPassword: oneOf(undefined, secret, 'wrong'),
  length: sizes,
  locations: oneOf(
    authorityFile,
    { file: authorityFile },
    { path: dirname(authorityFile) },
    { path: 'none' },
  ),
  maxBufferedAmount: limits,
  maxPendingHandshakes: oneOf(1, 10, 0),
  // AddressSanitizer does not follow OpenSSL to the stack of a job of its own: SSL_MODE_ASYNC is left out.
  mode: oneOf(0, 1, 2, 4, 16, 255, 1024, 2 ** 31, 2 ** 32, 0.5),
  n: sizes,
  notAfter: oneOf(undefined, undefined, undefined, new Date('2100-01-01'), new Date(Number.NaN)),
  notBefore: oneOf(undefined, new Date(0)),
  numTickets: oneOf(0, 1, 2, 4, -1),
  ocspURLs: uris,
  password: oneOf(undefined, secret, secret, 'wrong', ''),
  path: oneOf('file', 'none', '', 'a\0', '.'),
  pathLength: oneOf(undefined, undefined, undefined, 0, -1),
  permitted: oneOf(undefined, ['DNS:localhost', 'IP:127.0.0.0/8']),
  policies: oneOf(undefined, ['1.2.3', 'anyPolicy']),
  port: (scope) => {
    if (scope.member === 'bind') return oneFrom(oneOf(0, 0, 0, -1, 65536, '0'), unixEndpoint)(scope);
    return oneFrom(ownPort, ownPort, oneOf(0, -1, 65536, '0', undefined))(scope);
  },
  privateKey: privateKeys,
  publicKey: oneOf(
    undefined,
    undefined,
    someone.privateKey.publicKey,
    someone.privateKey.publicKeyRaw,
    'none',
  ),
  queueLength: oneOf(1, 5, 100, -1, 0),
  receiveTimeout: times,
  secondSize: smallSizes,
  sendTimeout: times,
  serialNumber: oneOf(undefined, '1', 255n),
  servername: serverNames,
  session: ({ world, random }) => random.pick(world.sessions),
  sessionIdContext: oneOf(Buffer.from('x'), Buffer.alloc(33), Buffer.alloc(0), undefined),
  signatureAlgorithms: oneOf('ECDSA+SHA256', ['RSA-PSS+SHA256'], 'none', '', undefined),
  subject: oneOf(
    undefined,
    undefined,
    undefined,
    { CN: 'localhost', OU: ['a', 'b'] },
    'CN=x,O=y',
    {},
    'none',
  ),
  store: stores,
  storePassword: oneOf(undefined, secret, secret, 'wrong', ''),
  storeType: storeTypes,
  time: times,
  timeout: times,
  verifyIP: oneOf('127.0.0.1', '::1', undefined, 'localhost', ''),
  verifyMode: verifyModes,
  verifyName: serverNames,
};

/**
 * Names whose arguments may block, leave the machine, take what belongs to others or all the memory:
 * for these the hint is all there is, or something that is no text and no number.
 */
export const guarded: ReadonlySet<string> = new Set([
  ...['AcceptBIO.name', 'BufferBIO.size', 'ConnectBIO.target', 'acceptName', 'acceptPort', 'connAddress'],
  ...['bits', 'connHostname', 'connPort', 'fd', 'firstSize', 'generate.key', 'generate.type'],
  ...['generateAsync.type', 'handshakeThreads', 'host', 'mode', 'numTickets', 'port', 'secondSize'],
  ...['setNonBlocking.on', 'timeout', 'toDER.options', 'toPEM.options'],
  ...['connHostname', 'connPort', 'fd', 'firstSize', 'generate.key', 'handshakeThreads', 'host', 'mode'],
  ...['iterations', 'numTickets', 'port', 'secondSize', 'setNonBlocking.on', 'timeout'],
]);
