// RSA keys as .NET writes them in XML (RSA.ToXmlString; RSAKeyValue of XML Signature, with the private
// numbers as more elements).

import type { JsonWebKey } from 'node:crypto';
import { viewOf } from './bytes';
import { privateKeyOf, publicKeyOf } from './jwk';
import { type Parts, partsOf } from './parts';
import { formatError } from './wire';

// By the names of RFC 7518.
const names: Readonly<Record<string, keyof JsonWebKey>> = {
  Modulus: 'n',
  Exponent: 'e',
  D: 'd',
  P: 'p',
  Q: 'q',
  DP: 'dp',
  DQ: 'dq',
  InverseQ: 'qi',
};

const whole = /^\s*(?:<\?xml[^>]*>)?\s*<RSAKeyValue>([^]*)<\/RSAKeyValue>\s*$/;

/** Reads one key, with its private numbers or without. */
export function readXml(bytes: Uint8Array): Parts {
  const [, content] =
    whole.exec(
      viewOf(bytes)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    ) ?? [];
  if (content === undefined) throw formatError('the XML is no RSAKeyValue');
  const jwk = jwkOf(content);
  if (jwk.n === undefined || jwk.e === undefined)
    throw formatError('the RSAKeyValue has no Modulus or no Exponent');
  if (jwk.d === undefined) return partsOf({ publicKeys: [publicKeyOf(jwk)] });
  return partsOf({ keys: [privateKeyOf(jwk)] });
}

function jwkOf(content: string): JsonWebKey {
  const jwk: JsonWebKey = { kty: 'RSA' };
  const element = /\s*<(\w+)>([A-Za-z\d+/=\s]*)<\/\1>\s*/y;
  while (element.lastIndex < content.length) {
    const [, tag = '', base64 = ''] = element.exec(content) ?? [];
    const name = Object.hasOwn(names, tag) ? names[tag] : undefined;
    if (name === undefined || jwk[name] !== undefined) {
      throw formatError('the RSAKeyValue has an element that does not belong there');
    }
    jwk[name] = Buffer.from(base64, 'base64').toString('base64url');
  }
  return jwk;
}
