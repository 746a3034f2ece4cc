// Where connect and accept links go to: conn* and accept*, and the constructors that set them.

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  AcceptBIO,
  AcceptedBIO,
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  BIO,
  BIO_s_accept,
  BIO_s_connect,
  BufferBIO,
  ConnectBIO,
  MemoryBIO,
} from 'bladessl';
import { freeing } from '../helpers/chains';

const typeError = (name: string) => ({
  name: 'TypeError',
  code: 'ERR_INVALID_ARG_TYPE',
  message: new RegExp(`^${name} `),
});
const valueError = (name: string) => ({
  name: 'TypeError',
  code: 'ERR_INVALID_ARG_VALUE',
  message: new RegExp(`^${name} `),
});
const rangeError = (name: string) => ({
  name: 'RangeError',
  code: 'ERR_OUT_OF_RANGE',
  message: new RegExp(`^${name} `),
});

type Settings = Record<string, unknown>;

const partsOf = ({ connHostname, connPort, connAddress, connFamily }: BIO) => ({
  connHostname,
  connPort,
  connAddress,
  connFamily,
});

suite('ConnectBIO', () => {
  const targets: [
    ConstructorParameters<typeof ConnectBIO>[0],
    string,
    string | undefined,
    string | undefined,
  ][] = [
    ['localhost:443', 'localhost', '443', undefined],
    ['localhost', 'localhost', undefined, undefined],
    ['127.0.0.1:443', '127.0.0.1', '443', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1', undefined, '127.0.0.1'],
    ['[::1]:443', '::1', '443', '::1'],
    ['[::1]', '::1', undefined, '::1'],
    ['localhost:https', 'localhost', 'https', undefined],
    [{ host: 'localhost', port: 443 }, 'localhost', '443', undefined],
    [{ host: '::1', port: '443' }, '::1', '443', '::1'],
    [{ host: '[::1]', port: 0 }, '::1', '0', '::1'],
    [{ host: '127.0.0.1', port: 65535 }, '127.0.0.1', '65535', '127.0.0.1'],
  ];
  for (const [target, connHostname, connPort, connAddress] of targets) {
    test(`takes ${JSON.stringify(target)} apart`, () => {
      const bio = new ConnectBIO(target);
      assert.deepEqual(partsOf(bio), { connHostname, connPort, connAddress, connFamily: AF_UNSPEC });
      assert.equal(bio.method, BIO_s_connect);
      assert.equal(bio.fd, undefined);
    });
  }

  test('may be made without a target', () => {
    const parts = {
      connHostname: undefined,
      connPort: undefined,
      connAddress: undefined,
      connFamily: AF_UNSPEC,
    };
    assert.deepEqual(partsOf(new ConnectBIO()), parts);
    assert.deepEqual(partsOf(new ConnectBIO(undefined)), parts);
    assert.deepEqual(partsOf(new BIO(BIO_s_connect)), parts);
  });

  test('takes a family', () => {
    assert.equal(new ConnectBIO({ host: 'localhost', port: 1, family: AF_INET6 }).connFamily, AF_INET6);
    assert.equal(new ConnectBIO({ host: 'localhost', port: 1, family: undefined }).connFamily, AF_UNSPEC);
  });

  test('the target is checked', () => {
    const make = (target: unknown) => () => new ConnectBIO(target as string);
    assert.throws(make(null), typeError('target'));
    assert.throws(make(443), typeError('target'));
    assert.throws(make(''), valueError('target'));
    assert.throws(make('local\0host:443'), valueError('target'));
    assert.throws(make({}), typeError('target\\.host'));
    assert.throws(make({ host: 5, port: 1 }), typeError('target\\.host'));
    assert.throws(make({ host: '', port: 1 }), valueError('target\\.host'));
    assert.throws(make({ host: 'a\0', port: 1 }), valueError('target\\.host'));
    assert.throws(make({ host: 'localhost' }), typeError('\\S*[pP]ort'));
    assert.throws(make({ host: 'localhost', port: 65536 }), rangeError('\\S*[pP]ort'));
    assert.throws(make({ host: 'localhost', port: 1, family: 4 }), typeError('\\S*[fF]amily'));
  });

  test('text that is not host:port is an SSLError', () => {
    for (const target of ['a:b:c', '[::1', '::1:443:x']) {
      assert.throws(() => new ConnectBIO(target), { name: 'SSLError', code: /^ERR_OSSL_BIO_/ }, target);
    }
  });
});

suite('conn*', () => {
  test('the host keeps its port, and a port that comes with the host replaces it', () => {
    const bio = new ConnectBIO('localhost:1');
    bio.connHostname = 'example.org';
    assert.deepEqual([bio.connHostname, bio.connPort], ['example.org', '1']);
    bio.connHostname = 'example.net:2';
    assert.deepEqual([bio.connHostname, bio.connPort], ['example.net', '2']);
    bio.connPort = 3;
    assert.deepEqual([bio.connHostname, bio.connPort], ['example.net', '3']);
    bio.connPort = 'https';
    assert.equal(bio.connPort, 'https');
  });

  test('what connHostname reads can be set again', () => {
    for (const host of ['localhost', '127.0.0.1', '::1']) {
      const bio = new ConnectBIO({ host, port: 1 });
      bio.connHostname = bio.connHostname as string;
      assert.deepEqual([bio.connHostname, bio.connPort], [host, '1']);
    }
  });

  test('an address goes before the name, which stays', () => {
    const bio = new ConnectBIO('localhost:443');
    bio.connAddress = '127.0.0.2';
    assert.deepEqual(partsOf(bio), {
      connHostname: 'localhost',
      connPort: '443',
      connAddress: '127.0.0.2',
      connFamily: AF_UNSPEC,
    });
    bio.connAddress = '::1';
    assert.deepEqual([bio.connHostname, bio.connPort, bio.connAddress], ['localhost', '443', '::1']);
  });

  test('an address needs no name', () => {
    const bio = new ConnectBIO();
    bio.connAddress = '127.0.0.1';
    bio.connPort = 443;
    assert.deepEqual([bio.connHostname, bio.connPort, bio.connAddress], [undefined, '443', '127.0.0.1']);
  });

  test('a new name takes the address away', () => {
    const bio = new ConnectBIO('localhost:443');
    bio.connAddress = '127.0.0.2';
    bio.connHostname = 'example.org';
    assert.deepEqual([bio.connHostname, bio.connAddress], ['example.org', undefined]);
  });

  test('each family is taken and read back', () => {
    const bio = new ConnectBIO('localhost:443');
    for (const family of [AF_INET, AF_INET6, AF_UNSPEC]) {
      bio.connFamily = family;
      assert.equal(bio.connFamily, family);
    }
  });

  test('the values are checked', () => {
    const bio = new ConnectBIO('localhost:443');
    const set = (settings: Settings) => () => Object.assign(bio, settings);
    for (const name of ['connHostname', 'connAddress', 'connPort']) {
      for (const value of [null, undefined, {}, true, 1n]) {
        assert.throws(set({ [name]: value }), typeError(name), `${name} = ${value}`);
      }
      assert.throws(set({ [name]: '' }), valueError(name));
      assert.throws(set({ [name]: 'a\0b' }), valueError(name));
    }
    for (const port of [-1, 65536, 1.5, NaN]) assert.throws(set({ connPort: port }), rangeError('connPort'));
    for (const family of [1, '2', null, AF_INET + 100]) {
      assert.throws(set({ connFamily: family }), typeError('connFamily'));
    }
    const notNumeric = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /'localhost'/ };
    assert.throws(set({ connAddress: 'localhost' }), notNumeric);
    for (const address of ['127.0.0', '127.0.0.1:443', '[::1]', '0x7f.1']) {
      assert.throws(set({ connAddress: address }), { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' });
    }
    assert.deepEqual([bio.connHostname, bio.connPort], ['localhost', '443']);
  });

  test('a host of 100,000 characters is kept, and is no trouble', () => {
    const bio = new ConnectBIO('localhost:443');
    bio.connHostname = 'x'.repeat(100_000);
    assert.equal(bio.connHostname.length, 100_000);
  });
});

suite('AcceptBIO', () => {
  const names: [string | undefined, string | undefined, string | undefined][] = [
    ['127.0.0.1:8443', '127.0.0.1', '8443'],
    ['localhost:0', 'localhost', '0'],
    ['[::1]:8443', '::1', '8443'],
    ['*:8443', undefined, '8443'],
    [':8443', undefined, '8443'],
    ['8443', undefined, '8443'],
    ['127.0.0.1', '127.0.0.1', undefined],
    [undefined, undefined, undefined],
  ];
  for (const [name, acceptName, acceptPort] of names) {
    test(`takes ${name} apart`, () => {
      const bio = new AcceptBIO(name);
      assert.deepEqual([bio.acceptName, bio.acceptPort], [acceptName, acceptPort]);
      assert.equal(bio.acceptFamily, AF_UNSPEC);
      assert.equal(bio.method, BIO_s_accept);
      assert.equal(bio.fd, undefined);
    });
  }

  test('is AcceptedBIO as well', () => {
    assert.equal(AcceptedBIO, AcceptBIO);
  });

  test('name and port may be set one by one, in any order', async (t) => {
    const orders: Settings[] = [
      { acceptName: '127.0.0.1', acceptPort: 0 },
      { acceptPort: 0, acceptName: '127.0.0.1' },
    ];
    for (const settings of orders) {
      const bio = freeing(t, Object.assign(new AcceptBIO(), settings));
      assert.deepEqual([bio.acceptName, bio.acceptPort], ['127.0.0.1', '0']);
      await bio.listen();
      assert.equal(bio.acceptName, '127.0.0.1');
      assert.match(bio.acceptPort ?? '', /^[1-9]\d*$/);
    }
  });

  test('what acceptName reads can be set again', () => {
    for (const name of ['127.0.0.1:1', '[::1]:1']) {
      const bio = new AcceptBIO(name);
      const before = bio.acceptName;
      bio.acceptName = before as string;
      assert.deepEqual([bio.acceptName, bio.acceptPort], [before, '1']);
    }
  });

  test('each family is taken and read back', () => {
    const bio = new AcceptBIO('localhost:0');
    for (const family of [AF_INET, AF_INET6, AF_UNSPEC]) {
      bio.acceptFamily = family;
      assert.equal(bio.acceptFamily, family);
    }
  });

  test('the values are checked', () => {
    for (const name of [null, 443, {}] as unknown as string[]) {
      assert.throws(() => new AcceptBIO(name), typeError('name'));
    }
    assert.throws(() => new AcceptBIO(''), valueError('name'));
    assert.throws(() => new AcceptBIO('a\0b'), valueError('name'));
    const bio = new AcceptBIO('127.0.0.1:0');
    const set = (settings: Settings) => () => Object.assign(bio, settings);
    for (const name of ['acceptName', 'acceptPort']) {
      for (const value of [null, undefined, {}, true]) {
        assert.throws(set({ [name]: value }), typeError(name));
      }
      assert.throws(set({ [name]: '' }), valueError(name));
      assert.throws(set({ [name]: 'a\0b' }), valueError(name));
    }
    for (const port of [-1, 65536, 0.1]) assert.throws(set({ acceptPort: port }), rangeError('acceptPort'));
    assert.throws(set({ acceptFamily: 1 }), typeError('acceptFamily'));
    assert.throws(set({ acceptName: 'a:b:c' }), { name: 'SSLError', code: /^ERR_OSSL_BIO_/ });
    assert.deepEqual([bio.acceptName, bio.acceptPort], ['127.0.0.1', '0']);
  });
});

suite('the wrong kind of BIO', () => {
  const members: Record<string, unknown> = {
    connHostname: 'localhost',
    connAddress: '127.0.0.1',
    connPort: 1,
    connFamily: AF_INET,
    acceptName: 'localhost:0',
    acceptPort: 0,
    acceptFamily: AF_INET,
  };
  for (const [name, value] of Object.entries(members)) {
    test(`${name} is refused, to read and to write`, () => {
      const expected = {
        name: 'SSLError',
        code: 'ERR_WRONG_BIO_TYPE',
        message: new RegExp(`^${name} needs a BIO_s_`),
      };
      const others = [new MemoryBIO(), new BufferBIO().push(new MemoryBIO())];
      others.push(name.startsWith('conn') ? new AcceptBIO() : new ConnectBIO());
      for (const bio of others) {
        assert.throws(() => Reflect.get(bio, name), expected);
        assert.throws(() => Reflect.set(bio, name, value), expected);
      }
    });
  }

  test('a chain answers for the link that is below', () => {
    const chain: BIO = new BufferBIO().push(new ConnectBIO('localhost:1'));
    chain.connPort = 2;
    assert.deepEqual([chain.connHostname, chain.connPort], ['localhost', '2']);
    const listener: BIO = new BufferBIO().push(new AcceptBIO('127.0.0.1:0'));
    assert.equal(listener.acceptName, '127.0.0.1');
  });
});
