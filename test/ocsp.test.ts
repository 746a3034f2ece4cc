import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Certificate, OCSPRequest, OCSPResponse } from 'bladessl';
import { assertMade, presentSecond } from './helpers/clock';
import { errorOf } from './helpers/failures';
import { assertAllFreed } from './helpers/members';
import { openssl, pathOf, read, write } from './helpers/openssl-files';
import { ca, delegate, gnutls, impostor, inDays, neighbour, second, server } from './helpers/revocation';

const { certificate } = server;
const issuer = ca.certificate;
const threeDaysAgo = inDays(-3);
const since = presentSecond();
const response = OCSPResponse.generate({
  issuer: ca,
  responder: delegate,
  responses: [
    { certificate },
    {
      serialNumber: '0abc',
      status: 'revoked',
      revocationReason: 'cACompromise',
      revocationTime: threeDaysAgo,
    },
    { certificate: neighbour.certificate, status: 'unknown', nextUpdate: null },
  ],
});

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The answer of `openssl ocsp` to a request, from a database of two certificates. */
function opensslAnswer(request: OCSPRequest, signer: string): OCSPResponse {
  const good = `V\t301231235959Z\t\t${certificate.serialNumber}\tunknown\t/CN=x\n`;
  const revoked = `R\t301231235959Z\t260102030405Z,superseded\t${neighbour.certificate.serialNumber}\tunknown\t/CN=y\n`;
  write('ocsp-index.txt', good + revoked);
  write('request.der', request.raw);
  openssl(
    `ocsp -index ocsp-index.txt -CA revoking-ca.pem ${signer} -reqin request.der -respout answer.der -ndays 2`,
  );
  return new OCSPResponse(pathOf('answer.der'));
}

test('what it tells is what it was made of', () => {
  assert.equal(response.status, 'successful');
  // OpenSSL asks time(2), which lags some milliseconds behind Date.now() at the turn of a second.
  assertMade(response.producedAt, since - 1000);
  assert.deepEqual(response.responderId, { name: 'CN=responder' });
  assert.equal(response.signatureAlgorithm, 'ecdsa-with-SHA256');
  assert.deepEqual(
    response.certificates.map((one) => one.subject),
    ['CN=responder'],
  );
  assert.equal(response.nonce, undefined);
  const [first, revoked, unknown, ...rest] = response.responses;
  assert.deepEqual(rest, []);
  assert.equal(first?.serialNumber, certificate.serialNumber);
  assert.equal(first.status, 'good');
  assertMade(first.thisUpdate, since, -5 * 60 * 1000);
  assert.equal(Number(first.nextUpdate) - Number(first.thisUpdate), (7 * 24 * 60 + 5) * 60 * 1000);
  assert.equal(revoked?.serialNumber, '0ABC');
  assert.equal(revoked.revocationReason, 'cACompromise');
  assert.deepEqual(revoked.revocationTime, second(threeDaysAgo));
  assert.equal(unknown?.status, 'unknown');
  assert.equal(unknown.nextUpdate, undefined);
  assert.equal(unknown.revocationTime, undefined);
});

test('the ids of certificates: hashes of the name and the key', () => {
  for (const hash of ['sha1', 'sha256'] as const) {
    const made = OCSPResponse.generate({ issuer: ca, responses: [{ certificate }], hashAlgorithm: hash });
    const request = OCSPRequest.generate({ certificate, issuer, hashAlgorithm: hash });
    const { publicKey } = new X509Certificate(issuer.raw);
    const { x, y } = publicKey.export({ format: 'jwk' });
    const point = Buffer.concat([
      Buffer.of(4),
      ...[x, y].map((part) => Buffer.from(part ?? '', 'base64url')),
    ]);
    const keyHash = createHash(hash).update(point).digest('hex');
    const { issuerNameHash, issuerKeyHash, hashAlgorithm, serialNumber } = made.responses[0] ?? assert.fail();
    assert.equal(issuerKeyHash.replaceAll(':', ''), keyHash);
    assert.equal(hashAlgorithm, hash);
    assert.deepEqual(request.certificates, [{ serialNumber, issuerNameHash, issuerKeyHash, hashAlgorithm }]);
  }
  const byKey = OCSPResponse.generate({ issuer: ca, responses: [], responderId: 'keyHash' });
  const { issuerKeyHash } = OCSPRequest.generate({ certificate, issuer }).certificates[0] ?? assert.fail();
  assert.deepEqual(byKey.responderId, { keyHash: issuerKeyHash });
});

test('toString: as `openssl ocsp` prints it', () => {
  write('printed.der', response.raw);
  const printed = openssl('ocsp -respin printed.der -noverify -resp_text');
  assert.deepEqual(words(response.toString()), words(printed));
  const refused = OCSPResponse.generate({ status: 'tryLater' });
  assert.match(refused.toString(), /OCSP Response Status: trylater \(0x3\)/);
});

for (const key of ['ec', 'rsa', 'ed25519'] as const) {
  test(`${key}: openssl and GnuTLS believe it`, () => {
    const signer = Certificate.generate({ commonName: 'Test CA', key });
    const leaf = Certificate.generate({ commonName: 'leaf', issuer: signer });
    const made = OCSPResponse.generate({ issuer: signer, responses: [{ certificate: leaf.certificate }] });
    write('made.der', made.raw);
    write('signer.pem', signer.certificate.pem);
    write('signed.pem', leaf.certificate.pem);
    const files = '-CAfile signer.pem -issuer signer.pem -cert signed.pem';
    assert.match(openssl(`ocsp -respin made.der ${files}`), /^signed\.pem: good$/m);
    const output = gnutls(
      'ocsptool',
      '--verify-response',
      '--load-response',
      'made.der',
      '--load-signer',
      'signer.pem',
    );
    assert.match(output, /Verifying OCSP Response: Success/);
    assert.equal(made.verify({ certificate: leaf.certificate, issuer: signer.certificate }).ok, true);
  });
}

test('an openssl responder answers our request', () => {
  write('delegate.pem', delegate.certificate.pem);
  for (const signer of [
    '-rsigner revoking-ca.pem -rkey revoking-ca-key.pem',
    '-rsigner delegate.pem -rkey server-key.pem',
    '-rsigner delegate.pem -rkey server-key.pem -resp_key_id',
  ]) {
    for (const hashAlgorithm of ['sha1', 'sha256'] as const) {
      const request = OCSPRequest.generate({ certificate, issuer, nonce: true, hashAlgorithm });
      const answer = opensslAnswer(request, signer);
      const { nonce } = request;
      assert.ok(nonce);
      assert.deepEqual(answer.nonce, nonce);
      assert.deepEqual(answer.verify({ certificate, issuer, nonce }).status, 'good');
      const [single] = answer.responses;
      assert.equal(Number(single?.nextUpdate) - Number(single?.thisUpdate), 2 * 24 * 60 * 60 * 1000);
    }
  }
  const about = { certificate: neighbour.certificate, issuer };
  const revoked = opensslAnswer(OCSPRequest.generate(about), '-rsigner delegate.pem -rkey server-key.pem');
  const verdict = revoked.verify(about);
  assert.equal(verdict.status, 'revoked');
  assert.deepEqual(verdict.response?.revocationTime, new Date('2026-01-02T03:04:05Z'));
  assert.equal(verdict.response.revocationReason, 'superseded');
});

test('requests: those of openssl and GnuTLS are read, and ours by them', () => {
  const request = OCSPRequest.generate({ certificate, issuer, nonce: true });
  write('ours.der', request.raw);
  const hex = request.nonce?.toString('hex') ?? assert.fail();
  assert.ok(openssl('ocsp -reqin ours.der -req_text').includes(hex.toUpperCase()));
  const info = gnutls('ocsptool', '--request-info', '--load-request', 'ours.der');
  assert.ok(info.includes(certificate.serialNumber.toLowerCase()), info);
  openssl('ocsp -issuer revoking-ca.pem -cert server.pem -no_nonce -reqout theirs.der');
  const plain = OCSPRequest.generate({ certificate, issuer });
  assert.deepEqual(read('theirs.der'), plain.raw);
  assert.equal(plain.nonce, undefined);
  const theirs = new OCSPRequest(read('theirs.der'));
  assert.deepEqual(theirs.certificates, plain.certificates);
  openssl('ocsp -issuer revoking-ca.pem -cert server.pem -serial 0x1234 -reqout two.der');
  const two = new OCSPRequest(new Uint8Array(read('two.der')).buffer);
  assert.deepEqual(
    two.certificates.map((one) => one.serialNumber),
    [certificate.serialNumber, '1234'],
  );
  assert.equal(two.nonce?.length, 16);
  gnutls(
    'ocsptool',
    '--generate-request',
    '--load-issuer',
    'revoking-ca.pem',
    '--load-cert',
    'server.pem',
    '--outfile',
    'tls.der',
  );
  assert.equal(new OCSPRequest(read('tls.der')).certificates[0]?.serialNumber, certificate.serialNumber);
  assert.notEqual(request.raw, request.raw);
  assert.deepEqual(new OCSPRequest(request.raw).nonce, request.nonce);
});

test('read from DER, files and URLs', () => {
  const path = write('kept.der', response.raw);
  for (const input of [response.raw, path, pathToFileURL(path), new Uint8Array(response.raw).buffer]) {
    assert.deepEqual(new OCSPResponse(input).raw, response.raw);
  }
});

test('JSON keeps a request and a response, and inspect shows what they say', () => {
  const request = OCSPRequest.generate({ certificate, issuer, nonce: true });
  const again = (message: object) => Buffer.from(JSON.parse(JSON.stringify(message)), 'base64');
  assert.deepEqual(new OCSPRequest(again(request)).raw, request.raw);
  assert.deepEqual(new OCSPResponse(again(response)).raw, response.raw);
  const { serialNumber } = certificate;
  assert.match(inspect(request), new RegExp(`^OCSPRequest \\{\\s+certificates: \\[[^]*'${serialNumber}'`));
  assert.match(inspect(request), /nonce: <Buffer [\da-f ]+>\s+\}$/);
  assert.match(inspect(response), /^OCSPResponse \{\s+status: 'successful',\s+producedAt: /);
  assert.equal(inspect({ request }, { depth: 0 }), '{ request: [OCSPRequest] }');
  assert.equal(typeof inspect(OCSPRequest.prototype), 'string');
});

test('a refusal has a status and nothing else', () => {
  for (const status of [
    'malformedRequest',
    'internalError',
    'tryLater',
    'sigRequired',
    'unauthorized',
  ] as const) {
    const refusal = new OCSPResponse(OCSPResponse.generate({ status }).raw);
    assert.equal(refusal.status, status);
    const { producedAt, responderId, signatureAlgorithm, nonce, certificates, responses } = refusal;
    assert.deepEqual(
      [producedAt, responderId, signatureAlgorithm, nonce, certificates, responses],
      [undefined, undefined, undefined, undefined, [], []],
    );
  }
  assert.equal(new OCSPResponse(Buffer.from('30030a0104', 'hex')).status, 'status 4');
});

test('what is no response, and no request', () => {
  const codes: [unknown, string][] = [
    [Buffer.from('hello'), 'ERR_NOT_AN_OCSP_RESPONSE'],
    [Buffer.alloc(0), 'ERR_NOT_AN_OCSP_RESPONSE'],
    [Buffer.concat([response.raw, Buffer.of(0)]), 'ERR_TRAILING_DATA'],
    [issuer.raw, 'ERR_OSSL_ASN1_'],
    [response.raw.subarray(0, -1), 'ERR_OSSL_ASN1_'],
    [Buffer.from('30030a0100', 'hex'), 'ERR_OSSL_OCSP_NO_RESPONSE_DATA'],
    [Buffer.from('300e0a0100a009300706032a03040400', 'hex'), 'ERR_OSSL_OCSP_NOT_BASIC_RESPONSE'],
    ['none.der', 'ENOENT'],
    [write('text.der', 'text'), 'ERR_NOT_AN_OCSP_RESPONSE'],
  ];
  for (const [input, code] of codes) {
    const error = errorOf(() => new OCSPResponse(input as never));
    assert.ok(error.code.startsWith(code), `${error.code} ${error.message}`);
  }
  for (const wrong of [undefined, null, 5, {}, '', 'a\0b']) {
    assert.throws(() => new OCSPResponse(wrong as never), TypeError);
    assert.throws(() => new OCSPRequest(wrong as never), TypeError);
  }
  const { raw } = OCSPRequest.generate({ certificate, issuer });
  assert.throws(() => new OCSPRequest(Buffer.from('text')), { code: 'ERR_NOT_AN_OCSP_REQUEST' });
  assert.throws(() => new OCSPRequest(Buffer.concat([raw, raw])), { code: 'ERR_TRAILING_DATA' });
  assert.match(errorOf(() => new OCSPRequest(raw.subarray(1))).code, /^ERR_(OSSL_ASN1_|NOT_AN_OCSP)/);
});

test('generate: wrong options', () => {
  const full = { issuer: ca, responses: [{ certificate }] };
  const said = (statement: object) => ({ ...full, responses: [{ certificate, ...statement }] });
  const ed25519 = Certificate.generate({ commonName: 'Responder', key: 'ed25519', issuer: ca });
  const errors: [unknown, string][] = [
    [undefined, 'options must be'],
    [{}, 'options.issuer must be'],
    [{ status: 'successful' }, 'options.status must say'],
    [{ status: 5 }, 'options.status must say'],
    [{ issuer: ca }, 'options.responses must be'],
    [{ ...full, issuer: { certificate: issuer } }, 'options.issuer.privateKey must be'],
    [{ ...full, responder: 5 }, 'options.responder must be'],
    [{ ...full, responder: { certificate } }, 'options.responder.privateKey must be'],
    [{ ...full, responses: [{}] }, 'options.responses[0].serialNumber must be'],
    [
      { ...full, responses: [{ certificate, serialNumber: '1' }] },
      'options.responses[0].serialNumber must not',
    ],
    [{ ...full, responses: [{ certificate, status: 'bad' }] }, 'options.responses[0].status must be'],
    [said({ status: 'revoked', revocationReason: 'bad' }), 'options.responses[0].revocationReason must be'],
    [
      said({ revocationReason: 'keyCompromise' }),
      "options.responses[0].revocationReason is for the status 'revoked' only",
    ],
    [
      said({ status: 'good', revocationTime: threeDaysAgo }),
      'options.responses[0].revocationTime is for the status',
    ],
    [
      said({ status: 'unknown', revocationTime: threeDaysAgo }),
      'options.responses[0].revocationTime is for the status',
    ],
    [said({ state: 'revoked' }), 'options.responses[0] must have no other names than serialNumber, '],
    [{ ...full, responders: delegate }, 'options must have no other names than '],
    [{ ...full, status: 'tryLater' }, "options must have no other names than status: 'issuer'"],
    [{ ...full, responder: ed25519, digest: 'sha256' }, "the signer's key hashes by itself"],
    [{ ...full, responses: [{ certificate, nextUpdate: 5 }] }, 'options.responses[0].nextUpdate must be'],
    [{ ...full, certificates: [5] }, 'options.certificates[0] must be'],
    [{ ...full, responderId: 'x' }, 'options.responderId must be'],
    [{ ...full, hashAlgorithm: 'md5' }, 'options.hashAlgorithm must be'],
    [{ ...full, digest: 'none' }, "there is no digest 'none'"],
    [{ ...full, nonce: 'text' }, 'options.nonce must be'],
    [{ ...full, nonce: Buffer.alloc(129) }, 'options.nonce.byteLength must be'],
  ];
  for (const [options, message] of errors) {
    assert.throws(
      () => OCSPResponse.generate(options as never),
      (error: Error & { code?: string }) =>
        /^(Type|Range)Error$/.test(error.name) &&
        /^ERR_(INVALID_ARG|OUT_OF)/.test(error.code ?? '') &&
        error.message.startsWith(message),
      message,
    );
  }
  const wrongKey = { certificate: issuer, privateKey: impostor.privateKey };
  assert.throws(() => OCSPResponse.generate({ issuer: wrongKey, responses: [] }), {
    code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
  });
  for (const [options, message] of [
    [undefined, /^options must be/],
    [{ certificate }, /^options\.issuer must be/],
    [{ issuer }, /^options\.certificate must be/],
    [{ certificate, issuer, nonce: 1 }, /^options\.nonce must be/],
    [{ certificate, issuer, nounce: true }, /^options must have .*: 'nounce'$/],
    [{ certificate, issuer, hashAlgorithm: 'x' }, /^options\.hashAlgorithm must be/],
  ] as const) {
    assert.throws(() => OCSPRequest.generate(options as never), { name: 'TypeError', message });
  }
});

test('freed: every member says so', () => {
  const freed = new OCSPResponse(response.raw);
  freed.free();
  freed.free();
  const calls = { verify: [{ certificate, issuer }], toString: [], toJSON: [], getPointer: [] };
  assertAllFreed(freed, calls);
  const gone = new Certificate(issuer.raw);
  gone.free();
  assert.throws(() => response.verify({ certificate, issuer: gone }), { code: 'ERR_FREED' });
});
