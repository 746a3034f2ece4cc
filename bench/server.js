// @ts-check
// A server for load generators: the first byte of a connection says what it does.
//   E echo   D discard   S send without end   Q answer one line of JSON and close
//
//   PERF_CERT=cert.pem PERF_KEY=key.pem FACE=push|promise|duplex node bench/server.js PORT
//
// CALLBACK=onClientHello,onServerName,onCertificate,onVerify,sign has its handshakes ask these, of which `sign` is that
// of a RemoteKey; ANSWER=promise has them answer by a promise, which is resolved already.

'use strict';
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { serverContext } = require('./servers/context.js');

const face = process.env.FACE ?? 'push';
const delay = monitorEventLoopDelay({ resolution: 1 });

function statistics() {
  const ms = (/** @type {number} */ nanoseconds) => Number((nanoseconds / 1e6).toFixed(2));
  const line = JSON.stringify({
    server: 'bladessl',
    face,
    node: process.version,
    openssl: process.versions.openssl,
    eld_p50_ms: ms(delay.percentile(50)),
    eld_p99_ms: ms(delay.percentile(99)),
    eld_max_ms: ms(delay.max),
    rss_mb: process.memoryUsage.rss() / 1e6,
  });
  delay.reset();
  return `${line}\n`;
}

async function main() {
  const { listenWithTLSSocket } = await import('./servers/listen.mjs');
  if (process.env.ELD) delay.enable();
  const { PERF_CERT, PERF_KEY, CALLBACK = '', ANSWER = 'now' } = process.env;
  const context = serverContext(
    String(PERF_CERT),
    String(PERF_KEY),
    CALLBACK.split(',').filter(Boolean),
    ANSWER,
  );
  const port = await listenWithTLSSocket(face, context, Number(process.argv[2] ?? 8444), statistics);
  console.error(`bladessl on port ${port}, process ${process.pid}, ${process.version}`);
}

main();
