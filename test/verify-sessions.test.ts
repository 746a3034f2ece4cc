// What a client does with a session: it offers it only where the certificates that it came with pass.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { connect } from 'node:tls';
import {
  BIO,
  BIO_s_connect,
  Certificate,
  CRL,
  IGNORE_ALL,
  IGNORE_HOSTNAME,
  IGNORE_SELF_SIGNED,
  OCSPResponse,
  SSL,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLContext,
  TLSServerContext,
  type TLSSocket,
  type TLSVersion,
  type VerifyCallback,
  verify,
} from 'bladessl';
import { shake } from './helpers/chains';
import { attempt, connected, ends, type Outcome, pump } from './helpers/handshake';
import {
  authority,
  clientContext,
  type Identity,
  localhost,
  only,
  serverContext,
  show,
  someone,
} from './helpers/identities';
import { closing, tlsClient, tlsListener } from './helpers/sockets';

const versions: readonly TLSVersion[] = ['TLSv1.2', 'TLSv1.3'];
const day = 24 * 60 * 60 * 1000;

const issuing = Certificate.generate({ commonName: 'Issuing', issuer: authority, ca: true });
const stranger = Certificate.generate({ commonName: 'Another CA' });
const named = { commonName: 'localhost', altNames: ['localhost', '127.0.0.1'] };

interface Shown {
  readonly identity: Identity;
  readonly chain?: readonly Certificate[];
}

const deep: Shown = {
  identity: Certificate.generate({ ...named, issuer: issuing }),
  chain: [issuing.certificate],
};

/** What servers show. */
const shown: Readonly<Record<string, Shown>> = {
  good: { identity: localhost },
  deep,
  'self-signed': { identity: Certificate.generate(named) },
  untrusted: { identity: Certificate.generate({ ...named, issuer: stranger }) },
  expired: { identity: Certificate.generate({ ...named, issuer: authority, days: -1 }) },
};

function serverOf({ identity, chain }: Shown): TLSServerContext {
  return new TLSServerContext()
    .useCertificate(identity.certificate, chain)
    .usePrivateKey(identity.privateKey);
}

/** What a client goes by. */
interface Rules {
  readonly trusts?: Identity;
  readonly context?: (context: SSLContext) => void;
  readonly ssl?: (ssl: SSL) => void;
}

const made: Readonly<Record<string, Rules>> = {
  strict: {},
  none: {
    context: (context) => {
      context.verifyMode = SSL_VERIFY_NONE;
    },
  },
  'none, by the SSL': {
    ssl: (ssl) => {
      ssl.verifyMode = SSL_VERIFY_NONE;
    },
  },
  'forgives all': {
    context: (context) => {
      context.checkConfig = IGNORE_ALL;
    },
  },
  'accepts all': {
    context: (context) => {
      context.onVerify = () => true;
    },
  },
  'accepts any chain': {
    ssl: (ssl) => {
      ssl.verifyChain = () => true;
    },
  },
  'trusts somebody else': { trusts: stranger },
};

const offered: Readonly<Record<string, Rules>> = {
  ...made,
  'forgives self-signed': {
    context: (context) => {
      context.checkConfig = IGNORE_SELF_SIGNED;
    },
  },
  refuses: {
    context: (context) => {
      context.onVerify = () => false;
    },
  },
  'refuses any chain': {
    ssl: (ssl) => {
      ssl.verifyChain = () => 'unknown_ca';
    },
  },
  throws: {
    ssl: (ssl) => {
      ssl.onVerify = () => {
        throw new RangeError('no opinion');
      };
    },
  },
  'verifies by itself': {
    context: (context) => {
      context.verifyChain = ({ certificate, chain, host }) =>
        verify(certificate, { chain, trusted: authority.certificate, host, purpose: 'sslserver' }).ok;
    },
  },
  'for its name': {
    ssl: (ssl) => {
      ssl.verifyName = 'localhost';
    },
  },
  'for another name': {
    ssl: (ssl) => {
      ssl.verifyName = 'example.org';
    },
  },
  'for another name, forgiven': {
    context: (context) => {
      context.checkConfig = IGNORE_HOSTNAME;
    },
    ssl: (ssl) => {
      ssl.verifyName = 'example.org';
    },
  },
  'for another name, verifies nothing': {
    ssl: (ssl) => {
      ssl.verifyMode = SSL_VERIFY_NONE;
      ssl.verifyName = 'example.org';
    },
  },
  'for its address': {
    ssl: (ssl) => {
      ssl.verifyIP = '127.0.0.1';
    },
  },
  'for another address': {
    ssl: (ssl) => {
      ssl.verifyIP = '127.0.0.2';
    },
  },
  'has a CRL': {
    context: (context) => {
      context.addCRL(CRL.generate({ issuer: authority }));
    },
  },
  'has a CRL that revokes': {
    context: (context) => {
      context.addCRL(CRL.generate({ issuer: authority, revoked: [{ certificate: localhost.certificate }] }));
    },
  },
  'two years later': {
    context: (context) => {
      context.verifyTime = new Date(Date.now() + 730 * day);
    },
  },
  'asks for a client': {
    context: (context) => {
      context.verifyPurpose = 'sslclient';
    },
  },
  'takes no intermediates': {
    context: (context) => {
      context.verifyDepth = 0;
    },
  },
};

/** Connects by the rules, with a session or without. */
function visit(rules: Rules, version: TLSVersion, server: SSLContext, session?: Buffer): Outcome {
  const context = only(clientContext((rules.trusts ?? authority).certificate), version);
  rules.context?.(context);
  const outcome = attempt(context, server, {
    prepare: ({ client }) => {
      if (session !== undefined) client.session = session;
      rules.ssl?.(client);
    },
  });
  if (outcome.clientError === undefined) outcome.client.read();
  return outcome;
}

/** What a connection says of its peer. */
function claims({ client, clientError }: Outcome): unknown[] {
  const { verifyResult, verifiedName, peerCertificate, peerChain } = client;
  const peer = [peerCertificate?.subject, peerChain[0]?.subject];
  return [clientError?.name, clientError?.message, verifyResult.name, verifiedName, ...peer];
}

for (const version of versions) {
  for (const [kind, what] of Object.entries(shown)) {
    test(`${version}, ${kind}: with a session a client says what it says without`, () => {
      const server = serverOf(what);
      const ways = { resumed: 0, refused: 0 };
      for (const [first, by] of Object.entries(made)) {
        const { client, clientError } = visit(by, version, server);
        if (clientError !== undefined) continue;
        const session = client.session ?? assert.fail();
        for (const [second, rules] of Object.entries(offered)) {
          const full = visit(rules, version, server);
          const outcome = visit(rules, version, server, session);
          const row = `made: ${first}; offered: ${second}`;
          // What is thrown about a session ends the handshake before any certificate has come.
          const known = second === 'throws' ? 3 : undefined;
          assert.deepEqual(claims(outcome).slice(0, known), claims(full).slice(0, known), row);
          const passes = outcome.clientError === undefined;
          assert.equal(outcome.client.sessionReused, passes, row);
          ways[passes ? 'resumed' : 'refused']++;
        }
      }
      assert.ok(ways.resumed > 20 && ways.refused > 20, JSON.stringify(ways));
    });
  }

  test(`${version}: a session that was resumed can be judged like the first`, () => {
    const server = serverOf(deep);
    let session = visit({}, version, server).client.session;
    for (let generation = 0; generation < 3; generation++) {
      const { client } = visit({}, version, server, session);
      assert.equal(client.sessionReused, true);
      session = client.session ?? assert.fail();
    }
    const { clientError } = visit({ trusts: stranger }, version, server, session);
    assert.equal(clientError?.name, 'CertificateVerifyError');
  });

  test(`${version}: an OCSP response goes with a session, and is held against the time`, () => {
    const server = serverContext();
    const { certificate } = localhost;
    server.ocspResponses = OCSPResponse.generate({
      issuer: authority,
      responses: [{ certificate, status: 'good', nextUpdate: new Date(Date.now() + day) }],
    });
    const requires: Rules = {
      context: (context) => {
        context.statusRequest = 'require';
      },
    };
    const later: Rules = {
      context: (context) => {
        context.statusRequest = 'require';
        context.verifyTime = new Date(Date.now() + 7 * day);
      },
    };
    // One that came without is no way around the request.
    const without = visit({}, version, server).client.session;
    assert.equal(visit({}, version, server, without).client.sessionReused, true);
    const asked = visit(requires, version, server, without);
    assert.deepEqual([asked.client.sessionReused, asked.clientError], [false, undefined]);
    const { session } = asked.client;
    assert.equal(visit(requires, version, server, session).client.sessionReused, true);
    const { client, clientError } = visit(later, version, server, session);
    assert.deepEqual([client.sessionReused, clientError?.code], [false, 'ERR_OCSP_EXPIRED']);
  });

  test(`${version}: a callback is asked of a session, once, before it is offered`, () => {
    const server = serverOf(deep);
    const { session } = visit({}, version, server).client;
    const depths: number[] = [];
    const rules: Rules = {
      ssl: (ssl) => {
        ssl.onVerify = ({ ok, depth }) => depths.push(depth) > 0 && ok;
      },
    };
    assert.equal(visit(rules, version, server, session).client.sessionReused, true);
    assert.deepEqual(depths, [2, 1, 0]);
    const chains: number[] = [];
    const whole: Rules = {
      ssl: (ssl) => {
        ssl.verifyChain = ({ chain }) => chains.push(chain.length) > 0;
      },
    };
    assert.equal(visit(whole, version, server, session).client.sessionReused, true);
    assert.deepEqual(chains, [2]);
  });

  test(`${version}: a server that holds its client to a name takes no session of others`, () => {
    const server = serverContext().addCA(authority.certificate).setVerify(SSL_VERIFY_PEER);
    const client = show(only(clientContext(), version), someone);
    const first = connected(client, server);
    first.client.read();
    for (const name of ['verifyName', 'verifyIP'] as const) {
      const outcome = attempt(client, server, {
        prepare: (made) => {
          made.client.session = first.client.session ?? assert.fail();
          made.server[name] = name === 'verifyIP' ? '127.0.0.1' : 'example.org';
        },
      });
      assert.equal(outcome.serverError?.name, 'CertificateVerifyError');
      assert.equal(outcome.server.sessionReused, false);
    }
  });

  test(`${version}: a BIO chain offers no session that does not pass`, () => {
    const server = serverContext();
    const { session } = visit(made['none'] ?? assert.fail(), version, server).client;
    const over = (name: string): SSL => {
      const [near, far] = BIO.pair();
      const client = new SSLBIO(only(clientContext(), version)).push(near);
      client.ssl.session = session ?? assert.fail();
      client.ssl.verifyName = name;
      shake(client, new SSLBIO(server).push(far));
      return client.ssl;
    };
    const { sessionReused, verifiedName } = over('localhost');
    assert.deepEqual([sessionReused, verifiedName], [true, 'localhost']);
    assert.throws(() => over('example.org'), { name: 'CertificateVerifyError' });
  });

  test(`${version}: a socket offers no session that does not pass, on its thread or another`, async (t) => {
    const server = serverContext();
    const session = visit(made['none'] ?? assert.fail(), version, server).client.session ?? assert.fail();
    const listener = await tlsListener(t, { server });
    for (const handshakeThreads of [0, 1]) {
      const over = async (name: string, callback?: VerifyCallback): Promise<TLSSocket> => {
        const context = only(clientContext(), version);
        const client = tlsClient(t, { client: context, options: { handshakeThreads } });
        client.session = session;
        client.ssl.onVerify = callback;
        await client.connect('127.0.0.1', listener.port, { servername: name });
        return client;
      };
      const { sessionReused, ssl } = await over('localhost');
      assert.deepEqual([sessionReused, ssl.verifiedName], [true, 'localhost']);
      assert.equal((await over('localhost', ({ ok }) => ok)).sessionReused, true);
      await assert.rejects(over('example.org'), { name: 'CertificateVerifyError' });
      await assert.rejects(
        over('localhost', () => false),
        { name: 'CertificateVerifyError' },
      );
    }
  });
}

test('what is set after the session was looked at counts', () => {
  const server = serverContext();
  const { session } = visit({}, 'TLSv1.3', server).client;
  const change: Record<string, (ssl: SSL) => void> = {
    nothing: () => {},
    verifyName: (ssl) => {
      ssl.verifyName = 'example.org';
    },
    verifyIP: (ssl) => {
      ssl.verifyIP = '127.0.0.2';
    },
    onVerify: (ssl) => {
      ssl.onVerify = () => false;
    },
    verifyMode: (ssl) => {
      ssl.verifyMode = SSL_VERIFY_PEER;
    },
  };
  for (const [name, set] of Object.entries(change)) {
    const made = ends(clientContext(), server);
    made.client.session = session ?? assert.fail();
    if (name === 'verifyMode') {
      made.client.verifyName = 'example.org';
      made.client.verifyMode = SSL_VERIFY_NONE;
    }
    const { rbio, wbio } = made.client;
    made.client.setBio(new BIO(BIO_s_connect));
    assert.throws(() => made.client.doHandshake(), { code: 'ERR_NO_ADDRESS' });
    made.client.setBio(rbio, wbio);
    set(made.client);
    const { client, clientError } = pump(made.client, made.server);
    const expected = name === 'nothing' ? [true, undefined] : [false, 'CertificateVerifyError'];
    assert.deepEqual([client.sessionReused, clientError?.name], expected, name);
  }
});

test('a session of node:tls brings no intermediate certificates: it is judged without', async (t) => {
  for (const [what, reused] of [
    [{ identity: localhost }, true],
    [deep, false],
  ] as const) {
    const server = only(serverOf(what), 'TLSv1.2');
    const listener = await tlsListener(t, { server });
    const ca = authority.certificate.pem;
    const foreign = connect({ port: listener.port, host: '127.0.0.1', servername: 'localhost', ca });
    t.after(() => foreign.destroy());
    const [session] = (await once(foreign, 'session')) as [Buffer];
    closing(t, await listener.accept());
    const { client, clientError } = visit({}, 'TLSv1.2', server, session);
    assert.deepEqual([client.sessionReused, clientError], [reused, undefined]);
  }
});

test('a session with the name in front that node:tls puts there', () => {
  const server = serverOf({ identity: localhost });
  const { session = assert.fail() } = visit({}, 'TLSv1.2', server).client;
  const label = Buffer.from('\0nodejs:tls:session:1\0', 'latin1');
  const name = Buffer.from('\0\x09localhost', 'latin1');
  const { client } = visit({}, 'TLSv1.2', server, Buffer.concat([label, name, session]));
  assert.equal(client.sessionReused, true);
  const other = Buffer.from('\0nodejs:tls:session:2\0', 'latin1');
  for (const bytes of [label, Buffer.concat([label, name]), Buffer.concat([other, name, session])]) {
    assert.throws(() => visit({}, 'TLSv1.2', server, bytes), { name: 'SSLError' });
  }
});

test('bytes of others in the place of the certificates are as good as none', () => {
  const server = serverOf(deep);
  const { session = assert.fail() } = visit({}, 'TLSv1.3', server).client;
  const own = session.indexOf(issuing.certificate.raw);
  assert.ok(own > 0);
  // The length of the OCSP response, and the certificate itself.
  for (const at of [own - 4, own - 1, own, own + 20, own + issuing.certificate.raw.length - 1]) {
    for (const value of [0x00, 0x7f, 0xff]) {
      const spoiled = Buffer.from(session);
      spoiled[at] = value;
      const { client, clientError } = visit({}, 'TLSv1.3', server, spoiled);
      assert.equal(clientError, undefined);
      assert.equal(client.sessionReused, spoiled.equals(session), `${at}: ${value}`);
    }
  }
});
