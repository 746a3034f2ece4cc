// connect() and bind().

import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, test } from 'node:test';
import {
  AF_INET,
  AF_INET6,
  Certificate,
  Socket,
  type SSLError,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
} from 'bladessl';
import { freePort, stuckPort } from '../helpers/chains';
import { assertRefused, failureOf } from '../helpers/failures';
import type { Outcome } from '../helpers/handshake';
import { authority, clientContext, serverContext, show } from '../helpers/identities';
import {
  closedError,
  closing,
  plainListener,
  plainSockets,
  timedOut,
  tlsClient,
  tlsListener,
} from '../helpers/sockets';

const refused = { name: 'SSLSyscallError', code: 'ECONNREFUSED', syscall: 'connect' };

suite('connect', () => {
  test('to a name, an IPv4 and an IPv6 address', async (t) => {
    for (const [bound, host] of [
      ['127.0.0.1', '127.0.0.1'],
      ['127.0.0.1', 'localhost'],
      ['::1', '::1'],
      ['::1', 'localhost'],
    ] as const) {
      const listener = await tlsListener(t, { host: bound });
      const client = tlsClient(t);
      await client
        .connect(host, listener.port, { family: bound === '::1' ? AF_INET6 : AF_INET })
        .catch((error) => {
          // Some machines know localhost as 127.0.0.1 only.
          if (!(host === 'localhost' && bound === '::1' && error.code === 'ENOTFOUND')) throw error;
        });
      if (!client.isConnected) continue;
      assert.equal(client.remoteAddress, bound);
      assert.equal(client.servername, host === 'localhost' ? host : undefined);
      await client.close();
      await listener.close();
    }
  });

  test('takes host and port from the properties', async (t) => {
    const listener = await plainListener(t);
    const client = closing(t, new Socket());
    client.host = '127.0.0.1';
    client.port = listener.port;
    await client.connect();
    assert.equal(client.remotePort, listener.port);
  });

  test('refused: ECONNREFUSED, and it can be tried again', async (t) => {
    const client = closing(t, new Socket());
    await assert.rejects(client.connect('127.0.0.1', await freePort()), refused);
    assert.equal(client.state, 'new');
    const listener = await plainListener(t);
    await client.connect('127.0.0.1', listener.port);
    assert.equal(client.isConnected, true);
  });

  test('a name that nobody knows: ENOTFOUND, and it can be tried again', async (t) => {
    const client = closing(t, new Socket());
    await assert.rejects(client.connect(`${'x'.repeat(64)}.invalid`, 1), {
      name: 'SSLSyscallError',
      code: 'ENOTFOUND',
    });
    const listener = await plainListener(t);
    await client.connect('127.0.0.1', listener.port);
  });

  test('wrong arguments are refused by name, and change nothing', async (t) => {
    const listener = await plainListener(t);
    const client = closing(t, new TLSSocket(null, clientContext()));
    const port = listener.port;
    const wrong: [unknown[], RegExp][] = [
      [[7, port], /^host /],
      [['', port], /^host /],
      [['a b', port], /^host /],
      [['127.0.0.1', 0], /^port /],
      [['127.0.0.1', 65536], /^port /],
      [['127.0.0.1', '80'], /^port /],
      [[{ path: '' }], /^path /],
      [[{ path: 7 }], /^path /],
      [['127.0.0.1', port, 'x'], /^options /],
      [['127.0.0.1', port, -1], /^options\.timeout /],
      [['127.0.0.1', port, { timeout: 'x' }], /^options\.timeout /],
      [['127.0.0.1', port, { signal: {} }], /^options\.signal /],
      [['127.0.0.1', port, { family: 99 }], /^options\.family /],
      [['127.0.0.1', port, { servername: 7 }], /^options\.servername /],
      [['127.0.0.1', port, { servername: '' }], /^options\.servername /],
    ];
    for (const [args, message] of wrong) {
      await assert.rejects(Reflect.apply(client.connect, client, args) as Promise<void>, { message });
      assert.equal(client.state, 'new', String(message));
    }
  });

  test('when it is connected or connecting, or listens: ERR_WRONG_STATE', async (t) => {
    const listener = await plainListener(t);
    const client = closing(t, new Socket());
    const connecting = client.connect('127.0.0.1', listener.port);
    const wrong = { name: 'SSLError', code: 'ERR_WRONG_STATE' };
    await assert.rejects(client.connect('127.0.0.1', listener.port), wrong);
    await connecting;
    await assert.rejects(client.connect('127.0.0.1', listener.port), wrong);
    await assert.rejects(listener.connect('127.0.0.1', listener.port), wrong);
    await assert.rejects(client.listen(), wrong);
    await assert.rejects(client.bind(0), wrong);
    await assert.rejects(listener.listen(), wrong);
  });

  test('a timeout, as a number or an option, and a signal; nothing is left on it', async (t) => {
    const port = await stuckPort(t);
    const client = closing(t, new Socket());
    await assert.rejects(client.connect('127.0.0.1', port, 1), timedOut);
    await assert.rejects(client.connect('127.0.0.1', port, { timeout: 1 }), timedOut);
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = client.connect('127.0.0.1', port, { signal });
    controller.abort(new Error('enough'));
    await assert.rejects(connecting, { message: 'enough' });
    await assert.rejects(client.connect('127.0.0.1', port, { signal }), { message: 'enough' });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    assert.equal(client.state, 'new');
  });

  test('the time is for the handshake too', async (t) => {
    const silent = await plainListener(t);
    const client = tlsClient(t);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const connecting = client.connect('127.0.0.1', silent.port, { timeout: 20 });
    const server = closing(t, await silent.accept());
    await server.receive();
    t.mock.timers.tick(20);
    await assert.rejects(connecting, timedOut);
    assert.equal(client.isClosed, true);
  });

  test('handshakeTimeout: ERR_HANDSHAKE_TIMEOUT', async (t) => {
    const silent = await plainListener(t);
    const client = tlsClient(t, { options: { handshakeTimeout: 20 } });
    await assert.rejects(client.connect('127.0.0.1', silent.port), {
      name: 'SSLError',
      code: 'ERR_HANDSHAKE_TIMEOUT',
    });
  });

  test('close() meanwhile: ERR_CLOSED', async (t) => {
    const client = new Socket();
    const connecting = assert.rejects(client.connect('127.0.0.1', await stuckPort(t)), closedError);
    await client.close();
    await connecting;
    const silent = await plainListener(t);
    const secure = new TLSSocket(null, clientContext());
    const shaking = assert.rejects(secure.connect('127.0.0.1', silent.port), closedError);
    await silent.accept();
    await secure.close();
    await shaking;
  });

  test('a peer that ends in the handshake', async (t) => {
    const listener = await plainListener(t);
    const connecting = assert.rejects(tlsClient(t).connect('127.0.0.1', listener.port), {
      code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING',
    });
    await (await listener.accept()).close();
    await connecting;
  });

  test('a peer that resets in the handshake', async (t) => {
    const listener = await plainListener(t);
    const connecting = assert.rejects(tlsClient(t).connect('127.0.0.1', listener.port), {
      name: 'SSLSyscallError',
      code: 'ECONNRESET',
    });
    const server = await listener.accept();
    await server.receive();
    await server.close({ abort: true });
    await connecting;
  });
});

suite('not blocking', () => {
  test('connect is ERR_IN_PROGRESS, and connect() again waits for the end', async (t) => {
    const listener = await tlsListener(t);
    const client = tlsClient(t);
    client.isBlocking = false;
    await assert.rejects(client.connect('localhost', listener.port), {
      name: 'SSLError',
      code: 'ERR_IN_PROGRESS',
    });
    await client.connect();
    assert.equal(client.isConnected, true);
    await assert.rejects(client.connect('localhost', listener.port), { code: 'ERR_WRONG_STATE' });
  });

  test('what it failed with is told to the second call, and the third begins anew', async (t) => {
    const client = closing(t, new Socket().setBlocking(false));
    await assert.rejects(client.connect('127.0.0.1', await freePort()), { code: 'ERR_IN_PROGRESS' });
    await assert.rejects(client.connect(), refused);
    await assert.rejects(client.connect('127.0.0.1', await freePort()), { code: 'ERR_IN_PROGRESS' });
    await assert.rejects(client.connect(), refused);
  });
});

suite('secure by default', () => {
  const refusals: [string, () => TLSServerContext, () => TLSClientContext, string, string][] = [
    [
      'an unknown CA',
      () => serverContext(),
      () => clientContext(Certificate.generate({ commonName: 'x' }).certificate),
      'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'unknown_ca',
    ],
    [
      'another name',
      () =>
        show(
          new TLSServerContext(),
          Certificate.generate({ commonName: 'other.example', issuer: authority }),
        ),
      () => clientContext(),
      'X509_V_ERR_HOSTNAME_MISMATCH',
      'bad_certificate',
    ],
    [
      'an expired certificate',
      () =>
        show(
          new TLSServerContext(),
          Certificate.generate({ commonName: 'localhost', issuer: authority, days: -1 }),
        ),
      () => clientContext(),
      'X509_V_ERR_CERT_HAS_EXPIRED',
      'certificate_expired',
    ],
  ];
  for (const [what, makeServer, makeClient, name, alert] of refusals) {
    test(`${what} is refused, and the peer hears the alert`, async (t) => {
      const listener = await tlsListener(t, { server: makeServer() });
      const heard = new Promise<Error>((resolve) => {
        listener.onHandshakeError(resolve);
      });
      const client = tlsClient(t, { client: makeClient() });
      const clientError = await failureOf(client.connect('localhost', listener.port));
      const serverError = (await heard) as SSLError;
      assertRefused({ clientError, serverError } as Outcome, 'client', name, alert);
      assert.equal(client.isClosed, true);
      assert.equal(listener.handshakeFailures, 1);
    });
  }

  test('a socket without a context trusts what the system trusts, and not us', async (t) => {
    const listener = await tlsListener(t);
    const client = closing(t, new TLSSocket());
    await assert.rejects(client.connect('localhost', listener.port), { name: 'CertificateVerifyError' });
  });

  test('servername is who is checked, and asked for', async (t) => {
    const listener = await tlsListener(t);
    const client = tlsClient(t);
    const [server] = await Promise.all([
      listener.accept(),
      client.connect('127.0.0.1', listener.port, { servername: 'localhost' }),
    ]);
    assert.equal(closing(t, server).servername, 'localhost');
    await assert.rejects(tlsClient(t).connect('localhost', listener.port, { servername: 'example.org' }), {
      name: 'CertificateVerifyError',
    });
  });
});

suite('bind', () => {
  test('gives a client its address', async (t) => {
    const listener = await plainListener(t);
    const client = closing(t, new Socket());
    await client.bind(0, '127.0.0.1');
    const { port, id } = client;
    assert.ok(port > 0 && client.isBound);
    await client.connect('127.0.0.1', listener.port);
    assert.deepEqual([client.localPort, client.id], [port, id]);
  });

  test('is undone by an attempt that fails', async (t) => {
    const client = closing(t, new Socket());
    await client.bind(0, '127.0.0.1');
    await assert.rejects(client.connect('127.0.0.1', await freePort()), refused);
    assert.deepEqual([client.isBound, client.localPort, client.id], [false, undefined, -1]);
    await client.bind(0, '127.0.0.1');
    assert.equal(client.isBound, true);
  });

  test('twice, and to what is taken', async (t) => {
    const listener = await plainListener(t);
    const socket = closing(t, new Socket());
    await assert.rejects(socket.bind(listener.port, '127.0.0.1'), {
      name: 'SSLSyscallError',
      code: 'EADDRINUSE',
    });
    assert.equal(socket.isBound, false);
    await socket.bind(0, '127.0.0.1');
    await assert.rejects(socket.bind(0, '127.0.0.1'), { code: 'ERR_WRONG_STATE' });
  });

  test('wrong arguments are refused by name', async (t) => {
    const socket = closing(t, new Socket());
    await assert.rejects(socket.bind(-1), { message: /^port / });
    await assert.rejects(socket.bind(0, 7 as never), { message: /^host / });
    await assert.rejects(socket.bind(0, '127.0.0.1', { timeout: -1 }), { message: /^options\.timeout / });
    assert.equal(socket.isBound, false);
  });

  test('IPv6 by the property', async (t) => {
    const socket = closing(t, new Socket());
    socket.family = AF_INET6;
    await socket.bind(0, '::1');
    assert.deepEqual([socket.localAddress, socket.family], ['::1', AF_INET6]);
  });
});

test('the zone of an IPv6 address: an interface by name or number', {
  skip: process.platform !== 'linux',
}, async (t) => {
  // Nobody has the address.
  for (const host of ['fe80::1%lo', 'fe80::1%1']) {
    const failure = await failureOf(closing(t, new Socket()).connect(host, 9));
    assert.equal(failure.name, 'SSLSyscallError');
    assert.match(failure.message, /\[fe80::1%lo\]:9/);
  }
  await assert.rejects(closing(t, new Socket()).connect('fe80::1%nowhere', 9), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /fe80::1%nowhere/,
  });
});

test('both ends of a plain connection', async (t) => {
  const { client, server } = await plainSockets(t);
  await client.send('ping');
  assert.equal((await server.receive()).toString(), 'ping');
});
