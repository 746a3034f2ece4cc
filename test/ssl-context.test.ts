import assert from 'node:assert/strict';
import test from 'node:test';
import { inspect } from 'node:util';
import * as bladessl from 'bladessl';
import {
  SSL,
  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
  SSL_MODE_AUTO_RETRY,
  SSL_MODE_ENABLE_PARTIAL_WRITE,
  SSL_MODE_RELEASE_BUFFERS,
  SSL_OP_NO_COMPRESSION,
  SSL_OP_NO_RENEGOTIATION,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLContext,
  type SSLMethod,
  SSLv23ClientContext,
  SSLv23Context,
  SSLv23ServerContext,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
} from 'bladessl';
import { carry, connected } from './helpers/handshake';
import { authority, clientContext, localhost, serverContext, show } from './helpers/identities';
import { assertAllFreed } from './helpers/members';
import { openssl, pathOf, write } from './helpers/openssl-files';

type Role = 'client' | 'server' | undefined;

const kinds: [new () => SSLContext, method: string, role: Role][] = [
  [TLSContext, 'TLS_method', undefined],
  [TLSClientContext, 'TLS_client_method', 'client'],
  [TLSServerContext, 'TLS_server_method', 'server'],
  [SSLv23Context, 'SSLv23_method', undefined],
  [SSLv23ClientContext, 'SSLv23_client_method', 'client'],
  [SSLv23ServerContext, 'SSLv23_server_method', 'server'],
];

function methodNamed(name: string): SSLMethod {
  return (bladessl as unknown as Record<string, SSLMethod>)[name] as SSLMethod;
}

function assertDefaults(context: SSLContext, method: string, role: Role): void {
  assert.equal(context.method, methodNamed(method));
  assert.equal(context.method.name, method);
  assert.equal(context.role, role);
  assert.equal(context.verifyMode, role === 'client' ? SSL_VERIFY_PEER : SSL_VERIFY_NONE);
  assert.equal(context.verifyDepth, undefined);
  assert.equal(context.minVersion, 'TLSv1.2');
  assert.equal(context.maxVersion, undefined);
  assert.equal(context.numTickets, 2);
  assert.ok([1, 2].includes(context.securityLevel));
  for (const flag of [SSL_OP_NO_COMPRESSION, SSL_OP_NO_RENEGOTIATION]) {
    assert.notEqual(context.options & BigInt(flag), 0n);
  }
  const mode = SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS;
  assert.equal(context.mode, mode | SSL_MODE_AUTO_RETRY);
  for (const absent of [
    'groups',
    'signatureAlgorithms',
    'alpnProtocols',
    'sessionIdContext',
    'trustSource',
  ]) {
    assert.equal(Reflect.get(context, absent), undefined, absent);
  }
  assert.ok(context.ciphers.includes('ECDHE-RSA-AES128-GCM-SHA256'));
  assert.deepEqual(context.ciphersuites.slice(0, 3), [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
  ]);
}

for (const [Class, method, role] of kinds) {
  test(`${Class.name}: its method, its role, its defaults`, () => {
    const context = new Class();
    assert.ok(context instanceof SSLContext);
    assertDefaults(context, method, role);
    assertDefaults(new SSLContext(methodNamed(method)), method, role);
  });
}

test('a method is one of the six, and nothing that looks like one', () => {
  const impostors = [
    undefined,
    null,
    'TLS_method',
    {},
    { name: 'TLS_method' },
    bladessl.BIO_s_mem,
    TLSContext,
  ];
  for (const method of impostors) {
    assert.throws(() => new SSLContext(method as SSLMethod), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_TYPE',
      message: /^method must be an SSLMethod such as TLS_method, not /,
    });
  }
  assert.throws(() => {
    (bladessl.TLS_method as { name: string }).name = 'other';
  }, TypeError);
});

test('names of TLS and of SSLv23 speak with each other', () => {
  const server = show(new SSLv23ServerContext(), localhost);
  const client = new SSLv23ClientContext().addCA(authority.certificate);
  const { client: ssl } = connected(client, server);
  assert.equal(ssl.version, 'TLSv1.3');
});

test('a generic context serves both sides, each SSL says which', () => {
  const context = show(new TLSContext(), localhost).addCA(authority.certificate);
  context.setVerify(SSL_VERIFY_PEER);
  const { client, server } = connected(context, context);
  assert.equal(client.role, 'client');
  assert.equal(server.role, 'server');
  assert.equal(carry(client, server, 'both'), 'both');
  assert.equal(context.stats.connectGood, 1);
  assert.equal(context.stats.acceptGood, 1);
});

const identityFile = write('identity.pem', `${localhost.certificate.pem}${localhost.privateKey.pem}`);
const encryptedKey = openssl('ec -in identity.pem -aes256 -passout pass:secret');
const pkcs12File = pathOf('identity.p12');
openssl('pkcs12 -export -in identity.pem -passout pass: -out identity.p12');

test('a freed context refuses everything but free and freed', () => {
  const context = new TLSServerContext();
  context.free();
  assertAllFreed(context, {
    setVerify: [SSL_VERIFY_NONE],
    verifyMode: [SSL_VERIFY_NONE],
    onVerify: [() => true, undefined],
    verifyChain: [() => true, undefined],
    onClientHello: [() => undefined, undefined],
    onServerName: [() => undefined, undefined],
    onAlpn: [() => undefined, undefined],
    onCertificate: [() => undefined, undefined],
    onPsk: [() => undefined, undefined],
    onSession: [() => undefined, undefined],
    onNewSession: [() => undefined, undefined],
    onTicketKey: [() => undefined, undefined],
    verifyFlags: [0],
    verifyPurpose: ['any', undefined],
    verifyTime: [new Date(), undefined],
    checkConfig: [0],
    clientCAs: [authority.certificate],
    maxCertList: [1],
    addCRL: ['x'],
    statusRequest: ['verify', undefined],
    ocspResponses: [[]],
    onOcsp: [() => undefined, undefined],
    verifyDepth: [1],
    setCiphers: ['HIGH'],
    ciphersuites: ['TLS_AES_128_GCM_SHA256'],
    groups: ['X25519'],
    signatureAlgorithms: ['RSA+SHA256'],
    alpnProtocols: [['h2']],
    minVersion: ['TLSv1.2'],
    maxVersion: ['TLSv1.3'],
    securityLevel: [1],
    options: [0],
    mode: [0],
    sessionIdContext: [Buffer.from('x')],
    numTickets: [1],
    loadCerts: [identityFile],
    useCertificate: [localhost.certificate],
    usePrivateKey: [localhost.privateKey],
    usePKCS12: [pkcs12File],
    setVerifyLocations: [identityFile],
    addCA: [authority.certificate],
    loadDefaultTrust: [],
    getPointer: [],
  });
  context.free();
  context[Symbol.dispose]();
  assert.equal(context.freed, true);
  assert.throws(() => new SSL(context), { name: 'FreedError', code: 'ERR_FREED' });
  assert.throws(() => new bladessl.SSLBIO(context), { name: 'FreedError', code: 'ERR_FREED' });
  assert.match(inspect(context), /^TLSServerContext/);
});

test('a freed context reads no file and asks for no password', () => {
  const context = new TLSServerContext();
  context.free();
  const missing = pathOf('missing');
  const calls = [
    () => context.loadCerts(missing),
    () => context.usePKCS12(missing),
    () => context.setVerifyLocations(missing),
    () => context.setVerifyLocations({ path: missing }),
    () => context.addCA(missing),
    () => context.useCertificate(missing),
    () => context.usePrivateKey(missing),
    () => context.usePrivateKey(encryptedKey, () => assert.fail('asked')),
  ];
  for (const call of calls) assert.throws(call, { name: 'FreedError', code: 'ERR_FREED' }, String(call));
});

test('a context is freed by `using`', () => {
  const context = new TLSContext();
  assert.equal(context.freed, false);
  {
    using _owned = context;
  }
  assert.equal(context.freed, true);
});

test('a context may be freed under live SSLs, before and after their handshake', () => {
  const [server, client] = [serverContext(), clientContext()];
  const before = [new SSL(client), new SSL(server)];
  const { client: a, server: b } = connected(client, server, {
    prepare: () => {
      client.free();
      server.free();
    },
  });
  assert.equal(carry(a, b, 'still here'), 'still here');
  assert.equal(a.context, client);
  assert.equal(a.context.freed, true);
  for (const ssl of before) assert.equal(ssl.isInitFinished, false);
  assert.throws(() => new SSL(client), { code: 'ERR_FREED' });
});

test('getPointer is not null, and each context has its own', () => {
  const pointers = [new TLSContext(), new TLSContext()].map((context) => context.getPointer());
  for (const pointer of pointers) assert.ok(typeof pointer === 'bigint' && pointer > 0n);
  assert.notEqual(pointers[0], pointers[1]);
});

test('methods of a context answer the context', () => {
  const context = new TLSContext();
  assert.equal(context.setVerify(SSL_VERIFY_NONE), context);
  assert.equal(context.setCiphers('HIGH'), context);
  assert.equal(context.useCertificate(localhost.certificate), context);
  assert.equal(context.usePrivateKey(localhost.privateKey), context);
  assert.equal(context.addCA(authority.certificate), context);
  assert.equal(context.loadDefaultTrust(), context);
});

test('members are not for other objects', () => {
  for (const impostor of [{}, Object.create(SSLContext.prototype), new SSL(new TLSContext())]) {
    assert.throws(() => SSLContext.prototype.setVerify.call(impostor, SSL_VERIFY_NONE), TypeError);
    assert.throws(() => SSLContext.prototype.addCA.call(impostor, authority.certificate), TypeError);
  }
});
