// What an SSL is made from.

import { invalidType } from './arguments';
import { nativeOf } from './handle';
import { type NativeSSL, native } from './native';
import { SSLContext } from './ssl-context';

/** An SSL of the addon's, and the context that it was made from. */
export type Origin = [NativeSSL, SSLContext];

/** A new one. */
export function newSSL(context: unknown): Origin {
  if (!(context instanceof SSLContext)) throw invalidType('context', 'an SSLContext', context);
  return [native.newSSL(nativeOf(context)), context];
}
