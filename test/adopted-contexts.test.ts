// A context that another one's callback has answered: its rules hold wholly, and what was set on the SSL itself stays.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  CRL,
  IGNORE_EXPIRED,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSServerContext,
  type TLSVersion,
  X509_V_FLAG_CRL_CHECK,
} from 'bladessl';
import { attempt, type Ends, type Outcome } from './helpers/handshake';
import {
  authority,
  clientContext,
  type Identity,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];
const callbacks = ['onClientHello', 'onServerName'] as const;
const strictly = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

function shake(client: SSLContext, server: SSLContext, prepare: (ends: Ends) => void = () => {}): Outcome {
  return attempt(client, server, {
    prepare: (both) => {
      both.client.hostname = 'localhost';
      prepare(both);
    },
  });
}

/** What the server fails with: a code, or the name of what is wrong with the client's chain; undefined for nothing. */
function verdict({ serverError }: Outcome): string | undefined {
  return serverError?.verifyError?.name ?? serverError?.code;
}

const intermediate = Certificate.generate({ commonName: 'intermediate', issuer: authority, ca: true });
const distant = Certificate.generate({ commonName: 'distant', issuer: intermediate });
const onlyServer = Certificate.generate({
  commonName: 'server',
  issuer: authority,
  extendedKeyUsage: ['serverAuth'],
});
const expired = Certificate.generate({ commonName: 'expired', issuer: authority, days: 0 });
const crl = CRL.generate({ issuer: authority, revoked: [{ certificate: someone.certificate }] });

interface Rule {
  readonly client: Identity;
  readonly set: (context: SSLContext) => unknown;
  /** What a context with the rule says, and one without it. */
  readonly verdicts: readonly [withRule: string | undefined, without: string | undefined];
}

const set = (values: Partial<SSLContext>) => (context: SSLContext) => Object.assign(context, values);

const rules: Record<string, Rule> = {
  "verifyPurpose 'any'": {
    client: onlyServer,
    set: set({ verifyPurpose: 'any' }),
    verdicts: [undefined, 'X509_V_ERR_INVALID_PURPOSE'],
  },
  "verifyPurpose 'sslserver'": {
    client: onlyServer,
    set: set({ verifyPurpose: 'sslserver' }),
    verdicts: [undefined, 'X509_V_ERR_INVALID_PURPOSE'],
  },
  'verifyDepth 0': {
    client: distant,
    set: set({ verifyDepth: 0 }),
    verdicts: ['X509_V_ERR_CERT_CHAIN_TOO_LONG', undefined],
  },
  'verifyFlags X509_V_FLAG_CRL_CHECK': {
    client: someone,
    set: set({ verifyFlags: X509_V_FLAG_CRL_CHECK }),
    verdicts: ['X509_V_ERR_UNABLE_TO_GET_CRL', undefined],
  },
  'verifyTime long ago': {
    client: someone,
    set: set({ verifyTime: new Date('2000-01-01') }),
    verdicts: ['X509_V_ERR_CERT_NOT_YET_VALID', undefined],
  },
  'verifyTime when it was valid': {
    client: expired,
    set: set({ verifyTime: new Date(Number(expired.certificate.expirationDate) - 60_000) }),
    verdicts: [undefined, 'X509_V_ERR_CERT_HAS_EXPIRED'],
  },
  'checkConfig IGNORE_EXPIRED': {
    client: expired,
    set: set({ checkConfig: IGNORE_EXPIRED }),
    verdicts: [undefined, 'X509_V_ERR_CERT_HAS_EXPIRED'],
  },
  addCRL: {
    client: someone,
    set: (context) => context.addCRL(crl),
    verdicts: ['X509_V_ERR_CERT_REVOKED', undefined],
  },
};

const asking = (version: TLSVersion): TLSServerContext =>
  only(serverContext(), version).addCA(authority.certificate).setVerify(strictly);

/** A server whose own context has a rule or not, and that goes on with one that has the other. */
function goingOn(
  callback: (typeof callbacks)[number],
  own: TLSServerContext,
  other: SSLContext,
): TLSServerContext {
  return Object.assign(own, { [callback]: () => other });
}

for (const version of versions) {
  for (const callback of callbacks) {
    for (const [what, { client: identity, set: apply, verdicts }] of Object.entries(rules)) {
      test(`${version}, ${callback}: ${what} is the adopted context's, or is not`, () => {
        const client = only(clientContext(), version);
        client.useCertificate(identity.certificate, identity === distant ? [intermediate.certificate] : []);
        client.usePrivateKey(identity.privateKey);
        const make = (withRule: boolean): TLSServerContext => {
          const context = asking(version);
          if (withRule) apply(context);
          return context;
        };
        for (const [index, hasRule] of [true, false].entries()) {
          assert.equal(verdict(shake(client, make(hasRule))), verdicts[index], 'alone');
          const server = goingOn(callback, make(!hasRule), make(hasRule));
          assert.equal(verdict(shake(client, server)), verdicts[index], `adopted: ${hasRule}`);
        }
      });
    }

    test(`${version}, ${callback}: verifyMode is the adopted context's, in both directions`, () => {
      const client = only(clientContext(), version);
      const refusal = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
      for (const [own, other, expected] of [
        [SSL_VERIFY_NONE, strictly, refusal],
        [strictly, SSL_VERIFY_NONE, undefined],
        [strictly, SSL_VERIFY_PEER, undefined],
        [SSL_VERIFY_PEER, strictly, refusal],
      ] as const) {
        const server = goingOn(callback, asking(version).setVerify(own), asking(version).setVerify(other));
        const outcome = shake(client, server);
        assert.equal(verdict(outcome), expected);
        if (expected === undefined) assert.equal(outcome.server.verifyMode, other);
      }
    });

    test(`${version}, ${callback}: a verifyMode of the SSL itself stays, one that the callback answers wins`, () => {
      const client = only(clientContext(), version);
      const refusal = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';
      for (const [own, context, answered, expected] of [
        [strictly, SSL_VERIFY_NONE, undefined, refusal],
        [SSL_VERIFY_NONE, strictly, undefined, undefined],
        [strictly, strictly, SSL_VERIFY_NONE, undefined],
        [SSL_VERIFY_NONE, SSL_VERIFY_NONE, strictly, refusal],
        [SSL_VERIFY_NONE, strictly, strictly, refusal],
      ] as const) {
        const adopted = asking(version).setVerify(context);
        const server = only(serverContext(), version);
        server[callback] = () => ({ context: adopted, verifyMode: answered });
        const outcome = shake(client, server, (both) => {
          both.server.verifyMode = own;
        });
        assert.equal(verdict(outcome), expected, `${own}, ${context}, ${answered}`);
      }
    });
  }

  test(`${version}: verifyName and verifyIP of the SSL itself stay`, () => {
    const client = show(only(clientContext(), version), someone);
    for (const [name, value, expected] of [
      ['verifyName', 'someone', undefined],
      ['verifyName', 'somebody', 'X509_V_ERR_HOSTNAME_MISMATCH'],
      ['verifyIP', '127.0.0.1', 'X509_V_ERR_IP_ADDRESS_MISMATCH'],
    ] as const) {
      const server = goingOn('onServerName', only(serverContext(), version), asking(version));
      const outcome = shake(client, server, (both) => {
        both.server[name] = value;
      });
      assert.equal(verdict(outcome), expected, value);
      assert.equal(outcome.server[name], value);
    }
  });
}
