// Listening, and taking the connections that come.

import { nativeOf } from '../handle';
import type { BIO } from './bio';
import { detach } from './chain-link';
import type { Operation } from './chain-waits';
import { resolveName } from './connecting';

/** Makes an accept link listen, if it does not yet. */
export async function listenLink(link: BIO, operation: Operation): Promise<void> {
  if (link.fd !== undefined) return;
  const native = nativeOf(link);
  const name = native.acceptName();
  if (name !== undefined && native.needsLookup()) {
    const [address] = await resolveName(name, native.family(), operation.deadline);
    native.useAddress(address);
  }
  link.setNonBlocking();
  // Another call may have been faster.
  await operation.until(() => (link.fd === undefined ? link.doAccept() : 1));
}

/** The next connection of an accept link, out of its chain. */
export async function takeConnection(link: BIO, operation: Operation): Promise<BIO> {
  await listenLink(link, operation);
  return await operation.take(() => {
    while (link.next === undefined) if (link.doAccept() < 0) return undefined;
    const { next } = link;
    detach(next);
    return next;
  });
}
