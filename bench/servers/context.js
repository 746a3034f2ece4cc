// @ts-check
// A server's context, whose handshakes ask callbacks. These answer what would have been done without them, so that a
// figure tells what asking costs.

'use strict';
const { readFileSync } = require('node:fs');
const { createPrivateKey, sign } = require('node:crypto');
const { Certificate, PrivateKey, RemoteKey, SSL_VERIFY_PEER, TLSServerContext } = require('../..');

/** @typedef {import('../..').TLSServerContext} Context */
/** @typedef {<T>(value: T) => import('../..').Awaitable<T>} Wrap */

/** @type {Readonly<Record<string, Wrap>>} */
const answers = {
  now: (value) => value,
  promise: (value) => Promise.resolve(value),
};

/**
 * What has a context ask. An ECDSA signature with node:crypto stands for a key that is elsewhere.
 *
 * @type {Readonly<Record<string, (context: Context, wrap: Wrap, certificate: string, key: string) => unknown>>}
 */
const callbacks = {
  onClientHello: (context, wrap) => (context.onClientHello = () => wrap(undefined)),
  onServerName: (context, wrap) => (context.onServerName = () => wrap(undefined)),
  onCertificate(context, wrap, certificate, key) {
    const identity = {
      certificate: new Certificate(readFileSync(certificate)),
      privateKey: new PrivateKey(readFileSync(key)),
    };
    context.onCertificate = () => wrap(identity);
  },
  onVerify(context, wrap) {
    context.setVerify(SSL_VERIFY_PEER);
    context.onVerify = () => wrap(true);
  },
  sign(context, wrap, certificate, key) {
    const privateKey = createPrivateKey(readFileSync(key));
    const remote = new RemoteKey(certificate, {
      sign: (_algorithm, data, { digest }) => wrap(sign(digest, data, privateKey)),
    });
    context.usePrivateKey(remote);
  },
};

/**
 * @param {string} certificate a file's name
 * @param {string} key a file's name
 * @param {readonly string[]} asked names of callbacks
 * @param {string} how they answer
 */
function serverContext(certificate, key, asked, how) {
  const context = new TLSServerContext().loadCerts(certificate, key);
  const wrap = answers[how];
  if (wrap === undefined) throw new Error(`ANSWER is one of ${Object.keys(answers)}, not '${how}'`);
  for (const name of asked) {
    const ask = callbacks[name];
    if (ask === undefined) throw new Error(`CALLBACK is of ${Object.keys(callbacks)}, not '${name}'`);
    ask(context, wrap, certificate, key);
  }
  return context;
}

module.exports = { serverContext };
