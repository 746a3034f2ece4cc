// Connecting: names are resolved off the loop, and each address is tried in turn.

import { type LookupAddress, lookup } from 'node:dns';
import { AF_INET, AF_INET6 } from '../constants';
import { SSLError, systemError, usageError } from '../errors';
import type { NativeBIO } from '../native';
import type { Turn } from './chain-waits';
import { abandon, type Deadline } from './readiness';

function familyNumber(family: number): 0 | 4 | 6 {
  if (family === AF_INET) return 4;
  return family === AF_INET6 ? 6 : 0;
}

/** All the addresses of a name, as dns.lookup orders them. */
export async function resolveName(name: string, family: number, deadline: Deadline): Promise<string[]> {
  const options = { all: true, family: familyNumber(family) } as const;
  return await deadline.race<string[]>((resolve, reject) => {
    lookup(name, options, (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
      if (error !== null) reject(systemError(error));
      else resolve(addresses.map(({ address }) => address));
    });
    return undefined;
  });
}

const underWay = new WeakMap<NativeBIO, Promise<unknown>>();

/** Connects a connect link; the last address's failure is the one that is reported. */
export async function connectLink(native: NativeBIO, turn: Turn): Promise<void> {
  // One attempt at a time: the next caller finds it done, or makes its own.
  for (let other = underWay.get(native); other !== undefined; other = underWay.get(native)) {
    const ended = other;
    await turn.deadline.race<unknown>((resolve) => {
      ended.then(resolve, resolve);
      return undefined;
    });
  }
  const attempt = connectAlone(native, turn).finally(() => underWay.delete(native));
  underWay.set(native, attempt);
  await attempt;
}

async function connectAlone(native: NativeBIO, turn: Turn): Promise<void> {
  if (native.fd(false) !== undefined) {
    await turn.until(() => native.handshake());
    return;
  }
  const addresses = await addressesOf(native, turn.deadline);
  let failure: unknown;
  for (const address of addresses) {
    try {
      await tryAddress(native, address, turn);
      return;
    } catch (error) {
      failure = error;
      if (native.isFreed()) throw error;
      native.reset();
      // Only another address can help against what the system says; not against a deadline.
      if (!(error instanceof SSLError) || error.syscall === undefined) throw error;
    }
  }
  throw failure;
}

async function addressesOf(native: NativeBIO, deadline: Deadline): Promise<string[]> {
  if (native.connectPort() === undefined) {
    throw usageError('ERR_NO_ADDRESS', 'the connect link has no port to connect to');
  }
  const fixed = native.fixedAddress();
  if (fixed !== undefined) return [fixed];
  const host = native.connectHost();
  if (host === undefined) throw usageError('ERR_NO_ADDRESS', 'the connect link has no host to connect to');
  const addresses = await resolveName(host, native.family(), deadline);
  if (addresses.length === 0) throw usageError('ENOTFOUND', `'${host}' has no address`);
  return addresses;
}

async function tryAddress(native: NativeBIO, address: string, turn: Turn): Promise<void> {
  let waitsFor: number | undefined;
  native.useAddress(address);
  native.setNonBlocking(1);
  try {
    await turn.until(() => {
      const result = native.handshake();
      if (result < 0) waitsFor = native.fd(false);
      return result;
    });
  } catch (error) {
    if (waitsFor !== undefined) abandon(waitsFor, () => error);
    throw error;
  }
}
