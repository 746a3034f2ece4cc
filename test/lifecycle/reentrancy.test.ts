// Code of the user's that runs in the middle of a call: password callbacks, getters of options, listeners,
// continuations. It may do what it likes with the objects of that call.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, createServer } from 'node:tls';
import {
  BIO,
  BufferBIO,
  ConnectBIO,
  MemoryBIO,
  PrivateKey,
  SSL,
  SSLBIO,
  type SSLContext,
  TLSServerContext,
} from 'bladessl';
import { tcpConnection, tlsConnection } from '../helpers/chains';
import { collectGarbage } from '../helpers/gc';
import { carry, connected, ends } from '../helpers/handshake';
import { authority, clientContext, localhost, serverContext } from '../helpers/identities';
import { pathOf, write } from '../helpers/openssl-files';
import { encryptedKey, password } from './encrypted-key';

write('certificate.pem', localhost.certificate.pem);
write('key.pem', encryptedKey);

/** The ways to give a context an encrypted key. */
const loaders: Record<string, (context: SSLContext, ask: () => string) => unknown> = {
  loadCerts: (context, ask) => context.loadCerts(pathOf('certificate.pem'), pathOf('key.pem'), ask),
  usePrivateKey: (context, ask) =>
    context.useCertificate(localhost.certificate).usePrivateKey(encryptedKey, ask),
};

for (const [name, load] of Object.entries(loaders)) {
  test(`a password callback of ${name} may free the context`, () => {
    const context = new TLSServerContext();
    const ask = () => {
      context.free();
      collectGarbage();
      return password;
    };
    assert.throws(() => load(context, ask), { code: 'ERR_FREED' });
    assert.equal(context.freed, true);
  });

  test(`a password callback of ${name} may load again, and the outer call wins`, () => {
    const context = new TLSServerContext();
    let depth = 0;
    const ask = (): string => {
      if (++depth < 20) load(context, ask);
      return password;
    };
    load(context, ask);
    assert.equal(depth, 20);
    const { client } = connected(clientContext(), context);
    assert.equal(client.peerCertificate?.fingerprintSHA256, localhost.certificate.fingerprintSHA256);
  });

  test(`what a password callback of ${name} throws comes out as it is, and the context stays usable`, () => {
    const context = new TLSServerContext();
    const thrown = { not: 'even an Error' };
    const ask = () => {
      throw thrown;
    };
    let caught: unknown;
    try {
      load(context, ask);
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, thrown);
    load(context, () => password);
    assert.equal(connected(clientContext(), context).client.version, 'TLSv1.3');
  });

  test(`a password callback of ${name} may use the context, and node:tls, meanwhile`, async () => {
    const context = serverContext();
    const native = createServer({ cert: localhost.certificate.pem, key: localhost.privateKey.pem });
    native.on('secureConnection', (socket) => socket.end('from node'));
    await once(native.listen(0, '127.0.0.1'), 'listening');
    const socket = connect({
      port: (native.address() as AddressInfo).port,
      ca: authority.certificate.pem,
      servername: 'localhost',
    });
    load(context, () => {
      const { client, server } = connected(clientContext(), context);
      assert.equal(carry(client, server, 'inside'), 'inside');
      assert.throws(() => new PrivateKey(Buffer.of(0x30, 0)));
      return password;
    });
    const [chunk] = await once(socket.setEncoding('utf8'), 'data');
    assert.equal(chunk, 'from node');
    native.close();
    assert.equal(connected(clientContext(), context).client.version, 'TLSv1.3');
  });
}

test('a password callback may free another key, and itself be asked by that', () => {
  const other = new PrivateKey(encryptedKey, () => {
    localhost.privateKey.equals(new PrivateKey(encryptedKey, password));
    return password;
  });
  new PrivateKey(encryptedKey, () => {
    other.free();
    return password;
  }).free();
  assert.equal(other.freed, true);
});

/** Options whose `name` is read once the call has begun, and runs `action` then. */
function trap<Value>(name: string, value: Value, action: () => void): Record<string, Value> {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => {
      action();
      return value;
    },
  }) as Record<string, Value>;
}

test('a getter of the options may free the chain that waits', async (t) => {
  for (const name of ['timeout', 'signal']) {
    const { client } = await tcpConnection(t);
    const options = trap(name, undefined, () => client.free());
    await assert.rejects(client.readAsync(1, options), { code: 'ERR_FREED' });
    const { client: second } = await tcpConnection(t);
    await assert.rejects(
      second.writeAsync(
        'x',
        trap(name, undefined, () => second.free()),
      ),
      { code: 'ERR_FREED' },
    );
  }
  const { client } = await tcpConnection(t);
  const chain = new SSLBIO(clientContext()).push(client);
  await assert.rejects(chain.handshake(trap('servername', 'localhost', () => chain.freeAll())), {
    code: 'ERR_FREED',
  });
});

test('a getter of an address may use the class it is for', () => {
  const host = trap('host', '127.0.0.1', () => new ConnectBIO('127.0.0.1:1').free());
  assert.equal(new ConnectBIO({ port: 5, ...host } as never).connPort, '5');
});

test('pieces of writev that run code may free the SSL, and are refused or written', () => {
  const { client, server } = connected(clientContext(), serverContext());
  const list = [
    'first',
    new Proxy(new Uint8Array(4), { getPrototypeOf: () => (client.free(), Uint8Array.prototype) }),
  ];
  assert.throws(() => client.writev(list), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });

  class Traps extends Array<unknown> {}
  const { client: second } = connected(clientContext(), serverContext());
  const traps = Traps.from(['first', 'second']);
  Object.defineProperty(traps, 0, { get: () => (second.free(), 'first') });
  assert.throws(() => second.writev(traps as string[]), { code: 'ERR_FREED' });
  assert.equal(server.read(), null);
});

test('a species that hands out its own list cannot free the SSL under the call', () => {
  const { client } = connected(clientContext(), serverContext());
  const own: unknown[] = [];
  class Sneaky extends Array<unknown> {
    static override get [Symbol.species](): ArrayConstructor {
      return function species() {
        return own;
      } as unknown as ArrayConstructor;
    }
  }
  const spring = {
    getPrototypeOf: () => {
      const free = () => {
        client.free();
        collectGarbage();
        return Buffer.from('freed');
      };
      Object.defineProperty(own, 0, { configurable: true, get: free });
      return Uint8Array.prototype;
    },
  };
  const list = Sneaky.from(['first', new Proxy(new Uint8Array(4), spring)]);
  try {
    client.writev(list as string[]);
  } catch (error) {
    assert.match((error as { code: string }).code, /^ERR_(FREED|INVALID_ARG_TYPE)$/);
  }
});

test('Error.prepareStackTrace may free the object whose failure it describes', (t) => {
  const prepare = Error.prepareStackTrace;
  t.after(() => {
    Error.prepareStackTrace = prepare as NonNullable<typeof prepare>;
  });
  const context = serverContext();
  const { client } = ends(clientContext(), context);
  client.setBio(new MemoryBIO('HTTP/1.1 400 Bad Request'), new MemoryBIO());
  Error.prepareStackTrace = (error) => {
    client.free();
    context.free();
    return `${error.name} described`;
  };
  try {
    client.doHandshake();
    client.doHandshake();
    assert.fail('no error');
  } catch (error) {
    assert.equal((error as Error).stack, 'SSLError described');
  }
  assert.equal(client.freed, true);
});

test('setters on the prototypes of results may free what the results come from', (t) => {
  const { client } = connected(clientContext(), serverContext());
  const context = clientContext();
  t.after(() => {
    Reflect.deleteProperty(Object.prototype, 'standardName');
    Reflect.deleteProperty(Array.prototype, '0');
  });
  const springs = (target: object, name: string, action: () => void) => {
    Object.defineProperty(target, name, { configurable: true, get: () => undefined, set: action });
  };
  springs(Object.prototype, 'standardName', () => client.free());
  assert.equal(typeof client.cipher, 'object');
  Reflect.deleteProperty(Object.prototype, 'standardName');
  springs(Array.prototype, '0', () => {
    context.free();
    collectGarbage();
  });
  const { ciphers } = context;
  Reflect.deleteProperty(Array.prototype, '0');
  assert.ok(Array.isArray(ciphers));
});

test('an abort listener may free the chain before the wait hears of the abort', async (t) => {
  const { client } = await tcpConnection(t);
  const controller = new AbortController();
  controller.signal.addEventListener('abort', () => client.free());
  const reading = client.readAsync(1, { signal: controller.signal });
  await nextTurn();
  controller.abort();
  await assert.rejects(reading, { name: /^(FreedError|AbortError)$/ });
  assert.equal(client.freed, true);
});

test('a continuation may free the chain on which others wait', async (t) => {
  const { client, server } = await tlsConnection(t);
  const transport = client.next as BIO;
  const first = client.readAsync(1).then(() => client.freeAll());
  const others = [client.readAsync(1), client.readAsync(1), transport.readAsync(1)].map((wait) =>
    wait.then(
      (chunk) => chunk.length,
      (error: { code: string }) => error.code,
    ),
  );
  await server.writeAsync('x');
  await first;
  assert.deepEqual(await Promise.all(others), ['ERR_FREED', 'ERR_FREED', 'ERR_FREED']);
});

test('a continuation may take the chain apart and build another from its links', async (t) => {
  const { client, server } = await tlsConnection(t);
  const transport = client.next as BIO;
  const read = client.readAsync(4).then((chunk) => {
    client.pop();
    client.push(new BufferBIO()).push(transport);
    return chunk.toString();
  });
  await server.writeAsync('ping');
  assert.equal(await read, 'ping');
  assert.equal(await client.writeAsync('pong'), 4);
  assert.equal((await server.readAsync(4)).toString(), 'pong');
});

test('objects may be made and freed inside a watcher’s callback without end', async (t) => {
  const { client, server } = await tcpConnection(t);
  for (let i = 0; i < 200; i++) {
    const read = client.readAsync(1).then(() => {
      connected(clientContext(), serverContext()).client.free();
      return nextTurn();
    });
    server.write('x');
    await read;
  }
  assert.equal(client.pending, 0);
});

test('a shared view may change under a read, and a resizable one may shrink before it', () => {
  const bio = new MemoryBIO('content');
  const shared = new Uint8Array(new SharedArrayBuffer(4));
  assert.equal(bio.readInto(shared), 4);
  assert.equal(Buffer.from(shared).toString(), 'cont');
  const buffer: ArrayBuffer & { resize(size: number): void } = Reflect.construct(ArrayBuffer, [
    8,
    { maxByteLength: 8 },
  ]);
  const view = new Uint8Array(buffer, 0, 8);
  buffer.resize(4);
  assert.throws(() => bio.readInto(view), { code: /^ERR_/ });
  assert.equal(bio.readInto(new Uint8Array(buffer)), 3);
  assert.equal(new SSL(clientContext()).freed, false);
});
