// Thousands of TLS connections at once on one server; `npm run soak -- crowd` has 10,000 of them.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { TLSSocket } from 'bladessl';
import { authority } from '../helpers/identities';
import { startNode } from '../helpers/programs';
import { tlsListener } from '../helpers/socket-peers';

const count = Number(process.env['BLADESSL_CROWD'] ?? 2000);
const rounds = 3;

test(`${count} connections are held, and all of them echo`, async (t) => {
  const listener = await tlsListener(t, { handshakeTimeout: 0 });
  const failures: Error[] = [];
  const open = new Set<TLSSocket>();
  let most = 0;
  let ended: () => void = () => {};
  const allEnded = new Promise<void>((resolve) => {
    ended = resolve;
  });
  listener.onHandshakeError((error) => failures.push(error));
  listener.onConnection((socket) => {
    open.add(socket);
    most = Math.max(most, open.size);
    socket
      .onData((chunk) => socket.write(chunk))
      .onEnd(() => socket.end())
      .onClose((error) => {
        if (error !== undefined) failures.push(error);
        open.delete(socket);
        if (open.size === 0 && most === count) ended();
      });
  });
  const crowd = startNode(t, [
    join(__dirname, 'crowd.js'),
    String(listener.port),
    String(count),
    String(rounds),
  ]);
  crowd.write(authority.certificate.pem);
  crowd.end();
  await crowd.shows(new RegExp(`(echoed\n){${rounds}}`));
  assert.deepEqual([most, failures], [count, []]);
  const { status, stderr } = await crowd.ended;
  assert.deepEqual([status, stderr], [0, '']);
  await allEnded;
  assert.deepEqual(failures, []);
});
