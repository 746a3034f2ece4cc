// Which name a client asks for, and which one it checks.

import { isIP } from 'node:net';
import { requireText } from '../arguments';
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

/** Takes the name that the caller gives; without one the addon takes the connect link's. */
export function useServerName(ssl: SSL, servername: unknown): void {
  if (servername === undefined) return;
  const given = requireText(servername, 'options.servername');
  if (ssl.role !== 'client' || ssl.isInitFinished) return;
  const name = given.length > 1 && given.endsWith('.') ? given.slice(0, -1) : given;
  const [address = name] = name.split('%');
  if (isIP(address) !== 0) {
    ssl.hostname = undefined;
    ssl.verifyName = undefined;
    ssl.verifyIP = address;
    return;
  }
  ssl.hostname = name;
  ssl.verifyName = name;
  ssl.verifyIP = undefined;
}
