// Which name a client asks for, and which one it checks.

import { isIP } from 'node:net';
import { requireText } from '../arguments';
import { requireHostName, type SSL } from '../ssl';
import type { WaitOptions } from './readiness';

/** What `handshake` may be told. */
export interface HandshakeOptions extends WaitOptions {
  /**
   * The host name or IP address of the server: a name is sent as SNI, and the certificate must be for it.
   * Another name than before throws `ERR_WRONG_STATE` once the handshake has begun, and so does any on a
   * server's side.
   * Default: the name that the SSL or the connect link of the chain has.
   */
  readonly servername?: string | undefined;
}

/** Takes the name that the caller gives; without one the addon takes the connect link's. */
export function useServerName(ssl: SSL, servername: unknown): void {
  if (servername === undefined) return;
  const given = requireText(servername, 'options.servername');
  const [address = given] = given.split('%');
  if (isIP(address) !== 0) {
    if (ssl.verifyIP === address) return;
    ssl.hostname = undefined;
    ssl.verifyName = undefined;
    ssl.verifyIP = address;
    return;
  }
  const host = requireHostName(given, 'options.servername');
  if (ssl.verifyName === host && ssl.hostname === host) return;
  ssl.hostname = host;
  ssl.verifyName = host;
  ssl.verifyIP = undefined;
}
