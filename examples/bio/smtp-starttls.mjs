// @ts-check
// STARTTLS as SMTP has it (RFC 3207): lines in the clear, and the same chain goes on in TLS.
//   node examples/bio/smtp-starttls.mjs [host:port]      # without one: a server of its own
import {
  Certificate,
  ConnectBIO,
  Socket,
  SSLBIO,
  TLSClientContext,
  TLSServerContext,
  TLSSocket,
} from 'bladessl';

const { certificate, privateKey } = Certificate.generate({ commonName: 'localhost' });

/** A server that knows four commands. */
async function startServer() {
  const context = new TLSServerContext().useCertificate(certificate).usePrivateKey(privateKey);
  const listener = new Socket();
  await listener.bind(0, '127.0.0.1');
  await listener.listen();
  listener.onConnection((plain) => serve(plain, context).catch(console.error));
  return listener;
}

/**
 * @param {Socket} plain
 * @param {TLSServerContext} context
 */
async function serve(plain, context) {
  /** @type {Socket} */
  let socket = plain;
  await socket.send('220 localhost ready\r\n');
  for (;;) {
    const command = String(await socket.receive()).trim();
    if (command === 'QUIT' || command === '') break;
    if (command === 'STARTTLS') {
      await socket.send('220 go ahead\r\n');
      const secure = new TLSSocket(plain, context);
      await secure.handshake({ timeout: 10_000 });
      socket = secure;
    } else {
      const offers =
        socket === plain ? '250-localhost\r\n250 STARTTLS\r\n' : '250-localhost\r\n250 AUTH PLAIN\r\n';
      await socket.send(command.startsWith('EHLO ') ? offers : '500 what?\r\n');
    }
  }
  await socket.send('221 bye\r\n');
  await socket.close();
}

/**
 * All lines of an answer: the last one has a blank behind its number. Byte by byte, so that nothing of TLS is taken.
 * @param {import('bladessl').BIO} chain
 * @param {string} [command]
 */
async function ask(chain, command) {
  if (command !== undefined) await chain.writeAsync(`${command}\r\n`);
  let text = '';
  while (!/^\d{3} .*\r\n$/m.test(text)) {
    const byte = await chain.readAsync(1, { timeout: 10_000 });
    if (byte.length === 0 || text.length > 65_536) throw new Error(`the server says: ${text}`);
    text += byte.toString('latin1');
  }
  const lines = text.trim().split('\r\n');
  console.log(`${command ?? 'connected'} -> ${lines.join(' | ')}`);
  if (!text.startsWith('2')) throw new Error('the server refuses');
  return lines;
}

const own = process.argv[2] === undefined ? await startServer() : undefined;
const plain = new ConnectBIO(process.argv[2] ?? `localhost:${own?.port}`);
await plain.connect();
await ask(plain);
const offers = await ask(plain, 'EHLO client.example');
if (!offers.some((line) => line.endsWith(' STARTTLS'))) throw new Error('the server has no STARTTLS');
await ask(plain, 'STARTTLS');

const context = new TLSClientContext();
if (own !== undefined) context.addCA(certificate);
const chain = new SSLBIO(context).push(plain); // the name to check is the one that was connected to
await chain.handshake();
console.log(`${chain.ssl.version} with ${chain.ssl.verifiedName}`);
await ask(chain, 'EHLO client.example'); // what was said in the clear counts no more
await ask(chain, 'QUIT');
chain.freeAll();
await own?.close();
