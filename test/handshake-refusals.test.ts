// A server that refuses a ClientHello, or the name in it: with which alerts it may, and what both sides are told.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertName } from 'bladessl';
import { attempt } from './helpers/handshake';
import { clientContext, serverContext } from './helpers/identities';

const alerts: readonly AlertName[] = [
  'handshake_failure',
  'access_denied',
  'protocol_version',
  'internal_error',
  'user_canceled',
  'no_renegotiation',
  'unrecognized_name',
];

for (const callback of ['onClientHello', 'onServerName'] as const) {
  for (const answer of alerts) {
    test(`${callback} refuses with ${answer}`, () => {
      const server = Object.assign(serverContext(), { [callback]: () => answer });
      const { clientError, serverError } = attempt(clientContext(), server, {
        prepare: ({ client }) => {
          client.hostname = 'localhost';
        },
      });
      assert.equal(serverError?.code, 'ERR_REFUSED');
      assert.equal(serverError.message, `${callback} has refused the connection`);
      assert.deepEqual([serverError.alert?.name, serverError.alert?.direction], [answer, 'sent']);
      assert.deepEqual([clientError?.alert?.name, clientError?.alert?.direction], [answer, 'received']);
    });
  }

  for (const answer of ['close_notify', 'no_such_alert', '']) {
    test(`${callback} does not refuse with '${answer}', and lets nobody in by it`, () => {
      const server = Object.assign(serverContext(), { [callback]: () => answer as AlertName });
      const { clientError, serverError } = attempt(clientContext(), server, {
        prepare: ({ client }) => {
          client.hostname = 'localhost';
        },
      });
      assert.ok(serverError instanceof TypeError);
      assert.equal(serverError.code, 'ERR_INVALID_ARG_VALUE');
      assert.ok(
        serverError.message.startsWith(`the value that ${callback} returned must be the name of an alert`),
      );
      assert.equal(clientError?.alert?.name, 'internal_error');
    });
  }
}
