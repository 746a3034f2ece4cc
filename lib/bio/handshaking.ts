// Which name a client asks for, and which one it checks.

import { isIP } from 'node:net';
import { requireText } from '../arguments';
import type { WaitOptions } from '../deadline';
import { requireHostName } from '../host-names';
import type { SSL } from '../ssl';

/** What `handshake` may be told. */
export interface HandshakeOptions extends WaitOptions {
  /**
   * The host name or IP address of the server: a name is sent as SNI, and the certificate must be for it.
   * Another name than before throws `ERR_WRONG_STATE` once the handshake has begun, and so does any on a
   * server's side. Default: the name that the SSL or the connect link of the chain has.
   */
  readonly servername?: string | undefined;
}

/** Takes the name that the caller gives; without one the addon takes the connect link's. */
export function useServerName(ssl: SSL, servername: unknown): void {
  if (servername === undefined) return;
  const { hostname, verifyName, verifyIP } = namesFor(requireText(servername, 'options.servername'));
  const same = ssl.hostname === hostname && ssl.verifyName === verifyName && ssl.verifyIP === verifyIP;
  // Said again, it is right at any time.
  if (same) return;
  ssl.hostname = hostname;
  ssl.verifyName = verifyName;
  ssl.verifyIP = verifyIP;
}

interface Names {
  readonly hostname?: string;
  readonly verifyName?: string;
  readonly verifyIP?: string;
}

function namesFor(servername: string): Names {
  // A zone ("fe80::1%eth0") says which way to go, not whom to meet.
  const [address = servername] = servername.split('%');
  if (isIP(address) !== 0) return { verifyIP: address };
  const name = requireHostName(servername, 'options.servername');
  return { hostname: name, verifyName: name };
}
