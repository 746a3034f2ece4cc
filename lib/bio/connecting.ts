// Connecting: names are resolved off the loop, and each address is tried in turn.

import { type LookupAddress, lookup } from 'node:dns';
import { AF_INET, AF_INET6 } from '../constants';
import type { Deadline } from '../deadline';
import { SSLError, syscallError, systemError, usageError } from '../errors';
import type { NativeBIO } from '../native';
import type { Operation } from './chain-waits';
import { abandon } from './readiness';

function familyNumber(family: number): 0 | 4 | 6 {
  if (family === AF_INET) return 4;
  return family === AF_INET6 ? 6 : 0;
}

// As Node has it; the number is libuv's UV_EAI_NONAME.
const notFound = { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo' };

/** The addresses of a name, as dns.lookup orders them; at least one. */
export async function resolveName(
  name: string,
  family: number,
  deadline: Deadline,
): Promise<[string, ...string[]]> {
  const options = { all: true, family: familyNumber(family) } as const;
  return await deadline.race<[string, ...string[]]>((resolve, reject) => {
    lookup(name, options, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
      if (error !== null) return reject(systemError(error));
      const [first, ...others] = found.map(({ address }) => address);
      if (first === undefined) reject(syscallError(notFound, `'${name}' has no address`));
      else resolve([first, ...others]);
    });
  });
}

const underWay = new WeakMap<NativeBIO, Promise<unknown>>();

/** Connects a connect link; the last address's failure is the one that is reported. */
export async function connectLink(native: NativeBIO, operation: Operation): Promise<void> {
  // One attempt at a time: the next caller finds it done, or makes its own.
  for (let other = underWay.get(native); other !== undefined; other = underWay.get(native)) {
    await operation.deadline.settled(other);
  }
  const attempt = connectAlone(native, operation).finally(() => underWay.delete(native));
  underWay.set(native, attempt);
  await attempt;
}

async function connectAlone(native: NativeBIO, operation: Operation): Promise<void> {
  if (native.fd(false) !== undefined) {
    await operation.until(() => native.handshake());
    return;
  }
  const addresses = await addressesOf(native, operation.deadline);
  let failure: unknown;
  for (const address of addresses) {
    try {
      await tryAddress(native, address, operation);
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
  return await resolveName(host, native.family(), deadline);
}

async function tryAddress(native: NativeBIO, address: string, operation: Operation): Promise<void> {
  let waitsFor: number | undefined;
  native.useAddress(address);
  native.setNonBlocking(true);
  try {
    await operation.until(() => {
      const result = native.handshake();
      if (result < 0) waitsFor = native.fd(false);
      return result;
    });
  } catch (error) {
    if (waitsFor !== undefined) abandon(waitsFor, () => error);
    throw error;
  }
}
