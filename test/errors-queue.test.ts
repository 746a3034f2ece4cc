// OpenSSL's error queue belongs to the thread, and Node's own tls and crypto use the same one: whoever
// fails before, between or after, each sees its own errors and no others.

import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createSecretKey,
  createVerify,
  randomBytes,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import { once } from 'node:events';
import test from 'node:test';
import { connect, createSecureContext, createServer } from 'node:tls';
import {
  Certificate,
  ConnectBIO,
  FileBIO,
  MemoryBIO,
  PrivateKey,
  SSL,
  TLSClientContext,
  TLSServerContext,
} from 'bladessl';
import { attempt, carry, connected } from './helpers/handshake';
import { authority, clientContext, localhost, serverContext, show } from './helpers/identities';
import { visit } from './helpers/node-client';
import { openssl, read, write } from './helpers/openssl-files';

write('key.pem', localhost.privateKey.pem);
openssl('pkcs8 -topk8 -in key.pem -out encrypted.pem -passout pass:right');
const encrypted = read('encrypted.pem');
const ends = connected(clientContext(), serverContext());
const rsa = Certificate.generate({ commonName: 'rsa', key: 'rsa' });

const caKey = new X509Certificate(authority.certificate.pem).publicKey;

function thrown(error: unknown): never {
  throw error;
}

const ourFailures: (() => unknown)[] = [
  () => new TLSClientContext().setCiphers('nonsense'),
  () => (new TLSClientContext().groups = 'nonsense'),
  () => new Certificate(Buffer.of(0x30, 3, 2, 1, 1)),
  () => new PrivateKey(encrypted, 'wrong'),
  () => new PrivateKey(encrypted),
  () => show(new TLSServerContext(), { ...localhost, privateKey: authority.privateKey }),
  () => new TLSServerContext().usePKCS12(Buffer.from('garbage')),
  () => thrown(attempt(new TLSClientContext(), serverContext()).clientError),
  () => thrown(attempt(new TLSClientContext(), serverContext()).serverError),
  () => new SSL(serverContext()).setBio(new MemoryBIO('GET / HTTP/1.1\r\n\r\n')).accept(),
  () => new SSL(clientContext()).setBio(new MemoryBIO().end(), new MemoryBIO()).connect(),
  () => new SSL(clientContext()).setFd(2 ** 31 - 1).connect(),
  () => new SSL(clientContext()).shutdown(),
  () => new ConnectBIO('one:two:three'),
  () => new FileBIO('/missing/file'),
];

const nodeFailures: (() => unknown)[] = [
  () => createPrivateKey('garbage'),
  () => createPrivateKey({ key: encrypted, passphrase: 'wrong' }),
  () => new X509Certificate('garbage'),
  () => createSecureContext({ ciphers: 'nonsense' }),
  () => createSecureContext({ cert: 'garbage' }),
  () => createSecureContext({ cert: localhost.certificate.pem, key: authority.privateKey.pem }),
  () => createSecureContext({ pfx: 'garbage' }),
  () => createVerify('SHA256').update('x').verify('garbage', randomBytes(8)),
  () => sign('nonsense', Buffer.from('x'), rsa.privateKey.pem),
];

/** A call that succeeds, but leaves errors behind if it does not clean up, or trips over those of others. */
const successes: (() => unknown)[] = [
  () => carry(ends.client, ends.server, 'still well') === 'still well',
  () => carry(ends.server, ends.client, 'both ways') === 'both ways',
  () => ends.client.read() === null,
  () => connected(clientContext(), serverContext()).client.isInitFinished,
  () => new Certificate(localhost.certificate.pem).subject === 'CN=localhost',
  () => serverContext().ciphers.length > 0,
  () =>
    verify(
      'sha256',
      Buffer.from('x'),
      rsa.certificate.pem,
      sign('sha256', Buffer.from('x'), rsa.privateKey.pem),
    ),
  () => !verify('sha256', Buffer.from('x'), rsa.certificate.pem, Buffer.alloc(256)),
  () => new X509Certificate(localhost.certificate.pem).verify(caKey),
  () => createSecureContext({ cert: localhost.certificate.pem, key: localhost.privateKey.pem }) !== undefined,
  () => createSecretKey(randomBytes(8)).type === 'secret',
];

/** What a call came to, without what differs from run to run. */
function outcome(call: () => unknown): unknown {
  try {
    return { result: call() };
  } catch (error) {
    const { name, code, message, reason, library, opensslErrorStack, errors } = error as Record<
      string,
      unknown
    >;
    const codes = (errors as { code: number }[] | undefined)?.map((entry) => entry.code);
    return { name, code, message, reason, library, opensslErrorStack, codes };
  }
}

const all = [...ourFailures, ...nodeFailures, ...successes];

test('each of these calls does what it is here for', () => {
  for (const call of [...ourFailures, ...nodeFailures]) assert.throws(call, Error, String(call));
  for (const call of successes) assert.equal(call(), true, String(call));
});

test('whatever came before, each call comes to the same', () => {
  const alone = new Map(all.map((call) => [call, outcome(call)]));
  for (const first of all) {
    for (const second of all) {
      outcome(first);
      assert.deepEqual(outcome(second), alone.get(second), `${second} after ${first}`);
    }
  }
});

test('an error of ours lists its own entries only', () => {
  for (const before of nodeFailures) {
    outcome(before);
    const error = attempt(new TLSClientContext(), serverContext()).clientError;
    assert.equal(error?.errors.at(-1)?.reason, 'certificate verify failed');
    assert.ok((error?.errors.length ?? 9) <= 2);
  }
});

test('a call that would block looks at no queue', () => {
  for (const before of [...ourFailures, ...nodeFailures]) {
    outcome(before);
    assert.equal(ends.server.read(), null);
    assert.equal(new SSL(serverContext()).setBio(new MemoryBIO()).accept(), -1);
    assert.equal(new MemoryBIO().read(), null);
  }
});

test('the password function may fail in all ways; only what counts is told', () => {
  const among = (answer: string) => () => {
    for (const call of all) outcome(call);
    return answer;
  };
  assert.equal(new PrivateKey(encrypted, among('right')).type, 'ec');
  const error = outcome(() => new PrivateKey(encrypted, among('wrong')));
  assert.deepEqual(
    error,
    outcome(() => new PrivateKey(encrypted, 'wrong')),
  );
});

/** A connection of node:tls with itself, over TCP: what the client made of it. */
async function nodeWithItself(trusted: boolean): Promise<string> {
  const identity = { cert: localhost.certificate.pem, key: localhost.privateKey.pem };
  const server = createServer(identity, (socket) => socket.on('error', () => undefined).write('hello'));
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const ca = trusted ? authority.certificate.pem : rsa.certificate.pem;
  const client = connect({ host: '127.0.0.1', port, servername: 'localhost', ca });
  const answer = await once(client, 'data').then(
    ([data]) => String(data),
    (error) => String(error.code),
  );
  client.destroy();
  server.close();
  return answer;
}

test('node:tls before, between and after failing calls of ours', async () => {
  for (const failure of ourFailures) {
    outcome(failure);
    const talk = nodeWithItself(true);
    const refusal = nodeWithItself(false);
    const between = setInterval(() => outcome(failure), 0);
    assert.equal(await talk, 'hello');
    assert.equal(await refusal, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    clearInterval(between);
    outcome(failure);
    assert.equal((await visit(serverContext(), 'TLSv1.3')).ssl.isInitFinished, true);
  }
});

test('our handshakes step by step, with failures of Node and of ours between the steps', () => {
  for (const failure of [...ourFailures, ...nodeFailures]) {
    const [client, server] = [new SSL(clientContext()), new SSL(serverContext())];
    const [toClient, toServer] = [new MemoryBIO(), new MemoryBIO()];
    client.setBio(toClient, toServer);
    server.setBio(toServer, toClient);
    for (let steps = [-1, -1]; steps.includes(-1); ) {
      outcome(failure);
      const first = client.doHandshake();
      outcome(failure);
      steps = [first, server.doHandshake()];
    }
    outcome(failure);
    assert.equal(carry(client, server, 'fine'), 'fine');
  }
});
