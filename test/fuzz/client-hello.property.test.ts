// ClientHellos: made of parts, cut into records, and with bytes of chance in them.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { ClientHello, SSLError } from 'bladessl';
import fc from 'fast-check';
import { chromiumHello } from '../fixtures/chromium-hello';
import { alpn, firstFlight, helloOf, list16, recordsOf, sni, vector } from '../helpers/client-hellos';
import { membersOf } from '../helpers/members';
import { holds } from './property';

const number16 = fc.integer({ min: 0, max: 65535 });
const some = (maxLength: number) => fc.uint8Array({ maxLength });

const parts = fc.record({
  version: number16,
  random: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  sessionId: some(32),
  cipherSuites: fc.array(number16, { minLength: 1, maxLength: 50 }),
  compressionMethods: fc.array(fc.nat(255), { minLength: 1, maxLength: 5 }),
  extensions: fc.array(fc.tuple(fc.oneof(fc.nat(60), number16), some(60)), { maxLength: 20 }),
});

/** What an error of `parse` and of the members may be. */
const codes = /^ERR_(MALFORMED|INCOMPLETE|NOT_A|SSLV2)_CLIENT_HELLO$/;

function isExpected(error: unknown): boolean {
  return error instanceof SSLError && codes.test(error.code) && error.errors.length === 0;
}

// Line breaks are the text's own.
const printable = /^[^\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$/;

/** Looks at all of a hello: each member tells something or throws, the same each time. */
function lookAt(hello: ClientHello): void {
  for (const { name } of membersOf(hello).filter(({ kind }) => kind === 'getter')) {
    const once = outcome(() => Reflect.get(hello, name));
    assert.deepEqual(
      outcome(() => Reflect.get(hello, name)),
      once,
    );
  }
  for (const text of [hello.toString(), inspect(hello)]) {
    assert.equal(printable.test(text), true, inspect(text));
  }
  JSON.stringify(hello);
}

function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    assert.ok(isExpected(error), inspect(error));
    return (error as Error).message;
  }
}

holds('ClientHello: what it was made of, in records of any size', 300, () =>
  fc.property(parts, fc.integer({ min: 1, max: 600 }), some(50), (made, size, rest) => {
    const message = helloOf(made);
    const records = Buffer.concat([recordsOf(message, size), rest]);
    const hello = ClientHello.parse(records);
    assert.deepEqual(hello.raw, message);
    assert.deepEqual([...hello.random], [...made.random]);
    assert.deepEqual([...hello.sessionId], [...made.sessionId]);
    assert.equal(hello.cipherSuites.length, made.cipherSuites.length);
    assert.deepEqual(
      hello.extensions.map(({ type, data }) => [type, [...data]]),
      made.extensions.map(([type, content]) => [type, [...content]]),
    );
    lookAt(hello);
    assert.throws(() => ClientHello.parse(recordsOf(message, size).subarray(0, -1)), {
      code: 'ERR_INCOMPLETE_CLIENT_HELLO',
    });
  }),
);

holds('ClientHello: names and lists are what they were', 300, () => {
  const host = fc.stringMatching(/^[!-~]{1,255}$/);
  const protocol = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });
  const lists = fc.tuple(
    fc.array(protocol, { minLength: 1, maxLength: 8 }),
    fc.array(number16, { minLength: 1 }),
  );
  return fc.property(host, lists, (name, [protocols, groups]) => {
    const isGrease = (text: string) => /^(.)\1$/.test(text) && (text.charCodeAt(0) & 15) === 10;
    const extensions = [
      [0, sni(name)],
      [16, alpn(...protocols)],
      [10, list16(2, ...groups)],
    ] as const;
    const hello = ClientHello.parse(helloOf({ extensions }));
    assert.equal(hello.serverName, name);
    assert.deepEqual(
      hello.alpnProtocols,
      protocols.map((text) => (isGrease(text) ? 'GREASE' : text)),
    );
    assert.equal(hello.groups?.length, groups.length);
  });
});

const known = [Buffer.from(chromiumHello, 'base64'), firstFlight(), ClientHello.parse(firstFlight()).raw];

holds('ClientHello: changed bytes are read or refused, and never anything else', 500, () => {
  const change = fc.record({ at: fc.nat(2100), bytes: some(4), drops: fc.nat(4) });
  return fc.property(fc.constantFrom(...known), fc.array(change, { maxLength: 4 }), (form, changes) => {
    const changed = changes.reduce((bytes, { at, bytes: put, drops }) => {
      const begin = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, begin), put, bytes.subarray(begin + drops)]);
    }, form);
    const hello = outcome(() => ClientHello.parse(changed));
    if (hello instanceof ClientHello) lookAt(hello);
  });
});

holds('ClientHello: contents of chance in the extensions that are read', 500, () => {
  const type = fc.constantFrom(0, 1, 5, 10, 11, 13, 16, 22, 27, 28, 35, 41, 42, 43, 44, 45, 47, 51, 0xff01);
  const content = fc.oneof(
    some(40),
    some(40).map((bytes) => vector(2, bytes)),
    some(40).map((bytes) => vector(1, bytes)),
    some(40).map((bytes) => vector(2, vector(2, bytes))),
  );
  return fc.property(fc.array(fc.tuple(type, content), { maxLength: 4 }), (extensions) => {
    lookAt(ClientHello.parse(helloOf({ extensions })));
  });
});
