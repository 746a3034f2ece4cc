// onVerify and verifyChain, called inside handshakes in memory: what they are told, what they may answer, and what
// becomes of everything else that they may do.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  BIO,
  Certificate,
  CertificateVerifyError,
  IGNORE_HOSTNAME,
  SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLBIO,
  SSLContext,
  TLS_method,
  TLSClientContext,
  TLSServerContext,
  type VerifyAlert,
  type VerifyCallback,
  type VerifyChainCallback,
  type VerifyEvent,
} from 'bladessl';
import { shake } from './helpers/chains';
import { collectGarbage, Doomed } from './helpers/gc';
import { attempt, connected, type Ends, ends, type Outcome, pump } from './helpers/handshake';
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

    test(`${who}, ${version}: what is no answer is a TypeError, a promise is refused by name`, () => {
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
        const { judge } = judgeWith({ [callback]: async () => true }, version);
        assert.equal(judge?.code, 'ERR_ASYNC_NOT_POSSIBLE');
      }
    });

    test(`${who}, ${version}: verifyChain takes the place of OpenSSL's verification, and of onVerify`, () => {
      const told: unknown[] = [];
      const { outcome } = judgeWith(
        {
          onVerify: () => assert.fail('not asked'),
          verifyChain: ({ certificate, chain, expected }) => {
            told.push([certificate.subject, chain.map((link) => link.subject), expected]);
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
      const [sent, expected] =
        who === 'a client' ? [[subject], 'not.localhost'] : [[subject, 'CN=Test CA'], undefined];
      assert.deepEqual(told, [[subject, sent, expected]]);
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

test('onVerify overrides one fault, and no other', () => {
  const stranger = Certificate.generate({ commonName: 'localhost', days: -1 });
  const context = new TLSClientContext();
  const forgiven = new Set<string>();
  context.onVerify = ({ ok, name }) => ok || forgiven.has(name);
  const faults: string[] = [];
  for (;;) {
    const { clientError } = attempt(context, serverContext(stranger), {
      prepare: ({ client }) => {
        client.verifyName = 'other.example';
      },
    });
    if (clientError === undefined) break;
    const { name } = clientError.verifyError ?? assert.fail(clientError);
    faults.push(name);
    forgiven.add(name);
  }
  assert.deepEqual(faults.sort(), [
    'X509_V_ERR_CERT_HAS_EXPIRED',
    'X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT',
    'X509_V_ERR_HOSTNAME_MISMATCH',
  ]);
});

test('an overridden fault is no fault of the connection any more', () => {
  const context = new TLSClientContext();
  context.onVerify = () => true;
  const { client } = connected(context, serverContext());
  assert.deepEqual(client.verifyResult, { code: 0, name: 'X509_V_OK', message: 'ok' });
  assert.deepEqual(
    client.verifiedChain.map((certificate) => certificate.subject),
    ['CN=localhost'],
  );
});

test('refusing a fault by an alert keeps the name of the fault', () => {
  const context = new TLSClientContext();
  context.onVerify = ({ ok }) => ok || 'certificate_revoked';
  const { clientError, client } = attempt(context, serverContext());
  assert.equal(clientError?.verifyError?.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
  assert.equal(clientError?.alert?.name, 'certificate_revoked');
  assert.equal(client.verifyResult.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
});

test("an SSL has callbacks of its own, in place of its context's", () => {
  const context = clientContext();
  context.onVerify = () => false;
  const seen: number[] = [];
  const own: VerifyCallback = ({ depth }) => seen.push(depth) > 0;
  const { client } = connected(context, serverContext(), {
    prepare: ({ client }) => {
      assert.equal(client.onVerify, context.onVerify);
      assert.equal(client.setVerify(SSL_VERIFY_PEER, own), client);
      assert.equal(client.onVerify, own);
      assert.equal(client.verifyChain, undefined);
    },
  });
  assert.deepEqual(seen, [1, 0]);
  assert.throws(() => (client.onVerify = own), { code: 'ERR_WRONG_STATE' });
  connected(context, serverContext(), {
    prepare: ({ client }) => {
      client.verifyChain = ({ certificate }) => certificate.checkPrivateKey(localhost.privateKey);
    },
  });
  connected(context, serverContext(), {
    prepare: ({ client }) => {
      client.onVerify = undefined;
    },
  });
  assert.equal(attempt(context, serverContext()).clientError?.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
});

test('a callback is heard on every client, and never with SSL_VERIFY_NONE', () => {
  const refuse = (): boolean => false;
  for (const context of [new TLSClientContext(), new SSLContext(TLS_method)]) {
    assert.throws(() => context.setVerify(SSL_VERIFY_NONE, refuse), {
      name: 'TypeError',
      code: 'ERR_INVALID_ARG_VALUE',
    });
    context.setVerify(SSL_VERIFY_NONE);
    context.onVerify = refuse;
    const { clientError, client } = attempt(context, serverContext());
    assert.equal(clientError?.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
    assert.equal(client.verifyMode, SSL_VERIFY_PEER);
    const ssl = new SSL(context).setConnectState();
    assert.throws(() => ssl.setVerify(SSL_VERIFY_NONE), { code: 'ERR_WRONG_STATE' });
    assert.throws(() => ssl.setVerify(SSL_VERIFY_NONE, refuse), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  const client = new TLSClientContext();
  client.onVerify = refuse;
  assert.throws(() => client.setVerify(SSL_VERIFY_NONE), { code: 'ERR_WRONG_STATE' });
  client.onVerify = undefined;
  client.setVerify(SSL_VERIFY_NONE);
  // A server that asks for no certificate has nothing to judge.
  const server = serverContext();
  server.onVerify = refuse;
  connected(clientContext(), server.setVerify(SSL_VERIFY_NONE));
});

test('what is no function is refused, and changes nothing', () => {
  const context = clientContext();
  const accept = (): boolean => true;
  assert.equal(context.setVerify(SSL_VERIFY_PEER, accept), context);
  context.verifyChain = accept;
  const ssl = new SSL(context);
  for (const bad of [null, 1, 'f', {}] as never[]) {
    for (const object of [context, ssl]) {
      assert.throws(() => (object.onVerify = bad), {
        code: 'ERR_INVALID_ARG_TYPE',
        message: /^onVerify must be/,
      });
      assert.throws(() => (object.verifyChain = bad), { message: /^verifyChain must be a function/ });
      assert.throws(() => object.setVerify(SSL_VERIFY_PEER, bad), { message: /^callback must be/ });
      assert.equal(object.onVerify, accept);
      assert.equal(object.verifyChain, accept);
    }
  }
  context.setVerify(SSL_VERIFY_PEER);
  assert.equal(context.onVerify, accept);
});

test('a server that changes how it verifies takes no sessions from before', () => {
  const narrower: Record<string, (context: TLSServerContext) => void> = {
    onVerify: (context) => {
      context.onVerify = () => false;
    },
    verifyChain: (context) => {
      context.verifyChain = () => false;
    },
    verifyFlags: (context) => {
      context.verifyFlags = 0;
    },
    verifyTime: (context) => {
      context.verifyTime = new Date();
    },
    verifyPurpose: (context) => {
      context.verifyPurpose = 'any';
    },
    checkConfig: (context) => {
      context.checkConfig = 0;
    },
    verifyDepth: (context) => {
      context.verifyDepth = 5;
    },
  };
  for (const [name, change] of Object.entries(narrower)) {
    const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
    const client = show(clientContext(), someone);
    const first = connected(client, server);
    first.client.read();
    const { session } = first.client;
    assert.ok(session);
    const again = (): boolean => {
      const { client: ssl, server: peer } = ends(client, server, {
        prepare: ({ client }) => {
          client.session = session;
        },
      });
      pump(ssl, peer);
      return ssl.sessionReused;
    };
    change(server);
    assert.equal(again(), false, name);
  }
});

test('a server that verifies otherwise than its context takes none of its sessions', () => {
  const changes: Record<string, (server: SSL) => void> = {
    nothing: () => {},
    onVerify: (server) => {
      server.onVerify = () => false;
    },
    verifyChain: (server) => {
      server.verifyChain = () => 'unknown_ca';
    },
    verifyMode: (server) => {
      server.verifyMode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    },
    'the same mode': (server) => {
      server.verifyMode = SSL_VERIFY_PEER;
    },
  };
  for (const version of versions) {
    const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
    const client = only(clientContext(), version);
    const first = connected(client, server);
    first.client.read();
    for (const [name, change] of Object.entries(changes)) {
      const outcome = attempt(client, server, {
        prepare: (made) => {
          made.client.session = first.client.session ?? assert.fail();
          change(made.server);
        },
      });
      assert.equal(outcome.server.sessionReused, /nothing|same/.test(name), `${version}, ${name}`);
    }
  }
});

test('over a BIO chain: refused, overridden, thrown', () => {
  const over = (onVerify: VerifyCallback): void => {
    const context = new TLSClientContext();
    context.onVerify = onVerify;
    const [near, far] = BIO.pair();
    const client = new SSLBIO(context).push(near);
    const server = new SSLBIO(serverContext()).push(far);
    client.ssl.verifyName = 'localhost';
    shake(client, server);
  };
  over(() => true);
  assert.throws(() => over(() => false), { code: 'ERR_SSL_CERTIFICATE_VERIFY_FAILED' });
  const boom = new Error('boom');
  assert.throws(
    () =>
      over(() => {
        throw boom;
      }),
    (error) => error === boom,
  );
});

test('a callback that knows its context and its connection keeps neither alive', async () => {
  const doomed = new Doomed();
  const make = (finish: boolean): void => {
    const context = doomed.add(clientContext());
    context.onVerify = ({ ok }) => ok && context.verifyMode > 0;
    const made = ends(context, serverContext());
    doomed.add(made.client);
    made.client.verifyChain = () => made.client.role === 'client';
    if (finish) pump(made.client, made.server);
    else made.client.free();
  };
  for (let i = 0; i < 5; i++) make(i % 2 === 0);
  await doomed.gone();
});

test('a callback is there as long as a handshake may need it', async () => {
  let asked = 0;
  const make = (): Ends => {
    const context = clientContext();
    context.onVerify = ({ ok }) => ok && ++asked > 0;
    const made = ends(context, serverContext());
    made.client.doHandshake();
    return made;
  };
  const { client, server } = make();
  collectGarbage();
  await new Promise(setImmediate);
  collectGarbage();
  assert.equal(pump(client, server).clientError, undefined);
  assert.equal(asked, 2);
});

test('thousands of handshakes with callbacks, under collections', () => {
  const context = clientContext();
  let asked = 0;
  context.onVerify = ({ ok, chain }) => {
    if (++asked % 50 === 0) collectGarbage();
    return ok && chain.length === 2;
  };
  const server = serverContext();
  for (let i = 0; i < 500; i++) connected(context, server);
  assert.equal(asked, 1000);
});
