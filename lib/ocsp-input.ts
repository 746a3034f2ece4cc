// What an OCSP response is given as.

import { type Bytes, invalidType, toBytes } from './arguments';
import { OCSPResponse } from './ocsp';

/** An OCSP response: an object, or DER. */
export type OCSPResponseInput = OCSPResponse | Bytes;

/** The object. */
export function responseOf(input: unknown, name: string): OCSPResponse {
  if (input instanceof OCSPResponse) return input;
  if (typeof input !== 'object') throw invalidType(name, 'an OCSPResponse or its DER', input);
  return new OCSPResponse(toBytes(input, name));
}
