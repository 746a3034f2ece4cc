// handshake() of an SSL link: whose name it asks for and checks, what is refused, what ends it.

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AcceptBIO,
  type BIO,
  BIO_s_connect,
  BIO as BIOs,
  Certificate,
  ConnectBIO,
  SSL,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_NONE,
  SSL_VERIFY_PEER,
  SSLBIO,
  type SSLContext,
  SSLError,
  type TLSVersion,
} from 'bladessl';
import { freeing, listening, portOf, shake, stuckPort, tlsConnection, tlsLinks } from '../helpers/chains';
import { authority, clientContext, only, serverContext, show, someone } from '../helpers/identities';

const noServerName = { name: 'SSLError', code: 'ERR_NO_SERVERNAME', message: /servername/ };
/** A server for named.example alone. */
const named = serverContext(Certificate.generate({ commonName: 'named.example', issuer: authority }));

type Told = ConstructorParameters<typeof SSLBIO>[0];

interface Meeting {
  readonly client: SSLBIO;
  readonly server: SSLBIO;
  /** The server's handshake, or its error. */
  readonly served: Promise<unknown>;
}

/** A client that is not connected yet, and a server that waits for it. */
async function meet(
  t: TestContext,
  target: (port: number) => ConnectBIO,
  { client = clientContext(), server = serverContext() }: { client?: Told; server?: SSLContext } = {},
): Promise<Meeting> {
  const listener = await listening(t);
  const secure = freeing(t, new SSLBIO(server));
  const served = listener
    .accept()
    .then((plain) => secure.push(plain).handshake())
    .catch((error: unknown) => error);
  return {
    client: freeing(t, new SSLBIO(client, { server: false }).push(target(portOf(listener)))),
    server: secure,
    served,
  };
}

const byAddress = (port: number) => new ConnectBIO(`127.0.0.1:${port}`);
const byName = (port: number) => new ConnectBIO(`localhost:${port}`);

/** An address of this machine under another name. */
function named127(t: TestContext, name = 'named.example'): (port: number) => ConnectBIO {
  t.mock.method(dns, 'lookup', (_name: string, _options: unknown, done: (...args: unknown[]) => void) =>
    setImmediate(done, null, [{ address: '127.0.0.1', family: 4 }]),
  );
  return (port) => new ConnectBIO(`${name}:${port}`);
}

async function rejection(promise: Promise<unknown>): Promise<SSLError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SSLError, String(error));
  return error;
}

/** Asserts that a promise is rejected because of the peer's certificate. */
async function assertMismatch(promise: Promise<unknown>, fault: string): Promise<void> {
  const error = await rejection(promise);
  assert.deepEqual([error.name, error.verifyError?.name], ['CertificateVerifyError', fault]);
}

suite('whose name', () => {
  test("the connect link's is asked for and checked", async (t) => {
    const { client, server, served } = await meet(t, byName);
    await client.handshake();
    assert.equal(await served, undefined);
    assert.deepEqual([client.ssl.hostname, client.ssl.verifyIP], ['localhost', undefined]);
    assert.equal(server.ssl.hostname, 'localhost');
    assert.equal(client.ssl.verifyResult.name, 'X509_V_OK');
  });

  test("the connect link's address is checked, and not asked for", async (t) => {
    const { client, server, served } = await meet(t, byAddress);
    await client.handshake();
    assert.equal(await served, undefined);
    assert.deepEqual([client.ssl.hostname, server.ssl.hostname], [undefined, undefined]);
  });

  test('a connect link that has only an address', async (t) => {
    const addressed = (port: number) => {
      const link = new ConnectBIO();
      link.connAddress = '127.0.0.1';
      link.connPort = port;
      return link;
    };
    await (await meet(t, addressed)).client.handshake();
    const wrong = await meet(t, addressed, { server: named });
    await assertMismatch(wrong.client.handshake(), 'X509_V_ERR_IP_ADDRESS_MISMATCH');
  });

  test('a name that the certificate does not have is refused', async (t) => {
    const { client, served } = await meet(t, byName, { server: named });
    const error = await rejection(client.handshake());
    assert.equal(error.name, 'CertificateVerifyError');
    assert.equal(error.code, 'ERR_SSL_CERTIFICATE_VERIFY_FAILED');
    assert.equal(error.verifyError?.name, 'X509_V_ERR_HOSTNAME_MISMATCH');
    assert.equal(error.verifyError.expected, 'localhost');
    assert.equal(error.hint, 'the certificate is not for localhost');
    assert.deepEqual([error.alert?.name, error.alert?.direction], ['bad_certificate', 'sent']);
    const refused = (await served) as SSLError;
    assert.deepEqual([refused.alert?.name, refused.alert?.direction], ['bad_certificate', 'received']);
  });

  test('an address that the certificate does not have is refused', async (t) => {
    const { client } = await meet(t, byAddress, { server: named });
    await assertMismatch(client.handshake(), 'X509_V_ERR_IP_ADDRESS_MISMATCH');
  });

  test('the option goes before the connect link', async (t) => {
    const right = await meet(t, byAddress, { server: named });
    await right.client.handshake({ servername: 'named.example' });
    assert.equal(right.server.ssl.hostname, 'named.example');
    const wrong = await meet(t, named127(t), { server: named });
    await assertMismatch(wrong.client.handshake({ servername: 'localhost' }), 'X509_V_ERR_HOSTNAME_MISMATCH');
  });

  test('the option may be an address', async (t) => {
    const right = await meet(t, named127(t));
    await right.client.handshake({ servername: '127.0.0.1' });
    assert.equal(right.server.ssl.hostname, undefined);
    const wrong = await meet(t, byName);
    await assertMismatch(
      wrong.client.handshake({ servername: '127.0.0.2' }),
      'X509_V_ERR_IP_ADDRESS_MISMATCH',
    );
    const v6 = await meet(t, byName);
    await v6.client.handshake({ servername: '::1' });
  });

  test('the option goes before what the SSL was told', async (t) => {
    const ssl = new SSL(clientContext());
    ssl.hostname = ssl.verifyName = 'elsewhere.example';
    ssl.verifyIP = '192.0.2.1';
    const { client, server } = await meet(t, byName, { client: ssl, server: named });
    await client.handshake({ servername: 'named.example' });
    assert.deepEqual(
      [ssl.hostname, ssl.verifyName, ssl.verifyIP],
      ['named.example', 'named.example', undefined],
    );
    assert.equal(server.ssl.hostname, 'named.example');
  });

  test('what the SSL was told goes before the connect link', async (t) => {
    const checksName = new SSL(clientContext());
    checksName.verifyName = 'named.example';
    const first = await meet(t, byName, { client: checksName, server: named });
    await first.client.handshake();
    assert.equal(first.server.ssl.hostname, undefined);
    const checksAddress = new SSL(clientContext());
    checksAddress.verifyIP = '192.0.2.1';
    const second = await meet(t, byName, { client: checksAddress });
    await assertMismatch(second.client.handshake(), 'X509_V_ERR_IP_ADDRESS_MISMATCH');
    const asks = new SSL(clientContext());
    asks.hostname = 'named.example';
    const third = await meet(t, byName, { client: asks, server: named });
    await third.client.handshake();
    assert.equal(third.server.ssl.hostname, 'named.example');
  });

  test('the dot of the root is no part of the name', async (t) => {
    const { client, server } = await meet(t, byAddress, { server: named });
    await client.handshake({ servername: 'named.example.' });
    assert.equal(server.ssl.hostname, 'named.example');
    const linked = await meet(t, named127(t, 'named.example.'), { server: named });
    await linked.client.handshake();
    assert.equal(linked.server.ssl.hostname, 'named.example');
  });

  test('without verification no name is needed', async (t) => {
    const context = clientContext();
    context.verifyMode = SSL_VERIFY_NONE;
    const [near, far] = BIOs.pair();
    const client = freeing(t, new SSLBIO(context).push(near));
    const server = freeing(t, new SSLBIO(named).push(far));
    shake(client, server);
    assert.equal(client.ssl.version, 'TLSv1.3');
    const { client: connecting } = await meet(t, byName, { client: context, server: named });
    await connecting.handshake();
  });

  test('a server needs none, and takes none', async (t) => {
    const { client, server } = tlsLinks(t);
    const [near, far] = BIOs.pair();
    client.push(near);
    server.push(far);
    await assert.rejects(server.handshake(), { code: 'ERR_NO_SOCKET' });
    await assert.rejects(server.handshake({ servername: 'localhost' }), { code: 'ERR_WRONG_STATE' });
    assert.deepEqual([server.ssl.verifyName, server.ssl.hostname], [undefined, undefined]);
  });

  test('it cannot change once the handshake has begun, but may be said again', async (t) => {
    const { client } = await tlsConnection(t);
    for (const servername of ['other.example', '127.0.0.1']) {
      await assert.rejects(client.handshake({ servername }), { code: 'ERR_WRONG_STATE' });
    }
    await client.handshake({ servername: 'localhost' });
    await client.handshake({ servername: 'localhost.' });
    assert.equal(client.ssl.verifyName, 'localhost');
  });

  test('a name that is none is the option that is named', async (t) => {
    const { client } = tlsLinks(t);
    for (const servername of ['x'.repeat(256), '.example.org']) {
      await assert.rejects(client.handshake({ servername }), {
        code: 'ERR_INVALID_ARG_VALUE',
        message: /^options\.servername /,
      });
    }
  });
});

suite('no name', () => {
  test('verification on and no name known is ERR_NO_SERVERNAME, however the handshake begins', async (t) => {
    const ways: Record<string, (chain: SSLBIO) => unknown> = {
      handshake: (chain) => chain.handshake(),
      doHandshake: (chain) => chain.doHandshake(),
      doConnect: (chain) => chain.doConnect(),
      read: (chain) => chain.read(),
      write: (chain) => chain.write('secret'),
      readAsync: (chain) => chain.readAsync(),
      writeAsync: (chain) => chain.writeAsync('secret'),
      'ssl.doHandshake': (chain) => chain.ssl.doHandshake(),
      'ssl.connect': (chain) => chain.ssl.connect(),
      'ssl.read': (chain) => chain.ssl.read(),
      'ssl.write': (chain) => chain.ssl.write('secret'),
    };
    for (const [way, use] of Object.entries(ways)) {
      const [near, far] = BIOs.pair();
      const chain = freeing(t, new SSLBIO(clientContext()).push(near));
      await assert.rejects(async () => use(chain), noServerName, way);
      assert.equal(far.read(), null, `${way} has said something`);
    }
  });

  test('a link in the middle of a chain is asked too', async (t) => {
    const [near, far] = BIOs.pair();
    const upper = new SSLBIO(clientContext()).push(new SSLBIO(clientContext())).push(near);
    freeing(t, upper).ssl.verifyName = 'localhost';
    assert.throws(() => upper.doHandshake(), noServerName);
    assert.equal(far.read(), null);
  });

  test("the connect link's name is checked however the handshake begins", async (t) => {
    const ways: Record<string, (chain: SSLBIO) => Promise<unknown>> = {
      writeAsync: (chain) => chain.writeAsync('secret'),
      readAsync: (chain) => chain.readAsync(),
      connectAndWrite: async (chain) => {
        await chain.connect();
        return await chain.writeAsync('secret');
      },
      'a link above': async (chain) => {
        const { BufferBIO } = await import('bladessl');
        return await new BufferBIO().push(chain).writeAsync('secret');
      },
      'the SSL itself': async (chain) => {
        await chain.find(BIO_s_connect)?.connect();
        while (chain.ssl.doHandshake() < 0) await nextTurn();
      },
    };
    for (const [way, use] of Object.entries(ways)) {
      const { client, served } = await meet(t, byAddress, { server: named });
      const error = await rejection(use(client));
      assert.equal(error.verifyError?.name, 'X509_V_ERR_IP_ADDRESS_MISMATCH', way);
      assert.equal(((await served) as SSLError).alert?.name, 'bad_certificate', way);
    }
  });
});

suite('what is refused', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as TLSVersion[]) {
    test(`an issuer that is not trusted, ${version}`, async (t) => {
      const stranger = clientContext(Certificate.generate({ commonName: 'Other CA' }).certificate);
      const { client, served } = await meet(t, byName, { client: only(stranger, version) });
      const error = await rejection(client.handshake());
      assert.equal(error.name, 'CertificateVerifyError');
      assert.equal(error.verifyError?.name, 'X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
      assert.deepEqual(error.alert, { name: 'unknown_ca', number: 48, direction: 'sent' });
      assert.match(error.hint ?? '', /addCA/);
      const refused = (await served) as SSLError;
      assert.deepEqual(refused.alert, { name: 'unknown_ca', number: 48, direction: 'received' });
      assert.match(refused.code, /^ERR_SSL_/);
    });

    test(`a client without a certificate that has to have one, ${version}`, async (t) => {
      const strict = only(serverContext(), version);
      strict.addCA(authority.certificate);
      strict.verifyMode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
      const { client, served } = await meet(t, byName, { server: strict });
      const told =
        version === 'TLSv1.3' ? client.handshake().then(() => client.readAsync()) : client.handshake();
      const error = await rejection(told);
      const expected = version === 'TLSv1.3' ? 'certificate_required' : 'handshake_failure';
      assert.deepEqual([error.alert?.name, error.alert?.direction], [expected, 'received']);
      assert.equal(((await served) as SSLError).code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    });

    test(`a client's certificate is checked, and known to the server, ${version}`, async (t) => {
      const strict = only(serverContext(), version);
      strict.addCA(authority.certificate);
      strict.verifyMode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
      const known = await meet(t, byName, { client: show(clientContext(), someone), server: strict });
      await known.client.handshake();
      assert.equal(await known.served, undefined);
      assert.equal(known.server.ssl.peerCertificate?.subject, 'CN=someone');
      const impostor = show(clientContext(), Certificate.generate({ commonName: 'someone' }));
      const unknown = await meet(t, byName, { client: impostor, server: strict });
      const told = unknown.client.handshake().then(() => unknown.client.readAsync());
      assert.deepEqual((await rejection(told)).alert?.direction, 'received');
      const error = (await unknown.served) as SSLError;
      assert.deepEqual([error.name, error.alert?.direction], ['CertificateVerifyError', 'sent']);
    });
  }

  test('a server that speaks plain HTTP', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new SSLBIO(clientContext()).push(byName(portOf(listener))));
    const handshake = client.handshake();
    freeing(t, await listener.accept()).write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const error = await rejection(handshake);
    assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
    assert.equal(error.hint, 'the peer speaks plain HTTP, not TLS');
  });

  test('a server that hangs up', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new SSLBIO(clientContext()).push(byName(portOf(listener))));
    const handshake = client.handshake();
    const plain = freeing(t, await listener.accept());
    await plain.readAsync(65536);
    plain.free();
    assert.equal((await rejection(handshake)).code, 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING');
  });

  test('a port that nobody listens on', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new SSLBIO(clientContext()).push(byName(portOf(listener))));
    listener.free();
    await assert.rejects(client.handshake(), { name: 'SSLSyscallError', code: 'ECONNREFUSED' });
  });
});

suite('its course', () => {
  test('connects first, and may be asked for again, and by several at once', async (t) => {
    const { client, served } = await meet(t, byName);
    await Promise.all([client.handshake(), client.handshake(), client.connect()]);
    assert.equal(await served, undefined);
    await client.handshake();
    await client.handshake({ servername: 'localhost' });
    assert.equal(client.ssl.isInitFinished, true);
  });

  test('goes on where connect has stopped', async (t) => {
    const { client } = await meet(t, byName);
    await client.connect();
    assert.equal(client.ssl.isInitFinished, false);
    await client.handshake();
    assert.equal(client.ssl.isInitFinished, true);
  });

  test('the timeout ends it while it connects', async (t) => {
    const port = await stuckPort(t);
    const client = freeing(t, new SSLBIO(clientContext()).push(byAddress(port)));
    const expected = { name: 'TimeoutError', code: 'ERR_TIMEOUT', message: /^handshake took/ };
    await assert.rejects(client.handshake({ timeout: 10 }), expected);
    assert.equal(client.fd, undefined);
  });

  test('the timeout ends it while the peer is silent, and it can be taken up again', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new SSLBIO(clientContext()).push(byName(portOf(listener))));
    // A connection that takes longer than the time-out would be another one afterwards.
    await client.connect();
    await assert.rejects(client.handshake({ timeout: 20 }), { name: 'TimeoutError' });
    const server = freeing(t, new SSLBIO(serverContext()).push(await listener.accept()));
    await Promise.all([client.handshake(), server.handshake()]);
    client.write('hello');
    assert.equal((await server.readAsync()).toString(), 'hello');
  });

  test('the signal ends it, before and meanwhile, with its reason', async (t) => {
    const listener = await listening(t);
    const client = freeing(t, new SSLBIO(clientContext()).push(byName(portOf(listener))));
    const reason = new Error('enough');
    await assert.rejects(client.handshake({ signal: AbortSignal.abort(reason) }), reason);
    assert.equal(client.fd, undefined);
    const controller = new AbortController();
    const handshake = client.handshake({ signal: controller.signal });
    await listener.accept().then((plain) => freeing(t, plain).readAsync());
    controller.abort(reason);
    await assert.rejects(handshake, reason);
  });

  test('free ends it, of each link', async (t) => {
    for (const free of [
      (chain: SSLBIO) => chain.free(),
      (chain: SSLBIO) => (chain.next as BIO).free(),
      (chain: SSLBIO) => chain.freeAll(),
    ]) {
      const listener = await listening(t);
      const client = freeing(t, new SSLBIO(clientContext()).push(byName(portOf(listener))));
      const handshake = client.handshake();
      const plain = freeing(t, await listener.accept());
      await plain.readAsync();
      free(client);
      await assert.rejects(handshake, { name: 'FreedError', code: 'ERR_FREED' });
      plain.free();
    }
  });

  test('a server does not wait for a client that says nothing', async (t) => {
    const listener = await listening(t);
    const idle = freeing(t, byAddress(portOf(listener)));
    await idle.connect();
    const server = freeing(t, new SSLBIO(serverContext()).push(await listener.accept()));
    await assert.rejects(server.handshake({ timeout: 10 }), { name: 'TimeoutError' });
  });

  test('an accept link is no connect link', async (t) => {
    const chain = freeing(t, new SSLBIO(serverContext()).push(new AcceptBIO('127.0.0.1:0')));
    await assert.rejects(chain.connect(), { code: 'ERR_WRONG_BIO_TYPE' });
  });
});
