// Whom an OCSP response is believed, and what.

import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import test from 'node:test';
import {
  Certificate,
  type OCSPGenerateOptions,
  OCSPRequest,
  OCSPResponse,
  type OCSPVerifyOptions,
} from 'bladessl';
import { der, extension, generalizedTime, list, oid } from './helpers/der';
import type { Identity } from './helpers/identities';
import { openssl, write } from './helpers/openssl-files';
import {
  ca,
  certified,
  delegate,
  impostor,
  inDays,
  integer,
  nameOf,
  neighbour,
  second,
  serialOf,
  server,
  signedBy,
} from './helpers/revocation';

const { certificate } = server;
const asked: OCSPVerifyOptions = { certificate, issuer: ca.certificate };
const good = { certificate };

function response(options: Partial<OCSPGenerateOptions> = {}): OCSPResponse {
  return OCSPResponse.generate({ issuer: ca, responses: [good], ...options });
}

function codeOf(answer: OCSPResponse, options: Partial<OCSPVerifyOptions> = {}): string {
  const verdict = answer.verify({ ...asked, ...options });
  assert.equal(verdict.ok, verdict.ok && verdict.status === 'good');
  if (verdict.ok) return 'good';
  assert.notEqual(verdict.message, '');
  return verdict.code;
}

/** What `openssl ocsp` finds wrong with the signature, or the empty string. */
function opensslRefuses(answer: OCSPResponse, issuer: Identity = ca): string {
  write('response.der', answer.raw);
  write('issuer.pem', issuer.certificate.pem);
  const output = openssl(
    'ocsp -respin response.der -issuer issuer.pem -cert server.pem -CAfile issuer.pem -partial_chain -no_nonce -resp_text',
  );
  return /: (good|revoked|unknown)$/m.exec(output)?.[1] ?? output;
}

test('the issuer signs', () => {
  assert.equal(codeOf(response()), 'good');
  assert.equal(codeOf(response({ responderId: 'keyHash' })), 'good');
  assert.equal(codeOf(response({ hashAlgorithm: 'sha256' })), 'good');
  assert.equal(codeOf(response({ digest: 'sha512' })), 'good');
  assert.equal(codeOf(response({ certificates: [ca.certificate, neighbour.certificate] })), 'good');
});

test('a delegate of the issuer signs', () => {
  assert.equal(codeOf(response({ responder: delegate })), 'good');
  assert.equal(codeOf(response({ responder: delegate, responderId: 'keyHash' })), 'good');
  const without = response({ responder: delegate, certificates: [] });
  assert.equal(codeOf(without), 'ERR_OCSP_NO_RESPONDER');
  assert.equal(codeOf(without, { certificates: [neighbour.certificate, delegate.certificate] }), 'good');
});

test('nobody else does', () => {
  const another = Certificate.generate({ commonName: 'Another CA' });
  const untrusted = 'ERR_OCSP_UNTRUSTED_RESPONDER';
  const plain = certified('plain', 'basicConstraints = CA:FALSE');
  const serverOnly = certified('server-only', 'extendedKeyUsage = serverAuth');
  const anyUsage = certified('any-usage', 'extendedKeyUsage = anyExtendedKeyUsage');
  for (const responder of [server, neighbour, plain, serverOnly, anyUsage, another]) {
    assert.equal(codeOf(response({ responder })), untrusted);
    const naming = { certificates: [responder.certificate, ca.certificate] };
    assert.equal(codeOf(response({ responder, ...naming }), naming), untrusted);
  }
  const below = certified(
    'below',
    'extendedKeyUsage = OCSPSigning',
    100,
    '-CA server.pem -CAkey server-key.pem',
  );
  assert.equal(
    codeOf(response({ responder: below, certificates: [below.certificate, certificate] })),
    untrusted,
  );
});

test('a delegate of a CA below the issuer does not speak for the issuer', () => {
  const lower = Certificate.generate({ commonName: 'Lower CA', issuer: ca, ca: true, days: 100 });
  write('lower.pem', lower.certificate.pem);
  write('lower-key.pem', lower.privateKey.pem);
  const charged = certified(
    'lower-delegate',
    'extendedKeyUsage = OCSPSigning',
    50,
    '-CA lower.pem -CAkey lower-key.pem',
  );
  const certificates = [charged.certificate, lower.certificate];
  assert.equal(codeOf(response({ responder: charged, certificates })), 'ERR_OCSP_UNTRUSTED_RESPONDER');
  const leaf = Certificate.generate({ commonName: 'leaf', issuer: lower });
  const own = response({ issuer: lower, responder: charged, responses: [{ certificate: leaf.certificate }] });
  assert.deepEqual(own.verify({ certificate: leaf.certificate, issuer: lower.certificate }).status, 'good');
  assert.equal(codeOf(own), 'ERR_OCSP_UNTRUSTED_RESPONDER');
  const above = response({ issuer: lower, responder: ca, responses: [{ certificate: leaf.certificate }] });
  const verdict = above.verify({ certificate: leaf.certificate, issuer: lower.certificate });
  assert.equal(verdict.ok, false, 'the root is not the issuer');
});

test('one with the name of the issuer and another key', () => {
  assert.equal(codeOf(response({ responder: impostor, certificates: [] })), 'ERR_OCSP_BAD_SIGNATURE');
  assert.notEqual(codeOf(response({ responder: impostor })), 'good');
  const keyed = response({ responder: impostor, responderId: 'keyHash', certificates: [] });
  assert.equal(codeOf(keyed), 'ERR_OCSP_NO_RESPONDER');
  const embedded = response({ responder: impostor, responderId: 'keyHash' });
  assert.equal(codeOf(embedded), 'ERR_OCSP_UNTRUSTED_RESPONDER');
  const ofImpostor = response({ issuer: impostor });
  assert.notEqual(codeOf(ofImpostor), 'good');
  assert.equal(codeOf(ofImpostor, { issuer: impostor.certificate }), 'ERR_OCSP_WRONG_ISSUER');
});

test('the issuer has to be that of the certificate', () => {
  assert.equal(codeOf(response(), { issuer: neighbour.certificate }), 'ERR_OCSP_WRONG_ISSUER');
  const other = Certificate.generate({ commonName: 'Another CA' });
  assert.equal(codeOf(response({ issuer: other }), { issuer: other.certificate }), 'ERR_OCSP_WRONG_ISSUER');
});

test('changed bytes', () => {
  const { raw } = response();
  const expected = new Set(['ERR_OCSP_BAD_SIGNATURE', 'ERR_OCSP_NO_RESPONDER', 'ERR_OCSP_NOT_SUCCESSFUL']);
  let readable = 0;
  for (let at = 0; at < raw.length; at++) {
    const changed = Buffer.from(raw);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x01, at);
    let answer: OCSPResponse;
    try {
      answer = new OCSPResponse(changed);
    } catch {
      continue;
    }
    readable++;
    const code = codeOf(answer);
    // The algorithms are named twice, and one may be changed into another that OpenSSL knows.
    assert.ok(expected.has(code) || code === 'ERR_OCSP_UNTRUSTED_RESPONDER', `${code} at ${at}`);
  }
  assert.ok(readable > raw.length / 2);
});

test('a responder whose certificate has expired, or the issuer', () => {
  const short = certified('short', 'extendedKeyUsage = OCSPSigning', 10);
  const responses = [{ certificate, nextUpdate: inDays(100) }];
  const answer = response({ responder: short, responses });
  assert.equal(codeOf(answer, { time: inDays(5) }), 'good');
  assert.equal(codeOf(answer, { time: inDays(20) }), 'ERR_OCSP_UNTRUSTED_RESPONDER');
  const verdict = answer.verify({ ...asked, time: inDays(20) });
  assert.match(verdict.ok ? '' : verdict.message, /certificate has expired/);
  const forever = response({ responses: [{ certificate, nextUpdate: inDays(9000) }] });
  assert.equal(codeOf(forever, { time: inDays(3600) }), 'good');
  assert.equal(codeOf(forever, { time: inDays(4000) }), 'ERR_OCSP_UNTRUSTED_RESPONDER');
});

test('it is about this certificate', () => {
  const other = response({ responses: [{ certificate: neighbour.certificate }] });
  assert.equal(codeOf(other), 'ERR_OCSP_NOT_COVERED');
  assert.equal(codeOf(other, { certificate: neighbour.certificate }), 'good');
  assert.equal(codeOf(response({ responses: [] })), 'ERR_OCSP_NOT_COVERED');
  const both = response({ responses: [{ certificate: neighbour.certificate }, good] });
  assert.equal(codeOf(both), 'good');
});

test('revoked, unknown, and why', () => {
  const revocationTime = new Date('2026-01-02T03:04:05Z');
  const revoked = response({
    responses: [{ certificate, status: 'revoked', revocationReason: 'keyCompromise', revocationTime }],
  });
  const verdict = revoked.verify(asked);
  assert.equal(verdict.ok, false);
  assert.equal(verdict.status, 'revoked');
  assert.equal(verdict.code, 'ERR_OCSP_REVOKED');
  assert.equal(verdict.message, 'the certificate has been revoked: keyCompromise');
  assert.equal(verdict.response?.revocationReason, 'keyCompromise');
  assert.deepEqual(verdict.response.revocationTime, revocationTime);
  const silent = response({ responses: [{ certificate, status: 'revoked' }] }).verify(asked);
  assert.equal(silent.response?.revocationReason, undefined);
  assert.equal(codeOf(response({ responses: [{ certificate, status: 'unknown' }] })), 'ERR_OCSP_UNKNOWN');
});

test('several answers for one certificate: the worst counts', () => {
  const revoked = { certificate, status: 'revoked' } as const;
  const unknown = { certificate, status: 'unknown' } as const;
  const old = { certificate, thisUpdate: inDays(-20), nextUpdate: inDays(-10) };
  const oldRevoked = { ...old, status: 'revoked' } as const;
  for (const responses of [
    [good, revoked],
    [revoked, good],
    [unknown, old, good, revoked],
    [good, oldRevoked],
    [oldRevoked],
  ]) {
    assert.equal(codeOf(response({ responses })), 'ERR_OCSP_REVOKED');
  }
  assert.equal(codeOf(response({ responses: [good, unknown] })), 'ERR_OCSP_UNKNOWN');
  assert.equal(codeOf(response({ responses: [unknown, good] })), 'ERR_OCSP_UNKNOWN');
  assert.equal(codeOf(response({ responses: [good, old] })), 'ERR_OCSP_EXPIRED');
  assert.equal(codeOf(response({ responses: [good, good] })), 'good');
});

test('freshness, to the second', () => {
  const since = second(inDays(10));
  const until = second(inDays(17));
  const at = (base: Date, seconds: number) => new Date(base.getTime() + seconds * 1000);
  const verify = (time: Date, nextUpdate: Date | null, more: Partial<OCSPVerifyOptions> = {}) =>
    codeOf(response({ responses: [{ certificate, thisUpdate: since, nextUpdate }] }), { time, ...more });
  assert.equal(verify(at(since, -300), until), 'good');
  assert.equal(verify(at(since, -302), until), 'ERR_OCSP_NOT_YET_VALID');
  assert.equal(verify(at(since, -2), until, { skew: 0 }), 'ERR_OCSP_NOT_YET_VALID');
  assert.equal(verify(since, until, { skew: 0 }), 'good');
  assert.equal(verify(at(until, 300), until), 'good');
  assert.equal(verify(at(until, 302), until), 'ERR_OCSP_EXPIRED');
  assert.equal(verify(at(until, 2), until, { skew: 0 }), 'ERR_OCSP_EXPIRED');
  assert.equal(verify(at(since, 3600), until, { maxAge: 3600, skew: 0 }), 'good');
  assert.equal(verify(at(since, 3602), until, { maxAge: 3600, skew: 0 }), 'ERR_OCSP_EXPIRED');
  assert.equal(verify(at(since, 10), at(since, -10)), 'ERR_OCSP_EXPIRED', 'it ends before it begins');
  const day = 24 * 60 * 60;
  assert.equal(verify(at(since, day + 300), null), 'good');
  assert.equal(verify(at(since, day + 302), null), 'ERR_OCSP_EXPIRED', 'without nextUpdate a day');
  assert.equal(verify(at(since, 5 * day), null, { maxAge: 6 * day }), 'good');
});

test('the nonce of the request', () => {
  const request = OCSPRequest.generate({ certificate, issuer: ca.certificate, nonce: true });
  const { nonce } = request;
  assert.ok(nonce);
  assert.equal(nonce.length, 16);
  assert.equal(codeOf(response({ nonce }), { nonce }), 'good');
  assert.equal(codeOf(response({ nonce })), 'good');
  assert.equal(codeOf(response(), { nonce }), 'ERR_OCSP_WRONG_NONCE');
  assert.equal(codeOf(response({ nonce: Buffer.of(1) }), { nonce }), 'ERR_OCSP_WRONG_NONCE');
});

test('a responder that refuses', () => {
  for (const status of [
    'malformedRequest',
    'internalError',
    'tryLater',
    'sigRequired',
    'unauthorized',
  ] as const) {
    assert.equal(codeOf(OCSPResponse.generate({ status })), 'ERR_OCSP_NOT_SUCCESSFUL');
  }
});

interface Single {
  readonly hash?: string;
  readonly algorithm?: string;
  readonly dates?: Buffer[];
  readonly extensions?: Buffer[];
}

const key = new X509Certificate(ca.certificate.raw).publicKey.export({ format: 'jwk' });
const point = Buffer.concat([
  Buffer.of(4),
  ...[key.x, key.y].map((part) => Buffer.from(part ?? '', 'base64url')),
]);
const name = nameOf('Revoking CA');

function stamp(date: Date): Buffer {
  return generalizedTime(`${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`);
}

/** A response by hand, signed by the CA: what OCSPResponse.generate does not make. */
function handmade(singles: Single[], extensions: Buffer[] = []): OCSPResponse {
  const parts = singles.map(({ algorithm = '1.3.14.3.2.26', hash = 'sha1', ...single }) => {
    const digest = (data: Buffer) => der(4, createHash(hash).update(data).digest());
    return list(
      list(list(oid(algorithm)), digest(name), digest(point), serialOf(server)),
      der(0x80),
      ...(single.dates ?? [stamp(new Date())]),
      ...(single.extensions === undefined ? [] : [der(0xa1, list(...single.extensions))]),
    );
  });
  const data = list(
    der(0xa1, name),
    stamp(new Date()),
    list(...parts),
    ...(extensions.length === 0 ? [] : [der(0xa1, list(...extensions))]),
  );
  const basic = signedBy(ca, data);
  const bytes = list(oid('1.3.6.1.5.5.7.48.1.1'), der(4, basic));
  return new OCSPResponse(list(der(10, Buffer.of(0)), der(0xa0, bytes)));
}

test('by hand: hashes, extensions and dates that are not understood', () => {
  assert.equal(codeOf(handmade([{}])), 'good');
  assert.equal(codeOf(handmade([{}, {}])), 'good');
  const md5 = { hash: 'md5', algorithm: '1.2.840.113549.2.5' };
  assert.equal(codeOf(handmade([md5])), 'ERR_OCSP_NOT_COVERED');
  const sha512 = { hash: 'sha512', algorithm: '2.16.840.1.101.3.4.2.3' };
  assert.equal(codeOf(handmade([sha512])), 'good');
  assert.notEqual(codeOf(handmade([{ algorithm: '1.2.3.4' }])), 'good');
  const own = (critical: boolean) => extension('1.2.3.4', integer('01'), critical);
  assert.equal(codeOf(handmade([{}], [own(false)])), 'good');
  assert.equal(codeOf(handmade([{ extensions: [own(false)] }])), 'good');
  assert.equal(codeOf(handmade([{}], [own(true)])), 'ERR_OCSP_CRITICAL_EXTENSION');
  assert.equal(codeOf(handmade([{ extensions: [own(true)] }])), 'ERR_OCSP_CRITICAL_EXTENSION');
  assert.equal(codeOf(handmade([{ dates: [generalizedTime('20260230000000Z')] }])), 'ERR_OCSP_MALFORMED');
  const nonce = Buffer.from('not in an OCTET STRING');
  const bare = handmade([{}], [extension('1.3.6.1.5.5.7.48.1.2', nonce)]);
  assert.deepEqual(bare.nonce, nonce);
  assert.equal(codeOf(bare, { nonce }), 'good');
});

test('the same answers as of `openssl ocsp`', () => {
  const statuses = ['good', 'revoked', 'unknown'] as const;
  for (const status of statuses) {
    const answer = response({ responder: delegate, responses: [{ certificate, status }] });
    assert.equal(opensslRefuses(answer), status);
    assert.equal(answer.verify(asked).status, status);
  }
  const refused = response({ responder: neighbour });
  assert.throws(() => assert.equal(opensslRefuses(refused), 'good'));
  assert.equal(codeOf(refused), 'ERR_OCSP_UNTRUSTED_RESPONDER');
});

test('wrong options', () => {
  const answer = response();
  const errors: [unknown, string][] = [
    [undefined, 'options must be'],
    [{}, 'options.certificate must be'],
    [{ certificate }, 'options.issuer must be'],
    [{ ...asked, certificates: certificate }, 'options.certificates must be'],
    [{ ...asked, certificates: [5] }, 'options.certificates[0] must be'],
    [{ ...asked, time: 5 }, 'options.time must be'],
    [{ ...asked, nonse: Buffer.of(1) }, 'options must have no other names than certificate, '],
    [{ ...asked, maxAge: -1 }, 'options.maxAge must be'],
    [{ ...asked, skew: 86_401 }, 'options.skew must be'],
    [{ ...asked, nonce: 'text' }, 'options.nonce must be'],
    [{ ...asked, securityLevel: 6 }, 'options.securityLevel must be'],
    [{ ...asked, securityLevel: '1' }, 'options.securityLevel must be'],
  ];
  for (const [options, message] of errors) {
    assert.throws(
      () => answer.verify(options as never),
      (error: Error) => /^(Type|Range)Error$/.test(error.name) && error.message.startsWith(message),
      message,
    );
  }
});
