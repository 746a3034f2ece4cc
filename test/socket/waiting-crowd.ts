// Clients that come all at once, in a process of their own. By its server name each says what it is to wait for.
//
//   node build-test/socket/waiting-crowd.js PORT CLIENTS ROUND
//
// reads a line of JSON, [CA, certificate, key], and prints `echoed` when all have had an echo, or, in an `abandoned`
// round, `failed` when all have failed. At the end of its standard input it closes them.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { type TLSClientContext, TLSSocket } from 'bladessl';
import { waitingNames } from '../helpers/waiting';
import { readClientContext } from './waiting-context';

/** Half of them in each version, whatever they wait for. */
function clientOf(number: number, [older, newer]: readonly TLSClientContext[]): TLSSocket {
  const context = number % 2 === 0 ? older : newer;
  assert.ok(context !== undefined);
  return new TLSSocket({ context, handshakeTimeout: 0 });
}

async function main(port: number, count: number, round: string): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const credentials = (await lines.next()).value;
  const contexts = (['TLSv1.2', 'TLSv1.3'] as const).map((version) =>
    readClientContext(credentials, version),
  );
  const clients = Array.from({ length: count }, (_, number) => clientOf(number, contexts));
  const visit = async (client: TLSSocket, number: number): Promise<void> => {
    const servername = waitingNames[number % waitingNames.length] as string;
    await client.connect('127.0.0.1', port, { servername });
    const message = `${number}\n`;
    await client.send(message);
    assert.equal((await client.read(message.length)).toString(), message);
  };
  const visits = clients.map(visit);
  if (round === 'abandoned') {
    const outcomes = await Promise.allSettled(visits);
    assert.ok(outcomes.every(({ status }) => status === 'rejected'));
    process.stdout.write('failed\n');
  } else {
    await Promise.all(visits);
    process.stdout.write('echoed\n');
  }
  await lines.next();
  await Promise.all(clients.map((client) => client.close()));
}

main(Number(process.argv[2]), Number(process.argv[3]), String(process.argv[4]));
