// onVerify and verifyChain, called inside handshakes in memory: what they are told, what they may answer, and what
// becomes of everything else that they may do.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  CertificateVerifyError,
  IGNORE_HOSTNAME,
  SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLContext,
  type VerifyAlert,
  type VerifyCallback,
  type VerifyChainCallback,
  type VerifyEvent,
} from 'bladessl';
import { collectGarbage } from './helpers/gc';
import { attempt, type Ends, type Outcome } from './helpers/handshake';
import {
  authority,
  clientContext,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';

const versions = ['TLSv1.2', 'TLSv1.3'] as const;

/** A handshake in which one side judges the other's chain, and how it went for the judge. */
interface Judged {
  readonly outcome: Outcome;
  readonly judge: Outcome['clientError'];
  readonly judged: Outcome['clientError'];
}

type Callbacks = { onVerify?: VerifyCallback; verifyChain?: VerifyChainCallback };
type Prepare = (ends: Ends) => void;

const grounds = {
  'a client': (callbacks: Callbacks, version: (typeof versions)[number], prepare?: Prepare): Judged => {
    const context = Object.assign(only(clientContext(), version), callbacks);
    const outcome = attempt(context, serverContext(), {
      prepare: (made) => {
        made.client.verifyName = 'localhost';
        prepare?.(made);
      },
    });
    return { outcome, judge: outcome.clientError, judged: outcome.serverError };
  },
  'a server': (callbacks: Callbacks, version: (typeof versions)[number], prepare?: Prepare): Judged => {
    const context = serverContext().addCA(authority.certificate);
    context.setVerify(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    Object.assign(context, callbacks);
    const client = show(only(clientContext(), version), someone);
    const outcome = attempt(client, context, prepare && { prepare });
    return { outcome, judge: outcome.serverError, judged: outcome.clientError };
  },
};

const alerts: readonly VerifyAlert[] = [
  'handshake_failure',
  'bad_certificate',
  'unsupported_certificate',
  'certificate_revoked',
  'certificate_expired',
  'certificate_unknown',
  'unknown_ca',
  'decrypt_error',
  'internal_error',
];

for (const [who, judgeWith] of Object.entries(grounds)) {
  const subject = who === 'a client' ? 'CN=localhost' : 'CN=someone';
  for (const version of versions) {
    test(`${who}, ${version}: onVerify sees a sound chain from the root down, and accepts it`, () => {
      const seen: VerifyEvent[] = [];
      const { outcome } = judgeWith({ onVerify: (event) => seen.push(event) > 0 }, version);
      assert.equal(outcome.clientError ?? outcome.serverError, undefined);
      const told = seen.map(({ ok, code, name, message, depth, certificate }) => {
        return { ok, code, name, message, depth, subject: certificate?.subject };
      });
      const sound = { ok: true, code: 0, name: 'X509_V_OK', message: 'ok' };
      assert.deepEqual(told, [
        { ...sound, depth: 1, subject: 'CN=Test CA' },
        { ...sound, depth: 0, subject },
      ]);
      for (const { chain } of seen) {
        assert.deepEqual(
          chain.map((certificate) => certificate.subject),
          [subject, 'CN=Test CA'],
        );
      }
    });

    test(`${who}, ${version}: false and each alert refuse a sound chain`, () => {
      for (const answer of [false, ...alerts]) {
        const { judge, judged } = judgeWith({ onVerify: () => answer }, version);
        const name = answer === false ? 'certificate_unknown' : answer;
        assert.ok(judge instanceof CertificateVerifyError, `${answer}`);
        assert.equal(judge.verifyError?.name, 'X509_V_ERR_APPLICATION_VERIFICATION');
        assert.equal(judge.verifyError?.depth, 1);
        assert.equal(judge.alert?.name, name);
        assert.equal(judged?.alert?.name, name);
      }
    });

    test(`${who}, ${version}: what a callback throws is what the handshake fails with`, () => {
      const thrown = [new Error('no'), 'a string', undefined, null, Object.freeze({})];
      for (const callback of ['onVerify', 'verifyChain'] as const) {
        for (const error of thrown) {
          const { judge, judged, outcome } = judgeWith(
            {
              [callback]: () => {
                throw error;
              },
            },
            version,
          );
          // `attempt` takes what is no Error for a step that is done.
          if (error instanceof Error) {
            assert.equal(judge, error);
            assert.equal(judged?.alert?.name, 'internal_error');
          }
          const { client, server } = outcome;
          const ssl = who === 'a client' ? client : server;
          assert.equal(ssl.verifyResult.name, 'X509_V_ERR_APPLICATION_VERIFICATION');
          assert.throws(() => ssl.doHandshake(), { code: 'ERR_CONNECTION_FAILED' });
          assert.equal(ssl.isInitFinished, false);
        }
      }
    });

    test(`${who}, ${version}: what is no answer is a TypeError`, () => {
      const answers = [undefined, null, 1, 0, -1, 'yes', 'close_notify', 'toString', {}, [], () => true];
      for (const callback of ['onVerify', 'verifyChain'] as const) {
        for (const answer of answers) {
          const { judge, judged } = judgeWith({ [callback]: () => answer }, version);
          assert.equal(judge?.name, 'TypeError', String(answer));
          assert.equal(judge?.code, 'ERR_INVALID_ARG_TYPE');
          assert.match(
            judge?.message ?? '',
            new RegExp(`^the value that ${callback} returned must be true, false`),
          );
          assert.equal(judged?.alert?.name, 'internal_error');
        }
      }
    });

    test(`${who}, ${version}: verifyChain takes the place of OpenSSL's verification, and of onVerify`, () => {
      const told: unknown[] = [];
      const { outcome } = judgeWith(
        {
          onVerify: () => assert.fail('not asked'),
          verifyChain: ({ certificate, chain, host, ip, purpose }) => {
            told.push([certificate.subject, chain.map((link) => link.subject), host, ip, purpose]);
            return true;
          },
        },
        version,
        ({ client }) => {
          if (who === 'a client') client.verifyName = 'not.localhost';
        },
      );
      assert.equal(outcome.clientError ?? outcome.serverError, undefined);
      // A client with a trust store sends the chain that it finds there.
      const expected =
        who === 'a client'
          ? [[subject], 'not.localhost', undefined, 'sslserver']
          : [[subject, 'CN=Test CA'], undefined, undefined, 'sslclient'];
      assert.deepEqual(told, [[subject, ...expected]]);
      const ssl = who === 'a client' ? outcome.client : outcome.server;
      assert.equal(ssl.verifyResult.name, 'X509_V_OK');
      assert.deepEqual(ssl.verifiedChain, []);
      for (const answer of [false, ...alerts]) {
        const { judge, judged } = judgeWith({ verifyChain: () => answer }, version);
        assert.equal(judge?.verifyError?.name, 'X509_V_ERR_APPLICATION_VERIFICATION');
        assert.equal(judge?.verifyError?.depth, 0);
        assert.equal(judged?.alert?.name, answer === false ? 'certificate_unknown' : answer);
      }
    });

    test(`${who}, ${version}: a callback may do what it likes to the SSL and its context`, () => {
      const acts: Record<string, (ssl: SSL, context: SSLContext) => void> = {
        'free the SSL': (ssl) => ssl.free(),
        'go on with the handshake': (ssl) => void ssl.doHandshake(),
        read: (ssl) => void ssl.read(),
        write: (ssl) => void ssl.write('x'),
        shutdown: (ssl) => void ssl.shutdown(),
        'take the transport away': (ssl) => void ssl.setBio(undefined),
        'set another callback': (ssl) => {
          ssl.onVerify = () => true;
        },
        'verify nothing': (ssl) => void ssl.setVerify(SSL_VERIFY_NONE),
        'free the context': (_, context) => context.free(),
        'take the callback off': (_, context) => {
          context.onVerify = undefined;
        },
        'change the context, and collect': (_, context) => {
          context.addCA(localhost.certificate).checkConfig = IGNORE_HOSTNAME;
          collectGarbage();
        },
      };
      const refusals = ['ERR_BUSY', 'ERR_WRONG_STATE'];
      for (const [name, act] of Object.entries(acts)) {
        for (const answer of [true, false]) {
          let own: SSL | undefined;
          let refusal: string | undefined;
          const { outcome, judge } = judgeWith(
            {
              onVerify: () => {
                assert.ok(own);
                try {
                  act(own, own.context);
                } catch (error) {
                  refusal = (error as { code: string }).code;
                }
                return answer;
              },
            },
            version,
            ({ client, server }) => {
              own = who === 'a client' ? client : server;
            },
          );
          const touchesSSL = /SSL|handshake|read|write|shutdown|transport|another|nothing/.test(name);
          if (touchesSSL) assert.ok(refusals.includes(refusal ?? ''), `${name}: ${refusal}`);
          else assert.equal(refusal, undefined, name);
          if (answer) assert.equal(outcome.clientError ?? outcome.serverError, undefined, name);
          else assert.ok(judge instanceof CertificateVerifyError, name);
        }
      }
    });
  }
}
