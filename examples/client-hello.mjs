// @ts-check
// Shows what TLS clients say first, and hangs up.
//   node examples/client-hello.mjs [PORT]
// Then send it a client: openssl s_client -connect 127.0.0.1:PORT, curl https://127.0.0.1:PORT, a browser.
import { ClientHello, Socket, SSLError } from 'bladessl';

// No client's is as long as this.
const limit = 32 * 1024;

/** What a client says first, with what has come of it so far. @param {Socket} client */
async function readHello(client) {
  let bytes = Buffer.alloc(0);
  while (bytes.length < limit) {
    const chunk = await client.receive(-1, { timeout: 5000 });
    if (chunk.length === 0) throw new Error('the client has ended');
    bytes = Buffer.concat([bytes, chunk]);
    try {
      return ClientHello.parse(bytes);
    } catch (error) {
      if (!(error instanceof SSLError) || error.code !== 'ERR_INCOMPLETE_CLIENT_HELLO') throw error;
    }
  }
  throw new Error(`more than ${limit} bytes`);
}

const server = new Socket();
await server.bind(Number(process.argv[2] ?? 0), '127.0.0.1');
await server.listen();
server.onConnection(async (client) => {
  try {
    const hello = await readHello(client);
    console.log(`${hello}ja3: ${hello.ja3Hash}\n`);
  } catch (error) {
    console.error(String(error));
  } finally {
    await client.close();
  }
});
console.log(`listening on 127.0.0.1:${server.port}`);
