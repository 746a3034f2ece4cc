// @ts-check
// A server for load generators: the first byte of a connection says what it does.
//   E echo   D discard   S send without end   Q answer one line of JSON and close
//
//   PERF_CERT=cert.pem PERF_KEY=key.pem FACE=push|promise|duplex node bench/server.js PORT

'use strict';
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { TLSServerContext } = require('..');

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
  const context = new TLSServerContext().loadCerts(String(process.env.PERF_CERT), process.env.PERF_KEY);
  const port = await listenWithTLSSocket(face, context, Number(process.argv[2] ?? 8444), statistics);
  console.error(`bladessl on port ${port}, process ${process.pid}, ${process.version}`);
}

main();
