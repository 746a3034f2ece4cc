import { availableParallelism } from 'node:os';

/** Waits for what `act` does with each of the items, in their order, as many at once as there are processors. */
export async function eachAtOnce(items, act) {
  const waiting = [...items];
  const worker = async () => {
    while (waiting.length > 0) await act(waiting.shift());
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
