// Public keys of SSH: RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4; and RFC 4716 for the longer form of text.

import type { JsonWebKey, KeyObject } from 'node:crypto';
import { viewOf } from './bytes';
import { publicKeyOf } from './jwk';
import { type Parts, partsOf } from './parts';
import { formatError, WireReader } from './wire';

const curves: Readonly<Record<string, { readonly crv: string; readonly size: number }>> = {
  nistp256: { crv: 'P-256', size: 32 },
  nistp384: { crv: 'P-384', size: 48 },
  nistp521: { crv: 'P-521', size: 66 },
};

/** Reads public keys, a line each, or one in the longer form. */
export function readSshPublicKeys(bytes: Uint8Array): Parts {
  const text = viewOf(bytes).toString('latin1').trim();
  if (text.startsWith('---- BEGIN SSH2')) return partsOf({ publicKeys: [longForm(text)] });
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const publicKeys = lines.filter((line) => line !== '' && !line.startsWith('#')).map(keyOfLine);
  if (publicKeys.length === 0) throw formatError('there is no SSH public key in it');
  return partsOf({ publicKeys });
}

/** What a blob with a public key says, as a JWK; `what` it is in. */
export function jwkOfBlob(blob: Buffer, type: string, what: string): JsonWebKey {
  const reader = new WireReader(blob, what);
  if (reader.string().toString('latin1') !== type)
    throw formatError(`${what} is not of the kind that it says`);
  const jwk = jwkOf(reader, type, what);
  reader.end();
  return jwk;
}

function jwkOf(reader: WireReader, type: string, what: string): JsonWebKey {
  if (type === 'ssh-rsa') {
    const e = reader.number().toString('base64url');
    return { kty: 'RSA', e, n: reader.number().toString('base64url') };
  }
  if (type === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: reader.string().toString('base64url') };
  const curve = curves[type.replace('ecdsa-sha2-', '')];
  if (curve === undefined || reader.string().toString('latin1') !== type.replace('ecdsa-sha2-', '')) {
    throw formatError(`${what} is of a kind that cannot be used for TLS`);
  }
  const point = reader.string();
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.size)
    throw formatError(`${what} has no point of its curve`);
  const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)];
  return { kty: 'EC', crv: curve.crv, x: x.toString('base64url'), y: y.toString('base64url') };
}

function keyOfLine(line: string): KeyObject {
  const [, type, base64] = /^([a-z\d@.-]+)[ \t]+([A-Za-z\d+/]+={0,2})(?:[ \t]|$)/.exec(line) ?? [];
  if (type === undefined || base64 === undefined) throw formatError('a line is no SSH public key');
  return publicKeyOf(jwkOfBlob(Buffer.from(base64, 'base64'), type, 'the SSH public key'));
}

function longForm(text: string): KeyObject {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => line.startsWith('---- END SSH2 PUBLIC KEY ----'));
  if (end === -1) throw formatError('the SSH public key has no end');
  // A header goes on in the next line when it ends in a backslash.
  const body = lines.slice(1, end).filter((line, index, all) => {
    return !line.includes(':') && all[index - 1]?.endsWith('\\') !== true;
  });
  const blob = Buffer.from(body.join(''), 'base64');
  const type = new WireReader(blob, 'the SSH public key').string().toString('latin1');
  return publicKeyOf(jwkOfBlob(blob, type, 'the SSH public key'));
}
