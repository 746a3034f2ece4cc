// A client asks its callbacks about a session before it offers it: what they may do then, and what comes of it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { BIO, BIO_s_connect, SSL, SSLBIO, type SSLError, TLSSocket, type VerifyChainEvent } from 'bladessl';
import { errorOf, failureOf } from './helpers/failures';
import { collectGarbage } from './helpers/gc';
import { attempt, ends } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';
import { closing, tlsListener } from './helpers/sockets';

const server = serverContext();

function sessionOf(): Buffer {
  const { client } = attempt(clientContext(), server);
  client.read();
  return client.session ?? assert.fail('there is no session');
}

/** An SSL with a session at which it has been looked already, without a name to check. */
function lookedAt(session: Buffer): SSL {
  const ssl = new SSL(clientContext());
  ssl.session = session;
  ssl.setBio(new BIO(BIO_s_connect));
  assert.equal(errorOf(() => ssl.connect()).code, 'ERR_NO_ADDRESS');
  return ssl.setBio(undefined);
}

test('a name that comes with the socket counts, also when the session has been looked at', async (t) => {
  const listener = await tlsListener(t, { server });
  const socket = closing(t, new TLSSocket({ ssl: lookedAt(sessionOf()) }));
  const error = await failureOf(socket.connect('127.0.0.1', listener.port, { servername: 'example.org' }));
  assert.equal(error.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
});

test('a name that comes with the chain counts, also when the session has been looked at', () => {
  const ssl = lookedAt(sessionOf());
  ssl.hostname = 'example.org';
  const [near, far] = BIO.pair();
  const client = new SSLBIO(ssl).push(near);
  const peer = new SSLBIO(new SSL(server).setAcceptState()).push(far);
  const shake = () => {
    for (let step = 0; step < 6; step++) {
      client.doHandshake();
      peer.doHandshake();
    }
  };
  assert.equal(errorOf(shake).verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
});

const answers: Record<string, [answer: () => unknown, code: string | undefined]> = {
  throws: [() => assert.fail('boom'), 'ERR_ASSERTION'],
  'answers nothing': [() => undefined, 'ERR_INVALID_ARG_TYPE'],
};

for (const name of ['onVerify', 'verifyChain'] as const) {
  for (const [what, [answer, code]] of Object.entries(answers)) {
    test(`${name} that ${what} when it is asked about the session ends the handshake`, () => {
      let asked = 0;
      const outcome = attempt(clientContext(), server, {
        prepare: ({ client }) => {
          client.session = sessionOf();
          client[name] = () => (asked++ === 0 ? answer() : true) as boolean;
        },
      });
      assert.equal(outcome.clientError?.code, code);
      assert.equal(outcome.client.isInitFinished, false);
    });
  }

  test(`${name} that answers by a promise is asked in the full handshake instead`, async () => {
    const made = ends(clientContext(), server, {
      prepare: ({ client }) => {
        client.session = sessionOf();
        client[name] = () => Promise.resolve(true);
      },
    });
    while (made.client.doHandshake() < 0) {
      if (made.server.doHandshake() > 0) made.server.peek();
      await made.client.settled;
    }
    assert.equal(made.client.sessionReused, false);
  });

  test(`${name} that refuses the session is asked again about the certificates`, () => {
    let asked = 0;
    const outcome = attempt(clientContext(), server, {
      prepare: ({ client }) => {
        client.session = sessionOf();
        client[name] = () => asked++ > 0;
      },
    });
    assert.deepEqual([outcome.clientError, outcome.client.sessionReused], [undefined, false]);
  });
}

const changes: Record<string, (ssl: SSL) => void> = {
  session: (ssl) => {
    ssl.session = sessionOf();
  },
  verifyName: (ssl) => {
    ssl.verifyName = 'example.org';
  },
  verifyIP: (ssl) => {
    ssl.verifyIP = '127.0.0.2';
  },
  onVerify: (ssl) => {
    ssl.onVerify = () => false;
  },
  verifyChain: (ssl) => {
    ssl.verifyChain = () => false;
  },
  verifyMode: (ssl) => {
    ssl.verifyMode = 0;
  },
};

for (const name of ['onVerify', 'verifyChain'] as const) {
  test(`${name} cannot change the SSL of a socket that asks it about the session`, async (t) => {
    const listener = await tlsListener(t, { server });
    const session = sessionOf();
    for (const [what, change] of Object.entries(changes)) {
      const errors: SSLError[] = [];
      const socket = closing(t, new TLSSocket({ context: clientContext() }));
      socket.ssl.session = session;
      socket.ssl[name] = (event: { certificate: VerifyChainEvent['certificate'] | undefined }) => {
        if (errors.length === 0) errors.push(errorOf(() => change(socket.ssl)));
        event.certificate?.free();
        collectGarbage();
        return true;
      };
      await socket.connect('localhost', listener.port);
      closing(t, await listener.accept());
      assert.deepEqual(
        errors.map((error) => error.code),
        ['ERR_BUSY'],
        what,
      );
      assert.equal(socket.sessionReused, true, what);
    }
  });
}
