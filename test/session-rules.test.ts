// Sessions and tickets from before a server's rules became stricter are not resumed, however they are kept; without
// such a change they are, also by another context that is set up alike.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  Certificate,
  CRL,
  IGNORE_EXPIRED,
  IGNORE_NONE,
  type SSL,
  SSL_OP_NO_TICKET,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  type SSLContext,
  TLSServerContext,
  type TLSVersion,
  type VerifyMode,
  X509_V_FLAG_X509_STRICT,
} from 'bladessl';
import { attempt, type Outcome } from './helpers/handshake';
import { authority, clientContext, only, serverContext, show, someone } from './helpers/identities';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];
const strictly = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

/** A session with a store, or a ticket with its key: what several contexts may share. */
type Keep = (context: SSLContext) => void;

const ways: Record<string, () => Keep> = {
  tickets: () => () => {},
  onTicketKey: () => {
    const key = { name: Buffer.alloc(16, 1), aesKey: Buffer.alloc(32, 2), hmacKey: Buffer.alloc(32, 3) };
    return (context) => {
      context.onTicketKey = () => key;
    };
  },
  onSession: () => {
    const store = new Map<string, Buffer>();
    return (context) => {
      context.options = [context.options as bigint, SSL_OP_NO_TICKET];
      context.onNewSession = ({ id, session }) => store.set(id.toString('hex'), session);
      context.onSession = ({ id }) => store.get(id.toString('hex'));
    };
  },
};

interface Change {
  readonly before?: VerifyMode;
  readonly make: (context: SSLContext) => void;
}

/** What makes the rules of `laxContext` stricter: none of them refuses `someone`. */
const changes: Record<string, Change> = {
  setVerify: { before: SSL_VERIFY_NONE, make: (context) => context.setVerify(strictly) },
  'flags of verifyMode': {
    make: (context) => {
      context.verifyMode = strictly;
    },
  },
  onVerify: {
    make: (context) => {
      context.onVerify = ({ ok }) => ok;
    },
  },
  verifyChain: {
    make: (context) => {
      context.verifyChain = () => true;
    },
  },
  verifyFlags: {
    make: (context) => {
      context.verifyFlags = X509_V_FLAG_X509_STRICT;
    },
  },
  verifyPurpose: {
    make: (context) => {
      context.verifyPurpose = 'sslclient';
    },
  },
  verifyDepth: {
    make: (context) => {
      context.verifyDepth = 1;
    },
  },
  verifyTime: {
    make: (context) => {
      context.verifyTime = new Date();
    },
  },
  checkConfig: {
    make: (context) => {
      context.checkConfig = IGNORE_NONE;
    },
  },
  addCRL: { make: (context) => context.addCRL(CRL.generate({ issuer: authority })) },
};

function laxContext(version: TLSVersion, mode: VerifyMode = SSL_VERIFY_PEER): TLSServerContext {
  const context = only(serverContext(), version).addCA(authority.certificate).setVerify(mode);
  context.checkConfig = IGNORE_EXPIRED;
  context.verifyPurpose = 'any';
  context.verifyDepth = 9;
  return context;
}

/** A client comes, with a session or without, and reads what the server has for it. */
function visit(client: SSLContext, server: SSLContext, name: string | undefined, session?: Buffer): Outcome {
  const outcome = attempt(client, server, {
    prepare: ({ client: own }) => {
      own.hostname = name;
      if (session !== undefined) own.session = session;
    },
  });
  if (outcome.clientError === undefined && outcome.serverError === undefined) outcome.client.read();
  return outcome;
}

/** A session that a client has from a connection of its own. */
function sessionFrom(client: SSLContext, server: SSLContext, name: string | undefined = 'localhost'): Buffer {
  const outcome = visit(client, server, name);
  assert.equal(outcome.clientError ?? outcome.serverError, undefined);
  return outcome.client.session ?? assert.fail('there is no session');
}

function assertResumes(
  client: SSLContext,
  server: SSLContext,
  session: Buffer,
  name: string | undefined = 'localhost',
): void {
  const { server: own, clientError, serverError } = visit(client, server, name, session);
  assert.deepEqual([clientError, serverError, own.sessionReused], [undefined, undefined, true]);
}

/** The handshake is a full one, in which the client shows who it is. */
function assertShakesAnew(
  client: SSLContext,
  server: SSLContext,
  session: Buffer,
  name: string | undefined = 'localhost',
): void {
  const { server: own, clientError, serverError } = visit(client, server, name, session);
  assert.deepEqual([clientError, serverError, own.sessionReused], [undefined, undefined, false]);
  assert.equal(own.peerCertificate?.subject, 'CN=someone');
}

const showing = (version: TLSVersion): SSLContext => show(only(clientContext(), version), someone);

for (const version of versions) {
  for (const [way, keep] of Object.entries(ways)) {
    for (const sharedId of [undefined, Buffer.from('shared')]) {
      const title = `${version}, ${way}, ${sharedId ? 'with' : 'without'} sessionIdContext`;

      for (const [what, { before, make }] of Object.entries(changes)) {
        test(`${title}: ${what}`, () => {
          const server = laxContext(version, before);
          keep()(server);
          server.sessionIdContext = sharedId;
          const client = showing(version);
          const [first, second] = [sessionFrom(client, server), sessionFrom(client, server)];
          assertResumes(client, server, first);
          make(server);
          assertShakesAnew(client, server, second);
          assertResumes(client, server, sessionFrom(client, server));
        });

        test(`${title}: ${what} of a context that is adopted`, () => {
          const own = only(serverContext(), version);
          keep()(own);
          const adopted = laxContext(version, before);
          adopted.options = own.options;
          own.onServerName = () => adopted;
          for (const context of [own, adopted]) context.sessionIdContext = sharedId;
          const client = showing(version);
          const [first, second] = [sessionFrom(client, own), sessionFrom(client, own)];
          assertResumes(client, own, first);
          make(adopted);
          assertShakesAnew(client, own, second);
          assertResumes(client, own, sessionFrom(client, own));
        });
      }

      test(`${title}: who has no certificate does not come in with what is older than the rules`, () => {
        const [server, own, adopted] = [1, 2, 3].map(() => laxContext(version, SSL_VERIFY_NONE));
        assert.ok(server && own && adopted);
        own.onServerName = () => adopted;
        for (const [context, stricter] of [
          [server, server],
          [own, adopted],
        ] as const) {
          keep()(context);
          context.sessionIdContext = sharedId;
          stricter.options = context.options;
          stricter.sessionIdContext = sharedId;
          const client = only(clientContext(), version);
          const session = sessionFrom(client, context);
          stricter.setVerify(strictly);
          const outcome = visit(client, context, 'localhost', session);
          assert.equal(outcome.serverError?.code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
          assert.deepEqual([outcome.server.sessionReused, outcome.server.isInitFinished], [false, false]);
        }
      });
    }

    if (way === 'tickets') continue;
    test(`${version}, ${way}: contexts that are set up alike share their sessions`, () => {
      const kept = keep();
      const [one, other] = [1, 2].map(() => {
        const context = laxContext(version, strictly);
        kept(context);
        context.sessionIdContext = Buffer.from('shared');
        return context;
      });
      assert.ok(one && other);
      const client = showing(version);
      assertResumes(client, other, sessionFrom(client, one));
      const foreign = laxContext(version, strictly);
      kept(foreign);
      foreign.sessionIdContext = Buffer.from('another');
      assertShakesAnew(client, foreign, sessionFrom(client, one));
    });

    test(`${version}, ${way}: so do contexts that are set up alike and adopt such`, () => {
      const kept = keep();
      const [one, other] = [1, 2].map(() => {
        const [own, adopted] = [only(serverContext(), version), laxContext(version, strictly)];
        kept(own);
        adopted.options = own.options;
        for (const context of [own, adopted]) context.sessionIdContext = Buffer.from('shared');
        own.onServerName = () => adopted;
        return own;
      });
      assert.ok(one && other);
      const client = showing(version);
      assertResumes(client, other, sessionFrom(client, one));
    });
  }
}

/** A server with two names, of which each has a context of its own. */
function twoHosts(make: (name: string) => TLSServerContext): { own: TLSServerContext; client: SSLContext } {
  const own = make('default');
  own.sessionIdContext = Buffer.from('shared');
  const made = new Map(['public', 'admin'].map((name) => [name, make(name)]));
  own.onServerName = ({ serverName }) => made.get(serverName);
  for (const context of made.values()) context.sessionIdContext = Buffer.from('shared');
  const version = own.minVersion as TLSVersion;
  return { own, client: showing(version).setVerify(SSL_VERIFY_NONE) };
}

for (const version of versions) {
  test(`${version}: a ticket of one virtual host is none of another's, whatever they share`, () => {
    const { own, client } = twoHosts((name) =>
      name === 'admin' ? laxContext(version, strictly) : only(serverContext(), version),
    );
    for (const name of ['public', 'nobody', undefined]) {
      assertShakesAnew(client, own, sessionFrom(client, own, name), 'admin');
    }
    const back = visit(client, own, 'public', sessionFrom(client, own, 'admin'));
    assert.deepEqual([back.server.sessionReused, back.serverError], [false, undefined]);
    for (const name of ['public', 'admin']) {
      assertResumes(client, own, sessionFrom(client, own, name), name);
    }
  });

  test(`${version}: nor where both have the same rules, and different certificates`, () => {
    const identities = new Map(
      ['public', 'admin'].map((commonName) => [
        commonName,
        Certificate.generate({ commonName, issuer: authority }),
      ]),
    );
    const { own, client } = twoHosts((name) =>
      show(laxContext(version, strictly), identities.get(name) ?? someone),
    );
    assertShakesAnew(client, own, sessionFrom(client, own, 'public'), 'admin');
    assertShakesAnew(client, own, sessionFrom(client, own, 'admin'), 'public');
  });

  test(`${version}: a context that is made anew for each connection resumes what its like has given`, () => {
    const own = only(serverContext(), version);
    const make = (): TLSServerContext => {
      const context = laxContext(version, strictly);
      context.sessionIdContext = Buffer.from('shared');
      return context;
    };
    own.sessionIdContext = Buffer.from('shared');
    own.onServerName = make;
    const client = showing(version);
    assertResumes(client, own, sessionFrom(client, own));
  });

  test(`${version}: a verifyMode that a callback answers is never left out by a session`, () => {
    const own = laxContext(version, strictly);
    own.onServerName = ({ serverName }) =>
      serverName === 'open' ? { verifyMode: SSL_VERIFY_NONE } : undefined;
    const client = showing(version).setVerify(SSL_VERIFY_NONE);
    const open = visit(client, own, 'open');
    assert.equal(open.server.peerCertificate, undefined);
    if (open.client.session !== undefined) assertShakesAnew(client, own, open.client.session, 'closed');

    const lax = laxContext(version, SSL_VERIFY_NONE);
    lax.onServerName = () => ({ verifyMode: strictly });
    assertShakesAnew(client, lax, sessionFrom(client, lax, undefined), 'closed');
  });
}

/** What a server sets on one SSL, beyond what its context has. */
const own: Record<string, (ssl: SSL) => void> = {
  verifyMode: (ssl) => {
    ssl.verifyMode = strictly;
  },
  onVerify: (ssl) => {
    ssl.onVerify = ({ ok }) => ok;
  },
  verifyChain: (ssl) => {
    ssl.verifyChain = () => true;
  },
  verifyName: (ssl) => {
    ssl.verifyName = 'someone';
  },
};

for (const version of versions) {
  for (const [what, set] of Object.entries(own)) {
    test(`${version}: ${what} of the SSL itself is never left out by a session`, () => {
      const server = laxContext(version);
      const client = showing(version);
      const session = sessionFrom(client, server);
      const outcome = attempt(client, server, {
        prepare: (both) => {
          both.client.session = session;
          set(both.server);
        },
      });
      assert.deepEqual([outcome.clientError, outcome.serverError], [undefined, undefined]);
      assert.equal(outcome.server.sessionReused, false);
    });
  }
}

for (const version of versions) {
  test(`${version}: who has no certificate does not come in with a session of a laxer context of the same name`, () => {
    const [own, lax] = [only(serverContext(), version), laxContext(version, SSL_VERIFY_PEER)];
    const strict = laxContext(version, strictly);
    for (const context of [own, lax, strict]) context.sessionIdContext = Buffer.from('shared');
    own.onServerName = () => lax;
    const client = only(clientContext(), version);
    const session = sessionFrom(client, own);
    own.onServerName = () => strict;
    const { server, serverError } = visit(client, own, 'localhost', session);
    assert.deepEqual([server.sessionReused, server.isInitFinished], [false, false]);
    assert.equal(serverError?.code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
  });

  for (const [way, keep] of Object.entries(ways)) {
    if (way === 'tickets') continue;
    test(`${version}, ${way}: nor with one of a laxer context that has the same store and sessionIdContext`, () => {
      const [lax, strict] = [laxContext(version), laxContext(version, strictly)];
      const kept = keep();
      for (const context of [lax, strict]) {
        kept(context);
        context.sessionIdContext = Buffer.from('shared');
      }
      const client = only(clientContext(), version);
      const { server } = visit(client, strict, 'localhost', sessionFrom(client, lax));
      assert.deepEqual([server.sessionReused, server.isInitFinished], [false, false]);
    });
  }
}
