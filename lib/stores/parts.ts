// What the readers of the formats find.

import type { KeyObject } from 'node:crypto';
import type { NativeCertificate, NativePrivateKey } from '../native-certificate';

/** Everything in the order of the store. */
export interface Parts {
  readonly certificates: NativeCertificate[];
  readonly keys: NativePrivateKey[];
  readonly publicKeys: KeyObject[];
  readonly crls: Buffer[];
}

/** Nothing but these. */
export function partsOf(parts: Partial<Parts>): Parts {
  return { certificates: [], keys: [], publicKeys: [], crls: [], ...parts };
}
