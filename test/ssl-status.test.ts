// OCSP stapling in handshakes: asked for, sent, and verified.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  CRL,
  IGNORE_ALL,
  OCSPResponse,
  SSL_VERIFY_NONE,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
  verify,
  X509_V_FLAG_CRL_CHECK,
  X509_V_FLAG_CRL_CHECK_ALL,
  X509_V_FLAG_X509_STRICT,
} from 'bladessl';
import { collectGarbage } from './helpers/gc';
import { attempt, connected, type Outcome } from './helpers/handshake';
import { authority, clientContext, localhost, only, serverContext } from './helpers/identities';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const { certificate } = localhost;
const hour = 3_600_000;

type Single = Parameters<typeof OCSPResponse.generate>[0] extends infer Options
  ? Options extends { responses: readonly (infer One)[] }
    ? One
    : never
  : never;

function staple(single: Partial<Single> = {}, issuer = authority): OCSPResponse {
  const now = Date.now();
  return OCSPResponse.generate({
    issuer,
    responses: [
      {
        certificate,
        status: 'good',
        thisUpdate: new Date(now - hour),
        nextUpdate: new Date(now + hour),
        ...single,
      } as Single,
    ],
  });
}

function asking(
  version: (typeof versions)[number],
  request: 'verify' | 'require' = 'verify',
): TLSClientContext {
  const context = only(clientContext(), version);
  context.statusRequest = request;
  return context;
}

function stapling(response: OCSPResponse | undefined): TLSServerContext {
  const context = serverContext();
  if (response !== undefined) context.ocspResponses = response;
  return context;
}

function assertRefused({ clientError, serverError }: Outcome, code: string): void {
  assert.equal(clientError?.code, code, clientError?.message);
  assert.match(clientError?.message ?? '', /^the certificate's OCSP status: /);
  assert.equal(clientError?.alert?.name, 'bad_certificate_status_response');
  assert.equal(serverError?.alert?.name, 'bad_certificate_status_response');
}

const other = Certificate.generate({ commonName: 'other', issuer: authority });
const stranger = Certificate.generate({ commonName: 'Test CA' });

const wrong: Record<string, { response: () => OCSPResponse; code: string }> = {
  revoked: {
    response: () => staple({ status: 'revoked', revocationTime: new Date(Date.now() - hour) }),
    code: 'ERR_OCSP_REVOKED',
  },
  unknown: { response: () => staple({ status: 'unknown' }), code: 'ERR_OCSP_UNKNOWN' },
  stale: {
    response: () =>
      staple({ thisUpdate: new Date(Date.now() - 3 * hour), nextUpdate: new Date(Date.now() - hour) }),
    code: 'ERR_OCSP_EXPIRED',
  },
  'of the future': {
    response: () => staple({ thisUpdate: new Date(Date.now() + hour / 2) }),
    code: 'ERR_OCSP_NOT_YET_VALID',
  },
};

for (const version of versions) {
  test(`${version}: a client that asks gets the staple, and verifies it`, () => {
    const response = staple();
    const server = stapling(response);
    const { client } = connected(asking(version), server);
    assert.deepEqual(client.ocspResponse?.raw, response.raw);
    connected(asking(version, 'require'), server);
    assert.equal(connected(only(clientContext(), version), server).client.ocspResponse, undefined);
    assert.equal(connected(asking(version), serverContext()).client.ocspResponse, undefined);
  });

  for (const [name, { response, code }] of Object.entries(wrong)) {
    test(`${version}: a response that is ${name} is refused, unless nothing is verified`, () => {
      const server = stapling(response());
      assertRefused(attempt(asking(version), server), code);
      const heedless = asking(version).setVerify(SSL_VERIFY_NONE);
      assert.equal(connected(heedless, server).client.ocspResponse?.status, 'successful');
      const forgiving = asking(version);
      forgiving.checkConfig = IGNORE_ALL;
      connected(forgiving, server);
      connected(only(clientContext(), version), server);
    });
  }

  test(`${version}: 'require' refuses a server without a staple`, () => {
    assertRefused(attempt(asking(version, 'require'), serverContext()), 'ERR_OCSP_MISSING');
  });

  test(`${version}: must-staple is honoured by who asks`, () => {
    const must = Certificate.generate({ commonName: 'localhost', issuer: authority, mustStaple: true });
    const server = serverContext(must);
    assertRefused(attempt(asking(version), server), 'ERR_OCSP_MISSING');
    connected(only(clientContext(), version), server);
    server.ocspResponses = staple({ certificate: must.certificate });
    connected(asking(version), server);
  });

  test(`${version}: a response of another CA of the same name, or about another certificate`, () => {
    const forged = serverContext();
    forged.onOcsp = () => staple({}, stranger);
    assertRefused(attempt(asking(version), forged), 'ERR_OCSP_BAD_SIGNATURE');
    const beside = serverContext();
    beside.onOcsp = () => staple({ certificate: other.certificate });
    assertRefused(attempt(asking(version), beside), 'ERR_OCSP_NOT_COVERED');
    // Of its own a server sends what is about its certificate, or nothing.
    const several = serverContext();
    several.ocspResponses = [staple({ certificate: other.certificate }), staple()];
    assert.ok(connected(asking(version, 'require'), several).client.ocspResponse);
    several.ocspResponses = [staple({ certificate: other.certificate }).raw];
    assert.equal(connected(asking(version), several).client.ocspResponse, undefined);
    several.ocspResponses = [];
    assert.deepEqual(several.ocspResponses, []);
  });

  test(`${version}: onOcsp is told what it is for, and may fail`, () => {
    const seen: unknown[] = [];
    const server = serverContext();
    server.onOcsp = ({ certificate: own, serverName: servername }) => {
      seen.push([own.subject, servername]);
      collectGarbage();
      return servername === 'localhost' ? staple().raw : undefined;
    };
    const named = connected(asking(version), server, {
      prepare: ({ client }) => {
        client.hostname = 'localhost';
      },
    });
    assert.ok(named.client.ocspResponse);
    assert.equal(connected(asking(version), server).client.ocspResponse, undefined);
    connected(only(clientContext(), version), server);
    assert.deepEqual(seen, [
      ['CN=localhost', 'localhost'],
      ['CN=localhost', undefined],
    ]);

    const boom = new Error('boom');
    server.onOcsp = () => {
      throw boom;
    };
    const { clientError, serverError } = attempt(asking(version), server);
    assert.equal(serverError, boom);
    assert.equal(clientError?.alert?.name, 'internal_error');
    const answers: [unknown, string][] = [
      [null, 'ERR_INVALID_ARG_TYPE'],
      ['text', 'ERR_INVALID_ARG_TYPE'],
    ];
    for (const [answer, code] of answers) {
      server.onOcsp = () => answer as never;
      assert.equal(attempt(asking(version), server).serverError?.code, code);
    }
    server.onOcsp = () => Buffer.from('garbage');
    assert.equal(attempt(asking(version), server).serverError?.code, 'ERR_NOT_AN_OCSP_RESPONSE');
    server.onOcsp = undefined;
    connected(asking(version), server);
  });

  test(`${version}: a CRL in a context`, () => {
    const revoked = Certificate.generate({ commonName: 'localhost', issuer: authority });
    const crl = CRL.generate({ issuer: authority, revoked: [{ certificate: revoked.certificate }] });
    const context = only(clientContext(), version);
    assert.equal(context.addCRL(crl), context);
    assert.equal(context.verifyFlags, X509_V_FLAG_CRL_CHECK);
    connected(context, serverContext());
    const { clientError, serverError } = attempt(context, serverContext(revoked));
    assert.equal(clientError?.verifyError?.name, 'X509_V_ERR_CERT_REVOKED');
    assert.equal(serverError?.alert?.name, 'certificate_revoked');
    context.verifyFlags = X509_V_FLAG_X509_STRICT;
    assert.equal(context.verifyFlags, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CRL_CHECK);
    assert.equal(
      attempt(context, serverContext(revoked)).clientError?.verifyError?.name,
      'X509_V_ERR_CERT_REVOKED',
    );
    const elsewhere = only(clientContext(), version).addCRL(CRL.generate({ issuer: stranger }).pem);
    const { clientError: missing } = attempt(elsewhere, serverContext());
    assert.equal(missing?.verifyError?.name, 'X509_V_ERR_UNABLE_TO_GET_CRL');
  });
}

test('CRLs in verify', () => {
  const intermediate = Certificate.generate({ commonName: 'Intermediate', issuer: authority, ca: true });
  const leaf = Certificate.generate({ commonName: 'leaf', issuer: intermediate });
  const ofRoot = CRL.generate({ issuer: authority, revoked: [{ certificate: intermediate.certificate }] });
  const ofIntermediate = CRL.generate({ issuer: intermediate });
  const options = { trusted: authority.certificate, chain: [intermediate.certificate] };
  const verdict = (more: object): string => {
    const result = verify(leaf.certificate, { ...options, ...more });
    return result.ok ? 'ok' : `${result.name} at ${result.depth}`;
  };
  assert.equal(verdict({}), 'ok');
  assert.equal(verdict({ crls: [ofIntermediate] }), 'ok');
  assert.equal(verdict({ crls: ofRoot }), 'X509_V_ERR_UNABLE_TO_GET_CRL at 0');
  const justExpired = CRL.generate({ issuer: intermediate, days: 0 });
  assert.equal(verdict({ crls: justExpired }), 'X509_V_ERR_CRL_HAS_EXPIRED at 0');
  const crls = [ofRoot.pem, ofIntermediate.raw];
  assert.equal(verdict({ crls }), 'ok');
  assert.equal(verdict({ crls, flags: X509_V_FLAG_CRL_CHECK_ALL }), 'X509_V_ERR_CERT_REVOKED at 1');
  for (const bad of [1, {}, [1], null]) {
    assert.throws(() => verdict({ crls: bad }), { name: 'TypeError', message: /^options\.crls/ });
  }
});

test('what the settings refuse changes nothing', () => {
  const context = new TLSContext();
  const response = staple();
  context.statusRequest = 'require';
  context.ocspResponses = response;
  const answer = (): undefined => undefined;
  context.onOcsp = answer;
  for (const bad of ['ask', 1, null, true] as never[]) {
    assert.throws(() => (context.statusRequest = bad), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /^statusRequest/,
    });
    assert.throws(() => (context.ocspResponses = bad), { name: 'TypeError', message: /^ocspResponses/ });
    assert.throws(() => (context.onOcsp = bad), { name: 'TypeError', message: /^onOcsp/ });
  }
  assert.throws(() => (context.ocspResponses = [response, 1 as never]), { message: /^ocspResponses\[1\]/ });
  assert.throws(() => context.addCRL(certificate.pem), { code: 'ERR_NOT_A_CRL' });
  assert.throws(() => context.addCRL('/missing.crl'), { code: 'ENOENT' });
  assert.equal(context.statusRequest, 'require');
  assert.deepEqual(context.ocspResponses, [response]);
  assert.equal(context.onOcsp, answer);
  context.statusRequest = undefined;
  assert.equal(context.statusRequest, undefined);
});
