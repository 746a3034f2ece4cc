// A side that waits for an answer says nothing: whichever callback it is, on either side, in both versions.

import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SSL, SSL_ERROR_WANT_ASYNC, type TLSVersion } from 'bladessl';
import { type CallbackCase, callbackCases } from './helpers/callback-cases';
import { recordsOf, recordTypes } from './helpers/eager-clients';
import type { Ends } from './helpers/handshake';
import { tap } from './helpers/taps';

const { changeCipherSpec, handshake, data } = recordTypes;

/**
 * The records that a side has sent when it is asked. A client has sent its ClientHello, except where it is asked for
 * what goes into that; a server nothing, except where it is asked about what the client says later on.
 */
function before({ callback, side }: CallbackCase, version: TLSVersion): number[] {
  const old = version === 'TLSv1.2';
  if (side === 'client') return callback === 'onPsk' && !old ? [] : [handshake];
  const late = ['onVerify', 'verifyChain', 'onTicketKey', ...(old ? ['onPsk'] : [])];
  if (!late.includes(callback)) return [];
  // In TLS 1.3 the rest of the flight is encrypted.
  return old ? [handshake] : [handshake, changeCipherSpec, data];
}

const without = (list: readonly number[]): number[] => list.filter((type, at) => type !== list[at - 1]);

for (const one of callbackCases) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${one.callback}, ${one.side}, ${version}: nothing is said while an answer is waited for`, async () => {
      const { callback, side } = one;
      const prepared = one.prepare(version);
      const answers: ((answer: unknown) => void)[] = [];
      Object.assign(prepared[side], {
        [callback]: () => new Promise((resolve) => answers.push(resolve)),
      });
      const ends: Ends = {
        client: new SSL(prepared.client).setConnectState(),
        server: new SSL(prepared.server).setAcceptState(),
      };
      ends.client.hostname = 'localhost';
      if (prepared.session !== undefined) ends.client.session = prepared.session;
      const wire = tap(ends);
      const shake = (): void => {
        for (const ssl of [ends.client, ends.server]) {
          if (!ssl.isInitFinished) ssl.doHandshake();
          else if (ssl.error() !== SSL_ERROR_WANT_ASYNC) ssl.peek();
          wire.carry();
        }
      };

      for (let turn = 0; turn < 10 && answers.length === 0; turn++) shake();
      const types = recordsOf(wire.said(side)).map(({ type }) => type);
      assert.deepEqual(without(types), before(one, version));
      for (let turn = 0; turn < 10; turn++) {
        shake();
        await nextTurn();
      }
      assert.equal(recordsOf(wire.said(side)).length, types.length);
      assert.equal(answers.length, 1);

      // It speaks again as soon as it knows.
      for (let turn = 0; turn < 40; turn++) {
        answers.shift()?.(prepared.answer);
        await ends[side].settled;
        shake();
      }
      assert.equal(ends.client.isInitFinished && ends.server.isInitFinished, true);
      assert.ok(recordsOf(wire.said(side)).length > types.length);
      prepared.check(ends);
    });
  }
}
