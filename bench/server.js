// A server for load generators: the first byte of a connection says what it does.
//   E echo   D discard   S send without end   Q answer one line of JSON and close
//
//   PERF_CERT=cert.pem PERF_KEY=key.pem FACE=push|promise|duplex node bench/server.js PORT

'use strict';
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { TLSSocket, TLSServerContext } = require('..');

const source = Buffer.alloc(65536, 'x');
const delay = monitorEventLoopDelay({ resolution: 1 });

const [E, D, S, Q] = Buffer.from('EDSQ');
/** @type {Record<string, (socket: import('..').TLSSocket) => Promise<void> | void>} */
const faces = { push: servePushed, promise: servePromised, duplex: serveDuplex };

function statistics() {
  /** @param {number} nanoseconds */
  const ms = (nanoseconds) => Number((nanoseconds / 1e6).toFixed(2));
  const line = JSON.stringify({
    server: 'bladessl',
    face: process.env.FACE ?? 'push',
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

/** @param {import('..').TLSSocket} socket */
function servePushed(socket) {
  const pump = () => {
    while (socket.write(source));
  };
  /** @param {Buffer} chunk */
  const begin = (chunk) => {
    const [mode] = chunk;
    if (mode === E) socket.onDrain(() => socket.resume()).onData(echo);
    else if (mode === D) socket.onData(() => {});
    else if (mode === S) {
      socket.onDrain(pump);
      pump();
    } else if (mode === Q) socket.end(statistics());
    if (mode === E && chunk.length > 1) echo(chunk.subarray(1));
  };
  /** @param {Buffer} chunk */
  const echo = (chunk) => {
    if (!socket.write(chunk)) socket.pause();
  };
  socket.onEnd(() => socket.end()).onData(begin);
}

/** @param {import('..').TLSSocket} socket */
async function servePromised(socket) {
  const first = await socket.receive();
  const [mode] = first;
  if (mode === S) for (;;) await socket.send(source);
  if (mode === Q) await socket.send(statistics());
  if (mode === E) {
    if (first.length > 1) await socket.send(first.subarray(1));
    for (let chunk = await socket.receive(); chunk.length > 0; chunk = await socket.receive()) {
      await socket.send(chunk);
    }
  }
  if (mode === D) while ((await socket.receive()).length > 0);
  await socket.close();
}

/** @param {import('..').TLSSocket} socket */
function serveDuplex({ stream }) {
  const pump = () => {
    while (stream.writable && stream.write(source));
  };
  /** @type {number | undefined} */
  let mode;
  stream.on('error', () => {});
  stream.on('data', (/** @type {Buffer} */ chunk) => {
    let bytes = chunk;
    if (mode === undefined) {
      [mode] = chunk;
      bytes = chunk.subarray(1);
      if (mode === S) {
        stream.on('drain', pump);
        pump();
      }
      if (mode === Q) stream.end(statistics());
    }
    if (mode !== E || bytes.length === 0 || stream.write(bytes)) return;
    stream.pause();
    stream.once('drain', () => stream.resume());
  });
}

async function main() {
  const { FACE = 'push', PERF_CERT = 'cert.pem', PERF_KEY = 'key.pem' } = process.env;
  const serve = faces[FACE];
  if (serve === undefined) throw new Error(`FACE is ${Object.keys(faces).join(', ')}`);
  if (process.env.ELD) delay.enable();
  const context = new TLSServerContext().loadCerts(PERF_CERT, PERF_KEY);
  const server = new TLSSocket({ context });
  await server.bind(Number(process.argv[2] ?? 8444), '127.0.0.1');
  await server.listen(4096);
  server.onConnection((socket) => {
    // A peer that goes away is nobody's fault.
    serve(socket)?.catch(() => {});
  });
  console.error(`bladessl on port ${server.port}, process ${process.pid}, ${process.version}`);
}

main();
