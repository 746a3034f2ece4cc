// @ts-check
// node:tls on two Duplex streams, each of which reads what the other writes.

import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { openSockets, optionsFor } from './node-sockets.mjs';
import { hostname } from './scenario.mjs';

/**
 * @param {import('./scenario.mjs').Scenario} scenario
 * @returns {Promise<import('./scenario.mjs').Session>}
 */
export function open(scenario) {
  const options = optionsFor(scenario);
  const serverContext = createSecureContext(options.server);

  return openSockets(scenario, async () => {
    const [clientEnd, serverEnd] = duplexPair();
    const server = new TLSSocket(serverEnd, { isServer: true, secureContext: serverContext });
    const client = connectTls({ ...options.client, socket: clientEnd, servername: hostname });
    await Promise.all([once(server, 'secure'), once(client, 'secureConnect')]);
    return { client, server };
  });
}

/**
 * stream.duplexPair, which Node 20 does not have.
 *
 * @returns {[End, End]}
 */
function duplexPair() {
  const first = new End();
  const second = new End();
  first.other = second;
  second.other = first;
  return [first, second];
}

class End extends Duplex {
  /** @type {End} */
  other = this;
  /** @type {(() => void) | undefined} */
  #wanted;

  /** @override */
  _read() {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  /**
   * @override
   * @param {Buffer} chunk
   * @param {BufferEncoding} _encoding
   * @param {() => void} done
   */
  _write(chunk, _encoding, done) {
    this.other.#wanted = done;
    this.other.push(chunk);
  }

  /**
   * @override
   * @param {() => void} done
   */
  _final(done) {
    this.other.push(null);
    done();
  }
}
