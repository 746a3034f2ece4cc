// Wrong types, wrong values and the wrong kind of BIO, for the members that all BIOs have.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  AcceptBIO,
  BIO,
  BIO_f_ssl,
  BIO_s_mem,
  BufferBIO,
  ConnectBIO,
  MemoryBIO,
  NullBIO,
  SSL,
  SSLBIO,
  TLS_method,
  TLSClientContext,
  TLSContext,
  TLSServerContext,
} from 'bladessl';
import { clientContext } from '../helpers/identities';

type Wrong = { readonly name: string; readonly code: string; readonly message: RegExp };

const type = (argument: string): Wrong => ({
  name: 'TypeError',
  code: 'ERR_INVALID_ARG_TYPE',
  message: new RegExp(`^${argument} must be `),
});
const range = (argument: string): Wrong => ({
  name: 'RangeError',
  code: 'ERR_OUT_OF_RANGE',
  message: new RegExp(`^${argument} must be `),
});

/** Calls that TypeScript would not allow. */
type Loose = Record<string, (...args: unknown[]) => unknown>;
const loose = (bio: BIO): Loose => bio as unknown as Loose;

const notNumbers = ['1', null, 1n, true, {}, [1], Symbol('n')];
const notSizes = [0, -1, 0.5, NaN, Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER];
const notBytes = [undefined, null, 5, 1n, {}, [1, 2], Symbol('x'), () => 'x'];
const notOptions = [null, 5, 'x', true];

test('no second argument makes a BIO of something else', () => {
  const Loose = BIO as unknown as new (...args: unknown[]) => BIO;
  for (const more of [{}, 1, 'x', new MemoryBIO()]) {
    const bio = new Loose(BIO_s_mem, more);
    assert.deepEqual([bio.method, bio.write('x'), String(bio.read())], [BIO_s_mem, 1, 'x']);
  }
});

suite('reading', () => {
  test('n is checked', async () => {
    const bio = loose(new MemoryBIO('left'));
    for (const n of notNumbers) {
      assert.throws(() => bio.read?.(n), type('n'));
      await assert.rejects(async () => bio.readAsync?.(n), type('n'));
    }
    for (const n of notSizes) {
      assert.throws(() => bio.read?.(n), range('n'));
      await assert.rejects(async () => bio.readAsync?.(n), range('n'));
    }
    assert.equal(String(bio.read?.(undefined)), 'left');
  });

  test('readInto checks the bytes and the range', () => {
    const bio = loose(new MemoryBIO('left'));
    for (const buffer of [...notBytes, 'text']) assert.throws(() => bio.readInto?.(buffer), type('buffer'));
    const buffer = Buffer.alloc(4);
    for (const offset of notNumbers) assert.throws(() => bio.readInto?.(buffer, offset), type('offset'));
    for (const length of notNumbers) assert.throws(() => bio.readInto?.(buffer, 0, length), type('length'));
    for (const offset of [-1, 5, 0.5, NaN])
      assert.throws(() => bio.readInto?.(buffer, offset), range('offset'));
    for (const length of [-1, 0, 4, 2 ** 40]) {
      assert.throws(() => bio.readInto?.(buffer, 1, length), range('length'));
    }
    assert.throws(() => bio.readInto?.(buffer, 4), range('length'));
    assert.throws(() => bio.readInto?.(Buffer.alloc(0)), range('length'));
    assert.equal(bio.readInto?.(buffer, 3, 1), 1);
    assert.equal(buffer.toString(), '\0\0\0l');
  });

  test('bytes that were transferred away are no room', () => {
    const bio = new MemoryBIO('left');
    const bytes = new Uint8Array(4);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    const detached = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /must not be detached/ };
    assert.throws(() => bio.readInto(bytes), detached);
    assert.throws(() => bio.write(bytes), detached);
    assert.equal(bio.pending, 4);
  });
});

suite('writing', () => {
  test('the data is checked', async () => {
    const bio = loose(new MemoryBIO());
    for (const data of notBytes) {
      assert.throws(() => bio.write?.(data), type('data'));
      await assert.rejects(async () => bio.writeAsync?.(data), type('data'));
    }
    for (const data of [null, 5, {}, [1]]) {
      assert.throws(() => new MemoryBIO(data as unknown as string), type('data'));
    }
    assert.equal(bio.pending as unknown, 0);
  });
});

suite('the options of calls that wait', () => {
  const calls: Record<string, [() => BIO, ...unknown[]]> = {
    readAsync: [() => new MemoryBIO('x'), 1],
    writeAsync: [() => new MemoryBIO(), 'x'],
    flushAsync: [() => new MemoryBIO()],
    connect: [() => new ConnectBIO('127.0.0.1:1')],
    listen: [() => new AcceptBIO('127.0.0.1:0')],
    accept: [() => new AcceptBIO('127.0.0.1:0')],
    handshake: [() => new SSLBIO(clientContext()).push(new ConnectBIO('127.0.0.1:1'))],
  };
  for (const [name, [make, ...before]] of Object.entries(calls)) {
    test(`${name} checks them`, async (t) => {
      const bio = make();
      t.after(() => bio.freeAll());
      const call = async (options: unknown) => await loose(bio)[name]?.(...before, options);
      for (const options of notOptions) await assert.rejects(call(options), type('options'));
      for (const timeout of ['5', null, 5n])
        await assert.rejects(call({ timeout }), type('(options\\.)?timeout'));
      for (const timeout of [-1, 0.5, NaN, 2 ** 31]) {
        await assert.rejects(call({ timeout }), range('(options\\.)?timeout'));
      }
      const notSignals = [null, 5, {}, new EventTarget(), { throwIfAborted() {}, addEventListener: 5 }];
      for (const signal of notSignals) await assert.rejects(call({ signal }), type('(options\\.)?signal'));
    });
  }

  test('undefined stands for the default, in each place', async () => {
    const bio = new MemoryBIO('abc');
    assert.equal(String(await bio.readAsync(1, undefined)), 'a');
    assert.equal(String(await bio.readAsync(1, {})), 'b');
    assert.equal(String(await bio.readAsync(undefined, { timeout: undefined, signal: undefined })), 'c');
  });

  test('servername is checked', async (t) => {
    const chain = new SSLBIO(clientContext()).push(new ConnectBIO('127.0.0.1:1'));
    t.after(() => chain.freeAll());
    const shake = async (servername: unknown) => await chain.handshake({ servername: servername as string });
    for (const name of [null, 5, {}]) await assert.rejects(shake(name), type('options\\.servername'));
    for (const name of ['', 'a\0b', 'x'.repeat(256)]) {
      await assert.rejects(shake(name), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    }
  });
});

suite('methods and flags', () => {
  test('the method is checked', () => {
    const wrong = [undefined, null, 'BIO_s_mem', 5, {}, Object.create(null), { ...BIO_s_mem }, TLS_method];
    for (const method of wrong) {
      assert.throws(
        () => new BIO(method as never),
        type('method'),
        String(method === null ? null : typeof method),
      );
      assert.throws(() => new MemoryBIO().find(method as never), type('method'));
    }
  });

  test('setNonBlocking takes a boolean, and needs a descriptor', () => {
    for (const on of [1, 0, null, 'true'])
      assert.throws(() => loose(new MemoryBIO()).setNonBlocking?.(on), type('on'));
    const expected = { name: 'SSLError', code: 'ERR_NO_SOCKET' };
    for (const bio of [new MemoryBIO(), new BufferBIO(), BIO.pair()[0], new BIO(BIO_f_ssl)]) {
      assert.throws(() => bio.setNonBlocking(), expected);
      assert.throws(() => bio.setNonBlocking(false), expected);
    }
  });

  test('push takes BIOs only', () => {
    const bio = new MemoryBIO();
    const notBIOs = [undefined, null, 5, {}, Object.create(BIO.prototype), new SSL(clientContext())];
    for (const next of notBIOs) assert.throws(() => bio.push(next as never), { name: 'TypeError' });
    assert.equal(bio.next, undefined);
  });
});

suite('the wrong kind of BIO', () => {
  const wrongType = { name: 'SSLError', code: 'ERR_WRONG_BIO_TYPE' };

  test('doConnect, doHandshake and connect need something to connect', async () => {
    for (const bio of [new MemoryBIO('x'), new BufferBIO().push(new MemoryBIO()), BIO.pair()[0]]) {
      assert.throws(() => bio.doConnect(), wrongType);
      assert.throws(() => bio.doHandshake(), wrongType);
      await assert.rejects(bio.connect(), wrongType);
    }
  });

  test('doAccept, listen and accept need an accept link', async () => {
    for (const bio of [new MemoryBIO(), new ConnectBIO('127.0.0.1:1'), new BufferBIO().push(new NullBIO())]) {
      assert.throws(() => bio.doAccept(), wrongType);
      await assert.rejects(bio.listen(), wrongType);
      await assert.rejects(bio.accept(), wrongType);
    }
  });

  test('handshake needs an SSL link', async () => {
    await assert.rejects(new ConnectBIO('127.0.0.1:1').handshake(), wrongType);
    await assert.rejects(new BIO(BIO_f_ssl).handshake(), wrongType);
  });

  test('setSsl is for SSL links', () => {
    const ssl = new SSL(clientContext());
    for (const bio of [new MemoryBIO(), new BufferBIO()]) assert.throws(() => bio.setSsl(ssl), wrongType);
    assert.equal(ssl.rbio, undefined);
  });
});

suite('SSLBIO', () => {
  test('what it is made of is checked', () => {
    for (const wrong of [undefined, null, 5, 'x', {}, new MemoryBIO()]) {
      assert.throws(() => new SSLBIO(wrong as never), type('contextOrSsl'));
    }
    const make = (options: unknown) => () => new SSLBIO(clientContext(), options as never);
    for (const server of ['true', 1, null]) assert.throws(make({ server }), type('(options\\.)?server'));
    for (const options of [null, 5, 'server']) assert.throws(make(options), type('options'));
  });

  test('the side comes from the context, and must be given for a generic one', () => {
    assert.equal(new SSLBIO(new TLSClientContext()).ssl.role, 'client');
    assert.equal(new SSLBIO(new TLSServerContext()).ssl.role, 'server');
    assert.equal(new SSLBIO(new TLSContext(), { server: false }).ssl.role, 'client');
    assert.equal(new SSLBIO(new TLSContext(), { server: true }).ssl.role, 'server');
    assert.equal(new SSLBIO(new SSL(new TLSContext()).setAcceptState()).ssl.role, 'server');
    const wrongState = { name: 'SSLError', code: 'ERR_WRONG_STATE' };
    assert.throws(() => new SSLBIO(new TLSContext()), wrongState);
    assert.throws(() => new SSLBIO(new SSL(new TLSContext())), wrongState);
    assert.throws(() => new SSLBIO(new TLSClientContext(), { server: true }), wrongState);
    assert.throws(() => new SSLBIO(new TLSServerContext(), { server: false }), wrongState);
  });

  test('an SSL that it refused can be used elsewhere', () => {
    const ssl = new SSL(new TLSContext());
    assert.throws(() => new SSLBIO(ssl), { code: 'ERR_WRONG_STATE' });
    assert.equal(new SSLBIO(ssl, { server: true }).ssl, ssl);
  });

  test('setSsl checks the SSL and the flag', () => {
    const bio = new BIO(BIO_f_ssl);
    for (const ssl of [undefined, null, {}, clientContext()])
      assert.throws(() => bio.setSsl(ssl as never), type('ssl'));
    const ssl = new SSL(clientContext());
    for (const close of [true, null, '1'])
      assert.throws(() => bio.setSsl(ssl, close as never), type('close'));
    for (const close of [2, -1, 0.5]) assert.throws(() => bio.setSsl(ssl, close as never), range('close'));
    assert.equal(bio.ssl, undefined);
  });

  test('a link without an SSL is of no use, and says so', async () => {
    const bio = new BIO(BIO_f_ssl).push(new MemoryBIO('x'));
    const uninitialised = { name: 'SSLError', code: 'ERR_OSSL_BIO_UNINITIALIZED' };
    assert.throws(() => bio.read(), uninitialised);
    assert.throws(() => bio.write('x'), uninitialised);
    await assert.rejects(bio.readAsync(), uninitialised);
    assert.throws(() => bio.doHandshake(), { name: 'SSLError', code: 'ERR_WRONG_BIO_TYPE' });
    assert.equal(bio.ssl, undefined);
    assert.equal(bio.fd, undefined);
  });
});
