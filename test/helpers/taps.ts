// Two SSLs in memory between whom everything that is said is kept.

import { MemoryBIO, type SSL } from 'bladessl';
import type { Ends } from './handshake';

/** Which side. */
export type Side = keyof Ends;

/** What lies between two SSLs. */
export interface Tap {
  /** Everything that a side has said. */
  said(side: Side): Buffer;
  /** Carries over what has been said and not been carried yet. */
  carry(): void;
}

interface Wire {
  readonly input: MemoryBIO;
  readonly output: MemoryBIO;
  said: Buffer;
}

function tapped(ssl: SSL): Wire {
  const [input, output] = [new MemoryBIO(), new MemoryBIO()];
  ssl.setBio(input, output);
  return { input, output, said: Buffer.alloc(0) };
}

/** Lets two SSLs speak through a tap. */
export function tap({ client, server }: Ends): Tap {
  const wires = { client: tapped(client), server: tapped(server) };
  return {
    said: (side) => wires[side].said,
    carry() {
      const { client: ours, server: theirs } = wires;
      for (const [from, to] of [
        [ours, theirs],
        [theirs, ours],
      ] as const) {
        const news = from.output.read(1 << 20);
        if (news === null) continue;
        from.said = Buffer.concat([from.said, news]);
        to.input.write(news);
      }
    },
  };
}
