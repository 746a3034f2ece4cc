import { requireInteger } from './arguments';
import { native } from './native';

/** The handshakes of this thread that wait for callbacks which have answered by promises. */
export interface WaitingHandshakes {
  /** How many wait now. */
  readonly now: number;
  /** The most that have waited at once. */
  readonly most: number;
  /** How many were ended before they had an answer: closed, or out of time. */
  readonly abandoned: number;
  /**
   * How many may wait at once, from 0 to 2^32 - 1: one more fails with `ERR_TOO_MANY_WAITING`. Each takes some 70 KB.
   * Default: 65536.
   */
  limit: number;
}

/** What waits on this thread; each worker has its own. */
export const waitingHandshakes: WaitingHandshakes = Object.freeze({
  get now() {
    return native.suspensions()[0];
  },
  get most() {
    return native.suspensions()[1];
  },
  get abandoned() {
    return native.suspensions()[2];
  },
  get limit() {
    return native.suspensions()[3];
  },
  set limit(limit: number) {
    native.setSuspensionLimit(requireInteger(limit, 'limit', 0, 0xffffffff));
  },
});
