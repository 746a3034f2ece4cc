// Every member of every kind of BIO, once it is freed.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  AcceptBIO,
  BIO,
  BIO_s_mem,
  BufferBIO,
  ConnectBIO,
  FdBIO,
  FileBIO,
  MemoryBIO,
  NullBIO,
  SocketBIO,
  SSL,
  SSLBIO,
} from 'bladessl';
import { clientContext } from '../helpers/identities';
import { type Member, membersOf } from '../helpers/members';

const freedError = { name: 'FreedError', code: 'ERR_FREED' };

const kinds: Readonly<Record<string, () => BIO>> = {
  BIO: () => new BIO(BIO_s_mem),
  'BIO.pair': () => BIO.pair()[0],
  MemoryBIO: () => new MemoryBIO('x'),
  NullBIO: () => new NullBIO(),
  BufferBIO: () => new BufferBIO(),
  FileBIO: () => new FileBIO('/dev/null'),
  FdBIO: () => new FdBIO(0),
  SocketBIO: () => new SocketBIO(0),
  SSLBIO: () => new SSLBIO(clientContext()),
  ConnectBIO: () => new ConnectBIO('127.0.0.1:1'),
  AcceptBIO: () => new AcceptBIO('127.0.0.1:0'),
};

/** What is right to give to each method and setter, so that nothing but the freed object is wrong. */
function argumentsOf(): Record<string, unknown[]> {
  return {
    readInto: [Buffer.alloc(1)],
    write: ['x'],
    writeAsync: ['x'],
    push: [new MemoryBIO()],
    find: [BIO_s_mem],
    setSsl: [new SSL(clientContext())],
    setFd: [0],
    errorString: [0],
    handshake: [{ servername: 'localhost' }],
    connHostname: ['localhost'],
    connAddress: ['127.0.0.1'],
    connPort: [1],
    connFamily: [0],
    acceptName: ['127.0.0.1:0'],
    acceptPort: [0],
    acceptFamily: [0],
  };
}

const immortal = ['free', 'freeAll', 'freed'];
const internal = ['acceptOne', 'adopt', 'abandonDescriptor', 'waits'];
const mortal = (bio: BIO): Member[] =>
  membersOf(bio).filter(({ name }) => !immortal.includes(name) && !internal.includes(name));

function use(bio: BIO, { name, kind }: Member, values: readonly unknown[]): unknown {
  if (kind === 'setter') return Reflect.set(bio, name, values[0]);
  const value = Reflect.get(bio, name);
  return kind === 'getter' ? value : Reflect.apply(value, bio, values);
}

suite('a freed BIO', () => {
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${kind}: every member says so`, async () => {
      const bio = make();
      const members = mortal(bio);
      assert.ok(members.length >= 45, `only ${members.length} members`);
      bio.free();
      assert.equal(bio.freed, true);
      const values = argumentsOf();
      for (const member of members) {
        const call = async () => await use(bio, member, values[member.name] ?? []);
        await assert.rejects(call, freedError, `${member.kind} ${member.name}`);
      }
    });
  }

  test('may be freed again, in every way', () => {
    const bio = new MemoryBIO();
    bio.free();
    bio.free();
    bio.freeAll();
    bio[Symbol.dispose]();
    assert.equal(bio.freed, true);
  });

  test('is refused wherever a BIO or an SSL is taken', () => {
    const bio = new MemoryBIO();
    const ssl = new SSL(clientContext());
    bio.free();
    assert.throws(() => new BufferBIO().push(bio), freedError);
    assert.throws(() => ssl.setBio(bio), freedError);
    assert.throws(() => ssl.setBio(new MemoryBIO(), bio), freedError);
    const link = new SSLBIO(clientContext());
    ssl.free();
    assert.throws(() => link.setSsl(ssl), freedError);
    assert.throws(() => new SSLBIO(ssl), freedError);
    const context = clientContext();
    context.free();
    assert.throws(() => new SSLBIO(context), freedError);
  });

  test('calls that return promises reject, and throw nothing', async () => {
    const bio = new AcceptBIO('127.0.0.1:0');
    bio.free();
    const calls = [
      () => bio.connect(),
      () => bio.handshake(),
      () => bio.readAsync(),
      () => bio.writeAsync('x'),
      () => bio.flushAsync(),
      () => bio.listen(),
      () => bio.accept(),
    ];
    for (const call of calls) {
      const promise = call();
      assert.ok(promise instanceof Promise);
      await assert.rejects(promise, freedError);
    }
  });
});

test('freed tells whether it is', () => {
  for (const make of Object.values(kinds)) {
    const bio = make();
    assert.equal(bio.freed, false);
    bio.freeAll();
    assert.equal(bio.freed, true);
  }
});
