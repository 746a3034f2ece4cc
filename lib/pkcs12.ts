// PKCS#12 files.

import { type Bytes, invalidType, type Password, readFile, toBytes } from './arguments';
import { Certificate } from './certificate';
import { native } from './native';
import { withPassword } from './password';
import { PrivateKey } from './private-key';

/** What a PKCS#12 file has for a server or a client to show. */
interface PKCS12Content {
  readonly certificate: Certificate;
  readonly privateKey: PrivateKey;
  /** From the certificate's issuer upwards. */
  readonly chain: Certificate[];
}

/**
 * Reads a PKCS#12 file (d2i_PKCS12(3)): bytes, or the name of a file.
 *
 * @throws SSLError `ERR_PASSWORD_REQUIRED`, `ERR_OSSL_EVP_BAD_DECRYPT` (a wrong password),
 * `ERR_NOT_PKCS12`, `ERR_NO_PRIVATE_KEY`, `ERR_NO_CERTIFICATE`, `ERR_TRAILING_DATA`,
 * `ERR_TOO_MANY_ITERATIONS` (more than 5,000,000 in all parts of the file), or OpenSSL's reason: files in the
 * old RC2 format (`ERR_OSSL_EVP_UNSUPPORTED`) need its legacy provider.
 */
export function readPKCS12(input: string | URL | Bytes, password?: Password): PKCS12Content {
  const fromFile = typeof input === 'string' || input instanceof URL;
  const bytes = fromFile ? readFile(input, 'input') : bytesOf(input);
  try {
    const content = withPassword(password, (secret) => native.parsePkcs12(bytes, secret));
    return {
      certificate: Certificate.wrap(content.certificate),
      privateKey: PrivateKey.wrap(content.privateKey),
      chain: content.chain.map((certificate) => Certificate.wrap(certificate)),
    };
  } finally {
    if (fromFile) bytes.fill(0);
  }
}

function bytesOf(input: unknown): Uint8Array {
  if (typeof input !== 'object') throw invalidType('input', 'bytes or a file name', input);
  return toBytes(input, 'input');
}
