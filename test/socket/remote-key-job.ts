// What a worker does with a key that is elsewhere: `talk` shakes hands and says so, `wait` says that its key is asked,
// and never answers.

import { parentPort, workerData } from 'node:worker_threads';
import { TLSServerContext, TLSSocket } from 'bladessl';
import { clientContext } from '../helpers/identities';
import { identityOf, remoteKeyOf, showRemotely, signingLater } from '../helpers/remote-keys';

const identity = identityOf({ type: 'ec' });

async function run(job: unknown): Promise<void> {
  const key = remoteKeyOf(identity, (...args) => {
    if (job === 'talk') return signingLater(identity)(...args);
    parentPort?.postMessage('asked');
    return new Promise(() => undefined);
  });
  const server = new TLSSocket(null, showRemotely(new TLSServerContext(), identity, key));
  await server.bind(0, '127.0.0.1');
  await server.listen();
  server.onConnection((socket) =>
    socket.onData((chunk) => socket.write([...chunk.toString()].reverse().join(''))),
  );
  const client = new TLSSocket({ context: clientContext() });
  await client.connect('localhost', server.port);
  await client.send('stressed');
  parentPort?.postMessage((await client.read(8)).toString());
}

void run(workerData);
