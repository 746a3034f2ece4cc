// Which name a client asks for, and which one it checks.

import { isIP } from 'node:net';
import { requireText } from '../arguments';
import { SSL_VERIFY_NONE } from '../constants';
import { usageError } from '../errors';
import type { SSL } from '../ssl';
import type { WaitOptions } from './readiness';

/** What `handshake` may be told. */
export interface HandshakeOptions extends WaitOptions {
  /**
   * The host name or IP address of the server: a name is sent as SNI, and the certificate must be for it.
   * Default: the name that the SSL or the connect link of the chain has.
   */
  readonly servername?: string | undefined;
}

function useName(ssl: SSL, name: string): void {
  // A zone says which way to go, not whom to meet.
  const [address = name] = name.split('%');
  if (isIP(address) !== 0) {
    ssl.verifyIP = address;
    return;
  }
  ssl.hostname ??= name;
  ssl.verifyName = name;
}

/** Sets names on a client's SSL that has none yet, before its handshake begins. */
export function prepareHandshake(ssl: SSL, connectName: string | undefined, options: HandshakeOptions): void {
  if (ssl.role !== 'client' || ssl.isInitFinished) return;
  if (options.servername !== undefined) {
    ssl.hostname = undefined;
    useName(ssl, requireText(options.servername, 'servername'));
    return;
  }
  if (ssl.verifyName !== undefined || ssl.verifyIP !== undefined) return;
  const name = ssl.hostname ?? connectName;
  if (name !== undefined) useName(ssl, name);
  else if (ssl.verifyMode !== SSL_VERIFY_NONE) {
    throw usageError(
      'ERR_NO_SERVERNAME',
      "the server's name is not known, so its certificate cannot be checked: give handshake({ servername })",
    );
  }
}
