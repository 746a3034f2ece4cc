// One client that talks all the time, in a process of its own: how long its round trips take tells how busy the
// server's event loop is.
//
//   node build-test/socket/waiting-echo.js PORT
//
// reads a line of JSON, [CA, certificate, key], and prints for each further line what has been since the last one: see
// RoundTrips. Ends with its standard input.

import assert from 'node:assert/strict';
import { createHistogram } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { TLSSocket } from 'bladessl';
import { readClientContext } from './waiting-context';

/** Milliseconds. */
export interface RoundTrips {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

async function main(port: number): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const context = readClientContext((await lines.next()).value, 'TLSv1.3');
  const client = new TLSSocket({ context });
  await client.connect('127.0.0.1', port, { servername: 'nothing' });
  const trips = createHistogram();
  const message = Buffer.alloc(64, 'x');
  let over = false;
  const talk = async (): Promise<void> => {
    while (!over) {
      const begin = process.hrtime.bigint();
      await client.send(message);
      assert.deepEqual(await client.read(message.length), message);
      trips.record(process.hrtime.bigint() - begin);
    }
  };
  const talking = talk();
  while (!(await lines.next()).done) {
    const [p50, p99, most] = [trips.percentile(50), trips.percentile(99), trips.max];
    const told: RoundTrips = { count: trips.count, p50: p50 / 1e6, p99: p99 / 1e6, most: most / 1e6 };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    trips.reset();
  }
  over = true;
  await talking;
  await client.close();
}

main(Number(process.argv[2]));
