// Which callback is asked, which sessions are taken, and how long a callback lives.

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import test from 'node:test';
import {
  BIO,
  Certificate,
  SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLBIO,
  SSLContext,
  TLS_method,
  TLSClientContext,
  TLSServerContext,
  type VerifyCallback,
} from 'bladessl';
import { shake } from './helpers/chains';
import { collectGarbage, Doomed } from './helpers/gc';
import { attempt, connected, type Ends, ends, pump } from './helpers/handshake';
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
    signatureAlgorithms: (context) => {
      context.signatureAlgorithms = 'ECDSA+SHA256';
    },
    'a directory, where CRLs may be': (context) => {
      context.setVerifyLocations({ path: tmpdir() });
    },
    'the same, and what changes nothing for itself': (context) => {
      context.setVerifyLocations({ path: tmpdir() }).addCA(someone.certificate);
      context.alpnProtocols = undefined;
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
  const ways: readonly ((ends: Ends) => void)[] = [
    ({ client, server }) => pump(client, server),
    ({ client }) => client.free(),
    ({ client }) => client.doHandshake(),
    () => {},
  ];
  const make = (end: (ends: Ends) => void): void => {
    const context = doomed.add(clientContext());
    context.onVerify = ({ ok }) => ok && context.verifyMode > 0;
    const server = doomed.add(serverContext());
    server.onOcsp = () => server.ocspResponses[0];
    const made = ends(context, server);
    doomed.add(made.client);
    doomed.add(made.server);
    made.client.verifyChain = () => made.client.role === 'client';
    end(made);
  };
  for (const end of ways) make(end);
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

test('a callback that a context forgets stays with the connections that it has made', () => {
  let asked = 0;
  const context = clientContext();
  context.onVerify = ({ ok }) => ok && ++asked > 0;
  const { client, server } = ends(context, serverContext());
  context.onVerify = undefined;
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
