// Settings that only one side of TLS has a use for.

import assert from 'node:assert/strict';
import test from 'node:test';
import { OCSPResponse, TLSClientContext, TLSContext, TLSServerContext } from 'bladessl';
import { authority } from './helpers/identities';

const servers = {
  clientCAs: [authority.certificate, []],
  ocspResponses: [OCSPResponse.generate({ status: 'tryLater' }), []],
  onOcsp: [() => undefined, undefined],
  sessionIdContext: [Buffer.from('x'), undefined],
  numTickets: [2],
} as const;

const clients = { statusRequest: ['verify', undefined] } as const;

for (const [side, Mine, Other, members] of [
  ['servers', TLSServerContext, TLSClientContext, servers],
  ['clients', TLSClientContext, TLSServerContext, clients],
] as const) {
  for (const [name, [value, ...nothing]] of Object.entries<readonly unknown[]>(members)) {
    test(`${name} is for ${side}`, () => {
      const context = new Other();
      const before: unknown = Reflect.get(context, name);
      assert.throws(() => Reflect.set(context, name, value), {
        name: 'SSLError',
        code: 'ERR_WRONG_STATE',
        message: new RegExp(`^${name} is for ${side}, and this context is for `),
      });
      assert.deepEqual(Reflect.get(context, name), before);
      // To have none is what it has.
      for (const none of nothing) Reflect.set(context, name, none);
      for (const taker of [new Mine(), new TLSContext()]) Reflect.set(taker, name, value);
    });
  }
}
