// What happens to sockets, on node:diagnostics_channel. Costs nothing while nobody listens.

import { channel } from 'node:diagnostics_channel';
import type { Core } from './core';

const channels = {
  connection: channel('bladessl.connection'),
  handshake: channel('bladessl.handshake'),
  close: channel('bladessl.close'),
  error: channel('bladessl.error'),
};

/** Publishes on one of the channels. */
export function publish(what: keyof typeof channels, core: Core, more?: object): void {
  const to = channels[what];
  if (to.hasSubscribers) to.publish({ socket: core.socket, ...more });
}

/** The end of a connection: `bladessl.error` with what was wrong, if anything was, then `bladessl.close`. */
export function announce(core: Core, error: Error | undefined): void {
  if (error !== undefined) publish('error', core, { error });
  publish('close', core, { error });
}
