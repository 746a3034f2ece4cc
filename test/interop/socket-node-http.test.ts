// Node's HTTP on one side, and on the stream of a TLSSocket on the other.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import type { TLSSocket } from 'bladessl';
import { clientContext } from '../helpers/identities';
import { bytesOf, ca, megabytes, ours } from '../helpers/node-ends';
import { connectedTo, listeningSocket } from '../helpers/tls-sockets';

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  const held = { minVersion: version, maxVersion: version };

  suite(`${version}: HTTP on the stream of a TLSSocket`, () => {
    test('node:https asks node:http on our stream', async (t) => {
      const listener = await listeningSocket(t);
      const server = http.createServer((request, response) => request.pipe(response));
      listener.onConnection((socket) => {
        t.after(() => socket.close({ abort: true }));
        server.emit('connection', socket.stream);
      });
      const agent = new https.Agent({ ...held, ca, keepAlive: true, maxSockets: 1 });
      t.after(() => agent.destroy());
      for (const reused of [false, true]) {
        const options = { agent, port: listener.port, servername: 'localhost', method: 'POST' };
        const request = https.request({ ...options, host: '127.0.0.1' }).end(megabytes);
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        assert.ok((await bytesOf(response)).equals(megabytes));
        assert.equal(request.reusedSocket, reused);
      }
    });

    test('node:http asks node:https through our stream', async (t) => {
      const server = https.createServer({ ...ours, ...held }, (request, response) => request.pipe(response));
      t.after(() => {
        server.close();
        server.closeAllConnections();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = await connectedTo(t, (server.address() as AddressInfo).port);
      const request = http.request({ createConnection: () => socket.stream as never, method: 'POST' });
      request.end(megabytes);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      assert.ok((await bytesOf(response)).equals(megabytes));
    });

    test('node:http2 asks node:http2 through our stream', async (t) => {
      const server = http2.createSecureServer({ ...ours, ...held });
      server.on('stream', (stream) => stream.pipe(stream));
      t.after(() => server.close());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const context = clientContext();
      context.alpnProtocols = ['h2'];
      const { port } = server.address() as AddressInfo;
      const socket = await connectedTo(t, port, context);
      const session = http2.connect('https://localhost', { createConnection: () => socket.stream });
      t.after(() => session.destroy());
      const request = session.request({ ':method': 'POST' }).end(megabytes);
      assert.ok((await bytesOf(request)).equals(megabytes));
      session.close();
      await once(session, 'close');
      assert.equal(await receiveEnd(socket), true);
    });
  });
}

/** Whether a socket is over, sooner or later. */
async function receiveEnd(socket: TLSSocket): Promise<boolean> {
  if (!socket.stream.closed) await once(socket.stream, 'close');
  return socket.isClosed;
}
